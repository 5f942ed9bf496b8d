"""Fusion of the channels into one relevance, and of that into a confidence: pure functions.

Both are logistic models, fitted by maximum a posteriori with a Gaussian prior around the weights
that ship with ragkit, so that a small knowledge base moves them little (Bishop 2006, Pattern
Recognition and Machine Learning, 4.3.3 and 4.5). The confidence step is Platt scaling (Platt 1999).
"""

import json
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ragkit.core.protocols import Rows
from ragkit.core.retrieval import FusionModel

Floats = NDArray[np.float64]
_STEPS = 50
_CONVERGED = 1e-8
_TINY = 1e-9
_BEST = 10
# BM25 weight, in nats, of a query that says enough to judge by: about six Chinese characters or
# four English words. Chosen on the sample shop's phrasings against small talk.
_ENOUGH = 25.0


def default_model() -> FusionModel:
    """The model that ships with ragkit: the prior of every fit."""
    text = resources.files("ragkit.retrieve").joinpath("defaults.json").read_text(encoding="utf-8")
    return FusionModel.model_validate(json.loads(text)["model"])


def features(dense: Floats, lexical: Floats, is_question: NDArray[np.bool_]) -> Floats:
    """Features of the n candidates of one query, shape (n, 8).

    One, both channel scores, the lexical one as a share of the best candidate's (long messages
    cover little of themselves anywhere), and all four again for chunks worded as a question: a
    phrasing near to the query says more than a clause equally near.
    """
    ones = np.ones(len(dense))
    share = lexical / max(float(lexical.max(initial=0.0)), _TINY)
    plain = np.stack([ones, dense, lexical, share], axis=1)
    return np.concatenate([plain, plain * is_question[:, None]], axis=1)


def best_rows(scores: NDArray[np.floating[Any]], count: int) -> Rows:
    """Positions of at most `count` of the scores, highest first; -inf stands for none."""
    count = min(count, int(np.count_nonzero(scores > -np.inf)))
    if not count:
        return np.empty(0, dtype=np.int64)
    rows = np.argpartition(-scores, count - 1)[:count]
    best: Rows = rows[np.argsort(-scores[rows], kind="stable")]
    return best


def logistic(values: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    positive = np.exp(-np.abs(values))
    result: Floats = np.where(values >= 0, 1 / (1 + positive), positive / (1 + positive))
    return result


def fit_logistic(
    x: Floats, labels: Floats, *, prior: Floats, precision: float, weights: Floats | None = None
) -> Floats:
    """Weights, shape (f,), that explain `labels` (n,) in {0, 1} by `x` (n, f).

    Newton's method with a Gaussian prior of mean `prior` and the given precision. `weights` (n,)
    counts each row; without rows the prior is the answer.
    """
    counts = np.ones(len(labels)) if weights is None else weights

    def loss(estimate: Floats) -> float:
        odds = x @ estimate
        fit = counts @ (np.logaddexp(0, odds) - labels * odds)
        return float(fit + precision / 2 * np.sum((estimate - prior) ** 2))

    estimate = prior.astype(np.float64).copy()
    for _ in range(_STEPS):
        probability = logistic(x @ estimate)
        gradient = x.T @ (counts * (probability - labels)) + precision * (estimate - prior)
        curvature = counts * probability * (1 - probability)
        hessian = (x * curvature[:, None]).T @ x + precision * np.eye(x.shape[1])
        step = np.linalg.solve(hessian, gradient)
        # A full step can overshoot where the curve is flat; the loss is convex, so halving ends.
        before = loss(estimate)
        while loss(estimate - step) > before and np.abs(step).max() > _CONVERGED:
            step /= 2
        estimate -= step
        if np.abs(step).max() < _CONVERGED:
            break
    return estimate


def relevance(model: FusionModel, x: Floats) -> Floats:
    """Log-odds, shape (n,), that each pair belongs together."""
    result: Floats = x @ np.asarray(model.weights)
    return result


def summary(odds: Floats, lexical: Floats, weight: float) -> Floats:
    """What the candidates of one query, at least one, say about its coverage: shape (5,).

    One; the mean log-odds of the ten best, as one near phrasing can be chance where ten are not;
    the most that any candidate collects of the query's words; how much the query says at all, up to
    enough; and the product of the two: all of “ok” is found somewhere, and means nothing.
    """
    best = float(lexical.max())
    said = min(weight, _ENOUGH) / _ENOUGH
    return np.array([1.0, np.sort(odds)[-_BEST:].mean(), best, said, best * said])


def confidence(model: FusionModel, summarised: Floats) -> float:
    """Probability in [0, 1] that the knowledge covers a query."""
    return float(logistic(summarised @ np.asarray(model.coverage)))
