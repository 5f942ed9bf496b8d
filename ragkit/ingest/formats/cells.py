"""The value of a spreadsheet cell as its sheet shows it: codes, amounts, percents and days."""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from ragkit.core.text import Locale

Value = str | bool | int | float | Decimal | datetime | date | time | timedelta

_WORDS = {Locale.ZH: {True: "是", False: "否"}, Locale.EN: {True: "yes", False: "no"}}
# A number format (ECMA-376 part 1, 18.8.31): quoted or escaped text, space and filling, brackets,
# places for digits, anything else as it stands.
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<gap>[_*].)|\[\$(?P<symbol>[^\]-]*)(?:-[^\]]*)?\]'
    r"|\[(?P<bracket>[^\]]*)\]|(?P<digits>[0#?][0#?,.]*)|(?P<general>General)|(?P<other>.)",
    re.DOTALL | re.IGNORECASE,
)
_SECTIONS = re.compile(r';(?=(?:[^"]*"[^"]*")*[^"]*$)')
_SPECIAL = re.compile(r"[eE@/!]")
_MINUTE = 60


@dataclass(frozen=True)
class _Shape:
    """How numbers are shown: text around them, as percents, `pieces` for a pattern of zeros."""

    prefix: str = ""
    suffix: str = ""
    percent: bool = False
    pieces: tuple[str, ...] = ()
    zero: str = ""


def shown(value: Value, number_format: str, locale: Locale) -> str:
    """A cell as text: 5% for 0.05, 00123 for 123 in the format 00000, 2026-09-01, 是.

    Amounts keep all their digits, whatever their format rounds to, and lose the noise of binary
    fractions: 59.9, never 59.900000000000006 or 60.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return _WORDS[locale][value]
    if isinstance(value, (int, float, Decimal)):
        return _number(value, number_format)
    return _moment(value, number_format)


def _number(value: int | float | Decimal, number_format: str) -> str:
    if not math.isfinite(value):
        return str(value)
    shape = _shape(number_format)
    if value == 0 and shape.zero:
        return shape.zero
    exact = Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(value)
    if shape.pieces and exact >= 0 and exact == exact.to_integral_value():
        return _filled(shape.pieces, str(int(exact)))
    if shape.percent:
        exact *= 100
    sign = "-" if exact < 0 else ""
    return f"{sign}{shape.prefix}{_plain(abs(exact))}{'%' if shape.percent else ''}{shape.suffix}"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _filled(pieces: tuple[str, ...], digits: str) -> str:
    """The digits in a pattern of zeros and text, from the right: 138-0013-8000."""
    text = ""
    for index, piece in reversed(list(enumerate(pieces))):
        if not piece.startswith("0"):
            text = piece + text
            continue
        first = not any(each.startswith("0") for each in pieces[:index])
        taken = digits if first else digits[max(0, len(digits) - len(piece)) :]
        digits = digits[: len(digits) - len(taken)]
        text = taken.rjust(len(piece), "0") + text
    return text


@lru_cache(maxsize=1000)
def _shape(number_format: str) -> _Shape:
    """What a format adds to a number; nothing where it shows another one (thousands, fractions)."""
    sections = _SECTIONS.split(number_format)
    tokens = list(_TOKEN.finditer(sections[0]))
    if any(re.match(r"[<>=]", token["bracket"] or "") for token in tokens):
        return _Shape()
    zero = "".join(map(_literal, _TOKEN.finditer(sections[2]))) if len(sections) > 2 else ""
    if len(sections) > 2 and any(token["digits"] for token in _TOKEN.finditer(sections[2])):
        zero = ""
    parts = [token["digits"] or _literal(token) for token in tokens]
    places = [token["digits"] for token in tokens if token["digits"]]
    percent = any(token["other"] == "%" for token in tokens)
    if places and all(set(place) == {"0"} for place in places) and len("".join(places)) > 1:
        literal = [
            token["digits"] is None and part[:1] == "0"
            for token, part in zip(tokens, parts, strict=True)
        ]
        if not percent and not any(literal):
            return _Shape(pieces=tuple(filter(None, parts)), zero=zero.strip())
    if any(_SPECIAL.search(token["other"] or "") for token in tokens):
        return _Shape(percent=percent)
    if len(places) != 1 or places[0].endswith(","):
        return _Shape(percent=percent)
    at = next(index for index, token in enumerate(tokens) if token["digits"])
    return _Shape(
        "".join(parts[:at]).strip(), "".join(parts[at + 1 :]).strip(), percent, (), zero.strip()
    )


def _literal(token: re.Match[str]) -> str:
    text = token["quoted"] or token["escaped"] or token["symbol"] or token["other"] or ""
    return "" if token["other"] == "%" else text


def _moment(value: datetime | date | time | timedelta, number_format: str) -> str:
    """A day as 2026-09-01, with its time where it has one; 2026-09 where no day is shown."""
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), _MINUTE)
        clock = f"{minutes // _MINUTE}:{minutes % _MINUTE:02}"
        return f"{clock}:{seconds:02}" if seconds else clock
    if isinstance(value, time):
        return value.strftime("%H:%M:%S" if value.second else "%H:%M")
    day = f"{value.year:04}-{value.month:02}"
    pattern = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", number_format).casefold()
    if "d" in pattern or "h" in pattern or "y" not in pattern:
        day += f"-{value.day:02}"
    at = value.time() if isinstance(value, datetime) else time()
    return day if at == time() else f"{day} {_moment(at, '')}"
