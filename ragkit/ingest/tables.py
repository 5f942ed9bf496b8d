"""From a table to sentences: each row says its cells with the names of their columns.

A Grid may hold more than rows: a title over the whole width, “单位：元”, one header or several
levels of it, notes below. What each row is, is found here, the same for every format.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.text import Locale
from ragkit.ingest.blocks import Grid, Place
from ragkit.ingest.heads import HeadLine, is_head_line
from ragkit.ingest.layout import PERIOD, UNIT_LINE, Layout, Note, holds_for_all, lay_out
from ragkit.ingest.saying import (
    Column,
    column,
    keyed_sentence,
    label,
    one_line,
    row_sentence,
    with_context,
)

_LONGEST_TITLE = 60  # characters: a longer line above a table explains it


@dataclass(frozen=True)
class Sentence:
    """A data row: as it is said, as a line of Markdown (`| 江浙沪 | 6 |`), its cells, its place.

    `cells` are one for each column of the table, empty ones too.
    """

    text: str
    line: str
    cells: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Table:
    """A Grid read. `head` is its caption, header and rule as lines of Markdown.

    The text of the whole table is `head`, then the `line` of each row, then the notes. A table of
    a header alone has no rows; one without header has columns without names.
    """

    columns: tuple[Column, ...]
    rows: tuple[Sentence, ...]
    caption: tuple[str, ...]
    notes: tuple[Note, ...]
    head: tuple[str, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """The lines above it that name it: neither a unit nor a period."""
        return tuple(
            line
            for line in self.caption
            if len(line) <= _LONGEST_TITLE
            and not (UNIT_LINE.search(line) or PERIOD.search(line))
            and not is_head_line(HeadLine(line, 1))
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """The whole table as lines of Markdown."""
        notes = (note.text for note in self.notes)
        return (*self.head, *(row.line for row in self.rows), *notes)


def where(source: str, place: Place) -> str:
    """A place as problems name it: `a.csv:5`, `a.xlsx:运费:5` or `a.pdf:page 3:5`."""
    if place.sheet is not None:
        return f"{source}:{place.sheet}:{place.line}"
    if place.page is not None:
        return f"{source}:page {place.page}:{place.line}"
    return f"{source}:{place.line}"


def read_table(grid: Grid, *, locale: Locale, source: str) -> Table:
    """Find caption, header, rows and notes of `grid`, and say each row.

    `grid.header_rows`, where it is given, wins over guessing; 0 means that there is none. Blank
    rows and columns are left out. Raises `KnowledgeError` that names every row with more cells
    than the header has columns.
    """
    layout = lay_out(grid)
    _check_widths(layout, source)
    caption = tuple(filter(None, map(one_line, (*grid.caption, *_texts(layout.caption)))))
    context = _context([*caption, *filter(holds_for_all, _texts(layout.notes))])
    kept = _used(layout)
    unit = _unit(context)
    columns = [
        column(*_path([row.cells for row in layout.header], index), table_unit=unit)
        for index in kept
    ]
    headings = [one_line(heading) for heading, _ in layout.rows]
    if any(headings):
        columns.insert(0, Column(()))
    rows = []
    for heading, (_, row) in zip(headings, layout.rows, strict=True):
        cells = [heading] if any(headings) else []
        cells += [one_line(_at(row.cells, index)) for index in kept]
        said = (keyed_sentence if layout.keyed else row_sentence)(columns, cells, locale)
        said = with_context(said, context, locale)
        rows.append(Sentence(said, _markdown(cells), tuple(cells), row.place))
    names = [label(each) for each in columns]
    rule = [_markdown(names), "|---" * len(names) + "|"] if names else []
    return Table(
        columns=tuple(columns),
        rows=tuple(rows),
        caption=caption,
        notes=tuple(Note(one_line(note.text), note.place) for note in layout.notes),
        head=(*caption, *rule),
    )


def _used(layout: Layout) -> list[int]:
    """The columns that hold anything; names and values in turn keep the empty ones."""
    rows = [row.cells for row in (*layout.header, *(row for _, row in layout.rows))]
    width = max(map(len, rows), default=0)
    if layout.keyed:
        return list(range(width + width % 2))
    return [index for index in range(width) if any(_at(cells, index) for cells in rows)]


def _path(header: Sequence[tuple[str, ...]], index: int) -> list[str]:
    """The names of a column, top level first.

    A gap in an upper level belongs to the name on its left, where both are divided further below:
    运费 stands once over 首重 and 续重.
    """
    path = []
    for level, cells in enumerate(header):
        at = index
        below = header[level + 1] if level + 1 < len(header) else ()
        while at and not _at(cells, at) and _at(below, at) and _at(below, at - 1):
            at -= 1
        path.append(_at(cells, at))
    return path


def _at(cells: Sequence[str], index: int) -> str:
    return cells[index] if index < len(cells) else ""


def _context(lines: Iterable[str]) -> tuple[str, ...]:
    """What must be said with every row to be true alone: the unit of the table and its period."""
    found = [
        match[0].strip()
        for line in lines
        for pattern in (UNIT_LINE, PERIOD)
        for match in pattern.finditer(line)
    ]
    return tuple(dict.fromkeys(found))


def _unit(context: Iterable[str]) -> str | None:
    """The unit of the whole table: 元 of 单位：元."""
    lines = filter(None, map(UNIT_LINE.fullmatch, context))
    return next((re.split("[:：]", line[0], maxsplit=1)[1].strip() for line in lines), None)


def _check_widths(layout: Layout, source: str) -> None:
    width = max((len(row.cells) for row in layout.header), default=0)
    problems = [
        Problem(
            "the row has more cells than its table has columns",
            where=where(source, row.place),
            fix="name the column in the header, or put the cells under the columns they belong to",
        )
        for _, row in layout.rows
        if width and any(row.cells[width:])
    ]
    if problems:
        raise KnowledgeError(problems)


def _texts(notes: Iterable[Note]) -> list[str]:
    return [note.text for note in notes]


def _markdown(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
