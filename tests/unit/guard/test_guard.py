import pytest

from ragkit.core.guarding import Exemption, Route, RuleResult, Severity
from ragkit.core.text import Span
from ragkit.guard.guard import Guard, decide, low_confidence
from ragkit.testing.builders import a_context, a_draft, a_finding
from ragkit.testing.fakes import BreakingRule, FixedRule

ROUTES = {  # id: (severities found, route)
    "nothing": ([], Route.SUGGEST),
    "warn": ([Severity.WARN], Route.SUGGEST),
    "review": ([Severity.REVIEW], Route.REVIEW),
    "block": ([Severity.BLOCK], Route.BLOCK),
    "the worst counts": ([Severity.WARN, Severity.BLOCK, Severity.REVIEW], Route.BLOCK),
    "many warnings": ([Severity.WARN] * 9, Route.SUGGEST),
}


@pytest.mark.parametrize(("severities", "route"), ROUTES.values(), ids=ROUTES.keys())
def test_the_route_follows_from_the_worst_finding(severities: list[Severity], route: Route) -> None:
    rules = [FixedRule(a_finding(severity)) for severity in severities]
    verdict = Guard(rules).check(a_draft(), a_context())
    assert verdict.route is route
    assert len(verdict.findings) == len(severities)


def test_findings_come_worst_first_then_as_in_the_text() -> None:
    late = a_finding(Severity.REVIEW, rule="late@1", span=Span(start=8, end=9))
    early = a_finding(Severity.REVIEW, rule="early@1", span=Span(start=0, end=2))
    whole = a_finding(Severity.REVIEW, rule="whole@1")
    worst = a_finding(Severity.BLOCK, rule="worst@1", span=Span(start=20, end=21))
    results = [RuleResult(findings=(late, early)), RuleResult(findings=(whole, worst))]
    assert decide(results).findings == (worst, whole, early, late)


def test_exemptions_are_kept() -> None:
    exempted = Exemption(rule="r", span=Span(start=0, end=2), quote="第一", reason="negated")
    assert decide([RuleResult(exempted=(exempted,))]).exempted == (exempted,)


def test_a_rule_that_breaks_sends_the_draft_to_review() -> None:
    verdict = Guard([BreakingRule()]).check(a_draft(), a_context())
    (finding,) = verdict.findings
    assert verdict.route is Route.REVIEW
    assert (finding.rule, finding.category) == ("breaking@1", "engine_error")
    assert "ZeroDivisionError: division by zero" in finding.message


def test_the_other_rules_still_run() -> None:
    block = a_finding(Severity.BLOCK)
    verdict = Guard([BreakingRule(), FixedRule(block)]).check(a_draft(), a_context())
    assert verdict.route is Route.BLOCK
    assert [f.category for f in verdict.findings] == [block.category, "engine_error"]


def test_low_confidence_goes_to_review_and_says_how_low() -> None:
    verdict = decide([low_confidence(0.123, 0.456)])
    assert verdict.route is Route.REVIEW
    assert "0.12" in verdict.findings[0].message
    assert "0.46" in verdict.findings[0].message
