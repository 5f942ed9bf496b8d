"""The extractive drafter: approved script, answer and policy, word for word, without a model.

Every sentence it says stands in a document; it only chooses and joins. So each has its citation,
and nothing has to be trusted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ragkit.core.documents import Document, DocumentKind, Part, PartKind
from ragkit.core.drafting import Citation, Claim, Draft, DraftKind, Drafts, Gap
from ragkit.core.folding import fold
from ragkit.core.guarding import GroundedValue
from ragkit.core.protocols import Library
from ragkit.core.retrieval import Evidence, Query, SearchFilter
from ragkit.core.text import Locale, Span, sentences
from ragkit.draft.citations import cite, fill, grounded_values, slots_of
from ragkit.draft.prompts import Template, Templates


@dataclass(frozen=True)
class Sentence:
    """A sentence to say, where it comes from, and the slot values in it."""

    text: str
    citation: Citation
    values: tuple[GroundedValue, ...] = ()


Block = tuple[Sentence, ...]
_LEADS = ("：", ":")


class ExtractiveDrafter:
    """Joins an approved script's layers around the answer that the evidence holds.

    `max_overlap` is the share of a policy sentence's character pairs, in [0, 1], that the answer
    may already hold before the sentence counts as said; `max_scripts` how many scripts are tried.
    """

    id = "extractive-1"

    def __init__(
        self, *, library: Library, templates: Templates, max_overlap: float, max_scripts: int
    ) -> None:
        self._library = library
        self._templates = templates
        self._max_overlap = max_overlap
        self._max_scripts = max_scripts

    def draft(
        self,
        query: Query,
        *,
        search: SearchFilter,
        locale: Locale,
        evidence: Sequence[Evidence],
        scripts: Sequence[Document],
    ) -> Drafts:
        if not evidence:
            return Drafts()
        document = self._library.document(evidence[0].hit.chunk.document)
        answer = self._answer(document, evidence)
        if not answer:
            return Drafts()
        policy = self._policy(document, answer, evidence, search)
        blocks = {"answer": answer, "policy": policy}
        drafts, gaps = self._with_scripts(scripts, blocks, locale, query.order)
        short = self._templates.get(locale, "short")
        drafts.append(_render(short, blocks, DraftKind.SHORT, locale, None, "the answer alone"))
        return Drafts(drafts=tuple(drafts), gaps=gaps)

    def _with_scripts(
        self,
        scripts: Sequence[Document],
        blocks: Mapping[str, Block],
        locale: Locale,
        values: Mapping[str, str],
    ) -> tuple[list[Draft], tuple[Gap, ...]]:
        """The answer within a script, and a script word for word that informs by itself.

        Each takes the best script whose slots all have values; the best one of all is named as a
        gap when it has to be passed over.
        """
        informing = [script for script in scripts if script.parts_of(PartKind.INFORM)]
        eligible = {DraftKind.GROUNDED: scripts, DraftKind.SCRIPT: informing}
        drafts: list[Draft] = []
        gaps: dict[Gap, None] = {}
        for kind, of_kind in eligible.items():
            template = self._templates.get(locale, kind)
            for script in of_kind[: self._max_scripts]:
                parts = [part for part in script.parts if part.kind in template.variables]
                missing = _missing(parts, values)
                if not missing:
                    layers = {part.kind.value: _filled(script, part, values) for part in parts}
                    said = {**blocks, **layers}
                    reason = f"script {script.id}: {script.title}"
                    drafts.append(_render(template, said, kind, locale, script.id, reason))
                    break
                if script is of_kind[0]:
                    gaps[Gap(script=script.id, slots=missing)] = None
        return drafts, tuple(gaps)

    def _answer(self, document: Document, evidence: Sequence[Evidence]) -> Block:
        """What the best document says to the question."""
        chunks = [e.hit.chunk for e in evidence if e.hit.chunk.document == document.key]
        if document.kind is DocumentKind.FAQ:
            wanted = [PartKind.ANSWER]
            if chunks[0].part is PartKind.SUPPLEMENT:
                wanted.append(PartKind.SUPPLEMENT)
            parts = document.parts_of(*wanted)
        else:
            # Of a product every fact that was found, of a policy the one clause or row.
            spans = [chunk.span for chunk in chunks]
            spans = spans if document.kind is DocumentKind.PRODUCT else spans[:1]
            parts = tuple(
                part for part in document.parts if any(_holds(part, span) for span in spans)
            )
        led = [each for part in parts for each in _led(document, part)]
        return tuple(s for part in led for s in _sentences(document, part, evidence))

    def _policy(
        self,
        document: Document,
        answer: Block,
        evidence: Sequence[Evidence],
        search: SearchFilter,
    ) -> Block:
        """The first sentence of a clause the answer rests on, if it does not say it itself.

        Only the first: later ones lean on it and cannot stand alone.
        """
        said = "".join(sentence.text for sentence in answer)
        for link in document.see:
            name, _, clause = link.partition("#")
            policy = self._library.in_force(name, search)
            if policy is None or policy.kind is not DocumentKind.POLICY or not clause:
                continue
            parts = [part for part in policy.parts if part.clause == clause]
            if any(part.kind is PartKind.ROW for part in parts):
                continue  # it only introduces its table
            for part in parts:
                sentence = _sentences(policy, part, evidence)[0]
                if self._adds(sentence.text, said):
                    leads = _led(policy, part)[:-1]
                    return (
                        *(s for lead in leads for s in _sentences(policy, lead, evidence)),
                        sentence,
                    )
        return ()

    def _adds(self, text: str, said: str) -> bool:
        """Whether most of what a sentence says is not yet said."""
        pairs, known = _pairs(text), _pairs(said)
        return bool(pairs) and len(pairs & known) / len(pairs) <= self._max_overlap


def _pairs(text: str) -> set[str]:
    letters = [char for char in fold(text) if char.isalnum()]
    return {a + b for a, b in pairwise(letters)}


def _holds(part: Part, span: Span) -> bool:
    return part.span.start <= span.start < part.span.end


def _led(document: Document, part: Part) -> tuple[Part, ...]:
    """A part behind the words that introduce it, which may turn its meaning round.

    An item of a list below “下列情形不属于坏果：” has these words as its last heading.
    """
    lead = part.heading[-1] if part.heading else ""
    if not lead.endswith(_LEADS):
        return (part,)
    before = (p for p in reversed(document.parts) if p.span.start < part.span.start)
    introducing = next((p for p in before if p.wording == lead), None)
    return (introducing, part) if introducing else (part,)


def _missing(parts: Sequence[Part], values: Mapping[str, str]) -> tuple[str, ...]:
    slots = [slot for part in parts for slot in slots_of(part.wording)]
    return tuple(slot for slot in dict.fromkeys(slots) if not values.get(slot, "").strip())


def _sentences(document: Document, part: Part, evidence: Sequence[Evidence]) -> Block:
    """A part sentence by sentence, each with its citation; a table row is one sentence."""
    if part.kind is PartKind.ROW:
        return (Sentence(part.wording, cite(document, part, part.span, evidence)),)
    text = part.span.of(document.text)
    spans = [span.shifted(part.span.start) for span in sentences(text)]
    return tuple(
        Sentence(span.of(document.text), cite(document, part, span, evidence)) for span in spans
    )


def _filled(script: Document, part: Part, values: Mapping[str, str]) -> Block:
    return tuple(
        Sentence(
            fill(sentence.citation.quote, values),
            sentence.citation,
            grounded_values(sentence.citation.quote, values),
        )
        for sentence in _sentences(script, part, ())
    )


def _render(
    template: Template,
    blocks: Mapping[str, Block],
    kind: DraftKind,
    locale: Locale,
    script: str | None,
    reason: str,
) -> Draft:
    """Lay the blocks out; a line whose blocks are all empty is left out, with its literal text.

    So is a blank line that nothing stands above.
    """
    between = "" if locale is Locale.ZH else " "
    text, claims = "", list[Claim]()
    for line in template.lines:
        names = line[1::2]
        if names and not any(blocks.get(name) for name in names):
            continue
        if line == ("",) and (not text or text.endswith("\n\n")):
            continue
        for index, piece in enumerate(line):
            if index % 2 == 0:
                text += piece
                continue
            for sentence in blocks.get(piece, ()):
                if claims and claims[-1].span.end == len(text):
                    text += between
                span = Span(start=len(text), end=len(text) + len(sentence.text))
                text += sentence.text
                claims.append(
                    Claim(
                        span=span,
                        text=sentence.text,
                        citation=sentence.citation,
                        values=sentence.values,
                    )
                )
        text += "\n"
    return Draft(
        kind=kind,
        locale=locale,
        text=text.rstrip("\n"),
        claims=tuple(claims),
        script=script,
        reason=reason,
    )
