"""From glyphs on a page to the lines they make: text repaired, gaps measured."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ragkit.core.text import HAN


class Glyph(NamedTuple):
    """One character as drawn: `x0` to `x1` along its line, `y` the baseline, downward, in points.

    `size` is the font size as seen. `upright` is false where the text runs in another direction
    than most of its page; `drawn` says which drawing step of the page it comes from.
    """

    char: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool = False
    upright: bool = True
    drawn: int = 0


class Segment(NamedTuple):
    """Glyphs that stand side by side without a clear gap; the box is in points, y downward."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    bold: bool = False

    @property
    def top(self) -> float:
        return self.y - 0.85 * self.size

    @property
    def bottom(self) -> float:
        return self.y + 0.2 * self.size


class Rules(NamedTuple):
    """The ruling lines of a page: upright ones as (x, top, bottom), flat ones (y, left, right)."""

    upright: tuple[tuple[float, float, float], ...] = ()
    flat: tuple[tuple[float, float, float], ...] = ()


# Parts of characters that stand for the whole character where fonts were subset badly: they have
# no decomposition in Unicode (CJK Radicals Supplement, U+2E80 to U+2EFF), those of simplified
# Chinese that are characters on their own.
_RADICALS = dict(
    zip(
        "⺟⺠⻄⻅⻆⻉⻋⻓⻔⻘⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳⻁⻌⺎⺝⻗⻙⻪⻫",
        "母民西见角贝车长门青页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟虎辶兀月雨韦黾齐",
        strict=True,
    )
)
# Bullets of the Symbol and Wingdings fonts, which keep theirs in the private use area.
_BULLETS = dict.fromkeys("\uf0b7\uf06c\uf0a7\uf0d8\uf06e\uf075\uf076\uf09f\uf0fc\uf0e8\uf0a8", "•")
_REPAIRS = str.maketrans({**_RADICALS, **_BULLETS, "\x02": "-"})  # pdfium: hyphen at a line end
_COMPATIBLE = re.compile("[\u2f00-\u2fdf\uf900-\ufaff\ufb00-\ufb06]")
_JUNK = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffe\uffff\u200b\ufeff]")
_UNREADABLE = re.compile("[\x00\ufffd\ue000-\uf8ff]")
_WIDE = re.compile(f"[{HAN}\u2e80-\u303f\u3040-\u30ff\uff00-\uffef“”‘’…—·]")

# In units of the font size.
_SAME_LINE = 0.35  # how far baselines of one line may lie apart: subscripts, mixed fonts
_CLEAR_GAP = 1.0  # wider than any blank within a sentence, narrower than cells are apart
_TYPED_GAP = 2.2  # the same where blanks were typed: two full-width ones still read as text
_LATIN_BLANK = 0.18  # the narrowest blank of common fonts is 0.2
_HAN_BLANK = 0.7  # justified Chinese text is stretched by less


def is_wide(char: str) -> bool:
    """Whether a character is set without blanks around it, as Chinese text and its marks are."""
    return _WIDE.match(char) is not None


def repair(text: str) -> str:
    """The characters people see: radicals, ligatures and private bullets as ordinary text."""
    text = text.translate(_REPAIRS)
    text = _COMPATIBLE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _JUNK.sub("", text)


def unreadable(glyphs: Iterable[Glyph]) -> int:
    """How many of the glyphs have no known meaning: their font does not say which they are."""
    return sum(
        1 for glyph in glyphs if _UNREADABLE.match(glyph.char) and glyph.char not in _BULLETS
    )


def rows(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    """Glyphs that share a baseline, each row from left to right, from the top of the page."""
    found: list[list[Glyph]] = []
    baseline = 0.0
    for glyph in sorted(glyphs, key=lambda glyph: glyph.y):
        if found and glyph.y - baseline <= _SAME_LINE * glyph.size:
            found[-1].append(glyph)
        else:
            found.append([glyph])
            baseline = glyph.y
    for row in found:
        row.sort(key=lambda glyph: glyph.x0)
    return found


def segments(row: Sequence[Glyph]) -> list[Segment]:
    """A row cut where clear gaps are; blanks at the ends of a piece are left out."""
    pieces: list[list[Glyph]] = []
    last: Glyph | None = None
    blank = False
    for glyph in row:
        if not glyph.char.strip():
            blank = True
            continue
        if last and glyph.char == last.char and abs(glyph.x0 - last.x0) < 0.2 * last.size:
            continue  # drawn twice to look bold
        limit = _TYPED_GAP if blank else _CLEAR_GAP
        if last is None or glyph.x0 - last.x1 > limit * max(glyph.size, last.size):
            pieces.append([])
        elif blank:
            pieces[-1].append(Glyph(" ", last.x1, glyph.x0, glyph.y, glyph.size))
        pieces[-1].append(glyph)
        last, blank = glyph, False
    made = (_segment(piece) for piece in pieces)
    return [segment for segment in made if segment.text]


def _segment(glyphs: Sequence[Glyph]) -> Segment:
    text: list[str] = []
    for index, glyph in enumerate(glyphs):
        last = glyphs[index - 1] if index else None
        if last and glyph.char != " " and last.char != " ":
            wide = is_wide(glyph.char) or is_wide(last.char)
            if glyph.x0 - last.x1 > (_HAN_BLANK if wide else _LATIN_BLANK) * glyph.size:
                text.append(" ")
        text.append(glyph.char)
    sizes = sorted(glyph.size for glyph in glyphs)
    baselines = sorted(glyph.y for glyph in glyphs)
    seen = [glyph for glyph in glyphs if glyph.char != " "]
    return Segment(
        text=repair("".join(text)).strip(),
        x0=seen[0].x0,
        x1=max(glyph.x1 for glyph in seen),
        y=baselines[len(baselines) // 2],
        size=sizes[len(sizes) // 2],
        bold=all(glyph.bold for glyph in seen),
    )


def joined(first: str, second: str) -> str:
    """Two lines of one paragraph as one: hyphenation undone, a blank only where one is written."""
    if not first or not second:
        return first or second
    if first[-1] == "\u00ad":
        return first[:-1] + second
    if first[-1] in "-\u2010" and first[-2:-1].isalpha() and second[0].islower():
        return first[:-1] + second
    if is_wide(first[-1]) or is_wide(second[0]):
        return first + second
    return first + (second if first[-1] in "-/" else f" {second}")
