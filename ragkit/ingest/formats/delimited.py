"""CSV and TSV: rows of text, whatever the sign between the cells; nothing is made a number."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from ragkit.core.errors import KnowledgeError, Problem
from ragkit.ingest import records
from ragkit.ingest.blocks import Article, Place, Row
from ragkit.ingest.formats.grids import Sheet, Sheets, tables, to_blocks

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 20  # records that are looked at for the sign between cells


def read_delimited(path: Path, *, source: str) -> Article:
    """The tables of a CSV or TSV file; places count its lines from 1.

    Raises `KnowledgeError` if it cannot be read, holds nothing or has rows of unequal length.
    """
    sheets = read_rows(path, source=source)
    problems = [
        problem for piece in tables(sheets.sheets[0].rows) for problem in _ragged(piece, source)
    ]
    if problems:
        raise KnowledgeError(problems)
    return Article(to_blocks(sheets))


def read_rows(path: Path, *, source: str) -> Sheets:
    """The rows of a CSV or TSV file as they are, as one sheet without a name."""
    text = records.read_text(path, source=source)
    first, _, rest = text.partition("\n")
    start = 1
    if first.casefold().startswith("sep=") and len(first) == len("sep=,"):
        delimiter, text, start = first[-1], rest, 2  # as Excel writes for itself
    else:
        delimiter = _delimiter(text)
    rows = _parse(text, delimiter, start, source)
    if not any(any(row.cells) for row in rows):
        fix = "fill it, or remove the file"
        raise KnowledgeError([Problem("the file holds no text", where=source, fix=fix)])
    return Sheets((Sheet(None, tuple(rows)),))


def _delimiter(text: str) -> str:
    """The sign that cuts the first record that any sign cuts into the most cells."""
    samples = {sign: _sample(text, sign) for sign in _DELIMITERS}
    for index in range(_SAMPLE):
        widths = {
            sign: len(records_[index])
            for sign, records_ in samples.items()
            if index < len(records_)
        }
        best = max(widths, key=lambda sign: widths[sign], default=",")
        if widths.get(best, 0) > 1:
            return best
    return ","


def _sample(text: str, sign: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text[:100_000], newline=""), delimiter=sign)
    try:
        return list(islice(reader, _SAMPLE))
    except csv.Error:
        return []


def _parse(text: str, delimiter: str, first_line: int, source: str) -> list[Row]:
    """Every record with the line it starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    line = first_line
    try:
        for cells in reader:
            rows.append(Row(tuple(cell.strip() for cell in cells), Place(line=line)))
            line = first_line + reader.line_num
    except csv.Error as error:
        raise KnowledgeError(
            [
                Problem(
                    f"the row cannot be read: {error}",
                    where=f"{source}:{line}",
                    fix='close every quote, and write `""` for a quote within quotes',
                )
            ]
        ) from error
    return rows


def _ragged(rows: Sequence[Row], source: str) -> list[Problem]:
    """Rows that are longer or shorter than most; a row of one cell is a title or a note."""
    widths = Counter(len(row.cells) for row in rows if len(row.cells) > 1)
    width = max(widths, key=lambda each: widths[each], default=1)
    return [
        Problem(
            f"the row has {len(row.cells)} cells, most have {width}",
            where=f"{source}:{row.place.line}",
            fix="give each column a name and a cell in each row; put a cell that holds the sign "
            "between cells, or a line break, in double quotes",
        )
        for row in rows
        if len(row.cells) > 1 and (len(row.cells) < width or any(row.cells[width:]))
    ]
