"""Automatic numbers of Word paragraphs: counted as Word counts them, worded as it words them.

The rules are those of ISO/IEC 29500-1, section 17.9 (Numbering).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DIGITS = "零一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_ENGLISH_ONES = [
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
_ENGLISH_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ROMAN = [
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L")),
    *((40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
]


@dataclass(frozen=True)
class Level:
    """One level of a list: how it counts, and the text its numbers stand in (`第%1条`)."""

    start: int = 1
    form: str = "decimal"
    text: str = ""
    restart: int | None = None  # the level, from 1, after which it restarts; 0: never
    legal: bool = False  # all numbers in it as digits
    style: str | None = None


@dataclass(frozen=True)
class Numbered:
    """The list of a paragraph: the `num` it names, and its level from 0."""

    num: str
    level: int


@dataclass
class Numbering:
    """The lists of a document, and how far each has counted."""

    levels: Mapping[str, Mapping[int, Level]]  # by num id
    abstract: Mapping[str, str]  # num id: the list whose count it goes on with
    starts: Mapping[str, Mapping[int, int]]  # num id: levels that start anew with it
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    def level_of_style(self, num: str, style: str) -> int:
        """The level that a paragraph style stands for; 0 if the list names no styles."""
        for index, level in self.levels.get(num, {}).items():
            if level.style == style:
                return index
        return 0

    def next(self, at: Numbered) -> str | None:
        """Count one paragraph; its number as shown, None for a bullet or a list that is not there.

        A level above that has not counted yet shows its start, as in Word.
        """
        levels = self.levels.get(at.num)
        level = levels.get(at.level) if levels else None
        if levels is None or level is None:
            return None
        counts = self._counts.setdefault(self.abstract.get(at.num, at.num), {})
        self._start_anew(at, counts)
        for above in range(at.level):
            counts.setdefault(above, levels.get(above, Level()).start)
        counts[at.level] = counts[at.level] + 1 if at.level in counts else level.start
        for deeper in [each for each in counts if each > at.level]:
            restart = levels.get(deeper, Level()).restart
            if restart is None or 0 < at.level + 1 <= restart:
                del counts[deeper]
        if level.form == "bullet":
            return None
        return _shown(level, levels, counts) or None

    def _start_anew(self, at: Numbered, counts: dict[int, int]) -> None:
        start = self.starts.get(at.num, {}).get(at.level)
        if start is None or (at.num, at.level) in self._begun:
            return
        self._begun.add((at.num, at.level))
        for level in [each for each in counts if each >= at.level]:
            del counts[level]
        counts[at.level] = start - 1


def _shown(level: Level, levels: Mapping[int, Level], counts: Mapping[int, int]) -> str:
    def number(match: re.Match[str]) -> str:
        index = int(match[1]) - 1
        form = "decimal" if level.legal else levels.get(index, Level()).form
        return worded(counts[index], form) if index in counts else ""

    return re.sub(r"%([1-9])", number, level.text).strip()


def read_numbering(root: etree._Element | None, styles: Mapping[str, str]) -> Numbering:
    """The lists of numbering.xml; `styles` are the num ids of list styles, by style id.

    A document without lists has none.
    """
    found: dict[str, dict[int, Level]] = {}
    links: dict[str, str] = {}
    if root is None:
        return Numbering({}, {}, {})
    for element in root.iterchildren(f"{W}abstractNum"):
        name = element.get(f"{W}abstractNumId", "")
        found[name] = {
            _number(each.get(f"{W}ilvl"), 0): _level(each)
            for each in element.iterchildren(f"{W}lvl")
        }
        link = value(element, "numStyleLink")
        if link:
            links[name] = link
    nums = {
        element.get(f"{W}numId", ""): (value(element, "abstractNumId") or "", element)
        for element in root.iterchildren(f"{W}num")
    }
    levels, abstract, starts = {}, {}, {}
    for num, (name, element) in nums.items():
        linked = styles.get(links.get(name, ""))
        if linked in nums and not found.get(name):
            name = nums[linked][0]
        own = dict(found.get(name, {}))
        anew: dict[int, int] = {}
        for override in element.iterchildren(f"{W}lvlOverride"):
            index = _number(override.get(f"{W}ilvl"), 0)
            level = override.find(f"{W}lvl")
            if level is not None:
                own[index] = _level(level)
            start = value(override, "startOverride")
            if start is not None:
                anew[index] = _number(start, 1)
        levels[num], abstract[num], starts[num] = own, name, anew
    return Numbering(levels, abstract, starts)


def value(element: etree._Element | None, *path: str) -> str | None:
    """The `w:val` of the child at `path`; None if there is none."""
    for name in path:
        element = element.find(f"{W}{name}") if element is not None else None
    return element.get(f"{W}val") if element is not None else None


def _level(element: etree._Element) -> Level:
    restart = value(element, "lvlRestart")
    legal = element.find(f"{W}isLgl")
    return Level(
        start=_number(value(element, "start"), 1),
        form=_form(element),
        text=value(element, "lvlText") or "",
        restart=_number(restart, 0) if restart is not None else None,
        legal=legal is not None and legal.get(f"{W}val", "1") not in ("0", "false"),
        style=value(element, "pStyle"),
    )


def _form(element: etree._Element) -> str:
    found = element.find(f".//{W}numFmt")
    return str(found.get(f"{W}val", "decimal")) if found is not None else "decimal"


def _number(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"-?\d{1,9}", text) else default


def worded(count: int, form: str) -> str:
    """A count in a number format of Word (17.18.59 ST_NumberFormat); digits for others."""
    if form == "none":
        return ""
    if count < 1:
        return str(count)
    return _FORMS.get(form, str)(count)


def _han(count: int) -> str:
    """12 as 十二, 20 as 二十, 105 as 一百零五, up to 9999."""
    if count > 9999:
        return str(count)
    text = _places(count, _DIGITS, "十百千")
    return text.removeprefix("一") if 10 <= count < 20 else text


def _places(count: int, digits: str, scales: str) -> str:
    text = ""
    for place, digit in enumerate(reversed(str(count))):
        if digit != "0":
            text = digits[int(digit)] + (scales[place - 1] if place else "") + text
        elif text and not text.startswith(digits[0]):
            text = digits[0] + text
    return text


def _legal(count: int) -> str:
    return _places(count, _LEGAL, "拾佰仟") if count <= 9999 else str(count)


def _counting(count: int) -> str:
    """Chinese counting: as one says it below a hundred, then digit by digit with 〇."""
    if count < 100:
        return _han(count)
    return "".join("〇" if digit == "0" else _DIGITS[int(digit)] for digit in str(count))


def _roman(count: int) -> str:
    text = ""
    for worth, letters in _ROMAN if count < 5000 else ():
        text += letters * (count // worth)
        count %= worth
    return text or str(count)


def _letters(count: int) -> str:
    """A to Z, then AA, BB, as Word goes on."""
    return chr(ord("A") + (count - 1) % 26) * ((count - 1) // 26 + 1)


def _english(count: int) -> str:
    if count < 20:
        return _ENGLISH_ONES[count - 1].capitalize()
    if count > 99:
        return str(count)
    ones = f"-{_ENGLISH_ONES[count % 10 - 1]}" if count % 10 else ""
    return (_ENGLISH_TENS[count // 10 - 2] + ones).capitalize()


def _ordinal(count: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{count}{'th' if 10 < count % 100 < 14 else ends.get(count % 10, 'th')}"


def _run(first: str, length: int) -> Callable[[int], str]:
    """Characters that stand in a row in Unicode; past the last one, digits."""
    return lambda count: chr(ord(first) + count - 1) if count <= length else str(count)


def _one_of(characters: str) -> Callable[[int], str]:
    return lambda count: characters[(count - 1) % len(characters)]


_FORMS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda count: f"{count:02d}",
    "decimalFullWidth": lambda count: str(count).translate({48 + n: 0xFF10 + n for n in range(10)}),
    "upperRoman": _roman,
    "lowerRoman": lambda count: _roman(count).lower(),
    "upperLetter": _letters,
    "lowerLetter": lambda count: _letters(count).lower(),
    "ordinal": _ordinal,
    "cardinalText": _english,
    "chineseCounting": _counting,
    "taiwaneseCounting": _counting,
    "chineseCountingThousand": _han,
    "taiwaneseCountingThousand": _han,
    "japaneseCounting": _han,
    "ideographDigital": _counting,
    "taiwaneseDigital": _counting,
    "japaneseDigitalTenThousand": _han,
    "chineseLegalSimplified": _legal,
    "ideographLegalTraditional": _legal,
    "ideographTraditional": _one_of("甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": _one_of("子丑寅卯辰巳午未申酉戌亥"),
    "decimalEnclosedCircle": _run("①", 20),
    "decimalEnclosedCircleChinese": _run("①", 20),
    "decimalEnclosedParen": _run("⑴", 20),
    "decimalEnclosedFullstop": _run("⒈", 20),
    "ideographEnclosedCircle": _run("㊀", 10),
}
