"""The outline of an article: which of its lines are headings, and which number each begins with."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ragkit.core.text import HAN
from ragkit.ingest.blocks import Article, Block, BlockKind, Grid, Place
from ragkit.ingest.clauses import Marker, Style, automatic_marker, clause_lines, find_marker
from ragkit.ingest.heads import HeadLine, is_head_line, is_head_table
from ragkit.ingest.layout import UNIT_LINE, lay_out

_LONGEST_HEADING = 60  # characters: a heading style on more is a matter of looks
_LONGEST_LINE = 30  # characters of a heading without style; twice that where there are no Han
_BELOW_STYLES = 10  # levels: headings without style stand below those with one
_TOP_ITEMS = 30  # how far down metadata is looked for
_ENDS = re.compile(r"[。；;！!.]\s*$")
_WITHIN = re.compile(r"[。；;！!？?，,]|[:：](?!\s*$)")
_PRICE = re.compile(r"[¥￥$€]|[\d一二三四五六七八九十百千万]\s*(?:元|块|折|%|％)")
_LEADS_IN = re.compile(r"下列|以下|如下|following", re.IGNORECASE)  # 下列商品不退：
# A list may stand behind their colon.
_LEADERS = (Style.ARTICLE, Style.DOTTED, Style.NUMBER, Style.HAN_PAREN)
_ITEMS = (Style.HAN_PAREN, Style.NUMBER_PAREN, Style.CIRCLED)
_TABLE_NAME = re.compile(
    r"(?:附?表|Table)\s*[\d一二三四五六七八九十][\d一二三四五六七八九十.-]*(?!\w{0,3}[列所])"
)


@dataclass(frozen=True)
class Item:
    """A heading, a paragraph or part of one, or a table; `text` has its automatic number.

    `markers` are the numbers it begins with, from the outside in: 第五条（一）. The `level` of
    headings counts from 0, the title; it orders them and may leave gaps.
    """

    kind: BlockKind
    place: Place
    text: str = ""
    markers: tuple[Marker, ...] = ()
    level: int = 0
    grid: Grid | None = None

    @property
    def start(self) -> int:
        """Where the text behind the numbers begins."""
        return self.markers[-1].end if self.markers else 0


def outline(article: Article) -> tuple[Item, ...]:
    """The items of an article in order, empty ones left out.

    Headings without style are found where the format names at most one heading.
    """
    items = [item for block in article.blocks for item in _items(block)]
    items = _with_captions(_with_title(items, article.title))
    if sum(item.kind is BlockKind.HEADING and item.level > 0 for item in items) <= 1:
        found = [_recognised(items, index) for index in range(len(items))]
        # Where one 1. is a heading, those that might be a step of a list are headings as well.
        sections = any(
            each.level and each.markers and each.markers[0].style is Style.NUMBER for each in found
        )
        items = [_recognised(found, index, sections=sections) for index in range(len(found))]
    return tuple(_told(items, index) for index in range(len(items)))


def top(items: Sequence[Item]) -> Iterator[tuple[int, HeadLine]]:
    """What stands above the first clause or section, line by line, with the index of its item."""
    headings = 0
    for index, item in enumerate(items[:_TOP_ITEMS]):
        headings += item.kind is BlockKind.HEADING
        if item.markers or headings > 1:
            return
        if item.grid:
            rows = [HeadLine("", row.place.line, row.cells) for row in item.grid.rows]
            yield from ((index, row) for row in rows if is_head_table(rows))
        elif item.kind is BlockKind.PARAGRAPH:
            for offset, line in enumerate(item.text.split("\n")):
                yield index, HeadLine(line, item.place.line + offset)


def untold(items: Sequence[Item]) -> frozenset[int]:
    """Indexes of the items that are metadata and nothing else."""
    lines: dict[int, list[HeadLine]] = {}
    for index, line in top(items):
        lines.setdefault(index, []).append(line)
    return frozenset(
        index for index, held in lines.items() if items[index].grid or all(map(is_head_line, held))
    )


def captions(items: Sequence[Item]) -> Iterator[HeadLine]:
    """The lines above the only table of an article: what they say holds for all of it."""
    metadata = untold(items)
    tables = [item for index, item in enumerate(items) if item.grid and index not in metadata]
    if len(tables) != 1 or tables[0].grid is None:
        return
    for text in tables[0].grid.caption:
        yield HeadLine(text, tables[0].place.line)
    for note in lay_out(tables[0].grid).caption:
        yield HeadLine(note.text, note.place.line)


def _items(block: Block) -> Iterator[Item]:
    if block.kind is BlockKind.TABLE:
        if block.grid and any(cell.strip() for row in block.grid.rows for cell in row.cells):
            yield Item(block.kind, block.place, grid=block.grid)
        return
    text, number = _clean(block.text), (block.number or "").strip()
    if not text:
        return
    if number:
        lead = number if number[-1] in "、）)：" else f"{number} "
        marker = automatic_marker(number, len(lead))
        yield _heading_or_not(block, Item(block.kind, block.place, lead + text, (marker,)))
    elif block.kind is BlockKind.HEADING:
        text = " ".join(text.split("\n"))
        marked = find_marker(text, heading=True)
        markers = (marked,) if marked else ()
        yield _heading_or_not(block, Item(block.kind, block.place, text, markers))
    else:
        for offset, piece in clause_lines(text):
            stripped = piece.strip()
            if stripped:
                place = replace(block.place, line=block.place.line + offset)
                yield Item(block.kind, place, stripped, tuple(_markers(stripped)))


def _heading_or_not(block: Block, item: Item) -> Item:
    """The item, as a paragraph where a heading style was put on a clause."""
    if block.kind is not BlockKind.HEADING:
        return item
    if len(item.text) > _LONGEST_HEADING or re.search(r"。|[；;]\s*$", item.text):
        return replace(item, kind=BlockKind.PARAGRAPH)
    return replace(item, level=max(block.level, 1))


def _markers(text: str) -> Iterator[Marker]:
    """第五条（一）: the number of a clause, and of the item that begins in the same line."""
    marker = find_marker(text)
    end = 0
    while marker:
        yield replace(marker, end=end + marker.end)
        end += marker.end
        inner = find_marker(text[end:])
        marker = inner if inner and inner.style in _ITEMS and inner.style != marker.style else None


def _clean(text: str) -> str:
    """The text as UTF-8 can write it, with one kind of line break, no white space around it."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text).strip()


def _with_title(items: list[Item], title: str | None) -> list[Item]:
    """The first line as a heading where it reads like a title."""
    if len(items) < 2 or items[0].kind is not BlockKind.PARAGRAPH:
        return items
    first = items[0]
    named = first.text == title
    if named or (not first.markers and _is_short(first.text) and not _looks_like_head(first.text)):
        return [replace(first, kind=BlockKind.HEADING, level=0), *items[1:]]
    return items


def _looks_like_head(text: str) -> bool:
    return text[-1] in ":：" or is_head_line(HeadLine(text, 1))


def _is_short(text: str) -> bool:
    longest = _LONGEST_LINE if re.search(f"[{HAN}]", text) else 2 * _LONGEST_LINE
    return (
        0 < len(text.strip()) <= longest
        and "\n" not in text
        and not _WITHIN.search(text)
        and not _PRICE.search(text)
        and not _LEADS_IN.search(text)
        and not _ENDS.search(text)
        and any(char.isalpha() for char in text)
    )


def _with_captions(items: list[Item]) -> list[Item]:
    """表1 运费标准 and 单位：元 right above a table, put into its caption."""
    kept: list[Item] = []
    for item in items:
        captions: list[str] = []
        while item.grid and kept and _is_caption(kept[-1]):
            captions.insert(0, kept.pop().text)
        if item.grid and captions:
            grid = replace(item.grid, caption=(*captions, *item.grid.caption))
            item = replace(item, grid=grid)
        kept.append(item)
    return kept


def _is_caption(item: Item) -> bool:
    text = item.text
    return (
        item.kind is BlockKind.PARAGRAPH
        and len(text) <= _LONGEST_HEADING
        and not _ENDS.search(text)
        and (_TABLE_NAME.match(text) or UNIT_LINE.fullmatch(text.strip("（）() "))) is not None
    )


def _recognised(items: Sequence[Item], index: int, *, sections: bool = False) -> Item:
    """The item, as a heading where its number, its length and what follows say that it is one."""
    item = items[index]
    if item.kind is not BlockKind.PARAGRAPH or len(item.markers) > 1 or index + 1 == len(items):
        return item
    marker = item.markers[0] if item.markers else find_marker(item.text, heading=True)
    if marker is None or marker.rank is None:
        return item
    rest = item.text[marker.end :]
    chapter = marker.style is Style.CHAPTER
    if not _is_short(rest) and not (chapter and not rest):
        return item
    if marker.style in _LEADERS and rest.rstrip()[-1:] in (":", "："):
        return item
    if not chapter and not _opens_section(marker, items[index + 1], sections):
        return item
    level = _BELOW_STYLES + marker.rank
    return replace(item, kind=BlockKind.HEADING, markers=(marker,), level=level)


def _opens_section(marker: Marker, following: Item, sections: bool) -> bool:
    """Whether what follows a numbered line stands below it, not beside it."""
    rank = marker.rank or 0
    if following.kind is BlockKind.TABLE:
        return True
    inner = following.markers[0] if following.markers else None
    if inner is None:
        inner = find_marker(following.text, heading=True)
    if inner is not None:
        return inner.rank is None or inner.rank > rank
    if marker.style is Style.NUMBER and not sections:  # a step of a list, explained
        return False
    return bool(_ENDS.search(following.text)) or len(following.text) >= _LONGEST_LINE


def _told(items: Sequence[Item], index: int) -> Item:
    """The item; a heading with nothing below it, but the title, as a paragraph: it says it all."""
    item = items[index]
    if item.kind is not BlockKind.HEADING:
        return item
    following = items[index + 1] if index + 1 < len(items) else None
    if following is None:
        return replace(item, kind=BlockKind.PARAGRAPH)
    if following.kind is BlockKind.HEADING and following.level <= item.level and index > 0:
        return replace(item, kind=BlockKind.PARAGRAPH)
    return item
