"""Evaluation as values: a Sample, the measured case, and the Report."""

from datetime import date, datetime
from enum import StrEnum
from typing import Self

from pydantic import Field, FiniteFloat, model_validator

from ragkit.core.drafting import Signature
from ragkit.core.guarding import Route
from ragkit.core.retrieval import Query, Turn
from ragkit.core.text import Locale, Record


class ExpectedRoute(StrEnum):
    """Where a case should go, in the words of the case files."""

    AUTO = "auto"
    REVIEW = "review"
    REFUSE = "refuse"


class Unanswerable(StrEnum):
    """Why a question has no answer in the knowledge base."""

    NOT_IN_KB = "not_in_kb"
    NEEDS_ORDER_DATA = "needs_order_data"
    OUT_OF_SCOPE = "out_of_scope"
    UNSAFE = "unsafe"


class KeyFact(Record):
    """Something a right reply says: any one of the wordings. `vital` ones decide accuracy."""

    id: str
    any: tuple[str, ...] = Field(min_length=1)
    vital: bool = True


class ForbiddenFact(Record):
    """Something a reply must not say, in any of the wordings, and why."""

    id: str
    any: tuple[str, ...] = Field(min_length=1)
    severity: str = "critical"
    why: str = ""


class Split(StrEnum):
    """What a case is for: `dev` to look at while building, `test` only to measure with."""

    DEV = "dev"
    TEST = "test"


class Labels(Record):
    """Who judged a case, and whether they agreed."""

    annotators: tuple[str, ...] = ()
    agree: bool | None = None


class Relevant(Record):
    """A document (`id`) or clause (`id#1.2`) that answers a case, with its grade."""

    doc: str
    grade: int = Field(default=1, ge=1)


class Sample(Record):
    """One eval case. Cases of one `cluster` ask the same thing in other words, in one split.

    `references` are right replies; `script` is the id of the script that fits.
    """

    id: str
    cluster: str
    lang: Locale
    split: Split | None = None
    question: str
    history: tuple[Turn, ...] = ()
    tags: tuple[str, ...] = ()
    risk: str = "low"
    as_of: date | None = None
    order: dict[str, str] = Field(default_factory=dict)
    answerable: bool = True
    why_unanswerable: Unanswerable | None = None
    route: ExpectedRoute = ExpectedRoute.AUTO
    relevant: tuple[Relevant, ...] = ()
    facts: tuple[KeyFact, ...] = ()
    forbidden: tuple[ForbiddenFact, ...] = ()
    references: tuple[str, ...] = ()
    script: str | None = None
    labels: Labels | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.answerable and not any(fact.vital for fact in self.facts):
            raise ValueError("an answerable case needs at least one vital fact")
        if self.answerable == (self.why_unanswerable is not None):
            raise ValueError("why_unanswerable goes with answerable: false, and only with it")
        return self

    @property
    def query(self) -> Query:
        """What is asked; the language of the reply is read from the message, as in service."""
        return Query(text=self.question, history=self.history, as_of=self.as_of, order=self.order)


class Failure(StrEnum):
    """Why a case failed: the first that applies, in this order."""

    ERROR = "error"
    NOT_RETRIEVED = "not retrieved"
    RETRIEVED_NOT_USED = "retrieved, not used"
    CONTRADICTED = "contradicted"
    UNGROUNDED_NUMBER = "ungrounded number"
    OVER_REFUSED = "over-refused"
    SHOULD_HAVE_REFUSED = "should have refused"
    MISROUTED = "misrouted"


class Outcome(Record):
    """What the engine did with one case, and what is missing or wrong in it.

    `found` names the evidence, best first: documents, or the clauses that the case names.
    `values` holds, for each metric that counts the case, its value for it alone.
    """

    sample: str
    cluster: str
    answerable: bool
    abstained: bool = False
    route: Route | None = None
    reply: str = ""
    missing: tuple[str, ...] = ()
    violated: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    values: dict[str, FiniteFloat] = Field(default_factory=dict)
    failure: Failure | None = None
    error: str | None = None
    latency_ms: float | None = None

    @property
    def right(self) -> bool:
        """Answerable: all vital facts and no forbidden one. Unanswerable: it abstained."""
        if self.error is not None:
            return False
        if not self.answerable:
            return self.abstained
        return not (self.abstained or self.missing or self.violated)


class Score(Record):
    """A measured value with its 95 % interval; None with a reason where nothing could be scored.

    `higher` says whether a higher value is better.
    """

    metric: str
    higher: bool = True
    value: float | None
    low: float | None = None
    high: float | None = None
    scored: int = Field(ge=0)
    errors: int = Field(default=0, ge=0)
    reason: str = ""


class Report(Record):
    """A run: every score, every case, and what both depend on."""

    created_at: datetime
    dataset: str  # hash of the case file
    signature: Signature
    scores: tuple[Score, ...]
    outcomes: tuple[Outcome, ...]
