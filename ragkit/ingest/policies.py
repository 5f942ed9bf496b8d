"""From policy files of every format to documents.

What describes a policy is taken from a sidecar file beside it, then from YAML front matter, then
from the head of its text, then from its name.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from ragkit.core.documents import Document, DocumentKind, Loaded, Part
from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.text import Locale, detect_locale
from ragkit.ingest import records
from ragkit.ingest.articles import read_items, title_of
from ragkit.ingest.blocks import Article
from ragkit.ingest.clauses import find_marker
from ragkit.ingest.entries import PolicyEntry, TextBuilder, make_document
from ragkit.ingest.formats.delimited import read_delimited
from ragkit.ingest.formats.html import read_html
from ragkit.ingest.formats.pdf import read_pdf
from ragkit.ingest.formats.plain import read_plain
from ragkit.ingest.formats.sheets import read_workbook
from ragkit.ingest.formats.word import read_docx
from ragkit.ingest.heads import Head, HeadLine, is_head_line, read_head
from ragkit.ingest.markdown import policy_parts, split_front_matter, without_marks
from ragkit.ingest.outline import Item, captions, outline, top

_SIDECAR = (".yaml", ".yml")
_READERS = {
    ".docx": read_docx,
    ".pdf": read_pdf,
    ".html": read_html,
    ".htm": read_html,
    ".xlsx": read_workbook,
    ".xlsm": read_workbook,
    ".csv": read_delimited,
    ".tsv": read_delimited,
}
_KEY = re.compile(rf"(?:{'|'.join(PolicyEntry.model_fields)})\s*:")
_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*")
_MARKDOWN_LEAD = re.compile(r"[\s>#]*(?:[-*+]\s+)?")


@dataclass(frozen=True)
class _Layer:
    """Some fields of a policy, and the file and lines that give them."""

    values: Mapping[str, object]
    source: str
    located: records.Located = field(default_factory=lambda: records.Located(None, {}))


def sidecars(source: str) -> tuple[str, ...]:
    """The names a sidecar of `source` may have: 退货.docx.yaml says what 退货.docx is."""
    return tuple(f"{source}{suffix}" for suffix in _SIDECAR)


class PolicyLoader:
    """Reads policies/*: prose with numbered clauses and tables, in any format people write."""

    suffixes: ClassVar[tuple[str, ...]] = (
        *(".md", ".markdown", ".txt"),
        *_READERS,
    )

    def load(self, path: Path, *, source: str) -> Loaded:
        sidecar = _sidecar(path, source)
        suffix = path.suffix.lower()
        if suffix in _READERS:
            article = _READERS[suffix](path, source=source)
            return _from_article(article, _Layer({}, source), sidecar, source)
        text = records.read_text(path, source=source)
        front, body, first_line = _front_matter(text, source)
        if suffix == ".txt":
            article = read_plain(body, first_line=first_line)
            return _from_article(article, front, sidecar, source)
        return _from_markdown(body, first_line, front, sidecar, source)


def _from_article(article: Article, front: _Layer, sidecar: _Layer, source: str) -> Loaded:
    items = outline(article)
    if not items:
        raise _empty(source)
    head = read_head([*(line for _, line in top(items)), *captions(items)], source=source)
    title = article.title or title_of(items)
    item = _entry(source, title, _locale(items), head, front, sidecar)
    reading = read_items(items, title=item.title, locale=item.locale, source=source)
    if not reading.parts:
        raise _empty(source)
    built = TextBuilder()
    built.text, built.parts = reading.text, list(reading.parts)
    document = _document(item, built, front.located, source)
    return Loaded(
        documents=(document,), notices=(*article.notices, *head.notices, *reading.notices)
    )


def _from_markdown(
    body: str, first_line: int, front: _Layer, sidecar: _Layer, source: str
) -> Loaded:
    """A policy in Markdown, its text as it reads: without the marks of stress and quotation."""
    body = without_marks(body)
    above = list(_markdown_head(body, first_line))
    head = read_head(above, source=source)
    locale = detect_locale(body) or Locale.ZH
    item = _entry(source, _markdown_title(body), locale, head, front, sidecar)
    built = TextBuilder()
    built.text = body
    metadata = {line.line for line in above if not line.text.strip() or is_head_line(line)}
    parts = policy_parts(
        body, title=item.title, first_line=first_line, locale=item.locale, source=source
    )
    built.parts = [part for part in parts if not metadata.issuperset(_lines(part))]
    if not built.parts:
        raise _empty(source, first_line)
    document = _document(item, built, front.located, source)
    return Loaded(documents=(document,), notices=head.notices)


def _lines(part: Part) -> range:
    """The lines of its file that a part stands on."""
    return range(part.line, part.line + part.wording.count("\n") + 1)


def _document(
    item: PolicyEntry, built: TextBuilder, located: records.Located, source: str
) -> Document:
    entry = records.Entry({}, located, ())
    fields = {"kind": DocumentKind.POLICY, "title": item.title, "version": item.version}
    return make_document(item, entry, built, source=source, **fields)


def _empty(source: str, first_line: int = 1) -> KnowledgeError:
    """`first_line` is where the text begins that is not there."""
    if first_line > 1:
        return KnowledgeError(
            [
                Problem(
                    "the policy has no text below its front matter",
                    where=f"{source}:{first_line}",
                    fix="write numbered clauses (`1.1 ...`) under `## ` headings",
                )
            ]
        )
    return KnowledgeError(
        [
            Problem(
                "the policy holds no text that a customer could be told",
                where=source,
                fix="write its clauses, or remove the file",
            )
        ]
    )


def _entry(
    source: str, title: str | None, locale: Locale, head: Head, front: _Layer, sidecar: _Layer
) -> PolicyEntry:
    """The fields of a policy, each from the first place that gives it.

    Raises `KnowledgeError` with the place of every wrong field.
    """
    name = source.rpartition("/")[2]
    stem = name.rpartition(".")[0] or name
    given = {**front.values, **sidecar.values}
    found = _without(head.values, given)
    if "id" in found:
        found["id"] = _slug(str(found["id"])) or _slug(stem)
    defaults = {"id": _slug(stem), "title": title or stem, "locale": locale}
    places: dict[records.Path_, int] = {(key,): line for key, line in head.lines.items()}
    layers = (
        _Layer(found, source, records.Located(None, places)),
        _Layer(_without(front.values, sidecar.values), source, front.located),
        sidecar,
    )
    values: dict[str, object] = dict(defaults)
    for layer in layers:
        values |= layer.values
        item = records.validate(PolicyEntry, values, source=layer.source, line=layer.located)
    return item


def _without(values: Mapping[str, object], better: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if key not in better}


def _slug(name: str) -> str:
    """A name as an id: 退货政策 2026版 is 退货政策-2026版."""
    folded = unicodedata.normalize("NFKC", name).lower()
    return re.sub(r"[\W_]+", "-", folded).strip("-")


def _locale(items: tuple[Item, ...]) -> Locale:
    texts = [item.text for item in items]
    cells = [cell for item in items if item.grid for row in item.grid.rows for cell in row.cells]
    return detect_locale(" ".join((*texts, *cells))) or Locale.ZH


def _sidecar(path: Path, source: str) -> _Layer:
    """What the sidecar says; nothing where there is none. Raises `KnowledgeError` for two."""
    beside = [path.with_name(f"{path.name}{suffix}") for suffix in _SIDECAR]
    found = [pair for pair in zip(beside, sidecars(source), strict=True) if pair[0].exists()]
    if len(found) > 1:
        raise KnowledgeError(
            [
                Problem(
                    "the file has two sidecars",
                    where=found[1][1],
                    fix=f"keep one of them; the other is {found[0][1]}",
                )
            ]
        )
    if not found:
        return _Layer({}, source)
    text = records.read_text(found[0][0], source=found[0][1])
    return _layer(records.parse_yaml(text, source=found[0][1]), found[0][1])


def _layer(located: records.Located, source: str) -> _Layer:
    values = located.value if located.value is not None else {}
    if not isinstance(values, dict):
        raise KnowledgeError(
            [
                Problem(
                    "expected keys and values that describe the policy",
                    where=f"{source}:{located.line()}",
                    fix="write `key: value` lines, such as `version: V2`",
                )
            ]
        )
    return _Layer(values, source, located)


def _front_matter(text: str, source: str) -> tuple[_Layer, str, int]:
    """The front matter, the text below it, and the line that starts on.

    A text that starts with a key of front matter and has its closing line, but not the opening one,
    is taken for front matter as well, so that the missing line is told.
    """
    first, _, rest = text.partition("\n")
    second = rest.lstrip("\n").partition("\n")[0]
    opened = first.strip() == "---" and (second.strip() == "---" or re.match(r"[\w#]+", second))
    closed = _KEY.match(first) and re.search(r"^---\s*$", rest, re.MULTILINE)
    if not opened and not closed:
        return _Layer({}, source), text, 1
    front, body, body_line = split_front_matter(text, source=source)
    return (
        _layer(records.parse_yaml(front, source=source, first_line=2), source),
        body,
        body_line,
    )


def _markdown_head(body: str, first_line: int) -> Iterator[HeadLine]:
    """The lines above the first clause and the second heading."""
    headings = 0
    for number, line in enumerate(body.split("\n"), first_line):
        headings += _MARKDOWN_HEADING.fullmatch(line) is not None
        lead = _MARKDOWN_LEAD.match(line)
        text = line[lead.end() if lead else 0 :]
        if headings > 1 or find_marker(text):
            return
        if not line.lstrip().startswith("|"):
            yield HeadLine(text, number)


def _markdown_title(body: str) -> str | None:
    for line in body.split("\n"):
        heading = _MARKDOWN_HEADING.fullmatch(line)
        if heading:
            return heading[2] if len(heading[1]) == 1 else None
    return None
