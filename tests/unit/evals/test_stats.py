"""Intervals of a mean over clusters."""

import pytest

from ragkit.evals.stats import cluster_interval


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
