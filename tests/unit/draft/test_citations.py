import pytest

from ragkit.core.documents import DocumentKind, PartKind
from ragkit.core.drafting import Citation, Claim
from ragkit.core.guarding import GroundedValue
from ragkit.core.text import Span
from ragkit.draft.citations import cite, fill, grounded_values, slots_of, verify
from ragkit.testing.builders import (
    ANSWER,
    Piece,
    a_chunk,
    a_citation,
    a_claim,
    a_document,
    a_draft,
    some_evidence,
)
from ragkit.testing.fakes import MemoryLibrary

FAQ = a_document()
ROW = Piece(PartKind.ROW, "| 新疆 | 12 |", wording="新疆：运费12元。")
POLICY = a_document(
    Piece(PartKind.CLAUSE, "偏远地区按下表。\n满159元包邮。", clause="1.3"),
    ROW,
    id="policy-freight",
    version="2026-09",
    kind=DocumentKind.POLICY,
)
COMMIT = "包裹由{order.carrier}派送，预计{order.eta}送达。"
SCRIPT = a_document(
    Piece(PartKind.COMMIT, COMMIT), id="script-eta", kind=DocumentKind.SCRIPT, scene="logistics.eta"
)
LIBRARY = MemoryLibrary(FAQ, POLICY, SCRIPT)
VALUES = (
    GroundedValue(slot="order.carrier", value="顺丰"),
    GroundedValue(slot="order.eta", value="9月18日"),
)


def is_verified(claim: Claim, text: str | None = None) -> bool:
    draft = a_draft(claim.text if text is None else text, claim)
    citation = verify(draft, LIBRARY).claims[0].citation
    assert citation is not None
    return citation.verified


def test_the_exact_words_are_verified() -> None:
    assert is_verified(a_claim(ANSWER, a_citation(FAQ, ANSWER)))


def test_a_verified_mark_is_never_taken_on_trust() -> None:
    claim = a_claim("满49元包邮。", a_citation(FAQ, ANSWER, verified=True))
    assert not is_verified(claim)
    gone = a_citation(FAQ, ANSWER, document="faq-gone", verified=True)
    assert not is_verified(a_claim(ANSWER, gone))


def moved(citation: Citation, by: int) -> Citation:
    return citation.model_copy(update={"span": citation.span.shifted(by)})


WRONG: dict[str, tuple[str, Citation]] = {  # id: (claim, citation)
    "one character altered in both": (
        ANSWER.replace("6", "8"),
        a_citation(FAQ, ANSWER).model_copy(update={"quote": ANSWER.replace("6", "8")}),
    ),
    "one character altered in the quote": (
        ANSWER,
        a_citation(FAQ, ANSWER).model_copy(update={"quote": ANSWER.replace("。", ".")}),
    ),
    "one character altered in the claim": (ANSWER.replace("6", "8"), a_citation(FAQ, ANSWER)),
    "one character left out": (ANSWER[:-1], a_citation(FAQ, ANSWER)),
    "one character added": (f"{ANSWER} ", a_citation(FAQ, ANSWER)),
    "right quote, one place too early": (ANSWER, moved(a_citation(FAQ, ANSWER), -1)),
    "right quote, one place too late": (ANSWER, moved(a_citation(FAQ, ANSWER), 1)),
    "right quote, past the end": (ANSWER, moved(a_citation(FAQ, ANSWER), 10_000)),
    "another document": (ANSWER, a_citation(FAQ, ANSWER, document=POLICY.key)),
    "an older version": (
        "满159元包邮。",
        a_citation(POLICY, "满159元包邮。", document="policy-freight@2026-01"),
    ),
    "no such document": (ANSWER, a_citation(FAQ, ANSWER, document="faq-gone")),
    "another sentence of the document": ("满多少钱包邮？", a_citation(FAQ, ANSWER)),
    "another source": (ANSWER, a_citation(FAQ, ANSWER, source="faqs/zh/returns.yaml")),
    "another line": (ANSWER, a_citation(FAQ, ANSWER, line=1)),
    "another title": (ANSWER, a_citation(FAQ, ANSWER, title="退货")),
    "another heading": (ANSWER, a_citation(FAQ, ANSWER, heading=("退货",))),
    "another clause": ("满159元包邮。", a_citation(POLICY, "满159元包邮。", clause="1.4")),
    "no clause": ("满159元包邮。", a_citation(POLICY, "满159元包邮。")),
    "across two parts": (
        FAQ.text.strip(),
        a_citation(FAQ, FAQ.text.strip()),
    ),
    "folded is not equal": (ANSWER.replace("59", "５９"), a_citation(FAQ, ANSWER)),
}


@pytest.mark.parametrize(("text", "citation"), WRONG.values(), ids=WRONG.keys())
def test_a_citation_that_does_not_hold(text: str, citation: Citation) -> None:
    assert not is_verified(a_claim(text, citation))


def test_the_clause_is_verified_with_the_words() -> None:
    text = "满159元包邮。"
    assert is_verified(a_claim(text, a_citation(POLICY, text, clause="1.3", evidence=2)))


def test_the_claim_must_stand_in_the_draft() -> None:
    claim = a_claim(ANSWER, a_citation(FAQ, ANSWER))
    assert is_verified(claim, f"{ANSWER}谢谢。")
    assert not is_verified(claim, f"亲{ANSWER}")


def test_each_claim_is_verified_on_its_own() -> None:
    claims = (
        a_claim(ANSWER, a_citation(FAQ, ANSWER)),
        a_claim("没有出处。", start=len(ANSWER)),
        a_claim("全场免邮。", a_citation(FAQ, ANSWER), start=len(ANSWER) + 5),
    )
    checked = verify(a_draft(f"{ANSWER}没有出处。全场免邮。", *claims), LIBRARY)
    assert [claim.citation and claim.citation.verified for claim in checked.claims] == [
        True,
        None,
        False,
    ]


def test_a_table_row_is_said_as_its_sentence() -> None:
    citation = a_citation(POLICY, ROW.text)
    assert is_verified(a_claim("新疆：运费12元。", citation))
    assert is_verified(a_claim(ROW.text, citation))
    assert not is_verified(a_claim("新疆：运费21元。", citation))


def test_slots_are_said_with_their_values() -> None:
    citation = a_citation(SCRIPT, COMMIT)
    said = "包裹由顺丰派送，预计9月18日送达。"
    assert is_verified(a_claim(said, citation, values=VALUES))
    assert not is_verified(a_claim("包裹由中通派送，预计9月18日送达。", citation, values=VALUES))
    assert not is_verified(a_claim(said, citation, values=VALUES[:1]))
    assert not is_verified(a_claim(said, citation))


def test_a_slot_left_open_is_never_verified() -> None:
    assert not is_verified(a_claim(COMMIT, a_citation(SCRIPT, COMMIT)))


SLOTS = {
    "none": ("您好", ()),
    "in order": (COMMIT, ("order.carrier", "order.eta")),
    "once each": ("{a}和{b}和{a}", ("a", "b")),
}


@pytest.mark.parametrize(("text", "slots"), SLOTS.values(), ids=SLOTS.keys())
def test_slots_of(text: str, slots: tuple[str, ...]) -> None:
    assert slots_of(text) == slots


def test_filling() -> None:
    values = {"order.carrier": "{order.eta}", "order.eta": r"\1号", "order.id": "7"}
    # A value is put in as it stands: its braces are no slots, its backslashes no references.
    assert fill(COMMIT, values) == r"包裹由{order.eta}派送，预计\1号送达。"
    assert grounded_values(COMMIT, values) == (
        GroundedValue(slot="order.carrier", value="{order.eta}"),
        GroundedValue(slot="order.eta", value=r"\1号"),
    )
    with pytest.raises(KeyError):
        fill(COMMIT, {"order.eta": "明天"})


def test_citing_names_place_and_line() -> None:
    clause = POLICY.parts[0]
    start = POLICY.text.index("满159元")
    span = Span(start=start, end=start + 8)
    evidence = some_evidence(a_chunk(FAQ), a_chunk(POLICY))
    citation = cite(POLICY, clause, span, evidence)
    assert (citation.quote, citation.span) == ("满159元包邮。", span)
    assert (citation.document, citation.clause, citation.line) == (
        "policy-freight@2026-09",
        "1.3",
        2,
    )
    assert (citation.evidence, citation.verified) == (2, False)


def test_citing_what_was_not_shown_has_no_number() -> None:
    part = SCRIPT.parts[0]
    assert cite(SCRIPT, part, part.span, some_evidence(a_chunk(FAQ))).evidence is None
