"""HTML pages: the words a visitor sees, as blocks in reading order."""

import codecs
import re
from collections.abc import Sequence
from pathlib import Path

from lxml import etree, html

from ragkit.core.errors import KnowledgeError, Problem
from ragkit.ingest import records
from ragkit.ingest.blocks import Article, Block
from ragkit.ingest.formats.html_blocks import BlockReader

# As in the encoding sniffing of the HTML standard, section 13.2.3.2, with a longer look.
_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]+?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_SNIFFED = 4096  # bytes
_MARKS = (  # a byte order mark says more than any declaration
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# GBK and GB2312 are what GB18030 was made from; pages that declare them hold its characters too.
_CHINESE = ("gb2312", "gbk", "gb18030", "gb_2312-80", "x-gbk", "hz-gb-2312", "cp936")
# Templates declare these without meaning them.
_WESTERN = ("iso-8859-1", "latin-1", "latin1", "windows-1252", "us-ascii", "ascii")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# libxml2 compares each attribute of a tag with all before it: more than this would take minutes.
_MOST_ATTRIBUTES = 10_000
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{50000,}")
# 发票怎么开 - 帮助中心 | 南枝集市
_SITE_NAME = re.compile(r"\s+[-–—]\s+|\s*[|｜_·»]\s*")
_CONTROLS = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_ARCHIVE = re.compile(rb"^(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*Content-Type:\s*multipart/", re.I)


def read_html(path: Path, *, source: str) -> Article:
    """The words of a page that a visitor sees; places count the lines of its source from 1.

    Scripts, navigation and hidden elements are left out. A notice names what was hidden and held
    words, and a page without any words. Raises `KnowledgeError` for a saved web archive, for bytes
    that are no text, and for a page nested too deep to be read to its end.
    """
    raw = records.read_bytes(path, source=source)
    if _ARCHIVE.match(raw[:_SNIFFED].replace(b"\r", b"")):
        raise KnowledgeError(
            [
                Problem(
                    "this is a web archive (MHTML), not a page",
                    where=source,
                    fix="open it in a browser and save it as `Web Page, HTML only`",
                )
            ]
        )
    root = _parsed(_text(raw, source), source)
    if root is None:
        return Article((), notices=(_empty(source),))
    reader = BlockReader()
    blocks = reader.read(root)
    if not blocks:  # everything stands in a header or an aside: then it is no boilerplate
        reader = BlockReader(with_boilerplate=True)
        blocks = reader.read(root)
    notices = [_empty(source)] if not blocks else []
    if reader.hidden:
        notices.append(_hidden(reader.hidden, source))
    return Article(blocks, title=_title(root, blocks), notices=tuple(notices))


def _text(raw: bytes, source: str) -> str:
    """The page as text, line ends as `\\n`: by its byte order mark, its declaration, or a guess."""
    found = None
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            found = _decoded(raw[len(mark) :], encoding)
            break
    else:
        declared = _CHARSET.search(raw[:_SNIFFED])
        if declared:
            found = _decoded(raw, _meant(declared[1].decode("ascii"), raw))
    if found is None:
        found = _decoded(raw, "utf-8")
    if found is None:
        found = records.decode(raw, source=source)
    return _CONTROLS.sub("", found.replace("\r\n", "\n").replace("\r", "\n"))


def _meant(declared: str, raw: bytes) -> str:
    """The encoding that a declaration stands for."""
    name = declared.lower()
    if name in _CHINESE:
        return "gb18030"
    if name.startswith("utf-16"):
        return "utf-8"  # the declaration could be read as ASCII, so it is not true
    if name in _WESTERN:
        return "windows-1252" if _decoded(raw, "utf-8") is None else "utf-8"
    return name


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _parsed(text: str, source: str) -> html.HtmlElement | None:
    """The tree of a page; None if it has no element and no text."""
    for tag in _LONG_TAG.finditer(text):
        if tag[0].count("=") > _MOST_ATTRIBUTES:
            raise KnowledgeError(
                [
                    Problem(
                        "a tag has more attributes than any page needs",
                        where=f"{source}:{text.count(chr(10), 0, tag.start()) + 1}",
                        fix="save the page again from a browser, or copy its text into a new file",
                    )
                ]
            )
    declaration = _XML_DECLARATION.match(text)
    if declaration:  # it names the encoding of the file, which is no longer true
        text = "\n" * declaration[0].count("\n") + text[declaration.end() :]
    parser = html.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return None
    deep = parser.error_log.filter_types(etree.ErrorTypes.ERR_RESOURCE_LIMIT)
    if len(deep):
        raise KnowledgeError(
            [
                Problem(
                    "the page is nested too deep to be read to its end",
                    where=f"{source}:{deep[0].line}",
                    fix="save the page again from a browser, or copy its text into a new file",
                )
            ]
        )
    return root


def _title(root: html.HtmlElement, blocks: Sequence[Block]) -> str | None:
    """The title of the page, without the names of the site around its first heading."""
    title = " ".join((root.findtext(".//title") or "").split())
    first = next((block.text for block in blocks if block.level == 1), "")
    pieces = [piece.strip() for piece in _SITE_NAME.split(title)]
    return (first if first in pieces else title) or None


def _empty(source: str) -> Problem:
    return Problem(
        "the page holds no words that can be seen",
        where=source,
        fix="if a script fills it in, save the page from a browser once it is loaded",
    )


def _hidden(lines: list[int], source: str) -> Problem:
    count = f"{len(lines)} elements" if len(lines) > 1 else "an element"
    return Problem(
        f"{count} with words that a visitor does not see, which were left out",
        where=f"{source}:{lines[0]}",
        fix="look at what is hidden there; remove it, or make it visible if it belongs to the page",
    )
