"""Strict reading: what comes out, and the line of everything that is wrong."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from ragkit.core.errors import KnowledgeError
from ragkit.ingest import records


class Point(BaseModel):
    model_config = ConfigDict(extra="forbid")

    x: int
    name: str = ""
    tags: tuple[str, ...] = ()


def places(error: KnowledgeError) -> list[tuple[str, str]]:
    return [(problem.where, problem.what) for problem in error.problems]


TEXTS = {  # id: (bytes, text)
    "plain": ("满59元包邮。\n".encode(), "满59元包邮。\n"),
    "byte order mark": ("\ufeff包邮".encode(), "包邮"),
    "line ends of Windows": (b"a\r\nb\r\n", "a\nb\n"),
    "line ends of old Macs": (b"a\rb", "a\nb"),
    "tabs and emoji are text": ("\t好👌".encode(), "\t好👌"),
    "empty": (b"", ""),
    "Chinese Windows": (
        "id: a\r\nname: 满59元，包邮。".encode("gb18030"),
        "id: a\nname: 满59元，包邮。",
    ),
    "Chinese Windows with an emoji": ("包邮😀".encode("gb18030"), "包邮😀"),
    "Chinese Windows with a rare name": (
        "运费与配送规则，负责人：陶喆".encode("gb18030"),
        "运费与配送规则，负责人：陶喆",
    ),
    "UTF-16, as Excel saves Unicode text": ("\ufeff包邮\t6".encode("utf-16-le"), "包邮\t6"),
    "UTF-16, big end first": ("\ufeff包邮".encode("utf-16-be"), "包邮"),
}


@pytest.mark.parametrize(("raw", "text"), TEXTS.values(), ids=TEXTS.keys())
def test_text(tmp_path: Path, raw: bytes, text: str) -> None:
    path = tmp_path / "faq.yaml"
    path.write_bytes(raw)
    assert records.read_text(path, source="faqs/faq.yaml") == text


NO_TEXT = {  # id: (bytes, line, words)
    "GB18030 cut short": (
        "id: a\nname: 包邮".encode("gb18030")[:-1],
        2,
        "not UTF-8: byte 0xb0 at offset 12",
    ),
    "western letters": ("a\ncafé naïve Größe".encode("latin-1"), 2, "byte 0xe9 at offset 5"),
    "two western letters that read as one Chinese": ("éé".encode("latin-1"), 1, "not UTF-8"),
    "Big5": ("淘寶訂單，滿額免運費".encode("big5"), 1, "not UTF-8: byte 0xb2 at offset 0"),
    "UTF-8 with one broken byte": ("满59元包邮。\n".encode() * 2 + b"\xff", 3, "byte 0xff"),
    "UTF-16 cut short": ("\ufeff包邮".encode("utf-16-le")[:-1], 1, "not UTF-16: byte 0xae"),
    "UTF-16 with half a character": (b"\xff\xfe\x00\xd8", 1, "not UTF-16"),
    "UTF-16 without its mark": ("a: b\n".encode("utf-16-le"), 1, "U+0000"),
    "NUL": (b"a: 1\r\nb: 2\r\nc: \0\r\n", 3, "U+0000"),
    "control character": (b"a\n\x1b[0m", 2, "U+001B"),
    "cut in the middle of a character": ("好\n好".encode()[:-1], 2, "not UTF-8"),
}


@pytest.mark.parametrize(("raw", "line", "words"), NO_TEXT.values(), ids=NO_TEXT.keys())
def test_no_text(tmp_path: Path, raw: bytes, line: int, words: str) -> None:
    path = tmp_path / "faq.yaml"
    path.write_bytes(raw)
    with pytest.raises(KnowledgeError) as raised:
        records.read_text(path, source="faqs/faq.yaml")
    [(where, what)] = places(raised.value)
    assert where == f"faqs/faq.yaml:{line}"
    assert words in what
    if "not UTF" in what:
        assert "UTF-8" in raised.value.problems[0].fix
        assert "GB18030" in raised.value.problems[0].fix


def test_a_missing_file_and_a_folder_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.yaml", tmp_path):
        with pytest.raises(KnowledgeError, match="cannot read the file") as raised:
            records.read_text(path, source="faqs/x.yaml")
        assert raised.value.problems[0].where == "faqs/x.yaml"


def test_every_value_knows_its_line() -> None:
    located = records.parse_yaml(
        "# note\nid: a\nanswer: |\n  一\n  二\nlist:\n  - x\n  - {k: v}\n", source="s"
    )
    assert located.value == {"id": "a", "answer": "一\n二\n", "list": ["x", {"k": "v"}]}
    assert located.line("id") == 2
    assert located.line("answer") == 4  # the first line of the block, not of its key
    assert located.line("list", 1, "k") == 8
    assert located.line("list", 1, "gone", "deeper") == 8


def test_lines_count_from_where_the_yaml_starts_in_its_file() -> None:
    located = records.parse_yaml("id: a\ntitle: b", source="s", first_line=2)
    assert located.line("title") == 3
    with pytest.raises(KnowledgeError) as raised:
        records.parse_yaml("id: a\ntitle: [", source="s", first_line=2)
    assert raised.value.problems[0].where == "s:3"


BROKEN = {  # id: (yaml, line, words)
    "bracket left open": ("items: [\n", 1, "not valid YAML"),
    "tab as indent": ("a:\n\tb: 1\n", 2, "not valid YAML"),
    "colon in a plain text": ("a: 1\nb: x: y\n", 2, "mapping values are not allowed"),
    "a day that does not exist": ("a: 1\nday: 2026-02-30\n", 2, "not valid YAML"),
    "a month that does not exist": ("a:\n  - 1\n  - 2026-13-01\n", 3, "month must be in 1..12"),
    "key twice": ("a: 1\nb: 2\na: 3\n", 3, "the key `a` stands twice"),
    "key twice, further in": ("items:\n  - id: x\n    id: y\n", 3, "the key `id` stands twice"),
    "code in a tag": ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "os.system"),
    "code in the tag of a text": ("a: !!python/name:os.system x\n", 1, "not valid YAML"),
    "tag that does not fit": ("a: 1\nb: !!bool vielleicht\n", 2, "not valid YAML"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "another document"),
    "alias inside its anchor": ("&a [*a]\n", 1, "not valid YAML"),
    "nested too deep": ("[" * 3000 + "]" * 3000, 1, "not valid YAML"),
    "brackets that crash libyaml": ("a: 1\nb: " + "[" * 100_000, 2, "nested more than 100 deep"),
    "lists in lists on one line": ("- " * 100_000, 1, "nested more than 100 deep"),
    "each bracket on its line": ("[\n" * 200, 101, "nested more than 100 deep"),
}


@pytest.mark.parametrize(("text", "line", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_yaml(text: str, line: int, words: str) -> None:
    with pytest.raises(KnowledgeError) as raised:
        records.parse_yaml(text, source="faqs/a.yaml")
    [(where, what)] = places(raised.value)
    assert where == f"faqs/a.yaml:{line}"
    assert words in what
    assert raised.value.problems[0].fix


def test_every_repeated_key_is_named() -> None:
    with pytest.raises(KnowledgeError) as raised:
        records.parse_yaml("a: 1\na: 2\nb: {c: 1, c: 2}\n", source="s")
    assert [where for where, _ in places(raised.value)] == ["s:2", "s:3"]


def test_items_are_merged_over_the_defaults() -> None:
    located = records.parse_yaml(
        "defaults:\n  locale: zh\n  owner: 物流组\n"
        "items:\n  - id: a\n  - id: b\n    owner: 商品组\n",
        source="s",
    )
    first, second = records.entries(located, source="s")
    assert first.value == {"locale": "zh", "owner": "物流组", "id": "a"}
    assert second.value == {"locale": "zh", "owner": "商品组", "id": "b"}
    assert (first.line("owner"), second.line("owner")) == (3, 7)
    assert (first.line("id"), first.line("missing")) == (5, 5)


SHAPES = {  # id: (yaml, the lines that are wrong)
    "empty file": ("", [1]),
    "only a note": ("# later\n", [1]),
    "a list": ("- id: a\n", [1]),
    "no items": ("defaults: {locale: zh}\n", [1]),
    "items is a mapping": ("items:\n  id: a\n", [1]),
    "unknown key beside items": ("items: []\nversion: 2\n", [2]),
    "an item that is a text": ("items:\n  - id: a\n  - 包邮\n  -\n", [3, 4]),
    "defaults that are a list": ("defaults:\n  - locale\nitems: []\n", [2]),
}


@pytest.mark.parametrize(("text", "lines"), SHAPES.values(), ids=SHAPES.keys())
def test_a_file_of_another_shape(text: str, lines: list[int]) -> None:
    with pytest.raises(KnowledgeError) as raised:
        records.entries(records.parse_yaml(text, source="s"), source="s")
    assert [where for where, _ in places(raised.value)] == [f"s:{line}" for line in lines]


FIELDS = {  # id: (yaml of one item, [(line, what)])
    "missing": ("name: a\n", [(1, "`x` is missing")]),
    "unknown": ("x: 1\nnmae: a\n", [(2, "unknown key `nmae`")]),
    "no text": ("x: 1\nname: 5\n", [(2, "`name` is not text")]),
    "key without a value": ("x: 1\nname:\n", [(2, "`name` is not text")]),
    "no list": ("x: 1\ntags: a\n", [(2, "`tags` is not a list")]),
    "inside a list": ("x: 1\ntags:\n  - a\n  - 2026\n", [(4, "`tags.1` is not text")]),
    "no mapping": ("- x\n", [(1, "`this entry` is not a mapping")]),
    "all at once": (
        "x: 一\nname: 5\n",
        [
            (1, "`x`: Input should be a valid integer, unable to parse string as an integer"),
            (2, "`name` is not text"),
        ],
    ),
}


@pytest.mark.parametrize(("text", "wrong"), FIELDS.values(), ids=FIELDS.keys())
def test_wrong_fields(text: str, wrong: list[tuple[int, str]]) -> None:
    located = records.parse_yaml(text, source="s")
    with pytest.raises(KnowledgeError) as raised:
        records.validate(Point, located.value, source="s", line=located)
    assert places(raised.value) == [(f"s:{line}", what) for line, what in wrong]


def test_an_unknown_key_comes_with_the_known_ones() -> None:
    with pytest.raises(KnowledgeError) as raised:
        records.validate(Point, {"x": 1, "nmae": "a"}, source="s")
    assert "name, tags, x" in raised.value.problems[0].fix
