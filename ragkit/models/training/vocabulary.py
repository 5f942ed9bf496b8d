"""The tokeniser: a Unigram model whose pieces are chosen and scored here, not learnt from raw text.

Learning pieces from unsplit Chinese makes whole sentences into tokens. So Chinese is cut by a
segmenter first, words of at most four Han characters are kept by frequency, and every piece pays
a fixed toll: the cut with the fewest pieces wins, frequency breaks ties.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import rjieba
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from wordfreq import get_frequency_dict

UNKNOWN = "[UNK]"  # row 0; its vector is zero, so unseen text adds nothing to a mean
MAX_HAN = 4  # longest Chinese piece, in characters
HAN_TOLL = 6.0  # nats paid per piece: Han words stay close to their frequencies
LATIN_TOLL = 12.0  # a whole Latin word always beats its parts
RARE = 1e-9  # share given to a piece no list has counted
TERM = 1e-6  # least share of a must-have term, so that it is cut as one piece
PUBLIC_WEIGHT = 0.75  # of the public word lists; the training texts are a narrow register
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z]{2,}")
_SYMBOLS = "%$¥€£+#@&"
_DIGITS = tuple(str(n) for n in range(100)) + tuple(f"0{n}" for n in range(10))


@dataclass(frozen=True)
class Sizes:
    """How many pieces each kind may take; the rest of the vocabulary is symbols and digits."""

    han_words: int = 14_000
    han_characters: int = 5_200
    english_words: int = 11_000
    english_parts: int = 1_200


@dataclass(frozen=True)
class Vocabulary:
    """Pieces in id order and the share of running text each is expected to take, in (0, 1]."""

    pieces: tuple[str, ...]
    shares: tuple[float, ...]


def choose(texts: Sequence[str], terms: Iterable[str], sizes: Sizes) -> Vocabulary:
    """Choose pieces from public word frequencies, the training `texts` and the must-have `terms`.

    The training texts only shift the shares of words that a public list knows, so that no
    identifier or segmenter mistake becomes a piece.
    """
    normalise = _normaliser().normalize_str
    han, latin = _counts(normalise(text) for text in texts)
    chinese = _mixed(_han_only(get_frequency_dict("zh", wordlist="best")), han)
    english = _mixed(_latin_only(get_frequency_dict("en", wordlist="best")), latin)
    wanted = [normalise(term) for term in terms]
    words = [w for w in wanted if _HAN.fullmatch(w) and 1 < len(w) <= MAX_HAN]
    words += [w for w in _ranked(chinese) if 1 < len(w) <= MAX_HAN]
    plain = [w for w in wanted if _LATIN.fullmatch(w)] + _ranked(english)
    groups: tuple[Sequence[str], ...] = (
        (UNKNOWN, *_SYMBOLS, *_DIGITS, *"abcdefghijklmnopqrstuvwxyz"),
        _unique(words)[: sizes.han_words],
        _ranked(_characters(chinese))[: sizes.han_characters],
        _unique(plain)[: sizes.english_words],
        _ranked(_parts(english))[: sizes.english_parts],
    )
    pieces = tuple(_unique(piece for group in groups for piece in group))
    known = {**_characters(chinese), **chinese, **english}
    least = dict.fromkeys(wanted, TERM)
    shares = (max(known.get(piece, 0.0), least.get(piece, RARE)) for piece in pieces)
    return Vocabulary(pieces, tuple(shares))


def build(vocabulary: Vocabulary) -> Tokenizer:
    """A Unigram tokeniser over `vocabulary`: NFKC, lower case, scripts and numbers kept apart."""
    costs = (round(math.log(share) - _toll(piece), 2) for piece, share in _items(vocabulary))
    scored = list(zip(vocabulary.pieces, costs, strict=True))
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = _normaliser()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.BertPreTokenizer(),
            pre_tokenizers.UnicodeScripts(),
            pre_tokenizers.Digits(individual_digits=False),
        ]
    )
    tokenizer.decoder = decoders.Fuse()
    return tokenizer


def _normaliser() -> normalizers.Normalizer:
    return normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])


def _items(vocabulary: Vocabulary) -> Iterator[tuple[str, float]]:
    return zip(vocabulary.pieces, vocabulary.shares, strict=True)


def _toll(piece: str) -> float:
    return HAN_TOLL if _HAN.fullmatch(piece) else LATIN_TOLL


def _counts(texts: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """Occurrences of Han words, as cut by the segmenter, and of Latin words."""
    han: Counter[str] = Counter()
    latin: Counter[str] = Counter()
    for text in texts:
        latin.update(_LATIN.findall(text))
        for run in _HAN.findall(text):
            han.update(rjieba.cut(run))
    return han, latin


def _mixed(public: dict[str, float], counted: Counter[str]) -> dict[str, float]:
    total = max(sum(counted.values()), 1)
    own = (1 - PUBLIC_WEIGHT) / total
    return {word: PUBLIC_WEIGHT * share + own * counted[word] for word, share in public.items()}


def _characters(chinese: dict[str, float]) -> dict[str, float]:
    """Share of each Han character, alone or inside words."""
    shares: dict[str, float] = {}
    for word, share in chinese.items():
        for character in word:
            shares[character] = shares.get(character, 0.0) + share
    return shares


def _parts(english: dict[str, float]) -> dict[str, float]:
    """Share of each word beginning and ending of two to four letters: fallback for rare words."""
    shares: dict[str, float] = {}
    for word, share in english.items():
        for length in (2, 3, 4):
            if len(word) > length + 1:
                for part in (word[:length], word[-length:]):
                    shares[part] = shares.get(part, 0.0) + math.sqrt(share)
    return shares


def _han_only(words: dict[str, float]) -> dict[str, float]:
    return {word: share for word, share in words.items() if _HAN.fullmatch(word)}


def _latin_only(words: dict[str, float]) -> dict[str, float]:
    return {word: share for word, share in words.items() if _LATIN.fullmatch(word)}


def _ranked(shares: dict[str, float]) -> list[str]:
    """Most frequent first; equal shares alphabetically, so that a rerun gives the same ids."""
    return sorted(shares, key=lambda word: (-shares[word], word))


def _unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
