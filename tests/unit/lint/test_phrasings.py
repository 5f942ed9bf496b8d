"""Phrasings shared by two FAQs, and negatives that are phrasings."""

from datetime import date

import pytest

from ragkit.core.documents import Chunk, Document, Scope
from ragkit.lint.findings import LintSeverity
from ragkit.lint.phrasings import same_key, same_phrasing, stray_phrasing
from ragkit.testing.builders import a_chunk, valid
from tests.unit.lint.shelves import a_faq, a_shelf

DAY = date(2026, 11, 22)
ERROR, WARNING, INFO = LintSeverity.ERROR, LintSeverity.WARNING, LintSeverity.INFO

KEYS = {  # id: (one, other, whether they are one phrasing)
    "marks and blanks": ("满多少钱，包邮？", "满多少钱 包邮", True),
    "a final particle": ("可以退吗？", "可以退呀", True),
    "full width and case": ("ＶＩＰ怎么买", "vip怎么买", True),
    "traditional": ("可以退貨嗎", "可以退货吗", True),
    "a particle that is part of a word": ("什么时候发货", "什时候发货", False),
    "whether it has happened": ("发货了吗", "发货吗", False),
    "a negation": ("可以退", "不可以退", False),
    "marks alone": ("？？", "！", False),
}


@pytest.mark.parametrize(("one", "other", "same"), KEYS.values(), ids=KEYS.keys())
def test_key_of_a_phrasing(one: str, other: str, same: bool) -> None:
    assert (same_key(one) == same_key(other)) is same


ONE = a_faq("faq-a", "邮费多少|可以退吗？", "七天内可以退。")
PAIRS = {  # id: (the other FAQ, severity of what is found)
    "answers differ": (a_faq("faq-b", "可以退呀", "不能退。"), [ERROR]),
    "answers are the same": (a_faq("faq-b", "可以退呀", "七天内，可以退！"), [INFO]),
    "another phrasing": (a_faq("faq-b", "可以换吗", "不能退。"), []),
    "over before it matters": (a_faq("faq-b", "可以退呀", validity=valid(end="2026-11-21")), []),
    "in force one day from now": (
        a_faq("faq-b", "可以退呀", "不能。", validity=valid(start="2027-01-01")),
        [ERROR],
    ),
    "a draft": (a_faq("faq-b", "可以退呀", status="draft"), []),
    "a version of the same": (a_faq("faq-a", "可以退呀", version="2"), []),
}


@pytest.mark.parametrize(("other", "expected"), PAIRS.values(), ids=PAIRS.keys())
def test_two_faqs_asked_in_the_same_words(other: Document, expected: list[LintSeverity]) -> None:
    found = list(same_phrasing(a_shelf(ONE, other), [], _no_chunk, DAY))
    assert [each.severity for each in found] == expected
    assert all(each.quote == "可以退呀" for each in found)
    assert all(each.other == "faqs/zh/delivery.yaml:2" for each in found)


def test_shops_that_never_meet_share_no_phrasing() -> None:
    for shops, count in ((("b",), 0), (("a", "b"), 1), ((), 1)):
        one = a_faq("faq-a", "可以退吗", "能。", scope=Scope(shops=("a",)))
        other = a_faq("faq-b", "可以退吗", "不能。", scope=Scope(shops=shops))
        assert len(list(same_phrasing(a_shelf(one, other), [], _no_chunk, DAY))) == count


def test_three_that_share_a_phrasing_are_told_twice() -> None:
    shelf = a_shelf(*(a_faq(f"faq-{n}", "可以退吗", f"答{n}。") for n in "abc"))
    assert len(list(same_phrasing(shelf, [], _no_chunk, DAY))) == 2


NEGATIVES = {
    "its own phrasing": ("怎么退货？|not:怎么退货", 1),
    "another thing": ("怎么退货？|not:怎么换货", 0),
}


@pytest.mark.parametrize(("question", "count"), NEGATIVES.values(), ids=NEGATIVES.keys())
def test_a_negative_against_its_own_faq(question: str, count: int) -> None:
    found = list(stray_phrasing(a_shelf(a_faq("faq-a", question)), [], _no_chunk))
    assert [each.severity for each in found] == [ERROR] * count


def _no_chunk(row: int) -> Chunk:
    return a_chunk(a_faq("faq-none", f"{row}"))
