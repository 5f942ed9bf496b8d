"""Whether a run is worse than the one before it: paired case by case, tested cluster by cluster.

Paraphrases of one question change together, so a test that counts them one by one cries wolf. Here
the cluster is the unit: a whole cluster keeps or turns its sign.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from math import fsum, isfinite, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from pydantic import Field, FiniteFloat

from ragkit.core.text import Record
from ragkit.evals.intervals import cluster_interval, row_chunks

ALPHA = 0.05  # level of the one-sided test that `detectable` is told for
POWER = 0.8  # the usual convention: Cohen 1988, Statistical Power Analysis, 2.4
_SEED = 0
_EXACT_CLUSTERS = 16  # 2 ** 16 sign patterns: half a megabyte
_MIN_CLUSTERS = 5  # the smallest p of n clusters is 2 ** -n, and 2 ** -4 is above ALPHA
# Sums equal but for rounding count as equal; the error of adding n floats is below n * 2 ** -53 of
# the sum of their sizes (Higham 2002, Accuracy and Stability of Numerical Algorithms, 4.2).
_ROUNDING = 1e-9


class Pair(Record):
    """One case in both runs. Higher is better: negate a measure that should fall."""

    cluster: str
    baseline: FiniteFloat
    current: FiniteFloat


class Method(StrEnum):
    """How a p-value came about."""

    MCNEMAR = "exact McNemar"
    ALL_FLIPS = "sign flips, all"
    DRAWN_FLIPS = "sign flips, drawn"


class PairedTest(Record):
    """p-values, before any correction for several metrics.

    `p_worse` is small when the current run is worse (one-sided: what a regression gate asks);
    `p_different` is small when it is worse or better (two-sided).
    """

    method: Method
    p_worse: float = Field(gt=0, le=1)
    p_different: float = Field(gt=0, le=1)


class Comparison(Record):
    """The current run against the baseline. None where nothing can be said; `reason` says why.

    `difference` is the mean over cases, current less baseline, with its 95 % interval; `wins`,
    `ties` and `losses` count cases. `detectable` is the smallest drop, above 0, that the one-sided
    test at `ALPHA` finds with `POWER`, for values from 0 to 1 and this metric alone.
    """

    cases: int = Field(ge=0)
    clusters: int = Field(ge=0)
    wins: int = Field(ge=0)
    ties: int = Field(ge=0)
    losses: int = Field(ge=0)
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    test: PairedTest | None = None
    detectable: float | None = None
    reason: str = ""


def compare(pairs: Sequence[Pair]) -> Comparison:
    """Every figure of a comparison, one pair per case; the order of the pairs does not matter.

    Without pairs everything is None. One cluster has no interval, as it varies with no other.
    """
    if not pairs:
        return Comparison(cases=0, clusters=0, wins=0, ties=0, losses=0, reason="no cases")
    sums = cluster_sums(pairs)
    wins = sum(pair.current > pair.baseline for pair in pairs)
    losses = sum(pair.current < pair.baseline for pair in pairs)
    low, high, no_interval = None, None, "no interval: all cases are of one cluster"
    if len(sums) > 1:
        differences = [pair.current - pair.baseline for pair in pairs]
        low, high = cluster_interval(differences, [pair.cluster for pair in pairs])
        no_interval = ""
    detectable, no_drop = _detectable(pairs)
    return Comparison(
        cases=len(pairs),
        clusters=len(sums),
        wins=wins,
        ties=len(pairs) - wins - losses,
        losses=losses,
        difference=fsum(sums.values()) / len(pairs),
        low=low,
        high=high,
        test=paired_test(pairs),
        detectable=detectable,
        reason="; ".join(filter(None, (no_interval, no_drop))),
    )


def cluster_sums(pairs: Sequence[Pair]) -> dict[str, float]:
    """Sum of the differences of each cluster, by name; `{}` without pairs."""
    terms: dict[str, list[float]] = {}
    for pair in pairs:
        terms.setdefault(pair.cluster, []).extend((pair.current, -pair.baseline))
    return {name: fsum(terms[name]) for name in sorted(terms)}


def paired_test(pairs: Sequence[Pair]) -> PairedTest:
    """McNemar when every case is its own cluster and every value 0 or 1; else sign flips.

    Raises `ValueError` without pairs.
    """
    if not pairs:
        raise ValueError("no pairs: nothing to test")
    sums = cluster_sums(pairs)
    binary = all(value in (0, 1) for pair in pairs for value in (pair.baseline, pair.current))
    if binary and len(sums) == len(pairs):
        values = sums.values()
        return mcnemar(wins=sum(s > 0 for s in values), losses=sum(s < 0 for s in values))
    return sign_flip(list(sums.values()))


def mcnemar(*, wins: int, losses: int) -> PairedTest:
    """Exact binomial test: a case that changed is as likely won as lost.

    McNemar 1947, Psychometrika 12, 153-157, exact form: `p_worse` is P(X >= losses) for
    X ~ Bin(wins + losses, 1/2), `p_different` twice the smaller tail, at most 1. Nothing changed:
    both are 1. Raises `ValueError` on a negative count.
    """
    if wins < 0 or losses < 0:
        raise ValueError(f"counts are not negative: wins={wins}, losses={losses}")
    changed = wins + losses
    # P(X >= losses) = P(X <= wins), as heads are as likely as tails; in whole numbers, so exact.
    worse = _lower_tail(changed, wins) / 2**changed
    smaller = _lower_tail(changed, min(wins, losses)) / 2**changed
    return PairedTest(
        method=Method.MCNEMAR,
        p_worse=_positive(worse),
        p_different=_positive(min(1.0, 2 * smaller)),
    )


def _lower_tail(trials: int, most: int) -> int:
    """Number of the 2 ** `trials` outcomes with at most `most` heads."""
    total = term = 1
    for heads in range(1, most + 1):
        term = term * (trials - heads + 1) // heads
        total += term
    return total


def _positive(p: float) -> float:
    """A p too small for a float is the smallest float: an exact p is never 0."""
    return max(p, sys.float_info.min)


def sign_flip(sums: Sequence[float]) -> PairedTest:
    """Sign-flip permutation test over the differences of clusters, `sums` of shape `(n,)`.

    Without a true change a cluster's sum is as likely positive as negative (Fisher 1935, The Design
    of Experiments, 21). `p_worse` is the share of sign patterns whose total is as low as the one
    seen, `p_different` of those as far from 0. Up to 16 sums that are not 0 all patterns are
    counted; above that 10,000 are drawn with a fixed seed and p = (c + 1) / (n + 1), never 0
    (Phipson & Smyth 2010, Stat Appl Genet Mol Biol 9, 39). The order of the sums does not matter.
    No sum but 0, or none at all: both are 1. Raises `ValueError` if a sum is not finite.
    """
    if not all(isfinite(value) for value in sums):
        raise ValueError("sign flips need finite sums")
    changed = np.array(sorted(value for value in sums if value), dtype=np.float64)
    exact = len(changed) <= _EXACT_CLUSTERS
    seen = fsum(changed)
    slack = _ROUNDING * fsum(abs(changed))
    # The pattern that was seen is among all of them; to the drawn ones it is added.
    worse = different = patterns = 0 if exact else 1
    for totals in _all_totals(changed) if exact else _drawn_totals(changed):
        worse += int(np.count_nonzero(totals <= seen + slack))
        different += int(np.count_nonzero(np.abs(totals) >= abs(seen) - slack))
        patterns += len(totals)
    return PairedTest(
        method=Method.ALL_FLIPS if exact else Method.DRAWN_FLIPS,
        p_worse=worse / patterns,
        p_different=different / patterns,
    )


def _all_totals(changed: npt.NDArray[np.float64]) -> Iterator[npt.NDArray[np.float64]]:
    """Totals of every sign pattern, in one array of 2 ** n."""
    totals = np.zeros(1)
    for value in changed:
        totals = np.concatenate((totals - value, totals + value))
    yield totals


def _drawn_totals(changed: npt.NDArray[np.float64]) -> Iterator[npt.NDArray[np.float64]]:
    """Totals of `DRAWS` random sign patterns, in chunks."""
    rng = np.random.default_rng(_SEED)
    for rows in row_chunks(len(changed)):
        signs = rng.integers(0, 2, (rows, len(changed))).astype(np.float64) * 2 - 1
        yield signs @ changed


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p-values by metric, in the order given; `{}` for no metric.

    Step-down: the i-th smallest of m is multiplied by m - i + 1, is never below the one before it
    and never above 1. At most a share alpha of families without a true change has an adjusted p
    below alpha, however the metrics hang together (Holm 1979, Scand J Stat 6, 65-70). Raises
    `ValueError` if a p is not above 0 and at most 1.
    """
    for name, p in p_values.items():
        if not 0 < p <= 1:
            raise ValueError(f"p of `{name}` is not within (0, 1]: {p}")
    adjusted: dict[str, float] = {}
    floor = 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        floor = max(floor, min(1.0, (len(p_values) - rank) * p_values[name]))
        adjusted[name] = floor
    return {name: adjusted[name] for name in p_values}


def _detectable(pairs: Sequence[Pair]) -> tuple[float | None, str]:
    """Smallest drop found with `POWER` at level `ALPHA`, or None and why.

    Supposes that the changes seen come again, as likely up as down, and that on top every cluster
    falls from 1 to 0 with probability d. With N cases, A the sum of squared cluster sums and B that
    of squared cluster sizes, the total has mean -N d, variance A + B d under sign flips and
    A + B d (1 - d) in truth. So d solves

        N d = B / N + z(1 - ALPHA) sqrt(A + B d) + z(POWER) sqrt(A + B d (1 - d)).

    For clusters of one binary case that is Connor 1987, Biometrics 43, 207-211, with the share of
    changed cases A / N + d, and with the continuity correction of Edwards 1948, Psychometrika 13,
    185-187, as the test is exact: a total moves in steps of two clusters. The right side is
    concave, so there is one root above 0. Simulated, the test found this drop in 81 to 92 % of the
    runs with 5 to 1,000 clusters and 0 to 10 % changed cases.
    """
    if not all(0 <= value <= 1 for pair in pairs for value in (pair.baseline, pair.current)):
        return None, "no detectable drop: values are not from 0 to 1"
    sizes = Counter(pair.cluster for pair in pairs)
    if len(sizes) < _MIN_CLUSTERS:
        return None, f"no detectable drop: fewer than {_MIN_CLUSTERS} clusters"
    seen = fsum(value * value for value in cluster_sums(pairs).values())
    squares = sum(size * size for size in sizes.values())
    z_alpha, z_power = NormalDist().inv_cdf(1 - ALPHA), NormalDist().inv_cdf(POWER)

    def found(drop: float) -> bool:
        flipped, true = seen + squares * drop, seen + squares * drop * (1 - drop)
        least = squares / len(pairs) + z_alpha * sqrt(flipped) + z_power * sqrt(true)
        return len(pairs) * drop >= least

    low, high = 0.0, fsum(pair.baseline for pair in pairs) / len(pairs)
    if not high or not found(high):
        return None, "no detectable drop: too few cases to find even a fall to 0"
    while low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if found(middle) else (middle, high)
    return high, ""
