"""Slots that nothing fills."""

import pytest

from ragkit.core.documents import Document, DocumentKind, PartKind, ScriptProfile
from ragkit.lint.findings import LintSeverity
from ragkit.lint.slots import dead_slots
from ragkit.testing.builders import Piece, a_document
from tests.unit.lint.shelves import a_faq, a_policy, a_shelf


def a_script(name: str, commit: str, experiment: str | None = None, **fields: object) -> Document:
    return a_document(
        Piece(PartKind.SITUATION, "顾客催发货"),
        Piece(PartKind.COMMIT, commit),
        id=name,
        kind=DocumentKind.SCRIPT,
        script=ScriptProfile(emotion=0, segment="any", experiment=experiment),
        source="scripts/zh/a.yaml",
        **fields,
    )


ERROR, WARNING = LintSeverity.ERROR, LintSeverity.WARNING
TEXTS = {  # id: (document, severity and words of what is found)
    "no braces": (a_faq("faq-a", "几天到", "三天。"), []),
    "in an answer": (
        a_faq("faq-a", "几天到", "{order.eta}到。"),
        [(ERROR, "nothing fills {order.eta}")],
    ),
    "in a clause": (a_policy("policy-a", "满{门槛}元包邮。"), [(ERROR, "nothing fills {门槛}")]),
    "full-width braces": (
        a_faq("faq-a", "几天到", "｛eta｝到。"),
        [(ERROR, "nothing fills {eta}")],
    ),
    "one slot twice": (a_faq("faq-a", "几天到", "{a}到{a}。"), [(ERROR, "{a}")]),
    "half written": (
        a_faq("faq-a", "几天到", "{order.eta到。"),
        [(WARNING, "a brace stands alone")],
    ),
    "a slot of the order": (a_script("script-a", "{order.eta}前到。"), []),
    "a slot of no order": (
        a_script("script-a", "{order.gift}送您。"),
        [(ERROR, "no order supplies")],
    ),
    "half written in a script": (a_script("script-a", "order.eta}到。"), [(ERROR, "stands alone")]),
    "retired": (a_faq("faq-a", "几天到", "{eta}到。", status="retired"), []),
    "a draft": (a_faq("faq-a", "几天到", "{eta}到。", status="draft"), [(ERROR, "{eta}")]),
}


@pytest.mark.parametrize(("document", "expected"), TEXTS.values(), ids=TEXTS.keys())
def test_slots(document: Document, expected: list[tuple[LintSeverity, str]]) -> None:
    found = list(dead_slots(a_shelf(document)))
    assert [each.severity for each in found] == [severity for severity, _ in expected]
    for each, (_, words) in zip(found, expected, strict=True):
        assert words in each.message
        assert each.where.startswith(document.source)


EXPERIMENTS = {  # id: (scripts, how many are alone)
    "two variants": ([a_script("a", "好", "x"), a_script("b", "好的", "x")], 0),
    "one": ([a_script("a", "好", "x")], 1),
    "the other one is a draft": (
        [a_script("a", "好", "x"), a_script("b", "好的", "x", status="draft")],
        1,
    ),
    "no experiment": ([a_script("a", "好")], 0),
}


@pytest.mark.parametrize(("scripts", "count"), EXPERIMENTS.values(), ids=EXPERIMENTS.keys())
def test_an_experiment_needs_two_variants(scripts: list[Document], count: int) -> None:
    found = list(dead_slots(a_shelf(*scripts)))
    assert [each.severity for each in found] == [WARNING] * count
