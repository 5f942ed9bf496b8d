"""Cases that would measure nothing, each told once with what is wrong with it."""

from collections.abc import Sequence
from typing import Any

import pytest

from ragkit.core.evaluating import Sample
from ragkit.evals.linting import CaseCheck, lint

DOCUMENTS = {
    "faq-freight": ["满多少钱包邮？", "单笔订单优惠后满59元包邮，不满59元收6元运费。"],
    "policy-freight#1.1": ["单笔订单优惠后满59元包邮。"],
}


def texts_of(name: str) -> Sequence[str]:
    return DOCUMENTS.get(name, ())


def a_case(**fields: Any) -> Sample:
    given = {
        "id": "freight-1",
        "cluster": "freight",
        "lang": "zh",
        "split": "dev",
        "question": "买多少能免邮费",
        "relevant": [{"doc": "faq-freight"}],
        "facts": [{"id": "from", "any": ["满59元"]}],
        "references": ["满59元包邮。"],
    }
    return Sample.model_validate({**given, **fields})


def forbidding(wording: str) -> list[dict[str, Any]]:
    return [{"id": "other", "any": [wording]}]


ALONE: dict[str, tuple[dict[str, Any], list[CaseCheck], str]] = {
    # id: (what the case says, checks that find something, words of the first message)
    "nothing": ({}, [], ""),
    "clause named in full": ({"relevant": [{"doc": "policy-freight#1.1"}]}, [], ""),
    "no such document": (
        {"relevant": [{"doc": "faq-freigth"}], "facts": [{"id": "from", "any": ["满59元"]}]},
        [CaseCheck.RELEVANT, CaseCheck.FACT],
        "no `faq-freigth`",
    ),
    "fact of no document": (
        {"facts": [{"id": "from", "any": ["满69元"]}], "references": ["满69元包邮。"]},
        [CaseCheck.FACT],
        "“满69元”",
    ),
    "reference without the fact": (
        {"references": ["包邮的。"]},
        [CaseCheck.REFERENCE],
        "does not say its fact `from`",
    ),
    "reference says what is forbidden": (
        {"references": ["满59元包邮，不满收8元。"], "forbidden": forbidding("收8元")},
        [CaseCheck.REFERENCE],
        "says what is forbidden: `other`",
    ),
    "amount in other words": ({"references": ["满五十九块包邮。"]}, [], ""),
    "unanswerable": (
        {
            "answerable": False, "why_unanswerable": "not_in_kb", "relevant": [], "facts": [],
            "references": [],
        },
        [],
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "found", "words"), ALONE.values(), ids=ALONE.keys())
def test_a_case_by_itself(fields: dict[str, Any], found: list[CaseCheck], words: str) -> None:
    report = lint([a_case(**fields)], texts_of)
    assert [problem.check for problem in report.problems] == found
    assert words in (report.problems[0].message if report.problems else "")


BESIDE: dict[str, tuple[dict[str, Any], list[tuple[CaseCheck, bool]]]] = {
    # id: (the second case, what is found, and whether it is an error)
    "other words, one cluster": ({"question": "多少起包邮呀"}, []),
    "same words, one cluster": ({}, []),
    "cluster in two splits": (
        {"question": "多少起包邮", "split": "test"},
        [(CaseCheck.SPLIT, True)],
    ),
    "twin in the other split": (
        {"cluster": "c2", "split": "test", "question": "买多少，能免邮费？"},
        [(CaseCheck.TWIN, True)],
    ),
    "twin in the same split": ({"cluster": "c2"}, [(CaseCheck.TWIN, False)]),
    "same words after another history": (
        {"cluster": "c2", "history": [{"role": "customer", "text": "新疆的"}]},
        [],
    ),
    "only alike": ({"cluster": "c2", "split": "test", "question": "买多少能送赠品"}, []),
}


@pytest.mark.parametrize(("fields", "found"), BESIDE.values(), ids=BESIDE.keys())
def test_a_case_beside_another(fields: dict[str, Any], found: list[tuple[CaseCheck, bool]]) -> None:
    report = lint([a_case(), a_case(id="freight-2", **fields)], texts_of)
    assert [(problem.check, problem.error) for problem in report.problems] == found
    assert report.errors == sum(error for _, error in found)


def test_what_a_set_holds_is_counted() -> None:
    cases = [
        a_case(tags=["freight", "short"]),
        a_case(id="freight-2", tags=["freight"]),
        a_case(id="en-1", cluster="en", lang="en", split=None, question="when is it free"),
    ]
    report = lint(cases, texts_of)
    assert (report.cases, report.clusters, report.answerable) == (3, 2, 3)
    assert report.sizes == {1: 1, 2: 1}
    assert report.tags == {"freight": 2, "short": 1}
    assert (report.splits, report.languages) == ({"dev": 2, "none": 1}, {"zh": 2, "en": 1})
