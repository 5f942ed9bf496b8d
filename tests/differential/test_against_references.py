"""The metrics against the implementations they follow: trec_eval, sacrebleu, a plain ROUGE-L."""

import unicodedata
from random import Random

import pytest
import pytrec_eval
from sacrebleu.metrics.chrf import CHRF

from ragkit.evals.overlap import chrf, rouge_l
from ragkit.evals.ranking import (
    Found,
    hit_at,
    ndcg_at,
    precision_at,
    ranked,
    recall_at,
    reciprocal_rank_at,
)

CUTS = (1, 3, 5, 10, 20)
MEASURES = {f"{name}.{','.join(map(str, CUTS))}" for name in ("success", "recall", "P", "ndcg_cut")}
RUNS, TEXTS = range(300), range(300)


def a_run(random: Random, *, with_ranks: bool) -> list[Found]:
    """Up to 40 documents, about half of them with a score that another one has too."""
    docs = random.sample([f"d{number}" for number in range(60)], random.randint(0, 40))
    ranks = random.sample(range(1, 100), len(docs))
    # Eighths are exact in the single precision of trec_eval.
    return [
        Found(doc, random.randint(-20, 60) / 8, rank if with_ranks else None)
        for doc, rank in zip(docs, ranks, strict=True)
    ]


def some_grades(random: Random) -> dict[str, int]:
    """Judgements of at least one relevant document, also of ones that are never found."""
    docs = random.sample([f"d{number}" for number in range(70)], random.randint(1, 25))
    return {doc: random.choice((0, 0, 1, 2, 3)) for doc in docs[1:]} | {docs[0]: 1}


def of_trec_eval(
    scores: dict[str, float], grades: dict[str, int], measures: set[str]
) -> dict[str, float]:
    return pytrec_eval.RelevanceEvaluator({"q": grades}, measures).evaluate({"q": scores})["q"]


def ours(ranking: tuple[str, ...], grades: dict[str, int]) -> dict[str, float | None]:
    metrics = {"success": hit_at, "recall": recall_at, "P": precision_at, "ndcg_cut": ndcg_at}
    return {
        f"{name}_{k}": metric(ranking, grades, k) for name, metric in metrics.items() for k in CUTS
    }


@pytest.mark.parametrize("seed", RUNS)
def test_a_run_with_equal_scores_and_unjudged_documents(seed: int) -> None:
    random = Random(seed)
    found, grades = a_run(random, with_ranks=False), some_grades(random)
    ranking, scores = ranked(found), {each.doc: each.score for each in found}
    assert ours(ranking, grades) == of_trec_eval(scores, grades, MEASURES)
    full = of_trec_eval(scores, grades, {"recip_rank"})["recip_rank"]
    assert reciprocal_rank_at(ranking, grades, 40) == full
    first_ten = {doc: scores[doc] for doc in ranking[:10]}
    cut = of_trec_eval(first_ten, grades, {"recip_rank"})["recip_rank"]
    assert reciprocal_rank_at(ranking, grades) == cut


@pytest.mark.parametrize("seed", RUNS)
def test_a_run_with_ranks_of_its_own(seed: int) -> None:
    # trec_eval knows no ranks: it is handed the places as scores, which are never equal.
    random = Random(seed)
    found, grades = a_run(random, with_ranks=True), some_grades(random)
    in_order = sorted(found, key=lambda each: (-each.score, each.rank))
    places = {each.doc: -float(place) for place, each in enumerate(in_order)}
    assert ours(ranked(found), grades) == of_trec_eval(places, grades, MEASURES)


def test_the_random_runs_hold_what_they_should() -> None:
    equal = unjudged = empty = 0
    for seed in RUNS:
        random = Random(seed)
        found, grades = a_run(random, with_ranks=False), some_grades(random)
        equal += len({each.score for each in found}) < len(found)
        unjudged += any(each.doc not in grades for each in found)
        empty += not found
    assert equal > 200
    assert unjudged > 200
    assert empty > 2


ALPHABETS = (
    "退货运费七天签收后可由您承担支持，。！",
    "abcde ABCDE.,'",
    "七天内可退7天 iPhone15 free RETURN，。\n",
)


def two_texts(random: Random) -> tuple[str, str]:
    """A random text, and another one or a damaged copy of it; the second is never empty."""
    alphabet = random.choice(ALPHABETS)
    reference = "".join(random.choices(alphabet, k=random.randint(1, 80))) + alphabet[0]
    if random.random() < 0.5:
        return "".join(random.choices(alphabet, k=random.randint(0, 80))), reference
    kept = (char for char in reference if random.random() < 0.8)
    return "".join(char if random.random() < 0.9 else alphabet[1] for char in kept), reference


@pytest.mark.parametrize("seed", TEXTS)
def test_chrf_of_two_texts(seed: int) -> None:
    reply, reference = two_texts(Random(seed))
    value = chrf(reply, reference)
    assert value is not None
    assert 100 * value == CHRF(word_order=0).sentence_score(reply, [reference]).score


def plain_rouge_l(reply: str, reference: str) -> float:
    """By the table of the textbook (Cormen et al., Introduction to Algorithms, 15.4)."""
    left, right = (
        [char for char in unicodedata.normalize("NFKC", text).casefold() if not char.isspace()]
        for text in (reply, reference)
    )
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, mine in enumerate(left, start=1):
        for j, other in enumerate(right, start=1):
            table[i][j] = (
                table[i - 1][j - 1] + 1 if mine == other else max(table[i - 1][j], table[i][j - 1])
            )
    common = table[-1][-1]
    if not common:
        return 0.0
    precision, recall = common / len(left), common / len(right)
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize("seed", TEXTS)
def test_rouge_l_of_two_texts(seed: int) -> None:
    reply, reference = two_texts(Random(seed))
    assert rouge_l(reply, reference) == pytest.approx(plain_rouge_l(reply, reference), abs=1e-12)
