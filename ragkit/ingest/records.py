"""Strict reading of hand-written files: every problem is named with its file and line."""

import codecs
import errno
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ragkit.core.errors import KnowledgeError, Problem

Model = TypeVar("Model", bound=BaseModel)
Path_ = tuple[str | int, ...]
Value = None | bool | int | float | str | object

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH = 100  # of an article: 6
_BLOCK_STYLES = ("|", ">")
_PLAIN_TAGS = ("tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")
# What no text holds: the characters that YAML 1.2 calls not printable (section 5.1).
UNPRINTABLE = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


def read_text(path: Path, *, source: str) -> str:
    """The text of a file in one of the encodings of `decode`, line ends as `\\n`.

    Raises `KnowledgeError` if the file cannot be read, or at the line where it stops being text.
    """
    return decode(read_bytes(path, source=source), source=source)


def read_bytes(path: Path, *, source: str) -> bytes:
    """The bytes of a file. Raises `KnowledgeError` if it cannot be read."""
    try:
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "it is no regular file")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise KnowledgeError(
            [
                Problem(
                    f"cannot read the file: {reason}",
                    where=source,
                    fix="check that it exists and may be read",
                )
            ]
        ) from error


def decode(raw: bytes, *, source: str) -> str:
    """The text in the bytes of a file: UTF-8, UTF-16 with a byte order mark, or GB18030.

    GB18030 (GBK and GB2312 too) is what Chinese Windows programs save; it is taken only where the
    characters are common ones. Line ends become `\\n`. Raises `KnowledgeError` at the line of the
    first byte or character that no text has.
    """
    text = _decoded(raw, source).replace("\r\n", "\n").replace("\r", "\n")
    unprintable = UNPRINTABLE.search(text)
    if unprintable:
        line = text.count("\n", 0, unprintable.start()) + 1
        raise KnowledgeError(
            [
                Problem(
                    f"holds the character U+{ord(unprintable[0]):04X}, which no text has",
                    where=f"{source}:{line}",
                    fix="remove it, or save the file again as UTF-8 text",
                )
            ]
        )
    return text


def _decoded(raw: bytes, source: str) -> str:
    encoding = "UTF-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "UTF-8"
    try:
        return raw.decode("utf-16" if encoding == "UTF-16" else "utf-8-sig")
    except UnicodeDecodeError as error:
        chinese = _from_gb18030(raw) if encoding == "UTF-8" else None
        if chinese is not None:
            return chinese
        line = raw.count(b"\n", 0, error.start) + 1
        raise KnowledgeError(
            [
                Problem(
                    f"not {encoding}: byte 0x{raw[error.start]:02x} at offset {error.start}",
                    where=f"{source}:{line}",
                    fix="save the file as UTF-8 (in most editors: Save with Encoding > UTF-8); "
                    "GB18030 is read too, where the whole file is in it",
                )
            ]
        ) from error


def _from_gb18030(raw: bytes) -> str | None:
    """The bytes as GB18030, if that makes sense of them.

    Other encodings read as GB18030 too, but give rare characters. Common are GB2312 and, as no
    other encoding has their four bytes, the planes above; most must be of the first level of
    GB2312 (3755 characters in order of sound, rows 16 to 55) or its signs (rows 1 to 9).
    """
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return None
    foreign = [char for char in text if not char.isascii()]
    codes = [char.encode("gb2312", "ignore") for char in foreign]
    high = sum(char > "\uffff" for char in foreign)
    common = sum(map(bool, codes)) + high
    first_level = sum(code[:1] < b"\xd8" for code in codes if code) + high
    return text if common >= 0.9 * len(foreign) and first_level >= 0.7 * len(foreign) else None


@dataclass(frozen=True)
class Located:
    """A parsed YAML value and the line (from 1) on which each part of it starts."""

    value: Value
    lines: Mapping[Path_, int]

    def line(self, *path: str | int) -> int:
        """Line of the value at `path`, or of the nearest thing around it that has one."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


@dataclass(frozen=True)
class Entry:
    """One item of a file, merged with the file's defaults, and the lines of its values.

    The lines of an item on a `sheet` are rows.
    """

    value: Mapping[str, object]
    located: Located
    path: Path_
    sheet: str | None = None

    def line(self, *path: str | int) -> int:
        inherited = path and (*self.path, path[0]) not in self.located.lines
        if inherited and ("defaults", path[0]) in self.located.lines:
            return self.located.line("defaults", *path)
        return self.located.line(*self.path, *path)


def parse_yaml(text: str, *, source: str, first_line: int = 1) -> Located:
    """Parse one YAML document; `first_line` is where it starts in its file.

    Raises `KnowledgeError` for broken YAML and for a key that stands twice in one mapping.
    """
    lines: dict[Path_, int] = {}
    problems: list[Problem] = []

    def build(node: yaml.Node, path: Path_) -> object:
        in_block = isinstance(node, yaml.ScalarNode) and node.style in _BLOCK_STYLES
        lines[path] = node.start_mark.line + first_line + int(in_block)
        if isinstance(node, yaml.CollectionNode) and node.tag not in _PLAIN_TAGS:
            problems.append(
                Problem(
                    f"the tag `{node.tag}` has no meaning here",
                    where=f"{source}:{lines[path]}",
                    fix="remove it",
                )
            )
        if isinstance(node, yaml.SequenceNode):
            return [build(child, (*path, index)) for index, child in enumerate(node.value)]
        if not isinstance(node, yaml.MappingNode):
            return loader.construct_object(node)
        mapping: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(loader.construct_object(key_node))
            if key in mapping:
                problems.append(
                    Problem(
                        f"the key `{key}` stands twice",
                        where=f"{source}:{key_node.start_mark.line + first_line}",
                        fix="keep one of the two",
                    )
                )
            mapping[key] = build(value_node, (*path, key))
        return mapping

    try:
        _check_depth(text, source, first_line)
        loader = _Loader(text)
        root = loader.get_single_node()
        value = None if root is None else build(root, ())
    except (yaml.YAMLError, ValueError, LookupError, RecursionError) as error:
        # ValueError: a value that looks like a date or number and is none, such as 2026-13-45;
        # LookupError: a tag such as !!int on a text; RecursionError: an alias inside its own anchor
        mark = getattr(error, "problem_mark", None)
        line = first_line + mark.line if mark else max(lines.values(), default=first_line)
        line = min(line, first_line + text.rstrip("\n").count("\n"))
        reason = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise KnowledgeError(
            [Problem(f"not valid YAML: {reason}", where=f"{source}:{line}", fix=_yaml_fix(error))]
        ) from error
    if problems:
        raise KnowledgeError(problems)
    return Located(value, lines)


def _check_depth(text: str, source: str, first_line: int) -> None:
    """Refuse what would overflow the stack of libyaml, which ends the whole program."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            line = first_line + (event.start_mark.line if event.start_mark else 0)
            raise KnowledgeError(
                [
                    Problem(
                        f"not valid YAML: nested more than {_MAX_DEPTH} deep",
                        where=f"{source}:{line}",
                        fix=_yaml_fix(RecursionError()),
                    )
                ]
            )


def _yaml_fix(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "write the value out instead of nesting it this deep"
    if not isinstance(error, yaml.YAMLError):
        return "write dates as 2026-03-01; put other text that looks like one in quotes"
    return "check indentation and colons; put text that holds `: ` or starts with a sign in quotes"


def entries(
    located: Located, *, source: str, known: Sequence[str] = ("defaults", "items")
) -> list[Entry]:
    """The items of a file `{defaults: {...}, items: [...]}`, each merged over the defaults."""
    value = located.value
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        raise KnowledgeError(
            [
                Problem(
                    "expected a mapping with `items:` (a list) and, if you like, `defaults:`",
                    where=f"{source}:1",
                    fix="see the files made by `ragkit init` for the format",
                )
            ]
        )
    problems = [
        Problem(
            f"unknown key `{key}`",
            where=f"{source}:{located.line(key)}",
            fix=f"use {' or '.join(known)}",
        )
        for key in value
        if key not in known
    ]
    defaults = value.get("defaults") or {}
    if not isinstance(defaults, dict):
        problems.append(
            Problem(
                "`defaults` is not a mapping",
                where=f"{source}:{located.line('defaults')}",
                fix="write `key: value` lines under it",
            )
        )
    for index, item in enumerate(value["items"]):
        if not isinstance(item, dict):
            problems.append(
                Problem(
                    "this item is not a mapping",
                    where=f"{source}:{located.line('items', index)}",
                    fix="write `- id: ...` with its keys below",
                )
            )
    if problems:
        raise KnowledgeError(problems)
    return [
        Entry({**defaults, **item}, located, ("items", index))
        for index, item in enumerate(value["items"])
    ]


def validate(
    model: type[Model], value: object, *, source: str, line: "Entry | Located | None" = None
) -> Model:
    """Make a `model` of parsed data. Raises `KnowledgeError` with one Problem per wrong field."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = []
        for detail in error.errors(include_url=False):
            loc = tuple(part for part in detail["loc"] if part != "[key]")
            where = f"{source}:{line.line(*loc)}" if line else source
            what, fix = _explain(model, detail["type"], loc, detail["msg"])
            problems.append(Problem(what, where=where, fix=fix))
        raise KnowledgeError(problems) from error


def _explain(model: type[BaseModel], kind: str, loc: Path_, message: str) -> tuple[str, str]:
    name = ".".join(map(str, loc)) or "this entry"
    if kind == "extra_forbidden":
        known = ", ".join(sorted(field.alias or key for key, field in model.model_fields.items()))
        return f"unknown key `{name}`", f"remove it or correct its spelling; known keys: {known}"
    if kind == "missing":
        return f"`{name}` is missing", f"add `{name}:`, or fill its column in a table"
    if kind.startswith(("date", "datetime")):
        return f"`{name}` is not a date", "write it as 2026-03-01, a day that exists"
    if kind == "string_type":
        return f"`{name}` is not text", "give it a value; one like a number or date needs quotes"
    if kind == "tuple_type":
        return f"`{name}` is not a list", "write its items below it, each after `- `"
    if kind in ("dict_type", "model_type"):
        return f"`{name}` is not a mapping", "write `key: value` lines"
    return f"`{name}`: {re.sub('^Value error, ', '', message)}", "correct the value"
