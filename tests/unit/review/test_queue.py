from typing import Any

import pytest

from ragkit.core.drafting import Candidate
from ragkit.core.guarding import Severity
from ragkit.core.reviewing import Action, ReviewState
from ragkit.review.queue import DecisionRefused, apply
from ragkit.testing.builders import (
    ANSWER,
    a_decision,
    a_draft,
    a_finding,
    a_review_item,
    a_suggestion,
    a_verdict,
)

SHORT = "满59元包邮。"
BLOCKED = "质量最好，放心拍。"


def candidate(text: str, severity: Severity) -> Candidate:
    return Candidate(draft=a_draft(text), verdict=a_verdict(a_finding(severity)))


ITEM = a_review_item(
    a_suggestion(
        candidate(ANSWER, Severity.REVIEW),
        candidate(SHORT, Severity.WARN),
        candidate(BLOCKED, Severity.BLOCK),
    )
)

ALLOWED = {  # id: (action, text, reason, state after)
    "approve": (Action.APPROVE, ANSWER, "", ReviewState.APPROVED),
    "approve another candidate": (Action.APPROVE, SHORT, "", ReviewState.APPROVED),
    "edit": (Action.EDIT, "亲，满59元包邮哦。", "", ReviewState.EDITED),
    "edit a blocked draft": (Action.EDIT, "材质见详情页。", "", ReviewState.EDITED),
    "reject": (Action.REJECT, None, "答非所问", ReviewState.REJECTED),
}


@pytest.mark.parametrize(
    ("action", "text", "reason", "state"), ALLOWED.values(), ids=ALLOWED.keys()
)
def test_decisions(action: Action, text: str | None, reason: str, state: ReviewState) -> None:
    decision = a_decision(action, text, reason=reason)
    decided = apply(ITEM, decision)
    assert (decided.state, decided.version, decided.decisions) == (state, 2, (decision,))
    assert (ITEM.state, ITEM.version, ITEM.decisions) == (ReviewState.QUEUED, 1, ())


REFUSED: dict[str, tuple[Action, str | None, str, str]] = {  # id: (…, what the refusal says)
    "approve nothing": (Action.APPROVE, None, "", "no such draft"),
    "approve one character more": (Action.APPROVE, f"{ANSWER}！", "", "no such draft"),
    "approve with a blank": (Action.APPROVE, f"{ANSWER} ", "", "no such draft"),
    "approve a blocked draft": (Action.APPROVE, BLOCKED, "", "blocked as it stands"),
    "edit without text": (Action.EDIT, None, "", "needs the reply"),
    "edit to a blank": (Action.EDIT, " \n", "", "needs the reply"),
    "reject without a reason": (Action.REJECT, None, "", "needs a reason"),
    "reject with a blank reason": (Action.REJECT, None, " 　", "needs a reason"),
}


@pytest.mark.parametrize(("action", "text", "reason", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_decisions(action: Action, text: str | None, reason: str, says: str) -> None:
    with pytest.raises(DecisionRefused, match=says):
        apply(ITEM, a_decision(action, text, reason=reason))


def test_an_abstention_has_nothing_to_approve() -> None:
    item = a_review_item(a_suggestion().model_copy(update={"candidates": ()}))
    with pytest.raises(DecisionRefused, match="no such draft"):
        apply(item, a_decision(Action.APPROVE, ""))


def test_a_text_that_is_also_offered_unblocked_is_approved() -> None:
    twice = (candidate(ANSWER, Severity.BLOCK), candidate(ANSWER, Severity.WARN))
    item = a_review_item(a_suggestion(*twice))
    assert apply(item, a_decision(text=ANSWER)).state is ReviewState.APPROVED


DECIDED: dict[str, dict[str, Any]] = {
    "approve": {"action": Action.APPROVE, "text": ANSWER},
    "edit": {"action": Action.EDIT, "text": "好的。"},
    "reject": {"action": Action.REJECT, "text": None, "reason": "答非所问"},
}


@pytest.mark.parametrize("second", DECIDED.values(), ids=DECIDED.keys())
@pytest.mark.parametrize("first", DECIDED.values(), ids=DECIDED.keys())
def test_a_decision_is_never_made_twice(first: dict[str, Any], second: dict[str, Any]) -> None:
    decided = apply(ITEM, a_decision(**first, actor="小林"))
    with pytest.raises(DecisionRefused, match=f"already {decided.state} by 小林"):
        apply(decided, a_decision(**second))


EDITS = {  # id: (worst finding about the reply, reason, what the refusal says)
    "blocked": (Severity.BLOCK, "二线已批准", "blocked"),
    "findings and no reason": (Severity.REVIEW, "", "has findings"),
    "findings and a reason": (Severity.REVIEW, "二线已批准", None),
    "a warning": (Severity.WARN, "", None),
}


@pytest.mark.parametrize(("severity", "reason", "says"), EDITS.values(), ids=EDITS.keys())
def test_an_edit_is_held_to_its_check(severity: Severity, reason: str, says: str | None) -> None:
    verdict = a_verdict(a_finding(severity))
    decision = a_decision(Action.EDIT, SHORT, reason=reason, verdict=verdict)
    if says is None:
        assert apply(ITEM, decision).state is ReviewState.EDITED
        return
    with pytest.raises(DecisionRefused, match=says):
        apply(ITEM, decision)


def test_an_edit_that_was_not_checked_is_refused() -> None:
    with pytest.raises(DecisionRefused, match="not checked"):
        apply(ITEM, a_decision(Action.EDIT, SHORT, verdict=None))
