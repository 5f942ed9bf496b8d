"""Strict reading of JSON: values, their lines, and the line of everything that is wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.core.errors import KnowledgeError
from ragkit.ingest import records
from ragkit.ingest.json_records import parse_json

VALUES = {  # id: (json, value)
    "texts and escapes": (r'{"a": "满59元\n\u5305\/\"邮\""}', {"a": '满59元\n包/"邮"'}),
    "a character of two escapes": (r'{"a": "\ud83d\ude00"}', {"a": "😀"}),
    "tabs between values": ('{\t"a":\t1}', {"a": 1}),
    "numbers": ('{"a": [0, -1, 2.5, 1e2, 59.90]}', {"a": [0, -1, 2.5, 100.0, 59.9]}),
    "a code stays text": ('{"a": "00123"}', {"a": "00123"}),
    "words": ('{"a": [true, false, null]}', {"a": [True, False, None]}),
    "nothing in it": ("{}", {}),
    "a list is the items": (' [{"id": "a"}]', {"items": [{"id": "a"}]}),
}


@pytest.mark.parametrize(("text", "value"), VALUES.values(), ids=VALUES.keys())
def test_values(text: str, value: object) -> None:
    assert parse_json(text, source="s").value == value


def test_every_value_knows_its_line() -> None:
    located = parse_json('{\n "items": [\n  {"id": "a",\n   "tags":\n ["x",\n "y"]}]}', source="s")
    assert located.line("items", 0) == 3
    assert located.line("items", 0, "tags") == 5
    assert located.line("items", 0, "tags", 1) == 6
    assert located.line("items", 0, "gone") == 3


def test_a_list_at_the_top_is_the_items() -> None:
    located = parse_json('[\n {"id": "a"},\n {"id": "b"}\n]', source="s")
    assert [entry.line("id") for entry in records.entries(located, source="s")] == [2, 3]


BROKEN = {  # id: (json, line, words)
    "empty": ("", 1, "a value is missing"),
    "comma at the end": ('{"a": 1,\n}', 2, "a key in quotes is missing"),
    "comma at the end of a list": ("[1,\n]", 2, "a value is missing"),
    "comma missing": ('{"a": 1\n"b": 2}', 2, "a comma or `}` is missing"),
    "colon missing": ('{"a" 1}', 1, "a colon is missing behind the key `a`"),
    "cut short": ('{\n"a": [1,', 2, "a value is missing"),
    "quote left open": ('{\n"a": "包邮}', 2, "does not end on its line"),
    "line break in a text": ('{"a": "包\n邮"}', 1, "does not end on its line"),
    "unknown escape": (r'{"a": "C:\快递"}', 1, "unknown escape"),
    "half a character": (r'{"a": "\ud83d"}', 1, "half a character"),
    "comment": ('{\n// note\n"a": 1}', 2, "a key in quotes is missing"),
    "words of Python": ('{"a": None}', 1, "a value is missing or has no quotes"),
    "a code with zeros": ('{"a": 00123}', 1, "a comma or `}` is missing"),
    "no number": ('{"a": NaN}', 1, "a value is missing or has no quotes"),
    "number without end": ('{"a": 1e999}', 1, "too large"),
    "number of a thousand digits": ('{"a": ' + "9" * 5000 + "}", 1, "too large"),
    "more behind the end": ('{"a": 1}\n{"b": 2}', 2, "more text behind the end"),
    "nested too deep": ("[" * 100_000, 1, "nested more than 100 deep"),
    "key twice": ('{"a": 1,\n"a": 2}', 2, "the key `a` stands twice"),
}


@pytest.mark.parametrize(("text", "line", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_json(text: str, line: int, words: str) -> None:
    with pytest.raises(KnowledgeError) as raised:
        parse_json(text, source="faqs/a.json")
    [problem] = raised.value.problems
    assert problem.where == f"faqs/a.json:{line}"
    assert words in problem.what
    assert problem.fix


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=15,
)  # fmt: skip


@given(st.dictionaries(st.text(), JSON), st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_reads_what_json_writes(value: object, escaped: bool, indent: int | str | None) -> None:
    text = json.dumps(value, ensure_ascii=escaped, indent=indent)
    assert parse_json(text, source="s").value == value
