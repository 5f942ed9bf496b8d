"""What loaders said, each thing once."""

from ragkit.core.errors import Problem
from ragkit.lint.files import hidden, left_out, unreadable
from ragkit.lint.findings import Check, LintSeverity


def a_problem(what: str) -> Problem:
    return Problem(what, where="faqs/a.docx:3", fix="mend it")


def test_problems_are_errors_told_once() -> None:
    found = list(unreadable([a_problem("it is cut off"), a_problem("it is cut off")]))
    assert [(each.check, each.severity) for each in found] == [
        (Check.UNREADABLE, LintSeverity.ERROR)
    ]
    assert (found[0].message, found[0].where, found[0].fix) == (
        "it is cut off",
        "faqs/a.docx:3",
        "mend it",
    )


def test_notices_and_skipped_files_are_left_out() -> None:
    told, notice = a_problem("a broken link"), a_problem("a picture is left out")
    found = list(left_out([told, notice, notice], ["faqs/b.xyz"], told=lambda each: each is told))
    assert [each.where for each in found] == ["faqs/a.docx:3", "faqs/b.xyz"]
    assert all(each.check is Check.LEFT_OUT for each in found)


def test_hidden_text_is_told_as_injection_alone() -> None:
    notices = [
        a_problem("hidden text is left out (12 characters)"),
        a_problem("page 2 of the PDF: 9 characters that nobody can see were left out"),
        a_problem("a picture is left out"),
    ]
    assert [each.check for each in hidden(notices)] == [Check.INJECTION] * 2
    assert len(list(left_out(notices, (), told=lambda _: False))) == 1
