"""From hits to the evidence that a drafter is given."""

import math
from collections.abc import Sequence

from ragkit.core.retrieval import Evidence, Hit

# How much a document's second-best chunk adds to its best, in log-odds: one near chunk can be
# chance, two of one document rarely are. Measured on the sample shop: 0.3 puts the right document
# first for 65 % of the cases in eval/cases.jsonl, 0 for 57 %.
_SUPPORT = 0.3
_CERTAIN = 1 - 1e-9


def select(hits: Sequence[Hit], *, max_documents: int, per_document: int) -> tuple[Evidence, ...]:
    """The best chunks of the best documents, numbered from 1, document by document.

    Documents are ordered by their two best hits; ties keep the order of the hits.
    """
    documents: dict[str, list[Hit]] = {}
    for hit in hits:
        documents.setdefault(hit.chunk.document, []).append(hit)
    ordered = sorted(documents.values(), key=_strength, reverse=True)[:max_documents]
    chosen = [hit for group in ordered for hit in group[:per_document]]
    return tuple(Evidence(number=number, hit=hit) for number, hit in enumerate(chosen, start=1))


def _strength(hits: Sequence[Hit]) -> float:
    """Log-odds of a document from its hits, best first; a missing second is a step below."""
    best = _log_odds(hits[0].score)
    second = _log_odds(hits[1].score) if len(hits) > 1 else best - 1
    return best + _SUPPORT * second


def _log_odds(score: float) -> float:
    score = min(max(score, 1 - _CERTAIN), _CERTAIN)
    return math.log(score / (1 - score))
