"""From an article, of whatever format, to the text of a policy and its parts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ragkit.core.documents import Part, PartKind
from ragkit.core.errors import Problem
from ragkit.core.text import Locale, Span
from ragkit.ingest.blocks import BlockKind, Grid, Place
from ragkit.ingest.clauses import Stack, below, cited_name
from ragkit.ingest.outline import Item, untold
from ragkit.ingest.saying import columns_sentence
from ragkit.ingest.tables import read_table, where

_LONGEST_LEAD = 60  # characters of the line above a list that is searched with each of its items
LONGEST_SECTION = 1200  # characters: a longer one is too much to be read along with a clause


@dataclass(frozen=True)
class Reading:
    """The text that can be quoted, and its parts in order."""

    text: str
    parts: tuple[Part, ...]
    notices: tuple[Problem, ...] = ()


def read_items(items: Sequence[Item], *, title: str, locale: Locale, source: str) -> Reading:
    """Put the text of a document together: one line for each heading and paragraph, then tables.

    Clauses, paragraphs, table rows and notes become parts; headings become their heading path, and
    metadata above the first clause stays in the text alone. Raises `KnowledgeError` for a table
    whose rows do not fit its header.
    """
    reader = _Reader(title, locale, source)
    metadata = untold(items)
    for index, item in enumerate(items):
        if item.kind is BlockKind.HEADING:
            reader.heading(item)
        elif item.grid:
            reader.table(item.grid, item.place, told=index not in metadata)
        else:
            reader.paragraph(item, told=index not in metadata)
    reader.end_section()
    return Reading(reader.text, tuple(reader.parts), tuple(reader.notices))


def title_of(items: Sequence[Item]) -> str | None:
    """The first heading, unless it names but a part: 第一章 总则, or a sheet of a workbook."""
    for item in items:
        if item.kind is BlockKind.HEADING:
            return item.text if not item.markers and item.place.sheet is None else None
    return None


def _no_rows(place: Place, source: str) -> Problem:
    return Problem(
        "the table has a header and no rows",
        where=where(source, place),
        fix="fill in its rows, or remove the table",
    )


@dataclass(frozen=True)
class _Open:
    """A heading that holds: its level, text, and the numbers that hold below it."""

    level: int
    text: str
    stack: Stack


@dataclass(frozen=True)
class _Held:
    """A part of the current section: its index, where its line starts, its outermost number."""

    index: int
    start: int
    root: str | None


class _Reader:
    """Takes items in order; what holds at the moment is its headings and clause numbers."""

    def __init__(self, title: str, locale: Locale, source: str) -> None:
        self.parts: list[Part] = []
        self.notices: list[Problem] = []
        self._lines: list[str] = []
        self._length = 0  # of the text so far
        self._title, self._locale, self._source = title, locale, source
        self._open: list[_Open] = []
        self._stack: Stack = ()
        self._lead: _Open | None = None  # what leads in a list: 下列情形视为不完好：
        self._section = 0  # where the text of the current section begins
        self._in_section: list[_Held] = []

    @property
    def text(self) -> str:
        return "".join(self._lines)

    def heading(self, item: Item) -> None:
        self.end_section()
        self._lead = None
        while self._open and self._open[-1].level >= item.level:
            self._open.pop()
        self._stack = self._open[-1].stack if self._open else ()
        for marker in item.markers:
            self._stack = below(self._stack, marker)
        self._line(item.text)
        self._section = self._length
        if item.text != self._title:
            self._open.append(_Open(item.level, item.text, self._stack))

    def paragraph(self, item: Item, *, told: bool) -> None:
        for marker in item.markers:
            self._stack = below(self._stack, marker)
        if self._lead and self._lead.stack != self._stack[: len(self._lead.stack)]:
            self._lead = None
        start = self._line(item.text)
        self._leave_out(told)
        behind = item.text[item.start :]
        if behind.strip() and told:
            offset = start + item.start + len(behind) - len(behind.lstrip())
            root = self._stack[0].label if self._stack else None
            self._in_section.append(_Held(len(self.parts), start, root))
            self._part(PartKind.CLAUSE, behind.strip(), offset, item.place)
        lead = re.split("[。；;]", behind.strip())[-1]
        if told and lead.endswith(("：", ":")) and len(lead) <= _LONGEST_LEAD:
            self._lead = _Open(0, lead, self._stack)

    def table(self, grid: Grid, place: Place, *, told: bool) -> None:
        table = read_table(grid, locale=self._locale, source=self._source)
        first = self._length
        head = "\n".join(table.head)
        if head:
            self._line(head)
        found: list[tuple[PartKind, str, int, int, Place]] = []  # kind, wording, start, end, place
        for row in filter(lambda each: each.line, table.rows):
            start = self._line(row.line)
            found.append((PartKind.ROW, row.text, start, start + len(row.line), row.place))
        for note in table.notes:
            start = self._line(note.text)
            found.append((PartKind.CLAUSE, note.text, start, start + len(note.text), note.place))
        if not found and table.columns and told:  # a header alone says what it is about
            said = columns_sentence(table.columns, self._locale)
            found.append((PartKind.ROW, said, first, first + len(head), place))
            self.notices.append(_no_rows(place, self._source))
        elif not found and head:
            found.append((PartKind.CLAUSE, head, first, first + len(head), place))
        self._leave_out(told)
        whole = Span(start=first, end=self._length - 1) if found else None
        for kind, wording, start, end, at in found if told else ():
            span = Span(start=start, end=end)
            self._add(kind, wording, span, at, whole if span != whole else None, table.titles)

    def _leave_out(self, told: bool) -> None:
        """Let the section begin below what is told to nobody, where nothing else is above it."""
        if not told and not self._in_section:
            self._section = self._length

    def end_section(self) -> None:
        """Give the parts of the section that ends here the section, or their clause, to read."""
        section = (self._section, self._length - 1)  # without its last line break
        for _, group in groupby(self._in_section, key=lambda each: each.root):
            held = list(group)
            around = section
            if section[1] - section[0] > LONGEST_SECTION and held[0].root and len(held) > 1:
                around = (held[0].start, self.parts[held[-1].index].span.end)
            for each in held:
                self._read_with(each.index, *around)
        self._in_section = []
        self._section = self._length

    def _read_with(self, index: int, start: int, end: int) -> None:
        """Make the slice the parent of a part, where it is more than the part and not too much."""
        part = self.parts[index]
        if part.span.end - part.span.start < end - start <= LONGEST_SECTION:
            parent = Span(start=start, end=end)
            self.parts[index] = part.model_copy(update={"parent": parent})

    def _line(self, text: str) -> int:
        start = self._length
        self._lines.append(f"{text}\n")
        self._length += len(text) + 1
        return start

    def _part(self, kind: PartKind, wording: str, start: int, place: Place) -> None:
        span = Span(start=start, end=start + len(wording))
        within = self._lead if self._lead and len(self._stack) > len(self._lead.stack) else None
        self._add(kind, wording, span, place, None, (within.text,) if within else ())

    def _add(
        self,
        kind: PartKind,
        wording: str,
        span: Span,
        place: Place,
        parent: Span | None,
        titles: tuple[str, ...] = (),
    ) -> None:
        above = (self._title, *(heading.text for heading in self._open))
        self.parts.append(
            Part(
                kind=kind,
                span=span,
                line=place.line,
                wording=wording,
                heading=(*above, *(title for title in titles if title not in above)),
                clause=cited_name(self._stack),
                page=place.page,
                sheet=place.sheet,
                parent=parent,
            )
        )
