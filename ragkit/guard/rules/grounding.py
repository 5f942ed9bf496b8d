"""Grounding without a model: every sentence cited and verified, every amount in its sources."""

from collections.abc import Iterable

from ragkit.core.drafting import Claim, Draft, DraftKind
from ragkit.core.guarding import Finding, GroundedValue, GuardContext, RuleResult, Severity
from ragkit.core.quantities import Quantity, find_quantities
from ragkit.core.text import Span, sentences


class Cited:
    """Flags every claim without a citation that was verified, or filled with no value of the order.

    So is every sentence that holds no claim, such as one that a template adds, and as a whole a
    draft without any claim. An edited draft never has claims.
    """

    id = "cited"

    def check(self, draft: Draft, context: GuardContext) -> RuleResult:
        if draft.kind is DraftKind.EDITED:
            return RuleResult()
        if not draft.claims:
            return RuleResult(findings=(_uncited(None, "", "the draft cites no source at all"),))
        values = frozenset(context.values)
        faults = [(claim.span, _fault(claim, values)) for claim in draft.claims]
        faults += [(span, _NO_SOURCE) for span in _unclaimed(draft)]
        return RuleResult(
            findings=tuple(
                _uncited(span, span.of(draft.text), fault) for span, fault in faults if fault
            )
        )


_NO_SOURCE = "no source is cited for this sentence"


def _unclaimed(draft: Draft) -> list[Span]:
    """The sentences of words, not of marks alone, that no claim touches."""
    return [
        sentence
        for sentence in sentences(draft.text)
        if any(char.isalpha() for char in sentence.of(draft.text))
        and not any(_overlap(sentence, claim.span) for claim in draft.claims)
    ]


def _fault(claim: Claim, values: frozenset[GroundedValue]) -> str | None:
    if claim.citation is None:
        return _NO_SOURCE
    if not claim.citation.verified:
        return "the cited words do not stand in the source as quoted"
    if not values.issuperset(claim.values):
        return "the sentence is filled with a value that the order does not hold"
    return None


def _uncited(span: Span | None, quote: str, message: str) -> Finding:
    return Finding(
        rule="cited@1",
        category="ungrounded_claim",
        severity=Severity.REVIEW,
        span=span,
        quote=quote,
        message=message,
    )


class GroundedNumbers:
    """Flags every amount that neither the cited words nor the order hold.

    The customer's own message is no evidence. An edited draft has no sentence citations: its
    amounts are looked up in all sources of the draft it came from. Words of a template, outside
    every claim, rest on no source; nor does an amount that begins or ends in them.
    """

    id = "grounded_numbers"

    def check(self, draft: Draft, context: GuardContext) -> RuleResult:
        known = _amounts(value.value for value in context.values)
        if draft.kind is DraftKind.EDITED:
            known += _amounts(document.text for document in context.sources)
            findings = _ungrounded(draft.text, 0, known)
        else:
            findings = [
                finding
                for claim in draft.claims
                for finding in _ungrounded(
                    claim.text, claim.span.start, known + _cited_amounts(claim, context)
                )
            ]
            findings += [
                finding
                for finding in _ungrounded(draft.text, 0, known)
                if not any(_within(finding.span, claim.span) for claim in draft.claims)
            ]
        return RuleResult(findings=tuple(findings))


def _cited_amounts(claim: Claim, context: GuardContext) -> list[Quantity]:
    if claim.citation is None:
        return []
    return _amounts([claim.citation.quote, *_row_wordings(claim, context)])


def _row_wordings(claim: Claim, context: GuardContext) -> list[str]:
    """A table row as a sentence: there the header can bring the unit."""
    citation = claim.citation
    return [
        part.wording
        for document in context.sources
        if citation is not None and document.key == citation.document
        for part in document.parts
        if part.span == citation.span
    ]


def _amounts(texts: Iterable[str]) -> list[Quantity]:
    return [quantity for text in texts for quantity in find_quantities(text)]


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _within(inner: Span | None, outer: Span) -> bool:
    return inner is not None and outer.start <= inner.start and inner.end <= outer.end


def _ungrounded(text: str, offset: int, known: list[Quantity]) -> list[Finding]:
    return [
        Finding(
            rule="grounded_numbers@1",
            category="ungrounded_number",
            severity=Severity.REVIEW,
            span=quantity.span.shifted(offset),
            quote=quantity.span.of(text),
            message="this amount stands in no cited source",
        )
        for quantity in find_quantities(text)
        if not any(quantity.same_as(other) for other in known)
    ]
