"""Slots that nothing fills, and experiments with nothing to compare."""

import re
from collections.abc import Iterator

from ragkit.core.documents import Document, DocumentKind, Part
from ragkit.core.drafting import SLOT, SLOTS
from ragkit.core.folding import fold
from ragkit.lint.findings import Check, LintFinding, LintSeverity, place
from ragkit.lint.shelf import Shelf

_BRACE = re.compile(r"[{}]")
_LONGEST = 40  # characters of a slot's name; more between braces is a text in braces


def dead_slots(shelf: Shelf) -> Iterator[LintFinding]:
    """Slots in texts where none is filled, unknown and broken ones, lonely variants."""
    for document in shelf.kept:
        for part in document.parts:
            yield from _in_part(document, part)
    yield from _alone(shelf)


def _in_part(document: Document, part: Part) -> Iterator[LintFinding]:
    text = fold(part.wording)  # ｛｝ are braces too
    script = document.kind is DocumentKind.SCRIPT
    for name in dict.fromkeys(SLOT.findall(text)):
        if script and name in SLOTS:
            continue
        if script:
            what = f"no order supplies the slot {{{name}}}, so the script is never offered"
            fix = f"use one of {', '.join(SLOTS)}"
        else:
            what = f"nothing fills {{{name}}} here: customers would read it as it stands"
            fix = "say it without a slot, or move the sentence into a script"
        severity = LintSeverity.ERROR if len(name) <= _LONGEST else LintSeverity.WARNING
        yield _finding(severity, what, document, part, fix)
    if _BRACE.search(SLOT.sub("", text)):
        yield _finding(
            LintSeverity.ERROR if script else LintSeverity.WARNING,
            "a brace stands alone",
            document,
            part,
            "write a slot like {order.id} in scripts, and no braces elsewhere",
        )


def _finding(
    severity: LintSeverity, message: str, document: Document, part: Part, fix: str
) -> LintFinding:
    brace = _BRACE.search(fold(part.wording))
    line = next((each for each in part.wording.split("\n") if _BRACE.search(fold(each))), "")
    return LintFinding(
        check=Check.DEAD_SLOT,
        severity=severity,
        message=f"`{document.id}`: {message}",
        where=place(part, document.source),
        quote=line if brace else "",
        fix=fix,
    )


def _alone(shelf: Shelf) -> Iterator[LintFinding]:
    variants: dict[str, list[Document]] = {}
    for document in shelf.approved:
        if document.script and document.script.experiment:
            variants.setdefault(document.script.experiment, []).append(document)
    for name, scripts in variants.items():
        if len(scripts) == 1:
            only = scripts[0]
            yield LintFinding(
                check=Check.DEAD_SLOT,
                severity=LintSeverity.WARNING,
                message=f"the experiment `{name}` has only one approved variant, `{only.id}`",
                where=place(only, only.source),
                fix="add or approve another variant, or take `experiment` out",
            )
