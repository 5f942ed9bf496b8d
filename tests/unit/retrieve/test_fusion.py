from math import exp, log

import numpy as np
import pytest

from ragkit.core.retrieval import FusionModel
from ragkit.retrieve.fusion import (
    confidence,
    default_model,
    features,
    fit_logistic,
    logistic,
    relevance,
    summary,
)

LOGISTIC = {
    "even": (0.0, 1 / 2),
    "three to one": (log(3), 3 / 4),
    "one to three": (-log(3), 1 / 4),
    "far": (1000.0, 1.0),
    "far below": (-1000.0, 0.0),
}


@pytest.mark.parametrize(("odds", "probability"), LOGISTIC.values(), ids=LOGISTIC.keys())
def test_logistic(odds: float, probability: float) -> None:
    assert logistic(np.array([odds]))[0] == pytest.approx(probability, abs=1e-12)


def test_features() -> None:
    found = features(np.array([0.9, 0.1]), np.array([0.4, 0.2]), np.array([True, False]))
    assert found.tolist() == [
        [1, 0.9, 0.4, 1, 1, 0.9, 0.4, 1],
        [1, 0.1, 0.2, 0.5, 0, 0, 0, 0],
    ]


def test_features_without_a_common_word() -> None:
    found = features(np.array([0.9]), np.array([0.0]), np.array([False]))
    assert found.tolist() == [[1, 0.9, 0, 0, 0, 0, 0, 0]]


def test_features_of_no_candidates() -> None:
    nothing = np.empty(0)
    assert features(nothing, nothing, np.empty(0, dtype=bool)).shape == (0, 8)


# One feature that is always one: the estimate is a log-odds that can be worked out by hand.
# With a prior m of precision p it solves  sum(sigma(w) - label) + p * (w - m) = 0.
FITTED = {  # id: (labels, counts, prior, precision, estimate)
    "three of four": ([1, 1, 1, 0], None, 0.0, 1e-9, log(3)),
    "counted": ([1, 0], [3, 1], 0.0, 1e-9, log(3)),
    "a count of nothing": ([1, 0, 0], [3, 1, 0], 0.0, 1e-9, log(3)),
    "one right, held at 0": ([1], None, 0.0, 1 / (4 * log(3)), log(3)),  # 1 - 3/4 = p * ln 3
    "one wrong, held at 20": ([0], None, 20.0, 1 / 40, 0.0),  # 1/2 = p * 20
    "one right, held at -20": ([1], None, -20.0, 1 / 40, 0.0),
    "as the prior says": ([1, 0], None, 0.0, 5.0, 0.0),
    "no data": ([], None, -1.5, 20.0, -1.5),
}


@pytest.mark.parametrize(
    ("labels", "counts", "prior", "precision", "estimate"), FITTED.values(), ids=FITTED.keys()
)
def test_fitting(
    labels: list[int],
    counts: list[float] | None,
    prior: float,
    precision: float,
    estimate: float,
) -> None:
    fitted = fit_logistic(
        np.ones((len(labels), 1)),
        np.array(labels, dtype=np.float64),
        prior=np.array([prior]),
        precision=precision,
        weights=None if counts is None else np.array(counts, dtype=np.float64),
    )
    assert fitted == pytest.approx([estimate], abs=1e-6)


def test_without_rows_every_weight_is_the_prior() -> None:
    prior = np.array([-4.0, 3.0, 0.5])
    fitted = fit_logistic(np.empty((0, 3)), np.empty(0), prior=prior, precision=20.0)
    assert fitted.tolist() == prior.tolist()


def test_little_data_moves_the_prior_little() -> None:
    x, labels = np.array([[1.0, 0.2], [1.0, 0.7]]), np.array([0.0, 1.0])
    prior = np.array([-1.0, 2.0])
    shifts = [
        np.abs(fit_logistic(x, labels, prior=prior, precision=precision) - prior).max()
        for precision in (0.1, 10.0, 1000.0)
    ]
    assert shifts[0] > shifts[1] > shifts[2]
    assert shifts[2] < 0.001


def test_data_that_part_cleanly_have_a_finite_fit() -> None:
    x = np.stack([np.ones(200), np.linspace(-1, 1, 200)], axis=1)
    labels = (x[:, 1] > 0).astype(np.float64)
    fitted = fit_logistic(x, labels, prior=np.zeros(2), precision=1e-3)
    assert np.isfinite(fitted).all()
    assert ((logistic(x @ fitted) > 0.5) == (labels == 1)).all()


def test_the_fit_is_where_the_slope_ends() -> None:
    x = np.array([[1.0, 0.1], [1.0, 0.4], [1.0, 0.35], [1.0, 0.8], [1.0, 0.9]])
    labels, prior, precision = np.array([0.0, 1, 0, 1, 0]), np.array([25.0, -60.0]), 0.01
    w = fit_logistic(x, labels, prior=prior, precision=precision)
    probability = np.array([1 / (1 + exp(-(a * w[0] + b * w[1]))) for a, b in x])
    assert x.T @ (probability - labels) + precision * (w - prior) == pytest.approx([0, 0], abs=1e-6)


MODEL = FusionModel(
    weights=(-1, 2, 0, 0, 0, 1, 0, 0), coverage=(-1, 0.5, 2, 0, 0), threshold=0.5, questions=0
)


def test_relevance_is_a_weighted_sum() -> None:
    x = features(np.array([0.5, 0.5]), np.array([0.0, 0.0]), np.array([True, False]))
    assert relevance(MODEL, x).tolist() == [0.5, 0.0]  # -1 + 2 * 0.5, + 0.5 for a question


SUMMARIES = {  # id: (log-odds, lexical scores, weight of the query, summary)
    "one candidate": ([2.0], [0.5], 25, [1, 2, 0.5, 1, 0.5]),
    "the mean of few": ([-1.0, 2.0, 5.0], [0.1, 0.5, 0.2], 25, [1, 2, 0.5, 1, 0.5]),
    "the ten best": ([-9.0, *[1.0] * 5, *[3.0] * 5, -9.0], [0.0] * 12, 25, [1, 2, 0, 1, 0]),
    "most words anywhere": ([*[1.0] * 10, -9.0], [*[0.1] * 10, 0.5], 25, [1, 1, 0.5, 1, 0.5]),
    "little said": ([2.0], [1.0], 5, [1, 2, 1, 0.2, 0.2]),
    "more than enough said": ([2.0], [0.5], 100, [1, 2, 0.5, 1, 0.5]),
    "nothing said": ([2.0], [0.0], 0, [1, 2, 0, 0, 0]),
}


@pytest.mark.parametrize(
    ("odds", "lexical", "weight", "found"), SUMMARIES.values(), ids=SUMMARIES.keys()
)
def test_summary(
    odds: list[float], lexical: list[float], weight: float, found: list[float]
) -> None:
    assert summary(np.array(odds), np.array(lexical), weight).tolist() == found


def test_confidence() -> None:
    assert confidence(MODEL, np.array([1, 1, 0.25, 1, 1])) == pytest.approx(1 / 2)  # -1 + 0.5 + 0.5
    assert confidence(MODEL, np.array([1, 0, 0.0, 0, 0])) == pytest.approx(1 / (1 + exp(1)))


def test_the_shipped_model_fits_its_features() -> None:
    model = default_model()
    x = features(np.array([0.5]), np.array([0.5]), np.array([True]))
    odds = relevance(model, x)
    assert 0 < confidence(model, summary(odds, np.array([0.5]), 30.0)) < 1
    assert model.questions == 0
