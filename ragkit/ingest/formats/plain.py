"""Plain text (.txt): paragraphs out of lines, and tables drawn with bars or tabs."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ragkit.core.text import HAN
from ragkit.ingest.blocks import Article, Block, BlockKind, Grid, Place, Row
from ragkit.ingest.clauses import find_marker
from ragkit.ingest.heads import HeadLine, is_head_line

_SENTENCE_END = re.compile(r"[。！？!?…；;：:.][”’」』）)】》\]\"']*\s*$")
_TIGHT = re.compile(rf"[{HAN}\u3000-\u303f\uff01-\uff65“”‘’]")  # no blank beside it
_BORDER = re.compile(r"[\s|│┃+\-=_:─━═┌┬┐├┼┤└┴┘╔╦╗╠╬╣╚╩╝]+")
_DRAWN = re.compile(r"[-=─━═]{2}")
_RULE = re.compile(r"\s*([-=_*~─━═—])(?:\s*\1){2,}\s*")
_BARS = re.compile(r"[|│┃｜]")
_MARKDOWN_RULE = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?\s*)?")
_PARAGRAPH_INDENT = re.compile(r"\u3000")
_LIST_MARK = re.compile(r"\s*(?:[-*+•●■◆▪·]\s+|[【※★☆])")
_WRAPPED_AT_MOST = 160  # columns; longer lines are paragraphs of their own
_FULL = 0.7  # of the widest line: a line as wide as that was cut for lack of room
_NARROW = 20  # columns: nobody wraps lines at less


@dataclass(frozen=True)
class _Line:
    text: str
    number: int


def read_plain(text: str, *, first_line: int = 1) -> Article:
    """The blocks of `text`; `first_line` is where it starts in its file.

    Lines that were cut for lack of room are put together again; a blank line, a clause number, an
    indent of full-width blanks and a line of metadata begin a paragraph. No text gives no blocks.
    """
    lines = [_Line(line, number) for number, line in enumerate(text.split("\n"), first_line)]
    width = max((_width(line.text) for line in lines if not _cells(line.text)), default=0)
    blocks: list[Block] = []
    paragraph: list[_Line] = []
    index = 0
    while index < len(lines):
        table = _table(lines, index)
        if table:
            blocks += [*_paragraph(paragraph), table[0]]
            paragraph = []
            index += table[1]
            continue
        line = lines[index]
        if paragraph and not _goes_on(paragraph[-1].text, line.text, width):
            blocks += _paragraph(paragraph)
            paragraph = []
        if line.text.strip() and not _RULE.fullmatch(line.text):
            paragraph.append(line)
        index += 1
    return Article((*blocks, *_paragraph(paragraph)))


def join(left: str, right: str) -> str:
    """Two halves of a line, with a blank between them unless Chinese stands at the seam."""
    if not left or not right:
        return left + right
    if left[-1] == "-" and left[-2:-1].isalpha() and right[0].islower():
        return left + right
    tight = _TIGHT.match(left[-1]) or _TIGHT.match(right[0])
    return left + right if tight else f"{left} {right}"


def reads_on(line: str, width: int = 0) -> bool:
    """Whether a sentence goes on behind a line of that text: it is full, or ends in a comma.

    `width` is that of the widest line around, in columns; a Han character takes two.
    """
    if line.rstrip().endswith(("，", "、")):
        return True
    full = max(_NARROW * 2 if not width else _NARROW, _FULL * width)
    return _width(line) >= full and not _SENTENCE_END.search(line)


def _goes_on(line: str, following: str, width: int) -> bool:
    return (
        bool(following.strip())
        and width <= _WRAPPED_AT_MOST
        and reads_on(line.strip(), width)
        and not _PARAGRAPH_INDENT.match(following)
        and not _LIST_MARK.match(following)
        and not _RULE.fullmatch(following)
        and find_marker(following) is None
        and not is_head_line(HeadLine(following, 1))
        and not is_head_line(HeadLine(line, 1))
    )


def _paragraph(lines: Sequence[_Line]) -> Iterator[Block]:
    text = ""
    for line in lines:
        text = join(text, re.sub(r"[ \t\xa0]+", " ", line.text).strip())
    if text:
        yield Block(BlockKind.PARAGRAPH, Place(lines[0].number), text)


def _width(text: str) -> int:
    """Columns that a text takes on a screen."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text.rstrip())


def _table(lines: Sequence[_Line], first: int) -> tuple[Block, int] | None:
    """The table that begins at `first`, and how many lines it takes; None if there is none."""
    rows: list[Row] = []
    header: int | None = None
    taken = 0
    for index in range(first, len(lines)):
        line = lines[index]
        if rows and header is None and _MARKDOWN_RULE.fullmatch(line.text):
            header = len(rows)
        elif not _is_border(line.text):
            cells = _cells(line.text)
            if not cells or (rows and not _fits(cells, rows[0].cells)):
                break
            rows.append(Row(cells, Place(line.number)))
        taken += 1
    if len(rows) < 2:
        return None
    columns = max(len(row.cells) for row in rows)
    filled = tuple(Row(row.cells + ("",) * (columns - len(row.cells)), row.place) for row in rows)
    grid = Grid(filled, header)
    return Block(BlockKind.TABLE, rows[0].place, grid=grid), taken


def _is_border(text: str) -> bool:
    return _BORDER.fullmatch(text) is not None and _DRAWN.search(text) is not None


def _fits(cells: tuple[str, ...], first: tuple[str, ...]) -> bool:
    return abs(len(cells) - len(first)) <= 1


def _cells(text: str) -> tuple[str, ...]:
    """The cells of a line with bars or tabs; `()` for other lines, and for a clause with a tab."""
    stripped = text.strip()
    if len(_BARS.findall(stripped)) >= 1:
        cells = [cell.strip() for cell in _BARS.split(stripped)]
        bordered = len(cells) > 2 and not cells[0] and not cells[-1]
        cells = cells[1:-1] if bordered else cells
    else:
        cells = [cell.strip() for cell in stripped.split("\t")]
        marker = find_marker(stripped)
        if marker and not cells[0][marker.end :].strip() and len(cells) == 2:
            return ()
    return tuple(cells) if len(cells) > 1 and any(cells) else ()
