"""The words of HTML elements: white space as shown, and whether they are shown at all."""

import re
from dataclasses import dataclass, field

from lxml import html

from ragkit.core.text import HAN

_WORDS = re.compile(r"\w")
_MACHINE = frozenset(("script", "style", "template", "noscript"))
# Ways to hide an element that its own style can take (CSS Display, Visibility and Fonts modules).
_HIDING = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|"
    r"font-size\s*:\s*0+(?:\.0*)?(?![\d.])|opacity\s*:\s*0+(?:\.0*)?(?![\d.]))",
    re.IGNORECASE,
)
_SPACE = re.compile(r"[ \t\n\f\r\x85\u2028\u2029]+")
_WIDE = rf"[{HAN}\u3000-\u303f\uff00-\uffef]"
# A line of source that ends within Chinese text: nobody means a blank there.
_SOURCE_BREAK = re.compile(rf"(?<={_WIDE})[ \t]*\n[ \t\n]*(?={_WIDE})")
_UNSEEN = re.compile("[\u200b\u00ad\ufeff\u2060\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


def is_hidden(element: html.HtmlElement) -> bool:
    """Whether the element itself says that it is not shown."""
    attributes = element.attrib
    return bool(attributes) and (
        "hidden" in attributes
        or attributes.get("aria-hidden", "").strip().lower() == "true"
        or _HIDING.search(attributes.get("style", "")) is not None
        or (element.tag == "dialog" and "open" not in attributes)
    )


def own_words(element: html.HtmlElement) -> bool:
    """Whether there are words in an element that are not a program or a style sheet."""
    return any(
        each.tag not in _MACHINE
        and (
            _WORDS.search(each.text or "")
            or (each is not element and _WORDS.search(each.tail or ""))
        )
        for each in element.iter()
    )


@dataclass
class Gathered:
    """The text of a block while it is gathered; `line` is where its first word stands."""

    line: int = 1
    _pieces: list[str] = field(default_factory=list)
    _images: list[int] = field(default_factory=list)
    _begun: bool = False

    def add(self, text: str, line: int, *, keep: bool = False) -> None:
        """Adds text of the page; `keep` where its line breaks are shown."""
        if not self._begun and text.strip():
            self._begun = True
            self.line = line + text[: len(text) - len(text.lstrip())].count("\n")
        if keep:
            self._pieces.append(text.replace("\n", "\v"))
        else:
            self._pieces.append(text.replace("\v", " "))

    def line_break(self, line: int) -> None:
        self._pieces.append("\v")

    def alternative(self, text: str, line: int) -> None:
        """Adds what an image stands for; it counts only beside other text."""
        if text.strip():
            if not self._begun:
                self.line = line
            self._images.append(len(self._pieces))
            self._pieces.append(text)

    def text(self) -> str:
        """What was gathered, as shown; empty if it is white space and images alone."""
        images = set(self._images)
        if not any(
            _UNSEEN.sub("", piece).strip()
            for index, piece in enumerate(self._pieces)
            if index not in images
        ):
            return ""
        whole = _UNSEEN.sub("", "".join(self._pieces)).replace("\xa0", " ")
        whole = _SPACE.sub(" ", _SOURCE_BREAK.sub("", whole))
        lines = (line.strip() for line in whole.split("\v"))
        return "\n".join(line for line in lines if line)
