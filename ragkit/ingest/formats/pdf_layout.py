"""From the glyphs of a page to its lines and tables in reading order: columns, cells, merges."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from ragkit.ingest.formats.pdf_glyphs import Glyph, Rules, Segment, joined, rows, segments
from ragkit.ingest.formats.pdf_ruled import RuledTable, ruled_tables

# A clause or list mark that stands for itself, its text behind a tab stop.
_BARE_MARK = re.compile(
    r"[•·●○■□◆◇▪–\-*]|[(（]?[\w〇]{1,4}[.)、）．]|第\w{1,6}[条章节款编]|\d+(\.\d+)+"
)
_MOST_BANDS = 1500  # a page of more is read line by line
_GUTTER = 1.0  # how wide the gap between columns is at least, in font sizes


class Line(NamedTuple):
    """A line of text; `left` and `right` are the edges of the column it stands in."""

    segment: Segment
    left: float
    right: float

    @property
    def text(self) -> str:
        return self.segment.text


@dataclass(frozen=True)
class Table:
    """Rows of cells with their tops, in points from the top of the page."""

    rows: tuple[tuple[str, ...], ...]
    tops: tuple[float, ...]
    x0: float
    x1: float


Item = Line | Table
Gap = tuple[float, float]


class _Band(NamedTuple):
    """Segments and tables that overlap in height: what a straight cut cannot part."""

    items: tuple["Segment | _Placed", ...]
    top: float
    bottom: float


class _Placed(NamedTuple):
    table: Table
    x0: float
    x1: float
    top: float
    bottom: float
    size: float


def read_page(glyphs: Sequence[Glyph], rules: Rules) -> list[Item]:
    """Lines and tables in reading order; text in other directions comes last."""
    upright = [glyph for glyph in glyphs if glyph.upright]
    boxes: list[Segment | _Placed] = []
    found, rest = ruled_tables(upright, rules)
    for ruled in found:
        boxes.append(_place(ruled))
    for row in rows(rest):
        boxes += _with_marks(segments(row))
    sideways: dict[int, list[Glyph]] = {}
    for glyph in glyphs:
        if not glyph.upright:
            sideways.setdefault(glyph.drawn, []).append(glyph)
    items = _read(boxes, depth=0)
    for run in sideways.values():
        text = "".join(glyph.char for glyph in run)
        flat = [glyph._replace(x0=i, x1=i + 1.0, size=1.0, y=0.0) for i, glyph in enumerate(run)]
        if text.strip():
            items += [Line(segment, 0.0, 0.0) for segment in segments(flat)]
    return items


def _place(ruled: RuledTable) -> _Placed:
    table = Table(ruled.rows, ruled.tops, ruled.x0, ruled.x1)
    return _Placed(table, ruled.x0, ruled.x1, ruled.top, ruled.bottom, 10.0)


def _with_marks(row: list[Segment]) -> list[Segment]:
    """A row in which a clause mark is one with the text behind it."""
    if len(row) < 2 or not _BARE_MARK.fullmatch(row[0].text):
        return row
    return [_merged(row[:2]), *row[2:]]


def _merged(row: Sequence[Segment]) -> Segment:
    return row[0]._replace(
        text=" ".join(segment.text for segment in row),
        x1=max(segment.x1 for segment in row),
        bold=all(segment.bold for segment in row),
        size=max(segment.size for segment in row),
    )


def _read(boxes: Sequence[Segment | _Placed], depth: int) -> list[Item]:
    """Reading order within one column: full-width bands and groups of columns as they stand."""
    if not boxes:
        return []
    left = min(box.x0 for box in boxes)
    right = max(box.x1 for box in boxes)
    bands = _bands(boxes)
    searched = depth < 4 and len(bands) <= _MOST_BANDS
    items: list[Item] = []
    index = 0
    while index < len(bands):
        columns, end = _columns_from(bands, index) if searched else ([], index)
        if columns:
            for column in columns:
                items += _read(column, depth + 1)
            index = end
            continue
        table, end = _table_from(bands, index) if searched else (None, index)
        if table:
            items.append(table)
            index = end
            continue
        items += _plain(bands[index], left, right)
        index += 1
    return items


def _plain(band: _Band, left: float, right: float) -> list[Item]:
    """What is neither columns nor a table: rows, the pieces of each parted by a blank."""
    items: list[Item] = [box.table for box in band.items if isinstance(box, _Placed)]
    for row in _rows_of(band):
        items.append(Line(_merged(row), left, right))
    return items


def _bands(boxes: Iterable[Segment | _Placed]) -> list[_Band]:
    bands: list[_Band] = []
    for box in sorted(boxes, key=lambda box: (box.top, box.x0)):
        # Tall fonts are set so tight that boxes overlap a little; that is still two lines.
        if bands and box.top < bands[-1].bottom - 0.3 * box.size:
            last = bands[-1]
            bands[-1] = _Band((*last.items, box), last.top, max(last.bottom, box.bottom))
        else:
            bands.append(_Band((box,), box.top, box.bottom))
    return bands


def _rows_of(band: _Band) -> list[list[Segment]]:
    found: list[list[Segment]] = []
    for box in sorted((b for b in band.items if isinstance(b, Segment)), key=lambda b: b.y):
        if found and box.y - found[-1][0].y <= 0.35 * box.size:
            found[-1].append(box)
        else:
            found.append([box])
    return [sorted(row, key=lambda box: box.x0) for row in found]


def _gaps(boxes: Iterable[Segment | _Placed]) -> list[Gap]:
    """The clear upright strips between boxes, from left to right."""
    spans = sorted((box.x0, box.x1) for box in boxes)
    gaps: list[Gap] = []
    reach = spans[0][1]
    for x0, x1 in spans[1:]:
        if x0 > reach:
            gaps.append((reach, x0))
        reach = max(reach, x1)
    return gaps


def _narrowed(gaps: Sequence[Gap], band: _Band, least: float) -> list[Gap]:
    """What a band leaves free of strips that were free so far."""
    for box in band.items:
        cut: list[Gap] = []
        for x0, x1 in gaps:
            cut += [(x0, min(x1, box.x0)), (max(x0, box.x1), x1)]
        gaps = [(x0, x1) for x0, x1 in cut if x1 - x0 >= least]
    return list(gaps)


def _size(band: _Band) -> float:
    return max(box.size for box in band.items)


def _columns_from(bands: Sequence[_Band], start: int) -> tuple[list[list[Segment | _Placed]], int]:
    """Columns of running text that start with this band, and the band after them; [] if none."""
    gaps = _gaps(bands[start].items)
    least = _GUTTER * _size(bands[start])
    gaps = [gap for gap in gaps if gap[1] - gap[0] >= least]
    end = start + 1
    while gaps and end < len(bands):
        free = _narrowed(gaps, bands[end], least)
        if not free or _parts_columns(bands, end):
            break
        gaps = free
        end += 1
    if not gaps:
        return [], start
    end = _before_what_follows(bands, start, end)
    boxes = [box for band in bands[start:end] for box in band.items]
    edges = [float("-inf"), *((x0 + x1) / 2 for x0, x1 in gaps), float("inf")]
    columns = [
        [box for box in boxes if low <= (box.x0 + box.x1) / 2 < high]
        for low, high in pairwise(edges)
    ]
    columns = [column for column in columns if column]
    if len(columns) > 1 and (all(map(_is_prose, columns)) or _is_unaligned(bands[start:end])):
        return columns, end
    return [], start


def _before_what_follows(bands: Sequence[_Band], start: int, end: int) -> int:
    """The end of the columns: short lines below them, set apart by a gap, belong to what follows.

    At the end of the page they are the rest of the left column.
    """
    if end == len(bands):
        return end
    last = end
    while last - 1 > start and len(bands[last - 1].items) == 1:
        last -= 1
        if bands[last].top - bands[last - 1].bottom > 0.7 * _size(bands[last]):
            return last
    return end


def _parts_columns(bands: Sequence[_Band], index: int) -> bool:
    """Whether a band is a short heading over all columns: it stands alone, larger or bold."""
    band = bands[index]
    if len(band.items) > 1 or not isinstance(band.items[0], Segment):
        return False
    around = [box for other in (bands[index - 1], *bands[index + 1 :][:1]) for box in other.items]
    both_sides = bool(bands[index + 1 :]) and _gaps(bands[index + 1].items) != []
    if not both_sides:
        return False
    text = [box for box in around if isinstance(box, Segment)]
    head = band.items[0]
    return all(head.size > 1.1 * box.size or (head.bold and not box.bold) for box in text)


def _is_prose(column: Sequence[Segment | _Placed]) -> bool:
    """Whether a column is running text: long lines, most of them as wide as the column."""
    lines = [box for box in column if isinstance(box, Segment)]
    if len(lines) < 3:
        return False
    width = max(line.x1 for line in lines) - min(line.x0 for line in lines)
    widths = sorted(line.x1 - line.x0 for line in lines)
    full = sum(1 for each in widths if each >= 0.75 * width)
    return widths[len(widths) // 2] >= 9 * lines[0].size and full >= 0.45 * len(lines)


def _is_unaligned(bands: Sequence[_Band]) -> bool:
    """Whether the lines of the columns stand at heights of their own, as cells never do."""
    tall = [band for band in bands if len(_rows_of(band)) > 1]
    alone = sum(1 for band in tall for row in _rows_of(band) if len(row) == 1)
    return alone >= 4 and all(not isinstance(box, _Placed) for band in tall for box in band.items)


def _table_from(bands: Sequence[_Band], start: int) -> tuple[Table | None, int]:
    """A table without ruling lines that starts with this band, and the band after it."""
    gaps = _gaps(bands[start].items)
    least = _GUTTER * _size(bands[start])
    end = start + 1
    if not gaps or len(_rows_of(bands[start])) > 1:
        return None, start
    while end < len(bands) and _continues(bands, end):
        free = _narrowed(gaps, bands[end], least)
        if len(free) < len(gaps):
            break
        gaps = free
        end += 1
    while end > start and len(bands[end - 1].items) < 2:
        end -= 1
    if end - start < 2 or any(
        isinstance(b, _Placed) for band in bands[start:end] for b in band.items
    ):
        return None, start
    edges = [float("-inf"), *((x0 + x1) / 2 for x0, x1 in gaps), float("inf")]
    cells = [_cells(band, edges) for band in bands[start:end]]
    if not _is_aligned(cells):
        return None, start
    boxes = [box for band in bands[start:end] for box in band.items]
    table = Table(
        tuple(tuple(_merged(cell).text if cell else "" for cell in row) for row in cells),
        tuple(band.top for band in bands[start:end]),
        min(box.x0 for box in boxes),
        max(box.x1 for box in boxes),
    )
    return _folded(table, cells), end


def _continues(bands: Sequence[_Band], index: int) -> bool:
    """Whether a band is near enough to the one before to be the next row of its table."""
    gap = bands[index].top - bands[index - 1].bottom
    return gap <= 2.5 * _size(bands[index]) and len(_rows_of(bands[index])) == 1


def _cells(band: _Band, edges: Sequence[float]) -> list[list[Segment]]:
    found = [box for box in band.items if isinstance(box, Segment)]
    return [
        [box for box in found if low <= (box.x0 + box.x1) / 2 < high]
        for low, high in pairwise(edges)
    ]


def _is_aligned(table: Sequence[Sequence[Sequence[Segment]]]) -> bool:
    """Whether every column shares a left edge, a right edge or a middle, and has two cells."""
    for column in zip(*table, strict=True):
        cells = [_merged(cell) for cell in column if cell]
        if len(cells) < 2:
            return False
        slack = 1.0 * cells[0].size
        edges: tuple[list[float], ...] = (
            [cell.x0 for cell in cells],
            [cell.x1 for cell in cells],
            [(cell.x0 + cell.x1) / 2 for cell in cells],
        )
        # The header is often centred over cells that are not.
        if all(_spread(edge) > slack and _spread(edge[1:]) > slack for edge in edges):
            return False
        if len(cells) == 2 and all(_spread(edge) > slack for edge in edges):
            return False
    return True


def _spread(values: Sequence[float]) -> float:
    return max(values) - min(values)


def _folded(table: Table, cells: Sequence[Sequence[Sequence[Segment]]]) -> Table:
    """The table with wrapped cells joined: a row without its first cell, below full ones."""
    widths = [
        max(_merged(cell).x1 - _merged(cell).x0 for cell in column if cell)
        for column in zip(*cells, strict=True)
    ]
    kept: list[tuple[str, ...]] = []
    tops: list[float] = []
    for index, row in enumerate(table.rows):
        if kept and not row[0] and _wraps(cells[index - 1], cells[index], widths):
            kept[-1] = tuple(joined(*pair) for pair in zip(kept[-1], row, strict=True))
            continue
        kept.append(row)
        tops.append(table.tops[index])
    return replace(table, rows=tuple(kept), tops=tuple(tops))


def _wraps(
    above: Sequence[Sequence[Segment]], row: Sequence[Sequence[Segment]], widths: Sequence[float]
) -> bool:
    """Whether each cell of a row goes on with one above that is as wide as its column."""
    return all(
        bool(before) and before[-1].x1 - before[0].x0 >= width - 2 * cell[0].size
        for before, cell, width in zip(above, row, widths, strict=True)
        if cell
    )
