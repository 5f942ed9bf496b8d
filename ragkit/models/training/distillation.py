"""What the teacher says: target vectors for texts, and the rows training starts from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ragkit.models.training.pairs import TRANSLATIONS, Pair
from ragkit.models.training.teacher import Vectors, encode, principal_axes, unit_rows
from ragkit.models.training.vocabulary import Vocabulary

SIF = 1e-3  # a in a / (a + share), after Arora et al. 2017: frequent pieces start short
REGISTER_COPIES = 10  # the project's own wordings are few; show them as often as a small corpus
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Lesson:
    """Texts with the unit vector each should have, shape `(len(texts), dim)`."""

    texts: tuple[str, ...]
    vectors: Vectors


def teach(
    pairs: Sequence[Pair],
    groups: Sequence[Sequence[str]],
    words: Sequence[str],
    *,
    dim: int,
    cache: Path,
) -> Lesson:
    """Targets for translated pairs, paraphrase groups and single English `words`.

    A Chinese text gets the vector of its English; inside a group, the mean of the group's English.
    """
    translated = [pair for kind in TRANSLATIONS for pair in pairs if pair.source == kind]
    wordings = [[text for text in group if not _HAN.search(text)] for group in groups]
    flat = [text for group in wordings for text in group]
    meanings = np.concatenate(
        [encode([p.b for p in pairs if p.source == kind], cache=cache) for kind in TRANSLATIONS]
    )
    single = encode([*words, *flat], cache=cache)
    axes = principal_axes(np.concatenate([meanings, single]), dim)
    meanings, single = unit_rows(meanings @ axes), unit_rows(single @ axes)
    spoken = Lesson(tuple(flat), single[len(words) :])
    parts = (
        Lesson(tuple(pair.a for pair in translated), meanings),
        Lesson(tuple(pair.b for pair in translated), meanings),
        Lesson(tuple(words), single[: len(words)]),
        *[_group_lesson(groups, wordings, spoken)] * REGISTER_COPIES,
    )
    texts = tuple(text for part in parts for text in part.texts)
    return Lesson(texts, np.concatenate([part.vectors for part in parts]))


def _group_lesson(
    groups: Sequence[Sequence[str]], wordings: Sequence[Sequence[str]], spoken: Lesson
) -> Lesson:
    """English wordings keep their own vector, Chinese ones get the mean of their group."""
    texts: list[str] = []
    vectors: list[Vectors] = []
    start = 0
    for group, english in zip(groups, wordings, strict=True):
        own = spoken.vectors[start : start + len(english)]
        start += len(english)
        chinese = [text for text in group if _HAN.search(text)] if english else []
        texts += [*english, *chinese]
        vectors += [own, np.repeat(own.mean(axis=0, keepdims=True), len(chinese), axis=0)]
    return Lesson(tuple(texts), unit_rows(np.concatenate(vectors)))


def initial_rows(vocabulary: Vocabulary, lesson: Lesson, dim: int) -> Vectors:
    """Rows to start from, shape `(pieces, dim)`: direction from the teacher, length from SIF.

    A piece without a lesson takes the mean of the taught words that contain it, else of its
    characters; one that stays silent starts at zero, like the unknown piece.
    """
    rows = np.zeros((len(vocabulary.pieces), dim), dtype=np.float32)
    taught = _mean_by_text(lesson, set(vocabulary.pieces))
    inside = _mean_by_character(lesson)
    for index, piece in enumerate(vocabulary.pieces[1:], start=1):
        known = taught.get(piece)
        rows[index] = _blend(inside, piece) if known is None else known
    shares = np.asarray(vocabulary.shares, dtype=np.float32)
    weights = SIF / (SIF + shares)
    started: Vectors = unit_rows(rows) * weights[:, None].astype(np.float32)
    return started


def _mean_by_text(lesson: Lesson, wanted: set[str]) -> dict[str, Vectors]:
    found: defaultdict[str, list[Vectors]] = defaultdict(list)
    for text, vector in zip(lesson.texts, lesson.vectors, strict=True):
        if text in wanted:
            found[text].append(vector)
    return {text: np.mean(vectors, axis=0) for text, vectors in found.items()}


def _mean_by_character(lesson: Lesson) -> dict[str, Vectors]:
    """Mean vector of the short Chinese texts (words of up to four characters) a character is in."""
    found: defaultdict[str, list[Vectors]] = defaultdict(list)
    for text, vector in zip(lesson.texts, lesson.vectors, strict=True):
        if len(text) <= 4:
            for character in _HAN.findall(text):
                found[character].append(vector)
    return {character: np.mean(vectors, axis=0) for character, vectors in found.items()}


def _blend(inside: dict[str, Vectors], piece: str) -> Vectors | float:
    parts = [inside[character] for character in piece if character in inside]
    mean: Vectors | float = np.mean(parts, axis=0) if parts else 0.0
    return mean


def english_words(pieces: Iterable[str]) -> tuple[str, ...]:
    """The pieces a teacher of English can read."""
    return tuple(piece for piece in pieces if _LATIN.fullmatch(piece))
