"""Knowledge as values: a Document with its labelled Parts, and the Chunks that are indexed."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from ragkit.core.errors import Problem
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
    NEGATIVE = "negative"  # a phrasing near to the questions that means something else
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
ASKED = (PartKind.QUESTION, PartKind.NEGATIVE, PartKind.SITUATION)


class Status(StrEnum):
    """Where an article is in its life; only an approved one answers."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


class Scope(Record):
    """The shops and channels an article is for; none named means all of them."""

    shops: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def admits(self, shop: str | None, channel: str | None) -> bool:
        """Whether it holds for a message of this shop and channel; None is an unknown one.

        What is written for some shops alone does not hold for an unknown one.
        """
        return (not self.shops or shop in self.shops) and (
            not self.channels or channel in self.channels
        )


class Link(Record):
    """A page to show beside an answer."""

    url: str
    title: str = ""


class Validity(Record):
    """The days on which a Document applies; both ends inclusive, an open end is None."""

    effective_from: date | None = None
    effective_to: date | None = None

    def covers(self, day: date) -> bool:
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )


def place(source: str, line: int, *, page: int | None = None, sheet: str | None = None) -> str:
    """How a place in a file is written: `a.md:12`, `a.pdf:page 3:12`, `a.xlsx:Freight:12`."""
    return ":".join(
        str(piece)
        for piece in (source, sheet, f"page {page}" if page is not None else None, line)
        if piece is not None
    )


class Part(Record):
    """A labelled slice of a Document: `span` in its text, and its place in the source file.

    `line` counts from 1: lines of a text (of a page, where there is a `page`), paragraphs of a Word
    file, rows of a `sheet`. `wording` is what can be said to a customer. It is the slice itself,
    except for a table row, where it is the row as a sentence. `parent` is the section or table
    around the part, to be read with it; None when the part stands for itself.
    """

    kind: PartKind
    span: Span
    line: int = Field(ge=1)
    wording: str
    heading: tuple[str, ...] = ()
    clause: str | None = None
    page: int | None = None
    sheet: str | None = None
    parent: Span | None = None


class ScriptProfile(Record):
    """For whom and when a script is written. `emotion` is the level from 0 (calm) to 3 (strong).

    Scripts of one `experiment` are variants of each other: a conversation gets one of them.
    """

    emotion: int = Field(ge=0, le=3)
    segment: str
    experiment: str | None = None


class Document(Record):
    """One article of the knowledge base: the text that can be quoted, and what its parts are.

    `source` is the file, relative to the knowledge base, with forward slashes.
    `see` names what the article rests on: `document-id` or `document-id#clause`. Of several
    versions that apply on a day, the one that started last is in force.
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
    links: tuple[Link, ...] = ()
    owner: str | None = None
    review_by: date | None = None
    status: Status = Status.APPROVED
    scope: Scope = Scope()
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
    headings above it, or a table row as a sentence. `parent` is the span of the section, table or
    clause around it: small pieces are searched, the whole is read.
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
    page: int | None = None
    sheet: str | None = None
    parent: Span | None = None
    validity: Validity = Validity()

    @property
    def place(self) -> str:
        """Where it stands, to be shown."""
        return place(self.source, self.line, page=self.page, sheet=self.sheet)


class Loaded(Record):
    """What a file held: its documents, and what in it could not be read as it stands."""

    documents: tuple[Document, ...]
    notices: tuple[Problem, ...] = ()
