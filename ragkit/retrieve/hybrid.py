"""The Retriever over both indexes: candidates from each, one relevance for all."""

from collections.abc import Sequence

import numpy as np

from ragkit.core.protocols import Embedder, Rows
from ragkit.core.retrieval import FusionModel, Hit, Retrieved, SearchFilter
from ragkit.retrieve.fusion import Floats, confidence, features, logistic, relevance, summary
from ragkit.retrieve.sources import DenseSource, LexicalSource, RowSource


class HybridRetriever:
    """Looks up a query in the dense and the lexical index and fuses what both say.

    `pool` candidates come from each channel; every candidate gets its score in both, so that a hit
    of one channel alone is judged fairly. The pool does not depend on `top_k`: a larger `top_k`
    (up to `pool`) only adds hits at the end.
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
        self._fusion = fusion
        self._pool = pool

    def retrieve(self, asks: Sequence[str], *, search: SearchFilter, top_k: int) -> Retrieved:
        allowed = self._rows.allowed(search)
        best: dict[int, tuple[float, float, float]] = {}
        certainty = 0.0
        for ask in asks:
            rows, dense, lexical = self._candidates(ask, allowed)
            if not len(rows):
                continue
            odds = relevance(self._fusion, features(dense, lexical, self._is_question[rows]))
            for row, *scores in zip(rows, odds, dense, lexical, strict=True):
                if int(row) not in best or scores[0] > best[int(row)][0]:
                    best[int(row)] = (float(scores[0]), float(scores[1]), float(scores[2]))
            certainty = max(
                certainty,
                confidence(self._fusion, summary(odds, lexical, self._lexical.weight(ask))),
            )
        ordered = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
        if not ordered:
            return Retrieved(threshold=self._fusion.threshold)
        return Retrieved(
            hits=tuple(
                self._hit(row, rank, *scores)
                for rank, (row, scores) in enumerate(ordered[:top_k], start=1)
            ),
            confidence=certainty,
            threshold=self._fusion.threshold,
        )

    def _candidates(self, ask: str, allowed: Rows) -> tuple[Rows, Floats, Floats]:
        """Rows that either channel would bring, ascending, with their scores in both."""
        query = self._embedder.embed([ask])
        coverage = self._lexical.coverage(ask)
        worded = allowed[np.argsort(-coverage[allowed], kind="stable")[: self._pool]]
        worded = worded[coverage[worded] > 0]
        near = (
            self._dense.search(query, allowed=allowed, top_k=self._pool) if query.any() else worded
        )
        rows = np.union1d(near, worded)
        dense = self._dense.similarity(query, rows).astype(np.float64)
        return rows, dense, coverage[rows].astype(np.float64)

    def _hit(self, row: int, rank: int, odds: float, dense: float, lexical: float) -> Hit:
        score = float(logistic(np.asarray(odds)))
        return Hit(
            chunk=self._rows.chunk(row), rank=rank, score=score, dense=dense, lexical=lexical
        )
