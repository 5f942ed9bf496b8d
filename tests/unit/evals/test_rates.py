"""Shares of cases, worked out by hand over five cases and one that broke."""

from math import log2
from typing import Any

import pytest

from ragkit.core.evaluating import ExpectedRoute, KeyFact, Outcome, Sample, Score, Unanswerable
from ragkit.core.guarding import Route
from ragkit.core.text import Locale
from ragkit.evals.metrics.rates import RATES, routed_as_expected, values_of


def a_sample(id: str = "case", *, answerable: bool = True, **fields: Any) -> Sample:
    kind = (
        {"facts": (KeyFact(id="fact", any=("59元",)),)}
        if answerable
        else {"why_unanswerable": Unanswerable.NOT_IN_KB}
    )
    defaults = {"id": id, "cluster": id, "lang": Locale.ZH, "question": "满多少包邮"}
    return Sample.model_validate({**defaults, "answerable": answerable, **kind, **fields})


def an_outcome(sample: Sample, route: Route | None = Route.SUGGEST, **fields: Any) -> Outcome:
    known = {"sample": sample.id, "cluster": sample.cluster, "answerable": sample.answerable}
    return Outcome.model_validate({**known, "route": route, **fields})


REFUSE = ExpectedRoute.REFUSE
RIGHT, WRONG, REFUSED = a_sample("right"), a_sample("wrong"), a_sample("refused")
OFF_TOPIC = a_sample("off-topic", answerable=False, route=REFUSE)
ANSWERED = a_sample("answered anyway", answerable=False, route=REFUSE)
BROKEN = a_sample("broken")
FORBIDDEN = ({"id": "x1", "any": ["保证到账"]}, {"id": "x2", "any": ["大概"], "severity": "major"})
SAID = a_sample("said", forbidden=FORBIDDEN)
MINOR = a_sample("minor", forbidden=FORBIDDEN)
RISKY: dict[str, Any] = {"route": ExpectedRoute.REVIEW, "risk": "high"}
HELD, MISSED = a_sample("held", **RISKY), a_sample("missed", **RISKY)
SAMPLES = (RIGHT, WRONG, REFUSED, OFF_TOPIC, ANSWERED, BROKEN)
GUARDED = (SAID, MINOR, HELD, MISSED)
GUARDED_OUTCOMES = (
    an_outcome(SAID, violated=("x1",)),
    an_outcome(MINOR, violated=("x2",)),
    an_outcome(HELD, Route.BLOCK),
    an_outcome(MISSED),
)
OUTCOMES = (
    an_outcome(RIGHT),
    an_outcome(WRONG, Route.REVIEW, missing=("fact",)),
    an_outcome(REFUSED, Route.REVIEW, abstained=True, missing=("fact",)),
    an_outcome(OFF_TOPIC, Route.REVIEW, abstained=True),
    an_outcome(ANSWERED),
    an_outcome(BROKEN, None, error="RuntimeError: gone"),
)


def measured(samples: tuple[Sample, ...], outcomes: tuple[Outcome, ...]) -> dict[str, Score]:
    return {rate.id: rate.measure(samples, outcomes) for rate in RATES}


EXPECTED = {  # metric: (value, cases scored, cases that broke)
    "accuracy": (1 / 3, 3, 1),
    "refusal": (1 / 2, 2, 0),
    "over_refusal": (1 / 3, 3, 1),
    "routing": (2 / 5, 5, 1),  # right and off-topic
    "review_rate": (3 / 5, 5, 1),
}


@pytest.mark.parametrize("metric", EXPECTED)
def test_a_share_counts_its_cases_and_its_errors(metric: str) -> None:
    score = measured(SAMPLES, OUTCOMES)[metric]
    assert (score.value, score.scored, score.errors) == EXPECTED[metric]
    assert score.reason == ""


@pytest.mark.parametrize("metric", ["forbidden_critical", "missed_critical_route"])
def test_what_no_case_may_show(metric: str) -> None:
    """One critical fact of two forbidden ones said; one of two risky cases sent as it was."""
    score = measured(GUARDED, GUARDED_OUTCOMES)[metric]
    assert (score.value, score.scored, score.higher) == (1 / 2, 2, False)
    without = measured(SAMPLES, OUTCOMES)[metric]
    assert (without.value, without.scored, without.reason) == (None, 0, "no case of this kind")


def test_every_share_has_a_row() -> None:
    rows = set(measured(SAMPLES, OUTCOMES))
    ranking = {"hit_at_5", "mrr_at_10", "ndcg_at_10"}
    assert rows == {*EXPECTED, *ranking, "forbidden_critical", "missed_critical_route"}


def test_the_evidence_is_measured_against_what_the_case_names() -> None:
    named = ({"doc": "faq-1", "grade": 2}, {"doc": "policy-1#1.1", "grade": 1})
    second, none = a_sample("second", relevant=named), a_sample("none", relevant=named)
    found = an_outcome(second, found=("faq-9", "policy-1#1.1"))
    scores = measured((second, none), (found, an_outcome(none, found=("faq-9",))))
    assert scores["hit_at_5"].value == 1 / 2
    assert scores["mrr_at_10"].value == 1 / 4  # second place, and not at all
    best = 2 / log2(2) + 1 / log2(3)
    assert scores["ndcg_at_10"].value == pytest.approx((1 / log2(3)) / best / 2)


def test_the_values_of_a_case_are_those_that_count_it() -> None:
    assert values_of(MISSED, an_outcome(MISSED)) == {
        "accuracy": 1.0,
        "over_refusal": 0.0,
        "routing": 0.0,
        "review_rate": 0.0,
        "missed_critical_route": 1.0,
    }
    assert values_of(BROKEN, an_outcome(BROKEN, None, error="gone")) == {}


def test_the_interval_surrounds_the_value() -> None:
    scores = measured(SAMPLES, OUTCOMES)
    for score in (scores[metric] for metric in EXPECTED):
        assert score.low is not None
        assert score.value is not None
        assert score.high is not None
        assert 0 <= score.low < score.value < score.high <= 1


def test_paraphrases_share_their_draw() -> None:
    single = tuple(a_sample(str(number)) for number in range(8))
    same = tuple(a_sample(str(number), cluster="one") for number in range(8))
    right = [number % 2 == 0 for number in range(8)]

    def accuracy(samples: tuple[Sample, ...]) -> Score:
        outcomes = tuple(
            an_outcome(sample, missing=() if good else ("fact",))
            for sample, good in zip(samples, right, strict=True)
        )
        return measured(samples, outcomes)["accuracy"]

    assert (accuracy(same).low, accuracy(same).high) == (0.5, 0.5)
    assert accuracy(single).low != accuracy(single).high


def test_no_case_of_a_kind_is_no_zero() -> None:
    score = measured((RIGHT,), OUTCOMES[:1])["refusal"]
    assert (score.value, score.low, score.high, score.scored) == (None, None, None, 0)
    assert score.reason == "no case of this kind"


def test_only_broken_cases_are_no_zero() -> None:
    score = measured((BROKEN,), OUTCOMES[-1:])["accuracy"]
    assert (score.value, score.scored, score.errors) == (None, 0, 1)
    assert score.reason == "every case failed"


def test_samples_without_outcome_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        RATES[0].measure(SAMPLES, OUTCOMES[:2])


AUTO, REVIEW = ExpectedRoute.AUTO, ExpectedRoute.REVIEW
ROUTED = {  # id: (expected, route, abstained, as expected)
    "auto, sent": (AUTO, Route.SUGGEST, False, True),
    "auto, held": (AUTO, Route.REVIEW, False, False),
    "auto, blocked": (AUTO, Route.BLOCK, False, False),
    "auto, abstained": (AUTO, Route.REVIEW, True, False),
    "review, held": (REVIEW, Route.REVIEW, False, True),
    "review, blocked": (REVIEW, Route.BLOCK, False, True),
    "review, sent": (REVIEW, Route.SUGGEST, False, False),
    "refuse, abstained": (REFUSE, Route.REVIEW, True, True),
    "refuse, blocked": (REFUSE, Route.BLOCK, False, True),
    "refuse, held": (REFUSE, Route.REVIEW, False, False),
    "refuse, sent": (REFUSE, Route.SUGGEST, False, False),
}


@pytest.mark.parametrize(
    ("expected", "route", "abstained", "kept"), ROUTED.values(), ids=ROUTED.keys()
)
def test_routes(expected: ExpectedRoute, route: Route, abstained: bool, kept: bool) -> None:
    sample = a_sample(route=expected)
    assert routed_as_expected(sample, an_outcome(sample, route, abstained=abstained)) is kept
