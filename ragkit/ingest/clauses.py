"""The numbers that clauses and headings begin with, and the name a person cites a clause by."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from ragkit.core.quantities import Unit, find_quantities
from ragkit.core.text import HAN

_HAN_COUNT = "[一二三四五六七八九十百]{1,5}"
_COUNT = r"[\d零〇一二两三四五六七八九十百千]{1,8}"
# 1.1 and 第五条 also stand where a text speaks of them: 第五条所称商品, 5.1 假期, 11.11 大促.
_MENTIONED = (
    rf"第\s*{_COUNT}\s*[条款项目]|[至到和及与或]|所[指称列述]|规定|约定|中[的所，]|的|之外|以外"
    "|项下|除外"
)
_FESTIVAL = r"(?:3\.8|3\.15|5\.1|5\.20|6\.1|6\.18|8\.18|9\.9|10\.1|11\.11|12\.12)"
_LONGEST_AMOUNT = 12  # characters
_FESTIVE = r"\s*(?:大促|年中|活动期|购物节|狂欢|假期|小长假|晚会|当[天日]|期间|至|到|[-~—])"


class Style(StrEnum):
    """How a number is written; also which numbers count in one sequence."""

    CHAPTER = "第一章"
    ARTICLE = "第一条"
    DOTTED = "1.1"
    HAN = "一、"
    HAN_PAREN = "（一）"
    NUMBER = "1."
    NUMBER_PAREN = "(1)"
    CIRCLED = "①"
    LETTER = "(a)"
    ROMAN = "(ii)"
    BARE = "1"  # before a heading alone
    OTHER = ""  # an automatic number that is none of these


# These are cited by themselves; all others are counted anew below another number.
_ABSOLUTE = frozenset({Style.CHAPTER, Style.ARTICLE, Style.DOTTED, Style.HAN})
_PATTERNS = {
    Style.CHAPTER: (
        rf"(?P<label>第\s*{_COUNT}\s*(?:[编篇章节]|部分))(?=[\s:：、.]|$|[^\s课次])[\s:：、.]*"
        r"|(?P<label_en>(?:Chapter|Part)\s+(?:\d+|[IVX]+))(?=[\s.:]|$)[\s.:]*"
    ),
    Style.ARTICLE: (
        rf"(?P<label>第\s*{_COUNT}\s*条(?:之{_COUNT})?)(?!\s*(?:{_MENTIONED}))[\s:：、.]*"
        r"|(?P<label_en>(?:Article|Section|Clause)\s+\d+(?:\.\d+)*)"
        rf"(?=\s*$|[.:：)]\s|\s*[-–—]\s|\s+[A-Z“\"(（{HAN}])[\s.:：)]*"
    ),
    Style.DOTTED: (
        rf"(?!{_FESTIVAL}{_FESTIVE})(?P<label>\d{{1,3}}(?:[.．]\d{{1,3}}){{1,5}})"
        rf"(?:[.．、:：)]+\s*|\s+|(?=[{HAN}（“《【])|$)"
    ),
    Style.HAN: (
        rf"(?P<label>{_HAN_COUNT})\s*(?:、(?!{_HAN_COUNT}[线级类等档楼区星、])|[.．:：](?!\d))\s*"
    ),
    Style.HAN_PAREN: rf"[（(]\s*(?P<label>{_HAN_COUNT})\s*[）)]\s*[、.．:：]?\s*",
    Style.NUMBER: r"(?P<label>\d{1,3})\s*(?:[.．](?!\d)|、(?!\d{1,2}[月日号]))\s*",
    Style.NUMBER_PAREN: r"[（(]?\s*(?P<label>\d{1,3})\s*[）)]\s*[、.．]?\s*",
    Style.CIRCLED: r"(?P<label>[①-⒛㈠-㈩㊀-㊉❶-❿⓫-⓿])\s*[、.．]?\s*",
    Style.LETTER: r"[（(]?(?P<label>[A-Za-z])[）)]\s*",
    Style.ROMAN: r"[（(](?P<label>[ivx]{2,5})[）)]\s*",
    Style.BARE: rf"(?P<label>\d{{1,2}})(?:\s+|(?=[{HAN}])|$)(?![年月日号点时])",
}
_COMPILED = {style: re.compile(r"\s*(?:" + text + ")") for style, text in _PATTERNS.items()}
# From the highest; dotted numbers count their dots.
_CHAPTER_RANKS = {"编": 1, "篇": 1, "分": 1, "章": 2, "节": 3}
_HEADING_RANKS = {
    Style.ARTICLE: 4,
    Style.HAN: 5,
    Style.HAN_PAREN: 6,
    Style.BARE: 10,
    Style.NUMBER: 10,
    Style.DOTTED: 10,
}


@dataclass(frozen=True)
class Marker:
    """The number a text begins with: as it is cited, and where the text behind it begins."""

    style: Style
    label: str
    end: int

    @property
    def rank(self) -> int | None:
        """How high a heading with this number stands, 1 the highest; None if it heads nothing."""
        if self.style is Style.CHAPTER:
            return _CHAPTER_RANKS.get(self.label[-1], 2)
        rank = _HEADING_RANKS.get(self.style)
        return rank + self.label.count(".") if rank is not None else None


def find_marker(text: str, *, heading: bool = False) -> Marker | None:
    """The clause number that `text` begins with; None if it begins with none.

    `heading` also takes a number without any mark: 1 运费. An amount is no number: 1.5公斤.
    """
    for style, pattern in _COMPILED.items():
        if style is Style.BARE and not heading:
            continue
        match = pattern.match(text)
        if match is None:
            continue
        groups = match.groupdict()
        label = groups["label"] or groups["label_en"]
        if label[0].isdigit() and _is_amount(text, match.end("label")):
            continue
        return Marker(style, _cited(style, label), match.end())
    return None


def automatic_marker(number: str, end: int) -> Marker:
    """The marker of a number that the format keeps apart; `end` as in `Marker`."""
    marker = find_marker(f"{number} ", heading=True)
    if marker is None or number[marker.end :].strip():
        return Marker(Style.OTHER, number.strip(" 、.:："), end)
    return Marker(marker.style, marker.label, end)


def _is_amount(text: str, end: int) -> bool:
    """Whether the number in front is part of a longer amount: 1.5 公斤, 3-5天."""
    start = len(text) - len(text.lstrip())
    return _amount_end(text[start : start + _LONGEST_AMOUNT]) > end - start


@lru_cache(maxsize=4096)  # a line is looked at several times in a row
def _amount_end(head: str) -> int:
    """Where the amount ends that `head` begins with; 0 if it begins with none."""
    for quantity in find_quantities(head)[:1]:
        if quantity.span.start == 0 and quantity.unit is not Unit.NUMBER:
            return quantity.span.end
    return 0


def _cited(style: Style, label: str) -> str:
    if style in (Style.CHAPTER, Style.ARTICLE) and label[0].isascii():
        return re.sub(r"\s+", " ", label)
    label = re.sub(r"\s", "", label).replace("．", ".")
    if style is Style.HAN_PAREN:
        return f"（{label}）"
    if style in (Style.NUMBER_PAREN, Style.LETTER, Style.ROMAN):
        return f"({label})"
    return label


Stack = tuple[Marker, ...]


def below(stack: Stack, marker: Marker) -> Stack:
    """The numbers that hold once `marker` is read: the open ones, those it ends taken away."""
    if marker.style is Style.LETTER and marker.label in ("(i)", "(v)", "(x)"):
        letters = [each.label for each in stack if each.style is Style.LETTER]
        if not letters or ord(letters[-1][1]) + 1 != ord(marker.label[1]):
            marker = Marker(Style.ROMAN, marker.label, marker.end)
    if marker.style in _ABSOLUTE:
        return (marker,)
    for index, open_marker in enumerate(stack):
        if open_marker.style is marker.style:
            return (*stack[:index], marker)
    return (*stack, marker)


def cited_name(stack: Stack) -> str | None:
    """The shortest name of a clause: 1.1, 第五条（二）, 一、1; None within a mere chapter."""
    name = ""
    for marker in stack:
        if marker.style is Style.CHAPTER and len(stack) == 1:
            return None
        label = marker.label
        han = bool(re.search(f"[{HAN}]", name + label))
        if label[0] == "(" and han:
            label = f"（{label[1:-1]}）"
        if name and name[-1].isalnum() and label[0].isalnum() and name[-1] not in "条章节编篇":
            name += "、" if han else "-"
        name += label
    return name or None


def clause_lines(text: str) -> Iterator[tuple[int, str]]:
    """A paragraph cut before each line that begins with a clause number, with line offsets."""
    first, lines = 0, text.split("\n")
    for index in range(1, len(lines) + 1):
        if index == len(lines) or find_marker(lines[index]):
            yield first, "\n".join(lines[first:index])
            first = index
