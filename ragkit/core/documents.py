"""Knowledge as values: a Document with its labelled Parts, and the Chunks that are indexed."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from ragkit.core.text import Locale, Record, Span


class DocumentKind(StrEnum):
    """What kind of article a Document is."""

    FAQ = "faq"
    POLICY = "policy"
    SCRIPT = "script"
    PRODUCT = "product"


class PartKind(StrEnum):
    """What a Part of a Document is for."""

    QUESTION = "question"  # a phrasing customers use
    ANSWER = "answer"
    SUPPLEMENT = "supplement"
    CLAUSE = "clause"
    ROW = "row"  # a table row
    SITUATION = "situation"  # when a script applies
    RECEIVE = "receive"  # the three layers of a script
    INFORM = "inform"
    COMMIT = "commit"
    NAME = "name"  # of a product, also its other names
    FACT = "fact"  # one statement about a product


# Worded as customers word things; the rest is worded by the shop.
ASKED = (PartKind.QUESTION, PartKind.SITUATION)


class Validity(Record):
    """The days on which a Document applies; both ends inclusive, an open end is None."""

    effective_from: date | None = None
    effective_to: date | None = None

    def covers(self, day: date) -> bool:
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )


class Part(Record):
    """A labelled slice of a Document: `span` in its text, `line` in its source file (from 1).

    `wording` is what can be said to a customer. It is the slice itself, except for a table row,
    where it is the row as a sentence.
    """

    kind: PartKind
    span: Span
    line: int = Field(ge=1)
    wording: str
    heading: tuple[str, ...] = ()
    clause: str | None = None


class ScriptProfile(Record):
    """For whom and when a script is written. `emotion` is the level from 0 (calm) to 3 (strong)."""

    emotion: int = Field(ge=0, le=3)
    segment: str


class Document(Record):
    """One article of the knowledge base: the text that can be quoted, and what its parts are.

    `source` is the file, relative to the knowledge base, with forward slashes.
    `see` names what the article rests on: `document-id` or `document-id#clause`.
    """

    id: str
    version: str | None = None
    kind: DocumentKind
    locale: Locale
    title: str
    text: str
    source: str
    line: int = Field(ge=1)
    parts: tuple[Part, ...]
    category: tuple[str, ...] = ()
    scene: str | None = None
    script: ScriptProfile | None = None
    see: tuple[str, ...] = ()
    owner: str | None = None
    review_by: date | None = None
    validity: Validity = Validity()

    @property
    def key(self) -> str:
        """The id, with the version where there is one: unique in a knowledge base."""
        return f"{self.id}@{self.version}" if self.version else self.id

    def parts_of(self, *kinds: PartKind) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.kind in kinds)


class Chunk(Record):
    """A contiguous slice of a Document: the unit that is indexed.

    `text == document.text[span]`, always. `search_text` is what the indexes see: the slice with the
    headings above it, or a table row as a sentence.
    """

    id: str
    document: str  # the key of its Document
    kind: DocumentKind
    part: PartKind
    locale: Locale
    text: str
    span: Span
    wording: str
    search_text: str
    source: str
    line: int
    title: str
    heading: tuple[str, ...] = ()
    clause: str | None = None
    validity: Validity = Validity()
