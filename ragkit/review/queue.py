"""The life of a review item, as pure functions: which action leads from which state to which."""

from ragkit.core.errors import InputError
from ragkit.core.guarding import Route
from ragkit.core.reviewing import Action, Decision, ReviewItem, ReviewState

_NEXT = {
    Action.APPROVE: ReviewState.APPROVED,
    Action.EDIT: ReviewState.EDITED,
    Action.REJECT: ReviewState.REJECTED,
}


class DecisionRefused(InputError):
    """A decision that may not be made about this item as it stands."""


def apply(item: ReviewItem, decision: Decision) -> ReviewItem:
    """The item after a decision.

    Raises `DecisionRefused` when the item is already decided, when an approval is not for the exact
    text of one of its drafts or that draft is blocked, when an edit has no text, was not checked,
    is blocked or has findings and no reason, or when a rejection has no reason.
    """
    where = f"review item {item.id}"
    if item.state is not ReviewState.QUEUED:
        last = item.decisions[-1]
        raise DecisionRefused(
            f"the item is already {item.state} by {last.actor}",
            where=where,
            fix="look at it with `ragkit review show`; a decision is never made twice",
        )
    if decision.action is Action.APPROVE:
        _approvable(item, decision, where)
    if decision.action is Action.EDIT:
        _editable(decision, where)
    if decision.action is Action.REJECT and not decision.reason.strip():
        raise DecisionRefused(
            "a rejection needs a reason", where=where, fix="say why with `--reason`"
        )
    return item.model_copy(
        update={
            "state": _NEXT[decision.action],
            "version": item.version + 1,
            "decisions": (*item.decisions, decision),
        }
    )


def _editable(decision: Decision, where: str) -> None:
    """An edit has a text that was checked, and a reason for what the check held against it."""
    if not (decision.text or "").strip():
        raise DecisionRefused(
            "an edit needs the reply as it is to be sent", where=where, fix="give it with `--text`"
        )
    if decision.verdict is None or decision.verdict.route is Route.BLOCK:
        raise DecisionRefused(
            "the reply was not checked"
            if decision.verdict is None
            else "the reply holds wording that is blocked",
            where=where,
            fix="reword it, and have it checked again with `ragkit review edit`",
        )
    if decision.verdict.route is Route.REVIEW and not decision.reason.strip():
        raise DecisionRefused(
            "the check has findings against the reply",
            where=where,
            fix="reword it, or say with `--reason` why it may go out all the same",
        )


def _approvable(item: ReviewItem, decision: Decision, where: str) -> None:
    """An approval is bound to the exact text of a candidate that is not blocked."""
    offered = [c for c in item.suggestion.candidates if c.draft.text == decision.text]
    if not offered:
        raise DecisionRefused(
            "the item has no such draft to approve",
            where=where,
            fix="write the reply with `ragkit review edit`, or reject the item",
        )
    if all(candidate.verdict.route is Route.BLOCK for candidate in offered):
        raise DecisionRefused(
            "the draft is blocked as it stands",
            where=where,
            fix="correct its wording with `ragkit review edit`, or reject the item",
        )
