"""The labelled questions of an index: each with its answers, none with itself."""

from pathlib import Path

import numpy as np

from ragkit.core.documents import DocumentKind, PartKind
from ragkit.core.text import Locale
from ragkit.retrieve.calibrate import Asked
from ragkit.retrieve.fusion import best_rows
from ragkit.retrieve.questions import QuestionBook, off_topic
from ragkit.testing.builders import Piece, a_document
from tests.unit.small_index import SmallIndex, build, build_segments, bundled

POLICY = a_document(
    Piece(PartKind.CLAUSE, "优惠后满59元包邮。", clause="1.1"),
    Piece(PartKind.CLAUSE, "新疆、西藏运费12元。", clause="1.2"),
    id="policy-freight",
    kind=DocumentKind.POLICY,
)
FAQ = a_document(
    Piece(PartKind.QUESTION, "满多少钱包邮？"),
    Piece(PartKind.QUESTION, "多少起包邮"),
    Piece(PartKind.NEGATIVE, "可以到付吗？"),
    Piece(PartKind.ANSWER, "满59元包邮。"),
    see=("policy-freight#1.1",),
)
OTHER = a_document(
    Piece(PartKind.QUESTION, "怎么开电子发票？"),
    Piece(PartKind.ANSWER, "确认收货后申请。"),
    id="faq-invoice",
)


def asked(index: SmallIndex) -> list[Asked]:
    book = QuestionBook(
        rows=index.table, dense=index.vectors, lexical=index.lexical, embed=bundled().embed
    )
    steps: list[tuple[str, int, int]] = []
    found = list(book.asked(lambda *step: steps.append(step)))
    assert steps[-1] == ("questions", len(found), len(found))
    return found


def test_every_phrasing_is_asked_without_itself(tmp_path: Path) -> None:
    found = asked(build(tmp_path, POLICY, FAQ, OTHER))
    outside = len(off_topic(Locale.ZH))
    assert len(found) == 3 + outside
    # Found may be: 2 clauses, 2 phrasings and the answer of one FAQ, 2 chunks of the other; the
    # negative never, the phrasing itself not by itself. Right are the rest of its own FAQ and 1.1.
    labels = sorted((len(each.answers), int(each.answers.sum())) for each in found)
    assert labels == [(6, 1), (6, 3), (6, 3), *[(7, 0)] * outside]


def test_dead_documents_are_neither_asked_nor_found(tmp_path: Path) -> None:
    live = np.array([True, True, False])
    found = asked(build_segments(tmp_path, [[POLICY, FAQ], [OTHER]], live))
    labels = {(len(each.answers), int(each.answers.sum())) for each in found}
    assert labels == {(4, 3), (5, 0)}


def test_an_index_without_phrasings_asks_nothing(tmp_path: Path) -> None:
    index = build(tmp_path, POLICY)
    book = QuestionBook(
        rows=index.table, dense=index.vectors, lexical=index.lexical, embed=bundled().embed
    )
    assert list(book.asked(lambda *_: None)) == []


def test_the_best_rows_come_highest_first() -> None:
    scores = np.array([0.2, -np.inf, 0.9, 0.5, 0.9])
    assert scores[best_rows(scores, 3)].tolist() == [0.9, 0.9, 0.5]
    assert len(best_rows(scores, 10)) == 4
    assert len(best_rows(scores, 0)) == len(best_rows(np.empty(0), 5)) == 0
    assert len(best_rows(np.full(3, -np.inf), 2)) == 0
