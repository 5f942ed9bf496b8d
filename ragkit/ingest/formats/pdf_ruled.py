"""Tables drawn with ruling lines: their cells, with merged ones filled into all they cover."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from ragkit.ingest.formats.pdf_glyphs import Glyph, Rules, joined, rows, segments

_NEAR = 3.0  # points: lines this near to each other are one line
_MOST_LINES = 400  # of one table in one direction; more are a drawing or a hatching

Stroke = tuple[float, float, float]


class RuledTable(NamedTuple):
    """Rows of cells; the box is in points from the top left of the page."""

    rows: tuple[tuple[str, ...], ...]
    tops: tuple[float, ...]
    x0: float
    x1: float
    top: float
    bottom: float


class _Lattice(NamedTuple):
    xs: list[float]
    ys: list[float]
    upright: list[Stroke]
    flat: list[Stroke]


def ruled_tables(glyphs: Sequence[Glyph], rules: Rules) -> tuple[list[RuledTable], list[Glyph]]:
    """The ruled tables of a page, and the glyphs that stand outside of them."""
    rest = list(glyphs)
    found: list[RuledTable] = []
    for lattice in _lattices(rules):
        inside: list[Glyph] = []
        outside: list[Glyph] = []
        for glyph in rest:
            x, y = (glyph.x0 + glyph.x1) / 2, glyph.y - 0.3 * glyph.size
            fits = lattice.xs[0] <= x < lattice.xs[-1] and lattice.ys[0] <= y < lattice.ys[-1]
            (inside if fits else outside).append(glyph)
        table = _table(lattice, inside)
        if table:
            found.append(table)
            rest = outside
    return found, rest


def _lattices(rules: Rules) -> list[_Lattice]:
    """Groups of crossing lines that make at least two rows and two columns."""
    found = []
    for low, high in _unions((top, bottom) for _, top, bottom in rules.upright):
        flat = [rule for rule in rules.flat if low - _NEAR <= rule[0] <= high + _NEAR]
        upright = [rule for rule in rules.upright if low <= rule[1] <= high]
        for left, right in _unions((x0, x1) for _, x0, x1 in flat):
            ours = [rule for rule in upright if left - _NEAR <= rule[0] <= right + _NEAR]
            lines = [rule for rule in flat if left <= rule[1] <= right]
            if not ours:
                continue
            ends = [min(rule[1] for rule in ours), max(rule[2] for rule in ours)]
            ys = _distinct([rule[0] for rule in lines] + ends)
            xs = _distinct([rule[0] for rule in ours] + [left, right])
            if 3 <= len(xs) <= _MOST_LINES and 3 <= len(ys) <= _MOST_LINES:
                found.append(_Lattice(xs, ys, ours, lines))
    return found


def _unions(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + _NEAR:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _distinct(values: Sequence[float]) -> list[float]:
    kept: list[float] = []
    for value in sorted(values):
        if not kept or value - kept[-1] > _NEAR:
            kept.append(value)
    return kept


def _table(lattice: _Lattice, glyphs: Sequence[Glyph]) -> RuledTable | None:
    xs, ys = lattice.xs, lattice.ys
    owner = _owners(lattice)
    inside: dict[tuple[int, int], list[Glyph]] = {}
    for glyph in glyphs:
        row = bisect_right(ys, glyph.y - 0.3 * glyph.size) - 1
        column = bisect_right(xs, (glyph.x0 + glyph.x1) / 2) - 1
        inside.setdefault(owner[row, column], []).append(glyph)
    texts = {cell: text for cell, found in inside.items() if (text := _text(found))}
    wide = {column for (_, column), cell in owner.items() if cell in texts}
    high = {row for (row, _), cell in owner.items() if cell in texts}
    if len({cell[0] for cell in texts}) < 2 or len({cell[1] for cell in texts}) < 2:
        return None
    return RuledTable(
        tuple(
            tuple(texts.get(owner[row, column], "") for column in sorted(wide))
            for row in sorted(high)
        ),
        tuple(ys[row] for row in sorted(high)),
        xs[0],
        xs[-1],
        ys[0],
        ys[-1],
    )


def _owners(lattice: _Lattice) -> dict[tuple[int, int], tuple[int, int]]:
    """For every place of the lattice the first place of its cell: no line is between the two."""
    parent: dict[tuple[int, int], tuple[int, int]] = {}
    xs, ys = lattice.xs, lattice.ys
    upright, flat = _by_line(lattice.upright, xs), _by_line(lattice.flat, ys)
    for row, (top, bottom) in enumerate(pairwise(ys)):
        for column, (left, right) in enumerate(pairwise(xs)):
            place = parent[row, column] = (row, column)
            if column and not _covers(upright[column], (top + bottom) / 2):
                parent[place] = parent[row, column - 1]
            elif row and not _covers(flat[row], (left + right) / 2):
                parent[place] = parent[row - 1, column]
    return parent


def _by_line(strokes: Sequence[Stroke], lines: Sequence[float]) -> list[list[Stroke]]:
    """The strokes that lie on each of the lines of a lattice."""
    found: list[list[Stroke]] = [[] for _ in lines]
    for stroke in strokes:
        found[max(bisect_right(lines, stroke[0] + 0.01) - 1, 0)].append(stroke)
    return found


def _covers(strokes: Sequence[Stroke], along: float) -> bool:
    return any(start <= along <= end for _, start, end in strokes)


def _text(glyphs: Sequence[Glyph]) -> str:
    text = ""
    for row in rows(glyphs):
        line = " ".join(segment.text for segment in segments(row))
        text = joined(text, line)
    return text
