"""Journey 2: understand -> retrieve -> select -> draft -> verify -> check -> decide.

From a customer's message to checked suggestions. Whatever breaks on the way to a draft closes the
door: the suggestion goes to a person. When the review store breaks, nothing is shown.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Protocol

from ragkit.core.documents import Document, DocumentKind, Link, PartKind
from ragkit.core.drafting import SLOTS, Candidate, Draft, DraftKind, Drafts, Signature, Suggestion
from ragkit.core.errors import IndexNotReady, InputError, RagkitError
from ragkit.core.guarding import (
    ROUTES,
    Finding,
    GroundedValue,
    GuardContext,
    Route,
    RuleResult,
    Severity,
    Verdict,
)
from ragkit.core.protocols import Drafter, Library, Retriever, ReviewStore, Understander
from ragkit.core.retrieval import Conflict, Evidence, Query, Retrieved, SearchFilter, Understanding
from ragkit.core.text import lone_surrogate, visible
from ragkit.draft.citations import verify
from ragkit.guard.guard import Guard, broken, decide, low_confidence
from ragkit.guard.rules.wording import Wording
from ragkit.retrieve.select import select

# What an answer may rest on; scripts are chosen by the scene of the answer.
_ANSWERS = (DocumentKind.FAQ, DocumentKind.POLICY, DocumentKind.PRODUCT)


class OpenStore(Protocol):
    """Opens the review store when something has to go into it."""

    def __call__(self) -> ReviewStore: ...


@dataclass(frozen=True)
class Limits:
    """Sizes along the way, and the shop and channel of messages that name none."""

    max_message_chars: int
    top_k: int
    evidence_documents: int
    evidence_per_document: int
    shop: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Engine:
    """Makes suggestions. `clock` gives aware UTC times, `zone` says which day that is at the desk;
    `open_store` is called only when something goes to review.
    """

    understander: Understander
    retriever: Retriever
    library: Library
    drafter: Drafter
    guard: Guard
    message_rules: Wording
    limits: Limits
    signature: Signature
    clock: Callable[[], datetime]
    zone: tzinfo
    open_store: OpenStore

    def suggest(self, query: Query, *, store: bool = True) -> Suggestion:
        """Suggest replies to a message; what is not plainly sendable is queued when `store`.

        Raises `InputError` for a message or order that cannot be used, `IndexNotReady` when the
        index cannot be searched, `StoreUnavailable` when something has to be reviewed and cannot
        be queued: then nothing is shown.
        """
        self._accept(query)
        now = self.clock()
        understood = self.understander.understand(query)
        search = SearchFilter(
            as_of=query.as_of or ordered_on(query) or now.astimezone(self.zone).date(),
            locale=understood.locale,
            shop=query.shop or self.limits.shop,
            channel=query.channel or self.limits.channel,
        )
        retrieved = self._retrieve(understood, search)
        evidence = select(
            retrieved.hits,
            max_documents=self.limits.evidence_documents,
            per_document=self.limits.evidence_per_document,
        )
        message = self._read(query.text)
        drafts, obstacle = self._draft(query, understood, search, retrieved, evidence, message)
        candidates, conflicts = self._candidates(drafts.drafts, query, search, understood, message)
        suggestion = Suggestion(
            id=hashlib.sha256(f"{now.isoformat()}\0{query!r}".encode()).hexdigest()[:16],
            created_at=now,
            query=query,
            locale=understood.locale,
            candidates=tuple(candidates),
            verdict=candidates[0].verdict if candidates else decide([obstacle, message]),
            gaps=drafts.gaps,
            evidence=evidence,
            conflicts=conflicts,
            links=self._links(candidates[:1]),
            confidence=retrieved.confidence,
            threshold=retrieved.threshold,
            signature=self.signature,
        )
        if store and suggestion.route is not Route.SUGGEST:
            item = self.open_store().put(suggestion)
            return suggestion.model_copy(update={"review_item": item})
        return suggestion

    def recheck(self, suggestion: Suggestion, text: str) -> Verdict:
        """Check a reply that a person wrote in place of a suggestion's draft.

        Its amounts must stand in the evidence of the suggestion or in the order.
        """
        keys = {evidence.hit.chunk.document for evidence in suggestion.evidence}
        keys |= {
            claim.citation.document
            for candidate in suggestion.candidates
            for claim in candidate.draft.claims
            if claim.citation
        }
        draft = Draft(kind=DraftKind.EDITED, locale=suggestion.locale, text=text)
        context = GuardContext(
            message=suggestion.query.text,
            locale=suggestion.locale,
            sources=self._documents(keys),
            values=_values(suggestion.query),
        )
        return self.guard.check(draft, context)

    def _accept(self, query: Query) -> None:
        text = query.text
        for slot, value in query.order.items():
            if slot not in SLOTS or lone_surrogate(value) is not None or visible(value) != value:
                raise InputError(
                    f"the order's `{slot}` is no slot, or holds characters that cannot be shown",
                    where="the order",
                    fix=f"slots are {', '.join(SLOTS)}, with plain texts",
                )
        if not text.strip():
            raise InputError(
                "the message is empty",
                where="the message",
                fix='give the customer\'s words, for example: ragkit draft "什么时候发货"',
            )
        if (index := lone_surrogate(text)) is not None:
            raise InputError(
                f"the message is not valid Unicode at character {index}",
                where="the message",
                fix="send it as UTF-8",
            )
        most = self.limits.max_message_chars
        if len(text) > most:
            raise InputError(
                f"the message has {len(text):,} characters, more than {most:,}",
                where="the message",
                fix="send the part with the question, or raise `draft.max_message_chars`",
            )

    def _read(self, text: str) -> RuleResult:
        """What the rules for messages see; when they break, a person looks."""
        try:
            return self.message_rules.check_text(text)
        except Exception as error:  # noqa: BLE001
            return broken("message_rules", error)

    def _retrieve(self, understood: Understanding, search: SearchFilter) -> Retrieved:
        try:
            return self.retriever.retrieve(
                understood.asks,
                search=search.model_copy(update={"kinds": _ANSWERS}),
                top_k=self.limits.top_k,
            )
        except RagkitError:
            raise
        except Exception as error:
            raise IndexNotReady(
                f"the index cannot be searched: {type(error).__name__}: {error}",
                where=f"generation {self.signature.index}",
                fix="see `ragkit doctor`, then run `ragkit index build`",
            ) from error

    def _draft(
        self,
        query: Query,
        understood: Understanding,
        search: SearchFilter,
        retrieved: Retrieved,
        evidence: Sequence[Evidence],
        message: RuleResult,
    ) -> tuple[Drafts, RuleResult]:
        """Drafts out of the evidence, and what it means if there are none: a person answers."""
        if not retrieved.hits:
            return Drafts(), _nothing(f"no knowledge in this language applies on {search.as_of}")
        if not retrieved.answerable:
            return Drafts(), low_confidence(retrieved.confidence, retrieved.threshold)
        try:
            drafts = self.drafter.draft(
                query,
                search=search,
                locale=understood.locale,
                evidence=evidence,
                scripts=self._scripts(query, evidence, understood, search, message),
            )
        except RagkitError:
            raise
        except Exception as error:  # noqa: BLE001 - the message is not lost
            return Drafts(), broken("drafter", error)
        return drafts, _nothing("the evidence holds no sentence to answer with")

    def _scripts(
        self,
        query: Query,
        evidence: Sequence[Evidence],
        understood: Understanding,
        search: SearchFilter,
        message: RuleResult,
    ) -> tuple[Document, ...]:
        """Approved scripts for the scene of the best evidence, best first.

        A script whose situation more likely than not is the customer's comes first, the likeliest
        before the rest; of the others the calmest, as nothing says that they fit. A message that a
        rule holds back wants the strongest emotion level; any other one leaves that level out, if
        the scene has another. Nothing says which segment the customer is of: scripts for
        everybody go first. Of the variants of an experiment a conversation gets one.
        """
        scene = next((scene for e in evidence if (scene := self._scene(e))), None)
        if scene is None:
            return ()
        found = self.retriever.retrieve(
            understood.asks,
            search=search.model_copy(update={"kinds": (DocumentKind.SCRIPT,)}),
            top_k=self.limits.top_k,
        )
        score = {hit.chunk.document: hit.score for hit in reversed(found.hits)}
        scripts = variants_for(
            query.conversation or query.text, self.library.scripts(scene, search)
        )
        tense = any(finding.severity >= Severity.REVIEW for finding in message.findings)
        fitting = [s for s in scripts if s.script and (s.script.emotion == _STRONGEST) == tense]

        def order(script: Document) -> tuple[bool, bool, int, float]:
            profile = script.script
            likely = score.get(script.key, 0.0)
            fits = likely > _EVEN
            emotion = profile.emotion if profile and not fits else 0
            special = profile is not None and profile.segment != _EVERYBODY
            return special, not fits, emotion, -likely

        return tuple(sorted(fitting or scripts, key=order))

    def _scene(self, evidence: Evidence) -> str | None:
        return self.library.document(evidence.hit.chunk.document).scene

    def _candidates(
        self,
        drafts: Sequence[Draft],
        query: Query,
        search: SearchFilter,
        understood: Understanding,
        message: RuleResult,
    ) -> tuple[list[Candidate], tuple[Conflict, ...]]:
        """The drafts checked, those that may go first; and where what they say is contradicted."""
        keys = {claim.citation.document for d in drafts for claim in d.claims if claim.citation}
        results, said = [message], list[Conflict]()
        try:
            found = self.library.conflicts(keys, search) if keys else ()
        except Exception as error:  # noqa: BLE001
            results.append(broken("conflicts", error))
            found = ()
        candidates = []
        for draft in drafts:
            own = [conflict for conflict in found if _says(draft, conflict)]
            said += [conflict for conflict in own if conflict not in said]
            doubts = [*results, *map(_in_conflict, own)]
            candidates.append(self._checked(draft, query, understood, doubts))
        candidates.sort(key=lambda candidate: _ORDER[candidate.verdict.route])
        return candidates, tuple(said)

    def _links(self, candidates: Sequence[Candidate]) -> tuple[Link, ...]:
        """The pages that the articles cited by candidates name, each once."""
        claims = [claim for candidate in candidates for claim in candidate.draft.claims]
        keys = {claim.citation.document for claim in claims if claim.citation}
        try:
            links = [link for document in self._documents(keys) for link in document.links]
        except Exception:  # noqa: BLE001 - they only accompany; that something broke is told
            return ()
        return tuple(dict.fromkeys(links))

    def _checked(
        self,
        draft: Draft,
        query: Query,
        understood: Understanding,
        doubts: Sequence[RuleResult],
    ) -> Candidate:
        results = list(doubts)
        keys = {claim.citation.document for claim in draft.claims if claim.citation}
        sources: tuple[Document, ...] = ()
        try:
            draft = verify(draft, self.library)
            sources = self._documents(keys)
        except Exception as error:  # noqa: BLE001
            results.append(broken("citations", error))
        context = GuardContext(
            message=query.text,
            locale=understood.locale,
            sources=sources,
            values=_values(query),
        )
        verdict = self.guard.check(draft, context)
        own = RuleResult(findings=verdict.findings, exempted=verdict.exempted)
        return Candidate(draft=draft, verdict=decide([own, *results]))

    def _documents(self, keys: set[str]) -> tuple[Document, ...]:
        """The documents that there are: one taken out of the knowledge base grounds nothing."""
        found = []
        for key in sorted(keys):
            try:
                found.append(self.library.document(key))
            except KeyError:
                continue
        return tuple(found)


_ORDER = {route: number for number, route in enumerate(ROUTES.values())}
_ORDER_DATE = "order.date"  # slot
_EVEN = 0.5  # a hit above it more likely than not belongs to the query
_EVERYBODY = "any"  # segment of ScriptProfile
_STRONGEST = 3  # the highest emotion level of ScriptProfile


def variants_for(conversation: str, scripts: Sequence[Document]) -> tuple[Document, ...]:
    """The scripts without those variants of an experiment that the conversation does not get.

    A hash decides: always the same variant for a conversation, each equally often over many.
    """
    groups: dict[str, list[Document]] = {}
    for script in scripts:
        if script.script and script.script.experiment:
            groups.setdefault(script.script.experiment, []).append(script)
    chosen = set()
    for experiment, variants in groups.items():
        digest = hashlib.sha256(f"{experiment}\0{conversation}".encode()).digest()
        ordered = sorted(variants, key=lambda script: script.key)
        chosen.add(ordered[int.from_bytes(digest[:8], "big") % len(ordered)].key)
    return tuple(
        script
        for script in scripts
        if not (script.script and script.script.experiment) or script.key in chosen
    )


def _says(draft: Draft, conflict: Conflict) -> bool:
    """Whether a draft rests on the words that another source contradicts."""
    chunk = conflict.chunk
    for citation in (claim.citation for claim in draft.claims):
        if citation is None or citation.document != chunk.document:
            continue
        overlap = citation.span.start < chunk.span.end and chunk.span.start < citation.span.end
        if chunk.part is PartKind.QUESTION or (
            overlap and (chunk.part is PartKind.ROW or citation.quote in conflict.quote)
        ):
            return True
    return False


def _in_conflict(conflict: Conflict) -> RuleResult:
    one, other = conflict.chunk, conflict.other
    finding = Finding(
        rule="conflict@1",
        category="conflict",
        severity=Severity.REVIEW,
        message=f"two sources in force differ: {one.place} says “{conflict.quote}”, "
        f"{other.place} says “{conflict.other_quote}”",
    )
    return RuleResult(findings=(finding,))


def ordered_on(query: Query) -> date | None:
    """The day of the order, whose rules apply; None if the order does not say.

    Raises `InputError` for a date that is none.
    """
    text = query.order.get(_ORDER_DATE)
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text.replace("/", "-")).date()
    except ValueError:
        raise InputError(
            f"the order's `{_ORDER_DATE}` is no date: {text[:40]!r}",
            where="the order",
            fix="write it like 2026-09-01 or 2026-09-01T10:30:00",
        ) from None


def _values(query: Query) -> tuple[GroundedValue, ...]:
    return tuple(GroundedValue(slot=slot, value=value) for slot, value in query.order.items())


def _nothing(reason: str) -> RuleResult:
    finding = Finding(
        rule="no_draft@1", category="low_confidence", severity=Severity.REVIEW, message=reason
    )
    return RuleResult(findings=(finding,))
