"""Checking wording: what a rule is, what it saw, and what follows from it."""

from enum import IntEnum, StrEnum

from pydantic import Field, field_validator

from ragkit.core.documents import Document
from ragkit.core.text import Locale, Record, Span


class Severity(IntEnum):
    """How bad a Finding is; the worst one decides the route."""

    WARN = 1
    REVIEW = 2
    BLOCK = 3


class Route(StrEnum):
    """What may happen with a draft: send it, have a person look first, or not as it stands."""

    SUGGEST = "suggest"
    REVIEW = "review"
    BLOCK = "block"


ROUTES = {Severity.WARN: Route.SUGGEST, Severity.REVIEW: Route.REVIEW, Severity.BLOCK: Route.BLOCK}


class Target(StrEnum):
    """Which text a rule reads: the reply we draft, or the customer's message."""

    REPLY = "reply"
    MESSAGE = "message"


class View(StrEnum):
    """How a text is read before terms are looked up in it.

    `fold` is always on; `skip` also sees through marks and blanks put between Han characters.
    """

    FOLD = "fold"
    SKIP = "skip"


class Predicate(StrEnum):
    """A context in which a term means no harm."""

    NEGATED = "negated"
    QUOTED = "quoted"


class WordingRule(Record):
    """One rule of a pack: terms or patterns, when they do not count, and what to say instead.

    `allow` holds phrases that veto a hit they cover. `hit` and `miss` are examples that must and
    must not be found; they run whenever the rule is loaded.
    """

    id: str
    version: int = Field(ge=1)
    category: str
    locale: Locale
    target: Target = Target.REPLY
    terms: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    views: tuple[View, ...] = (View.FOLD, View.SKIP)
    allow: tuple[str, ...] = ()
    unless: tuple[Predicate, ...] = ()
    unless_quantity: bool = False  # a hedge beside a time or an amount is no hedge
    severity: Severity
    message: str
    rewrite: str | None = None
    basis: str | None = None
    hit: tuple[str, ...] = Field(min_length=1)
    miss: tuple[str, ...] = Field(min_length=1)
    source: str = ""

    @field_validator("severity", mode="before")
    @classmethod
    def _by_name(cls, value: object) -> object:
        """Files say `block`, not 3."""
        if isinstance(value, str):
            if value.upper() not in Severity.__members__:
                raise ValueError(f"use {', '.join(name.lower() for name in Severity.__members__)}")
            return Severity[value.upper()]
        return value


class Finding(Record):
    """What one rule saw. `span` slices the checked text; None means the draft as a whole."""

    rule: str
    category: str
    severity: Severity
    target: Target = Target.REPLY
    span: Span | None = None
    quote: str = ""
    message: str
    rewrite: str | None = None
    basis: str | None = None


class Exemption(Record):
    """A hit that does not count, and why: kept for the explain view."""

    rule: str
    target: Target = Target.REPLY
    span: Span
    quote: str
    reason: str


class RuleResult(Record):
    """What a rule returns for one draft."""

    findings: tuple[Finding, ...] = ()
    exempted: tuple[Exemption, ...] = ()


class Verdict(Record):
    """The findings, worst first, and the route that follows from the worst."""

    route: Route
    findings: tuple[Finding, ...] = ()
    exempted: tuple[Exemption, ...] = ()


class GroundedValue(Record):
    """A slot value an order supplied, such as `order.eta`."""

    slot: str
    value: str


class GuardContext(Record):
    """What a rule may compare a draft with; `sources` are the documents that its citations name."""

    message: str
    locale: Locale
    sources: tuple[Document, ...] = ()
    values: tuple[GroundedValue, ...] = ()
