"""The text of Word paragraphs as a reader sees it: changes accepted, fields as their results."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from ragkit.core.text import is_han
from ragkit.ingest.formats.word_numbering import W, value

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# What is no text of the document: properties, what was deleted, codes of fields, comment marks.
_SKIPPED = {
    *(f"{W}{name}" for name in ("pPr", "rPr", "sdtPr", "sdtEndPr", "footnoteRef", "endnoteRef")),
    *(f"{W}{name}" for name in ("del", "moveFrom", "delText", "delInstrText", "instrText")),
    *(f"{W}{name}" for name in ("commentReference", "annotationRef", "fldData", "rt")),
}
_SIGNS = {
    f"{W}tab": "\t",
    f"{W}ptab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
    f"{W}softHyphen": "",
}
_TEXT = frozenset({f"{W}t", "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"})
_DRAWN = frozenset({f"{W}drawing", f"{W}pict", f"{W}object"})
_BOX = f"{W}txbxContent"
_PICTURE = frozenset(
    {
        "{http://schemas.openxmlformats.org/drawingml/2006/main}blip",
        "{urn:schemas-microsoft-com:vml}imagedata",
        "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart",
        "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds",
    }
)
# Ticks and boxes of the symbol fonts that forms are made with (Wingdings, Wingdings 2).
_SYMBOLS = {0xFE: "☑", 0xA8: "☐", 0x6F: "☐", 0xFC: "✓", 0xFB: "✗", 0xFD: "☒", 0x52: "☑", 0xA3: "☐"}


@dataclass
class Left:
    """What was left out so far, and where first: hidden characters, pictures, changes."""

    hidden: int = 0
    hidden_line: int = 0
    pictures: int = 0
    picture_line: int = 0
    changes: int = 0
    change_line: int = 0


@dataclass
class TextReader:
    """Reads paragraphs. `hidden` are styles of hidden text, `notes` the footnotes by kind and id.

    A footnote is put in brackets where its mark stands, so that no rule is told without it.
    """

    hidden: frozenset[str]
    notes: Mapping[tuple[str, str], etree._Element]
    left: Left = field(default_factory=Left)
    line: int = 0
    boxes: list[etree._Element] = field(default_factory=list)
    _fields: list[bool] = field(default_factory=list)  # open ones: whether in their code

    def read(self, paragraph: etree._Element, *, line: int) -> str:
        """The text with soft breaks as line breaks; text boxes met on the way are put to `boxes`.

        `line` is where it is told to stand.
        """
        self.line, self._fields = line, []
        properties = paragraph.find(f"{W}pPr")
        hidden = value(properties, "pStyle") in self.hidden
        return "".join(self._inside(paragraph, hidden)).replace("\xa0", " ")

    def _inside(self, element: etree._Element, hidden: bool) -> Iterator[str]:
        for child in element.iterchildren(etree.Element):
            yield from self._element(child, hidden)

    def _element(self, element: etree._Element, hidden: bool) -> Iterator[str]:
        tag = element.tag
        if tag in (f"{W}ins", f"{W}del", f"{W}moveFrom", f"{W}moveTo"):
            self.left.changes += 1
            self.left.change_line = self.left.change_line or self.line
        if tag in _SKIPPED or (tag == f"{W}sdt" and is_placeholder(element)):
            return
        if tag == f"{W}r":
            yield from self._inside(element, self._is_hidden(element, hidden))
        elif tag == f"{W}fldChar":
            self._field(element.get(f"{W}fldCharType", ""))
        elif tag in _DRAWN:
            self._drawing(element)
        elif tag == f"{_MC}AlternateContent":
            yield from self._inside(chosen(element), hidden)
        elif tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
            yield self._note(element)
        elif tag in _TEXT or tag in _SIGNS or tag == f"{W}sym":
            yield self._shown(_sign(element) if tag not in _TEXT else element.text or "", hidden)
        else:
            yield from self._inside(element, hidden)

    def _shown(self, text: str, hidden: bool) -> str:
        if any(self._fields):
            return ""
        if not hidden:
            return text
        if text.strip():
            self.left.hidden += len(text.strip())
            self.left.hidden_line = self.left.hidden_line or self.line
        return ""

    def _is_hidden(self, run: etree._Element, hidden: bool) -> bool:
        properties = run.find(f"{W}rPr")
        if properties is None:
            return hidden
        vanish = properties.find(f"{W}vanish")
        if vanish is not None:
            return is_on(vanish)
        return hidden or value(properties, "rStyle") in self.hidden

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._fields.append(True)
        elif self._fields and kind == "separate":
            self._fields[-1] = False
        elif self._fields and kind == "end":
            self._fields.pop()

    def _note(self, reference: etree._Element) -> str:
        kind = etree.QName(reference).localname.removesuffix("Reference")
        note = self.notes.get((kind, reference.get(f"{W}id", "")))
        if note is None:
            return ""
        inner = TextReader(self.hidden, {}, self.left)
        texts = [inner.read(each, line=self.line) for each in note.iter(f"{W}p")]
        text = " ".join(" ".join(texts).split())
        text = text.rstrip("。.")  # a sentence goes on behind the bracket
        if not text:
            return ""
        return f"（注：{text}）" if any(map(is_han, text)) else f" (Note: {text})"

    def _drawing(self, element: etree._Element) -> None:
        for child in element.iterchildren(etree.Element):
            if child.tag == _BOX:
                self.boxes.append(child)
            elif child.tag == f"{_MC}AlternateContent":
                self._drawing(chosen(child))
            elif child.tag in _PICTURE:
                self.left.pictures += 1
                self.left.picture_line = self.left.picture_line or self.line
            else:
                self._drawing(child)


def chosen(alternatives: etree._Element) -> etree._Element:
    """The first of several forms of the same content."""
    choice = alternatives.find(f"{_MC}Choice")
    return choice if choice is not None else alternatives


def is_on(element: etree._Element | None) -> bool:
    """Whether a property such as `w:vanish` is set."""
    return element is not None and element.get(f"{W}val", "1") not in ("0", "false", "off", "none")


def is_placeholder(control: etree._Element) -> bool:
    """Whether a content control shows its prompt (单击此处输入文字) for lack of content."""
    return is_on(control.find(f"{W}sdtPr/{W}showingPlcHdr"))


def _sign(element: etree._Element) -> str:
    if element.tag in _SIGNS:
        return _SIGNS[element.tag]
    code = element.get(f"{W}char", "")
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    if 0xF000 <= number <= 0xF0FF:
        return _SYMBOLS.get(number - 0xF000, "•")
    return chr(number) if 0x20 <= number < 0xD800 else ""
