"""Tables of HTML pages: true grid positions under row and column spans, header rows, captions."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import html

from ragkit.ingest.blocks import Grid, Place, Row
from ragkit.ingest.formats.html_text import Gathered, is_hidden, own_words

_CELLS = frozenset(("td", "th"))
_SECTIONS = frozenset(("thead", "tbody", "tfoot"))
_LAYOUT_ROLES = frozenset(("presentation", "none"))
_STRUCTURE = frozenset(("table", "h1", "h2", "h3", "h4", "h5", "h6", "form", "article", "section"))
_BREAKING = frozenset(["p", "div", "li", "tr", "dt", "dd", "ul", "ol", "dl", "pre", "blockquote"])
_SILENT = frozenset(("script", "style", "template", "noscript", "svg", "select", "textarea"))
_WIDEST_CELL = 200  # columns; the standard has 1000, to no use
_WIDEST_TABLE = 500  # columns; a wider one is no table that anyone reads


class _Cell(NamedTuple):
    text: str
    column: int
    columns: int
    rows: int


def is_data_table(table: html.HtmlElement) -> bool:
    """Whether a table holds data: two rows and columns at least, and no structure in its cells."""
    if table.get("role") in _LAYOUT_ROLES:
        return False
    if any(each is not table and each.tag in _STRUCTURE for each in table.iter(*_STRUCTURE)):
        return False
    rows = [[cell.tag for cell in row if cell.tag in _CELLS] for row in _rows(table)]
    rows = [row for row in rows if row]
    return len(rows) >= 2 and max(map(len, rows)) >= 2


def read_grid(table: html.HtmlElement) -> tuple[Grid | None, list[int]]:
    """A data table as a grid, and the lines of its hidden words; None if it is none after all:
    empty, or too wide.
    """
    hidden: list[int] = []
    lines = list(_rows(table))
    shown = [row for row in lines if not _left_out(row, hidden)]
    placed: list[tuple[html.HtmlElement, dict[int, _Cell]]] = []
    for row, cells in zip(shown, _placed(shown, hidden), strict=True):
        if len(cells) > _WIDEST_TABLE:
            return None, []
        placed.append((row, cells))
    starts = sorted({cell.column for _, cells in placed for cell in cells.values() if cell.text})
    rows: list[Row] = []
    header = 0
    for row, cells in placed:
        texts = tuple(_at(cells, column) for column in starts)
        if not any(texts):
            continue
        if header == len(rows) and _is_header(row):
            header += 1
        rows.append(Row(texts, Place(line=row.sourceline or 1)))
    if not rows:
        return None, []
    captions = [_text(each, hidden) for each in table if each.tag == "caption"]
    caption = tuple(line for text in captions for line in text.split("\n") if line)
    return Grid(tuple(rows), header_rows=header or None, caption=caption), hidden


def _rows(table: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """The rows of a table as shown: the head first, the foot last, wherever they are written."""
    parts: dict[str, list[html.HtmlElement]] = {"thead": [], "tbody": [], "tfoot": []}
    for child in table:
        if child.tag == "tr":
            parts["tbody"].append(child)
        elif child.tag in _SECTIONS:
            parts[child.tag] += [row for row in child if row.tag == "tr"]
    for rows in parts.values():
        yield from rows


def _placed(rows: list[html.HtmlElement], hidden: list[int]) -> Iterator[dict[int, _Cell]]:
    """For each row its cells by every column they cover, those of rows above it too."""
    above: dict[int, tuple[int, _Cell]] = {}  # by column: how many rows more, and which cell
    section = None
    for index, row in enumerate(rows):
        if row.getparent() is not section:
            section, above = row.getparent(), {}  # no cell reaches into another part
        cells = {column: cell for column, (_, cell) in above.items()}
        above = {column: (left - 1, cell) for column, (left, cell) in above.items() if left > 1}
        column = 0
        for element in row:
            if element.tag not in _CELLS or _left_out(element, hidden):
                continue
            while column in cells:
                column += 1
            cell = _Cell(
                _text(element, hidden).replace("\n", " "),
                column,
                min(_span(element, "colspan") or 1, _WIDEST_CELL),
                # rowspan=0 reaches to the end of the table
                min(_span(element, "rowspan") or len(rows), len(rows) - index),
            )
            for covered in range(column, column + cell.columns):
                if covered not in cells:
                    cells[covered] = cell
                    if cell.rows > 1:
                        above[covered] = (cell.rows - 1, cell)
            column += cell.columns
        yield cells


def _span(element: html.HtmlElement, name: str) -> int:
    value = re.match(r"\s*(\d{1,6})", element.get(name) or "1", re.ASCII)
    return int(value[1]) if value else 1


def _at(cells: dict[int, _Cell], column: int) -> str:
    cell = cells.get(column)
    return cell.text if cell else ""


def _is_header(row: html.HtmlElement) -> bool:
    cells = [cell.tag for cell in row if cell.tag in _CELLS]
    parent = row.getparent()
    in_head = parent is not None and parent.tag == "thead"
    return bool(cells) and (in_head or all(tag == "th" for tag in cells))


def _left_out(element: html.HtmlElement, hidden: list[int]) -> bool:
    if not is_hidden(element):
        return False
    if own_words(element):
        hidden.append(element.sourceline or 1)
    return True


def _text(cell: html.HtmlElement, hidden: list[int]) -> str:
    """The words of a cell, its paragraphs and line breaks on lines of their own."""
    gathered = Gathered()
    gathered.add(cell.text or "", 1)
    waiting = [iter(cell)]
    opened: list[html.HtmlElement] = []
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
            if opened:
                _leave(gathered, opened.pop())
            continue
        if child.tag in _SILENT or _left_out(child, hidden):
            gathered.add(child.tail or "", 1)
            continue
        if child.tag == "br" or child.tag in _BREAKING:
            gathered.line_break(1)
        elif child.tag == "img":
            gathered.alternative(child.get("alt") or "", 1)
        gathered.add(child.text or "", 1, keep=child.tag == "pre")
        waiting.append(iter(child))
        opened.append(child)
    return gathered.text()


def _leave(gathered: Gathered, element: html.HtmlElement) -> None:
    if element.tag in _BREAKING:
        gathered.line_break(1)
    gathered.add(element.tail or "", 1)
