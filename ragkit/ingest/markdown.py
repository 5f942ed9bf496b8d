"""The block structure of a policy in Markdown: headings, numbered clauses, tables."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ragkit.core.documents import Part, PartKind
from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.text import Locale, Span

_CLAUSE = re.compile(r"^\s*(?:[-*]\s+)?(?P<number>\d+(?:\.\d+)+)[\s、.:：]\s*")
_CELL_BORDER = re.compile(r"(?<!\\)\|")
_LIST_MARK = re.compile(r"^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?")
# Markdown that would swallow clauses: code by indenting, link targets, headings by underlining.
_OFF = ["code", "fence", "reference", "lheading"]


def split_front_matter(text: str, *, source: str) -> tuple[str, str, int]:
    """The YAML between the leading `---` lines, the text below, and the line that starts on."""
    lines = text.split("\n")
    if lines[0].strip() != "---" or "---" not in [line.strip() for line in lines[1:]]:
        raise KnowledgeError(
            [
                Problem(
                    "the policy does not start with front matter",
                    where=f"{source}:1",
                    fix="start with `---`, keys such as `id:` and `version:`, and `---` again",
                )
            ]
        )
    end = [line.strip() for line in lines].index("---", 1)
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]), end + 2


def policy_parts(body: str, *, title: str, first_line: int, locale: Locale) -> Iterator[Part]:
    """Clauses and table rows of `body`, in order; `first_line` is where it starts in its file."""
    starts = [0]
    for line in body.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    heading: list[str] = [title]
    header: list[str] = []
    clause: str | None = None
    tokens = MarkdownIt("commonmark").enable("table").disable(_OFF).parse(body)
    for index, token in enumerate(tokens):
        if token.map is None:
            continue
        if token.type == "heading_open":
            level = int(token.tag[1])
            heading = [*heading[: max(level - 1, 1)], tokens[index + 1].content.strip()]
            if heading[1:] == [title]:
                heading = [title]
            clause = None
        elif token.type == "inline" and _is_prose(tokens, index):
            for number, part in _clauses(body, token, starts, first_line):
                clause = number or clause
                yield part.model_copy(update={"heading": tuple(heading), "clause": clause})
        elif token.type == "tr_open":
            first, last = starts[token.map[0]], starts[token.map[1]] - 1
            cells = _cells(body[first:last])
            if tokens[index + 1].type == "th_open":
                header = cells
                continue
            if not _CELL_BORDER.search(body[first:last]):
                # A clause right under a table, without a blank line: Markdown takes it for a row.
                for number, part in _clauses(body, token, starts, first_line):
                    clause = number or clause
                    yield part.model_copy(update={"heading": tuple(heading), "clause": clause})
                continue
            if not any(cells):
                continue
            yield Part(
                kind=PartKind.ROW,
                span=Span(start=first, end=last),
                line=first_line + token.map[0],
                wording=_row_sentence(header, cells, locale),
                heading=tuple(heading),
                clause=clause,
            )


def _is_prose(tokens: list[Token], index: int) -> bool:
    return tokens[index - 1].type == "paragraph_open"


def _clauses(
    body: str, token: Token, starts: list[int], first_line: int
) -> Iterator[tuple[str | None, Part]]:
    """A paragraph, cut where a line begins with a clause number."""
    pieces: list[tuple[str | None, int, int, int]] = []  # number, line, start, end
    for line in range(*(token.map or (0, 0))):
        start, end = starts[line], starts[line + 1] - 1
        text = body[start:end]
        match = _CLAUSE.match(text)
        if match:
            pieces.append((match["number"], line, start + match.end(), end))
        elif pieces:
            number, first, begin, _ = pieces[-1]
            pieces[-1] = (number, first, begin, end)
        else:
            mark = _LIST_MARK.match(text) if token.level > 1 else None
            pieces.append((None, line, start + (mark.end() if mark else 0), end))
    for number, line, start, end in pieces:
        text = body[start:end]
        left = start + len(text) - len(text.lstrip())
        right = start + len(text.rstrip())
        if right > left:
            yield (
                number,
                Part(
                    kind=PartKind.CLAUSE,
                    span=Span(start=left, end=right),
                    line=first_line + line,
                    wording=body[left:right],
                ),
            )


def _cells(row: str) -> list[str]:
    """The cells of a row; the pipes at its ends are no borders between cells."""
    cells = [cell.strip().replace("\\|", "|") for cell in _CELL_BORDER.split(row.strip())]
    return cells[not cells[0] : len(cells) - (len(cells) > 1 and not cells[-1])]


def _row_sentence(header: list[str], cells: list[str], locale: Locale) -> str:
    """A table row said as a sentence, each cell with the header of its column."""
    colon, comma, stop = ("：", "，", "。") if locale is Locale.ZH else (": ", ", ", ".")
    named = [
        f"{name}{colon}{cell}" if name else cell
        for name, cell in zip(header, cells, strict=False)
        if cell
    ]
    return comma.join(named) + stop
