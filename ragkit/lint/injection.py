"""Texts that speak to a machine instead of a customer, and characters nobody sees."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ragkit.core.documents import ASKED, Document, Part
from ragkit.core.guarding import Finding
from ragkit.core.text import Span
from ragkit.lint.findings import Check, LintFinding, LintSeverity, place
from ragkit.lint.shelf import Shelf

# What the rules against prompt injection find in a text.
Instructions = Callable[[str], Sequence[Finding]]
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SHOWN = 60  # characters of a hidden text in a message
# A flag of a region is a black flag spelled out in tags (Unicode TR51, ED-14a).
_FLAG = r"(?<!\U0001f3f4)(?<![\U000e0020-\U000e007e])"
# Scripts and pictures whose marks join or turn what is beside them: joiners within emoji and in
# scripts that shape their letters (Arabic, Indic), one variation selector behind a character.
_JOINING = r"\u0600-\u06ff\u0900-\u0dff\u200d\u20e3\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"


@dataclass(frozen=True)
class _Unseen:
    """A kind of characters that nobody sees, and how bad it is to find them."""

    name: str
    pattern: re.Pattern[str]
    severity: LintSeverity


_UNSEEN = (
    _Unseen(
        "tag characters (a hidden text)",
        re.compile(rf"{_FLAG}[\U000e0000-\U000e007f]+"),
        LintSeverity.ERROR,
    ),
    _Unseen(
        "variation selectors in a row (a hidden text)",
        re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}"),
        LintSeverity.ERROR,
    ),
    _Unseen(
        "marks that turn the direction of text",
        re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+"),
        LintSeverity.ERROR,
    ),
    _Unseen(
        "characters without width",
        re.compile(rf"[\u00ad\u200b\u2060-\u2064\ufeff]+|(?<![{_JOINING}])[\u200c\u200d]+"),
        LintSeverity.WARNING,
    ),
)


def injection(shelf: Shelf, instructions: Instructions) -> Iterator[LintFinding]:
    """Instructions, invisible characters and comments in any text that is not retired."""
    for document in shelf.kept:
        for part in document.parts:
            yield from _in_part(document, part, instructions)


def _in_part(document: Document, part: Part, instructions: Instructions) -> Iterator[LintFinding]:
    text = part.span.of(document.text)
    found = [each for each in instructions(text) if each.span]
    for each in found[:1]:
        asked = part.kind in ASKED
        yield _finding(
            LintSeverity.WARNING if asked else LintSeverity.ERROR,
            f"`{document.id}` holds an instruction to a machine ({each.rule})",
            document,
            part,
            "take it out" if not asked else "take it out, unless customers are answered about it",
            each.quote,
        )
    for unseen in _UNSEEN:
        if matches := unseen.pattern.findall(text):
            yield _finding(
                unseen.severity,
                f"`{document.id}` holds {unseen.name}: {_count(matches)}{_said(matches)}",
                document,
                part,
                "delete them: type the text anew, or paste it without formatting",
                _around(text, unseen.pattern),
            )
    for comment in _COMMENT.finditer(text):
        span = Span(start=comment.start(), end=comment.end())
        if not any(each.span and _touch(each.span, span) for each in found):
            yield _finding(
                LintSeverity.WARNING,
                f"`{document.id}` holds a comment, which is searched and can be quoted",
                document,
                part,
                "delete it, or write it as text if customers may read it",
                comment[0],
            )


def _finding(
    severity: LintSeverity, message: str, document: Document, part: Part, fix: str, quote: str
) -> LintFinding:
    return LintFinding(
        check=Check.INJECTION,
        severity=severity,
        message=message,
        where=place(part, document.source),
        fix=fix,
        quote=quote,
    )


def _touch(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _count(matches: Sequence[str]) -> str:
    points = sorted({f"U+{ord(char):04X}" for match in matches for char in match})
    more = " …" if len(points) > 3 else ""
    return f"{sum(map(len, matches))} of them, {' '.join(points[:3])}{more}"


def _said(matches: Sequence[str]) -> str:
    """What tag characters spell: each stands for the ASCII character 0xE0000 below it."""
    spelled = "".join(
        chr(ord(c) - 0xE0000) for match in matches for c in match if c >= "\U000e0020"
    )
    printable = "".join(char for char in spelled if " " <= char <= "~")
    return f", which spell “{printable[:_SHOWN]}”" if printable else ""


def _around(text: str, pattern: re.Pattern[str]) -> str:
    """The words around the first of them, written out."""
    match = pattern.search(text)
    if match is None:
        return ""
    before, after = text[max(0, match.start() - 10) : match.start()], text[match.end() :][:10]
    points = "".join(f"<U+{ord(char):04X}>" for char in match[0][:3])
    return f"{before}{points}{after}".replace("\n", " ")
