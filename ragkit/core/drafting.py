"""Replies as values: a Draft with its Claims and Citations, and the Suggestion around it."""

import re
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from ragkit.core.documents import Link, place
from ragkit.core.guarding import GroundedValue, Route, Verdict
from ragkit.core.retrieval import Conflict, Evidence, Query
from ragkit.core.text import Locale, Record, Span

# How a slot stands in an approved text: {order.eta}.
SLOT = re.compile(r"\{([^{}]*)\}")
# What an approved script may be filled with, all of it from the order.
SLOTS = (
    "customer.name",
    "order.id",
    "order.date",
    "order.item",
    "order.carrier",
    "order.tracking_no",
    "order.tracking_state",
    "order.eta",
    "order.refund_amount",
    "order.refund_method",
    "order.paid_amount",
    "order.status",
)


class DraftKind(StrEnum):
    """How a draft was put together."""

    GROUNDED = "grounded"  # script opening, answer, policy, next step
    SHORT = "short"  # the answer alone
    SCRIPT = "script"  # an approved script, word for word
    EDITED = "edited"  # changed by a person


class Citation(Record):
    """The exact words a claim rests on, and their place.

    `quote` is `document.text[span]`, character for character; `line`, `page` and `sheet` are as in
    `core.documents.Part`.
    `evidence` is the number of the Evidence, None for a quote from an approved script.
    `verified` says that the quote was found there and carries the claim.
    """

    document: str
    source: str
    line: int
    title: str
    heading: tuple[str, ...] = ()
    clause: str | None = None
    page: int | None = None
    sheet: str | None = None
    quote: str
    span: Span
    evidence: int | None = None
    verified: bool = False

    @property
    def place(self) -> str:
        """Where the quote stands, to be shown."""
        return place(self.source, self.line, page=self.page, sheet=self.sheet)


class Claim(Record):
    """One checkable statement of a draft: its span in the draft and what it rests on.

    `values` are the slot values that the sentence was filled with.
    """

    span: Span
    text: str
    citation: Citation | None = None
    values: tuple[GroundedValue, ...] = ()


class Draft(Record):
    """A reply that could be sent, sentence by sentence with its sources."""

    kind: DraftKind
    locale: Locale
    text: str
    claims: tuple[Claim, ...] = ()
    script: str | None = None  # id of the approved script in use
    reason: str = ""


class Gap(Record):
    """Why a candidate is not offered: slots without a value. Nothing is guessed for them."""

    script: str
    slots: tuple[str, ...]


class Drafts(Record):
    """What a drafter made of the evidence: candidates, best first, and what stood in the way."""

    drafts: tuple[Draft, ...] = ()
    gaps: tuple[Gap, ...] = ()


class Candidate(Record):
    """A draft that has been checked."""

    draft: Draft
    verdict: Verdict


class Signature(Record):
    """What a result depends on, so that two of them can be compared."""

    ragkit: str
    knowledge: str  # hash of the knowledge base files
    index: str  # generation
    embedder: str
    rules: str  # hash of the rule packs
    prompts: str  # hash of the templates
    drafter: str


class Suggestion(Record):
    """What the engine returns: checked candidates, best first, and how they came about.

    No candidate means that the knowledge base does not cover the message; `verdict` then says so
    and `evidence` holds what came nearest. `conflicts` are the places where what was said stands
    against another source that is in force; `links` are the pages that the cited articles name.
    """

    id: str
    created_at: datetime
    query: Query
    locale: Locale
    candidates: tuple[Candidate, ...] = ()
    verdict: Verdict
    gaps: tuple[Gap, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    links: tuple[Link, ...] = ()
    confidence: float = Field(ge=0, le=1)
    threshold: float = Field(ge=0, le=1)
    review_item: int | None = None
    signature: Signature

    @property
    def draft(self) -> Draft | None:
        return self.candidates[0].draft if self.candidates else None

    @property
    def abstained(self) -> bool:
        return not self.candidates

    @property
    def route(self) -> Route:
        return self.verdict.route
