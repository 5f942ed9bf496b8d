"""One fold for everything that is compared: rules, questions, documents.

The fold is NFKC and casefold, traditional to simplified, and without the code points nobody sees.
It works character by character, so that every folded character knows the raw one it came from.
"""

import unicodedata
from functools import cache
from importlib import resources

from ragkit.core.text import Record, Span

# Ignorable although their category is not Cf: combining grapheme joiner, Hangul fillers, Mongolian
# vowel separator and variation selectors (Unicode 15.1, DerivedCoreProperties.txt,
# Default_Ignorable_Code_Point).
_IGNORABLE = frozenset((0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0)).union(
    range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)
)


@cache
def _simplified() -> dict[str, str]:
    lines = resources.files("ragkit.core").joinpath("traditional.txt").read_text(encoding="utf-8")
    return {line[0]: line[1] for line in lines.splitlines() if line and not line.startswith("#")}


def _fold_char(char: str) -> str:
    """Fold one code point to a fixed point: folding any character of the answer changes nothing."""
    if ord(char) in _IGNORABLE or unicodedata.category(char) == "Cf":
        return ""
    folded = unicodedata.normalize("NFKC", char).casefold()
    folded = "".join(_simplified().get(each, each) for each in folded)
    return folded if folded == char else "".join(_fold_char(each) for each in folded)


class _FoldTable(dict[int, str]):
    """`str.translate` table that fills itself, so that only characters in use cost anything."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_char(chr(code))
        return folded


_TABLE = _FoldTable()


def fold(text: str) -> str:
    """Fold a text. `fold(fold(text)) == fold(text)`; the length may change (℃ becomes °c)."""
    return text.translate(_TABLE)


class FoldedText(Record):
    """A folded text and, for each of its characters, the index of the raw one behind it."""

    raw: str
    text: str
    origins: tuple[int, ...]

    def raw_span(self, start: int, end: int) -> Span:
        """Raw span behind the folded slice `[start, end)`, which must not be empty."""
        return Span(start=self.origins[start], end=self.origins[end - 1] + 1)


def fold_with_origins(text: str) -> FoldedText:
    """Fold a text and keep the way back to its raw characters."""
    characters: list[str] = []
    origins: list[int] = []
    for index, char in enumerate(text):
        folded = _TABLE[ord(char)]
        characters.append(folded)
        origins.extend([index] * len(folded))
    return FoldedText.model_construct(raw=text, text="".join(characters), origins=tuple(origins))
