"""Whether a confidence is met by as many right cases, worked out by hand."""

from itertools import pairwise
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.evals.reliability import (
    Bin,
    brier_score,
    calibration_error,
    reliability,
    reliability_table,
)

CONFIDENCES, RIGHT = [0.75, 0.25, 0.0, 0.5], [True, True, False, False]


def test_a_table_of_two_bins() -> None:
    assert reliability_table(CONFIDENCES, RIGHT, bins=2) == (
        Bin(low=0.0, high=0.25, cases=2, confidence=0.125, accuracy=1 / 2),
        Bin(low=0.5, high=0.75, cases=2, confidence=0.625, accuracy=1 / 2),
    )


def test_confidence_above_accuracy_is_a_gap_above_zero() -> None:
    assert [each.gap for each in reliability_table(CONFIDENCES, RIGHT, 2)] == [-0.375, 0.125]


ERRORS = {  # id: (confidences, right, bins, error)
    "two bins": (CONFIDENCES, RIGHT, 2, (2 * 0.375 + 2 * 0.125) / 4),
    "one bin": (CONFIDENCES, RIGHT, 1, 1 / 2 - 1.5 / 4),
    "a bin each": (CONFIDENCES, RIGHT, 4, (0 + 0.75 + 0.5 + 0.25) / 4),
    "more bins than cases": (CONFIDENCES, RIGHT, 15, (0 + 0.75 + 0.5 + 0.25) / 4),
    "bins weigh by their cases": ([0.5] * 3 + [1.0], [True] * 3 + [False], 2, (3 * 0.5 + 1) / 4),
    "met": ([0.5, 0.5], [True, False], 15, 0),
    "sure and right": ([1.0, 1.0], [True, True], 15, 0),
    "sure and wrong": ([1.0, 1.0], [False, False], 15, 1),
}


@pytest.mark.parametrize(
    ("confidences", "right", "bins", "error"), ERRORS.values(), ids=ERRORS.keys()
)
def test_calibration_error(
    confidences: list[float], right: list[bool], bins: int, error: float
) -> None:
    assert reliability(confidences, right, bins).ece == error


SQUARES = {  # id: (confidences, right, score)
    "four": (CONFIDENCES, RIGHT, (0.25**2 + 0.75**2 + 0 + 0.5**2) / 4),
    "sure and right": ([1.0, 0.0], [True, False], 0),
    "sure and wrong": ([1.0, 0.0], [False, True], 1),
    "undecided": ([0.5, 0.5], [False, True], 1 / 4),
}


@pytest.mark.parametrize(("confidences", "right", "score"), SQUARES.values(), ids=SQUARES.keys())
def test_brier_score(confidences: list[float], right: list[bool], score: float) -> None:
    assert brier_score(confidences, right) == score
    assert reliability(confidences, right).brier == score


SIZES = {  # id: (confidences, bins, cases in each)
    "even": ([0.1, 0.2, 0.3, 0.4], 2, [2, 2]),
    "by mass, not by width": ([0.91, 0.92, 0.93, 0.94], 2, [2, 2]),
    "odd": ([0.1, 0.2, 0.3, 0.4, 0.5], 2, [2, 3]),
    "equal ones stay together": ([0.5, 0.5, 0.5, 0.9], 2, [3, 1]),
    "equal ones in the middle": ([0.1, 0.5, 0.5, 0.5, 0.9, 1.0], 3, [1, 3, 2]),
    "all equal": ([0.5] * 30, 15, [30]),
    "fifteen bins": ([number / 31 for number in range(31)], 15, [2] * 7 + [3] + [2] * 7),
}


@pytest.mark.parametrize(("confidences", "bins", "sizes"), SIZES.values(), ids=SIZES.keys())
def test_bins_hold_equal_mass(confidences: list[float], bins: int, sizes: list[int]) -> None:
    table = reliability_table(confidences, [True] * len(confidences), bins)
    assert [each.cases for each in table] == sizes


def test_there_are_fifteen_bins_unless_told() -> None:
    confidences = [number / 300 for number in range(300)]
    assert [each.cases for each in reliability(confidences, [True] * 300).table] == [20] * 15


@pytest.mark.parametrize(("cases", "few"), [(1, True), (199, True), (200, False), (201, False)])
def test_few_cases_are_warned_of(cases: int, few: bool) -> None:
    measured = reliability([0.5] * cases, [True] * cases)
    assert (measured.cases, measured.few_cases, measured.reason) == (cases, few, "")


def test_no_cases_have_no_value() -> None:
    measured = reliability([], [])
    assert (measured.cases, measured.ece, measured.brier, measured.table) == (0, None, None, ())
    assert measured.few_cases
    assert measured.reason == "no case was scored"
    assert calibration_error(()) is None
    assert brier_score([], []) is None


REFUSED = {  # id: (confidences, right, bins, what is wrong)
    "too high": ([1.1], [True], 15, "outside"),
    "too low": ([-0.1], [True], 15, "outside"),
    "no number": ([nan], [True], 15, "outside"),
    "other lengths": ([0.5, 0.5], [True], 15, "zip"),
    "no bins": ([0.5], [True], 0, "at least one bin"),
}


@pytest.mark.parametrize(
    ("confidences", "right", "bins", "what"), REFUSED.values(), ids=REFUSED.keys()
)
def test_what_is_no_case_is_refused(
    confidences: list[float], right: list[bool], bins: int, what: str
) -> None:
    with pytest.raises(ValueError, match=what):
        reliability(confidences, right, bins)


Cases = list[tuple[float, bool]]
# Few distinct confidences, so that many are equal.
CASES: st.SearchStrategy[Cases] = st.lists(
    st.tuples(st.sampled_from((0.0, 0.3, 0.7, 1.0)) | st.floats(0, 1), st.booleans()),
    min_size=1,
    max_size=60,
)
BINS = st.integers(1, 20)


def split(cases: Cases) -> tuple[list[float], list[bool]]:
    return [confidence for confidence, _ in cases], [right for _, right in cases]


@given(cases=CASES, bins=BINS)
def test_bounds(cases: Cases, bins: int) -> None:
    measured = reliability(*split(cases), bins)
    assert measured.ece is not None
    assert 0 <= measured.ece <= 1
    assert measured.brier is not None
    assert 0 <= measured.brier <= 1
    assert 1 <= len(measured.table) <= bins
    assert sum(each.cases for each in measured.table) == len(cases)
    for each in measured.table:
        assert each.low <= each.high
        assert each.low - 1e-12 <= each.confidence <= each.high + 1e-12
        assert 0 <= each.accuracy <= 1


@given(cases=CASES, bins=BINS, data=st.data())
def test_the_order_of_the_cases_does_not_matter(
    cases: Cases, bins: int, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(cases))
    assert reliability(*split(shuffled), bins) == reliability(*split(cases), bins)


@given(cases=CASES, bins=BINS)
def test_bins_rise_and_never_share_a_confidence(cases: Cases, bins: int) -> None:
    table = reliability_table(*split(cases), bins)
    assert all(left.high < right.low for left, right in pairwise(table))


@given(distinct=st.sets(st.floats(0, 1), min_size=1, max_size=60), bins=BINS)
def test_sizes_differ_by_one_at_most(distinct: set[float], bins: int) -> None:
    table = reliability_table(list(distinct), [True] * len(distinct), bins)
    sizes = [each.cases for each in table]
    assert len(table) == min(bins, len(distinct))
    assert max(sizes) - min(sizes) <= 1


@given(cases=CASES)
def test_one_bin_sees_no_more_than_many(cases: Cases) -> None:
    # Gaps of opposite sign cancel within a bin, never across bins.
    one, many = (reliability(*split(cases), bins).ece for bins in (1, 60))
    assert one is not None
    assert many is not None
    assert one <= many + 1e-12
