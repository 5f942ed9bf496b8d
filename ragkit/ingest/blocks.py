"""What every document format is read into: headings, paragraphs and tables, in reading order."""

from dataclasses import dataclass
from enum import StrEnum

from ragkit.core.errors import Problem


@dataclass(frozen=True)
class Place:
    """Where a block stands in its file; `line` as in `core.documents.Part`."""

    line: int
    page: int | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Row:
    """A table row: its cells as shown, merged ones repeated into every cell they cover."""

    cells: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Grid:
    """A table as it stands, before it is known which of its rows are the header.

    `header_rows` is how many are, where the format says so. `caption` holds the lines that belong
    to the whole table: a title, “单位：元”, a period.
    """

    rows: tuple[Row, ...]
    header_rows: int | None = None
    caption: tuple[str, ...] = ()


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    TABLE = "table"


@dataclass(frozen=True)
class Block:
    """One block. `level` counts from 1 for headings; `number` is an automatic number such as 第一条
    that the format keeps apart from the text; a table has its `grid` and no text.
    """

    kind: BlockKind
    place: Place
    text: str = ""
    level: int = 0
    number: str | None = None
    grid: Grid | None = None


@dataclass(frozen=True)
class Article:
    """A file as it reads. `title` is what the format itself calls it, if it does."""

    blocks: tuple[Block, ...]
    title: str | None = None
    notices: tuple[Problem, ...] = ()
