"""The Retriever over both indexes: candidates from each, one relevance for all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ragkit.core.documents import PartKind
from ragkit.core.protocols import Embedder, Rows, Vectors
from ragkit.core.retrieval import FusionModel, Hit, Retrieved, SearchFilter
from ragkit.retrieve.fusion import (
    Floats,
    best_rows,
    confidence,
    features,
    logistic,
    relevance,
    summary,
)
from ragkit.retrieve.sources import DenseSource, LexicalSource, Mask, RowSource


@dataclass(frozen=True)
class _Candidates:
    """Rows that were looked at for one piece of a message, ascending, with both scores and odds.

    `weight` is how much the piece gives the lexical channel to go by.
    """

    rows: Rows
    dense: Floats
    lexical: Floats
    odds: Floats
    weight: float


class HybridRetriever:
    """Looks up a query in the dense and the lexical index and fuses what both say.

    `pool` candidates come from each channel; every candidate gets its score in both, so that a hit
    of one channel alone is judged fairly. The pool does not depend on `top_k`: a larger `top_k`
    (up to `pool`) only adds hits at the end. A document with a negative question that is nearer to
    the query than all the rest of it is left out.
    """

    def __init__(
        self,
        *,
        embedder: Embedder,
        dense: DenseSource,
        lexical: LexicalSource,
        rows: RowSource,
        fusion: FusionModel,
        pool: int,
    ) -> None:
        self._embedder = embedder
        self._dense = dense
        self._lexical = lexical
        self._rows = rows
        self._is_question = rows.is_question()
        self._is_negative = rows.is_part(PartKind.NEGATIVE)
        self._documents = rows.document_rows
        self._fusion = fusion
        self._pool = pool

    def retrieve(self, asks: Sequence[str], *, search: SearchFilter, top_k: int) -> Retrieved:
        allowed = self._rows.allowed(search)
        best: dict[int, tuple[float, float, float]] = {}
        certainty = 0.0
        for ask in asks:
            found = self._candidates(ask, allowed)
            if not len(found.rows):
                continue
            for row, *scores in zip(
                found.rows, found.odds, found.dense, found.lexical, strict=True
            ):
                if int(row) not in best or scores[0] > best[int(row)][0]:
                    best[int(row)] = (float(scores[0]), float(scores[1]), float(scores[2]))
            summarised = summary(found.odds, found.lexical, found.weight)
            certainty = max(certainty, confidence(self._fusion, summarised))
        if not best:
            return Retrieved(threshold=self._fusion.threshold)
        order = self._rows.order
        ordered = sorted(best.items(), key=lambda item: (-item[1][0], order[item[0]]))
        return Retrieved(
            hits=tuple(
                self._hit(row, rank, *scores)
                for rank, (row, scores) in enumerate(ordered[:top_k], start=1)
            ),
            confidence=certainty,
            threshold=self._fusion.threshold,
        )

    def _candidates(self, ask: str, allowed: Mask) -> _Candidates:
        """Rows that either channel would bring, but for those of documents that decline."""
        query = self._embedder.embed([ask])
        shares, weight = self._lexical.coverage(ask)
        coverage = shares.astype(np.float64)
        worded = best_rows(np.where(allowed & (coverage > 0), coverage, -np.inf), self._pool)
        near = (
            self._dense.search(query, allowed=allowed, top_k=self._pool) if query.any() else worded
        )
        rows = np.union1d(near, worded)
        declining = self._declining(rows, query, coverage, allowed)
        if len(declining):
            rows = rows[~np.isin(self._documents[rows], declining)]
        return self._scored(rows, query, coverage, weight)

    def _scored(
        self, rows: Rows, query: Vectors, coverage: Floats, weight: float = 0.0
    ) -> _Candidates:
        dense = self._dense.similarity(query, rows)[0].astype(np.float64)
        lexical = coverage[rows]
        odds = relevance(self._fusion, features(dense, lexical, self._is_question[rows]))
        return _Candidates(rows, dense, lexical, odds, weight)

    def _declining(self, rows: Rows, query: Vectors, coverage: Floats, allowed: Mask) -> Rows:
        """Documents among the candidates that a negative question of theirs speaks against."""
        negated = self._rows.negated(np.unique(self._documents[rows]))
        if not len(negated):
            return negated
        own = np.concatenate([self._rows.chunks_of(int(document)) for document in negated])
        scored = self._scored(np.union1d(rows, own), query, coverage)
        documents = self._documents[scored.rows]
        declining = []
        for document in negated:
            mine = documents == document
            against = scored.odds[mine & self._is_negative[scored.rows]]
            speaking = scored.odds[mine & allowed[scored.rows]]
            if against.max() > speaking.max(initial=-np.inf):
                declining.append(document)
        return np.array(declining, dtype=np.int64)

    def _hit(self, row: int, rank: int, odds: float, dense: float, lexical: float) -> Hit:
        score = float(logistic(np.asarray(odds)))
        return Hit(
            chunk=self._rows.chunk(row), rank=rank, score=score, dense=dense, lexical=lexical
        )
