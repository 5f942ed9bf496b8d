"""What can go wrong, as one tree; each leaf says what, where and how to fix it.

    RagkitError (1, unexpected)
    |- InputError (2, yours to fix)
    |  |- SettingsError      ragkit.toml, environment or flags
    |  |- KnowledgeError     files under knowledge_base/, every problem at once
    |  |- CasesError         evaluation cases
    |- NotReady (3)
    |  |- IndexNotReady      no index, or one of another version
    |  |  |- IndexDamaged    its files are not as they were written
    |  |- IndexBusy          another process is building
    |  |- StoreUnavailable   the review store cannot be read or written
    |- ProviderFailed (4)    an outside service did not answer as agreed
    |- GateFailed (5)        an evaluation gate did not hold

The number is the exit code of the command line.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar


class RagkitError(Exception):
    """Says what went wrong, where, and how to fix it. `exit_code` is what the CLI returns."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str, fix: str) -> None:
        self.what, self.where, self.fix = what, where, fix
        super().__init__(f"{what}\n  where: {where}\n  fix:   {fix}")


class InputError(RagkitError):
    """Something the user gave cannot be used."""

    exit_code = 2


class SettingsError(InputError):
    """A setting is unknown, or has a value that cannot be used."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong in one file: `where` is `path` or `path:line`."""

    what: str
    where: str = field(kw_only=True)
    fix: str = field(kw_only=True)


class KnowledgeError(InputError):
    """The knowledge base cannot be read as it is; `problems` names every place at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(first.what, where=first.where, fix=first.fix)

    def __str__(self) -> str:
        return "\n".join(
            f"{problem.what}\n  where: {problem.where}\n  fix:   {problem.fix}"
            for problem in self.problems
        )


class CasesError(InputError):
    """An evaluation case cannot be read."""


class NotReady(RagkitError):
    """Something ragkit needs is not there yet."""

    exit_code = 3


class IndexNotReady(NotReady):
    """There is no index, or it cannot be used by this version."""


class IndexDamaged(IndexNotReady):
    """A file of the index is not as it was written."""


class IndexBusy(NotReady):
    """Another process is building the index."""


class StoreUnavailable(NotReady):
    """The review store cannot be read or written."""


class ProviderFailed(RagkitError):
    """An outside service did not answer as agreed."""

    exit_code = 4


class GateFailed(RagkitError):
    """An evaluation gate did not hold."""

    exit_code = 5
