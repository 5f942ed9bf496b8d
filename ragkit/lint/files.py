"""Files that could not be read, and what of the others was left out."""

from collections.abc import Callable, Iterable, Iterator

from ragkit.core.errors import Problem
from ragkit.lint.findings import Check, LintFinding, LintSeverity

# How loaders speak of text that a file holds and does not show.
_HIDDEN = ("hidden", "nobody can see")


def unreadable(problems: Iterable[Problem]) -> Iterator[LintFinding]:
    """What keeps a build from publishing."""
    for problem in dict.fromkeys(problems):
        yield _told(Check.UNREADABLE, LintSeverity.ERROR, problem)


def left_out(
    notices: Iterable[Problem], skipped: Iterable[str], *, told: Callable[[Problem], bool]
) -> Iterator[LintFinding]:
    """Notices but for those that another check has `told`, and files that no loader reads."""
    for notice in dict.fromkeys(notices):
        if not is_hidden(notice) and not told(notice):
            yield _told(Check.LEFT_OUT, LintSeverity.WARNING, notice)
    for name in skipped:
        problem = Problem(
            "no loader reads this file here",
            where=name,
            fix="save it in a format that is read in this folder, or move it away",
        )
        yield _told(Check.LEFT_OUT, LintSeverity.WARNING, problem)


def hidden(notices: Iterable[Problem]) -> Iterator[LintFinding]:
    """Text that a file holds and does not show: where instructions are hidden."""
    for notice in dict.fromkeys(notices):
        if is_hidden(notice):
            yield _told(Check.INJECTION, LintSeverity.WARNING, notice)


def is_hidden(notice: Problem) -> bool:
    return any(word in notice.what for word in _HIDDEN)


def _told(check: Check, severity: LintSeverity, problem: Problem) -> LintFinding:
    return LintFinding(
        check=check,
        severity=severity,
        message=problem.what,
        where=problem.where,
        fix=problem.fix,
    )
