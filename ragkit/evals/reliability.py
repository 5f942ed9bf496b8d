"""Calibration: whether a confidence of 80 % is right in 80 % of the cases.

Each case has a confidence in [0, 1] and whether it was right. Cases are put into bins of equal mass
by confidence (Nguyen & O'Connor 2015, Posterior calibration and exploratory analysis for natural
language processing models): with bins of equal width most would be empty, as confidences crowd
together. Cases of equal confidence share a bin, so the order of the cases never matters; bins are
then less equal, and there are never more of them than distinct confidences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import fsum

NO_CASES = "no case was scored"
BINS = 15  # Guo et al. 2017, On Calibration of Modern Neural Networks, 4.1
# Of fewer, 15 bins hold about 13 cases each or less, and the error of a calibrated model looks
# large: where 50 % are right, the share among 13 cases is off by 11 points on average.
FEW_CASES = 200


@dataclass(frozen=True)
class Bin:
    """Cases of similar confidence: the range, how many, the mean confidence, the share right."""

    low: float
    high: float
    cases: int
    confidence: float
    accuracy: float

    @property
    def gap(self) -> float:
        """Confidence minus accuracy: above 0 is overconfident."""
        return self.confidence - self.accuracy


@dataclass(frozen=True)
class Reliability:
    """Calibration of a set of cases. `ece` and `brier` are in [0, 1], lower is better.

    Without cases both are None, `reason` says so and `table` is `()`. `few_cases` warns that there
    are fewer than `FEW_CASES`: the ECE is then too high to be read as it is.
    """

    cases: int
    ece: float | None
    brier: float | None
    table: tuple[Bin, ...]
    few_cases: bool
    reason: str = ""


def reliability(
    confidences: Sequence[float], right: Sequence[bool], bins: int = BINS
) -> Reliability:
    """The table, ECE and Brier score of some cases.

    Raises `ValueError` as `reliability_table` does.
    """
    table = reliability_table(confidences, right, bins)
    return Reliability(
        cases=len(confidences),
        ece=calibration_error(table),
        brier=brier_score(confidences, right),
        table=table,
        few_cases=len(confidences) < FEW_CASES,
        reason="" if table else NO_CASES,
    )


def reliability_table(
    confidences: Sequence[float], right: Sequence[bool], bins: int = BINS
) -> tuple[Bin, ...]:
    """At most `bins` bins by rising confidence, none of them empty; `()` without cases.

    Without equal confidences the sizes differ by at most one. Raises `ValueError` for lists of
    different length, a confidence outside [0, 1] and less than one bin.
    """
    if bins < 1:
        raise ValueError(f"at least one bin is needed, not {bins}")
    cases = sorted(_checked(confidences, right))
    filled: dict[int, list[tuple[float, bool]]] = {}
    before = 0
    for _, group in groupby(cases, key=lambda case: case[0]):
        tied = list(group)
        # The bin that holds the middle of the group; in integers, so no edge is lost to rounding.
        number = (2 * before + len(tied)) * bins // (2 * len(cases))
        filled.setdefault(number, []).extend(tied)
        before += len(tied)
    return tuple(_bin(members) for members in filled.values())


def calibration_error(table: Sequence[Bin]) -> float | None:
    """ECE: mean distance of confidence and accuracy, bins weighed by their cases.

    Guo et al. 2017, equation 3. None for an empty table (`NO_CASES`).
    """
    cases = sum(each.cases for each in table)
    return fsum(each.cases * abs(each.gap) for each in table) / cases if cases else None


def brier_score(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Mean squared distance of the confidence from 1 (right) or 0 (wrong).

    Brier 1950, Verification of Forecasts Expressed in Terms of Probability, sums over both
    outcomes, which is twice as much. None without cases (`NO_CASES`); raises as
    `reliability_table` does.
    """
    squares = [(confidence - hit) ** 2 for confidence, hit in _checked(confidences, right)]
    return fsum(squares) / len(squares) if squares else None


def _checked(confidences: Sequence[float], right: Sequence[bool]) -> list[tuple[float, bool]]:
    if not all(0 <= confidence <= 1 for confidence in confidences):
        raise ValueError("a confidence is outside [0, 1]")
    return list(zip(confidences, right, strict=True))


def _bin(members: Sequence[tuple[float, bool]]) -> Bin:
    """Of at least one case, by rising confidence."""
    return Bin(
        low=members[0][0],
        high=members[-1][0],
        cases=len(members),
        confidence=fsum(confidence for confidence, _ in members) / len(members),
        accuracy=sum(hit for _, hit in members) / len(members),
    )
