"""From the lines and tables of all pages to blocks: running heads left out, paragraphs joined."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ragkit.ingest.blocks import Block, BlockKind, Grid, Place, Row
from ragkit.ingest.formats.pdf_glyphs import is_wide, joined
from ragkit.ingest.formats.pdf_layout import Item, Line, Table
from ragkit.ingest.formats.pdf_running import running_heads

# What begins a paragraph of its own: clause numbers, list numbers and bullets.
_MARK = re.compile(
    r"第[\d一二三四五六七八九十百零〇两]{1,6}[编章节条款项]|"
    r"[一二三四五六七八九十]{1,3}[、.．]|"
    r"[(（][\d一二三四五六七八九十a-zA-Z]{1,3}[)）]|"
    r"\d{1,3}(?:\.\d{1,3}){1,4}(?=[\s、.:：]|[^\W\d_a-zA-Z])(?![元万千百个件天日月年小公千斤吨米倍折%])|"
    r"\d{1,3}(?:[、)）．]|\.(?=\s|[^\W\d_a-zA-Z]))|[a-zA-Z][.)]\s|"
    r"[•·●○■□◆◇▪►➢✓※]|[-–—*]\s|[①-⑳]|(?:问|答|Q|A|注|附)\d*[:：]"
)
_SENTENCE_END = re.compile(r"[。！？!?；;.:：…][”’」』）)】》\"']*$")
_HEADING_END = re.compile(r"[。；;，,、！!]$|[a-z]\.$")
_FIRST_WORD = re.compile(r"[!-~]+")
_MID_WORD = re.compile(r"[a-z,][-\u2010\u00ad]?$")
_LONGEST_HEADING = 60  # characters; a longer line in large print is a notice to be read

# In units of the font size.
_LARGER = 1.12  # a heading of 12 points over a body of 10.5, the usual sizes of Word
_INDENT = 0.9  # Chinese paragraphs are indented by two characters, lists by one or more
_SHORT = 1.5  # how much room at the end of a line justified text never leaves
_RAGGED = 0.12  # of a column: what a line may leave free that does not end a sentence


class Page(NamedTuple):
    """A page as read: its number from 1, its height in points, what stands on it."""

    number: int
    height: float
    items: Sequence[Item]


@dataclass(frozen=True)
class _Numbered:
    item: Item
    place: Place


@dataclass
class _Paragraph:
    """A paragraph while its lines are gathered."""

    lines: list[Line]
    place: Place
    text: str
    level: int
    page: int | None  # of the last line


def to_blocks(pages: Sequence[Page]) -> tuple[Block, ...]:
    """The blocks of a document, in reading order over all pages."""
    running = running_heads([(page.number, page.height, page.items) for page in pages])
    numbered = [each for page in pages for each in _numbered(page)]
    kept = [each for each in numbered if id(each.item) not in running]
    body = _body_size(kept)
    levels = _levels(kept, body)
    pitch = _pitch(kept)
    edge = _right_edge(kept)
    blocks: list[Block] = []
    open_: _Paragraph | None = None
    for each in kept:
        item = each.item
        if isinstance(item, Table):
            blocks += _closed(open_)
            open_ = None
            _add_table(blocks, item, each.place)
            continue
        level = _level(item, levels, body)
        if open_ and _goes_on(open_, item, level, each.place, pitch, edge):
            open_.text = joined(open_.text, item.text)
            open_.lines.append(item)
            open_.page = each.place.page
        else:
            blocks += _closed(open_)
            open_ = _Paragraph([item], each.place, item.text, level, each.place.page)
    return (*blocks, *_closed(open_))


def _numbered(page: Page) -> Iterator[_Numbered]:
    """What stands on a page with its line: table rows count as one line each."""
    line = 1
    for item in page.items:
        yield _Numbered(item, Place(line=line, page=page.number))
        line += len(item.rows) if isinstance(item, Table) else 1


def _closed(paragraph: _Paragraph | None) -> Iterator[Block]:
    if paragraph is None or not paragraph.text:
        return
    kind = BlockKind.HEADING if paragraph.level else BlockKind.PARAGRAPH
    yield Block(kind, paragraph.place, text=paragraph.text, level=paragraph.level)


def _add_table(blocks: list[Block], table: Table, place: Place) -> None:
    """Adds a table, or its rows to the table that was cut off by the end of the page before."""
    found = [
        Row(cells, Place(line=place.line + index, page=place.page))
        for index, cells in enumerate(table.rows)
    ]
    above = blocks[-1] if blocks else None
    if (
        above is not None
        and above.grid is not None
        and place.page != above.grid.rows[-1].place.page
        and len(above.grid.rows[0].cells) == len(found[0].cells)
    ):
        again = found[0].cells == above.grid.rows[0].cells
        grid = Grid(rows=(*above.grid.rows, *found[again:]))
        blocks[-1] = Block(BlockKind.TABLE, above.place, grid=grid)
        return
    blocks.append(Block(BlockKind.TABLE, place, grid=Grid(rows=tuple(found))))


def _lines(numbered: Sequence[_Numbered]) -> Iterator[Line]:
    yield from (each.item for each in numbered if isinstance(each.item, Line))


def _body_size(numbered: Sequence[_Numbered]) -> float:
    """The font size most of the text is set in; 0 without text."""
    sizes: Counter[float] = Counter()
    for line in _lines(numbered):
        sizes[round(line.segment.size * 2) / 2] += len(line.text)
    return max(sizes, key=lambda size: (sizes[size], -size), default=0.0)


def _levels(numbered: Sequence[_Numbered], body: float) -> list[float]:
    """The sizes of headings, largest first; a heading in bold of body size is below them."""
    sizes = {round(line.segment.size * 2) / 2 for line in _lines(numbered) if _is_large(line, body)}
    return sorted(sizes, reverse=True)[:5]


def _is_large(line: Line, body: float) -> bool:
    return (
        line.segment.size >= _LARGER * body
        and len(line.text) <= _LONGEST_HEADING
        and not _HEADING_END.search(line.text)
        and any(char.isalpha() for char in line.text)
    )


def _level(line: Line, levels: Sequence[float], body: float) -> int:
    """The level of a heading from 1, or 0."""
    if _is_large(line, body):
        size = round(line.segment.size * 2) / 2
        return next((i for i, each in enumerate(levels, 1) if size >= each), len(levels))
    bold = line.segment.bold and line.segment.size >= 0.95 * body
    if bold and len(line.text) <= _LONGEST_HEADING and not _SENTENCE_END.search(line.text):
        return len(levels) + 1
    return 0


def _pitch(numbered: Sequence[_Numbered]) -> float:
    """The usual distance of lines within a paragraph, in font sizes; 1.5 where none is seen."""
    seen: Counter[float] = Counter()
    before: Line | None = None
    for line in _lines(numbered):
        if before and before.left == line.left and line.segment.y - before.segment.y > 0:
            pitch = (line.segment.y - before.segment.y) / line.segment.size
            if pitch < 3:
                seen[round(pitch, 1)] += 1
        before = line
    return max(seen, key=lambda pitch: (seen[pitch], -pitch), default=1.5)


def _right_edge(numbered: Sequence[_Numbered]) -> dict[int, float]:
    """How far lines reach at most, by the left edge of their column in tens of points."""
    reach: dict[int, float] = {}
    for line in _lines(numbered):
        key = round(line.left / 10)
        reach[key] = max(reach.get(key, 0.0), line.segment.x1)
    return reach


def _goes_on(
    paragraph: _Paragraph,
    line: Line,
    level: int,
    place: Place,
    pitch: float,
    edge: dict[int, float],
) -> bool:
    """Whether a line goes on with the paragraph above it."""
    last = paragraph.lines[-1].segment
    here = line.segment
    if level != paragraph.level or abs(here.size - last.size) > 0.1 * last.size:
        return False
    if _MARK.match(line.text) or (level and place.page != paragraph.page):
        return False
    pages = (place.page or 0) - (paragraph.page or 0)
    if pages > 1:
        return False
    moved = pages == 1 or here.y <= last.y  # a new page or column
    if not moved and (here.y - last.y) > (pitch + 0.35) * here.size:
        return False
    if moved and _SENTENCE_END.search(paragraph.text) and not _first_is_indented(paragraph):
        return False
    if level:
        return not moved
    column = paragraph.lines[-1]
    right = max(column.right, edge.get(round(column.left / 10), 0.0))
    if column.right < 0.75 * right:
        right = column.right  # one of several columns
    if right - last.x1 > _width(line) + _room(paragraph, line, right):
        return False
    return not _is_indented(paragraph, line, moved)


def _room(paragraph: _Paragraph, line: Line, right: float) -> float:
    """How much room a line may leave, in points, for the next one to go on with its sentence."""
    text, last = paragraph.text, paragraph.lines[-1]
    if _MID_WORD.search(text) and line.text[0].islower():
        return right
    if _SENTENCE_END.search(text):
        return _SHORT * last.segment.size
    return max(_SHORT * last.segment.size, _RAGGED * (right - last.left))


def _width(line: Line) -> float:
    """The room that the first word of a line takes, in points."""
    word = _FIRST_WORD.match(line.text)
    if not word or is_wide(line.text[0]):
        return line.segment.size
    share = (line.segment.x1 - line.segment.x0) / len(line.text)
    return min(len(word[0]) * share, 20 * share)


def _first_is_indented(paragraph: _Paragraph) -> bool:
    first = paragraph.lines[0]
    return first.segment.x0 - first.left > _INDENT * first.segment.size


def _is_indented(paragraph: _Paragraph, line: Line, moved: bool) -> bool:
    """Whether a line starts further right or left than the paragraph's next line would."""
    first, last = paragraph.lines[0], paragraph.lines[-1]
    step = _INDENT * line.segment.size
    if moved:
        return line.segment.x0 - line.left > step
    if _MARK.match(first.text):
        if len(paragraph.lines) == 1:
            return line.segment.x0 < first.segment.x0 - 3 * step
        return line.segment.x0 > last.segment.x0 + step
    return line.segment.x0 > last.segment.x0 + step
