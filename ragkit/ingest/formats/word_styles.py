"""What the styles of a Word document say: which are headings, which hide text, which number it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from lxml import etree

from ragkit.ingest.formats.word_numbering import W, value
from ragkit.ingest.formats.word_text import is_on

# Word keeps the English names of its own styles in every language; other programs do not.
_HEADING = re.compile(
    r"(?:heading|标题|標題|見出し|überschrift|titre|título|заголовок)\s*([1-9])", re.IGNORECASE
)
_TITLE = re.compile(r"title|标题|標題", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|目录|目錄)\s*\d|table of figures", re.IGNORECASE)
_BODY_LEVEL = 9
Found = TypeVar("Found")


@dataclass(frozen=True)
class Style:
    """A paragraph or character style by itself, without what it is based on."""

    name: str
    base: str | None
    level: int | None  # of a heading, from 1; 0: body text
    num: str | None
    num_level: int | None
    hidden: bool | None


class Styles:
    """Styles by id; what a style does not say, the one that it is based on says."""

    def __init__(self, styles: Mapping[str, Style], default: str | None) -> None:
        self._styles, self._default = styles, default

    def level(self, style: str | None) -> int | None:
        """The heading level of a style, from 1; 0 for body text, None if it does not say."""
        return self._first(style, lambda each: each.level)

    def is_title(self, style: str | None) -> bool:
        return _TITLE.fullmatch(self._name(style)) is not None

    def is_contents(self, style: str | None) -> bool:
        """Whether it is that of the lines of a table of contents."""
        return _CONTENTS.match(self._name(style)) is not None

    def numbering(self, style: str | None) -> tuple[str, int | None, str] | None:
        """The list of a style: its num id, its level if named, and the id of the style it is in."""
        return self._first(
            style, lambda each: (each.num, each.num_level, self._id(each)) if each.num else None
        )

    @property
    def hidden(self) -> frozenset[str]:
        """Ids of the styles whose text is hidden."""
        return frozenset(
            style for style in self._styles if self._first(style, lambda each: each.hidden)
        )

    def _name(self, style: str | None) -> str:
        found = self._styles.get(style or self._default or "")
        return found.name if found else ""

    def _id(self, style: Style) -> str:
        return next(name for name, each in self._styles.items() if each is style)

    def _first(self, style: str | None, ask: Callable[[Style], Found | None]) -> Found | None:
        """The answer of the nearest style that has one; a chain that is a ring ends."""
        seen: set[str] = set()
        style = style or self._default
        while style and style in self._styles and style not in seen:
            seen.add(style)
            answer = ask(self._styles[style])
            if answer is not None:
                return answer
            style = self._styles[style].base
        return None


def read_styles(root: etree._Element | None) -> Styles:
    """The styles of styles.xml; none where there is no such file."""
    found: dict[str, Style] = {}
    default = None
    for element in root.iterchildren(f"{W}style") if root is not None else ():
        style = element.get(f"{W}styleId", "")
        if element.get(f"{W}type") == "paragraph" and is_on_attribute(element, "default"):
            default = style
        found[style] = _style(element)
    return Styles(found, default)


def list_styles(root: etree._Element | None) -> dict[str, str]:
    """The num ids of list styles, by style id."""
    found = {}
    for element in root.iterchildren(f"{W}style") if root is not None else ():
        num = value(element, "pPr", "numPr", "numId")
        if element.get(f"{W}type") == "numbering" and num:
            found[element.get(f"{W}styleId", "")] = num
    return found


def is_on_attribute(element: etree._Element, name: str) -> bool:
    return element.get(f"{W}{name}", "0") in ("1", "true", "on")


def outline_level(properties: etree._Element | None) -> int | None:
    """The heading level, from 1, that paragraph properties give; 0 for body text."""
    text = value(properties, "outlineLvl")
    if text is None or not text.isdecimal():
        return None
    return int(text) + 1 if int(text) < _BODY_LEVEL else 0


def _style(element: etree._Element) -> Style:
    name = value(element, "name") or ""
    properties = element.find(f"{W}pPr")
    level = outline_level(properties)
    heading = _HEADING.fullmatch(name.strip())
    if level is None and heading:
        level = int(heading[1])
    num_level = value(properties, "numPr", "ilvl")
    vanish = element.find(f"{W}rPr/{W}vanish")
    return Style(
        name=name.strip(),
        base=value(element, "basedOn"),
        level=level,
        num=value(properties, "numPr", "numId"),
        num_level=int(num_level) if num_level and num_level.isdecimal() else None,
        hidden=is_on(vanish) if vanish is not None else None,
    )
