"""Days: what has ended, ends soon, has not begun; and what rests on articles not in force."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from ragkit.core.documents import Document, DocumentKind
from ragkit.lint.findings import Check, LintFinding, LintSeverity, named, place
from ragkit.lint.shelf import Shelf, day_of, ends, scopes_meet, starts

_Day = Callable[[Document], date | None]


def dates(shelf: Shelf, as_of: date, *, soon_days: int) -> Iterator[LintFinding]:
    """Days of approved articles, seen on the day `as_of`; `soon_days` is what counts as soon."""
    soon = date.fromordinal(min(as_of.toordinal() + soon_days, date.max.toordinal()))
    for versions in shelf.versions.values():
        yield from _ended(shelf, versions, as_of)
        yield from _ending(versions, as_of, soon)
    yield from _beginning(shelf, as_of)
    yield from _reviews(shelf, as_of, soon)
    for document in shelf.approved:
        yield from _resting(shelf, document, as_of)


def _finding(severity: LintSeverity, message: str, of: Document, fix: str) -> LintFinding:
    where = place(of, of.source)
    return LintFinding(check=Check.DATES, severity=severity, message=message, where=where, fix=fix)


def _ended(shelf: Shelf, versions: Sequence[Document], as_of: date) -> Iterator[LintFinding]:
    """An article all of whose versions are over, or whose next one leaves a gap."""
    over = [each for each in versions if ends(each) < as_of]
    if not over or any(each.validity.covers(as_of) for each in versions):
        return
    last = max(over, key=ends)
    coming = [each for each in versions if starts(each) > as_of]
    policy = last.kind is DocumentKind.POLICY
    resting = named([each.id for each in shelf.approved if _rests_on(each, last.id)])
    until = f" until {starts(coming[0])}" if coming else ""
    yield _finding(
        LintSeverity.ERROR if policy else LintSeverity.WARNING,
        f"no version of `{last.id}` is in force since it ended on {ends(last)}{until}"
        f"{f'; {resting} rest on it' if resting else ''}",
        last,
        "set a later `effective_to`, add the version that follows, or retire it",
    )


def _ending(versions: Sequence[Document], as_of: date, soon: date) -> Iterator[LintFinding]:
    for each in versions:
        if not each.validity.covers(as_of) or ends(each) > soon or ends(each) == date.max:
            continue
        next_day = ends(each) + timedelta(days=1)
        if not any(starts(other) <= next_day <= ends(other) for other in versions):
            yield _finding(
                LintSeverity.WARNING,
                f"`{each.id}` ends on {ends(each)}, and nothing follows",
                each,
                "set a later `effective_to`, or add the version that follows",
            )


def _beginning(shelf: Shelf, as_of: date) -> Iterator[LintFinding]:
    """What is not in force yet, together for each file and day."""
    for (source, day), group in _groups(shelf, lambda each: each.validity.effective_from):
        coming = [each for each in group if starts(each) > as_of]
        if coming:
            yield _finding(
                LintSeverity.INFO,
                f"{named([each.key for each in coming])} not in force before {day}",
                coming[0],
                f"nothing, if {source} is meant for later",
            )


def _reviews(shelf: Shelf, as_of: date, soon: date) -> Iterator[LintFinding]:
    """What is due for review, together for each file and day."""
    for (_, day), group in _groups(shelf, lambda each: each.review_by):
        due = [each for each in group if ends(each) >= as_of]
        if day <= soon and due:
            late = day < as_of
            yield _finding(
                LintSeverity.WARNING if late else LintSeverity.INFO,
                f"{named([each.key for each in due])} "
                f"{'should have been' if late else 'must be'} reviewed by {day}",
                due[0],
                "review what it says, then set the next `review_by`",
            )


def _groups(shelf: Shelf, day: _Day) -> Iterator[tuple[tuple[str, date], list[Document]]]:
    found: dict[tuple[str, date], list[Document]] = {}
    for document in shelf.approved:
        if (when := day(document)) is not None:
            found.setdefault((document.source, when), []).append(document)
    yield from found.items()


def _rests_on(document: Document, name: str) -> bool:
    return any(link.partition("#")[0] == name for link in document.see)


def _resting(shelf: Shelf, document: Document, as_of: date) -> Iterator[LintFinding]:
    """Links of an article that lead to nothing in force on its day.

    Links to ids that do not exist stop a build, and those to an article that has ended are told
    with that article.
    """
    day = day_of(document, as_of)
    for link in document.see if day else ():
        name, _, clause = link.partition("#")
        versions = shelf.versions.get(name, ())
        there = [
            each
            for each in versions
            if each.validity.covers(day or as_of) and scopes_meet(each.scope, document.scope)
        ]
        told = day == as_of and any(ends(each) < as_of for each in versions)
        if not there and name in shelf.known and not told:
            why = f"has no version in force on {day}" if versions else "is not approved"
            yield _rest(document, f"rests on `{name}`, which {why}", versions[:1])
        elif clause and there:
            newest = max(there, key=starts)
            if not any(part.clause == clause for part in newest.parts):
                yield _rest(
                    document,
                    f"rests on `{link}`, which version {newest.version or 'in force'} "
                    f"of {day} does not have",
                    [newest],
                )


def _rest(document: Document, what: str, other: Sequence[Document]) -> LintFinding:
    return LintFinding(
        check=Check.DATES,
        severity=LintSeverity.WARNING,
        message=f"`{document.id}` {what}",
        where=place(document, document.source),
        other=place(other[0], other[0].source) if other else None,
        fix="correct the link under `see`, or bring what it leads to into force",
    )
