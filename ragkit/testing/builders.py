"""Values for tests, with everything filled in that a test does not care about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from ragkit.core.documents import Chunk, Document, DocumentKind, Part, PartKind, Validity
from ragkit.core.drafting import Candidate, Citation, Claim, Draft, DraftKind, Signature, Suggestion
from ragkit.core.evaluating import Failure, Outcome, Report, Score
from ragkit.core.guarding import (
    ROUTES,
    Finding,
    GroundedValue,
    GuardContext,
    Route,
    Severity,
    Verdict,
    WordingRule,
)
from ragkit.core.retrieval import Evidence, Hit, Query
from ragkit.core.reviewing import Action, Decision, ReviewItem, ReviewState
from ragkit.core.text import Locale, Span

NOON = datetime(2026, 9, 15, 4, 0, tzinfo=UTC)  # noon in Shanghai
QUESTION = "满多少钱包邮？"
ANSWER = "单笔订单优惠后满59元包邮，不满59元收6元运费。"


@dataclass(frozen=True)
class Piece:
    """A part of a document to be built; `wording` is its text unless given."""

    kind: PartKind
    text: str
    clause: str | None = None
    wording: str | None = None


def a_document(*pieces: Piece, **fields: Any) -> Document:
    """A document of `pieces`, one below the other; by default an FAQ about freight."""
    pieces = pieces or (Piece(PartKind.QUESTION, QUESTION), Piece(PartKind.ANSWER, ANSWER))
    text, parts = "", []
    for piece in pieces:
        span = Span(start=len(text), end=len(text) + len(piece.text))
        parts.append(
            Part(
                kind=piece.kind,
                span=span,
                line=text.count("\n") + 1,
                wording=piece.wording or piece.text,
                clause=piece.clause,
            )
        )
        text += f"{piece.text}\n"
    defaults = {
        "id": "faq-freight",
        "kind": DocumentKind.FAQ,
        "locale": Locale.ZH,
        "title": pieces[0].text,
        "source": "faqs/zh/delivery.yaml",
        "line": 1,
    }
    return Document.model_validate({**defaults, **fields, "text": text, "parts": tuple(parts)})


def valid(start: str | None = None, end: str | None = None) -> Validity:
    """Days from `start` to `end`, written like 2026-09-01."""
    return Validity(
        effective_from=date.fromisoformat(start) if start else None,
        effective_to=date.fromisoformat(end) if end else None,
    )


def a_chunk(document: Document | None = None, place: int = 0, /, **fields: Any) -> Chunk:
    """The chunk of the part at `place` of a document, counted from 0."""
    document = document or a_document()
    source = document.parts[place]
    text = source.span.of(document.text)
    defaults = {
        "id": f"{document.key}/{place + 1}",
        "document": document.key,
        "kind": document.kind,
        "part": source.kind,
        "locale": document.locale,
        "text": text,
        "span": source.span,
        "wording": source.wording,
        "search_text": source.wording,
        "source": document.source,
        "line": source.line,
        "title": document.title,
        "clause": source.clause,
        "validity": document.validity,
    }
    return Chunk.model_validate({**defaults, **fields})


def a_hit(chunk: Chunk | None = None, *, rank: int = 1, score: float = 0.9) -> Hit:
    return Hit(chunk=chunk or a_chunk(), rank=rank, score=score, dense=0.8, lexical=0.5)


def some_evidence(*chunks: Chunk) -> tuple[Evidence, ...]:
    """Evidence for chunks, best first."""
    return tuple(
        Evidence(number=number, hit=a_hit(chunk, rank=number))
        for number, chunk in enumerate(chunks, start=1)
    )


def a_citation(document: Document, quote: str, /, **fields: Any) -> Citation:
    """A citation of `quote` where it first stands in a document; not yet verified."""
    start = document.text.index(quote)
    span = Span(start=start, end=start + len(quote))
    defaults = {
        "document": document.key,
        "source": document.source,
        "line": document.text.count("\n", 0, start) + 1,
        "title": document.title,
        "quote": quote,
        "span": span,
    }
    return Citation.model_validate({**defaults, **fields})


def a_claim(
    text: str,
    citation: Citation | None = None,
    *,
    start: int = 0,
    values: Sequence[GroundedValue] = (),
) -> Claim:
    span = Span(start=start, end=start + len(text))
    return Claim(span=span, text=text, citation=citation, values=tuple(values))


def a_draft(text: str = ANSWER, *claims: Claim, **fields: Any) -> Draft:
    defaults = {"kind": DraftKind.GROUNDED, "locale": Locale.ZH}
    return Draft.model_validate({**defaults, **fields, "text": text, "claims": claims})


def a_cited_draft(document: Document, *quotes: str, verified: bool = True) -> Draft:
    """A draft of sentences quoted from a document, each with its citation."""
    text, claims = "", []
    for quote in quotes:
        citation = a_citation(document, quote, verified=verified)
        claims.append(a_claim(quote, citation, start=len(text)))
        text += quote
    return a_draft(text, *claims)


def a_context(message: str = QUESTION, **fields: Any) -> GuardContext:
    return GuardContext.model_validate({"message": message, "locale": Locale.ZH, **fields})


def a_finding(severity: Severity = Severity.REVIEW, **fields: Any) -> Finding:
    defaults = {"rule": "rule@1", "category": "vague", "severity": severity, "message": "why"}
    return Finding.model_validate({**defaults, **fields})


def a_rule(**fields: Any) -> WordingRule:
    """A rule against 最好 that blocks."""
    defaults = {
        "id": "absolute_claim.best",
        "version": 1,
        "category": "absolute_claim",
        "locale": Locale.ZH,
        "terms": ("最好",),
        "severity": Severity.BLOCK,
        "message": "say what can be shown",
        "hit": ("质量最好",),
        "miss": ("质量不错",),
        "source": "rules/zh/absolute_claims.yaml:1",
    }
    if "patterns" in fields:
        defaults["terms"] = ()
    return WordingRule.model_validate({**defaults, **fields})


def a_verdict(*findings: Finding) -> Verdict:
    """The verdict over findings that come worst first."""
    route = ROUTES[findings[0].severity] if findings else Route.SUGGEST
    return Verdict(route=route, findings=findings)


def a_signature(**fields: Any) -> Signature:
    names = ("ragkit", "knowledge", "index", "embedder", "rules", "prompts", "drafter")
    return Signature.model_validate({**dict.fromkeys(names, "test"), **fields})


def a_suggestion(*candidates: Candidate, **fields: Any) -> Suggestion:
    """A suggestion held for review; by default with one candidate."""
    verdict = a_verdict(a_finding(Severity.REVIEW))
    defaults = {
        "id": "suggestion-1",
        "created_at": NOON,
        "query": Query(text=QUESTION),
        "locale": Locale.ZH,
        "candidates": candidates or (Candidate(draft=a_draft(), verdict=verdict),),
        "verdict": candidates[0].verdict if candidates else verdict,
        "confidence": 0.5,
        "threshold": 0.3,
        "signature": a_signature(),
    }
    return Suggestion.model_validate({**defaults, **fields})


def a_decision(
    action: Action = Action.APPROVE, text: str | None = ANSWER, **fields: Any
) -> Decision:
    defaults: dict[str, Any] = {"action": action, "actor": "小林", "at": NOON, "text": text}
    if action is Action.EDIT:
        defaults["verdict"] = Verdict(route=Route.SUGGEST)
    return Decision.model_validate({**defaults, **fields})


def a_review_item(suggestion: Suggestion | None = None, **fields: Any) -> ReviewItem:
    defaults = {
        "id": 1,
        "state": ReviewState.QUEUED,
        "version": 1,
        "created_at": NOON,
        "suggestion": suggestion or a_suggestion(),
    }
    return ReviewItem.model_validate({**defaults, **fields})


def an_outcome(sample: str, right: bool = True, **fields: Any) -> Outcome:
    """An answerable case that was answered, rightly or not."""
    defaults = {
        "sample": sample,
        "cluster": sample,
        "answerable": True,
        "route": Route.SUGGEST,
        "reply": ANSWER,
        "missing": () if right else ("fact",),
        "failure": None if right else Failure.RETRIEVED_NOT_USED,
        "values": {"accuracy": float(right)},
    }
    return Outcome.model_validate({**defaults, **fields})


def a_report(*outcomes: Outcome, **fields: Any) -> Report:
    """A run with one score, the accuracy over its outcomes."""
    values = [each.values["accuracy"] for each in outcomes if "accuracy" in each.values]
    mean = sum(values) / len(values) if values else None
    score = Score(metric="accuracy", value=mean, low=mean, high=mean, scored=len(values))
    defaults = {
        "created_at": NOON,
        "dataset": "cases",
        "signature": a_signature(),
        "scores": (score,),
        "outcomes": outcomes,
    }
    return Report.model_validate({**defaults, **fields})
