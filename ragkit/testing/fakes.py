"""Small real implementations of protocols, for tests that need no index and no model."""

from collections.abc import Sequence

from ragkit.core.documents import Document, DocumentKind
from ragkit.core.drafting import Draft, Drafts
from ragkit.core.guarding import Finding, GuardContext, RuleResult
from ragkit.core.retrieval import Evidence, Query, SearchFilter
from ragkit.core.text import Locale


class MemoryLibrary:
    """Documents in a list."""

    def __init__(self, *documents: Document) -> None:
        self._documents = documents

    def document(self, key: str) -> Document:
        for document in self._documents:
            if document.key == key:
                return document
        raise KeyError(key)

    def in_force(self, document_id: str, search: SearchFilter) -> Document | None:
        found = (d for d in self._documents if d.id == document_id and _passes(d, search))
        return next(found, None)

    def scripts(self, scene: str, search: SearchFilter) -> tuple[Document, ...]:
        return tuple(
            document
            for document in self._documents
            if document.kind is DocumentKind.SCRIPT
            and document.scene == scene
            and _passes(document, search)
        )


def _passes(document: Document, search: SearchFilter) -> bool:
    right_locale = search.locale is None or document.locale == search.locale
    return right_locale and document.validity.covers(search.as_of)


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
