"""Small real implementations of protocols, for tests that need no index and no model."""

from collections.abc import Collection, Sequence
from datetime import date

from ragkit.core.documents import Document, DocumentKind, Status
from ragkit.core.drafting import Draft, Drafts
from ragkit.core.guarding import Finding, GuardContext, RuleResult
from ragkit.core.retrieval import Conflict, Evidence, Query, SearchFilter
from ragkit.core.text import Locale


class MemoryLibrary:
    """Documents in a list; `contradictions` are the conflicts it tells of, whatever the day."""

    def __init__(self, *documents: Document, contradictions: Sequence[Conflict] = ()) -> None:
        self._documents = documents
        self._contradictions = contradictions

    def document(self, key: str) -> Document:
        for document in self._documents:
            if document.key == key:
                return document
        raise KeyError(key)

    def in_force(self, document_id: str, search: SearchFilter) -> Document | None:
        found = [d for d in self._documents if d.id == document_id and _passes(d, search)]
        return max(found, key=_precedence, default=None)

    def scripts(self, scene: str, search: SearchFilter) -> tuple[Document, ...]:
        found = [
            document
            for document in self._documents
            if document.kind is DocumentKind.SCRIPT
            and document.scene == scene
            and self.in_force(document.id, search) == document
        ]
        return tuple(sorted(found, key=lambda script: (script.source, script.line, script.key)))

    def conflicts(self, keys: Collection[str], search: SearchFilter) -> tuple[Conflict, ...]:
        return tuple(each for each in self._contradictions if each.chunk.document in keys)


def _passes(document: Document, search: SearchFilter) -> bool:
    return (
        document.status is Status.APPROVED
        and search.locale in (None, document.locale)
        and document.scope.admits(search.shop, search.channel)
        and document.validity.covers(search.as_of)
    )


def _precedence(document: Document) -> tuple[date, bool]:
    """The version that started last is in force; of two of one day the one for some shops."""
    scope = document.scope
    return document.validity.effective_from or date.min, bool(scope.shops or scope.channels)


class ScriptedDrafter:
    """Says what it was told to say, once for each message; fails when its script runs out."""

    id = "scripted"

    def __init__(self, *answers: Drafts) -> None:
        self._answers = list(answers)

    def draft(
        self,
        query: Query,
        *,
        search: SearchFilter,
        locale: Locale,
        evidence: Sequence[Evidence],
        scripts: Sequence[Document],
    ) -> Drafts:
        if not self._answers:
            raise LookupError("the script of this drafter has run out")
        return self._answers.pop(0)


class FixedRule:
    """Sees the same findings in every draft."""

    id = "fixed"

    def __init__(self, *findings: Finding) -> None:
        self._findings = findings

    def check(self, draft: Draft, context: GuardContext) -> RuleResult:
        return RuleResult(findings=self._findings)


class BreakingRule:
    """Breaks, as a rule with a fault in it would."""

    id = "breaking"

    def check(self, draft: Draft, context: GuardContext) -> RuleResult:
        raise ZeroDivisionError("division by zero")
