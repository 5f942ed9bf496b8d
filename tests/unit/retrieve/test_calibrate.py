from collections.abc import Sequence

import numpy as np
import pytest

from ragkit.core.retrieval import FusionModel
from ragkit.retrieve.calibrate import Asked, fit
from ragkit.retrieve.fusion import confidence, default_model

PRIOR = default_model()


def asked(*candidates: tuple[float, float, bool]) -> Asked:
    """A question with candidates (dense, lexical, whether it answers), all worded as clauses."""
    dense, lexical, answers = zip(*candidates, strict=True) if candidates else ((), (), ())
    return Asked(
        dense=np.array(dense, dtype=np.float64),
        lexical=np.array(lexical, dtype=np.float64),
        is_question=np.zeros(len(dense), dtype=bool),
        answers=np.array(answers, dtype=bool),
        weight=50.0,
    )


def questions(count: int, seed: int = 7) -> list[Asked]:
    """Questions whose answer lies at a dense score of about 0.8 and whose others lie at 0.4."""
    noise = np.random.default_rng(seed).normal(0, 0.03, (count, 3))
    return [asked((0.8 + a, 0.5, True), (0.4 + b, 0.3, False), (0.3 + c, 0.1, False))
            for a, b, c in noise]  # fmt: skip


def off_topic(count: int, seed: int = 8) -> list[Asked]:
    noise = np.random.default_rng(seed).normal(0, 0.03, count)
    return [asked((0.2 + a, 0.05, False), (0.1, 0.0, False)) for a in noise]


NOTHING_TO_FIT: dict[str, Sequence[Asked]] = {
    "nothing": [],
    "off-topic messages only": off_topic(5),
    "questions without candidates": [asked()],
}


@pytest.mark.parametrize("all_asked", NOTHING_TO_FIT.values(), ids=NOTHING_TO_FIT.keys())
def test_without_a_labelled_question_the_prior_comes_back(all_asked: Sequence[Asked]) -> None:
    assert fit(all_asked, prior=PRIOR) == PRIOR


def test_a_fitted_model_says_how_it_was_fitted() -> None:
    model = fit([*questions(40), *off_topic(20)], prior=PRIOR)
    assert model.questions == 40
    assert len(model.weights) == len(PRIOR.weights)
    assert len(model.coverage) == len(PRIOR.coverage)
    assert 0 < model.threshold < 1
    assert model.coverage != PRIOR.coverage


def test_what_parts_right_from_wrong_gains_weight() -> None:
    model = fit(questions(200), prior=PRIOR)
    assert model.weights[1] > PRIOR.weights[1]  # dense
    # No candidate was worded as a question: nothing was learnt about those weights.
    assert model.weights[4:] == pytest.approx(PRIOR.weights[4:])


def test_at_most_fifteen_in_a_hundred_are_refused() -> None:
    # The 15 % quantile of 40 values lies between the sixth and the seventh: six are below it.
    model = fit([*questions(40), *off_topic(20)], prior=PRIOR)
    assert model.over_refusal == 6 / 40


def test_the_best_answer_teaches_and_the_others_of_its_document_do_not() -> None:
    # Beside the near answer each question has a far one, farther than what is wrong.
    both = [asked((0.8, 0.5, True), (0.1, 0.0, True), (0.4, 0.3, False))] * 50
    near_only = [asked((0.8, 0.5, True), (0.4, 0.3, False))] * 50
    weights = fit(both, prior=PRIOR).weights
    assert weights == pytest.approx(fit(near_only, prior=PRIOR).weights, abs=0.05)


def test_questions_all_alike_are_all_answered() -> None:
    same = [asked((0.8, 0.5, True), (0.4, 0.3, False))] * 10
    model = fit([*same, *off_topic(10)], prior=PRIOR)
    assert (model.over_refusal, model.refusal, model.refusal_off_topic) == (0.0, 1.0, 1.0)


def test_covered_messages_are_more_certain_than_others() -> None:
    inside, outside = questions(40), off_topic(20)
    model = fit([*inside, *outside], prior=PRIOR)
    sure = [confidence(model, each.summary(model)) for each in inside]
    unsure = [confidence(model, each.summary(model)) for each in outside]
    assert min(sure) > max(unsure)


def test_without_off_topic_messages_the_threshold_stays() -> None:
    model = fit(questions(10), prior=PRIOR)
    assert model.questions == 10
    assert (model.coverage, model.threshold) == (PRIOR.coverage, PRIOR.threshold)
    assert model.weights != PRIOR.weights


MISSING: dict[str, tuple[list[Asked], bool, bool]] = {
    # id: (asked, whether a refusal share is known, whether one for off-topic messages is)
    "everything": ([*questions(10), *off_topic(5)], True, True),
    "no off-topic messages": (questions(10), False, False),
    "nothing left without the answers": (
        [*[asked((0.8, 0.5, True))] * 10, *off_topic(5)],
        False,
        True,
    ),
    "off-topic without candidates": ([*questions(10), asked()], False, False),
}


@pytest.mark.parametrize(("all_asked", "known", "outside"), MISSING.values(), ids=MISSING.keys())
def test_a_share_of_nothing_is_unknown(all_asked: list[Asked], known: bool, outside: bool) -> None:
    model = fit(all_asked, prior=PRIOR)
    assert (model.refusal is not None) is known
    assert (model.refusal_off_topic is not None) is outside


def close(one: FusionModel, other: FusionModel) -> bool:
    left, right = ((*m.weights, *m.coverage, m.threshold) for m in (one, other))
    return bool(np.allclose(left, right, atol=1e-6))


def test_the_order_of_the_questions_does_not_matter() -> None:
    everything = [*questions(30), *off_topic(15)]
    assert close(fit(everything, prior=PRIOR), fit(everything[::-1], prior=PRIOR))


def test_many_off_topic_messages_count_no_more_than_a_few() -> None:
    few = fit([*questions(30), *off_topic(5)], prior=PRIOR)
    many = fit([*questions(30), *off_topic(5) * 20], prior=PRIOR)
    assert close(few, many)


def test_many_wrong_candidates_count_no_more_than_a_few() -> None:
    right, wrong = (0.8, 0.5, True), (0.4, 0.3, False)
    few = fit([asked(right, wrong)] * 10, prior=PRIOR)
    many = fit([asked(right, *[wrong] * 50)] * 10, prior=PRIOR)
    assert few.weights == pytest.approx(many.weights)
