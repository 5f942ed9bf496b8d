from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from ragkit.core.documents import Document, DocumentKind, PartKind
from ragkit.core.drafting import DraftKind, Drafts, Gap
from ragkit.core.retrieval import Query, SearchFilter
from ragkit.core.text import Locale
from ragkit.draft.citations import verify
from ragkit.draft.drafter import ExtractiveDrafter
from ragkit.draft.prompts import VARIABLES, Template, Templates
from ragkit.testing.builders import (
    QUESTION,
    Piece,
    a_chunk,
    a_document,
    some_evidence,
    valid,
)
from ragkit.testing.fakes import MemoryLibrary

ANSWER = "单笔订单优惠后满59元包邮。\n不满59元收6元运费。"
SUPPLEMENT = "用券后仍满59元才算。"
REMOTE = "新疆、西藏运费12元，满159元包邮。"
FAQ = a_document(
    Piece(PartKind.QUESTION, QUESTION),
    Piece(PartKind.ANSWER, ANSWER),
    Piece(PartKind.SUPPLEMENT, SUPPLEMENT),
    scene="consult.freight_cost",
    see=("policy-freight#1.1", "policy-freight#1.3"),
)


def a_policy(version: str, remote: str, start: str, end: str | None = None) -> Document:
    return a_document(
        Piece(PartKind.CLAUSE, "单笔订单优惠后满59元包邮。", clause="1.1"),
        Piece(PartKind.CLAUSE, remote, clause="1.3"),
        id="policy-freight",
        version=version,
        kind=DocumentKind.POLICY,
        validity=valid(start, end),
    )


OLD = a_policy("2026-01", "新疆、西藏运费15元。", "2026-01-01", "2026-08-31")
NEW = a_policy("2026-09", REMOTE, "2026-09-01")


def a_script(name: str, receive: str, commit: str, inform: str | None = None) -> Document:
    inner = [Piece(PartKind.INFORM, inform)] if inform else []
    return a_document(
        Piece(PartKind.SITUATION, f"情形{name}"),
        Piece(PartKind.RECEIVE, receive),
        *inner,
        Piece(PartKind.COMMIT, commit),
        id=f"script-{name}",
        kind=DocumentKind.SCRIPT,
        scene="consult.freight_cost",
    )


CALM = a_script(
    "calm", "您好，我来帮您算。", "还差多少，把购物车发我。", inform="运费看优惠后的金额。"
)
PLAIN = a_script("plain", "您好。", "还有什么想问的？")  # has nothing to inform of
ETA = a_script(
    "eta",
    "您好，{customer.name}。",
    "预计{order.eta}送达。",
    inform="包裹由{order.carrier}派送。",
)
LAYOUTS = {
    "grounded": "{receive}\n{answer}\n{policy}\n{commit}",
    "short": "{answer}\n{policy}",
    "script": "{receive}\n{inform}\n{commit}",
}
NAMED = {"customer.name": "林女士", "order.eta": "9月18日", "order.carrier": "顺丰"}


def draft(
    *scripts: Document,
    order: Mapping[str, str] | None = None,
    evidence: Sequence[Document] = (FAQ,),
    part: int = 0,
    layouts: Mapping[str, str] | None = None,
    locale: Locale = Locale.ZH,
    day: str = "2026-09-15",
    max_scripts: int = 5,
) -> Drafts:
    by_name = {
        (locale, name): Template.parse(name, {**LAYOUTS, **(layouts or {})}[name])
        for name in VARIABLES
    }
    drafter = ExtractiveDrafter(
        library=library(),
        templates=Templates(by_name, "test"),
        max_overlap=0.35,
        max_scripts=max_scripts,
    )
    return drafter.draft(
        Query(text=QUESTION, order=dict(order or {})),
        search=SearchFilter(as_of=date.fromisoformat(day)),
        locale=locale,
        evidence=some_evidence(*(a_chunk(document, part) for document in evidence)),
        scripts=scripts,
    )


def library() -> MemoryLibrary:
    return MemoryLibrary(FAQ, OLD, NEW, CALM, PLAIN, ETA, PRODUCT, ENGLISH)


PRODUCT = a_document(
    Piece(PartKind.NAME, "轻羽保温杯"),
    Piece(PartKind.FACT, "容量500毫升。"),
    Piece(PartKind.FACT, "内胆为316不锈钢。"),
    Piece(PartKind.FACT, "保温12小时。"),
    id="product-p1001",
    kind=DocumentKind.PRODUCT,
)
ENGLISH = a_document(
    Piece(PartKind.QUESTION, "Is shipping free?"),
    Piece(PartKind.ANSWER, "Shipping is free from 59 yuan. Below that it is 6 yuan."),
    id="faq-en",
    locale=Locale.EN,
)


def texts(drafts: Drafts) -> dict[DraftKind, str]:
    return {each.kind: each.text for each in drafts.drafts}


def test_candidates_in_their_order() -> None:
    drafts = draft(CALM)
    assert [(each.kind, each.script) for each in drafts.drafts] == [
        (DraftKind.GROUNDED, "script-calm"),
        (DraftKind.SCRIPT, "script-calm"),
        (DraftKind.SHORT, None),
    ]
    assert [each.text for each in drafts.drafts] == [
        "您好，我来帮您算。\n单笔订单优惠后满59元包邮。不满59元收6元运费。\n"
        "新疆、西藏运费12元，满159元包邮。\n还差多少，把购物车发我。",
        "您好，我来帮您算。\n运费看优惠后的金额。\n还差多少，把购物车发我。",
        "单笔订单优惠后满59元包邮。不满59元收6元运费。\n新疆、西藏运费12元，满159元包邮。",
    ]
    assert drafts.gaps == ()


def test_nothing_is_invented() -> None:
    """Every character of every draft stands in a claim, and every claim is verified."""
    for each in draft(ETA, CALM, order=NAMED).drafts:
        checked = verify(each, library())
        said = "".join(claim.text for claim in checked.claims)
        assert said == each.text.replace("\n", "")
        assert [claim.span.of(each.text) for claim in checked.claims] == [
            claim.text for claim in checked.claims
        ]
        assert all(claim.citation and claim.citation.verified for claim in checked.claims)


def test_slots_are_filled_from_the_order() -> None:
    drafts = draft(ETA, order=NAMED)
    assert texts(drafts)[DraftKind.SCRIPT] == (
        "您好，林女士。\n包裹由顺丰派送。\n预计9月18日送达。"
    )
    values = [value for claim in drafts.drafts[1].claims for value in claim.values]
    assert {value.slot: value.value for value in values} == NAMED


def without(*slots: str) -> dict[str, str]:
    return {slot: value for slot, value in NAMED.items() if slot not in slots}


GAPS: dict[str, tuple[dict[str, str], list[DraftKind], list[tuple[str, ...]]]] = {
    # id: (order, candidates offered, slots of each gap)
    "nothing missing": (NAMED, [DraftKind.GROUNDED, DraftKind.SCRIPT, DraftKind.SHORT], []),
    # The grounded layout leaves the inform layer out, so it needs no carrier.
    "only the script needs it": (
        without("order.carrier"),
        [DraftKind.GROUNDED, DraftKind.SHORT],
        [("order.carrier",)],
    ),
    "both need it": (
        without("order.eta"),
        [DraftKind.SHORT],
        [("order.eta",)],
    ),
    "no order": (
        {},
        [DraftKind.SHORT],
        [("customer.name", "order.eta"), ("customer.name", "order.carrier", "order.eta")],
    ),
    "an empty value is none": ({**NAMED, "order.eta": ""}, [DraftKind.SHORT], [("order.eta",)]),
    "a blank value is none": ({**NAMED, "order.eta": " "}, [DraftKind.SHORT], [("order.eta",)]),
}


@pytest.mark.parametrize(("order", "kinds", "slots"), GAPS.values(), ids=GAPS.keys())
def test_slots_fail_closed(
    order: dict[str, str], kinds: list[DraftKind], slots: list[tuple[str, ...]]
) -> None:
    drafts = draft(ETA, order=order)
    assert [each.kind for each in drafts.drafts] == kinds
    assert drafts.gaps == tuple(Gap(script="script-eta", slots=each) for each in slots)
    assert not any("{" in each.text for each in drafts.drafts)


def test_the_next_script_steps_in_and_the_gap_is_still_named() -> None:
    drafts = draft(ETA, CALM, order=without("order.eta"))
    assert [each.script for each in drafts.drafts] == ["script-calm", "script-calm", None]
    assert drafts.gaps == (Gap(script="script-eta", slots=("order.eta",)),)


def test_a_script_that_informs_of_nothing_only_frames_the_answer() -> None:
    drafts = draft(PLAIN)
    assert [each.kind for each in drafts.drafts] == [DraftKind.GROUNDED, DraftKind.SHORT]
    drafts = draft(PLAIN, CALM)
    assert [each.script for each in drafts.drafts] == ["script-plain", "script-calm", None]
    assert drafts.gaps == ()


def test_the_gap_of_a_script_that_was_not_the_best_is_not_named() -> None:
    assert draft(CALM, ETA).gaps == ()


def test_of_several_scripts_with_gaps_the_best_is_named() -> None:
    late = a_script("late", "您好。", "{order.eta}前后到。", inform="已由{order.carrier}揽收。")
    drafts = draft(ETA, late, order=without("order.eta"))
    assert drafts.gaps == (Gap(script="script-eta", slots=("order.eta",)),)


def test_only_so_many_scripts_are_tried() -> None:
    drafts = draft(ETA, CALM, max_scripts=1)
    assert [each.kind for each in drafts.drafts] == [DraftKind.SHORT]


def test_without_scripts_the_answer_stands_alone() -> None:
    assert [each.kind for each in draft().drafts] == [DraftKind.SHORT]


def test_without_evidence_there_is_no_draft() -> None:
    assert draft(CALM, evidence=()) == Drafts()


def test_a_supplement_is_said_when_it_was_what_answered() -> None:
    short = {part: texts(draft(part=part))[DraftKind.SHORT] for part in (0, 2)}
    assert SUPPLEMENT not in short[0]
    assert SUPPLEMENT in short[2]


def test_the_policy_of_the_day_is_quoted() -> None:
    assert "运费15元" in texts(draft(day="2026-08-31"))[DraftKind.SHORT]
    assert "运费12元" in texts(draft(day="2026-09-01"))[DraftKind.SHORT]


def test_no_policy_in_force_leaves_its_line_out() -> None:
    short = texts(draft(day="2025-12-31"))[DraftKind.SHORT]
    assert short == "单笔订单优惠后满59元包邮。不满59元收6元运费。"


def test_a_policy_sentence_that_repeats_the_answer_is_left_out() -> None:
    (short,) = draft().drafts
    clauses = [claim.citation.clause for claim in short.claims if claim.citation]
    assert clauses == [None, None, "1.3"]  # 1.1 says what the answer says


CHOSEN = {  # id: (document, part found, what is said)
    "a fact": (PRODUCT, 2, "内胆为316不锈钢。"),
    "a clause": (NEW, 1, REMOTE),
}


@pytest.mark.parametrize(("document", "part", "said"), CHOSEN.values(), ids=CHOSEN.keys())
def test_what_is_found_is_said(document: Document, part: int, said: str) -> None:
    drafts = draft(evidence=[document], part=part)
    assert texts(drafts)[DraftKind.SHORT] == said


def test_the_citation_carries_the_number_of_its_evidence() -> None:
    drafts = draft(evidence=[FAQ, NEW])
    numbers = [claim.citation.evidence for claim in drafts.drafts[0].claims if claim.citation]
    assert numbers == [1, 1, 2]


LAID_OUT = {  # id: (layout of the short reply, day, reply)
    "literal text": (
        "亲，{answer}\n{policy}",
        "2026-09-15",
        "亲，单笔订单优惠后满59元包邮。不满59元收6元运费。\n新疆、西藏运费12元，满159元包邮。",
    ),
    "a label goes with its line": (
        "{answer}\n依据：{policy}",
        "2025-12-31",
        "单笔订单优惠后满59元包邮。不满59元收6元运费。",
    ),
    "a label stays with its line": (
        "{answer}\n依据：{policy}",
        "2026-09-15",
        "单笔订单优惠后满59元包邮。不满59元收6元运费。\n依据：新疆、西藏运费12元，满159元包邮。",
    ),
    "an empty line first": (
        "{policy}\n\n{answer}",
        "2025-12-31",
        "单笔订单优惠后满59元包邮。不满59元收6元运费。",
    ),
    "a paragraph": (
        "{answer}\n\n{policy}\n\n谢谢。",
        "2025-12-31",
        "单笔订单优惠后满59元包邮。不满59元收6元运费。\n\n谢谢。",
    ),
    "side by side": (
        "{answer}{policy}",
        "2026-09-15",
        "单笔订单优惠后满59元包邮。不满59元收6元运费。新疆、西藏运费12元，满159元包邮。",
    ),
}


@pytest.mark.parametrize(("layout", "day", "reply"), LAID_OUT.values(), ids=LAID_OUT.keys())
def test_layouts(layout: str, day: str, reply: str) -> None:
    (short,) = draft(layouts={"short": layout}, day=day).drafts
    assert short.text == reply
    assert all(claim.span.of(short.text) == claim.text for claim in short.claims)


ENGLISH_LAYOUTS = {
    "blanks between sentences": (
        "{answer}",
        "Shipping is free from 59 yuan. Below that it is 6 yuan.",
    ),
    "one blank after literal text": (
        "Hi, {answer}",
        "Hi, Shipping is free from 59 yuan. Below that it is 6 yuan.",
    ),
    "none after an opening mark": (
        "“{answer}”",
        "“Shipping is free from 59 yuan. Below that it is 6 yuan.”",
    ),
}


@pytest.mark.parametrize(("layout", "reply"), ENGLISH_LAYOUTS.values(), ids=ENGLISH_LAYOUTS.keys())
def test_english_layouts(layout: str, reply: str) -> None:
    drafts = draft(evidence=[ENGLISH], locale=Locale.EN, layouts={"short": layout})
    assert texts(drafts)[DraftKind.SHORT] == reply


def test_an_item_of_a_list_is_said_behind_what_introduces_it() -> None:
    """“表皮有自然斑痕的。” alone would say the opposite of what it means."""
    lead, item = "下列情形不属于坏果：", "表皮有自然斑痕的。"
    plain = a_document(
        Piece(PartKind.CLAUSE, lead, clause="3"),
        Piece(PartKind.CLAUSE, item, clause="3（一）"),
        id="policy-fresh",
        kind=DocumentKind.POLICY,
    )
    first, second = plain.parts
    below = second.model_copy(update={"heading": ("生鲜", lead)})
    document = plain.model_copy(update={"parts": (first, below)})
    layouts = {(Locale.ZH, name): Template.parse(name, LAYOUTS[name]) for name in VARIABLES}
    drafts = ExtractiveDrafter(
        library=MemoryLibrary(document),
        templates=Templates(layouts, "test"),
        max_overlap=0.35,
        max_scripts=1,
    ).draft(
        Query(text="有斑痕算坏果吗"),
        search=SearchFilter(as_of=date(2026, 9, 15)),
        locale=Locale.ZH,
        evidence=some_evidence(a_chunk(document, 1)),
        scripts=(),
    )
    assert [claim.text for claim in drafts.drafts[0].claims] == [lead, item]
    assert all(
        claim.citation and claim.citation.verified
        for claim in verify(drafts.drafts[0], MemoryLibrary(document)).claims
    )
