"""Strict reading of JSON: what `records.parse_yaml` is for YAML, with the line of every value."""

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field

from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.text import lone_surrogate
from ragkit.ingest.records import Located, Path_

_MAX_DEPTH = 100  # of an article: 6
_BLANK = re.compile(r"[ \t\n\r]*")
# RFC 8259, section 6
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*"')
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


def parse_json(text: str, *, source: str) -> Located:
    """Parse a JSON text; a list at the top counts as `items`.

    Raises `KnowledgeError` for broken JSON, and for every key that stands twice in one object.
    """
    reader = _Reader(text)
    try:
        value, end = reader.value(reader.blank(0), ("items",) if _is_list(text) else ())
        if reader.blank(end) < len(text):
            raise _BrokenJsonError("more text behind the end", reader.blank(end))
    except _BrokenJsonError as error:
        where = f"{source}:{reader.line(error.at)}"
        raise KnowledgeError(
            [Problem(f"not valid JSON: {error.what}", where=where, fix=error.fix)]
        ) from error
    if reader.repeated:
        raise KnowledgeError(
            Problem(
                f"the key `{key}` stands twice",
                where=f"{source}:{reader.line(at)}",
                fix="keep one of the two",
            )
            for key, at in reader.repeated
        )
    return Located({"items": value} if _is_list(text) else value, reader.lines)


def _is_list(text: str) -> bool:
    return text.lstrip(" \t\n\r").startswith("[")


class _BrokenJsonError(Exception):
    """Where a text stops being JSON, as an offset."""

    def __init__(self, what: str, at: int, *, fix: str = "") -> None:
        super().__init__(what)
        self.what, self.at = what, at
        self.fix = fix or "check quotes, commas and brackets; JSON has no comments"


@dataclass
class _Reader:
    """Reads values from `text`; each method takes an offset and returns the one behind."""

    text: str
    lines: dict[Path_, int] = field(default_factory=dict)
    repeated: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]

    def line(self, at: int) -> int:
        return bisect_right(self._starts, min(at, len(self.text.rstrip())))

    def blank(self, at: int) -> int:
        match = _BLANK.match(self.text, at)
        return match.end() if match else at

    def value(self, at: int, path: Path_) -> tuple[object, int]:
        self.lines[path] = self.line(at)
        if len(path) > _MAX_DEPTH:
            raise _BrokenJsonError(f"nested more than {_MAX_DEPTH} deep", at, fix="nest it less")
        match self.text[at : at + 1]:
            case "{":
                return self._object(at, path)
            case "[":
                return self._list(at, path)
            case '"':
                return self._string(at)
        for word, value in _WORDS.items():
            if self.text.startswith(word, at):
                return value, at + len(word)
        number = _NUMBER.match(self.text, at)
        if number is None:
            raise _BrokenJsonError("a value is missing or has no quotes", at)
        return self._number(number[0], at), number.end()

    def _number(self, spelled: str, at: int) -> int | float:
        value = float(spelled)
        if len(spelled) > 300 or value in (float("inf"), float("-inf")):
            raise _BrokenJsonError("the number is too large", at, fix="put a code in quotes")
        return int(spelled) if re.fullmatch(r"-?\d+", spelled) else value

    def _string(self, at: int) -> tuple[str, int]:
        string = _STRING.match(self.text, at)
        if string is None:
            fix = 'end it with `"`; write a line break in it as `\\n`, a tab as `\\t`'
            raise _BrokenJsonError("the text in quotes does not end on its line", at, fix=fix)
        try:
            value = str(json.loads(string[0]))
        except json.JSONDecodeError as error:
            fix = "write `\\\\` for a backslash"
            raise _BrokenJsonError("unknown escape", at + error.pos, fix=fix) from error
        if lone_surrogate(value) is not None:
            fix = "write both of its `\\u` escapes, or the character itself"
            raise _BrokenJsonError("half a character", at, fix=fix)
        return value, string.end()

    def _object(self, at: int, path: Path_) -> tuple[object, int]:
        found: dict[str, object] = {}
        at = self.blank(at + 1)
        while self.text[at : at + 1] != "}":
            if found:
                at = self._comma(at, "}")
            if self.text[at : at + 1] != '"':
                raise _BrokenJsonError("a key in quotes is missing", at)
            key, end = self._string(at)
            if key in found:
                self.repeated.append((key, at))
            at = self.blank(end)
            if self.text[at : at + 1] != ":":
                raise _BrokenJsonError(f"a colon is missing behind the key `{key}`", at)
            found[key], at = self.value(self.blank(at + 1), (*path, key))
            at = self.blank(at)
        return found, at + 1

    def _list(self, at: int, path: Path_) -> tuple[object, int]:
        found: list[object] = []
        at = self.blank(at + 1)
        while self.text[at : at + 1] != "]":
            if found:
                at = self._comma(at, "]")
            item, at = self.value(at, (*path, len(found)))
            found.append(item)
            at = self.blank(at)
        return found, at + 1

    def _comma(self, at: int, bracket: str) -> int:
        if self.text[at : at + 1] != ",":
            raise _BrokenJsonError(f"a comma or `{bracket}` is missing", at)
        return self.blank(at + 1)
