"""The lexical index: BM25 over Han characters, their bigrams, and words, in immutable parts.

For Chinese, characters with bigrams beat dictionary words on most question sets and need no
dictionary; Latin letters and digits stay whole, so that P1001 is found as P1001.

Postings hold term frequencies, not scores: a score depends on every other text, so adding a file
would otherwise change them all. Statistics are taken over the live rows of all parts when a query
comes, so any history of changes scores exactly as a build from nothing. A term is a number and its
postings are found by bisection in a memory-mapped array: opening an index reads no vocabulary.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragkit.core.folding import fold
from ragkit.core.protocols import Rows
from ragkit.core.text import HAN

Terms = NDArray[np.uint64]
_WORD = re.compile(rf"[^\W_{HAN}]+")
_HAN_RANGES = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))  # those of core.text.HAN
_POINT_BITS = np.uint64(21)  # a code point fits, so a pair fits into 42 bits
_IS_WORD = np.uint64(1 << 63)
# Robertson & Zaragoza 2009, "The Probabilistic Relevance Framework", usual values.
_K1, _B = 1.5, 0.75
_TINY = 1e-9
_FILES = {"terms": "<u8", "starts": "<i8", "rows": "<i4", "counts": "<u2", "lengths": "<i4"}


@lru_cache(maxsize=1 << 16)
def _word_term(word: str) -> int:
    """63 bits of a hash: among a million words two of a kind are expected once in 10^7 indexes."""
    digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") | int(_IS_WORD)


def terms_of(texts: Sequence[str]) -> tuple[Terms, Rows]:
    """Index terms of `texts` and the position of the text that each stands in, ascending.

    A term is a Han character, a pair of neighbours, or another word, each time it stands there.
    """
    folded = [fold(text) for text in texts]
    joined = "\n".join(folded)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype("u8")
    bounds = np.cumsum([len(text) + 1 for text in folded], dtype=np.int64)
    han = np.zeros(len(points), dtype=bool)
    for first, last in _HAN_RANGES:
        han |= (points >= first) & (points <= last)
    single = np.flatnonzero(han)
    pair = single[:-1][han[single[:-1] + 1]] if len(single) else single
    words = [(match.start(), _word_term(match[0])) for match in _WORD.finditer(joined)]
    at = np.concatenate([single, pair, np.array([start for start, _ in words], dtype=np.int64)])
    terms = np.concatenate(
        [
            points[single],
            (points[pair] << _POINT_BITS) | points[pair + 1],
            np.array([term for _, term in words], dtype=np.uint64),
        ]
    )
    rows = np.searchsorted(bounds, at, side="right")
    order = np.argsort(rows, kind="stable")
    return terms[order].astype(np.uint64), rows[order].astype(np.int64)


@dataclass(frozen=True)
class Postings:
    """One immutable part: for `terms[i]`, ascending, the rows and counts `starts[i]:starts[i+1]`.

    `rows` count within the part and ascend for each term; `lengths` are terms per row.
    """

    terms: Terms
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    counts: NDArray[np.uint16]
    lengths: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.lengths)

    def find(self, terms: Terms) -> tuple[Rows, Rows]:
        """Where the postings of each term begin and end; at one place for one not there."""
        if not len(self.terms):
            nowhere = np.zeros(len(terms), dtype=np.int64)
            return nowhere, nowhere
        place = np.minimum(np.searchsorted(self.terms, terms), len(self.terms) - 1)
        begin = self.starts[place]
        return begin, np.where(self.terms[place] == terms, self.starts[place + 1], begin)

    def save(self, folder: Path) -> None:
        folder.mkdir()
        for name in _FILES:
            np.save(folder / f"{name}.npy", getattr(self, name))

    @classmethod
    def load(cls, folder: Path) -> "Postings":
        """Memory-mapped. Raises `OSError` or `ValueError` when the files cannot be read."""
        # A plain view: numpy spends more on each slice of a memmap than on the slice.
        arrays = [np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in _FILES]
        if any(
            array.ndim != 1 or array.dtype != np.dtype(kind)
            for array, kind in zip(arrays, _FILES.values(), strict=True)
        ):
            raise ValueError("the postings are not those of this version")
        postings = cls(*arrays)
        if len(postings.starts) != len(postings.terms) + 1:
            raise ValueError("the postings do not fit their terms")
        if int(postings.starts[-1]) != len(postings.rows) or len(postings.rows) != len(
            postings.counts
        ):
            raise ValueError("the postings do not fit their places")
        return postings


class PostingsBuilder:
    """Collects texts in order, batch by batch, and makes their postings, once."""

    def __init__(self) -> None:
        self._pieces: list[tuple[Terms, NDArray[np.int32], NDArray[np.uint16]]] = []
        self._lengths: list[NDArray[np.int32]] = []
        self._count = 0

    def add(self, texts: Sequence[str]) -> None:
        if not texts:
            return
        terms, rows = terms_of(texts)
        order = np.lexsort((terms, rows))
        terms, rows = terms[order], rows[order]
        new = np.ones(len(terms), dtype=bool)
        new[1:] = (terms[1:] != terms[:-1]) | (rows[1:] != rows[:-1])
        first = np.flatnonzero(new)
        counts = np.minimum(np.diff(np.append(first, len(terms))), np.iinfo(np.uint16).max)
        self._pieces.append(
            (
                terms[first],
                (rows[first] + self._count).astype(np.int32),
                counts.astype(np.uint16),
            )
        )
        self._lengths.append(np.bincount(rows, minlength=len(texts)).astype(np.int32))
        self._count += len(texts)

    def build(self) -> Postings:
        empty = np.empty(0)
        columns = zip(*self._pieces, strict=True) if self._pieces else ([empty],) * 3
        terms, rows, counts = (np.concatenate(column) for column in columns)
        self._pieces = []  # of a large index they take more memory than all the rest
        # Batches come in the order of their rows, so a stable sort leaves them ascending.
        order = np.argsort(terms, kind="stable")
        terms = terms[order]
        new = np.ones(len(terms), dtype=bool)
        new[1:] = terms[1:] != terms[:-1]
        starts = np.flatnonzero(new)
        lengths = np.concatenate(self._lengths) if self._lengths else empty
        return Postings(
            terms=terms[starts].astype(np.uint64),
            starts=np.append(starts, len(terms)).astype(np.int64),
            rows=rows[order].astype(np.int32),
            counts=counts[order].astype(np.uint16),
            lengths=lengths.astype(np.int32),
        )


class LexicalIndex:
    """BM25 (Lucene's variant) whose scores say what share of the query was found.

    Rows run through the parts one after the other. `live`, shape (rows,), says which count; the
    others score 0.
    """

    def __init__(self, parts: Sequence[Postings], live: NDArray[np.bool_] | None = None) -> None:
        self._parts = tuple(parts)
        self._starts = np.cumsum([0, *(len(part) for part in parts)])
        total = int(self._starts[-1])
        self._live = np.ones(total, dtype=bool) if live is None else live
        self._all_live = bool(self._live.all())
        lengths = np.concatenate([part.lengths for part in parts]) if parts else np.empty(0)
        self._count = int(np.count_nonzero(self._live))
        mean = float(lengths[self._live].mean()) if self._count else 0.0
        # The part of the denominator that depends on the row alone.
        self._norms = (_K1 * (1 - _B + _B * lengths / max(mean, _TINY))).astype(np.float32)

    @classmethod
    def build(cls, texts: Sequence[str]) -> "LexicalIndex":
        """Index texts under their positions."""
        builder = PostingsBuilder()
        builder.add(texts)
        return cls([builder.build()])

    def __len__(self) -> int:
        return len(self._norms)

    def coverage(self, text: str) -> tuple[NDArray[np.float32], float]:
        """For each row the share, in [0, 1), of the weight of a text that it collects, and the
        weight: how much there is to go by.

        The most a term can add is its idf, as the term frequency part of BM25 stays below 1;
        unknown terms count as the rarest. A text without terms has the weight 0.
        """
        terms, repeats = np.unique(terms_of([text])[0], return_counts=True)
        weight, scores = 0.0, np.zeros(len(self), dtype=np.float32)
        places = [part.find(terms) for part in self._parts]
        for number, repeat in enumerate(repeats):
            rows, counts = self._found(places, number)
            # Lucene's BM25: idf = ln(1 + (N - df + 0.5) / (df + 0.5))
            idf = np.log1p((self._count - len(rows) + 0.5) / (len(rows) + 0.5))
            most = float(repeat * idf)
            weight += most
            scores[rows] += most * counts / (counts + self._norms[rows])
        return scores / np.float32(max(weight, _TINY)), weight

    def _found(
        self, places: Sequence[tuple[Rows, Rows]], number: int
    ) -> tuple[Rows, NDArray[np.float32]]:
        """Live rows that hold a term, and how often: `places` are its postings in each part."""
        rows, counts = [], []
        for part, start, (begin, end) in zip(self._parts, self._starts, places, strict=False):
            place = slice(int(begin[number]), int(end[number]))
            if place.stop > place.start:
                rows.append(part.rows[place] + start)
                counts.append(part.counts[place].astype(np.float32))
        if not rows:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        here = rows[0] if len(rows) == 1 else np.concatenate(rows)
        times = counts[0] if len(counts) == 1 else np.concatenate(counts)
        if self._all_live:
            return here, times
        live = self._live[here]
        return here[live], times[live]
