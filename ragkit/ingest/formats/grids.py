"""The tables on a sheet: what blank rows and columns keep apart, and the lines between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ragkit.core.errors import Problem
from ragkit.ingest.blocks import Block, BlockKind, Grid, Place, Row

_MAX_CAPTION = (3, 60)  # rows, characters in a row: longer texts are no titles


@dataclass(frozen=True)
class Sheet:
    """A sheet as rows, one blank row wherever it has some; `name` is None for a text file."""

    name: str | None
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Sheets:
    """Every visible sheet that holds anything, and what of the file was left out."""

    sheets: tuple[Sheet, ...]
    notices: tuple[Problem, ...] = ()


def to_blocks(sheets: Sheets) -> tuple[Block, ...]:
    """Tables and the lines between them; several sheets have their names as headings."""
    blocks: list[Block] = []
    for sheet in sheets.sheets:
        if len(sheets.sheets) > 1 and sheet.name is not None:
            place = Place(line=1, sheet=sheet.name)
            blocks.append(Block(BlockKind.HEADING, place, text=sheet.name, level=1))
        blocks += _sheet_blocks(list(tables(sheet.rows)))
    return tuple(blocks)


def tables(rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
    """The pieces of a sheet between blank rows and blank columns, each without blank edges."""
    for band in _bands(rows):
        width = max(len(row.cells) for row in band)
        used = [
            any(index < len(row.cells) and row.cells[index] for row in band)
            for index in range(width)
        ]
        groups = _runs(used)
        if len(groups) == 1:
            yield _cut(band, *groups[0])
            continue
        for start, end in groups:
            yield from tables(_cut(band, start, end))


def _bands(rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
    for start, end in _runs([any(row.cells) for row in rows]):
        yield tuple(rows[start:end])


def _runs(used: Sequence[bool]) -> list[tuple[int, int]]:
    """Half-open runs of True."""
    edges = [False, *used, False]
    starts = [i for i in range(len(used)) if edges[i + 1] and not edges[i]]
    ends = [i for i in range(1, len(used) + 1) if edges[i] and not edges[i + 1]]
    return list(zip(starts, ends, strict=True))


def _cut(rows: Sequence[Row], start: int, end: int) -> tuple[Row, ...]:
    return tuple(Row(row.cells[start:end], row.place) for row in rows)


def _texts(row: Row) -> list[str]:
    return list(dict.fromkeys(cell for cell in row.cells if cell))


def _is_caption(piece: Sequence[Row]) -> bool:
    rows, characters = _MAX_CAPTION
    return len(piece) <= rows and all(len(_texts(row)[0]) <= characters for row in piece)


def _sheet_blocks(pieces: Sequence[tuple[Row, ...]]) -> list[Block]:
    """Tables with the titles above them; other lines are paragraphs."""
    blocks: list[Block] = []
    caption: list[Row] = []
    for piece in pieces:
        if all(len(_texts(row)) == 1 for row in piece):
            if _is_caption(piece):
                caption += piece
            else:
                blocks += [_paragraph(row) for row in (*caption, *piece)]
                caption = []
            continue
        lines = tuple(_texts(row)[0] for row in caption)
        caption = []
        blocks.append(Block(BlockKind.TABLE, piece[0].place, grid=Grid(piece, caption=lines)))
    return [*blocks, *map(_paragraph, caption)]


def _paragraph(row: Row) -> Block:
    return Block(BlockKind.PARAGRAPH, row.place, text=_texts(row)[0])
