"""What a suggestion got right and wrong about a case, and the first cause of failure."""

from typing import Any

import pytest

from ragkit.core.drafting import Candidate, Suggestion
from ragkit.core.evaluating import (
    ExpectedRoute,
    Failure,
    ForbiddenFact,
    KeyFact,
    Outcome,
    Relevant,
    Sample,
    Unanswerable,
)
from ragkit.core.guarding import Finding, Route, Severity
from ragkit.core.text import Locale
from ragkit.evaluation import failures, measure
from ragkit.testing.builders import (
    a_chunk,
    a_draft,
    a_finding,
    a_suggestion,
    a_verdict,
    some_evidence,
)

RIGHT = "单笔满59元包邮，不满收6元运费。"
FREIGHT = a_chunk(document="policy-freight@2026-09", clause="1.2")
OTHER = a_chunk(document="policy-returns@2026-03", clause="2.1")


def a_case(**fields: Any) -> Sample:
    defaults = {
        "id": "freight-1",
        "cluster": "freight",
        "lang": Locale.ZH,
        "question": "满多少包邮",
        "relevant": (Relevant(doc="policy-freight#1.2"),),
        "facts": (
            KeyFact(id="threshold", any=("满59元", "五十九元起")),
            KeyFact(id="fee", any=("6元",)),
            KeyFact(id="region", any=("港澳台除外",), vital=False),
        ),
        "forbidden": (ForbiddenFact(id="old", any=("满49元",)),),
    }
    return Sample.model_validate({**defaults, **fields})


def an_off_topic_case(**fields: Any) -> Sample:
    return a_case(
        answerable=False,
        why_unanswerable=Unanswerable.OUT_OF_SCOPE,
        route=ExpectedRoute.REFUSE,
        facts=(),
        relevant=(),
        **fields,
    )


def replied(text: str, *findings: Finding, found: tuple[Any, ...] = (FREIGHT,)) -> Suggestion:
    candidate = Candidate(draft=a_draft(text), verdict=a_verdict(*findings))
    return a_suggestion(candidate, evidence=some_evidence(*found))


def abstained(*found: Any) -> Suggestion:
    return a_suggestion(candidates=(), evidence=some_evidence(*found))


UNGROUNDED = a_finding(Severity.REVIEW, category="ungrounded_number")
FACTS = {  # id: (reply, vital facts missing, forbidden facts said)
    "all vital facts": (RIGHT, (), ()),
    "other wordings": ("五十九元起包邮，运费六元", (), ()),
    "one missing": ("满59元包邮", ("fee",), ()),
    "both missing": ("您好", ("threshold", "fee"), ()),
    "another amount": ("满159元包邮，运费6元", ("threshold",), ()),
    "negated": ("不满59元收6元运费", ("threshold",), ()),
    "forbidden": (f"{RIGHT}以前满49元也包邮。", (), ("old",)),
    "forbidden, negated": (f"{RIGHT}不满49元不包邮。", (), ()),
}


@pytest.mark.parametrize(("reply", "missing", "violated"), FACTS.values(), ids=FACTS.keys())
def test_facts(reply: str, missing: tuple[str, ...], violated: tuple[str, ...]) -> None:
    outcome = measure(a_case(), replied(reply))
    assert (outcome.missing, outcome.violated) == (missing, violated)
    assert outcome.right is (len(missing + violated) == 0)


def test_an_outcome_says_what_happened() -> None:
    outcome = measure(a_case(), replied(RIGHT))
    assert outcome == Outcome(
        sample="freight-1",
        cluster="freight",
        answerable=True,
        route=Route.SUGGEST,
        reply=RIGHT,
        found=outcome.found,
        values=outcome.values,
    )
    assert outcome.right
    assert outcome.values["accuracy"] == 1.0


def test_an_abstention_has_no_reply_and_misses_every_vital_fact() -> None:
    outcome = measure(a_case(), abstained(FREIGHT))
    assert (outcome.abstained, outcome.reply) == (True, "")
    assert outcome.missing == ("threshold", "fee")
    assert not outcome.right


def test_only_the_best_candidate_counts() -> None:
    first, second = (
        Candidate(draft=a_draft(text), verdict=a_verdict()) for text in ("满49元包邮", RIGHT)
    )
    assert measure(a_case(), a_suggestion(first, second)).violated == ("old",)


WRONG, PARTIAL = f"{RIGHT}满49元也可以。", "满59元包邮"
OFF_TOPIC = an_off_topic_case()
REVIEWED = a_case(route=ExpectedRoute.REVIEW)
CAUSES = {  # id: (case, suggestion, the first cause that applies)
    "nothing wrong": (a_case(), replied(RIGHT), None),
    "not retrieved": (a_case(), replied(PARTIAL, found=(OTHER,)), Failure.NOT_RETRIEVED),
    "not retrieved, abstained": (a_case(), abstained(OTHER), Failure.NOT_RETRIEVED),
    "not retrieved, contradicted": (a_case(), replied(WRONG, found=()), Failure.NOT_RETRIEVED),
    "right without it": (a_case(), replied(RIGHT, found=(OTHER,)), None),
    "no relevant clause is known": (
        a_case(relevant=()),
        replied(PARTIAL, found=()),
        Failure.RETRIEVED_NOT_USED,
    ),
    "another clause": (
        a_case(relevant=(Relevant(doc="policy-freight#4.2"),)),
        replied(PARTIAL),
        Failure.NOT_RETRIEVED,
    ),
    "any clause": (
        a_case(relevant=(Relevant(doc="policy-freight"),)),
        replied(PARTIAL),
        Failure.RETRIEVED_NOT_USED,
    ),
    "one of two": (
        a_case(relevant=(Relevant(doc="faq-freight"), Relevant(doc="policy-freight#1.2"))),
        replied(PARTIAL, found=(OTHER, FREIGHT)),
        Failure.RETRIEVED_NOT_USED,
    ),
    "retrieved, not used": (a_case(), replied(PARTIAL), Failure.RETRIEVED_NOT_USED),
    "not used before contradicted": (
        a_case(),
        replied("满49元包邮"),
        Failure.RETRIEVED_NOT_USED,
    ),
    "contradicted": (a_case(), replied(WRONG), Failure.CONTRADICTED),
    "contradicted before ungrounded": (
        a_case(),
        replied(WRONG, UNGROUNDED),
        Failure.CONTRADICTED,
    ),
    "ungrounded number": (a_case(), replied(RIGHT, UNGROUNDED), Failure.UNGROUNDED_NUMBER),
    "over-refused": (a_case(), abstained(FREIGHT), Failure.OVER_REFUSED),
    "misrouted": (a_case(), replied(RIGHT, a_finding()), Failure.MISROUTED),
    "review expected": (REVIEWED, replied(RIGHT, a_finding()), None),
    "review missed": (REVIEWED, replied(RIGHT), Failure.MISROUTED),
    "rightly refused": (OFF_TOPIC, abstained(OTHER), None),
    "should have refused": (OFF_TOPIC, replied(RIGHT), Failure.SHOULD_HAVE_REFUSED),
    "should have refused, contradicted": (OFF_TOPIC, replied(WRONG), Failure.CONTRADICTED),
    "should have refused, ungrounded": (
        OFF_TOPIC,
        replied(RIGHT, UNGROUNDED),
        Failure.UNGROUNDED_NUMBER,
    ),
}


@pytest.mark.parametrize(("case", "suggestion", "cause"), CAUSES.values(), ids=CAUSES.keys())
def test_the_first_cause_is_named(
    case: Sample, suggestion: Suggestion, cause: Failure | None
) -> None:
    assert measure(case, suggestion).failure == cause


def test_failures_are_listed_by_cause_in_order() -> None:
    def failed(id: str, failure: Failure | None) -> Outcome:
        return Outcome(sample=id, cluster=id, answerable=True, failure=failure)

    outcomes = [
        failed("a", Failure.MISROUTED),
        failed("b", None),
        failed("c", Failure.ERROR),
        failed("d", Failure.MISROUTED),
    ]
    assert list(failures(outcomes).items()) == [
        (Failure.ERROR, ["c"]),
        (Failure.MISROUTED, ["a", "d"]),
    ]
    assert failures(outcomes[1:2]) == {}
