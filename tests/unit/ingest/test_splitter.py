"""Chunks: exact slices of their document, cut between sentences and nowhere else."""

from datetime import date

import pytest

from ragkit.core.documents import Chunk, Document, DocumentKind, Part, PartKind, Validity
from ragkit.core.text import Locale, Span
from ragkit.ingest.splitter import PartSplitter


def a_document(*texts: tuple[PartKind, str], **fields: object) -> Document:
    """A document of these parts, a line each, the first one on line 10."""
    parts, text, line = [], "", 10
    for kind, words in texts:
        span = Span(start=len(text), end=len(text) + len(words))
        parts.append(Part(kind=kind, span=span, line=line, wording=words))
        text += f"{words}\n"
        line += words.count("\n") + 1
    values = {
        "id": "doc-a",
        "kind": DocumentKind.FAQ,
        "locale": Locale.ZH,
        "title": "运费",
        "text": text,
        "source": "faqs/a.yaml",
        "line": 9,
        "parts": tuple(parts),
    }
    return Document.model_validate(values | fields)


def split(document: Document, max_chars: int = 400) -> tuple[Chunk, ...]:
    chunks = PartSplitter(max_chars=max_chars).split(document)
    for chunk in chunks:
        assert chunk.text == chunk.span.of(document.text)
    return chunks


LONG = {  # id: (text, max_chars, chunks)
    "fits": ("一二三。四五六。", 8, ["一二三。四五六。"]),
    "one character over": ("一二三。四五六。七", 8, ["一二三。四五六。", "七"]),
    "each sentence its own": ("一二三。四五六。", 7, ["一二三。", "四五六。"]),
    "as many as fit": ("一。二。三。四。五。", 4, ["一。二。", "三。四。", "五。"]),
    "a sentence longer than allowed": (
        "一二三四五六七八九十。好。",
        5,
        ["一二三四五六七八九十。", "好。"],
    ),
    "no sentence marks": ("一二三四五六七八九十", 5, ["一二三四五六七八九十"]),
    "blanks between": ("One. Two. Three.", 9, ["One. Two.", "Three."]),
    "a point in an amount": ("满1.5公斤。加收2元。", 7, ["满1.5公斤。", "加收2元。"]),
}


@pytest.mark.parametrize(("text", "max_chars", "pieces"), LONG.values(), ids=LONG.keys())
def test_long_parts(text: str, max_chars: int, pieces: list[str]) -> None:
    chunks = split(a_document((PartKind.ANSWER, text)), max_chars)
    assert [chunk.text for chunk in chunks] == pieces
    assert [chunk.wording for chunk in chunks] == pieces


def test_each_part_is_a_chunk_and_script_layers_are_not_searched() -> None:
    document = a_document(
        (PartKind.SITUATION, "客户着急"),
        (PartKind.RECEIVE, "抱歉。"),
        (PartKind.INFORM, "在途。"),
        (PartKind.COMMIT, "24小时内答复。"),
        (PartKind.QUESTION, "到哪了"),
        kind=DocumentKind.SCRIPT,
    )
    chunks = split(document)
    assert [(chunk.part, chunk.text) for chunk in chunks] == [
        (PartKind.SITUATION, "客户着急"),
        (PartKind.QUESTION, "到哪了"),
    ]
    assert [chunk.id for chunk in chunks] == ["doc-a/1", "doc-a/2"]


def test_a_row_stays_whole_and_is_searched_as_a_sentence() -> None:
    row = Part(
        kind=PartKind.ROW,
        span=Span(start=0, end=18),
        line=3,
        wording="地区：江浙沪。运费：6元。",
        heading=("运费规则", "1 运费"),
        clause="1.2",
    )
    document = a_document(text="| 江浙沪。不含岛屿。 | 6元 |", parts=(row,))
    [chunk] = split(document, 5)
    assert chunk.text == "| 江浙沪。不含岛屿。 | 6元 |"[:18]
    assert chunk.wording == "地区：江浙沪。运费：6元。"
    assert chunk.search_text == "运费规则 1 运费 地区：江浙沪。运费：6元。"
    assert chunk.clause == "1.2"


SEARCHED = {  # id: (kind of part, heading, what the indexes see)
    "question": (PartKind.QUESTION, (), "满59元。"),
    "answer": (PartKind.ANSWER, (), "满59元。"),
    "clause under its headings": (PartKind.CLAUSE, ("规则", "1 包邮"), "规则 1 包邮 满59元。"),
    "clause without headings": (PartKind.CLAUSE, (), "运费 满59元。"),
}


@pytest.mark.parametrize(("kind", "heading", "seen"), SEARCHED.values(), ids=SEARCHED.keys())
def test_what_is_searched(kind: PartKind, heading: tuple[str, ...], seen: str) -> None:
    document = a_document((kind, "满59元。"))
    part = document.parts[0].model_copy(update={"heading": heading})
    [chunk] = split(document.model_copy(update={"parts": (part,)}))
    assert chunk.search_text == seen
    assert chunk.text == "满59元。"


def test_a_fact_is_searched_with_the_names_of_its_product() -> None:
    document = a_document(
        (PartKind.NAME, "保温杯"),
        (PartKind.NAME, "P1001"),
        (PartKind.FACT, "内胆为316不锈钢。"),
        kind=DocumentKind.PRODUCT,
    )
    fact = document.parts[2].model_copy(update={"heading": ("材质",)})
    [chunk] = split(document.model_copy(update={"parts": (*document.parts[:2], fact)}))
    assert chunk.text == chunk.wording == "内胆为316不锈钢。"
    assert chunk.search_text == "保温杯 P1001 材质 内胆为316不锈钢。"


def test_lines_and_what_a_chunk_takes_from_its_document() -> None:
    validity = Validity(effective_from=date(2026, 9, 1))
    document = a_document(
        (PartKind.QUESTION, "包邮吗"),
        (PartKind.ANSWER, "满59元包邮。\n不满收6元。"),
        version="2026-09",
        validity=validity,
    )
    chunks = split(document, 9)
    assert [(chunk.text, chunk.line) for chunk in chunks] == [
        ("包邮吗", 10),
        ("满59元包邮。", 11),
        ("不满收6元。", 12),
    ]
    assert {chunk.document for chunk in chunks} == {"doc-a@2026-09"}
    assert {(chunk.source, chunk.title) for chunk in chunks} == {("faqs/a.yaml", "运费")}
    assert all(chunk.validity == validity for chunk in chunks)


def test_no_parts_no_chunks() -> None:
    assert split(a_document()) == ()
