"""Risk when only the more confident cases are answered, worked out by hand."""

from itertools import permutations
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.evals.selective import (
    RiskPoint,
    aurc,
    coverage_at_risk,
    excess_aurc,
    normalised_auc,
    point_at_risk,
    risk_coverage_curve,
)

# Wrong are the second and the last: risks of the prefixes 0, 1/2, 1/3, 2/4.
CONFIDENCES, LOSSES = [0.9, 0.8, 0.7, 0.6], [0, 1, 0, 1]
# The right one comes first; of the two others one is wrong, and no threshold parts them.
TIED, TIED_LOSSES = [0.5, 0.9, 0.5], [1, 0, 0]


def test_a_point_for_each_threshold() -> None:
    assert risk_coverage_curve(CONFIDENCES, LOSSES) == (
        RiskPoint(0.9, 1, 1 / 4, 0),
        RiskPoint(0.8, 2, 2 / 4, 1 / 2),
        RiskPoint(0.7, 3, 3 / 4, 1 / 3),
        RiskPoint(0.6, 4, 1, 2 / 4),
    )


def test_equal_confidences_share_a_point() -> None:
    assert risk_coverage_curve(TIED, TIED_LOSSES) == (
        RiskPoint(0.9, 1, 1 / 3, 0),
        RiskPoint(0.5, 3, 1, 1 / 3),
    )


AREAS = {  # id: (confidences, losses, AURC, the best AURC)
    # best: 0, 0, 1/3, 2/4
    "two of four": (CONFIDENCES, LOSSES, (1 / 2 + 1 / 3 + 2 / 4) / 4, (1 / 3 + 2 / 4) / 4),
    # the wrong one second (0, 1/2, 1/3) or last (0, 0, 1/3), each half of the time
    "equal": (TIED, TIED_LOSSES, (0 + 1 / 4 + 1 / 3) / 3, (1 / 3) / 3),
    "all equal": ([0.5] * 4, LOSSES, 1 / 2, (1 / 3 + 2 / 4) / 4),
    "best": ([3, 2, 1], [0, 0, 1], (1 / 3) / 3, (1 / 3) / 3),
    "worst": ([3, 2, 1], [1, 0, 0], (1 + 1 / 2 + 1 / 3) / 3, (1 / 3) / 3),
    "shares": ([3, 2, 1], [0.5, 0, 1], (1 / 2 + 1 / 4 + 1 / 2) / 3, (0 + 1 / 4 + 1 / 2) / 3),
    "all right": ([3, 2, 1], [0, 0, 0], 0, 0),
    "all wrong": ([3, 2, 1], [1, 1, 1], 1, 1),
    "one": ([3], [1], 1, 1),
}


@pytest.mark.parametrize(
    ("confidences", "losses", "area", "best"), AREAS.values(), ids=AREAS.keys()
)
def test_area_and_excess(
    confidences: list[float], losses: list[float], area: float, best: float
) -> None:
    assert aurc(confidences, losses) == pytest.approx(area)
    assert excess_aurc(confidences, losses) == pytest.approx(area - best)


COVERAGES = {  # id: (largest risk, coverage)
    "none at all": (-0.01, 0),
    "no risk": (0, 1 / 4),
    "under a third": (0.33, 1 / 4),
    # at two of four the risk is higher: what counts is the largest coverage, not the first
    "a third": (1 / 3, 3 / 4),
    "less than a half": (0.49, 3 / 4),
    "a half": (0.5, 1),
    "any": (1, 1),
}


@pytest.mark.parametrize(("risk", "coverage"), COVERAGES.values(), ids=COVERAGES.keys())
def test_coverage_at_a_risk(risk: float, coverage: float) -> None:
    assert coverage_at_risk(CONFIDENCES, LOSSES, risk) == coverage


def test_a_threshold_takes_all_of_equal_confidence() -> None:
    assert coverage_at_risk(TIED, TIED_LOSSES, 0.3) == 1 / 3
    assert coverage_at_risk([0.5, 0.5], [0, 1], 0.3) == 0


def test_two_in_a_hundred_are_two_percent() -> None:
    assert coverage_at_risk(list(range(100)), [1, 1] + [0] * 98, 0.02) == 1


def test_the_threshold_of_a_risk() -> None:
    point = point_at_risk(risk_coverage_curve(CONFIDENCES, LOSSES), 0.4)
    assert point is not None
    assert (point.threshold, point.answered) == (0.7, 3)
    assert point_at_risk((), 0.4) is None
    assert point_at_risk(risk_coverage_curve([1], [1]), 0.4) is None


NORMALISED = {  # id: (confidences, metrics, value)
    # flat 1/2, area 1/3, best 5/24: (1/2 - 1/3) / (1/2 - 5/24)
    "between": (CONFIDENCES, [1, 0, 1, 0], 4 / 7),
    "best": ([2, 1, 3], [0.5, 0, 1], 1),
    "no information": ([7, 7, 7], [0.5, 0, 1], 0),
    # flat 1/2, area (1 + 1/2) / 2, best (0 + 1/2) / 2
    "worst of two": ([2, 1], [0, 1], -1),
    "all alike": ([1, 2, 3], [0.1, 0.1, 0.1], None),
    "one": ([1], [0.5], None),
}


@pytest.mark.parametrize(
    ("confidences", "metrics", "value"), NORMALISED.values(), ids=NORMALISED.keys()
)
def test_normalised_area(
    confidences: list[float], metrics: list[float], value: float | None
) -> None:
    measured = normalised_auc(confidences, metrics)
    if value is None:
        assert measured is None
    else:
        assert measured == pytest.approx(value, abs=1e-15)


def test_rounding_never_passes_the_best_order() -> None:
    # In the best order; the area is 1e-16 below that of losses of which three are equal.
    confidences, losses = [3, 4, 2, 1], [0.8, 0.6, 0.8, 0.8]
    assert excess_aurc(confidences, losses) == 0
    assert normalised_auc(confidences, [1 - loss for loss in losses]) == 1


def test_the_order_of_equal_confidences_does_not_matter_to_the_last_bit() -> None:
    assert (0.1 + 0.2) + 0.3 != (0.3 + 0.2) + 0.1
    curves = {risk_coverage_curve([1] * 3, losses) for losses in permutations([0.1, 0.2, 0.3])}
    areas = {aurc([1] * 3, losses) for losses in permutations([0.1, 0.2, 0.3])}
    assert (len(curves), len(areas)) == (1, 1)


def test_no_cases_have_no_value() -> None:
    assert risk_coverage_curve([], []) == ()
    assert aurc([], []) is None
    assert excess_aurc([], []) is None
    assert coverage_at_risk([], [], 0.5) is None
    assert normalised_auc([], []) is None


REFUSED = {  # id: (confidences, losses, what is wrong)
    "no number": ([0.5, nan], [0, 1], "not finite"),
    "without bounds": ([0.5, -inf], [0, 1], "not finite"),
    "loss too high": ([0.5, 0.6], [0, 1.1], "outside"),
    "loss too low": ([0.5, 0.6], [0, -0.1], "outside"),
    "loss no number": ([0.5, 0.6], [0, nan], "outside"),
    "other lengths": ([0.5], [0, 1], "zip"),
}


@pytest.mark.parametrize(("confidences", "losses", "what"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_case_is_refused(
    confidences: list[float], losses: list[float], what: str
) -> None:
    with pytest.raises(ValueError, match=what):
        risk_coverage_curve(confidences, losses)
    with pytest.raises(ValueError, match=what):
        aurc(confidences, losses)
    with pytest.raises(ValueError, match=what):
        excess_aurc(confidences, losses)
    with pytest.raises(ValueError, match=what):
        coverage_at_risk(confidences, losses, 0.5)
    with pytest.raises(ValueError, match=what):
        normalised_auc(confidences, [1 - loss for loss in losses])


Cases = list[tuple[float, float]]
# Few distinct confidences, so that many are equal.
CASES: st.SearchStrategy[Cases] = st.lists(
    st.tuples(
        st.integers(0, 5).map(float) | st.floats(-1, 1),
        st.sampled_from((0.0, 1.0)) | st.floats(0, 1),
    ),
    min_size=1,
    max_size=30,
)


def split(cases: Cases) -> tuple[list[float], list[float]]:
    return [confidence for confidence, _ in cases], [loss for _, loss in cases]


@given(cases=CASES)
def test_bounds(cases: Cases) -> None:
    confidences, losses = split(cases)
    area, excess = aurc(confidences, losses), excess_aurc(confidences, losses)
    coverage = coverage_at_risk(confidences, losses, 0.3)
    gained = normalised_auc(confidences, losses)
    assert area is not None
    assert 0 <= area <= 1
    assert excess is not None
    assert 0 <= excess <= area
    assert coverage is not None
    assert 0 <= coverage <= 1
    assert gained is None or gained <= 1
    curve = risk_coverage_curve(confidences, losses)
    assert all(0 <= point.risk <= 1 for point in curve)
    assert [point.threshold for point in curve] == sorted(set(confidences), reverse=True)
    assert sorted(point.answered for point in curve) == [point.answered for point in curve]
    assert curve[-1].coverage == 1
    assert curve[-1].risk == pytest.approx(sum(losses) / len(losses))


@given(cases=CASES, data=st.data())
def test_the_order_of_the_cases_does_not_matter(cases: Cases, data: st.DataObject) -> None:
    plain, shuffled = split(cases), split(data.draw(st.permutations(cases)))
    assert risk_coverage_curve(*shuffled) == risk_coverage_curve(*plain)
    assert aurc(*shuffled) == aurc(*plain)
    assert excess_aurc(*shuffled) == excess_aurc(*plain)
    assert coverage_at_risk(*shuffled, 0.3) == coverage_at_risk(*plain, 0.3)
    assert normalised_auc(*shuffled) == normalised_auc(*plain)


@given(cases=CASES, risks=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_more_risk_never_covers_less(cases: Cases, risks: tuple[float, float]) -> None:
    low, high = (coverage_at_risk(*split(cases), risk) for risk in sorted(risks))
    assert low is not None
    assert high is not None
    assert low <= high


@given(cases=CASES)
def test_only_the_order_of_confidences_counts(cases: Cases) -> None:
    confidences, losses = split(cases)
    places = {confidence: place for place, confidence in enumerate(sorted(set(confidences)))}
    assert aurc([places[each] for each in confidences], losses) == aurc(confidences, losses)


@given(cases=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=5))
def test_equal_confidences_count_with_the_mean_over_their_orders(
    cases: list[tuple[int, int]],
) -> None:
    def area(order: tuple[tuple[int, int], ...]) -> float:
        losses = [loss for _, loss in sorted(order, key=lambda case: -case[0])]
        return sum(sum(losses[:n]) / n for n in range(1, len(losses) + 1)) / len(losses)

    areas = [area(order) for order in permutations(cases)]
    confidences, losses = [each for each, _ in cases], [each for _, each in cases]
    assert aurc(confidences, losses) == pytest.approx(sum(areas) / len(areas))
