"""The block structure of a policy in Markdown: headings, numbered clauses, tables."""

import re
from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ragkit.core.documents import Part, PartKind
from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.text import Locale, Span, is_han
from ragkit.ingest.saying import Column, column, row_sentence

_CLAUSE = re.compile(r"^\s*(?:[-*]\s+)?(?P<number>\d+(?:\.\d+)+)[\s、.:：]\s*")
_CELL_BORDER = re.compile(r"(?<!\\)\|")
_LIST_MARK = re.compile(r"^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?")
# Markdown that would swallow clauses: code by indenting, link targets, headings by underlining,
# all that stands under an HTML tag.
_OFF = ["code", "fence", "reference", "lheading", "html_block"]
_STRESS = (
    re.compile(r"\*\*(?=[^\s*])([^*\n]*?[^\s*])\*\*"),
    re.compile(r"(?<![\d*\\])\*(?=[^\s*])([^*\n]*?[^\s*])\*(?![\d*])"),
    re.compile(r"(?<![\w\\])__(?=[^\s_])([^_\n]*?[^\s_])__(?!\w)"),
    re.compile(r"(?<![`\\])`([^`\n]+)`(?!`)"),
)
_LINK = re.compile(
    r"(?P<picture>!?)\[(?P<words>[^\[\]\n]+)\]\(<?(?P<target>[^\s()<>]+)>?(?:\s+\"[^\"\n]*\")?\)"
)
_QUOTATION = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
# Comments are not told; a tag such as <br> or <div> ends a paragraph, but <https://...> is a link.
_MARKUP = re.compile(r"<!--.*?-->|</?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?>", re.DOTALL)


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").disable(_OFF)


def without_marks(text: str) -> str:
    """`text` without what only says how it looks: **…**, *…*, __…__, `…` and the > of quotations.

    A link is its words with the address in brackets, a picture its description. Lines stay where
    they are. 30*20*10 is a size and keeps its signs.
    """
    text = _LINK.sub(_told_link, text)
    for pattern in _STRESS:
        text = pattern.sub(lambda match: match[1], text)
    return _QUOTATION.sub("", text)


def _told_link(link: "re.Match[str]") -> str:
    words, target = link["words"], link["target"]
    if link["picture"] or words == target or not target.startswith(("http://", "https://")):
        return words
    return f"{words}（{target}）" if any(map(is_han, words)) else f"{words} ({target})"


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


def policy_parts(
    body: str, *, title: str, first_line: int, locale: Locale, source: str
) -> Iterator[Part]:
    """Clauses and table rows of `body`, in order; `first_line` is where it starts in its file.

    Raises `KnowledgeError`, after the last part, naming each row with more cells than its header
    and a comment that is never closed.
    """
    plain = _MARKUP.sub(lambda markup: re.sub(r"[^\n]", " ", markup[0]), body)
    problems = list(_left_open(plain, source, first_line))
    starts = [0]
    for line in body.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    heading: list[str] = [title]
    header: list[Column] = []
    clause: str | None = None
    tokens = _parser().parse(plain)
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
            for number, part in _clauses(body, plain, token, starts, first_line):
                clause = number or clause
                yield part.model_copy(update={"heading": tuple(heading), "clause": clause})
        elif token.type == "tr_open":
            first, last = starts[token.map[0]], starts[token.map[1]] - 1
            cells = _cells(body[first:last])
            if tokens[index + 1].type == "th_open":
                header = [column(cell) for cell in cells]
                continue
            if not _CELL_BORDER.search(body[first:last]):
                # A clause right under a table, without a blank line: Markdown takes it for a row.
                for number, part in _clauses(body, plain, token, starts, first_line):
                    clause = number or clause
                    yield part.model_copy(update={"heading": tuple(heading), "clause": clause})
                continue
            if any(cells[len(header) :]):
                problems.append(_too_long(source, first_line + token.map[0]))
                continue
            if not any(cells):
                continue
            yield Part(
                kind=PartKind.ROW,
                span=Span(start=first, end=last),
                line=first_line + token.map[0],
                wording=row_sentence(header, cells, locale),
                heading=tuple(heading),
                clause=clause,
            )
    if problems:
        raise KnowledgeError(problems)


def _left_open(plain: str, source: str, first_line: int) -> Iterator[Problem]:
    before, mark, _ = plain.partition("<!--")
    if mark:
        yield Problem(
            "the comment is never closed, so a customer could be told it",
            where=f"{source}:{first_line + before.count(chr(10))}",
            fix="end it with `-->`",
        )


def _too_long(source: str, line: int) -> Problem:
    return Problem(
        "the row has more cells than its table has columns",
        where=f"{source}:{line}",
        fix="name the column in the header, or write `\\|` for a bar within a cell",
    )


def _is_prose(tokens: list[Token], index: int) -> bool:
    return tokens[index - 1].type == "paragraph_open"


def _clauses(
    body: str, plain: str, token: Token, starts: list[int], first_line: int
) -> Iterator[tuple[str | None, Part]]:
    """A paragraph, cut where a line begins with a clause number.

    `plain` is `body` with its markup blanked out, so that no part begins or ends with it.
    """
    pieces: list[tuple[str | None, int, int, int]] = []  # number, line, start, end
    for line in range(*(token.map or (0, 0))):
        start, end = starts[line], starts[line + 1] - 1
        text = plain[start:end]
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
        text = plain[start:end]
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
