"""Intervals for means over cases that come in clusters."""

from collections.abc import Iterator, Sequence
from math import fsum, isfinite

import numpy as np

DRAWS = 10_000
_SEED = 0
# Random numbers held at one time: 2 MB as 64-bit integers, which also stays in the cache.
_CELLS = 2**18


def row_chunks(width: int) -> Iterator[int]:
    """Sizes that add up to `DRAWS`, each so many rows of `width` numbers as memory shall hold.

    One row at the least, however wide. Raises `ValueError` if `width` is below 1.
    """
    if width < 1:
        raise ValueError(f"a row holds at least one number, not {width}")
    rows = max(1, _CELLS // width)
    for start in range(0, DRAWS, rows):
        yield min(rows, DRAWS - start)


def cluster_interval(values: Sequence[float], clusters: Sequence[str]) -> tuple[float, float]:
    """95 % percentile interval of the mean, clusters drawn with replacement; fixed seed.

    `values` and `clusters` have one entry per case. Paraphrases of one question fail together, so
    they are drawn together (Davison & Hinkley 1997, Bootstrap Methods and their Application, 3.8).
    Neither the order of the cases nor the size of the chunks matters. One cluster gives an interval
    without width: it says nothing about others. Raises `ValueError` without a case, when a value is
    not finite, or when the lengths differ.
    """
    totals: dict[str, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        if not isfinite(value):
            raise ValueError(f"a mean needs finite values, not {value} (cluster `{cluster}`)")
        totals.setdefault(cluster, []).append(value)
    if not totals:
        raise ValueError("no cases: a mean of nothing has no interval")
    ordered = sorted(totals)
    sums = np.array([fsum(totals[name]) for name in ordered])
    sizes = np.array([len(totals[name]) for name in ordered])
    rng = np.random.default_rng(_SEED)
    means = []
    for rows in row_chunks(len(ordered)):
        draws = rng.integers(0, len(ordered), (rows, len(ordered)))
        means.append(sums[draws].sum(axis=1) / sizes[draws].sum(axis=1))
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return float(low), float(high)
