"""Text as values: immutable records, spans in code points, sentences, locale."""

import re
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Record(BaseModel):
    """Base of every value: immutable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Span(Record):
    """Half-open slice `[start, end)` of a text, in code points: `text[start:end]`.

    Raises `ValidationError` if `start` is negative or the span is empty.
    """

    start: int = Field(ge=0)
    end: int

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"empty span: start={self.start}, end={self.end}")
        return self

    def of(self, text: str) -> str:
        return text[self.start : self.end]

    def shifted(self, offset: int) -> "Span":
        return Span(start=self.start + offset, end=self.end + offset)


class Locale(StrEnum):
    """The languages ragkit has rules and content for."""

    ZH = "zh"
    EN = "en"


# Han characters of every plane in use, to stand within the brackets of a pattern.
HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HAN = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile(r"[^\W\d_\u3400-\u9fff]+")

# A sentence ends at Chinese or Western end marks with the closing marks that follow them, or at a
# line break. A full stop ends one only before white space or the end: not in 1.5, 2026.09, app.js,
# and not behind the number of a list item.
_SENTENCE_END = re.compile(
    r"(?:[。！？!?…]+|(?<!^\d)(?<!^\d\d)\.(?=[”’\"']*(?:\s|$)))[”’」』）)】》\]\"']*|\n+",
    re.MULTILINE,
)


def is_han(char: str) -> bool:
    """Whether `char` is a Han character (any plane in use)."""
    return _HAN.match(char) is not None


def detect_locale(text: str) -> Locale | None:
    """The language a text is written in; None when it has neither Han characters nor words.

    A customer who mixes (iPhone 手机壳有货吗) writes Chinese as soon as Han characters are at least
    as many as the Latin words.
    """
    han = len(_HAN.findall(text))
    words = len(_LATIN_WORD.findall(text))
    if not han and not words:
        return None
    return Locale.ZH if han and han >= words else Locale.EN


# What a terminal obeys instead of showing: C0 and C1 controls but tab and line feed, and the marks
# that turn the direction of text (Unicode 15.1, Bidi_Control).
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """The text with every control character written out, such as `\\x1b`."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def lone_surrogate(text: str) -> int | None:
    """Index of the first code point that no encoding can write (half a surrogate pair), if any."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return error.start
    return None


def sentences(text: str) -> tuple[Span, ...]:
    """Spans of the sentences of `text`, in order, without the white space around them.

    A sentence keeps its end mark. Text without an end mark is one sentence; blank text is `()`.
    """
    spans = []
    start = 0
    for end in (*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)):
        piece = text[start:end]
        stripped = piece.strip()
        if stripped:
            left = start + len(piece) - len(piece.lstrip())
            spans.append(Span(start=left, end=left + len(stripped)))
        start = end
    return tuple(spans)
