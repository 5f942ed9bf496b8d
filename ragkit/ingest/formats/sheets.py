"""XLSX and XLSM: the visible cells of a workbook, as it shows them."""

import io
import posixpath
import warnings
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.escape import unescape
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.text import Locale, detect_locale
from ragkit.ingest import records
from ragkit.ingest.blocks import Article, Place, Row
from ragkit.ingest.formats.cells import shown
from ragkit.ingest.formats.grids import Sheet, Sheets, to_blocks

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # MS-CFB 2.2: .xls files and encrypted workbooks
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # MS-OFFCRYPTO 2.3.4.4
_MAX_XML = 200_000_000  # bytes, unpacked: some four million cells
_MAX_GRID = 20_000_000  # cells of the rectangle around everything on a sheet
_NAMED = 10  # cells that a notice names
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_BROKEN = (
    *(InvalidFileException, zipfile.BadZipFile, zlib.error, EOFError, OSError, SyntaxError),
    *(LookupError, ValueError, TypeError, AttributeError, RuntimeError, AssertionError),
)  # what openpyxl raises for damaged files
Cells = dict[tuple[int, int], str]  # by row and column, both from 1; no blank ones


def read_workbook(path: Path, *, source: str) -> Article:
    """The tables of a workbook; places name the sheet and count its rows from 1.

    Notices name hidden sheets, rows and columns, which are left out, and cells without a value.
    Raises `KnowledgeError` if the file is no workbook, is locked or damaged, or shows nothing.
    """
    sheets = read_sheets(path, source=source)
    return Article(to_blocks(sheets), notices=sheets.notices)


def read_sheets(path: Path, *, source: str) -> Sheets:
    """The visible cells of a workbook, sheet by sheet; else as `read_workbook`."""
    raw = records.read_bytes(path, source=source)
    _check_kind(raw, source)
    book, unsaved = _load(raw, source)
    locale = _locale(book)
    sheets: list[Sheet] = []
    notices: list[Problem] = []
    for each in book.worksheets:
        if each.sheet_state != "visible":
            if any(cell.value is not None for cell in each._cells.values()):
                notices.append(_hidden_sheet(f"{source}:{each.title}"))
            continue
        content = _read(each, locale)
        notices += _cell_notices(content, unsaved.get(each.title, ()), f"{source}:{each.title}")
        rows, left_out = _visible(each, content.cells, f"{source}:{each.title}")
        notices += left_out
        if rows:
            sheets.append(Sheet(each.title, rows))
    if not sheets:
        what = "the workbook shows no text" + (": all of it is left out" if notices else "")
        fix = "; ".join(dict.fromkeys(each.fix for each in notices)) or "fill it, or remove it"
        raise _problem(what, source, fix)
    return Sheets(tuple(sheets), tuple(notices))


def _problem(what: str, source: str, fix: str) -> KnowledgeError:
    return KnowledgeError([Problem(what, where=source, fix=fix)])


def _check_kind(raw: bytes, source: str) -> None:
    """Refuse what only looks like a workbook by its name."""
    if not raw:
        raise _problem("the file is empty", source, "save it again, or remove it")
    if raw.startswith(_OLE) and _ENCRYPTED in raw:
        fix = "open it in Excel, take the password off (File > Info > Protect Workbook) and save it"
        raise _problem("the workbook is encrypted with a password", source, fix)
    if raw.startswith(_OLE):
        fix = "open it in Excel and save it as an Excel workbook (.xlsx)"
        raise _problem("an old Excel file (.xls) under a new name", source, fix)
    if not raw.startswith(b"PK"):
        kind = (
            "a web page" if raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else "no workbook"
        )
        fix = "open it in Excel and save it as an Excel workbook (.xlsx), or as CSV under .csv"
        raise _problem(f"the file is {kind}, whatever its name says", source, fix)


def _load(raw: bytes, source: str) -> tuple[Workbook, dict[str, list[str]]]:
    """The workbook with its values, and the formula cells that have none, by sheet."""
    again = "open it in Excel and save it again as .xlsx; if it does not open, get a new copy"
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = archive.namelist()
            size = sum(each.file_size for each in archive.infolist() if _is_xml(each.filename))
        if not any(name.startswith("xl/workbook") for name in names):
            raise _problem("the file is no Excel workbook, whatever its name says", source, again)
        if size > _MAX_XML:
            what = f"the workbook unpacks to {size // 1_000_000} MB, more than can be read"
            raise _problem(what, source, "split it, and delete empty formatted rows")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and forms, which are not read
            book = load_workbook(io.BytesIO(raw), data_only=True, keep_links=False)
        return book, _without_value(raw)
    except _BROKEN as error:
        if isinstance(error, KnowledgeError):
            raise
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise _problem(f"the workbook is damaged: {reason}", source, again) from error


def _is_xml(name: str) -> bool:
    return name.endswith((".xml", ".rels"))


def _locale(book: Workbook) -> Locale:
    """The language of the workbook, Chinese if it holds no words."""
    texts = (
        cell.value
        for sheet in book.worksheets
        for cell in sheet._cells.values()
        if isinstance(cell.value, str)
    )
    return detect_locale(" ".join(islice(texts, 500))) or Locale.ZH


@dataclass(frozen=True)
class _Content:
    """The cells of a sheet as text, and those that hold an error value instead."""

    cells: Cells
    errors: Mapping[str, str]


def _read(sheet: Worksheet, locale: Locale) -> _Content:
    cells: Cells = {}
    errors: dict[str, str] = {}
    # `iter_rows` would make every cell down to the last row with so much as a colour: a million.
    for place, cell in sheet._cells.items():
        if cell.value is None:
            continue
        if cell.data_type == "e":
            errors[cell.coordinate] = str(cell.value)
            continue
        format_ = "" if isinstance(cell.value, str) else cell.number_format
        text = unescape(shown(cell.value, format_, locale)).replace("\r", "").strip()
        if text:
            cells[place] = records.UNPRINTABLE.sub("", text)
    _repeat_merged(sheet, cells)
    return _Content(cells, errors)


def _repeat_merged(sheet: Worksheet, cells: Cells) -> None:
    """Put the value of merged cells into each of them, as far down and right as there is text."""
    last_row = max((row for row, _ in cells), default=0)
    last_column = max((column for _, column in cells), default=0)
    for area in sheet.merged_cells.ranges:
        text = cells.get((area.min_row, area.min_col))
        if text is None:
            continue
        for row in range(area.min_row, min(area.max_row, last_row) + 1):
            for column in range(area.min_col, min(area.max_col, last_column) + 1):
                cells[row, column] = text


def _visible(
    sheet: Worksheet, cells: Cells, where: str
) -> tuple[tuple[Row, ...], tuple[Problem, ...]]:
    """The rows that show, and a notice about those that do not."""
    used_rows = sorted({row for row, _ in cells})
    used_columns = sorted({column for _, column in cells})
    hidden_rows = {row for row, each in sheet.row_dimensions.items() if each.hidden}
    hidden_columns = {
        column
        for each in sheet.column_dimensions.values()
        if each.hidden and used_columns
        for column in range(each.min or 1, min(each.max or 1, used_columns[-1]) + 1)
    }
    notices = (
        *_hidden_notice(where, "row", [str(row) for row in used_rows if row in hidden_rows]),
        *_hidden_notice(
            where,
            "column",
            [get_column_letter(each) for each in used_columns if each in hidden_columns],
        ),
    )
    rows = list(_with_gaps(used_rows, hidden_rows))
    columns = list(_with_gaps(used_columns, hidden_columns))
    if len(rows) * len(columns) > _MAX_GRID:
        fix = "put tables that stand far apart on sheets of their own"
        raise _problem("the sheet is too wide and too long", where, fix)
    shown_rows = (
        Row(
            tuple(cells.get((row, column), "") for column in columns),
            Place(abs(row), sheet=sheet.title),
        )
        for row in rows
    )
    found = tuple(shown_rows)
    return (found if any(any(row.cells) for row in found) else ()), notices


def _with_gaps(used: Sequence[int], hidden: set[int]) -> Iterator[int]:
    """The numbers in use that show; a gap between them, however wide, is one number below 0."""
    ordered = sorted(hidden)
    before = 0
    for number in used:
        between = number - before - 1
        between -= bisect_left(ordered, number) - bisect_left(ordered, before + 1)
        if before and between:
            yield -(number - 1)
        if number not in hidden:
            yield number
        before = number


def _hidden_notice(where: str, kind: str, names: Sequence[str]) -> list[Problem]:
    if not names:
        return []
    what = f"hidden {kind}{'s are' if len(names) > 1 else ' is'} left out: {_list(names)}"
    fix = "show what customers may be told; remove the rest"
    return [Problem(what, where=where, fix=fix)]


def _hidden_sheet(where: str) -> Problem:
    fix = "show it (right-click a sheet tab > Unhide) if customers may be told it, or remove it"
    return Problem("the sheet is hidden, and left out", where=where, fix=fix)


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _cell_notices(content: _Content, unsaved: Sequence[str], where: str) -> Iterator[Problem]:
    if unsaved:
        yield Problem(
            f"formulas without a saved value are left out: {_list(unsaved)}",
            where=f"{where}:{unsaved[0]}",
            fix="open it in Excel and save it again",
        )
    if content.errors:
        cells = [f"{cell} ({value})" for cell, value in content.errors.items()]
        yield Problem(
            f"cells with an error value are left out: {_list(cells)}",
            where=f"{where}:{next(iter(content.errors))}",
            fix="open it in Excel, correct the formula and save it again",
        )


def _without_value(raw: bytes) -> dict[str, list[str]]:
    """Formula cells that were never computed, by sheet.

    A formula that gave an empty text has the type `str`; one without any value has none.
    """
    found: dict[str, list[str]] = {}
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for name, part in _sheet_parts(archive):
            xml = archive.read(part)
            if b"<f" not in xml and b":f>" not in xml:
                continue
            cells = etree.iterparse(io.BytesIO(xml), tag="{*}c", resolve_entities=False)
            for _, cell in cells:
                value = cell.find("{*}v")
                empty = value is None or not value.text
                if empty and cell.find("{*}f") is not None and cell.get("t") != "str":
                    found.setdefault(name, []).append(cell.get("r", "?"))
                cell.clear()
    return found


def _sheet_parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """The name of each sheet and the part of the package that holds it."""
    parts = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= parts:
        return
    parser = etree.XMLParser(resolve_entities=False)
    relations = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser)
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    book = etree.fromstring(archive.read("xl/workbook.xml"), parser)
    for sheet in book.iter("{*}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        part = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
        if part in parts:
            yield sheet.get("name", ""), part
