"""Retrieval metrics of one query, as trec_eval computes them.

A ranking is the ids of the documents found, best first, each of them once. Grades are the judged
documents: 0 is judged and not relevant, 1 and more is relevant; whatever has no grade is unjudged
and counts as not relevant. Cut-offs are at least 1. `ValueError` is raised for an id that comes
twice, a cut-off below 1 and a negative grade.

Every metric is in [0, 1], and None where nothing is judged relevant (`NOTHING_RELEVANT`), as no
ranking could do better there; trec_eval writes 0. `judged_at` has its own reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan, log2

NOTHING_RELEVANT = "no document is judged relevant"
NOTHING_FOUND = "no document was found"


@dataclass(frozen=True)
class Found:
    """A document of a run: its score (higher is better) and, if the run says so, its rank."""

    doc: str
    score: float
    rank: int | None = None


def ranked(found: Iterable[Found]) -> tuple[str, ...]:
    """Ids, best first, whatever the order of `found`; `()` when nothing was found.

    Equal scores are ordered by the run's own rank (1 is best), those without one behind those with
    one. What is still equal is ordered by id, the greater one first, as trec_eval does
    (trec_eval 9.0, form_res_rels.c); it knows no ranks, and takes scores for equal that differ
    only beyond single precision. Raises `ValueError` for a score that is not a number.
    """
    documents = list(found)
    if any(isnan(each.score) for each in documents):
        raise ValueError("a score is not a number")
    documents.sort(key=lambda each: each.doc, reverse=True)
    documents.sort(key=lambda each: (-each.score, inf if each.rank is None else each.rank))
    return tuple(each.doc for each in documents)


def hit_at(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float | None:
    """1 if a relevant document is among the first `k`, else 0 (trec_eval: success)."""
    top, relevant = _read(ranking, grades, k)
    return float(any(doc in relevant for doc in top)) if relevant else None


def recall_at(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float | None:
    """Share of the relevant documents that are among the first `k` (trec_eval: recall)."""
    top, relevant = _read(ranking, grades, k)
    return sum(doc in relevant for doc in top) / len(relevant) if relevant else None


def precision_at(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float | None:
    """Relevant documents among the first `k`, over `k` even if fewer were found (trec_eval: P)."""
    top, relevant = _read(ranking, grades, k)
    return sum(doc in relevant for doc in top) / k if relevant else None


def reciprocal_rank_at(
    ranking: Sequence[str], grades: Mapping[str, int], k: int = 10
) -> float | None:
    """1 / rank of the first relevant document; 0 if none is among the first `k`.

    Its mean over queries is MRR@k (Voorhees 1999, The TREC-8 Question Answering Track Report;
    trec_eval: recip_rank, of the run cut at `k`).
    """
    top, relevant = _read(ranking, grades, k)
    if not relevant:
        return None
    return next((1 / rank for rank, doc in enumerate(top, start=1) if doc in relevant), 0.0)


def ndcg_at(ranking: Sequence[str], grades: Mapping[str, int], k: int = 10) -> float | None:
    """Discounted gain of the first `k` over that of the best ranking of all judged documents.

    The gain is the grade, the discount log2(rank + 1) (Järvelin & Kekäläinen 2002, Cumulated
    Gain-Based Evaluation of IR Techniques, with the discount of trec_eval: ndcg_cut).
    """
    top, relevant = _read(ranking, grades, k)
    if not relevant:
        return None
    best = sorted(relevant.values(), reverse=True)[:k]
    return _discounted([relevant.get(doc, 0) for doc in top]) / _discounted(best)


def judged_at(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float | None:
    """Share of the first `k` that has a grade, over those found if there are fewer.

    None when nothing was found (`NOTHING_FOUND`). A low share says that the other metrics may be
    too low: what nobody judged counts as not relevant (ir_measures: Judged).
    """
    top, _ = _read(ranking, grades, k)
    return sum(doc in grades for doc in top) / len(top) if top else None


def _read(
    ranking: Sequence[str], grades: Mapping[str, int], k: int
) -> tuple[Sequence[str], dict[str, int]]:
    """The first `k` ids, and the grades of the relevant documents."""
    if k < 1:
        raise ValueError(f"the cut-off must be at least 1, not {k}")
    if len(set(ranking)) < len(ranking):
        raise ValueError("a document comes twice in the ranking")
    if any(grade < 0 for grade in grades.values()):
        raise ValueError("a grade is negative")
    return ranking[:k], {doc: grade for doc, grade in grades.items() if grade > 0}


def _discounted(gains: Sequence[int]) -> float:
    # One after the other, not by fsum: so the last bit is that of trec_eval. The order is fixed.
    total = 0.0
    for rank, gain in enumerate(gains, start=1):
        total += gain / log2(rank + 1)
    return total
