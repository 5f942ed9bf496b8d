"""Columns to filter by, and records that come back as they were written."""

from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ragkit.core.documents import (
    Document,
    DocumentKind,
    PartKind,
    Scope,
    Status,
)
from ragkit.core.errors import IndexNotReady
from ragkit.core.retrieval import SearchFilter
from ragkit.core.text import Locale
from ragkit.index.table import Table
from ragkit.testing.builders import Piece, a_document, valid
from tests.unit.small_index import split, write_segment

FAQ, POLICY, SCRIPT = DocumentKind.FAQ, DocumentKind.POLICY, DocumentKind.SCRIPT
ZH, EN = Locale.ZH, Locale.EN
AUG, SEP, OCT = date(2026, 8, 31), date(2026, 9, 1), date(2026, 10, 1)


def a_version(
    name: str, start: str | None = None, end: str | None = None, **fields: object
) -> Document:
    """A document whose `name` is an id, or id@version; it asks 包邮 with the name."""
    key, _, version = name.partition("@")
    piece = Piece(PartKind.QUESTION, f"包邮 {name} 😀")
    return a_document(piece, id=key, version=version or None, validity=valid(start, end), **fields)


def a_script(name: str, start: str | None = None, **fields: object) -> Document:
    piece = Piece(PartKind.SITUATION, f"顾客问运费 {name}")
    script = {"emotion": 1, "segment": "any"}
    given = {"scene": "consult.freight", "kind": SCRIPT, "script": script, **fields}
    return a_document(piece, id=name, validity=valid(start), **given)


DOCUMENTS = (
    a_version("faq-open"),
    a_version("faq-en", locale=EN),
    a_version("policy@1", None, "2026-08-31", kind=POLICY),
    a_version("policy@2", "2026-09-01", kind=POLICY),
    a_version("gift@1", "2026-09-01", "2026-09-01", kind=POLICY),
    a_script("script-b"),
    a_script("script-a", "2026-10-01"),
    a_script("script-c", scene="consult.invoice"),
    a_script("script-en", locale=EN),
)
LAYOUTS: dict[str, list[int]] = {  # id: where one segment ends and the next begins
    "one segment": [],
    "two segments": [4],
    "a segment each": [1, 2, 3, 4, 5, 6, 7, 8],
    "an empty segment": [3, 3],
}


def table_of(folder: Path, *groups: tuple[Document, ...]) -> Table:
    """A table of a segment for each group."""
    paths = [folder / f"seg-{number:06d}" for number in range(len(groups))]
    for path, documents in zip(paths, groups, strict=True):
        write_segment(path, documents)
    return Table(paths)


@pytest.fixture(scope="module", params=LAYOUTS.values(), ids=list(LAYOUTS))
def table(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Table:
    ends = [0, *request.param, len(DOCUMENTS)]
    groups = [DOCUMENTS[start:end] for start, end in pairwise(ends)]
    return table_of(tmp_path_factory.mktemp("table"), *groups)


def found(table: Table, search: SearchFilter) -> list[str]:
    """Keys of the documents whose chunks may be found."""
    rows = np.flatnonzero(table.allowed(search))
    return list(dict.fromkeys(table.chunk(int(row)).document for row in rows))


FILTERS = {  # id: (filter, keys of what passes)
    "before the change": (SearchFilter(as_of=AUG, locale=ZH, kinds=(POLICY,)), ["policy@1"]),
    "on its first day": (
        SearchFilter(as_of=SEP, locale=ZH, kinds=(POLICY,)),
        ["policy@2", "gift@1"],
    ),
    "after the last day": (SearchFilter(as_of=OCT, kinds=(POLICY,)), ["policy@2"]),
    "locale": (SearchFilter(as_of=AUG, locale=EN), ["faq-en", "script-en"]),
    "any locale, some kinds": (
        SearchFilter(as_of=AUG, kinds=(FAQ, SCRIPT)),
        ["faq-open", "faq-en", "script-b", "script-c", "script-en"],
    ),
    "the first day there is": (
        SearchFilter(as_of=date.min, locale=ZH, kinds=(FAQ, POLICY)),
        ["faq-open", "policy@1"],
    ),
    "the last day there is": (
        SearchFilter(as_of=date.max, locale=ZH, kinds=(FAQ, POLICY)),
        ["faq-open", "policy@2"],
    ),
    "nothing of that kind": (SearchFilter(as_of=OCT, kinds=(DocumentKind.PRODUCT,)), []),
}


@pytest.mark.parametrize(("search", "keys"), FILTERS.values(), ids=FILTERS.keys())
def test_filters(table: Table, search: SearchFilter, keys: list[str]) -> None:
    assert found(table, search) == keys


IN_FORCE = {  # id: (document, day, locale, key of the version)
    "old version": ("policy", AUG, ZH, "policy@1"),
    "new version": ("policy", SEP, ZH, "policy@2"),
    "without a version": ("faq-open", OCT, ZH, "faq-open"),
    "before it starts": ("gift", AUG, ZH, None),
    "on its only day": ("gift", SEP, ZH, "gift@1"),
    "after it ends": ("gift", OCT, ZH, None),
    "in another language": ("faq-en", OCT, ZH, None),
    "in any language": ("faq-en", OCT, None, "faq-en"),
    "a key is no id": ("policy@1", AUG, ZH, None),
    "unknown": ("nothing", OCT, ZH, None),
}


@pytest.mark.parametrize(("name", "day", "locale", "key"), IN_FORCE.values(), ids=IN_FORCE.keys())
def test_in_force(
    table: Table, name: str, day: date, locale: Locale | None, key: str | None
) -> None:
    # What kind of evidence is searched for does not matter for what a link leads to.
    document = table.in_force(name, SearchFilter(as_of=day, locale=locale, kinds=(SCRIPT,)))
    assert (document.key if document else None) == key


SCENES = {  # id: (scene, filter, scripts)
    "by file, line and key": (
        "consult.freight",
        SearchFilter(as_of=OCT, locale=ZH),
        ["script-a", "script-b"],
    ),
    "only those that apply": (
        "consult.freight",
        SearchFilter(as_of=SEP, locale=ZH),
        ["script-b"],
    ),
    "in English": ("consult.freight", SearchFilter(as_of=SEP, locale=EN), ["script-en"]),
    "whatever else is searched": (
        "consult.invoice",
        SearchFilter(as_of=SEP, locale=ZH, kinds=(FAQ,)),
        ["script-c"],
    ),
    "no script": ("complaint.service", SearchFilter(as_of=OCT), []),
}


@pytest.mark.parametrize(("scene", "search", "keys"), SCENES.values(), ids=SCENES.keys())
def test_scripts(table: Table, scene: str, search: SearchFilter, keys: list[str]) -> None:
    assert [script.key for script in table.scripts(scene, search)] == keys


def test_records_come_back_as_they_were(table: Table) -> None:
    chunks = [chunk for document in DOCUMENTS for chunk in split(document)]
    assert (len(table), table.chunks()) == (len(chunks), chunks)
    assert tuple(table.document(document.key) for document in DOCUMENTS) == DOCUMENTS
    with pytest.raises(KeyError):
        table.document("policy")


# Versions: of those in force on a day the one that started last, by shop and channel.
EVERYBODY, ELSEWHERE = Scope(), Scope(shops=("杭州店",))
DOUYIN = Scope(channels=("抖音",))
VERSIONED = (
    a_version("gift@old", "2026-01-01"),
    a_version("gift@sale", "2026-06-01", "2026-06-18"),
    a_version("gift@new", "2026-09-01"),
    a_version("gift@next", "2027-01-01"),
    a_version("freight@all", "2026-01-01"),
    a_version("freight@shop", "2026-01-01", scope=ELSEWHERE),
    a_version("freight@live", "2026-03-01", scope=DOUYIN),
    a_version("draft@1", "2026-01-01"),
    a_version("draft@2", "2026-06-01", status=Status.DRAFT),
    a_version("draft@3", "2026-07-01", status=Status.RETIRED),
    a_version("freight@plain", "2026-06-01"),
)
VERSIONS = {  # id: (day, shop, channel, id, key of the version)
    "before the sale": ("2026-05-31", None, None, "gift", "gift@old"),
    "an event inside the run of another": ("2026-06-18", None, None, "gift", "gift@sale"),
    "when it is over the one around it holds again": ("2026-06-19", None, None, "gift", "gift@old"),
    "both open: the later start": ("2026-09-01", None, None, "gift", "gift@new"),
    "one that starts in the future does not answer today": (
        "2026-12-31",
        None,
        None,
        "gift",
        "gift@new",
    ),
    "before all": ("2025-12-31", None, None, "gift", None),
    "an unknown shop": ("2026-02-01", None, None, "freight", "freight@all"),
    "another shop": ("2026-02-01", "广州店", None, "freight", "freight@all"),
    "one day, the shop goes first": ("2026-02-01", "杭州店", None, "freight", "freight@shop"),
    "a later start goes before the shop": (
        "2026-03-01",
        "杭州店",
        "抖音",
        "freight",
        "freight@live",
    ),
    "a later start for all goes before the shop": (
        "2026-06-01",
        "杭州店",
        "抖音",
        "freight",
        "freight@plain",
    ),
    "another channel": ("2026-03-01", "杭州店", "微信", "freight", "freight@shop"),
    "drafts and retired ones never answer": ("2026-12-01", None, None, "draft", "draft@1"),
}


@pytest.fixture(scope="module", params=[[], [2, 5], [1, 6, 8]], ids=["one", "three", "four"])
def versioned(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Table:
    ends = [0, *request.param, len(VERSIONED)]
    groups = [VERSIONED[start:end] for start, end in pairwise(ends)]
    return table_of(tmp_path_factory.mktemp("versions"), *groups)


@pytest.mark.parametrize(
    ("day", "shop", "channel", "name", "key"), VERSIONS.values(), ids=VERSIONS.keys()
)
def test_the_version_that_started_last_is_in_force(
    versioned: Table, day: str, shop: str | None, channel: str | None, name: str, key: str | None
) -> None:
    search = SearchFilter(as_of=date.fromisoformat(day), shop=shop, channel=channel)
    document = versioned.in_force(name, search)
    assert (document.key if document else None) == key
    mine = [each for each in found(versioned, search) if each.startswith(name)]
    assert mine == ([key] if key else [])


def test_between_two_special_versions_of_a_day_the_layout_does_not_decide(tmp_path: Path) -> None:
    one = a_version("gift@shop", "2026-01-01", scope=ELSEWHERE)
    other = a_version("gift@live", "2026-01-01", scope=DOUYIN)
    search = SearchFilter(as_of=SEP, shop="杭州店", channel="抖音")
    tables = [
        table_of(tmp_path / "a", (one, other)),
        table_of(tmp_path / "b", (other, one)),
        table_of(tmp_path / "c", (other,), (one,)),
    ]
    keys = [[*found(table, search)] for table in tables]
    assert keys[0] == keys[1] == keys[2]
    assert len(keys[0]) == 1


def test_counts_of_what_is_live(versioned: Table) -> None:
    assert versioned.kinds() == {FAQ: 9}
    assert versioned.not_live == 2
    first = versioned.masked(np.arange(len(VERSIONED)) < 5)
    assert (first.kinds(), first.not_live) == ({FAQ: 5}, 0)


def test_a_dead_document_is_nowhere(tmp_path: Path) -> None:
    link = a_document(id="faq-link", see=("faq-dead", "policy#1.1"))
    dead = a_document(id="faq-dead", scene="s", see=("policy",))
    whole = table_of(tmp_path, (a_document(id="faq-a"), dead), (link,))
    table = whole.masked(np.array([True, False, True]))
    search = SearchFilter(as_of=SEP)
    assert found(table, search) == ["faq-a", "faq-link"]
    assert {chunk.document for chunk in table.chunks()} == {"faq-a", "faq-link"}
    assert table.in_force("faq-dead", search) is None
    assert not table.holds("faq-dead")
    assert table.holds("faq-a")
    assert [each.id for each in table.linking_to(["policy", "policy#1.1"])] == ["faq-link"]
    with pytest.raises(KeyError):
        table.document("faq-dead")
    assert found(whole, search) == ["faq-a", "faq-dead", "faq-link"]
    assert [each.id for each in whole.linking_to(["policy"])] == ["faq-dead", "faq-link"]


def test_names_that_links_may_lead_to(tmp_path: Path) -> None:
    clause = Piece(PartKind.CLAUSE, "优惠后满59元包邮。", clause="1.1")
    policy = a_document(clause, id="policy-freight", version="2026-01", kind=POLICY)
    table = table_of(tmp_path, (policy, a_document()))
    names = ("policy-freight", "policy-freight#1.1", "policy-freight#1", "policy-freight@2026-01")
    assert [table.holds(name) for name in names] == [True, True, False, False]


def test_chunks_know_what_they_are(tmp_path: Path) -> None:
    faq = a_document(
        Piece(PartKind.QUESTION, "包邮吗？"),
        Piece(PartKind.NEGATIVE, "可以到付吗？"),
        Piece(PartKind.ANSWER, "满59元包邮。"),
    )
    script, other = a_script("script-a"), a_document(id="faq-b")
    table = table_of(tmp_path, (script,), (other, faq))
    assert table.is_question().tolist() == [True, True, False, True, True, False]
    assert table.is_part(PartKind.NEGATIVE).tolist() == [False] * 4 + [True, False]
    assert table.document_rows.tolist() == [0, 1, 1, 2, 2, 2]
    assert table.chunks_of(2).tolist() == [3, 4, 5]
    assert table.negated(np.array([0, 1, 2])).tolist() == [2]
    assert table.allowed(SearchFilter(as_of=SEP)).tolist() == [True] * 4 + [False, True]
    assert table.searched(ZH).tolist() == [False, True, True, True, False, True]
    assert not table.searched(EN).any()


def test_what_answers_a_question(tmp_path: Path) -> None:
    """Its own document, in any version, and the clauses that it rests on."""
    clauses = (
        Piece(PartKind.CLAUSE, "优惠后满59元包邮。", clause="1.1"),
        Piece(PartKind.CLAUSE, "新疆运费12元。", clause="1.2"),
    )
    policy = a_document(*clauses, id="policy-freight", kind=POLICY)
    whole = a_document(clauses[0], id="policy-gift", kind=POLICY)
    faq = a_document(see=("policy-freight#1.2", "policy-gift"))
    table = table_of(tmp_path, (policy, whole), (faq, a_document(id="faq-other")))
    assert table.answering(faq).tolist() == [False, True, True, True, True, False, False]


def test_rows_are_spread_over_all_files(tmp_path: Path) -> None:
    many = tuple(a_version(f"a-{number}", source="faqs/a.yaml") for number in range(5))
    one = (a_version("b", source="faqs/b.yaml"),)
    table = table_of(tmp_path, many, one)
    rows = np.arange(6)
    assert sorted(table.spread(rows, 6).tolist()) == list(range(6))
    assert 5 in table.spread(rows, 2)
    swapped = table_of(tmp_path / "swapped", one, many[::-1])
    names = [[t.chunk(int(row)).id for row in t.spread(rows, 4)] for t in (table, swapped)]
    assert names[0] == names[1]


def test_an_empty_table(tmp_path: Path) -> None:
    table, search = Table([]), SearchFilter(as_of=SEP)
    assert (len(table), table.chunks(), table.kinds(), table.not_live) == (0, [], {}, 0)
    assert (table.in_force("a", search), table.scripts("a", search)) == (None, ())
    assert (table.contradictions(), table.linking_to(["a"])) == ((), [])


def test_columns_of_another_version(tmp_path: Path) -> None:
    write_segment(tmp_path / "seg", DOCUMENTS)
    np.save(tmp_path / "seg" / "chunks.npy", np.zeros(3, dtype=[("kind", "u1")]))
    with pytest.raises(ValueError, match="not those of this version"):
        Table([tmp_path / "seg"])


MARKS = {  # id: marks of live documents that cannot be
    "too few": np.ones(3, dtype=bool),
    "numbers": np.ones(len(DOCUMENTS), dtype=np.int8),
    "a matrix": np.ones((len(DOCUMENTS), 1), dtype=bool),
}


@pytest.mark.parametrize("marks", MARKS.values(), ids=MARKS.keys())
def test_marks_that_do_not_fit(tmp_path: Path, marks: np.ndarray) -> None:
    write_segment(tmp_path / "seg", DOCUMENTS)
    with pytest.raises(ValueError, match="marks of live documents"):
        Table([tmp_path / "seg"], marks)


@pytest.mark.parametrize("field", ["scope", "first_chunk", "chunks"])
@pytest.mark.parametrize("value", [-1, 60_000])
def test_columns_that_point_nowhere(tmp_path: Path, field: str, value: int) -> None:
    write_segment(tmp_path / "seg", DOCUMENTS)
    path = tmp_path / "seg" / "documents.npy"
    columns = np.load(path)
    columns[field][4] = np.array(value).astype(columns[field].dtype)
    np.save(path, columns)
    with pytest.raises(ValueError, match="do not fit"):
        Table([tmp_path / "seg"])


@pytest.mark.parametrize("name", ["chunks", "documents"])
def test_a_record_that_changed_on_disk_is_not_believed(tmp_path: Path, name: str) -> None:
    write_segment(tmp_path / "seg", DOCUMENTS)
    path = tmp_path / "seg" / f"{name}.jsonl"
    path.write_bytes(path.read_bytes().replace("包邮".encode(), "不邮".encode(), 1))
    table = Table([tmp_path / "seg"])
    with pytest.raises(IndexNotReady, match="checksum") as raised:
        (table.chunk(0), table.document("faq-open"))
    assert raised.value.fix == "run `ragkit index build`"


@pytest.mark.parametrize("field", ["offset", "size"])
def test_a_place_outside_the_file_is_told(tmp_path: Path, field: str) -> None:
    write_segment(tmp_path / "seg", DOCUMENTS)
    path = tmp_path / "seg" / "chunks.npy"
    columns = np.load(path)
    columns[field][0], columns[field][1], columns[field][2] = -1, np.iinfo(np.int32).max, 0
    np.save(path, columns)
    table = Table([tmp_path / "seg"])
    for row in range(3 if field == "size" else 2):
        with pytest.raises(IndexNotReady, match="damaged"):
            table.chunk(row)


def test_an_open_table_outlives_its_files(tmp_path: Path) -> None:
    table = table_of(tmp_path, DOCUMENTS)
    masked = table.masked(np.arange(len(DOCUMENTS)) < 2)
    del table
    for path in sorted(tmp_path.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert [chunk.document for chunk in masked.chunks()] == ["faq-open", "faq-en"]
    assert masked.document("faq-en") == DOCUMENTS[1]
