"""Fitting the fusion to an index, with the index's own phrasings as labelled questions.

Each phrasing asks for its document with itself left out; then once more with its whole document
left out, as a question that the knowledge does not cover although its neighbours sound near. And
messages that no shop covers are asked, so that the far end is known too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ragkit.core.retrieval import FusionModel
from ragkit.retrieve.fusion import (
    Floats,
    confidence,
    features,
    fit_logistic,
    relevance,
    summary,
)

# How strongly the shipped weights hold: about as much as this many labelled pairs.
_PRIOR_PAIRS = 20.0
_PRIOR_PRECISION = 1.0
_ROUNDS = 3
# Share of its own phrasings that a desk may refuse. A phrasing without itself is harder than most
# messages: at 15 % the sample desk refuses 5 % of the covered cases in eval/cases.jsonl.
_MAX_OVER_REFUSAL = 0.15


@dataclass(frozen=True)
class Asked:
    """One labelled question: its candidates and which of them answer it.

    Arrays run over the candidates, none of them the question itself: the two channel scores,
    whether each is worded as a question, and whether it belongs to the answer. An off-topic message
    has no answer among them. `weight` is how much the question gives the lexical channel to go by.
    """

    dense: Floats
    lexical: Floats
    is_question: NDArray[np.bool_]
    answers: NDArray[np.bool_]
    weight: float

    def features(self) -> Floats:
        return features(self.dense, self.lexical, self.is_question)

    def without_answers(self) -> "Asked":
        """The same question, had its answer not been written."""
        rest = ~self.answers
        return replace(
            self,
            dense=self.dense[rest],
            lexical=self.lexical[rest],
            is_question=self.is_question[rest],
            answers=self.answers[rest],
        )

    def summary(self, model: FusionModel) -> Floats:
        return summary(relevance(model, self.features()), self.lexical, self.weight)


def fit(asked: Sequence[Asked], *, prior: FusionModel) -> FusionModel:
    """Fit weights, coverage and threshold; with no labelled question the prior comes back."""
    labelled = [each for each in asked if each.answers.any()]
    if not labelled:
        return prior
    model = prior
    for _ in range(_ROUNDS):
        model = _fit_weights(labelled, model, np.asarray(prior.weights))
    off_topic = [each for each in asked if len(each.dense) and not each.answers.any()]
    return _fit_coverage(labelled, off_topic, model)


def _fit_weights(labelled: Sequence[Asked], model: FusionModel, prior: Floats) -> FusionModel:
    """One round: tell the best answer to each question, as the model sees it, from all others.

    A document is found by the best of its chunks, so the rest of them teach nothing (multiple
    instance learning: Andrews et al. 2002, MI-SVM). A question counts as two pairs, one for its
    answer and one for all the others together.
    """
    rows, labels, counts = [], [], []
    for each in labelled:
        x = each.features()
        answers = np.flatnonzero(each.answers)
        best = answers[relevance(model, x)[answers].argmax()]
        others = x[~each.answers]
        rows += [x[best : best + 1], others]
        labels += [np.ones(1), np.zeros(len(others))]
        counts += [np.ones(1), np.full(len(others), 1 / max(len(others), 1))]
    weights = fit_logistic(
        np.concatenate(rows),
        np.concatenate(labels),
        prior=prior,
        precision=_PRIOR_PAIRS,
        weights=np.concatenate(counts),
    )
    return model.model_copy(update={"weights": tuple(map(float, weights))})


def _fit_coverage(
    labelled: Sequence[Asked], off_topic: Sequence[Asked], model: FusionModel
) -> FusionModel:
    """Fit the probability that a message is covered, then the threshold below it.

    Questions whose answer was taken out are no part of the fit: in a full knowledge base their
    neighbours often do answer them. What the threshold does to them is reported.
    """
    removed = [rest for each in labelled if len((rest := each.without_answers()).dense)]
    covered, without, outside = (
        _summaries(group, model) for group in (labelled, removed, off_topic)
    )
    if not len(outside):
        return model.model_copy(update={"questions": len(labelled)})
    # Both sides count alike, however many messages there are of each.
    coverage = fit_logistic(
        np.concatenate([covered, outside]),
        np.concatenate([np.ones(len(covered)), np.zeros(len(outside))]),
        prior=np.asarray(model.coverage),
        precision=_PRIOR_PRECISION,
        weights=np.concatenate(
            [np.ones(len(covered)), np.full(len(outside), len(covered) / len(outside))]
        ),
    )
    model = model.model_copy(
        update={"coverage": tuple(map(float, coverage)), "questions": len(labelled)}
    )
    kept, unanswered, foreign = (
        np.array([confidence(model, row) for row in group]) for group in (covered, without, outside)
    )
    threshold = float(np.quantile(kept, _MAX_OVER_REFUSAL))
    return model.model_copy(
        update={
            "threshold": threshold,
            "over_refusal": float(np.mean(kept < threshold)),
            "refusal": float(np.mean(unanswered < threshold)) if len(unanswered) else None,
            "refusal_off_topic": float(np.mean(foreign < threshold)),
        }
    )


def _summaries(asked: Sequence[Asked], model: FusionModel) -> Floats:
    if not asked:
        return np.empty((0, len(model.coverage)))
    return np.stack([each.summary(model) for each in asked])
