"""Intervals for means over cases that come in clusters."""

from collections.abc import Sequence
from math import fsum

import numpy as np

_DRAWS = 10_000
_SEED = 0


def cluster_interval(values: Sequence[float], clusters: Sequence[str]) -> tuple[float, float]:
    """95 % percentile interval of the mean, clusters drawn with replacement; fixed seed.

    Paraphrases of one question fail together, so they are drawn together (Davison & Hinkley 1997,
    Bootstrap Methods and their Application, 3.8). Order of the cases does not matter.
    """
    totals: dict[str, list[float]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        totals.setdefault(cluster, []).append(value)
    ordered = sorted(totals)
    sums = np.array([fsum(totals[name]) for name in ordered])
    sizes = np.array([len(totals[name]) for name in ordered])
    draws = np.random.default_rng(_SEED).integers(0, len(ordered), (_DRAWS, len(ordered)))
    means = sums[draws].sum(axis=1) / sizes[draws].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
