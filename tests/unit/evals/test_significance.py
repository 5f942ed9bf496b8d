"""Paired comparison of two runs, cluster by cluster."""

import tracemalloc
from collections.abc import Sequence
from math import inf, nan
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ragkit.evals.significance import (
    ALPHA,
    Method,
    Pair,
    cluster_sums,
    compare,
    holm,
    mcnemar,
    paired_test,
    sign_flip,
)


def a_pair(cluster: str, baseline: float, current: float) -> Pair:
    return Pair(cluster=cluster, baseline=baseline, current=current)


def single_cases(*, same: int, won: int = 0, lost: int = 0) -> list[Pair]:
    """One case per cluster, right or wrong."""
    values = [(1.0, 1.0)] * same + [(0.0, 1.0)] * won + [(1.0, 0.0)] * lost
    return [a_pair(str(number), *pair) for number, pair in enumerate(values)]


FLIPS = {  # id: (sums of the clusters, p_worse, p_different)
    "all lost: one pattern of 8 is as low": ([-1, -1, -1], 1 / 8, 2 / 8),
    "all won": ([1, 1, 1], 1.0, 2 / 8),
    "totals -4 -2 2 4, seen 2": ([3, -1], 3 / 4, 1.0),
    "totals -4 -2 2 4, seen -2": ([-3, 1], 2 / 4, 1.0),
    "totals -4 -2 2 4, seen -4": ([-3, -1], 1 / 4, 2 / 4),
    "a cluster without change adds nothing": ([-3, 0, -1, 0], 1 / 4, 2 / 4),
    "0.1 + 0.2 is as large as 0.3": ([-0.1, -0.2, 0.3], 5 / 8, 1.0),
    "one cluster": ([-5], 1 / 2, 1.0),
    "nothing changed": ([0, 0], 1.0, 1.0),
    "no cluster": ([], 1.0, 1.0),
}


@pytest.mark.parametrize(("sums", "worse", "different"), FLIPS.values(), ids=FLIPS.keys())
def test_all_sign_flips(sums: list[float], worse: float, different: float) -> None:
    test = sign_flip(sums)
    assert (test.p_worse, test.p_different) == (worse, different)
    assert test.method is Method.ALL_FLIPS


def test_sixteen_changes_are_counted_out_and_seventeen_drawn() -> None:
    assert sign_flip([-1.0] * 16 + [0.0] * 9).p_worse == 1 / 2**16
    assert sign_flip([-1.0] * 16).method is Method.ALL_FLIPS
    assert sign_flip([-1.0] * 17).method is Method.DRAWN_FLIPS


def test_a_drawn_p_is_never_0() -> None:
    # One pattern of 2 ** 40 is as low as the one seen: no draw hits it.
    test = sign_flip([-1.0] * 40)
    assert (test.p_worse, test.p_different) == (1 / 10_001, 1 / 10_001)


def test_drawn_flips_come_near_the_exact_share() -> None:
    # 12 lost and 5 won: P(Bin(17, 1/2) <= 5) = (1 + 17 + 136 + 680 + 2380 + 6188) / 2 ** 17.
    share = 9402 / 2**17
    test = sign_flip([-1.0] * 12 + [1.0] * 5)
    margin = 4 * (share / 10_000) ** 0.5
    assert test.p_worse == pytest.approx(share, abs=margin)
    assert test.p_different == pytest.approx(2 * share, abs=2 * margin)


def test_drawn_flips_do_not_depend_on_the_order_of_clusters() -> None:
    sums = [number / 40 for number in range(-20, 17)]
    assert sign_flip(sums[::-1]) == sign_flip(sums)
    assert sign_flip(sums[9:] + sums[:9]) == sign_flip(sums)


@pytest.mark.parametrize("value", [nan, inf])
def test_sums_are_finite(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        sign_flip([1.0, value])


COUNTS = {  # id: (wins, losses, p_worse, p_different)
    "five lost": (0, 5, 1 / 32, 2 / 32),
    "five won": (5, 0, 1.0, 2 / 32),
    "P(X >= 4 of 5)": (1, 4, 6 / 32, 12 / 32),
    "P(X >= 1 of 5)": (4, 1, 31 / 32, 12 / 32),
    "as many won as lost": (2, 2, 11 / 16, 1.0),
    "nothing changed": (0, 0, 1.0, 1.0),
}


@pytest.mark.parametrize(
    ("wins", "losses", "worse", "different"), COUNTS.values(), ids=COUNTS.keys()
)
def test_mcnemar(wins: int, losses: int, worse: float, different: float) -> None:
    test = mcnemar(wins=wins, losses=losses)
    assert (test.p_worse, test.p_different) == (worse, different)


def test_an_exact_p_is_never_0() -> None:
    assert 0 < mcnemar(wins=0, losses=2000).p_worse < 1e-300


def test_counts_are_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        mcnemar(wins=-1, losses=2)


@given(st.integers(0, 8), st.integers(0, 8))
def test_mcnemar_counts_the_sign_flips_of_single_cases(wins: int, losses: int) -> None:
    counted, flipped = mcnemar(wins=wins, losses=losses), sign_flip([1] * wins + [-1] * losses)
    assert counted.p_worse == flipped.p_worse
    assert counted.p_different == flipped.p_different


METHODS = {  # id: (pairs, method)
    "single, right or wrong": ([a_pair("a", 1, 0), a_pair("b", 1, 1)], Method.MCNEMAR),
    "a cluster of two": ([a_pair("a", 1, 0), a_pair("a", 1, 1)], Method.ALL_FLIPS),
    "a graded value": ([a_pair("a", 1, 0), a_pair("b", 0.5, 0.5)], Method.ALL_FLIPS),
    "many clusters changed": ([a_pair(f"{n}", 0.5, 0.4) for n in range(17)], Method.DRAWN_FLIPS),
}


@pytest.mark.parametrize(("pairs", "method"), METHODS.values(), ids=METHODS.keys())
def test_the_values_choose_the_test(pairs: list[Pair], method: Method) -> None:
    assert paired_test(pairs).method is method


def test_nothing_cannot_be_tested() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        paired_test([])


def test_paraphrases_that_fall_together_count_once() -> None:
    # Three questions of ten wordings lost: 1 of 8 patterns, where 30 single cases give 2 ** -30.
    pairs = [a_pair(name, 1.0, 0.0) for name in "abc" for _ in range(10)]
    assert cluster_sums(pairs) == {"a": -10.0, "b": -10.0, "c": -10.0}
    assert paired_test(pairs).p_worse == 1 / 8


def test_a_comparison_by_hand() -> None:
    # Sums -1, 1, -1: totals -3 (once), -1, 1 (three times each), 3 (once); seen -1.
    pairs = [a_pair("a", 1, 0), a_pair("a", 1, 1), a_pair("b", 0, 1), a_pair("c", 1, 0)]
    comparison = compare(pairs)
    assert (comparison.cases, comparison.clusters) == (4, 3)
    assert (comparison.wins, comparison.ties, comparison.losses) == (1, 1, 2)
    assert comparison.difference == -1 / 4
    assert comparison.test is not None
    assert (comparison.test.p_worse, comparison.test.p_different) == (4 / 8, 1.0)
    # All draws of b alone (1 in 27) and of c alone (1 in 27) are more than 2.5 %.
    assert (comparison.low, comparison.high) == (-1.0, 1.0)


def test_the_interval_covers_a_proportion_as_it_should() -> None:
    # 10 lost of 100: -0.1 with standard error sqrt(0.1 * 0.9 / 100) = 0.03.
    comparison = compare(single_cases(same=90, lost=10))
    assert (comparison.low, comparison.high) == pytest.approx((-0.1588, -0.0412), abs=0.011)


def test_no_cases_have_no_figures() -> None:
    comparison = compare([])
    assert comparison.reason == "no cases"
    figures = (comparison.difference, comparison.low, comparison.high, comparison.detectable)
    assert figures == (None, None, None, None)
    assert comparison.test is None


def test_one_cluster_has_no_interval() -> None:
    comparison = compare([a_pair("a", 1, 0), a_pair("a", 1, 1)])
    assert comparison.difference == -1 / 2
    assert (comparison.low, comparison.high) == (None, None)
    assert "no interval: all cases are of one cluster" in comparison.reason


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_a_missing_value_is_no_pair(value: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        a_pair("a", 1.0, value)


PAIRS = st.lists(
    st.builds(
        Pair,
        cluster=st.sampled_from("abcdefghijklmnopqrstuvwxyz"),
        baseline=st.floats(0, 1),
        current=st.floats(0, 1),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=30, deadline=None)
@given(PAIRS, st.randoms(use_true_random=False))
def test_shuffled_cases_change_nothing(pairs: list[Pair], random: Random) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)
    assert compare(shuffled) == compare(pairs)


@settings(max_examples=30, deadline=None)
@given(PAIRS)
def test_names_of_clusters_change_no_p(pairs: list[Pair]) -> None:
    renamed = [pair.model_copy(update={"cluster": chr(219 - ord(pair.cluster))}) for pair in pairs]
    assert paired_test(renamed) == paired_test(pairs)


@settings(max_examples=30, deadline=None)
@given(PAIRS)
def test_counts_add_up(pairs: list[Pair]) -> None:
    comparison = compare(pairs)
    assert comparison.wins + comparison.ties + comparison.losses == len(pairs)
    assert sum(cluster_sums(pairs).values()) == pytest.approx(
        sum(pair.current - pair.baseline for pair in pairs), abs=1e-12
    )


HOLM = {  # id: (p-values, adjusted)
    "none": ({}, {}),
    "one": ({"a": 0.25}, {"a": 0.25}),
    # 3 * 1/64; then 2 * 2/64 = 4/64; then 1 * 3/64, which is below the one before it.
    "step down": (
        {"b": 3 / 64, "a": 1 / 64, "c": 2 / 64},
        {"b": 4 / 64, "a": 3 / 64, "c": 4 / 64},
    ),
    "never above 1": ({"a": 0.5, "b": 0.75}, {"a": 1.0, "b": 1.0}),
    "equal": ({"a": 0.125, "b": 0.125}, {"a": 0.25, "b": 0.25}),
}


@pytest.mark.parametrize(("p_values", "adjusted"), HOLM.values(), ids=HOLM.keys())
def test_holm(p_values: dict[str, float], adjusted: dict[str, float]) -> None:
    assert holm(p_values) == adjusted
    assert list(holm(p_values)) == list(p_values)


@pytest.mark.parametrize("p", [0.0, 1.5, -0.1, nan])
def test_holm_takes_p_values_only(p: float) -> None:
    with pytest.raises(ValueError, match="`a`"):
        holm({"a": p})


DROPS = {  # id: (pairs, the drop, worked out from the formula with z 1.645 and 0.842)
    # 1000 d = 1 + 1.645 sqrt(1000 d) + 0.842 sqrt(1000 d (1 - d)): with x = sqrt(1000 d) and
    # d about 0.0081, x * x = 1 + 2.483 x, so x = 2.835.
    "no case changed": (single_cases(same=1000), 2.835**2 / 1000),
    # d = 0.05: 1 + 1.645 sqrt(14 + 14) + 0.842 sqrt(14 + 13.3) = 14.1, and 280 d = 14.0.
    "14 of 280 cases changed": (single_cases(same=266, won=7, lost=7), 0.05),
}


@pytest.mark.parametrize(("pairs", "drop"), DROPS.values(), ids=DROPS.keys())
def test_detectable_drop(pairs: list[Pair], drop: float) -> None:
    assert compare(pairs).detectable == pytest.approx(drop, rel=0.01)


def test_paraphrases_do_not_make_a_smaller_drop_detectable() -> None:
    single = single_cases(same=46, won=2, lost=2)
    assert compare(single * 6).detectable == pytest.approx(compare(single).detectable)


NO_DROP = {  # id: (pairs, the reason)
    "2 ** -4 is above alpha": (single_cases(same=4), "fewer than 5 clusters"),
    "noise only": (single_cases(same=0, won=4, lost=4), "too few cases"),
    "nothing to lose": ([a_pair(f"{n}", 0, 0) for n in range(50)], "too few cases"),
    "milliseconds": ([a_pair(f"{n}", 120, 130) for n in range(50)], "values are not from 0 to 1"),
}


@pytest.mark.parametrize(("pairs", "reason"), NO_DROP.values(), ids=NO_DROP.keys())
def test_why_no_drop_is_detectable(pairs: list[Pair], reason: str) -> None:
    comparison = compare(pairs)
    assert comparison.detectable is None
    assert reason in comparison.reason


def simulated(random: np.random.Generator, cases: int, *, churn: float, drop: float) -> list[Pair]:
    """Single cases: `churn` of them change either way alike, and `drop` more are lost."""
    draws = random.random(cases)
    lost = int((draws < churn / 2 + drop).sum())
    won = int((draws > 1 - churn / 2).sum())
    return single_cases(same=cases - lost - won, won=won, lost=lost)


def share_found(tests: Sequence[Sequence[Pair]]) -> float:
    return sum(paired_test(pairs).p_worse < ALPHA for pairs in tests) / len(tests)


def test_unchanged_runs_seldom_raise_an_alarm() -> None:
    """50 questions of 6 wordings; a question has a bad day in either run with the same chance."""
    random = np.random.default_rng(11)
    reruns, unclustered = [], []
    for _ in range(400):
        chance = np.where(random.random((2, 50, 1)) < 0.15, 0.2, 0.95)
        values = (random.random((2, 50, 6)) < chance).reshape(2, 300).astype(float).tolist()
        pairs = [a_pair(str(n // 6), *both) for n, both in enumerate(zip(*values, strict=True))]
        reruns.append(pairs)
        unclustered.append([a_pair(str(n), p.baseline, p.current) for n, p in enumerate(pairs)])
    # 5 % of 400 is 20, and 3 * sqrt(400 * 0.05 * 0.95) = 13 above it is chance.
    assert share_found(reruns) <= 33 / 400
    assert share_found(unclustered) > 60 / 400  # the noise is clustered: this test can fail


def test_a_drop_of_five_points_is_found() -> None:
    random = np.random.default_rng(12)
    runs = [simulated(random, 500, churn=0.05, drop=0.05) for _ in range(200)]
    assert share_found(runs) >= 0.9


def test_the_detectable_drop_is_found_in_four_of_five_runs() -> None:
    random = np.random.default_rng(13)
    drop = compare(single_cases(same=285, won=8, lost=7)).detectable
    assert drop is not None
    runs = [simulated(random, 300, churn=0.05, drop=drop) for _ in range(400)]
    # 80 %, less 3 * sqrt(0.8 * 0.2 / 400) = 6 points of chance; more by as much as p-values jump.
    assert 0.74 <= share_found(runs) <= 0.92


def test_a_thousand_clusters_fit_in_50_mb() -> None:
    pairs = [a_pair(str(n), n / 1000, (n * 7 % 1000) / 1000) for n in range(1000)]
    tracemalloc.start()
    try:
        compare(pairs)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50e6
