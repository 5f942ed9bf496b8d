"""Intervals of a mean over clusters."""

import tracemalloc
from collections.abc import Sequence
from math import fsum, inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.evals.intervals import DRAWS, cluster_interval, row_chunks


def at_once(values: Sequence[float], clusters: Sequence[str]) -> tuple[float, float]:
    """The same bootstrap with all draws in memory."""
    names = sorted(set(clusters))
    of = {name: [v for v, c in zip(values, clusters, strict=True) if c == name] for name in names}
    sums = np.array([fsum(of[name]) for name in names])
    sizes = np.array([len(of[name]) for name in names])
    draws = np.random.default_rng(0).integers(0, len(names), (10_000, len(names)))
    low, high = np.quantile(sums[draws].sum(axis=1) / sizes[draws].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def test_an_interval_of_equal_values_has_no_width() -> None:
    assert cluster_interval([1.0] * 5, list("abcde")) == (1.0, 1.0)
    assert cluster_interval([0.0] * 5, list("abcde")) == (0.0, 0.0)


def test_one_cluster_says_nothing_about_others() -> None:
    low, high = cluster_interval([1.0, 0.0, 0.0, 1.0], ["a"] * 4)
    assert (low, high) == (0.5, 0.5)


def test_single_cases_vary_as_a_proportion_does() -> None:
    # 1.96 standard errors of 50 % in 100 cases: 1.96 * sqrt(0.5 * 0.5 / 100) = 0.098
    interval = cluster_interval([0.0, 1.0] * 50, [str(number) for number in range(100)])
    assert interval == pytest.approx((0.402, 0.598), abs=0.015)


def test_paraphrases_are_drawn_together() -> None:
    # Two questions, one always right: both draws hit the same one half of the time.
    assert cluster_interval([1.0] * 50 + [0.0] * 50, ["a"] * 50 + ["b"] * 50) == (0.0, 1.0)


def test_clusters_weigh_by_their_size() -> None:
    # Five clusters of one right case, one of five wrong cases. Six draws hold the large one k times
    # with Bin(6, 1/6): four times or more in 0.9 %, three times or more in 6.2 % of them. So the
    # lower end has k = 3: 3 right of 3 + 3 * 5 cases.
    values = [1.0] * 5 + [0.0] * 5
    assert cluster_interval(values, [*"abcde", *"fffff"]) == (3 / 18, 1.0)


def test_order_does_not_matter() -> None:
    values, clusters = [0.1, 0.7, 0.2, 1.0, 0.4, 0.3], ["a", "b", "a", "c", "b", "a"]
    pairs = list(zip(values, clusters, strict=True))
    expected = cluster_interval(values, clusters)
    for turn in range(len(pairs)):
        turned = pairs[turn:] + pairs[:turn]
        assert cluster_interval([v for v, _ in turned], [c for _, c in turned]) == expected


def test_the_same_cases_give_the_same_interval() -> None:
    values, clusters = [1.0, 0.0, 1.0, 1.0], ["a", "b", "c", "d"]
    assert cluster_interval(values, clusters) == cluster_interval(values, clusters)


def test_every_value_needs_a_cluster() -> None:
    with pytest.raises(ValueError, match="zip"):
        cluster_interval([1.0, 0.0], ["a"])


def test_a_mean_of_nothing_has_no_interval() -> None:
    with pytest.raises(ValueError, match="no cases"):
        cluster_interval([], [])


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_values_are_finite(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        cluster_interval([1.0, value], ["a", "b"])


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60)), min_size=1, max_size=200))
def test_chunks_change_no_bit(cases: list[tuple[float, int]]) -> None:
    values, clusters = [value for value, _ in cases], [str(number) for _, number in cases]
    assert cluster_interval(values, clusters) == at_once(values, clusters)


def test_chunks_change_no_bit_of_a_large_set() -> None:
    values = np.random.default_rng(3).random(700).tolist()
    clusters = [str(number % 500) for number in range(700)]
    assert cluster_interval(values, clusters) == at_once(values, clusters)


def test_a_thousand_clusters_fit_in_50_mb() -> None:
    # All draws at once are 10,000 * 1,000 * 8 bytes = 80 MB before anything is looked up.
    values, clusters = [0.0, 1.0] * 500, [str(number) for number in range(1000)]
    tracemalloc.start()
    try:
        cluster_interval(values, clusters)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50e6


@pytest.mark.parametrize("width", [1, 7, 1_000, 262_144, 10_000_000])
def test_chunks_add_up_and_stay_small(width: int) -> None:
    chunks = list(row_chunks(width))
    assert sum(chunks) == DRAWS
    assert min(chunks) >= 1
    assert max(chunks) == 1 or max(chunks) * width <= 2**18


def test_a_row_is_not_empty() -> None:
    with pytest.raises(ValueError, match="at least one"):
        next(row_chunks(0))
