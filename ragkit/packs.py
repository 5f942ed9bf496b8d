"""Rule packs: from files to proven rules, or to the reason why nothing can be checked."""

import errno
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ragkit import __version__
from ragkit.core.drafting import Draft
from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.guarding import Finding, GuardContext, RuleResult, Severity, WordingRule
from ragkit.core.text import Record
from ragkit.guard.rules.wording import proven


@dataclass(frozen=True)
class Packs:
    """The rule packs as loaded: the rules, or why there are none, and the hash of their files."""

    rules: tuple[WordingRule, ...]
    hash: str
    error: KnowledgeError | None = None


class BrokenPacks:
    """Stands in for rule packs that cannot be used: every draft goes to review, with the reason."""

    id = "rule_packs"

    def __init__(self, error: KnowledgeError) -> None:
        self._error = error

    def check(self, draft: Draft, context: GuardContext) -> RuleResult:
        broken = Finding(
            rule="rule_packs@1",
            category="engine_error",
            severity=Severity.REVIEW,
            message=f"the wording was not checked: {self._error.what} ({self._error.where})",
        )
        return RuleResult(findings=(broken,))


class _Cached(Record):
    """Proven rules, kept so that unchanged files are neither parsed nor proven again."""

    hash: str
    digest: str  # of the rules as they stand here: a cache that was changed is not believed
    rules: tuple[WordingRule, ...]


def load_packs(folder: Path, *, cache: Path) -> Packs:
    """Every rule in the YAML files under `folder`, its examples proven.

    `cache` is a file of ours that may be missing or stale. Packs that cannot be used come back with
    an `error`: an unreadable or broken file, examples that do not hold, no file at all.
    """
    try:
        files = _read(folder)
        version = _hash(files)
        cached = _cached(cache)
        if cached is not None and (cached.hash, cached.digest) == (version, _digest(cached.rules)):
            return Packs(cached.rules, version)
        rules = proven([rule for source, text in files for rule in _parse(text, source)])
        if not rules:
            raise KnowledgeError([_no_packs(folder)])
    except KnowledgeError as error:
        return Packs((), "broken", error)
    _keep(cache, _Cached(hash=version, digest=_digest(rules), rules=rules))
    return Packs(rules, version)


def _read(folder: Path) -> list[tuple[str, bytes]]:
    paths = sorted(folder.rglob("*.y*ml"))
    if not paths:
        raise KnowledgeError([_no_packs(folder)])
    try:
        odd = next((path for path in paths if path.exists() and not path.is_file()), None)
        if odd is not None:
            raise OSError(errno.EINVAL, "it is no regular file", str(odd))
        return [(f"rules/{p.relative_to(folder).as_posix()}", p.read_bytes()) for p in paths]
    except OSError as error:
        reason = error.strerror or str(error)
        raise KnowledgeError(
            [
                Problem(
                    f"cannot be read: {reason}", where=str(error.filename), fix="check its rights"
                )
            ]
        ) from error


def _hash(files: Sequence[tuple[str, bytes]]) -> str:
    digest = hashlib.sha256(__version__.encode())
    for source, text in files:
        digest.update(f"{source}\0".encode() + text + b"\0")
    return digest.hexdigest()[:16]


def _no_packs(folder: Path) -> Problem:
    return Problem(
        "there are no rules",
        where=str(folder),
        fix="restore knowledge_base/rules, as `ragkit init` writes it",
    )


def _digest(rules: Sequence[WordingRule]) -> str:
    text = "\n".join(rule.model_dump_json() for rule in rules)
    return hashlib.sha256(text.encode()).hexdigest()


def _parse(raw: bytes, source: str) -> list[WordingRule]:
    from ragkit.ingest import records

    located = records.parse_yaml(records.decode(raw, source=source), source=source)
    return [
        records.validate(
            WordingRule,
            {**entry.value, "source": f"{source}:{entry.line()}"},
            source=source,
            line=entry,
        )
        for entry in records.entries(located, source=source)
    ]


def _cached(path: Path) -> _Cached | None:
    try:
        return _Cached.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None  # missing, cut off or of another version: the files are read instead


def _keep(path: Path, cached: _Cached) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(cached.model_dump_json(), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        return  # a cache only saves time: without one the files are read again
