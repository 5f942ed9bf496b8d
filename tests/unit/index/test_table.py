"""Columns to filter by, and records that come back as they were written."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from ragkit.core.documents import (
    Chunk,
    Document,
    DocumentKind,
    Part,
    PartKind,
    ScriptProfile,
    Validity,
)
from ragkit.core.errors import IndexNotReady
from ragkit.core.retrieval import SearchFilter
from ragkit.core.text import Locale, Span
from ragkit.index.table import Table, write_table

FAQ, POLICY, SCRIPT = DocumentKind.FAQ, DocumentKind.POLICY, DocumentKind.SCRIPT
ZH, EN = Locale.ZH, Locale.EN
AUG, SEP, OCT = date(2026, 8, 31), date(2026, 9, 1), date(2026, 10, 1)


def a_document(
    name: str,
    kind: DocumentKind = FAQ,
    locale: Locale = ZH,
    days: tuple[date | None, date | None] = (None, None),
    scene: str | None = None,
) -> Document:
    """`name` is an id, or id@version; the text is 包邮 with the name."""
    key, _, version = name.partition("@")
    text = f"包邮 {name} 😀"
    return Document(
        id=key,
        version=version or None,
        kind=kind,
        locale=locale,
        title=f"标题 {name}",
        text=text,
        source="faqs/a.yaml",
        line=1,
        parts=(
            Part(kind=PartKind.QUESTION, span=Span(start=0, end=len(text)), line=1, wording=text),
        ),
        scene=scene,
        script=ScriptProfile(emotion=1, segment="any") if kind is SCRIPT else None,
        validity=Validity(effective_from=days[0], effective_to=days[1]),
    )


def a_chunk(document: Document, part: PartKind = PartKind.QUESTION, number: int = 1) -> Chunk:
    span = Span(start=0, end=len(document.text))
    return Chunk(
        id=f"{document.key}/{number}",
        document=document.key,
        kind=document.kind,
        part=part,
        locale=document.locale,
        text=document.text,
        span=span,
        wording=document.text,
        search_text=document.text,
        source=document.source,
        line=1,
        title=document.title,
        validity=document.validity,
    )


DOCUMENTS = (
    a_document("faq-open"),
    a_document("faq-en", locale=EN),
    a_document("policy@1", POLICY, days=(None, AUG)),
    a_document("policy@2", POLICY, days=(SEP, None)),
    a_document("gift@1", POLICY, days=(SEP, SEP)),
    a_document("script-b", SCRIPT, scene="consult.freight"),
    a_document("script-a", SCRIPT, scene="consult.freight", days=(OCT, None)),
    a_document("script-c", SCRIPT, scene="consult.invoice"),
    a_document("script-en", SCRIPT, EN, scene="consult.freight"),
)
CHUNKS = tuple(a_chunk(document) for document in DOCUMENTS)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    folder = tmp_path_factory.mktemp("table")
    write_table(folder, DOCUMENTS, CHUNKS)
    return Table(folder)


FILTERS = {  # id: (filter, ids of what passes)
    "before the change": (
        SearchFilter(as_of=AUG, locale=ZH, kinds=(POLICY,)),
        ["policy@1"],
    ),
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
    assert [table.chunk(int(row)).document for row in table.allowed(search)] == keys


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
    found = table.in_force(name, SearchFilter(as_of=day, locale=locale, kinds=(SCRIPT,)))
    assert (found.key if found else None) == key


SCENES = {  # id: (scene, filter, scripts)
    "in the order of the files": (
        "consult.freight",
        SearchFilter(as_of=OCT, locale=ZH),
        ["script-b", "script-a"],
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
    assert len(table) == len(CHUNKS)
    assert tuple(table.chunks()) == CHUNKS
    assert tuple(table.document(document.key) for document in DOCUMENTS) == DOCUMENTS
    with pytest.raises(KeyError):
        table.document("policy")


def test_chunks_know_their_document_and_whether_they_ask(tmp_path: Path) -> None:
    faq, script = DOCUMENTS[0], DOCUMENTS[5]
    chunks = [
        a_chunk(script, PartKind.SITUATION, 1),
        a_chunk(faq, PartKind.QUESTION, 1),
        a_chunk(faq, PartKind.ANSWER, 2),
        a_chunk(faq, PartKind.FACT, 3),
    ]
    write_table(tmp_path, [faq, script], chunks)
    table = Table(tmp_path)
    assert table.is_question().tolist() == [True, True, False, False]


def test_columns_of_another_version(tmp_path: Path) -> None:
    write_table(tmp_path, DOCUMENTS, CHUNKS)
    np.save(tmp_path / "chunks.npy", np.zeros(3, dtype=[("kind", "u1")]))
    with pytest.raises(ValueError, match="not those of this version"):
        Table(tmp_path)


def test_a_record_that_changed_on_disk_is_not_believed(tmp_path: Path) -> None:
    write_table(tmp_path, DOCUMENTS, CHUNKS)
    path = tmp_path / "chunks.jsonl"
    content = path.read_bytes()
    path.write_bytes(content.replace("包邮".encode(), "不邮".encode(), 1))
    with pytest.raises(IndexNotReady, match="checksum"):
        Table(tmp_path).chunk(0)
