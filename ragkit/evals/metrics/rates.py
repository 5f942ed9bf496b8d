"""Means over cases: accuracy, refusals, routing, and how well the evidence was ranked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import fsum

from ragkit.core.evaluating import ExpectedRoute, Outcome, Sample, Score
from ragkit.core.guarding import Route
from ragkit.evals.intervals import cluster_interval
from ragkit.evals.ranking import hit_at, ndcg_at, reciprocal_rank_at

Measure = Callable[[Sequence[str], Mapping[str, int]], float | None]


@dataclass(frozen=True)
class Rate:
    """A mean over the cases that `counts` selects; a case that broke is an error, never a 0.

    `holds` is whether, or how far (in [0, 1]), something is true of a case.
    """

    id: str
    counts: Callable[[Sample], bool]
    holds: Callable[[Sample, Outcome], float]
    higher: bool = True

    def value(self, sample: Sample, outcome: Outcome) -> float | None:
        """The value for one case; None if the metric does not count it, or it broke."""
        if not self.counts(sample) or outcome.error is not None:
            return None
        return float(self.holds(sample, outcome))

    def measure(self, samples: Sequence[Sample], outcomes: Sequence[Outcome]) -> Score:
        pairs = [
            (sample, outcome)
            for sample, outcome in zip(samples, outcomes, strict=True)
            if self.counts(sample)
        ]
        values = [(self.value(sample, outcome), sample.cluster) for sample, outcome in pairs]
        scored = [(value, cluster) for value, cluster in values if value is not None]
        errors = len(pairs) - len(scored)
        score = Score(
            metric=self.id, higher=self.higher, value=None, scored=len(scored), errors=errors
        )
        if not scored:
            reason = "every case failed" if errors else "no case of this kind"
            return score.model_copy(update={"reason": reason})
        low, high = cluster_interval([value for value, _ in scored], [name for _, name in scored])
        mean = fsum(value for value, _ in scored) / len(scored)
        return score.model_copy(update={"value": mean, "low": low, "high": high})


def values_of(sample: Sample, outcome: Outcome) -> dict[str, float]:
    """The value of every metric that counts the case, by its id."""
    values = {rate.id: rate.value(sample, outcome) for rate in RATES}
    return {metric: value for metric, value in values.items() if value is not None}


def routed_as_expected(sample: Sample, outcome: Outcome) -> bool:
    """Whether a case went where it should: refuse is met by abstaining or by a block."""
    match sample.route:
        case ExpectedRoute.AUTO:
            return outcome.route is Route.SUGGEST
        case ExpectedRoute.REVIEW:
            return outcome.route in (Route.REVIEW, Route.BLOCK)
        case ExpectedRoute.REFUSE:
            return outcome.abstained or outcome.route is Route.BLOCK


def _forbidden(sample: Sample, outcome: Outcome) -> bool:
    critical = {forbidden.id for forbidden in sample.forbidden if forbidden.severity == _CRITICAL}
    return bool(critical & set(outcome.violated))


def _judged(sample: Sample) -> bool:
    return sample.answerable and bool(sample.relevant)


def _ranking(measure: Measure) -> Callable[[Sample, Outcome], float]:
    """A metric of the evidence against the documents that a case names."""

    def value(sample: Sample, outcome: Outcome) -> float:
        grades = {relevant.doc: relevant.grade for relevant in sample.relevant}
        return measure(outcome.found, grades) or 0.0

    return value


def _risky(sample: Sample) -> bool:
    return sample.risk == _HIGH_RISK and sample.route is ExpectedRoute.REVIEW


_CRITICAL, _HIGH_RISK = "critical", "high"

# accuracy: strict vital facts (all of them, nothing forbidden, not abstained), over answerable
# cases. refusal and over_refusal are always shown as a pair. forbidden_critical: cases with such a
# fact in the reply. missed_critical_route: risky cases for a person that went out as they were.
RATES = (
    Rate("accuracy", lambda sample: sample.answerable, lambda _, outcome: outcome.right),
    Rate("refusal", lambda sample: not sample.answerable, lambda _, outcome: outcome.abstained),
    Rate("over_refusal", lambda sample: sample.answerable, lambda _, out: out.abstained, False),
    Rate("routing", lambda _: True, routed_as_expected),
    Rate("review_rate", lambda _: True, lambda _, out: out.route is not Route.SUGGEST, False),
    Rate("hit_at_5", _judged, _ranking(partial(hit_at, k=5))),
    Rate("mrr_at_10", _judged, _ranking(reciprocal_rank_at)),
    Rate("ndcg_at_10", _judged, _ranking(ndcg_at)),
    Rate("forbidden_critical", lambda sample: bool(sample.forbidden), _forbidden, False),
    Rate("missed_critical_route", _risky, lambda _, outcome: outcome.route is Route.SUGGEST, False),
)
