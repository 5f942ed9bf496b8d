"""PDF files: the text people see, as blocks in reading order."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pypdfium2

from ragkit.core.errors import KnowledgeError, Problem
from ragkit.ingest import records
from ragkit.ingest.blocks import Article
from ragkit.ingest.formats.pdf_blocks import Page, to_blocks
from ragkit.ingest.formats.pdf_drawn import Drawn, drawn_page
from ragkit.ingest.formats.pdf_layout import read_page

_WRONG_PASSWORD = 4  # FPDF_ERR_PASSWORD of fpdfview.h
_UNKNOWN_LOCK = 5  # FPDF_ERR_SECURITY
_NO_FORM = 0  # FORMTYPE_NONE of fpdf_formfill.h
_FEW_LETTERS = 20  # a page of fewer and a large picture is a scan with a page number or a stamp
_LARGE_PICTURE = 0.4  # of the area of its page
_MOSTLY_UNREADABLE = 0.4
_NO_TITLE = re.compile(r"untitled|\(?anonymous\)?|无标题|文档\d*|document\d*", re.IGNORECASE)
_FROM_WORD = re.compile(r"^Microsoft \w+ - |\.(?:docx?|xlsx?|pptx?|wps|pdf)$", re.IGNORECASE)


class _Seen(NamedTuple):
    """What is told of a page besides its text: counts of characters, and its largest picture."""

    page: int
    letters: int
    hidden: int
    unreadable: int
    picture: float


def read_pdf(path: Path, *, source: str) -> Article:
    """The text of a PDF, its tables and headings; places count pages and their lines from 1.

    Notices name the pages that are pictures, and those with text that is hidden or that cannot be
    read. Raises `KnowledgeError` if the file is no PDF, is damaged or locked, or holds no text.
    """
    raw = _bytes(path, source)
    with _opened(raw, source) as document:
        if not len(document):
            raise _error("the PDF has no pages", source, "export it again from the original file")
        title, is_form = _title(document), document.get_formtype() != _NO_FORM
        pages: list[Page] = []
        seen: list[_Seen] = []
        for index in range(len(document)):
            drawn = _drawn(document, index, source)
            pages.append(Page(index + 1, drawn.height, read_page(drawn.glyphs, drawn.rules)))
            letters = len(drawn.glyphs)
            seen.append(_Seen(index + 1, letters, drawn.hidden, drawn.unreadable, drawn.picture))
    _check_readable(seen, source)
    notices = (*_notices(seen, source), *([_form(source)] if is_form else []))
    return Article(to_blocks(pages), title=title, notices=notices)


def _error(what: str, source: str, fix: str) -> KnowledgeError:
    return KnowledgeError([Problem(what, where=source, fix=fix)])


def _bytes(path: Path, source: str) -> bytes:
    """The bytes of a PDF that is whole, as far as its end says."""
    raw = records.read_bytes(path, source=source)
    if not raw:
        raise _error("the file is empty", source, "export it again, or remove it")
    # Readers allow other bytes before the header (ISO 32000-1, Annex H.3, note 13).
    if b"%PDF-" not in raw[:1024]:
        raise _error(
            "this is no PDF, though its name says so",
            source,
            "give the file the ending of its true format, or export it as PDF",
        )
    # pdfium would repair a file that was cut off, and pages would be missing without a word.
    if raw.rfind(b"%%EOF") < raw.rfind(b" obj"):
        raise _error(
            "the PDF is cut off: its end is missing",
            source,
            "copy or download it again, or export it from the original file",
        )
    return raw


@contextmanager
def _opened(raw: bytes, source: str) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (_WRONG_PASSWORD, _UNKNOWN_LOCK):
            raise _error(
                "the PDF is locked with a password",
                source,
                "open it with the password and save a copy without one",
            ) from error
        raise _error(
            "the PDF is damaged and cannot be opened",
            source,
            "export it again from the original file",
        ) from error
    try:
        yield document
    finally:
        document.close()


def _drawn(document: pypdfium2.PdfDocument, index: int, source: str) -> Drawn:
    try:
        return drawn_page(document, index)
    except pypdfium2.PdfiumError as error:
        raise _error(
            f"page {index + 1} of the PDF is damaged and cannot be read",
            source,
            "export the PDF again from the original file",
        ) from error


def _title(document: pypdfium2.PdfDocument) -> str | None:
    """The title in the properties of the file, unless a program made it up."""
    title = _FROM_WORD.sub("", document.get_metadata_value("Title").strip()).strip()
    title = _FROM_WORD.sub("", title)
    return None if not title or _NO_TITLE.fullmatch(title) else title


def _check_readable(seen: Sequence[_Seen], source: str) -> None:
    letters = sum(page.letters for page in seen)
    broken = sum(page.unreadable for page in seen)
    if letters and broken > _MOSTLY_UNREADABLE * letters:
        raise _error(
            f"the fonts of the PDF do not say which characters they show "
            f"({broken} of {letters} cannot be read)",
            source,
            "use the original file (Word, Excel, HTML), or export the PDF with embedded fonts",
        )
    if any(page.letters for page in seen if page not in _scans(seen)):
        return
    if any(page.picture for page in seen):
        raise _error(
            "the PDF holds pictures of pages, no text",
            source,
            "run text recognition (OCR) on it first, or use the original file",
        )
    raise _error(
        "the PDF holds no text that can be seen", source, "use the original file, or remove it"
    )


def _scans(seen: Sequence[_Seen]) -> list[_Seen]:
    return [page for page in seen if page.letters < _FEW_LETTERS and page.picture >= _LARGE_PICTURE]


def _notices(seen: Sequence[_Seen], source: str) -> Iterator[Problem]:
    scans = _scans(seen)
    if scans:
        yield Problem(
            f"{_pages(scans)} of the PDF: a picture without text, which was not read",
            where=source,
            fix="run text recognition (OCR) on the file first, or use the original file",
        )
    hidden = [page for page in seen if page.hidden]
    if hidden:
        count = sum(page.hidden for page in hidden)
        yield Problem(
            f"{_pages(hidden)} of the PDF: {count} characters that nobody can see were left out",
            where=source,
            fix="look at what is hidden there; make it visible if it belongs to the text",
        )
    broken = [page for page in seen if page.unreadable]
    if broken:
        count = sum(page.unreadable for page in broken)
        yield Problem(
            f"{_pages(broken)} of the PDF: {count} characters whose font does not name them",
            where=source,
            fix="compare the text with the page, or use the original file",
        )


def _form(source: str) -> Problem:
    return Problem(
        "the PDF is a form; what is filled in was not read",
        where=source,
        fix="print it to a new PDF, so that the entries become text",
    )


def _pages(seen: Sequence[_Seen]) -> str:
    """Pages by number, the first ten of them: page 3; pages 3, 5 and 7 more."""
    numbers = [str(page.page) for page in seen]
    if len(numbers) == 1:
        return f"page {numbers[0]}"
    more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
    return f"pages {', '.join(numbers[:10])}{more}"
