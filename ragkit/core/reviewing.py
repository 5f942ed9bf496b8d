"""Human review as values: what waits, and who decided what about it."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from ragkit.core.drafting import Suggestion
from ragkit.core.guarding import Verdict
from ragkit.core.text import Record


class ReviewState(StrEnum):
    """Where a ReviewItem stands."""

    QUEUED = "queued"
    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"


class Action(StrEnum):
    """What a reviewer can do with a queued item."""

    APPROVE = "approve"
    EDIT = "edit"
    REJECT = "reject"


class Decision(Record):
    """Who did what to an item, when and why. `text` is the reply as approved, None if rejected.

    `verdict` is what the guard said to an edited text; an edit without one is refused.
    """

    action: Action
    actor: str = Field(min_length=1)
    at: datetime
    text: str | None = None
    reason: str = ""
    verdict: Verdict | None = None


class ReviewItem(Record):
    """A Suggestion that waits for a person, with the decisions made about it, oldest first.

    `version` grows with every write; a decision made on an older one is refused.
    """

    id: int
    state: ReviewState
    version: int = Field(ge=1)
    created_at: datetime
    suggestion: Suggestion
    reasons: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
