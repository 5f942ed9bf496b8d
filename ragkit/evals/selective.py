"""Selective answering: the risk that remains when only the more confident cases are answered.

Each case has a confidence (any finite number, higher is surer) and a loss in [0, 1]: 1 for a wrong
answer, 0 for a right one, or 1 - metric. Answering the cases from a threshold on has a coverage
(their share) and a selective risk (their mean loss): El-Yaniv & Wiener 2010, On the Foundations of
Noise-free Selective Classification; Geifman & El-Yaniv 2017, Selective Classification for DNNs.

Cases of equal confidence are never told apart. No threshold parts them, so the curve has one point
for all of them; where a mean runs over every prefix, they count with the mean over all their
orders. So the order of the cases never matters.

All of it is None (the curve `()`) without cases (`NO_CASES`). `ValueError` is raised for lists of
different length, a confidence that is not finite and a loss outside [0, 1].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import fsum, isfinite

NO_CASES = "no case was scored"
ALL_ALIKE = "every case does equally well, so no order is better than another"

_ROUNDING = 1e-12  # smaller differences of two means in [0, 1] are those of floating point


@dataclass(frozen=True)
class RiskPoint:
    """Answering every case of at least `threshold`: how many, their share, and their mean loss."""

    threshold: float
    answered: int
    coverage: float
    risk: float


def risk_coverage_curve(
    confidences: Sequence[float], losses: Sequence[float]
) -> tuple[RiskPoint, ...]:
    """One point for each distinct confidence, the highest first; the last one covers all cases."""
    points = []
    answered, lost = 0, 0.0
    for confidence, tied in _groups(confidences, losses):
        answered += len(tied)
        lost += fsum(tied)
        points.append(RiskPoint(confidence, answered, answered / len(confidences), lost / answered))
    return tuple(points)


def aurc(confidences: Sequence[float], losses: Sequence[float]) -> float | None:
    """Mean selective risk over the n prefixes of the cases by falling confidence; lower is better.

    Geifman, Uziel & El-Yaniv 2019, Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers.
    """
    risks: list[float] = []
    lost = 0.0
    for _, tied in _groups(confidences, losses):
        before, group = len(risks), fsum(tied)
        # The mean over all orders of equal confidences: each of them brings the same share.
        risks += [
            (lost + group * taken / len(tied)) / (before + taken)
            for taken in range(1, len(tied) + 1)
        ]
        lost += group
    return fsum(risks) / len(risks) if risks else None


def excess_aurc(confidences: Sequence[float], losses: Sequence[float]) -> float | None:
    """E-AURC: AURC above that of the best order of the same losses; 0 is best.

    Geifman et al. 2019 approximate the best order in closed form; here it is exact.
    """
    area, best = aurc(confidences, losses), _best_aurc(losses)
    if area is None or best is None:
        return None
    return max(0.0, area - best)  # below 0 by rounding alone


def coverage_at_risk(
    confidences: Sequence[float], losses: Sequence[float], max_risk: float
) -> float | None:
    """Largest coverage whose risk is at most `max_risk`; 0 when no threshold keeps it."""
    curve = risk_coverage_curve(confidences, losses)
    if not curve:
        return None
    point = point_at_risk(curve, max_risk)
    return point.coverage if point else 0.0


def point_at_risk(curve: Sequence[RiskPoint], max_risk: float) -> RiskPoint | None:
    """The point of largest coverage whose risk is at most `max_risk`; None when there is none.

    The risk is that of the cases at hand. A threshold chosen by it does better on them than on new
    ones, so it is reported on other cases (Geifman & El-Yaniv 2017, 3, bound the difference).
    """
    kept = [point for point in curve if point.risk <= max_risk]
    return max(kept, key=lambda point: point.answered, default=None)


def normalised_auc(confidences: Sequence[float], metrics: Sequence[float]) -> float | None:
    """How much of what abstaining could gain a confidence does gain; at most 1.

    1 is the best order of the cases, 0 no better than abstaining at random, below 0 is worse than
    that. `metrics` are in [0, 1], higher is better. None also when all are equal (`ALL_ALIKE`).
    Gisserot-Boukhlef et al. 2024, Towards Trustworthy Reranking: A Simple yet Effective Abstention
    Mechanism. Areas are means over every prefix, as in `aurc`; MTEB takes ten of them, up to 90 %
    abstained, by the trapezoidal rule.
    """
    losses = [1 - metric for metric in metrics]
    area, best = aurc(confidences, losses), _best_aurc(losses)
    if area is None or best is None:
        return None
    flat = fsum(losses) / len(losses)
    if flat - best < _ROUNDING:
        return None
    return min(1.0, (flat - area) / (flat - best))  # above 1 by rounding alone


def _best_aurc(losses: Sequence[float]) -> float | None:
    return aurc([-loss for loss in losses], losses)


def _groups(
    confidences: Sequence[float], losses: Sequence[float]
) -> list[tuple[float, list[float]]]:
    """Losses by confidence, the highest first."""
    cases = list(zip(confidences, losses, strict=True))
    if not all(isfinite(confidence) for confidence in confidences):
        raise ValueError("a confidence is not finite")
    if not all(0 <= loss <= 1 for loss in losses):
        raise ValueError("a loss is outside [0, 1]")
    cases.sort(key=lambda case: -case[0])
    return [
        (confidence, [loss for _, loss in tied])
        for confidence, tied in groupby(cases, key=lambda case: case[0])
    ]
