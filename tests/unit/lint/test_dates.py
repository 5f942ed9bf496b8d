"""Days: what has ended, ends soon or never begins, and what rests on it."""

from datetime import date

import pytest

from ragkit.core.documents import Document
from ragkit.lint.dates import dates
from ragkit.lint.findings import LintSeverity
from ragkit.testing.builders import valid
from tests.unit.lint.shelves import a_faq, a_policy, a_shelf

DAY = date(2026, 11, 22)
ERROR, WARNING, INFO = LintSeverity.ERROR, LintSeverity.WARNING, LintSeverity.INFO


def version(name: str, start: str | None, end: str | None, *clauses: str) -> Document:
    return a_policy(
        "policy-p", *(clauses or ("满59元包邮。",)), version=name, validity=valid(start, end)
    )


OLD, NEW = version("1", None, "2026-08-31"), version("2", "2026-09-01", None)
SHELVES = {  # id: (documents, (severity, words of the message) of what is found)
    "in force without end": ([NEW], []),
    "an old version is history": ([OLD, NEW], []),
    "nothing follows the old one": ([OLD], [(ERROR, "no version of `policy-p` is in force")]),
    "with an answer on it": (
        [OLD, a_faq("faq-a", "包邮吗", see=("policy-p#1.1",))],
        [(ERROR, "`faq-a` rest on it")],
    ),
    "a gap until the next": (
        [OLD, version("2", "2026-12-24", None)],
        [(ERROR, "until 2026-12-24"), (INFO, "before 2026-12-24")],
    ),
    "an FAQ that has ended": (
        [a_faq("faq-a", "包邮吗", validity=valid(end="2026-11-21"))],
        [(WARNING, "ended on")],
    ),
    "its last day": (
        [a_faq("faq-a", "包邮吗", validity=valid(end="2026-11-22"))],
        [(WARNING, "ends on 2026-11-22")],
    ),
    "ends in 30 days": (
        [a_faq("faq-a", "包邮吗", validity=valid(end="2026-12-22"))],
        [(WARNING, "ends on 2026-12-22")],
    ),
    "ends in 31 days": ([a_faq("faq-a", "包邮吗", validity=valid(end="2026-12-23"))], []),
    "ends soon and another follows": (
        [version("1", None, "2026-12-01"), version("2", "2026-12-02", None)],
        [(INFO, "before 2026-12-02")],
    ),
    "not begun": (
        [a_faq("faq-a", "包邮吗", validity=valid("2026-12-24"))],
        [(INFO, "`faq-a` not in force before")],
    ),
    "review is due": (
        [a_faq("faq-a", "包邮吗", review_by=date(2026, 11, 21))],
        [(WARNING, "should have been")],
    ),
    "review is due today": ([a_faq("faq-a", "包邮吗", review_by=DAY)], [(INFO, "must be")]),
    "review has time": ([a_faq("faq-a", "包邮吗", review_by=date(2027, 3, 31))], []),
    "many of one file and day are told once": (
        [a_faq(f"faq-{n}", "包邮吗", review_by=date(2026, 11, 1)) for n in "abcde"],
        [(WARNING, "`faq-a`, `faq-b`, `faq-c` and 2 more")],
    ),
    "drafts are not in force": (
        [a_faq("faq-a", "包邮吗", status="draft", validity=valid(end="2026-01-01"))],
        [],
    ),
    "a clause that the new version lacks": (
        [
            version("1", None, "2026-08-31", "甲。", "乙。"),
            NEW,
            a_faq("faq-a", "包邮吗", see=("policy-p#1.2",)),
        ],
        [(WARNING, "`policy-p#1.2`, which version 2 of 2026-11-22 does not have")],
    ),
    "rests on a draft": (
        [
            a_policy("policy-p", "满59元。", status="draft"),
            a_faq("faq-a", "包邮吗", see=("policy-p",)),
        ],
        [(WARNING, "is not approved")],
    ),
    "rests on what begins later": (
        [version("2", "2026-12-24", None), a_faq("faq-a", "包邮吗", see=("policy-p",))],
        [(INFO, "not in force before"), (WARNING, "no version in force on 2026-11-22")],
    ),
    "begins with what it rests on": (
        [
            version("2", "2026-12-24", None),
            a_faq("faq-a", "包邮吗", see=("policy-p",), validity=valid("2026-12-24")),
        ],
        [(INFO, "`faq-a` not in force"), (INFO, "`policy-p@2` not in force")],
    ),
}


@pytest.mark.parametrize(("documents", "expected"), SHELVES.values(), ids=SHELVES.keys())
def test_dates(documents: list[Document], expected: list[tuple[LintSeverity, str]]) -> None:
    found = list(dates(a_shelf(*documents), DAY, soon_days=30))
    assert [each.severity for each in found] == [severity for severity, _ in expected], found
    for each, (_, words) in zip(found, expected, strict=True):
        assert words in each.message


def test_days_beyond_the_calendar_are_the_last_one() -> None:
    faq = a_faq("faq-a", "包邮吗", validity=valid(end="9999-12-31"))
    assert not list(dates(a_shelf(faq), DAY, soon_days=10_000_000))
