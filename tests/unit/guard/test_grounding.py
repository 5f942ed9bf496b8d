import pytest

from ragkit.core.documents import DocumentKind, PartKind
from ragkit.core.drafting import DraftKind
from ragkit.core.guarding import GroundedValue, Severity
from ragkit.guard.rules.grounding import Cited, GroundedNumbers
from ragkit.testing.builders import (
    ANSWER,
    Piece,
    a_citation,
    a_cited_draft,
    a_claim,
    a_context,
    a_document,
    a_draft,
)

FAQ = a_document()
CARRIER = GroundedValue(slot="order.carrier", value="顺丰")
ETA = GroundedValue(slot="order.eta", value="9月18日")


def test_a_verified_draft_is_cited() -> None:
    assert Cited().check(a_cited_draft(FAQ, ANSWER), a_context()).findings == ()


def test_an_unverified_citation_is_flagged() -> None:
    draft = a_cited_draft(FAQ, ANSWER, verified=False)
    (finding,) = Cited().check(draft, a_context()).findings
    assert (finding.severity, finding.category) == (Severity.REVIEW, "ungrounded_claim")
    assert (finding.span, finding.quote) == (draft.claims[0].span, ANSWER)
    assert finding.message == "the cited words do not stand in the source as quoted"


def test_each_sentence_is_judged_on_its_own() -> None:
    said = a_cited_draft(FAQ, ANSWER)
    invented = "今天下单全部免邮。"
    claims = (*said.claims, a_claim(invented, start=len(ANSWER)))
    draft = a_draft(ANSWER + invented, *claims)
    (finding,) = Cited().check(draft, a_context()).findings
    assert finding.quote == invented
    assert finding.message == "no source is cited for this sentence"


AROUND = {  # id: (before the claim, behind it, what is flagged)
    "nothing": ("", "", []),
    "part of its sentence": ("亲，", "", []),
    "marks alone": ("★ 1.\n", "\n——", []),
    "a sentence before": ("保证退款。", "", ["保证退款。"]),
    "a line before": ("放心购买\n", "", ["放心购买"]),
    "a sentence behind": ("", "We promise.", ["We promise."]),
}


@pytest.mark.parametrize(("before", "behind", "flagged"), AROUND.values(), ids=AROUND.keys())
def test_a_sentence_that_no_claim_touches_is_flagged(
    before: str, behind: str, flagged: list[str]
) -> None:
    claim = a_claim(ANSWER, a_citation(FAQ, ANSWER, verified=True), start=len(before))
    draft = a_draft(before + ANSWER + behind, claim)
    findings = Cited().check(draft, a_context()).findings
    assert [f.quote for f in findings] == flagged
    assert [f.span.of(draft.text) for f in findings if f.span] == flagged
    assert all(f.severity is Severity.REVIEW for f in findings)
    edited = draft.model_copy(update={"kind": DraftKind.EDITED})
    assert Cited().check(edited, a_context()).findings == ()


def test_a_draft_without_claims_is_flagged_as_a_whole() -> None:
    (finding,) = Cited().check(a_draft("我们保证全额退款。"), a_context()).findings
    assert (finding.span, finding.message) == (None, "the draft cites no source at all")


def test_an_edited_draft_needs_no_citations() -> None:
    draft = a_draft("我们来处理。", kind=DraftKind.EDITED)
    assert Cited().check(draft, a_context()).findings == ()


def test_a_value_that_the_order_does_not_hold_is_flagged() -> None:
    text = "包裹由顺丰派送。"
    claim = a_claim(text, a_citation(FAQ, ANSWER, verified=True), values=[CARRIER])
    draft = a_draft(text, claim)
    assert Cited().check(draft, a_context(values=(CARRIER, ETA))).findings == ()
    other = CARRIER.model_copy(update={"value": "中通"})
    for values in [(), (other,), (ETA,)]:
        (finding,) = Cited().check(draft, a_context(values=values)).findings
        assert finding.message == "the sentence is filled with a value that the order does not hold"


NUMBERS = {  # id: (sentence, quote it rests on, amounts flagged)
    "as quoted": (ANSWER, ANSWER, []),
    "in other words": ("满五十九元包邮。", "满59元包邮", []),
    "another amount": ("满39元包邮。", "满59元包邮", ["39元"]),
    "another unit": ("59件包邮。", "满59元包邮", ["59件"]),
    "beside the quote": ("收6元运费。", "满59元包邮", ["6元"]),  # elsewhere in the same document
    "no amount": ("可以包邮。", "满59元包邮", []),
    "two of them": ("满39元收7元。", "满59元包邮", ["39元", "7元"]),
}


@pytest.mark.parametrize(("text", "quote", "flagged"), NUMBERS.values(), ids=NUMBERS.keys())
def test_amounts_of_a_sentence(text: str, quote: str, flagged: list[str]) -> None:
    before = "您好。"
    claim = a_claim(text, a_citation(FAQ, quote, verified=True), start=len(before))
    draft = a_draft(before + text, claim)
    findings = GroundedNumbers().check(draft, a_context(sources=(FAQ,))).findings
    assert [f.quote for f in findings] == flagged
    assert [f.span.of(draft.text) for f in findings if f.span] == flagged
    assert all(f.severity is Severity.REVIEW for f in findings)


def test_the_customers_message_is_no_evidence() -> None:
    draft = a_draft("满39元包邮。", a_claim("满39元包邮。", a_citation(FAQ, "满59元包邮")))
    context = a_context("满39元包邮吗", sources=(FAQ,))
    assert [f.quote for f in GroundedNumbers().check(draft, context).findings] == ["39元"]


def test_the_order_is_evidence() -> None:
    text = "预计9月18日送达。"
    draft = a_draft(text, a_claim(text, a_citation(FAQ, ANSWER), values=[ETA]))
    assert GroundedNumbers().check(draft, a_context(values=(ETA,))).findings == ()


def test_a_value_that_only_the_draft_claims_is_no_evidence() -> None:
    text = "预计9月18日送达。"
    draft = a_draft(text, a_claim(text, a_citation(FAQ, ANSWER), values=[ETA]))
    findings = GroundedNumbers().check(draft, a_context()).findings
    assert [f.quote for f in findings] == ["9月18日"]


def test_an_amount_outside_every_claim_is_flagged_once() -> None:
    said = a_cited_draft(FAQ, ANSWER)
    draft = said.model_copy(update={"text": f"{ANSWER}（48小时内回复）"})
    findings = GroundedNumbers().check(draft, a_context(sources=(FAQ,))).findings
    assert [f.quote for f in findings] == ["48小时"]


RUNNING = {  # id: (before the claim, the claim as quoted, behind it, amounts flagged)
    "into the claim": ("7", "2小时内发货。", "", ["72小时"]),
    "out of the claim": ("", "满5", "9元包邮。", ["59元"]),
    "a currency before": ("$", "59起包邮。", "", ["$59"]),
    "beside it": ("亲，", "2小时内发货。", "谢谢", []),
}


@pytest.mark.parametrize(
    ("before", "text", "behind", "flagged"), RUNNING.values(), ids=RUNNING.keys()
)
def test_an_amount_that_runs_over_the_edge_of_a_claim(
    before: str, text: str, behind: str, flagged: list[str]
) -> None:
    source = a_document(Piece(PartKind.ANSWER, text))
    claim = a_claim(text, a_citation(source, text, verified=True), start=len(before))
    draft = a_draft(before + text + behind, claim)
    findings = GroundedNumbers().check(draft, a_context(sources=(source,))).findings
    assert [f.quote for f in findings] == flagged


def test_an_uncited_sentence_has_no_evidence_for_its_amounts() -> None:
    findings = GroundedNumbers().check(a_draft(ANSWER, a_claim(ANSWER)), a_context()).findings
    assert [f.quote for f in findings] == ["59元", "59元", "6元"]


def test_the_header_of_a_table_brings_the_unit() -> None:
    row = Piece(PartKind.ROW, "| 新疆 | 12 | 159 |", wording="新疆：运费12元，包邮门槛159元。")
    policy = a_document(row, id="policy-freight", kind=DocumentKind.POLICY)
    said = "新疆：运费12元，包邮门槛159元。"
    draft = a_draft(said, a_claim(said, a_citation(policy, row.text)))
    assert GroundedNumbers().check(draft, a_context(sources=(policy,))).findings == ()
    other = a_document(row, id="policy-other", kind=DocumentKind.POLICY)
    wrong = said.replace("12", "15")
    draft = a_draft(wrong, a_claim(wrong, a_citation(other, row.text)))
    findings = GroundedNumbers().check(draft, a_context(sources=(policy, other))).findings
    assert [f.quote for f in findings] == ["15元"]


EDITED = {  # id: (reply, amounts flagged)
    "from a source": ("亲，满59元就包邮哦", []),
    "from the order": ("9月18日到，满59元包邮", []),
    "from nowhere": ("亲，补您20元券", ["20元"]),
}


@pytest.mark.parametrize(("text", "flagged"), EDITED.values(), ids=EDITED.keys())
def test_amounts_of_an_edited_draft(text: str, flagged: list[str]) -> None:
    draft = a_draft(text, kind=DraftKind.EDITED)
    context = a_context("能补我20元吗", sources=(FAQ,), values=(ETA,))
    assert [f.quote for f in GroundedNumbers().check(draft, context).findings] == flagged
