"""The labelled questions that an index holds: phrasings whose answer is known."""

import json
from collections.abc import Callable, Iterator, Sequence
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from ragkit.core.documents import PartKind
from ragkit.core.protocols import Progress, Rows, Vectors
from ragkit.core.text import Locale
from ragkit.retrieve.calibrate import Asked
from ragkit.retrieve.fusion import best_rows
from ragkit.retrieve.sources import DenseSource, LexicalSource, Mask, RowSource

_POOL = 30  # candidates from each channel: enough to hold the ten best that a summary reads
_MOST = 800  # questions: enough for a dozen weights, and a second of work
_AT_ONCE = 32  # questions compared with every vector at once


def off_topic(locale: Locale) -> tuple[str, ...]:
    """Messages in one language that no shop's knowledge covers."""
    text = resources.files("ragkit.retrieve").joinpath("background.json").read_text("utf-8")
    return tuple(json.loads(text)[locale])


class QuestionBook:
    """Asks an index its own phrasings, evenly from all files, and messages off its topic.

    The answers to a phrasing are the other chunks of its FAQ and the clauses that the FAQ rests on.
    """

    def __init__(
        self,
        *,
        rows: RowSource,
        dense: DenseSource,
        lexical: LexicalSource,
        embed: Callable[[Sequence[str]], Vectors],
    ) -> None:
        self._rows = rows
        self._dense = dense
        self._lexical = lexical
        self._embed = embed
        self._is_question = rows.is_question()

    def asked(self, progress: Progress) -> Iterator[Asked]:
        """Every labelled question, or `_MOST` of them, then every message off the topic."""
        asking = self._rows.live & self._rows.is_part(PartKind.QUESTION)
        groups = [(locale, self._rows.searched(locale)) for locale in Locale]
        groups = [(locale, allowed) for locale, allowed in groups if (asking & allowed).any()]
        chosen = self._rows.spread(np.flatnonzero(asking), _MOST)
        outside = {locale: off_topic(locale) for locale, _ in groups}
        total, done = len(chosen) + sum(map(len, outside.values())), 0
        matrix = self._dense.matrix()
        for locale, allowed in groups:
            questions = chosen[allowed[chosen]]
            texts = [self._rows.chunk(int(row)).search_text for row in questions]
            texts += outside[locale]
            vectors = np.concatenate([self._dense.vectors(questions), self._embed(outside[locale])])
            owners = [*questions, *(None for _ in outside[locale])]
            for number, dense in enumerate(_scores(matrix, vectors)):
                yield self._ask(texts[number], dense, allowed, owners[number])
                done += 1
                progress("questions", done, total)

    def _ask(self, text: str, dense: NDArray[np.float32], allowed: Mask, row: Rows | None) -> Asked:
        lexical, weight = self._lexical.coverage(text)
        answers = np.zeros(len(self._rows), dtype=bool)
        if row is not None:
            document = self._rows.document_at(int(self._rows.document_rows[row]))
            answers = self._rows.answering(document)
            allowed = allowed.copy()
            allowed[row] = False
        rows = _candidates((dense, lexical), allowed, answers)
        return Asked(
            dense=dense[rows].astype(np.float64),
            lexical=lexical[rows].astype(np.float64),
            is_question=self._is_question[rows],
            answers=answers[rows],
            weight=weight,
        )


def _scores(matrix: Vectors, queries: Vectors) -> Iterator[NDArray[np.float32]]:
    """For each of `queries` its cosine with every row of `matrix`."""
    for start in range(0, len(queries), _AT_ONCE):
        yield from np.ascontiguousarray((matrix @ queries[start : start + _AT_ONCE].T).T)


def _candidates(channels: Sequence[NDArray[np.float32]], allowed: Mask, answers: Mask) -> Rows:
    """What a search would bring, and what it would bring without the answers."""
    found = []
    for scores in channels:
        ranked = best_rows(np.where(allowed, scores, -np.inf), _POOL + int(answers.sum()))
        found += [ranked[:_POOL], ranked[~answers[ranked]][:_POOL]]
    return np.unique(np.concatenate(found))
