"""Looking for knowledge: the Query, what was found, and what is shown to a drafter."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from ragkit.core.documents import Chunk, DocumentKind
from ragkit.core.text import Locale, Record


class Speaker(StrEnum):
    """Who said something in a conversation."""

    CUSTOMER = "customer"
    AGENT = "agent"


class Turn(Record):
    """Something said before the message that is to be answered."""

    role: Speaker
    text: str


class Query(Record):
    """The customer's message, what was said before it, and what narrows the search.

    `as_of` is the day whose rules apply; None means the order's date (`order.date` in `order`), or
    else today. `locale` None means the language of the message. `shop` and `channel` choose what is
    written for them alone. `order` holds slot values such as `order.carrier`. `conversation` is any
    name of the conversation; it decides which variant of a script is tried.
    """

    text: str
    history: tuple[Turn, ...] = ()
    as_of: date | None = None
    locale: Locale | None = None
    shop: str | None = None
    channel: str | None = None
    conversation: str | None = None
    order: dict[str, str] = Field(default_factory=dict)


class Understanding(Record):
    """What was read out of a message: its language, and the pieces to look up (never empty)."""

    locale: Locale
    asks: tuple[str, ...]


class SearchFilter(Record):
    """Which chunks may be found at all; applied before the best are chosen."""

    as_of: date
    locale: Locale | None = None
    shop: str | None = None
    channel: str | None = None
    kinds: tuple[DocumentKind, ...] = ()  # () means every kind


class Hit(Record):
    """A Chunk found for a Query. `rank` counts from 1; `score` is the fused one, in [0, 1].

    `dense` is the cosine in [-1, 1]; `lexical` is the share, in [0, 1], of the BM25 weight of the
    query that the chunk collects.
    """

    chunk: Chunk
    rank: int = Field(ge=1)
    score: float = Field(ge=0, le=1)
    dense: float
    lexical: float


class Retrieved(Record):
    """Hits, best first, and the calibrated probability in [0, 1] that the best one answers."""

    hits: tuple[Hit, ...] = ()
    confidence: float = Field(default=0.0, ge=0, le=1)
    threshold: float = Field(default=0.0, ge=0, le=1)

    @property
    def answerable(self) -> bool:
        return bool(self.hits) and self.confidence >= self.threshold


class Evidence(Record):
    """A Hit that a drafter was given, numbered from 1 as it is cited."""

    number: int = Field(ge=1)
    hit: Hit


class Conflict(Record):
    """Two sources that state the same with different amounts: the words, and where they stand.

    A phrasing that two FAQs answer differently is one too; then both quotes are that phrasing.
    """

    chunk: Chunk
    quote: str
    other: Chunk
    other_quote: str


class FusionModel(Record):
    """How two channel scores become one relevance, and that a confidence; fitted per index.

    `weights` and `coverage` belong to the two feature vectors of `retrieve.fusion`; below
    `threshold` ragkit abstains. `questions` is the number of labelled questions it was fitted on.
    The shares are what the threshold refuses: of these questions, of the same questions once their
    answer was taken out of the index, and of off-topic messages.
    """

    weights: tuple[float, ...]
    coverage: tuple[float, ...]
    threshold: float = Field(ge=0, le=1)
    questions: int = Field(ge=0)
    over_refusal: float | None = None
    refusal: float | None = None
    refusal_off_topic: float | None = None
