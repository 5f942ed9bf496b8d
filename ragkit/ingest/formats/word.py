"""Word files (.docx): paragraphs and tables in reading order, as a reader sees them.

Tracked changes are read as accepted, automatic numbers are counted. Comments, headers, footers and
tables of contents are left out: they are no part of what a policy says.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docx
from docx.opc.exceptions import OpcError
from docx.opc.part import Part
from lxml import etree

from ragkit.core.errors import KnowledgeError, Problem
from ragkit.ingest import records
from ragkit.ingest.blocks import Article, Block, BlockKind, Grid, Place, Row
from ragkit.ingest.clauses import find_marker
from ragkit.ingest.formats.plain import join, reads_on
from ragkit.ingest.formats.word_numbering import Numbered, Numbering, W, read_numbering, value
from ragkit.ingest.formats.word_package import AGAIN, check_package, unreadable
from ragkit.ingest.formats.word_styles import Styles, list_styles, outline_level, read_styles
from ragkit.ingest.formats.word_text import (
    Left,
    TextReader,
    chosen,
    is_on,
    is_placeholder,
)

_MAX_SPAN = 63  # columns of a table, as Word allows
_CONTENTS_NAME = re.compile(r"目\s*[录錄]|(?:table of )?contents", re.IGNORECASE)
_UNREADABLE = (
    OpcError,
    etree.XMLSyntaxError,
    zipfile.BadZipFile,
    zlib.error,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OSError,
    EOFError,
    RuntimeError,
)


def read_docx(path: Path, *, source: str) -> Article:
    """The blocks of a Word file; `Place.line` counts its paragraphs from 1, those of tables too.

    Notices name hidden text, pictures and changes that nobody has accepted yet. Raises
    `KnowledgeError` if the file cannot be read, or holds pictures and no text.
    """
    raw = records.read_bytes(path, source=source)
    check_package(raw, source)
    try:
        document = docx.Document(io.BytesIO(raw))
        part = document.part
        sheet = _related(part, "styles")
        styles = read_styles(sheet)
        numbering = read_numbering(_related(part, "numbering"), list_styles(sheet))
        notes = {
            (kind, note.get(f"{W}id", "")): note
            for kind in ("footnote", "endnote")
            for note in _children(_related(part, f"{kind}s"), kind)
        }
        body = etree.fromstring(part.blob, _parser()).find(f"{W}body")
        title = document.core_properties.title
    except _UNREADABLE as error:
        what = "the Word file is damaged or of a kind that is not read"
        raise unreadable(what, source, AGAIN) from error
    reader = _Reader(styles, numbering, TextReader(styles.hidden, notes), source)
    blocks = tuple(reader.blocks(body)) if body is not None else ()
    left = reader.text.left
    if not blocks and left.pictures:
        raise KnowledgeError(
            [
                Problem(
                    f"the document holds only pictures ({left.pictures}) and no text",
                    where=source,
                    fix="write what the pictures show as text, or run OCR over them first",
                )
            ]
        )
    named = reader.title or _trusted(title, blocks)
    return Article(blocks, title=named, notices=(*_notices(left, source), *reader.notices))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)


def _related(part: Part, kind: str) -> etree._Element | None:
    """The root of the part of that kind, such as `styles`; None if there is none."""
    for relation in part.rels.values():
        if relation.reltype.endswith(f"/{kind}") and not relation.is_external:
            return etree.fromstring(relation.target_part.blob, _parser())
    return None


def _children(root: etree._Element | None, name: str) -> Iterator[etree._Element]:
    yield from root.iterchildren(f"{W}{name}") if root is not None else ()


def _trusted(title: str, blocks: tuple[Block, ...]) -> str | None:
    """The title in the file's properties, if the text has it: templates leave theirs behind."""
    title = " ".join(title.split())
    return title if title and any(block.text == title for block in blocks[:5]) else None


def _notices(left: Left, source: str) -> Iterator[Problem]:
    if left.hidden:
        yield Problem(
            f"hidden text is left out ({left.hidden} characters)",
            where=f"{source}:{left.hidden_line}",
            fix="show it (Font > Hidden) if customers may be told it, or else delete it",
        )
    if left.pictures:
        yield Problem(
            f"what pictures show is not read ({left.pictures} of them)",
            where=f"{source}:{left.picture_line}",
            fix="write what customers need to know from them as text",
        )
    if left.changes:
        yield Problem(
            f"tracked changes are read as if accepted ({left.changes} of them)",
            where=f"{source}:{left.change_line}",
            fix="accept or reject them in Word (Review > Changes)",
        )


class _Reader:
    """Walks the body once; what it keeps is the count of paragraphs and what waits to be told."""

    def __init__(self, styles: Styles, numbering: Numbering, text: TextReader, source: str) -> None:
        self.text = text
        self.title: str | None = None
        self.notices: list[Problem] = []
        self._styles, self._numbering, self._source = styles, numbering, source
        self._line = 0  # paragraphs so far
        self._carried = ""  # text whose paragraph mark was deleted: it goes on in the next one
        self._later: list[Block] = []  # tables and text boxes met inside of table cells

    def blocks(self, container: etree._Element) -> Iterator[Block]:
        for child in container.iterchildren(etree.Element):
            tag = child.tag
            if tag == f"{W}p":
                yield from self._paragraph(child)
            elif tag == f"{W}tbl":
                yield from self._table(child)
            elif tag == f"{W}sdt":
                if _is_contents(child):
                    self._line += sum(1 for _ in child.iter(f"{W}p"))
                elif not is_placeholder(child):
                    yield from self.blocks(child)
            elif tag.endswith("}AlternateContent"):
                yield from self.blocks(chosen(child))
            elif tag == f"{W}altChunk":
                self._embedded()
            elif tag in (f"{W}sdtContent", f"{W}customXml", f"{W}ins", f"{W}moveTo"):
                yield from self.blocks(child)
        yield from self._rest()

    def _paragraph(self, element: etree._Element) -> Iterator[Block]:
        self._line += 1
        place = Place(self._line)
        properties = element.find(f"{W}pPr")
        style = value(properties, "pStyle")
        number, text = self._numbered(element, properties, style)
        if text and not self._is_contents(style, text):
            yield from self._lines(text, number, place, self._level(properties, style))
            if self.title is None and self._styles.is_title(style):
                self.title = " ".join(text.split())
        yield from self._boxes()

    def _numbered(
        self, element: etree._Element, properties: etree._Element | None, style: str | None
    ) -> tuple[str | None, str]:
        """The number and text of a paragraph; one that is deleted or hidden is not counted."""
        text = self._carried + self.text.read(element, line=self._line)
        self._carried = ""
        mark = properties.find(f"{W}rPr") if properties is not None else None
        if mark is not None and any(
            mark.find(f"{W}{each}") is not None for each in ("del", "moveFrom")
        ):
            self._carried = text
            return None, ""
        if not text.strip() and mark is not None and is_on(mark.find(f"{W}vanish")):
            return None, ""
        at = self._list(properties, style)
        number = self._numbering.next(at) if at else None
        return number, text.strip()

    def _list(self, properties: etree._Element | None, style: str | None) -> Numbered | None:
        num, level = value(properties, "numPr", "numId"), value(properties, "numPr", "ilvl")
        index = int(level) if level and level.isdecimal() else None
        if num is None:
            found = self._styles.numbering(style)
            if found is None:
                return None
            num, own, named = found
            if index is None:
                index = own if own is not None else self._numbering.level_of_style(num, named)
        return Numbered(num, index or 0) if num != "0" else None

    def _level(self, properties: etree._Element | None, style: str | None) -> int:
        """The heading level of a paragraph, from 1; 0 if it is none."""
        if self._styles.is_title(style):
            return 1
        level = outline_level(properties)
        return level if level is not None else self._styles.level(style) or 0

    def _is_contents(self, style: str | None, text: str) -> bool:
        return self._styles.is_contents(style) or _CONTENTS_NAME.fullmatch(text) is not None

    def _lines(self, text: str, number: str | None, place: Place, level: int) -> Iterator[Block]:
        """A paragraph, cut at soft breaks unless the sentence goes on behind them."""
        if level:
            yield Block(BlockKind.HEADING, place, " ".join(text.split()), level, number)
            return
        pieces: list[str] = []
        for line in filter(None, (" ".join(each.split()) for each in text.split("\n"))):
            if pieces and reads_on(pieces[-1]) and not find_marker(line):
                pieces[-1] = join(pieces[-1], line)
            else:
                pieces.append(line)
        for piece in pieces:
            yield Block(BlockKind.PARAGRAPH, place, piece, number=number)
            number = None

    def _boxes(self) -> list[Block]:
        """What the text boxes of a paragraph hold; they count for no paragraphs of their own."""
        boxes, self.text.boxes = self.text.boxes, []
        line = self._line
        blocks = [replace(block, place=Place(line)) for box in boxes for block in self.blocks(box)]
        self._line = line
        return blocks

    def _rest(self) -> Iterator[Block]:
        """Text that had no next paragraph to go on in."""
        text, self._carried = self._carried.strip(), ""
        if text:
            yield from self._lines(text, None, Place(self._line), 0)

    def _embedded(self) -> None:
        self.notices.append(
            Problem(
                "a file embedded in the document is not read",
                where=f"{self._source}:{max(self._line, 1)}",
                fix="open the document in Word and save it, which takes the text over",
            )
        )

    def _table(self, element: etree._Element) -> Iterator[Block]:
        rows = [row for row in _parts(element, "tr") if not _is_deleted(row)]
        cells = [cell for row in rows for cell in _parts(row, "tc")]
        if len(cells) == 1:  # a frame around text
            yield from self.blocks(cells[0])
            return
        yield from self._rest()
        place = Place(self._line + 1)
        outer, self._later = self._later, []
        above: dict[int, str] = {}
        read = [self._row(row, above) for row in rows]
        header = 0
        for row in rows:
            if not is_on(row.find(f"{W}trPr/{W}tblHeader")):
                break
            header += 1
        inner, self._later = self._later, outer
        if any(cell for row in read for cell in row.cells):
            grid = Grid(tuple(read), header if 0 < header < len(read) else None)
            yield Block(BlockKind.TABLE, place, grid=grid)
        yield from inner

    def _row(self, row: etree._Element, above: dict[int, str]) -> Row:
        """A row in grid positions; `above` is what each column holds so far, for merged cells."""
        place = Place(self._line + 1)
        texts = [""] * _count(value(row, "trPr", "gridBefore"), 0)
        first = len(self._later)
        for cell in _parts(row, "tc"):
            text = self._cell(cell)
            properties = cell.find(f"{W}tcPr")
            merged = properties.find(f"{W}vMerge") if properties is not None else None
            beside = properties.find(f"{W}hMerge") if properties is not None else None
            if merged is not None and merged.get(f"{W}val") != "restart":
                text = above.get(len(texts), text)
            elif beside is not None and beside.get(f"{W}val") != "restart" and texts:
                text = texts[-1]
            for _ in range(_count(value(properties, "gridSpan"), 1)):
                above[len(texts)] = text
                texts.append(text)
        label = "，".join(dict.fromkeys(filter(None, texts)))
        self._later[first:] = [_captioned(block, label) for block in self._later[first:]]
        return Row(tuple(texts), place)

    def _cell(self, cell: etree._Element) -> str:
        """The text of a cell in one line; tables and text boxes in it come behind its table."""
        texts: list[str] = []
        for child in _flat(cell):
            if child.tag == f"{W}tbl":
                self._later += self._table(child)
                continue
            self._line += 1
            properties = child.find(f"{W}pPr")
            number, text = self._numbered(child, properties, value(properties, "pStyle"))
            if text:
                texts.append(f"{number} {text}" if number else text)
            elif number:  # a column of running numbers
                texts.append(number)
            self._later += self._boxes()
        texts += [self._carried.strip()]
        self._carried = ""
        return " ".join(" ".join(texts).split())


def _flat(container: etree._Element) -> Iterator[etree._Element]:
    """Paragraphs and tables in a cell, out of content controls too."""
    for child in container.iterchildren(f"{W}p", f"{W}tbl", f"{W}sdt", f"{W}sdtContent"):
        if child.tag in (f"{W}p", f"{W}tbl"):
            yield child
        elif child.tag != f"{W}sdt" or not is_placeholder(child):
            yield from _flat(child)


def _parts(container: etree._Element, name: str) -> Iterator[etree._Element]:
    """Rows of a table or cells of a row, out of content controls too."""
    for child in container.iterchildren(etree.Element):
        if child.tag == f"{W}{name}":
            yield child
        elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins", f"{W}moveTo"):
            yield from _parts(child, name)


def _is_deleted(row: etree._Element) -> bool:
    return row.find(f"{W}trPr/{W}del") is not None


def _is_contents(control: etree._Element) -> bool:
    gallery = value(control, "sdtPr", "docPartObj", "docPartGallery")
    return gallery is not None and _CONTENTS_NAME.fullmatch(gallery) is not None


def _captioned(block: Block, label: str) -> Block:
    """A table from inside a cell, under the name of the row it stands in."""
    if block.grid is None or not label:
        return block
    grid = Grid(block.grid.rows, block.grid.header_rows, (label, *block.grid.caption))
    return Block(block.kind, block.place, grid=grid)


def _count(text: str | None, default: int) -> int:
    return min(int(text), _MAX_SPAN) if text and text.isdecimal() else default
