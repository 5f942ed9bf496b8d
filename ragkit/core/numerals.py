"""Numbers as people write them: 1,299.5, 三百二, 5万, 2k, two hundred and fifty."""

import re
from decimal import Decimal

_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
HAN_DIGITS = "零〇一二两三四五六七八九十百千万亿"
_ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS = {word: value for value, word in enumerate(_ONES)} | {
    word: value * 10 for value, word in enumerate(_TENS, start=2)
}
_MULTIPLES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_MULTIPLE = rf"(?:{'|'.join(_MULTIPLES)})(?![a-z])"
_SIMPLE = rf"(?:{'|'.join(_WORDS)})(?![a-z])"
_ONE = rf"(?:{'|'.join(_ONES[1:10])})(?![a-z])"
_BELOW_100 = rf"(?>{_SIMPLE}(?:[ -]{_ONE})?)"
# Every number word in a row, so that none is left over: what cannot be composed has no value. An
# `and` joins only a smaller number: not in `between one hundred and two hundred`.
_WORD = (
    rf"(?<![a-z])(?:(?<!half )an? (?={_MULTIPLE}))?(?:{_SIMPLE}|{_MULTIPLE})"
    rf"(?:(?: |-(?={_MULTIPLE})|(?<=d)-|(?<=ty)-(?={_ONE}))(?:{_SIMPLE}|{_MULTIPLE})"
    rf"|(?<=hundred) and {_BELOW_100}(?![ -]{_MULTIPLE})"
    rf"|(?:(?<=thousand)|(?<=illion)) and {_BELOW_100}(?: hundred(?: and {_BELOW_100})?)?"
    rf"(?![ -]{_MULTIPLE}))*"
)
# Atomic: twenty-four is never given back as twenty, a long run of digits is read once.
NUMBER = (
    rf"(?>(?:{_DIGITS})(?:[ -]?{_MULTIPLE}|k(?![a-z\d])|[百千万亿]{{0,2}})"
    rf"|[{HAN_DIGITS}]+(?:点[{HAN_DIGITS}]+)?|{_WORD})"
)


DIGIT_VALUES = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
}
_LONGEST = 30  # characters: what is longer is no numeral, and slow to multiply out
SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}


def han_number(text: str) -> Decimal | None:
    """Value of a Chinese numeral such as 一百二十, 两万, 二〇二六, 三点五; None if it is none.

    一百二 is 120, as one says it. None too for an approximation: 两三, 三四十.
    """
    whole, _, fraction = text.partition("点")
    if not 0 < len(whole) <= _LONGEST or not all(char in DIGIT_VALUES for char in fraction):
        return None
    digits_only = all(char in DIGIT_VALUES for char in whole)
    value = _read_out(whole) if digits_only else _composed(whole)
    if value is not None and fraction:
        value += Decimal("0." + "".join(str(DIGIT_VALUES[char]) for char in fraction))
    return value


def _read_out(digits: str) -> Decimal | None:
    values = [DIGIT_VALUES[char] for char in digits]
    if len(values) == 2 and values[0] != values[1] and 0 not in values:
        return None
    return Decimal("".join(map(str, values)))


def _composed(numeral: str) -> Decimal | None:
    total = section = digit = 0
    last_scale = 10
    for char in numeral:
        if char in DIGIT_VALUES:
            if digit:
                return None
            digit = DIGIT_VALUES[char]
            last_scale = last_scale if digit else 10
            continue
        scale = SCALES.get(char)
        if scale is None:
            return None
        if char == "亿":
            total, section = (total + section + digit) * scale, 0
        elif char == "万":
            total, section = total + (section + digit) * scale, 0
        else:
            section += (digit or 1) * scale
        digit, last_scale = 0, scale
    total += section + digit * (last_scale // 10)
    return Decimal(total) if total else None


def number(text: str) -> Decimal | None:
    """Value of what `NUMBER` matches.

    None for an approximation (两三), a mere scale (万, hundred) or words in no order (five twenty).
    """
    if "a" <= text[0] <= "z":
        return _spoken(re.split("[ -]", text))
    if not text[0].isdigit():
        return han_number(text) if text.strip("万亿千百") else None
    digits = re.sub(r"[^\d.]+$", "", text)
    value, scale = Decimal(digits.replace(",", "")), text[len(digits) :].strip(" -")
    if scale in _MULTIPLES:
        return value * _MULTIPLES[scale]
    for char in scale:
        value *= 1000 if char == "k" else SCALES[char]
    return value


def _spoken(words: list[str]) -> Decimal | None:
    total = section = 0
    below, scale_below = 1000, 10**12  # the next word has to say less
    for word in words:
        if word == "and":
            continue
        value = 1 if word in ("a", "an") else _WORDS.get(word)
        if value is not None:
            if value >= below or (value == 0 and len(words) > 1):
                return None
            section, below = section + value, 10 if value >= 20 else 0
            continue
        scale = _MULTIPLES[word]
        if not section or scale >= scale_below or (scale == 100 and section >= 100):
            return None
        if scale == 100:
            section, below = section * scale, 100
        else:
            total, section = total + section * scale, 0
            below, scale_below = 1000, scale
    return Decimal(total + section)
