"""Amounts of answers against the clauses they rest on: few alarms, and true ones."""

from datetime import date

import pytest

from ragkit.core.documents import Document, PartKind
from ragkit.core.retrieval import Conflict
from ragkit.lint.contradictions import contradictions
from ragkit.lint.findings import LintSeverity
from ragkit.testing.builders import a_chunk, valid
from tests.unit.lint.shelves import a_faq, a_policy, a_shelf

DAY = date(2026, 11, 22)
FREIGHT = a_policy(
    "policy-freight",
    "国内普通地区单笔订单优惠后满59元包邮。",
    "偏远地区每单运费12元，单笔订单优惠后满159元包邮。",
    "物流超过48小时没有新记录时，本店在24小时内答复您。",
)

ANSWERS = {  # id: (answer, what it rests on, the amounts that contradict)
    "as the clause says": ("满59元包邮。", "policy-freight#1.1", []),
    "another threshold": ("满69元包邮。", "policy-freight#1.1", ["69元"]),
    "in other words": ("满五十九块包邮。", "policy-freight#1.1", []),
    "in another unit of time": ("超过两天没有新记录，我们一天内答复您。", "policy-freight#1.3", []),
    "another time": ("超过48小时没有新记录，36小时内答复您。", "policy-freight#1.3", ["36小时"]),
    "stated by another clause": ("偏远地区满159元包邮。", "policy-freight#1.1", []),
    "the whole policy": ("偏远地区每单运费15元。", "policy-freight", ["15元"]),
    "both amounts are said": ("偏远地区运费12元，升级再加15元。", "policy-freight#1.2", []),
    "about another thing": ("礼盒装的蜡烛重500克。", "policy-freight#1.1", []),
    "a telephone number": ("满59元包邮，热线400-000-0618。", "policy-freight#1.1", []),
    "rests on nothing": ("满69元包邮。", "", []),
}


@pytest.mark.parametrize(("answer", "see", "wrong"), ANSWERS.values(), ids=ANSWERS.keys())
def test_answers_against_their_clauses(answer: str, see: str, wrong: list[str]) -> None:
    faq = a_faq("faq-freight", "运费多少", answer, see=(see,) if see else ())
    found = list(contradictions(a_shelf(FREIGHT, faq), [], DAY))
    assert [each.severity for each in found] == [LintSeverity.WARNING] * len(wrong)
    for each, amount in zip(found, wrong, strict=True):
        assert f"“{amount}”" in each.message
        assert each.where == "faqs/zh/delivery.yaml:2"
        assert (each.other or "").startswith("policies/zh/policy-freight.md:")


def test_the_version_in_force_is_compared() -> None:
    old = a_policy("policy-f", "满69元包邮。", version="1", validity=valid(end="2026-10-31"))
    new = a_policy("policy-f", "满59元包邮。", version="2", validity=valid(start="2026-11-01"))
    faq = a_faq("faq-freight", "运费多少", "满69元包邮。", see=("policy-f#1.1",))
    assert len(list(contradictions(a_shelf(old, new, faq), [], DAY))) == 1
    assert not list(contradictions(a_shelf(old, new, faq), [], date(2026, 10, 1)))


PAIRS: dict[str, tuple[Document, int]] = {
    "in force together": (a_policy("policy-b", "满69元包邮。"), 1),
    "one is over": (a_policy("policy-b", "满69元包邮。", validity=valid(end="2026-11-21")), 0),
}


@pytest.mark.parametrize(("other", "count"), PAIRS.values(), ids=PAIRS.keys())
def test_articles_against_each_other(other: Document, count: int) -> None:
    one = a_policy("policy-a", "满59元包邮。")
    conflict = Conflict(
        chunk=a_chunk(one), quote="满59元包邮。", other=a_chunk(other), other_quote="满69元包邮。"
    )
    found = list(contradictions(a_shelf(one, other), [conflict], DAY))
    assert [each.severity for each in found] == [LintSeverity.ERROR] * count


def test_phrasings_are_left_to_their_own_check() -> None:
    one, other = a_faq("faq-a", "运费多少", "6元。"), a_faq("faq-b", "运费多少", "8元。")
    conflict = Conflict(chunk=a_chunk(one), quote="运费多少", other=a_chunk(other), other_quote="x")
    assert conflict.chunk.part is PartKind.QUESTION
    assert not list(contradictions(a_shelf(one, other), [conflict], DAY))
