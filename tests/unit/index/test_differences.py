"""What differs between two generations: nothing too much, nothing missed."""

from collections import Counter
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from ragkit.core.documents import Document, DocumentKind, PartKind
from ragkit.index.differences import Change, changed_rows, differences
from ragkit.index.table import Table
from ragkit.testing.builders import Piece, a_document, valid
from tests.unit.small_index import write_segment


def a_faq(name: str, *answers: str, **fields: object) -> Document:
    return a_document(
        *(Piece(PartKind.ANSWER, answer) for answer in answers), id=name, title="t", **fields
    )


def a_policy(*clauses: tuple[str, str]) -> Document:
    pieces = (Piece(PartKind.CLAUSE, text, clause=clause) for clause, text in clauses)
    return a_document(*pieces, id="policy", title="规则", kind=DocumentKind.POLICY)


def table_of(folder: Path, *groups: tuple[Document, ...]) -> Table:
    paths = [folder / f"seg-{number:06d}" for number in range(len(groups))]
    for path, documents in zip(paths, groups, strict=True):
        write_segment(path, documents)
    return Table(paths)


def told(changes: tuple[Change, ...]) -> list[tuple[str | None, str | None]]:
    """What each change was before and is now."""
    return [
        (
            change.before.text if change.before else None,
            change.after.text if change.after else None,
        )
        for change in changes
    ]


FREIGHT, RISEN = "优惠后满59元包邮，不满收6元。", "优惠后满69元包邮，不满收8元。"
CHANGES: dict[
    str, tuple[tuple[Document, ...], tuple[Document, ...], list[tuple[str | None, str | None]]]
] = {
    # id: (documents before, documents after, chunks before and after)
    "nothing": ((a_faq("a", FREIGHT),), (a_faq("a", FREIGHT),), []),
    "another line": ((a_faq("a", FREIGHT),), (a_faq("a", FREIGHT, line=90),), []),
    "another file": ((a_faq("a", FREIGHT),), (a_faq("a", FREIGHT, source="faqs/b.yaml"),), []),
    "edited": ((a_faq("a", FREIGHT),), (a_faq("a", RISEN),), [(FREIGHT, RISEN)]),
    "written anew": (
        (a_faq("a", FREIGHT),),
        (a_faq("a", "签收次日起可以退货"),),
        [(None, "签收次日起可以退货"), (FREIGHT, None)],
    ),
    "a document more": (
        (a_faq("a", FREIGHT),),
        (a_faq("a", FREIGHT), a_faq("b", "新")),
        [(None, "新")],
    ),
    "a document less": (
        (a_faq("a", FREIGHT), a_faq("b", "旧")),
        (a_faq("a", FREIGHT),),
        [("旧", None)],
    ),
    "an answer more": ((a_faq("a", FREIGHT),), (a_faq("a", FREIGHT, "新"),), [(None, "新")]),
    "of three that are alike one goes": (
        (a_faq("a", "旧", "旧", "旧"),),
        (a_faq("a", "旧", "旧"),),
        [("旧", None)],
    ),
    "other days": (
        (a_faq("a", FREIGHT),),
        (a_faq("a", FREIGHT, validity=valid("2026-09-01")),),
        [(FREIGHT, FREIGHT)],
    ),
    "another id": (
        (a_faq("a", FREIGHT),),
        (a_faq("b", FREIGHT),),
        [(FREIGHT, None), (None, FREIGHT)],
    ),
    "a clause keeps its number": (
        (a_policy(("1.1", FREIGHT), ("1.2", "新疆运费12元。")),),
        (a_policy(("1.1", "全场不再包邮"), ("1.2", "新疆运费12元。")),),
        [(FREIGHT, "全场不再包邮")],
    ),
    "the likeliest is the one edited": (
        (a_faq("a", "新疆运费12元。", FREIGHT),),
        (a_faq("a", RISEN, "新疆运费15元。"),),
        [(FREIGHT, RISEN), ("新疆运费12元。", "新疆运费15元。")],
    ),
    "from nothing": ((), (a_faq("a", FREIGHT),), [(None, FREIGHT)]),
    "to nothing": ((a_faq("a", FREIGHT),), (), [(FREIGHT, None)]),
}


@pytest.mark.parametrize(("old", "new", "expected"), CHANGES.values(), ids=CHANGES.keys())
def test_changes(
    tmp_path: Path,
    old: tuple[Document, ...],
    new: tuple[Document, ...],
    expected: list[tuple[str | None, str | None]],
) -> None:
    before, after = table_of(tmp_path / "old", old), table_of(tmp_path / "new", new)
    assert told(differences(before, after)) == expected


def test_before_the_first_generation_everything_is_new(tmp_path: Path) -> None:
    table = table_of(tmp_path, (a_faq("b", "二"), a_faq("a", "一")))
    changes = differences(None, table)
    assert told(changes) == [(None, "一"), (None, "二")]
    assert [change.document for change in changes] == ["a", "b"]


def test_segments_and_their_order_are_no_change(tmp_path: Path) -> None:
    one, two, three = (a_faq(name, f"{name} 满59元") for name in "abc")
    before = table_of(tmp_path / "old", (one, two), (three,))
    after = table_of(tmp_path / "new", (three,), (), (two, one))
    removed, added = changed_rows(before, after)
    assert (len(removed), len(added), differences(before, after)) == (0, 0, ())


def test_dead_rows_are_gone(tmp_path: Path) -> None:
    whole = table_of(tmp_path, (a_faq("a", "一"), a_faq("b", "二")))
    rest = whole.masked(np.array([True, False]))
    assert told(differences(whole, rest)) == [("二", None)]
    assert told(differences(rest, whole)) == [(None, "二")]
    assert differences(rest, rest) == ()


def test_a_document_written_anew_takes_no_minutes(tmp_path: Path) -> None:
    """Long ones that have nothing in common are not paired at all."""

    def long(seed: int) -> Document:
        random = np.random.default_rng(seed)
        texts = [
            "".join(chr(0x4E00 + n) for n in random.integers(0, 3000, 300)) for _ in range(100)
        ]
        return a_faq("a", *texts)

    before, after = table_of(tmp_path / "old", (long(1),)), table_of(tmp_path / "new", (long(2),))
    started = perf_counter()
    changes = differences(before, after)
    assert len(changes) == 200
    assert perf_counter() - started < 10
    more = table_of(tmp_path / "more", (a_faq("a", *(f"{n} 新" for n in range(101))),))
    counted = Counter((c.before is None, c.after is None) for c in differences(before, more))
    assert counted == {(False, True): 100, (True, False): 101}
