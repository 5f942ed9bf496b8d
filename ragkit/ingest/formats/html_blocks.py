"""From the tree of an HTML page to blocks: what is seen, in order, with the lines it stands on."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import html

from ragkit.ingest.blocks import Block, BlockKind, Place
from ragkit.ingest.clauses import find_marker
from ragkit.ingest.formats.html_tables import is_data_table, read_grid
from ragkit.ingest.formats.html_text import Gathered, is_hidden, own_words

# What holds no words of the page, or words for machines.
_SILENT = frozenset(
    [
        "head",
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "iframe",
        "object",
        "embed",
        "canvas",
        "audio",
        "video",
        "map",
        "select",
        "textarea",
        "input",
        "datalist",
        "progress",
        "meter",
        "colgroup",
        "col",
    ]
)
_BOILERPLATE = frozenset(("nav", "aside"))
_SOMETIMES_BOILERPLATE = frozenset(("header", "footer"))  # not those of an article
_CONTENT = frozenset(("article", "main", "section", "blockquote", "td", "figure", "details"))
_BOILERPLATE_ROLES = frozenset(
    ("navigation", "banner", "contentinfo", "complementary", "search", "menu", "menubar")
)
# Classes and ids that templates give to what stands around the text; not where it holds headings.
_AROUND = frozenset(
    (
        *("nav", "navbar", "navigation", "breadcrumb", "breadcrumbs", "crumb", "crumbs", "topbar"),
        *("header", "footer", "site-header", "site-footer", "page-footer", "copyright"),
    )
)
_BLOCK = frozenset(
    [
        "html",
        "body",
        "address",
        "article",
        "aside",
        "blockquote",
        "button",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "optgroup",
        "option",
        "p",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "xmp",
        "listing",
        "plaintext",
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_PRE = frozenset(("pre", "xmp", "listing", "plaintext"))
_LONGEST_HEADING = 120  # characters; more is text that was only made to look large
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")),
    *((40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


@dataclass
class _List:
    """An open list: the number of its next item; `style` is None where none is shown."""

    style: str | None
    next: int = 1
    step: int = 1


@dataclass
class BlockReader:
    """Reads one tree. `hidden` are the lines of elements with words that were left out."""

    with_boilerplate: bool = False
    hidden: list[int] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _text: Gathered = field(default_factory=Gathered)
    _line: int = 1
    _level: int = 0
    _pre: int = 0
    _content: int = 0
    _lists: list[_List] = field(default_factory=list)
    _number: str | None = None

    def read(self, root: html.HtmlElement) -> tuple[Block, ...]:
        """The blocks of a tree, walked without recursion: pages nest as deep as they like."""
        self._start(root)
        waiting: list[tuple[html.HtmlElement, Iterator[html.HtmlElement]]] = [(root, iter(root))]
        while waiting:
            element, children = waiting[-1]
            child = next(children, None)
            if child is None:
                waiting.pop()
                self._end(element)
                self._add(element.tail if waiting else None)
            elif self._start(child):
                waiting.append((child, iter(child)))
            else:
                self._line += sum(text.count("\n") for text in child.itertext())
                self._add(child.tail)
        self._flush()
        return tuple(self._blocks)

    def _start(self, element: html.HtmlElement) -> bool:
        """Opens an element; false if what is in it is left out or was read here."""
        tag = element.tag
        self._line = max(self._line, element.sourceline or 0)
        if not isinstance(tag, str) or tag in _SILENT or self._is_boilerplate(element):
            return False
        if is_hidden(element):
            if own_words(element):
                self.hidden.append(self._line)
            return False
        if tag == "br":
            self._text.line_break(self._line)
        elif tag == "img":
            self._text.alternative(element.get("alt") or "", self._line)
        elif tag == "table" and is_data_table(element):
            grid, hidden = read_grid(element)
            if grid is not None:
                self._flush()
                self.hidden += hidden
                self._blocks.append(Block(BlockKind.TABLE, Place(line=self._line), grid=grid))
                return False
        if tag in _BLOCK:
            self._flush()
            self._open(element, tag)
        self._add(element.text)
        return True

    def _is_boilerplate(self, element: html.HtmlElement) -> bool:
        if self.with_boilerplate:
            return False
        if element.tag in _BOILERPLATE or element.get("role") in _BOILERPLATE_ROLES:
            return True
        if self._content:
            return False
        return element.tag in _SOMETIMES_BOILERPLATE or _stands_around(element)

    def _open(self, element: html.HtmlElement, tag: str) -> None:
        self._content += tag in _CONTENT
        self._pre += tag in _PRE
        if tag in _HEADINGS:
            self._level = _HEADINGS[tag]
        elif tag in ("ol", "ul", "menu", "dir"):
            self._lists.append(_open_list(element, tag))
        elif tag == "li" and self._lists:
            self._number = _item_number(element, self._lists[-1])

    def _end(self, element: html.HtmlElement) -> None:
        tag = element.tag
        if tag not in _BLOCK:
            return
        self._flush()
        self._content -= tag in _CONTENT
        self._pre -= tag in _PRE
        if tag in _HEADINGS:
            self._level = 0
        elif tag in ("ol", "ul", "menu", "dir"):
            self._lists.pop()
        elif tag == "li":
            self._number = None

    def _add(self, text: str | None) -> None:
        if text:
            self._text.add(text, self._line, keep=self._pre > 0)
            self._line += text.count("\n")

    def _flush(self) -> None:
        gathered, self._text = self._text, Gathered()
        text = gathered.text()
        if not self._pre:
            text = _reading_on(text)
        if not text:
            return
        place = Place(line=gathered.line)
        level = self._level if len(text) <= _LONGEST_HEADING else 0
        kind = BlockKind.HEADING if level else BlockKind.PARAGRAPH
        self._blocks.append(Block(kind, place, text=text, level=level, number=self._number))
        self._number = None


def _stands_around(element: html.HtmlElement) -> bool:
    """Whether its class or id says that it is a head, a foot or a path of the site."""
    names = f"{element.get('class') or ''} {element.get('id') or ''}".lower().split()
    return not _AROUND.isdisjoint(names) and not any(
        each.tag in _HEADINGS or each.tag in ("main", "article", "table") for each in element.iter()
    )


def _reading_on(text: str) -> str:
    """The text without line breaks behind a comma, which are there for the width of the page."""
    lines = text.split("\n")
    read = lines[:1]
    for line in lines[1:]:
        if read[-1].endswith(("，", "、")) and find_marker(line) is None:
            read[-1] += line
        else:
            read.append(line)
    return "\n".join(read)


def _open_list(element: html.HtmlElement, tag: str) -> _List:
    if tag != "ol" or re.search(r"list-style[^;]*:\s*none", element.get("style") or ""):
        return _List(None)
    backwards = element.get("reversed") is not None
    first = sum(1 for child in element if child.tag == "li") if backwards else 1
    style = element.get("type") or "1"
    return _List(style, _number_in(element, "start", first), -1 if backwards else 1)


def _item_number(element: html.HtmlElement, within: _List) -> str | None:
    number = _number_in(element, "value", within.next)
    within.next = number + within.step
    if within.style is None:
        return None
    return f"{_STYLES.get(within.style, str)(number)}."


def _number_in(element: html.HtmlElement, name: str, default: int) -> int:
    value = re.match(r"\s*(-?\d{1,9})", element.get(name) or "", re.ASCII)
    return int(value[1]) if value else default


def _letters(number: int) -> str:
    """1 as a, 26 as z, 27 as aa; numbers below 1 as they are."""
    if number < 1:
        return str(number)
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("a") + rest) + text
    return text


def _roman(number: int) -> str:
    """4 as iv; numbers that Roman numerals do not reach as they are."""
    if not 1 <= number <= 3999:
        return str(number)
    text = ""
    for value, numeral in _ROMAN:
        count, number = divmod(number, value)
        text += numeral * count
    return text


_STYLES: dict[str, Callable[[int], str]] = {
    "a": _letters,
    "A": lambda number: _letters(number).upper(),
    "i": _roman,
    "I": lambda number: _roman(number).upper(),
}
