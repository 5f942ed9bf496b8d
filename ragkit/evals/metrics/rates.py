"""Shares of cases: accuracy, refusal, over-refusal, routing, review rate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ragkit.core.evaluating import ExpectedRoute, Outcome, Sample, Score
from ragkit.core.guarding import Route
from ragkit.evals.stats import cluster_interval


@dataclass(frozen=True)
class Rate:
    """A share over the cases that `counts` selects; a case that broke is an error, never a 0."""

    id: str
    counts: Callable[[Sample], bool]
    holds: Callable[[Sample, Outcome], bool]

    def measure(self, samples: Sequence[Sample], outcomes: Sequence[Outcome]) -> Score:
        pairs = [
            (sample, outcome)
            for sample, outcome in zip(samples, outcomes, strict=True)
            if self.counts(sample)
        ]
        scored = [(sample, outcome) for sample, outcome in pairs if outcome.error is None]
        errors = len(pairs) - len(scored)
        if not scored:
            reason = "every case failed" if errors else "no case of this kind"
            return Score(metric=self.id, value=None, scored=0, errors=errors, reason=reason)
        values = [float(self.holds(sample, outcome)) for sample, outcome in scored]
        low, high = cluster_interval(values, [sample.cluster for sample, _ in scored])
        value = sum(values) / len(values)
        return Score(
            metric=self.id, value=value, low=low, high=high, scored=len(scored), errors=errors
        )


def routed_as_expected(sample: Sample, outcome: Outcome) -> bool:
    """Whether a case went where it should: refuse is met by abstaining or by a block."""
    match sample.route:
        case ExpectedRoute.AUTO:
            return outcome.route is Route.SUGGEST
        case ExpectedRoute.REVIEW:
            return outcome.route in (Route.REVIEW, Route.BLOCK)
        case ExpectedRoute.REFUSE:
            return outcome.abstained or outcome.route is Route.BLOCK


# accuracy: strict vital facts (all of them, nothing forbidden, not abstained), over answerable
# cases. refusal and over_refusal are always shown as a pair.
RATES = (
    Rate("accuracy", lambda sample: sample.answerable, lambda _, outcome: outcome.right),
    Rate("refusal", lambda sample: not sample.answerable, lambda _, outcome: outcome.abstained),
    Rate("over_refusal", lambda sample: sample.answerable, lambda _, outcome: outcome.abstained),
    Rate("routing", lambda _: True, routed_as_expected),
    Rate("review_rate", lambda _: True, lambda _, outcome: outcome.route is not Route.SUGGEST),
)
