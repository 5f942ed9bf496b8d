"""What a check of the knowledge base finds."""

from collections.abc import Sequence
from enum import StrEnum

from ragkit.core.documents import Chunk, Document, Part
from ragkit.core.text import Record

_NAMED = 3  # ids named in a message that speaks of many


class Check(StrEnum):
    """The checks, in the order they are told."""

    UNREADABLE = "unreadable"
    LEFT_OUT = "left_out"
    INJECTION = "injection"
    PERSONAL_DATA = "personal_data"
    DEAD_SLOT = "dead_slot"
    DATES = "dates"
    SAME_PHRASING = "same_phrasing"
    CONTRADICTION = "contradiction"
    STRAY_PHRASING = "stray_phrasing"
    UNREACHABLE = "unreachable"


class LintSeverity(StrEnum):
    """How bad a finding is: an error should not be published."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class LintFinding(Record):
    """One problem. `where` is `file:line`, `other` the same of what it collides with, if anything.

    `quote` holds the words in question; personal data in it are masked.
    """

    check: Check
    severity: LintSeverity
    message: str
    where: str
    fix: str
    other: str | None = None
    quote: str = ""


def place(of: Chunk | Part | Document, source: str) -> str:
    """Where something stands: `file:line`, with the sheet or page between them if there is one."""
    if isinstance(of, Document):
        return f"{source}:{of.line}"
    sheet = f":{of.sheet}" if of.sheet else ""
    page = f":page {of.page}" if of.page else ""
    return f"{source}{sheet}{page}:{of.line}"


def named(names: Sequence[str]) -> str:
    """Ids in a message: the first few, and how many more."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(f"`{name}`" for name in names[:_NAMED]) + more
