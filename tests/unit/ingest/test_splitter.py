"""Chunks: exact slices of their document, along its parts, within the limits."""

from datetime import date

import pytest

from ragkit.core.documents import Chunk, Document, DocumentKind, Part, PartKind, Validity
from ragkit.core.folding import fold
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
        ["一二三四五", "六七八九", "十。好。"],
    ),
    "no sentence marks": ("一二三四五六七八九十", 5, ["一二三四五", "六七八九十"]),
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


def test_negative_phrasings_are_searched_like_questions() -> None:
    chunks = split(a_document((PartKind.QUESTION, "能退吗"), (PartKind.NEGATIVE, "能退运费吗")))
    assert [(chunk.part, chunk.search_text) for chunk in chunks] == [
        (PartKind.QUESTION, "能退吗"),
        (PartKind.NEGATIVE, "能退运费吗"),
    ]


def test_a_blank_part_has_no_chunk() -> None:
    assert split(a_document((PartKind.ANSWER, " \u3000"))) == ()


PARENTS = {  # id: (parent of the part, max_chars, parent of each chunk)
    "whole": (None, 9, [None]),
    "cut": (None, 3, [Span(start=0, end=6), Span(start=0, end=6)]),
    "whole in a section": (Span(start=0, end=7), 9, [Span(start=0, end=7)]),
    "cut in a section": (Span(start=0, end=7), 3, [Span(start=0, end=7), Span(start=0, end=7)]),
}


@pytest.mark.parametrize(("around", "max_chars", "parents"), PARENTS.values(), ids=PARENTS.keys())
def test_what_is_read_around_a_chunk(
    around: Span | None, max_chars: int, parents: list[Span | None]
) -> None:
    document = a_document((PartKind.ANSWER, "包邮。退货。"))
    where = {"parent": around, "page": 3, "sheet": "运费表"}
    part = document.parts[0].model_copy(update=where)
    chunks = split(document.model_copy(update={"parts": (part,)}), max_chars)
    assert [chunk.parent for chunk in chunks] == parents
    assert {(chunk.page, chunk.sheet) for chunk in chunks} == {(3, "运费表")}


def test_headings_count_as_tokens_of_what_is_embedded() -> None:
    document = a_document((PartKind.CLAUSE, "包邮。退货。"), title="规则")
    splitter = PartSplitter(max_chars=None, max_tokens=6, count_tokens=len)
    assert [chunk.search_text for chunk in splitter.split(document)] == [
        "规则 包邮。",
        "规则 退货。",
    ]


def test_headings_that_fill_the_limit_are_shortened() -> None:
    document = a_document((PartKind.CLAUSE, "包邮。退货。"), title="运费规则" * 9)
    splitter = PartSplitter(max_chars=None, max_tokens=9, count_tokens=len)
    chunks = splitter.split(document)
    assert "".join(chunk.text for chunk in chunks) == "包邮。退货。"
    assert all(chunk.search_text.startswith("运费") for chunk in chunks)
    assert all(len(chunk.search_text) <= 9 for chunk in chunks)


def test_a_character_of_many_tokens_is_counted() -> None:
    """One code point that folds to four: shorter than the limit and yet over it."""
    document = a_document((PartKind.ANSWER, "\u337f\u337f"))
    splitter = PartSplitter(max_chars=9, max_tokens=4, count_tokens=lambda text: len(fold(text)))
    assert [chunk.text for chunk in splitter.split(document)] == ["\u337f", "\u337f"]


def test_short_parts_are_not_counted() -> None:
    counted = []

    def count(text: str) -> int:
        counted.append(text)
        return len(text)

    PartSplitter(max_chars=400, max_tokens=512, count_tokens=count).split(
        a_document((PartKind.ANSWER, "满五十九元包邮。"), (PartKind.CLAUSE, "不满收6元。"))
    )
    assert counted == [""]


def test_tokens_without_a_counter() -> None:
    with pytest.raises(ValueError, match="count_tokens"):
        PartSplitter(max_chars=400, max_tokens=512)
