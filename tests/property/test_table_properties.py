"""What holds for every table: no cell is lost, and every sentence holds the cells of its row."""

import re

from hypothesis import given
from hypothesis import strategies as st

from ragkit.core.text import Locale
from ragkit.ingest.blocks import Grid, Place, Row
from ragkit.ingest.tables import Table, read_table

WORDS = st.sampled_from([
    *("地区", "运费（元）", "时效/天", "江浙沪", "新疆", "包邮", "是", "备注", "品牌", "营业时间"),
    *("单位：元", "6", "12元", "满59元", "1-2", "00123", "9:00-21:00", "2026", "注：顺延"),
    *("7天内可退。", "a|b"),
    *("自2026年9月1日起执行", "一、华东", "两行\n文字", "Fee ($)", "", "", ""),
])  # fmt: skip
CELLS = WORDS | st.text(max_size=6)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """Tables of any content; sometimes a cell is repeated beside or below itself, as if merged."""
    width = draw(st.integers(1, 5))
    rows: list[list[str]] = []
    for _ in range(draw(st.integers(0, 6))):
        cells = draw(st.lists(CELLS, min_size=width, max_size=width))
        for index in range(width):
            merged = draw(st.sampled_from("    --|"))
            if merged == "-" and index:
                cells[index] = cells[index - 1]
            elif merged == "|" and rows:
                cells[index] = rows[-1][index]
        rows.append(cells)
    header_rows = draw(st.none() | st.integers(0, 3))
    places = (Row(tuple(cells), Place(line)) for line, cells in enumerate(rows, start=1))
    return Grid(tuple(places), header_rows=header_rows)


def pieces(cell: str) -> list[str]:
    """The lines of a cell, which stand in one line when it is said.

    The unit of the whole table may stand before the end mark of the last: 7天内可退（单位：元）。
    """
    return [line.strip().rstrip("。.") for line in cell.splitlines() if line.strip()]


@given(grids(), st.sampled_from(Locale))
def test_no_cell_is_lost(grid: Grid, locale: Locale) -> None:
    table = read_table(grid, locale=locale, source="s")
    told = " ".join(
        [*table.caption, *(note.text for note in table.notes), *(row.text for row in table.rows)]
    )
    told += " ".join(table.head)
    for row in grid.rows:
        for cell in row.cells:
            for piece in pieces(cell):
                assert piece in told or piece.replace("|", "\\|") in told or _as_unit(piece, told)


def _names(table: Table) -> list[tuple[str, ...]]:
    return [each.path for each in table.columns]


def _as_unit(piece: str, told: str) -> bool:
    """Whether a header is told with its unit apart: 时效/天 as 时效（天）."""
    return all(part.strip("）) ") in told for part in re.split("[/（(]", piece))


@given(grids(), st.sampled_from(Locale))
def test_every_sentence_holds_the_cells_of_its_row(grid: Grid, locale: Locale) -> None:
    table = read_table(grid, locale=locale, source="s")
    rows = {row.place.line: row for row in grid.rows}
    for row in table.rows:
        for cell in rows[row.place.line].cells:
            for piece in pieces(cell):
                # the names of 运费（元） | 6 are in the row itself: 运费：6元
                assert piece in row.text or (not any(_names(table)) and _as_unit(piece, row.text))
        assert "\n" not in row.text
        assert len(row.cells) == len(table.columns)


@given(grids())
def test_rows_keep_their_order_and_stand_once(grid: Grid) -> None:
    table = read_table(grid, locale=Locale.ZH, source="s")
    lines = [row.place.line for row in table.rows]
    assert lines == sorted(set(lines))
