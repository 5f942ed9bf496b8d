"""The lexical index: BM25 over Han characters, their bigrams, and words.

For Chinese, characters with bigrams beat dictionary words on most question sets and need no
dictionary; Latin letters and digits stay whole, so that P1001 is found as P1001.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

from ragkit.core.folding import fold
from ragkit.core.text import HAN

_RUNS = re.compile(rf"([{HAN}]+)|([^\W_{HAN}]+)")
# Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework", usual values.
_K1, _B = 1.5, 0.75
_TINY = 1e-9


def tokens(text: str) -> list[str]:
    """Index terms of a text: each Han character, each pair of neighbours, each other word."""
    terms: list[str] = []
    for han, word in _RUNS.findall(fold(text)):
        if han:
            terms.extend(han)
            terms.extend(han[i : i + 2] for i in range(len(han) - 1))
        else:
            terms.append(word)
    return terms


class LexicalIndex:
    """BM25 (Lucene's variant) whose scores say what share of the query was found."""

    def __init__(self, index: bm25s.BM25, count: int) -> None:
        self._index = index
        self._count = count
        self._frequencies = np.diff(np.asarray(index.scores["indptr"]))

    @classmethod
    def build(cls, texts: Sequence[str]) -> "LexicalIndex":
        """Index texts (at least one) under their positions."""
        index = bm25s.BM25(k1=_K1, b=_B, method="lucene")
        # A text without terms, such as "?!", gets the empty one: no query holds it.
        index.index([tokens(text) or [""] for text in texts], show_progress=False)
        return cls(index, len(texts))

    def save(self, folder: Path) -> None:
        self._index.save(folder, show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> "LexicalIndex":
        """Memory-mapped. Raises `OSError` or `ValueError` when the files cannot be read."""
        index = bm25s.BM25.load(folder, mmap=True, show_progress=False)
        return cls(index, int(index.scores["num_docs"]))

    def __len__(self) -> int:
        return self._count

    def weight(self, text: str) -> float:
        """The most BM25 weight a row can collect of a text: how much there is to go by.

        The most a term can add is its idf, as the term frequency part of BM25 stays below 1;
        unknown terms count as the rarest. 0 for a text without terms.
        """
        terms = tokens(text)
        return self._weight(self._index.get_tokens_ids(terms), len(terms))

    def coverage(self, text: str) -> NDArray[np.float32]:
        """For each row, the share in [0, 1) of the weight of a text that it collects."""
        terms = tokens(text)
        known = self._index.get_tokens_ids(terms)
        if not known:
            return np.zeros(self._count, dtype=np.float32)
        scores = self._index.get_scores_from_ids(known)
        weight = self._weight(known, len(terms))
        return np.asarray(scores / max(weight, _TINY), dtype=np.float32)

    def _weight(self, known: Sequence[int], count: int) -> float:
        """Weight of `count` terms, of which the `known` ones are in the index."""
        unknown = np.zeros(count - len(known), dtype=np.int64)
        frequencies = np.concatenate([self._frequencies[known].astype(np.int64), unknown])
        # idf of Lucene's BM25: ln(1 + (N - df + 0.5) / (df + 0.5))
        idf = np.log1p((self._count - frequencies + 0.5) / (frequencies + 0.5))
        return float(idf.sum())
