"""Numbers as people write them: 1,299.5, 三百二, 5万, twenty-four."""

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
_WORD = (
    rf"\b(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(_ONES[1:10])}))?|{'|'.join(_ONES)})"
    r"(?: hundred)?\b"
)
# Atomic: twenty-four is never given back as twenty, a long run of digits is read once.
NUMBER = rf"(?>(?:{_DIGITS})[百千万亿]{{0,2}}|[{HAN_DIGITS}]+(?:点[{HAN_DIGITS}]+)?|{_WORD})"


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
    """Value of what `NUMBER` matches; None for an approximation (两三) or a mere scale (万)."""
    words = re.split("[ -]", text)
    if words[0] in _WORDS:
        total = sum(_WORDS.get(word, 0) for word in words)
        return Decimal(total * 100 if words[-1] == "hundred" else total)
    if not text[0].isdigit():
        return han_number(text) if text.strip("万亿千百") else None
    digits = text.rstrip("百千万亿")
    value = Decimal(digits.replace(",", ""))
    for char in text[len(digits) :]:
        value *= SCALES[char]
    return value
