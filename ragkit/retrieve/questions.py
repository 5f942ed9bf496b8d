"""The labelled questions that an index holds: phrasings whose answer is known."""

import json
from collections.abc import Iterator, Sequence
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from ragkit.core.documents import ASKED, Chunk, Document, DocumentKind, PartKind
from ragkit.core.protocols import Embedder, Progress, Rows, Vectors
from ragkit.core.text import Locale
from ragkit.retrieve.calibrate import Asked
from ragkit.retrieve.sources import LexicalSource

_POOL = 30  # candidates from each channel: enough to hold the ten best that a summary reads
_MOST = 800  # questions: enough for a dozen weights, and a second of work


def off_topic(locale: Locale) -> tuple[str, ...]:
    """Messages in one language that no shop's knowledge covers."""
    text = resources.files("ragkit.retrieve").joinpath("background.json").read_text("utf-8")
    return tuple(json.loads(text)[locale])


class QuestionBook:
    """Asks an index its own phrasings, and messages off its topic.

    The answers to a phrasing are the other chunks of its FAQ and the clauses that the FAQ rests on.
    """

    def __init__(
        self,
        *,
        documents: Sequence[Document],
        chunks: Sequence[Chunk],
        vectors: Vectors,
        lexical: LexicalSource,
        embedder: Embedder,
    ) -> None:
        self._chunks = chunks
        self._vectors = vectors
        self._lexical = lexical
        self._embedder = embedder
        self._links = {document.key: (document.key, *document.see) for document in documents}
        self._rows: dict[str, list[int]] = {}
        for row, chunk in enumerate(chunks):
            self._rows.setdefault(chunk.document, []).append(row)
            if chunk.clause:
                name = f"{chunk.document.partition('@')[0]}#{chunk.clause}"
                self._rows.setdefault(name, []).append(row)
        self._searched = np.array([chunk.kind is not DocumentKind.SCRIPT for chunk in chunks])
        self._is_question = np.array([chunk.part in ASKED for chunk in chunks])
        self._locales = np.array([chunk.locale for chunk in chunks])

    def asked(self, progress: Progress) -> Iterator[Asked]:
        """Every labelled question, evenly spread over the files if there are very many."""
        rows = [row for row, c in enumerate(self._chunks) if c.part is PartKind.QUESTION]
        rows = rows[:: -(-len(rows) // _MOST)] if rows else []
        locales = [locale for locale in Locale if (self._locales[rows] == locale).any()]
        outside = [(text, locale) for locale in locales for text in off_topic(locale)]
        total = len(rows) + len(outside)
        for done, row in enumerate(rows, start=1):
            chunk = self._chunks[row]
            yield self._ask(chunk.search_text, self._vectors[row], chunk.locale, row)
            progress("questions", done, total)
        if outside:
            vectors = self._embedder.embed([text for text, _ in outside])
            for done, ((text, locale), vector) in enumerate(zip(outside, vectors, strict=True), 1):
                yield self._ask(text, vector, locale, None)
                progress("questions", len(rows) + done, total)

    def _ask(self, text: str, vector: Vectors, locale: Locale, row: int | None) -> Asked:
        answers = np.zeros(len(self._chunks), dtype=bool)
        allowed = self._searched & (self._locales == locale)
        if row is not None:
            links = self._links[self._chunks[row].document]
            answers[[r for link in links for r in self._rows.get(link, ())]] = True
            allowed[row] = False
        dense = self._vectors @ vector
        lexical = self._lexical.coverage(text)
        rows = _candidates(dense, lexical, allowed, answers)
        return Asked(
            dense=dense[rows].astype(np.float64),
            lexical=lexical[rows].astype(np.float64),
            is_question=self._is_question[rows],
            answers=answers[rows],
            weight=self._lexical.weight(text),
        )


def _candidates(
    dense: Vectors,
    lexical: NDArray[np.float32],
    allowed: NDArray[np.bool_],
    answers: NDArray[np.bool_],
) -> Rows:
    """What a search would bring, and what it would bring without the answers."""
    found = []
    for mask in (allowed, allowed & ~answers):
        rows = np.flatnonzero(mask)
        for scores in (dense, lexical):
            pool = min(_POOL, len(rows))
            if pool:
                found.append(rows[np.argpartition(-scores[rows], pool - 1)[:pool]])
    return np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
