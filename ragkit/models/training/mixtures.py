"""Random mixtures of dictionary words: they show how much each word weighs beside others.

A static embedding must stand for its word in any company. Sentences at hand cover common words
only, so words are drawn by the square root of their share and read to the teacher together.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from itertools import accumulate

from ragkit.models.training.pairs import DICTIONARY, MIXED, Pair
from ragkit.models.training.vocabulary import Vocabulary

MAX_GLOSS_WORDS = 3  # longer glosses explain instead of translating
_SIZES = (2, 3, 3, 4, 5)  # words per mixture, as short as a customer's question


def mix(
    pairs: Sequence[Pair], words: Sequence[str], vocabulary: Vocabulary, *, count: int, seed: int
) -> tuple[Pair, ...]:
    """`count` Chinese mixtures with their English, then `count` of English `words` alone.

    English mixtures are paired with themselves in another order: a mean does not see order.
    """
    chance = random.Random(seed)
    shares = dict(zip(vocabulary.pieces, vocabulary.shares, strict=True))
    entries = [pair for pair in pairs if pair.source == DICTIONARY and pair.a in shares]
    glossed = [(pair.a, gloss) for pair in entries if (gloss := _short_gloss(pair.b))]
    chinese = _draw(glossed, [shares[word] for word, _ in glossed], count, chance)
    english = _draw([(w, w) for w in words], [shares[w] for w in words], count, chance)
    mixed = [Pair(" ".join(a for a, _ in drawn), _joined(drawn), MIXED) for drawn in chinese]
    plain = [Pair(_joined(drawn[::-1]), _joined(drawn), MIXED) for drawn in english]
    return (*mixed, *plain)


def _draw(
    items: Sequence[tuple[str, str]], shares: Sequence[float], count: int, chance: random.Random
) -> list[list[tuple[str, str]]]:
    weights = list(accumulate(share**0.5 for share in shares))
    sizes = chance.choices(_SIZES, k=count)
    return [chance.choices(items, cum_weights=weights, k=size) for size in sizes]


def _short_gloss(gloss: str) -> str:
    """The first sense of a gloss when it is a plain translation, else an empty string."""
    sense = re.split(r"[;(]", gloss, maxsplit=1)[0].strip().removeprefix("to ")
    return sense if 0 < len(sense.split()) <= MAX_GLOSS_WORDS and sense.isascii() else ""


def _joined(drawn: Sequence[tuple[str, str]]) -> str:
    return " ".join(english for _, english in drawn)
