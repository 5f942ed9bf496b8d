"""Retrieval metrics of one query, worked out by hand."""

from collections.abc import Callable, Mapping, Sequence
from math import log2, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.evals.ranking import (
    Found,
    hit_at,
    judged_at,
    ndcg_at,
    precision_at,
    ranked,
    recall_at,
    reciprocal_rank_at,
)

Metric = Callable[[Sequence[str], Mapping[str, int], int], float | None]

OF_RELEVANCE: tuple[Metric, ...] = (hit_at, recall_at, precision_at, reciprocal_rank_at, ndcg_at)
EVERY: tuple[Metric, ...] = (*OF_RELEVANCE, judged_at)

ORDERS = {  # id: (found, best first)
    "by score": ([Found("a", 0.1), Found("b", 0.9), Found("c", 0.5)], "bca"),
    "negative scores": ([Found("a", -2.0), Found("b", -1.0)], "ba"),
    "score before rank": ([Found("a", 0.1, 1), Found("b", 0.9, 2)], "ba"),
    "equal: by rank": ([Found("a", 0.5, 2), Found("b", 0.5, 1), Found("c", 0.5, 3)], "bac"),
    "equal, no rank: greater id": ([Found("a", 0.5), Found("c", 0.5), Found("b", 0.5)], "cba"),
    "equal in both: greater id": ([Found("a", 0.5, 1), Found("b", 0.5, 1)], "ba"),
    "no rank comes behind": ([Found("z", 0.5), Found("a", 0.5, 9)], "az"),
    "ids by code point": ([Found("é", 1), Found("货", 1), Found("Z", 1), Found("a", 1)], "货éaZ"),
    "beyond single precision": ([Found("a", 1 + 1e-9), Found("b", 1)], "ab"),
    "none": ([], ""),
}


@pytest.mark.parametrize(("found", "best_first"), ORDERS.values(), ids=ORDERS.keys())
def test_order(found: list[Found], best_first: str) -> None:
    assert ranked(found) == tuple(best_first)
    assert ranked(reversed(found)) == tuple(best_first)


def test_a_score_that_is_no_number_has_no_place() -> None:
    with pytest.raises(ValueError, match="not a number"):
        ranked([Found("a", 1.0), Found("b", nan)])


RUN = "abcdefg"
# The third and the seventh of the run are relevant, one was not found, the first two are judged.
GRADES = {"a": 0, "b": 0, "c": 2, "g": 3, "x": 1}
BEST = 3 + 2 / log2(3) + 1 / 2
VALUES = {  # id: (metric, cut-off, value)
    "hit before": (hit_at, 2, 0),
    "hit": (hit_at, 3, 1),
    "recall, none": (recall_at, 2, 0),
    "recall, one of three": (recall_at, 6, 1 / 3),
    "recall, two of three": (recall_at, 7, 2 / 3),
    "recall beyond the run": (recall_at, 100, 2 / 3),
    "precision, none": (precision_at, 1, 0),
    "precision": (precision_at, 3, 1 / 3),
    "precision beyond the run": (precision_at, 10, 2 / 10),
    "reciprocal rank, too late": (reciprocal_rank_at, 2, 0),
    "reciprocal rank": (reciprocal_rank_at, 10, 1 / 3),
    "gain, none": (ndcg_at, 2, 0),
    "gain at three": (ndcg_at, 3, (2 / 2) / BEST),
    "gain at ten": (ndcg_at, 10, (2 / 2 + 3 / 3) / BEST),
    "judged first": (judged_at, 1, 1),
    "judged at four": (judged_at, 4, 3 / 4),
    "judged beyond the run": (judged_at, 10, 4 / 7),
}


@pytest.mark.parametrize(("metric", "k", "value"), VALUES.values(), ids=VALUES.keys())
def test_values(metric: Metric, k: int, value: float) -> None:
    assert metric(RUN, GRADES, k) == pytest.approx(value, abs=1e-15)


def test_the_best_gain_is_cut_as_the_run_is() -> None:
    # At 1 the best ranking shows only the grade 3.
    assert ndcg_at("cx", GRADES, 1) == pytest.approx(2 / 3)


def test_the_cut_of_rank_and_gain_is_ten_unless_told() -> None:
    run = [*"0123456789", "late"]
    assert reciprocal_rank_at(run, {"late": 1}) == 0
    assert ndcg_at(run, {"late": 1}) == 0
    assert reciprocal_rank_at(run, {"late": 1}, 11) == 1 / 11


@pytest.mark.parametrize("metric", OF_RELEVANCE)
def test_a_query_with_nothing_relevant_has_no_value(metric: Metric) -> None:
    assert metric("ab", {}, 5) is None
    assert metric("ab", {"a": 0, "b": 0}, 5) is None


@pytest.mark.parametrize("metric", OF_RELEVANCE)
def test_finding_nothing_is_the_worst(metric: Metric) -> None:
    assert metric("", {"a": 1}, 5) == 0


def test_nothing_found_has_no_share_of_judged() -> None:
    assert judged_at("", {"a": 1}, 5) is None
    assert judged_at("ab", {}, 5) == 0


@pytest.mark.parametrize("metric", EVERY)
def test_what_is_no_ranking_is_refused(metric: Metric) -> None:
    with pytest.raises(ValueError, match="twice"):
        metric("aba", {"a": 1}, 5)
    with pytest.raises(ValueError, match="cut-off"):
        metric("ab", {"a": 1}, 0)
    with pytest.raises(ValueError, match="negative"):
        metric("ab", {"a": -1}, 5)


DOCS = "abcdefghijkl"
RANKINGS = st.lists(st.sampled_from(DOCS), unique=True)
JUDGED = st.dictionaries(st.sampled_from(DOCS), st.integers(0, 3))
CUTS = st.integers(1, 15)


@pytest.mark.parametrize("metric", EVERY)
@given(ranking=RANKINGS, grades=JUDGED, k=CUTS)
def test_values_are_shares(
    metric: Metric, ranking: list[str], grades: dict[str, int], k: int
) -> None:
    value = metric(ranking, grades, k)
    assert value is None or 0 <= value <= 1


@pytest.mark.parametrize("metric", [hit_at, recall_at, reciprocal_rank_at])
@given(ranking=RANKINGS, grades=JUDGED, k=CUTS)
def test_looking_further_never_loses(
    metric: Metric, ranking: list[str], grades: dict[str, int], k: int
) -> None:
    near, far = metric(ranking, grades, k), metric(ranking, grades, k + 1)
    assert (near is None) == (far is None)
    assert near is None or far is None or near <= far


@pytest.mark.parametrize("metric", OF_RELEVANCE)
@given(ranking=RANKINGS, grades=JUDGED, k=CUTS, data=st.data())
def test_a_better_document_one_place_up_never_loses(
    metric: Metric, ranking: list[str], grades: dict[str, int], k: int, data: st.DataObject
) -> None:
    better = [
        place
        for place in range(1, len(ranking))
        if grades.get(ranking[place], 0) > grades.get(ranking[place - 1], 0)
    ]
    if not better:
        return
    place = data.draw(st.sampled_from(better))
    risen = list(ranking)
    risen[place - 1], risen[place] = risen[place], risen[place - 1]
    before, after = metric(ranking, grades, k), metric(risen, grades, k)
    assert before is not None
    assert after is not None
    assert before <= after


@given(grades=JUDGED, k=CUTS)
def test_the_best_ranking_gains_everything(grades: dict[str, int], k: int) -> None:
    ranking = sorted(grades, key=lambda doc: -grades[doc])
    assert ndcg_at(ranking, grades, k) == (1.0 if any(grades.values()) else None)


FOUND = st.lists(
    st.builds(
        Found,
        st.sampled_from(DOCS),
        st.integers(0, 3).map(float),
        st.none() | st.integers(1, 3),
    ),
    unique_by=lambda each: each.doc,
)


@given(found=FOUND, data=st.data())
def test_the_order_of_a_run_does_not_matter(found: list[Found], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(found))
    assert ranked(shuffled) == ranked(found)
    by_doc = {each.doc: each.score for each in found}
    scores = [by_doc[doc] for doc in ranked(found)]
    assert scores == sorted(by_doc.values(), reverse=True)
