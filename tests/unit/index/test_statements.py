"""What a chunk says about what, and which chunks contradict each other."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from ragkit.core.documents import Document, DocumentKind, PartKind, Scope
from ragkit.core.retrieval import Conflict, SearchFilter
from ragkit.index.statements import conflicts, hash64, statements
from ragkit.index.table import Table
from ragkit.testing.builders import Piece, a_chunk, a_document, valid
from tests.unit.small_index import write_segment

CLAUSE, ROW = PartKind.CLAUSE, PartKind.ROW
TODAY = SearchFilter(as_of=date(2026, 9, 15))


def a_policy(
    text: str, name: str = "policy-a", part: PartKind = CLAUSE, **fields: object
) -> Document:
    piece = Piece(part, text, clause="1.1")
    return a_document(piece, id=name, kind=DocumentKind.POLICY, **fields)


def a_faq(question: str, answer: str, name: str = "faq-a", **fields: object) -> Document:
    pieces = (Piece(PartKind.QUESTION, question), Piece(PartKind.ANSWER, answer))
    return a_document(*pieces, id=name, **fields)


STATED: dict[str, tuple[str, list[str]]] = {  # id: (text of a clause, sentences that state)
    "an amount": ("单笔订单优惠后满59元包邮。", ["单笔订单优惠后满59元包邮。"]),
    "each sentence": (
        "单笔订单优惠后满59元包邮。不满59元的订单收6元运费。",
        ["单笔订单优惠后满59元包邮。", "不满59元的订单收6元运费。"],
    ),
    "Chinese numerals": ("签收次日起七天内可以退货。", ["签收次日起七天内可以退货。"]),
    "no number": ("请在订单详情页申请电子发票。", []),
    "too little beside the number": ("满59元包邮。", []),
    "nothing": ("。", []),
}


@pytest.mark.parametrize(("text", "stated"), STATED.values(), ids=STATED.keys())
def test_what_a_clause_states(text: str, stated: list[str]) -> None:
    policy = a_policy(text)
    assert [each.text for each in statements(a_chunk(policy), policy)] == stated


def test_a_phrasing_states_what_its_answer_says() -> None:
    faq = a_faq("多少钱包邮？", "满59元包邮。")
    [asked] = statements(a_chunk(faq, 0), faq)
    again = a_faq("多少钱，包邮", "满69元包邮。", "faq-b")
    [other] = statements(a_chunk(again, 0), again)
    assert (asked.text, other.text) == ("多少钱包邮？", "多少钱，包邮")
    assert asked.about == other.about
    assert asked.says != other.says


UNSTATED = (PartKind.NEGATIVE, PartKind.SITUATION, PartKind.FACT)


@pytest.mark.parametrize("part", UNSTATED)
def test_other_parts_state_nothing(part: PartKind) -> None:
    document = a_document(Piece(part, "单笔订单优惠后满59元包邮。"))
    assert list(statements(a_chunk(document), document)) == []


A, B = "单笔订单优惠后满59元包邮。", "单笔订单优惠后满69元包邮。"
SENTENCES: dict[str, tuple[str, str, bool]] = {  # id: (one, other, do they contradict?)
    "another amount": (A, B, True),
    "the same amount": (A, A, False),
    "the same amount in other numerals": (
        "签收次日起7天内可以无理由退货。",
        "签收次日起七天内可以无理由退货。",
        False,
    ),
    "the same amount in full width": (A, "单笔订单优惠后满５９元包邮。", False),
    "other marks between the words": (A, "单笔订单，优惠后满59元包邮！", False),
    "another amount and other marks": (A, "单笔订单，优惠后满69元包邮！", True),
    "traditional characters": (A, "單筆訂單優惠後滿69元包郵。", True),
    "about something else": (A, "单笔订单优惠前满69元包邮。", False),
    "another place": ("新疆地区的快递运费12元。", "西藏地区的快递运费15元。", False),
    "a telephone number": (
        "客服热线电话请拨打400-820-8820。",
        "客服热线电话请拨打400-820-8821。",
        False,
    ),
    "one of two numbers": (
        "签收后7天内退货，48小时内到账。",
        "签收后7天内退货，72小时内到账。",
        True,
    ),
    "English": ("Orders ship free from 59 yuan.", "Orders ship free from 69 yuan.", True),
}


@pytest.mark.parametrize(("one", "other", "differ"), SENTENCES.values(), ids=SENTENCES.keys())
@pytest.mark.parametrize("part", [CLAUSE, ROW, PartKind.ANSWER, PartKind.SUPPLEMENT])
def test_two_sentences_contradict(one: str, other: str, differ: bool, part: PartKind) -> None:
    mine, theirs = a_policy(one, part=part), a_policy(other, "policy-b", part)
    found = list(conflicts((a_chunk(mine), mine), (a_chunk(theirs), theirs)))
    assert found == ([(one, other)] if differ else [])


ANSWERS: dict[str, tuple[str, str, bool]] = {  # id: (one answer, other, do they contradict?)
    "another amount of one kind": ("满59元包邮。", "满69元就包邮哦。", True),
    "one in common": ("满59元包邮，不满收6元。", "满59元包邮，新疆满159元。", False),
    "amounts of different kinds": ("满59元包邮。", "24小时内发货。", False),
    "one without amounts": ("满59元包邮。", "包邮门槛以商品页为准。", False),
    "in other words": ("签收后7天内可退。", "七天之内都能退货。", False),
}


@pytest.mark.parametrize(("one", "other", "differ"), ANSWERS.values(), ids=ANSWERS.keys())
def test_two_answers_to_one_phrasing_contradict(one: str, other: str, differ: bool) -> None:
    mine, theirs = a_faq("多少钱包邮？", one), a_faq("多少钱包邮", other, "faq-b")
    found = list(conflicts((a_chunk(mine), mine), (a_chunk(theirs), theirs)))
    assert found == ([("多少钱包邮？", "多少钱包邮")] if differ else [])


def quotes(found: tuple[Conflict, ...]) -> list[tuple[str, str]]:
    return [(each.quote, each.other_quote) for each in found]


def table_of(folder: Path, *groups: tuple[Document, ...]) -> Table:
    paths = [folder / f"seg-{number:06d}" for number in range(len(groups))]
    for path, documents in zip(paths, groups, strict=True):
        write_segment(path, documents)
    return Table(paths)


def test_conflicts_are_found_across_segments_in_both_directions(tmp_path: Path) -> None:
    table = table_of(tmp_path, (a_policy("前言。", "policy-0"), a_policy(A)), (a_policy(B, "b"),))
    assert quotes(table.conflicts(["policy-a"], TODAY)) == [(A, B)]
    assert quotes(table.conflicts(["b"], TODAY)) == [(B, A)]
    assert quotes(table.conflicts(["policy-0", "unknown"], TODAY)) == []
    assert quotes(table.contradictions()) == [(A, B)]  # each pair once
    [conflict] = table.conflicts(["b"], TODAY)
    assert (conflict.chunk.document, conflict.other.document) == ("b", "policy-a")


def test_versions_of_one_document_do_not_contradict_each_other(tmp_path: Path) -> None:
    old = a_policy(A, version="1", validity=valid("2026-01-01"))
    new = a_policy(B, version="2", validity=valid("2026-09-01"))
    table = table_of(tmp_path, (old, new))
    assert (table.conflicts(["policy-a@1"], TODAY), table.contradictions()) == ((), ())


APART: dict[str, dict[str, object]] = {  # id: why the other one does not hold for the message
    "it has expired": {"validity": valid(None, "2026-09-14")},
    "it is still to come": {"validity": valid("2026-09-16")},
    "it is for another shop": {"scope": Scope(shops=("杭州店",))},
}


@pytest.mark.parametrize("fields", APART.values(), ids=APART.keys())
def test_what_is_not_in_force_contradicts_nothing(
    tmp_path: Path, fields: dict[str, object]
) -> None:
    table = table_of(tmp_path, (a_policy(A), a_policy(B, "policy-b", CLAUSE, **fields)))
    assert table.conflicts(["policy-a"], TODAY) == ()
    assert quotes(table.contradictions()) == [(A, B)]


def test_all_that_two_chunks_contradict_in_is_told(tmp_path: Path) -> None:
    one = a_policy(f"{A}签收次日起7天内可以无理由退货。")
    other = a_policy(f"{B}签收次日起15天内可以无理由退货。", "policy-b")
    table = table_of(tmp_path, (one, other))
    returns = ("签收次日起7天内可以无理由退货。", "签收次日起15天内可以无理由退货。")
    assert quotes(table.contradictions()) == [(A, B), returns]
    assert quotes(table.conflicts(["policy-a"], TODAY)) == [(A, B), returns]


def test_a_dead_document_contradicts_nothing(tmp_path: Path) -> None:
    table = table_of(tmp_path, (a_policy(A), a_policy(B, "policy-b")))
    rest = table.masked(np.array([True, False]))
    assert (rest.conflicts(["policy-a"], TODAY), rest.contradictions()) == ((), ())


def test_no_text_is_hashed_to_none() -> None:
    assert hash64("") != 0
    assert hash64("包邮") == hash64("包邮") != hash64("包郵")
