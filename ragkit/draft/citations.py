"""Citations: made with the exact quote, then verified, quote and claim both."""

from collections.abc import Mapping, Sequence

from ragkit.core.documents import Document, Part, PartKind
from ragkit.core.drafting import SLOT, Citation, Claim, Draft
from ragkit.core.guarding import GroundedValue
from ragkit.core.protocols import Library
from ragkit.core.retrieval import Evidence
from ragkit.core.text import Span


def slots_of(text: str) -> tuple[str, ...]:
    """Names of the slots in an approved text, in order, each once."""
    return tuple(dict.fromkeys(SLOT.findall(text)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into the slots of an approved text. Raises `KeyError` for a slot without one."""
    return SLOT.sub(lambda match: values[match[1]], text)


def cite(document: Document, part: Part, span: Span, evidence: Sequence[Evidence]) -> Citation:
    """The citation, not yet verified, of a span that lies within `part` of a document."""
    number = next((e.number for e in evidence if e.hit.chunk.document == document.key), None)
    return Citation(
        document=document.key,
        source=document.source,
        line=part.line + document.text.count("\n", part.span.start, span.start),
        title=document.title,
        heading=part.heading,
        clause=part.clause,
        page=part.page,
        sheet=part.sheet,
        quote=span.of(document.text),
        span=span,
        evidence=number,
    )


def verify(draft: Draft, library: Library) -> Draft:
    """The draft with `verified` set on each citation that holds.

    A citation holds when it is what `cite` makes of its span, quote and place both, and when the
    claim is that quote: word for word, with slots filled, or a table row as its sentence.
    """
    return draft.model_copy(
        update={"claims": tuple(_verify_claim(claim, draft, library) for claim in draft.claims)}
    )


def _verify_claim(claim: Claim, draft: Draft, library: Library) -> Claim:
    citation = claim.citation
    if citation is None:
        return claim
    try:
        document = library.document(citation.document)
    except KeyError:
        return claim.model_copy(
            update={"citation": citation.model_copy(update={"verified": False})}
        )
    in_place = _made_of(document, citation)
    said = claim.span.of(draft.text) == claim.text and claim.text in _sayable(
        document, citation, claim
    )
    verified = citation.model_copy(update={"verified": in_place and said})
    return claim.model_copy(update={"citation": verified})


def _made_of(document: Document, citation: Citation) -> bool:
    """Whether some part holds the span, and is cited like this; evidence and mark aside."""
    span, kept = citation.span, {"evidence": citation.evidence, "verified": citation.verified}
    return any(
        cite(document, part, span, ()).model_copy(update=kept) == citation
        for part in document.parts
        if part.span.start <= span.start and span.end <= part.span.end
    )


def _sayable(document: Document, citation: Citation, claim: Claim) -> set[str]:
    """Every wording that a citation carries."""
    values = {value.slot: value.value for value in claim.values}
    rows = document.parts_of(PartKind.ROW)
    wordings = {part.wording for part in rows if part.span == citation.span}
    if all(slot in values for slot in slots_of(citation.quote)):
        wordings.add(fill(citation.quote, values))
    return wordings


def grounded_values(text: str, values: Mapping[str, str]) -> tuple[GroundedValue, ...]:
    """The slot values that an approved text is filled with."""
    return tuple(GroundedValue(slot=slot, value=values[slot]) for slot in slots_of(text))
