"""Texts as rules read them: folded, and without the marks put between characters to hide words."""

from dataclasses import dataclass

from ragkit.core.folding import FoldedText, fold_with_origins
from ragkit.core.guarding import View
from ragkit.core.text import Span, is_han

# Marks that end a clause are never skipped: 最，好 are two clauses, 最*好 is a disguise.
_CLAUSE_MARKS = frozenset("。！？；，、：,.!?;:()（）《》“”\"'「」『』…—\n")
_MAX_SKIPPED = 3
# Halves of characters, which the automaton cannot take; U+FFFD keeps the length.
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


@dataclass(frozen=True)
class ViewedText:
    """One view of a text; `origins[i]` is the raw index behind character i."""

    text: str
    origins: tuple[int, ...]

    def raw_span(self, start: int, end: int) -> Span:
        """Raw span behind the slice `[start, end)`, which must not be empty."""
        return Span(start=self.origins[start], end=self.origins[end - 1] + 1)


def views_of(raw: str) -> dict[View, ViewedText]:
    """Every view of a text."""
    folded = fold_with_origins(raw.translate(_SURROGATES))
    plain = ViewedText(folded.text, folded.origins)
    return {View.FOLD: plain, View.SKIP: _skipped(folded)}


def _skipped(folded: FoldedText) -> ViewedText:
    """Drop runs of up to three blanks, signs or emoji that stand between two Han characters."""
    text = folded.text
    kept: list[int] = []
    index = 0
    while index < len(text):
        end = index
        while end < len(text) and end - index <= _MAX_SKIPPED and _is_filler(text[end]):
            end += 1
        between_han = kept and is_han(text[kept[-1]]) and end < len(text) and is_han(text[end])
        if end > index and end - index <= _MAX_SKIPPED and between_han:
            index = end
            continue
        kept.append(index)
        index += 1
    return ViewedText("".join(text[i] for i in kept), tuple(folded.origins[i] for i in kept))


def _is_filler(char: str) -> bool:
    return not char.isalnum() and char not in _CLAUSE_MARKS
