"""Running the rules over a draft, and deciding what may happen with it."""

import logging
from collections.abc import Sequence

from ragkit.core.drafting import Draft
from ragkit.core.guarding import (
    ROUTES,
    Finding,
    GuardContext,
    Route,
    RuleResult,
    Severity,
    Verdict,
)
from ragkit.core.protocols import Rule

_log = logging.getLogger(__name__)


class Guard:
    """Checks drafts with every rule. A rule that breaks is a finding: the draft goes to review."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)

    def check(self, draft: Draft, context: GuardContext) -> Verdict:
        """The verdict over all rules; findings worst first, then in the order of the text."""
        return decide([_run(rule, draft, context) for rule in self._rules])


def decide(results: Sequence[RuleResult]) -> Verdict:
    """The route follows from the worst finding; without findings a draft may be suggested."""
    findings = sorted(
        (finding for result in results for finding in result.findings),
        key=lambda finding: (-finding.severity, finding.span.start if finding.span else -1),
    )
    return Verdict(
        route=ROUTES[findings[0].severity] if findings else Route.SUGGEST,
        findings=tuple(findings),
        exempted=tuple(exempted for result in results for exempted in result.exempted),
    )


def low_confidence(confidence: float, threshold: float) -> RuleResult:
    """The finding for a message that the knowledge does not seem to cover."""
    return RuleResult(
        findings=(
            Finding(
                rule="low_confidence@1",
                category="low_confidence",
                severity=Severity.REVIEW,
                message=f"the knowledge base does not seem to cover this message (confidence "
                f"{confidence:.2f}, needed {threshold:.2f})",
            ),
        )
    )


def broken(step: str, error: Exception) -> RuleResult:
    """The finding for a step that broke: it may have missed anything."""
    _log.debug("%s broke", step, exc_info=error)
    return RuleResult(
        findings=(
            Finding(
                rule=f"{step}@1",
                category="engine_error",
                severity=Severity.REVIEW,
                message=f"{step} broke and did not run to its end: {type(error).__name__}: {error}",
            ),
        )
    )


def _run(rule: Rule, draft: Draft, context: GuardContext) -> RuleResult:
    try:
        return rule.check(draft, context)
    except Exception as error:  # noqa: BLE001
        # The door closes: whatever broke, a person looks before this draft is sent.
        return broken(rule.id, error)
