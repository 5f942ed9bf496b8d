"""Asks an index the words of its own chunks, with and without the chunk itself.

All of it is numpy: each text costs one pass over the vectors and one over the postings of its
words, so n chunks asked of n cost n² elementary steps, never n² steps of Python.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ragkit.core.documents import Document, DocumentKind, PartKind
from ragkit.core.protocols import Rows, Vectors
from ragkit.core.retrieval import SearchFilter
from ragkit.lint.shelf import DenseSource, Floats, LexicalSource, Mask, Relevance, RowSource, Shelf

_POOL = 30  # candidates from each channel: the ten best of both together are among them
_AT_ONCE = 32  # texts compared with every vector at once
_BEST = 3  # chunks that say how relevant an article is: one near phrasing can be chance
# Phrasings at least as near are compared word by word; of the sample shop, where no two FAQs share
# one, a dozen pairs are.
_NEAR = 0.85
_ANSWERS = (DocumentKind.FAQ, DocumentKind.POLICY, DocumentKind.PRODUCT)


@dataclass(frozen=True)
class Near:
    """A phrasing of another article, and its cosine with the one asked."""

    row: int
    cosine: float


@dataclass(frozen=True)
class Asked:
    """What came of a chunk's own words.

    `rank` is the place of the chunk itself, from 1. Without the chunk, `own` is the relevance of
    its article, `others` that of the FAQ which is most relevant besides, and `other` the best row
    of that one (-1 where there is none): log-odds, the mean of the best three chunks.
    """

    row: int
    rank: int
    own: float = -np.inf
    others: float = -np.inf
    other: int = -1
    near: tuple[Near, ...] = ()


class Asker:
    """Asks chunks their own words. `relevance` is what the retriever ranks by."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        rows: RowSource,
        dense: DenseSource,
        lexical: LexicalSource,
        relevance: Relevance,
    ) -> None:
        self._shelf = shelf
        self._rows = rows
        self._lexical = lexical
        self._relevance = relevance
        self._matrix = dense.matrix()
        self._documents = rows.document_rows
        self._order = rows.order
        self._asked_like = rows.is_question()
        self._phrasing = rows.is_part(PartKind.QUESTION)
        faqs = [row for row, each in shelf.rows.items() if each.kind is DocumentKind.FAQ]
        self._faq = np.isin(self._documents, faqs)
        self._owned: dict[str, Rows] = {}

    def ask(
        self, rows: Sequence[int], texts: Sequence[str], vectors: Vectors, search: SearchFilter
    ) -> Iterator[Asked]:
        """Ask each of `rows`, all in force under the filter, its text; vectors are of the texts."""
        allowed = self._rows.allowed(search.model_copy(update={"kinds": _ANSWERS}))
        for start in range(0, len(rows), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            scores = np.ascontiguousarray((self._matrix @ vectors[some].T).T)
            for row, text, dense in zip(rows[some], texts[some], scores, strict=True):
                lexical, _ = self._lexical.coverage(text)
                yield self._one(row, dense.astype(np.float64), lexical.astype(np.float64), allowed)

    def _one(self, row: int, dense: Floats, lexical: Floats, allowed: Mask) -> Asked:
        found = np.union1d(_best(dense, allowed), _best(lexical, allowed))
        rank = self._rank(row, np.union1d(found, [row]), dense, lexical)
        if not self._phrasing[row]:
            return Asked(row, rank)
        document = self._shelf.rows[int(self._documents[row])]
        own = self._own(document)
        leading = np.zeros(int(self._documents.max()) + 1, dtype=bool)
        leading[self._documents[found[self._faq[found]]]] = True
        found = np.union1d(found, np.flatnonzero(leading[self._documents] & self._faq & allowed))
        found = np.union1d(found, own[allowed[own]])
        found = found[found != row]
        odds = self._odds(found, dense, lexical)
        mine = np.isin(found, own)
        other, others = self._other(found, odds, ~mine & self._faq[found])
        return Asked(
            row, rank, _mean_best(odds[mine]), others, other, self._near(row, found, dense)
        )

    def _own(self, document: Document) -> Rows:
        """The rows of an article and of the clauses that it rests on."""
        if document.key not in self._owned:
            self._owned[document.key] = np.flatnonzero(self._rows.answering(document))
        return self._owned[document.key]

    def _odds(self, rows: Rows, dense: Floats, lexical: Floats) -> Floats:
        return self._relevance(dense[rows], lexical[rows], self._asked_like[rows])

    def _rank(self, row: int, rows: Rows, dense: Floats, lexical: Floats) -> int:
        """The place of a row among the candidates; equals in their fixed order."""
        odds = self._odds(rows, dense, lexical)
        own = odds[rows == row][0]
        before = (odds > own) | ((odds == own) & (self._order[rows] < self._order[row]))
        return int(np.count_nonzero(before)) + 1

    def _other(self, rows: Rows, odds: Floats, mask: Mask) -> tuple[int, float]:
        """The most relevant article among masked rows: its best row, and its relevance."""
        rows, odds = rows[mask], odds[mask]
        if not len(rows):
            return -1, -np.inf
        order = np.lexsort((-odds, self._documents[rows]))
        rows, odds = rows[order], odds[order]
        _, first, counts = np.unique(self._documents[rows], return_index=True, return_counts=True)
        turn = np.arange(len(rows)) - np.repeat(first, counts)
        sums = np.add.reduceat(np.where(turn < _BEST, odds, 0.0), first)
        means = sums / np.minimum(counts, _BEST)
        best = int(means.argmax())
        return int(rows[first[best]]), float(means[best])

    def _near(self, row: int, rows: Rows, dense: Floats) -> tuple[Near, ...]:
        apart = self._documents[rows] != self._documents[row]
        near = rows[self._phrasing[rows] & apart & (dense[rows] >= _NEAR)]
        return tuple(Near(int(each), float(dense[each])) for each in near)


def _best(scores: Floats, allowed: Mask) -> Rows:
    """The allowed rows with the highest scores above 0."""
    rows = np.flatnonzero(allowed & (scores > 0))
    if len(rows) <= _POOL:
        return rows
    best: Rows = rows[np.argpartition(-scores[rows], _POOL - 1)[:_POOL]]
    return best


def _mean_best(odds: Floats) -> float:
    return float(np.sort(odds)[-_BEST:].mean()) if len(odds) else -np.inf
