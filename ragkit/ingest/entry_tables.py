"""From the rows of a sheet to entries: FAQs, scripts and products, one in a row."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.folding import fold
from ragkit.core.text import Locale
from ragkit.ingest.blocks import Row
from ragkit.ingest.columns import Cell, Kind, fact, fact_label, language, read_cell
from ragkit.ingest.formats.grids import Sheet, Sheets
from ragkit.ingest.records import Entry, Located, Path_
from ragkit.ingest.tables import where

_HEADER_WITHIN = 10  # rows from the top


@dataclass(frozen=True)
class _Line:
    """A row as its fields say it; `facts` are the columns without a field.

    `later` are the rows of list items that stand below the first row, by field and index.
    """

    row: Row
    fields: Mapping[str, Cell]
    facts: Mapping[str, str]
    later: Mapping[Path_, int] = field(default_factory=dict)


def entries(sheets: Sheets, kind: Kind, *, source: str) -> tuple[list[Entry], list[Problem]]:
    """The entries of all sheets that have a header, and notices about what is left out.

    Raises `KnowledgeError` that names every unknown or missing column, every cell outside the
    columns, and a file in which no sheet has a header.
    """
    found: list[Entry] = []
    notices, problems = list(sheets.notices), list[Problem]()
    for sheet in sheets.sheets:
        at = _header(sheet, kind)
        if at is None:
            notices.append(_no_header(sheet, kind, source))
            continue
        header = sheet.rows[at]
        above = [row for row in sheet.rows[:at] if any(row.cells)]
        notices += [_above(row, source) for row in above]
        named = [(cell, kind.field(cell) if cell else "") for cell in header.cells]
        wrong = _column_problems(header, kind, source)
        lines: list[_Line] = []
        for row in sheet.rows[at + 1 :]:
            if not any(row.cells) or row.cells == header.cells:
                continue
            wrong += _stray(row, header, source)
            _append(lines, _read(row, named), kind)
        problems += wrong
        found += [] if wrong else [_entry(line, kind) for line in lines]
    if problems:
        raise KnowledgeError(problems)
    if all(_header(sheet, kind) is None for sheet in sheets.sheets):
        fix = f"start with a row that names {kind.names(kind.required)}; all are {kind.names()}"
        left_out = _no_header(sheets.sheets[0], kind, source)
        raise KnowledgeError([replace(left_out, where=source, fix=fix)])
    return found, notices


def _header(sheet: Sheet, kind: Kind) -> int | None:
    """Index of the row that names the columns, near the top."""
    rows = [(index, row) for index, row in enumerate(sheet.rows) if any(row.cells)]
    for index, row in rows[:_HEADER_WITHIN]:
        named = {kind.field(cell) for cell in row.cells if cell} - {None, ""}
        if len(named) > 1 and named & kind.own:
            return index
    return None


def _no_header(sheet: Sheet, kind: Kind, source: str) -> Problem:
    return Problem(
        f"no row names the columns of a {kind.prefix} table, so the sheet is left out",
        where=f"{source}:{sheet.name}" if sheet.name is not None else source,
        fix=f"if it holds any, start with a row that names {kind.names(kind.required)}",
    )


def _above(row: Row, source: str) -> Problem:
    text = " ".join(dict.fromkeys(filter(None, row.cells)))
    fix = "put what customers may be told below the header"
    return Problem(
        f"above the header, and left out: {text}", where=where(source, row.place), fix=fix
    )


def _column_problems(header: Row, kind: Kind, source: str) -> list[Problem]:
    """Unknown columns, single values with two columns, and columns that are missing."""
    here = where(source, header.place)
    named = [(cell, kind.field(cell)) for cell in header.cells if cell]
    problems = [
        Problem(f"unknown column `{cell}`", where=here, fix=f"columns are {kind.names()}")
        for cell, key in named
        if key is None and not kind.open
    ]
    fields = [key for _, key in named if key]
    problems += [
        Problem(f"two columns are `{key}`", where=here, fix="keep one of the two")
        for key in dict.fromkeys(fields)
        if fields.count(key) > 1 and isinstance(read_cell(key, "-"), str)
    ]
    facts = [fact_label(cell) for cell, key in named if key is None]
    problems += [
        Problem(f"two columns are called `{cell}`", where=here, fix="give each its own name")
        for cell in dict.fromkeys(facts)
        if kind.open and facts.count(cell) > 1
    ]
    problems += [
        Problem(f"no column is `{key}`", where=here, fix=f"columns are {kind.names()}")
        for key in kind.required
        if key not in fields
    ]
    return problems


def _stray(row: Row, header: Row, source: str) -> list[Problem]:
    """A problem for a row with a cell under no name, or with fewer cells than the header."""
    names = header.cells
    stray = [
        cell
        for index, cell in enumerate(row.cells)
        if cell and (index >= len(names) or not names[index])
    ]
    fix = "name the column in the header; put a cell with a line break or comma in double quotes"
    here = where(source, row.place)
    if stray:
        what = f"`{stray[0][:20]}` stands in a column without a name"
        return [Problem(what, where=here, fix=fix)]
    if len(row.cells) < len(names):
        what = f"the row has {len(row.cells)} cells, the header {len(names)}"
        return [Problem(what, where=here, fix=fix)]
    return []


def _read(row: Row, named: Sequence[tuple[str, str | None]]) -> _Line:
    """The cells by field; `named` are the columns, each with its field as in `Kind.field`."""
    fields: dict[str, Cell] = {}
    facts: dict[str, str] = {}
    for (name, key), cell in zip(named, row.cells, strict=False):
        if not cell or key == "":
            continue
        if key is None:
            facts[name] = cell
            continue
        value, before = read_cell(key, cell), fields.get(key)
        both = isinstance(before, tuple) and isinstance(value, tuple)
        fields[key] = _joined(before, value) if both else value
    return _Line(row, fields, facts)


def _joined(before: Cell | None, value: Cell) -> Cell:
    """Two lists as one, each item once. Made for two values of one field."""
    items = [*(before or ()), *value]
    return tuple(item for index, item in enumerate(items) if item not in items[:index])


def _append(lines: list[_Line], line: _Line, kind: Kind) -> None:
    """Add a row, or what it adds to the one before: a merged question has its phrasings below it.

    A row goes on with the one before if it says nothing else but more items of its lists.
    """
    before = lines[-1] if lines else None
    if before is None or not _goes_on(before, line, kind):
        lines.append(line)
        return
    fields, later = dict(before.fields), dict(before.later)
    for name, value in line.fields.items():
        if isinstance(value, tuple):
            known = len(fields.get(name, ()))
            fields[name] = _joined(fields.get(name), value)
            added = range(known, len(fields[name]))
            later |= {(name, index): line.row.place.line for index in added}
    lines[-1] = replace(before, fields=fields, later=later)


def _goes_on(before: _Line, line: _Line, kind: Kind) -> bool:
    single = {
        key: value
        for key, value in line.fields.items()
        if isinstance(value, str) or key == "category"
    }
    return (
        kind.title in before.fields
        and all(before.fields.get(key) == value for key, value in single.items())
        and all(before.facts.get(name) == value for name, value in line.facts.items())
    )


def _entry(line: _Line, kind: Kind) -> Entry:
    """The row as an entry; what it leaves out but must have is made of what it says."""
    value: dict[str, object] = dict(line.fields)
    title = str(line.fields.get(kind.title, ""))
    value.setdefault("locale", str(language(title)))
    if title and "id" not in value:
        value["id"] = _made_id(kind, [str(value.get(key, "")) for key in kind.named])
    if kind.open:
        locale = Locale.EN if value["locale"] == Locale.EN else Locale.ZH
        value["facts"] = {
            fact_label(name): fact(name, cell, locale) for name, cell in line.facts.items()
        }
    place = line.row.place
    return Entry(value, Located(value, {(): place.line, **line.later}), (), sheet=place.sheet)


def _made_id(kind: Kind, words: Iterable[str]) -> str:
    """An id that stays when the answer is edited, whatever the spacing and width of the words."""
    text = "\n".join("".join(fold(word).split()) for word in words)
    return f"{kind.prefix}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
