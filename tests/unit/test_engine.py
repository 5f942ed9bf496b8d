from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ragkit.core.documents import Document, DocumentKind, PartKind, Scope
from ragkit.core.drafting import DraftKind, Drafts
from ragkit.core.errors import InputError, StoreUnavailable
from ragkit.core.guarding import Route, RuleResult, Severity, Target
from ragkit.core.protocols import Rule
from ragkit.core.retrieval import Conflict, Query, SearchFilter
from ragkit.core.reviewing import ReviewState
from ragkit.core.text import Locale
from ragkit.draft.drafter import ExtractiveDrafter
from ragkit.draft.prompts import VARIABLES, Template, Templates
from ragkit.engine import Engine, Limits
from ragkit.guard.guard import Guard
from ragkit.guard.rules.grounding import Cited, GroundedNumbers
from ragkit.guard.rules.wording import Wording
from ragkit.retrieve.fusion import default_model
from ragkit.review.store import SqlReviewStore
from ragkit.testing.builders import (
    ANSWER,
    NOON,
    QUESTION,
    Piece,
    a_chunk,
    a_citation,
    a_cited_draft,
    a_claim,
    a_document,
    a_draft,
    a_finding,
    a_rule,
    a_signature,
    valid,
)
from ragkit.testing.fakes import BreakingRule, FixedRule, MemoryLibrary, ScriptedDrafter
from ragkit.understand.message import MessageReader
from tests.unit.small_index import SmallIndex, build

SCENE = "consult.freight_cost"
FAQ = a_document(scene=SCENE, see=("policy-freight#1.3",))


def a_policy(version: str, clause: str, start: str, end: str | None = None) -> Document:
    return a_document(
        Piece(PartKind.CLAUSE, clause, clause="1.3"),
        id="policy-freight",
        version=version,
        kind=DocumentKind.POLICY,
        validity=valid(start, end),
    )


def a_script(name: str, emotion: int, receive: str) -> Document:
    return a_document(
        Piece(PartKind.SITUATION, f"顾客问运费，{name}"),
        Piece(PartKind.RECEIVE, receive),
        Piece(PartKind.COMMIT, "还想了解哪个地区，您说。"),
        id=f"script-{name}",
        kind=DocumentKind.SCRIPT,
        scene=SCENE,
        script={"emotion": emotion, "segment": "any"},
    )


DOCUMENTS = (
    FAQ,
    a_document(
        Piece(PartKind.QUESTION, "怎么开电子发票？"),
        Piece(PartKind.ANSWER, "确认收货后在订单详情页申请。"),
        id="faq-invoice",
    ),
    a_policy("2026-01", "新疆、西藏运费15元。", "2026-01-01", "2026-08-31"),
    a_policy("2026-09", "新疆、西藏运费12元。", "2026-09-01"),
    a_script("calm", 0, "您好，我来帮您算。"),
    a_script("angry", 3, "让您这么生气，是我们没做好。"),
)
# Covered is what shares a tenth of its words with a chunk: -1 + 10 * 1/10 is even odds.
FUSION = default_model().model_copy(update={"coverage": (-1, 0, 10, 0, 0), "threshold": 0.5})
OFF_TOPIC = "今天杭州下不下雨啊"
MESSAGE_RULES = [
    a_rule(
        id="message.complaint",
        terms=["投诉"],
        target=Target.MESSAGE,
        severity=Severity.REVIEW,
        category="sensitive_topic",
    ),
    a_rule(id="message.mild", terms=["着急"], target=Target.MESSAGE, severity=Severity.WARN),
]
LAYOUTS = {
    "grounded": "{receive}\n{answer}\n{policy}\n{commit}",
    "short": "{answer}\n{policy}",
    "script": "{receive}\n{inform}\n{commit}",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SmallIndex:
    return build(tmp_path_factory.mktemp("index"), *DOCUMENTS)


@pytest.fixture
def store(tmp_path: Path) -> SqlReviewStore:
    return SqlReviewStore(tmp_path / "review.sqlite")


def wording(*terms: str, severity: Severity = Severity.BLOCK) -> Wording:
    return Wording([a_rule(terms=terms, severity=severity)])


def never() -> SqlReviewStore:
    raise AssertionError("the review store was opened")


@pytest.fixture
def engine(index: SmallIndex, store: SqlReviewStore) -> Engine:
    """The real parts, over the documents above, at noon on 15 September 2026."""
    layouts = {
        (locale, name): Template.parse(name, LAYOUTS[name])
        for locale in Locale
        for name in VARIABLES
    }
    return Engine(
        understander=MessageReader(default_locale=Locale.ZH, max_chars=160),
        retriever=index.retriever(fusion=FUSION),
        library=index.table,
        drafter=ExtractiveDrafter(
            library=index.table,
            templates=Templates(layouts, "test"),
            max_overlap=0.35,
            max_scripts=5,
        ),
        guard=Guard([wording("最好"), Cited(), GroundedNumbers()]),
        message_rules=Wording(MESSAGE_RULES, target=Target.MESSAGE),
        limits=Limits(
            max_message_chars=20_000, top_k=20, evidence_documents=5, evidence_per_document=3
        ),
        signature=a_signature(),
        clock=lambda: NOON,
        zone=ZoneInfo("Asia/Shanghai"),
        open_store=lambda: store,
    )


def over(engine: Engine, index: SmallIndex) -> Engine:
    """The same engine over another index."""
    assert isinstance(engine.drafter, ExtractiveDrafter)
    templates = engine.drafter._templates
    drafter = ExtractiveDrafter(
        library=index.table, templates=templates, max_overlap=0.35, max_scripts=5
    )
    retriever = index.retriever(fusion=FUSION)
    return replace(engine, retriever=retriever, library=index.table, drafter=drafter)


def guarded(engine: Engine, *rules: Rule) -> Engine:
    return replace(engine, guard=Guard(rules))


def test_a_covered_message_gets_checked_candidates(engine: Engine) -> None:
    engine = replace(engine, open_store=never)
    suggestion = engine.suggest(Query(text="满多少钱包邮呀"))
    assert suggestion.route is Route.SUGGEST
    assert [c.draft.kind for c in suggestion.candidates] == [DraftKind.GROUNDED, DraftKind.SHORT]
    assert suggestion.draft is not None
    assert suggestion.draft.text == (
        f"您好，我来帮您算。\n{ANSWER}\n新疆、西藏运费12元。\n还想了解哪个地区，您说。"
    )
    assert all(claim.citation and claim.citation.verified for claim in suggestion.draft.claims)
    assert suggestion.confidence >= suggestion.threshold
    assert (suggestion.review_item, suggestion.created_at) == (None, NOON)
    assert suggestion.evidence[0].hit.chunk.document == FAQ.key


def test_an_uncovered_message_goes_to_a_person(engine: Engine, store: SqlReviewStore) -> None:
    suggestion = engine.suggest(Query(text=OFF_TOPIC))
    assert suggestion.abstained
    assert suggestion.route is Route.REVIEW
    assert [f.category for f in suggestion.verdict.findings] == ["low_confidence"]
    assert suggestion.confidence < suggestion.threshold
    (item,) = store.list(ReviewState.QUEUED)
    assert item.id == suggestion.review_item
    assert item.suggestion == suggestion
    assert item.reasons == ("low_confidence",)


def test_evidence_that_carries_no_reply_goes_to_a_person(engine: Engine) -> None:
    silent = replace(engine, drafter=ScriptedDrafter(Drafts()))
    suggestion = silent.suggest(Query(text=QUESTION))
    assert (suggestion.abstained, suggestion.route) == (True, Route.REVIEW)
    assert [f.rule for f in suggestion.verdict.findings] == ["no_draft@1"]


REFUSED = {  # id: (message, what the refusal says)
    "empty": ("", "the message is empty"),
    "blank": (" \n\t　", "the message is empty"),
    "too long": ("包" * 20_001, "the message has 20,001 characters, more than 20,000"),
    "half a character": ("包邮吗\ud83d", "not valid Unicode at character 3"),
}


@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_messages_that_are_not_taken(engine: Engine, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        replace(engine, open_store=never).suggest(Query(text=text))


def test_a_message_just_short_enough_is_taken(engine: Engine) -> None:
    story = "我想问一下。" * 3332 + "满多少钱包邮？"
    assert len(story) == 19_999
    assert engine.suggest(Query(text=f"{story}？")).draft is not None


def test_without_storing_nothing_is_queued(engine: Engine) -> None:
    engine = replace(engine, open_store=never)
    suggestion = engine.suggest(Query(text=OFF_TOPIC), store=False)
    assert (suggestion.route, suggestion.review_item) == (Route.REVIEW, None)


def broken_store(folder: Path) -> Callable[[], SqlReviewStore]:
    path = folder / "broken.sqlite"
    path.write_bytes(b"this is no database" * 100)
    return lambda: SqlReviewStore(path)


def test_when_the_store_breaks_nothing_is_shown(engine: Engine, tmp_path: Path) -> None:
    engine = replace(engine, open_store=broken_store(tmp_path))
    with pytest.raises(StoreUnavailable):
        engine.suggest(Query(text=OFF_TOPIC))
    # What needs no review is shown all the same.
    assert engine.suggest(Query(text=QUESTION)).route is Route.SUGGEST


def test_a_rule_that_breaks_sends_the_suggestion_to_review(
    engine: Engine, store: SqlReviewStore
) -> None:
    suggestion = guarded(engine, BreakingRule(), Cited()).suggest(Query(text=QUESTION))
    assert suggestion.route is Route.REVIEW
    assert all(c.verdict.route is Route.REVIEW for c in suggestion.candidates)
    assert store.list()[0].reasons == ("engine_error",)


class BreakingWording(Wording):
    def check_text(self, text: str) -> RuleResult:
        raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize("text", [QUESTION, OFF_TOPIC], ids=["covered", "uncovered"])
def test_message_rules_that_break_send_the_suggestion_to_review(engine: Engine, text: str) -> None:
    suggestion = replace(engine, message_rules=BreakingWording([])).suggest(Query(text=text))
    assert suggestion.route is Route.REVIEW
    assert "engine_error" in {f.category for f in suggestion.verdict.findings}


class BreakingLibrary(MemoryLibrary):
    def document(self, key: str) -> Document:
        if key == "faq-unreadable":
            raise OSError("unreadable")
        return super().document(key)


def test_a_citation_check_that_breaks_sends_the_suggestion_to_review(engine: Engine) -> None:
    citation = a_citation(FAQ, ANSWER, document="faq-unreadable", verified=True)
    drafts = Drafts(drafts=(a_draft(ANSWER, a_claim(ANSWER, citation)),))
    engine = replace(
        guarded(engine, FixedRule()),
        drafter=ScriptedDrafter(drafts),
        library=BreakingLibrary(*DOCUMENTS),
    )
    suggestion = engine.suggest(Query(text=QUESTION))
    assert suggestion.route is Route.REVIEW
    assert {f.rule for f in suggestion.verdict.findings} == {"citations@1"}


UNGROUNDED = {  # id: drafts that claim to be verified
    "no such document": a_draft(
        ANSWER, a_claim(ANSWER, a_citation(FAQ, ANSWER, document="faq-gone", verified=True))
    ),
    "other words": a_draft(
        "全场包邮。", a_claim("全场包邮。", a_citation(FAQ, ANSWER, verified=True))
    ),
    "no source": a_draft("全场包邮。"),
}


@pytest.mark.parametrize("draft", UNGROUNDED.values(), ids=UNGROUNDED.keys())
def test_an_ungrounded_draft_is_never_simply_suggested(engine: Engine, draft: object) -> None:
    drafts = Drafts.model_validate({"drafts": (draft,)})
    suggestion = replace(engine, drafter=ScriptedDrafter(drafts)).suggest(Query(text=QUESTION))
    assert suggestion.route is Route.REVIEW
    assert "ungrounded_claim" in {f.category for f in suggestion.verdict.findings}


def test_candidates_that_may_be_sent_come_first(engine: Engine) -> None:
    blocked, held, free = (
        a_cited_draft(FAQ, quote) for quote in (ANSWER, QUESTION, f"{QUESTION}\n{ANSWER}")
    )
    drafts = Drafts(drafts=(blocked, held, free))
    engine = guarded(
        replace(engine, drafter=ScriptedDrafter(drafts)),
        OnText(ANSWER, Severity.BLOCK),
        OnText(QUESTION, Severity.REVIEW),
    )
    suggestion = engine.suggest(Query(text=QUESTION))
    routes = [candidate.verdict.route for candidate in suggestion.candidates]
    assert routes == [Route.SUGGEST, Route.REVIEW, Route.BLOCK]
    assert suggestion.route is Route.SUGGEST


class OnText(FixedRule):
    """Sees something in one text only."""

    def __init__(self, text: str, severity: Severity) -> None:
        super().__init__(a_finding(severity))
        self._text = text

    def check(self, draft: object, context: object) -> RuleResult:
        seen = getattr(draft, "text", None) == self._text
        return RuleResult(findings=self._findings if seen else ())


MESSAGES = {  # id: (message, severity of the guard's own finding, route)
    "nothing": (QUESTION, None, Route.SUGGEST),
    "held back by the message": ("满多少钱包邮？不说我投诉", None, Route.REVIEW),
    "a warning": ("满多少钱包邮？我很着急", None, Route.SUGGEST),
    "the draft is worse": ("满多少钱包邮？不说我投诉", Severity.BLOCK, Route.BLOCK),
    "the message is worse": ("满多少钱包邮？不说我投诉", Severity.WARN, Route.REVIEW),
}


@pytest.mark.parametrize(("text", "own", "route"), MESSAGES.values(), ids=MESSAGES.keys())
def test_message_rules_raise_the_route(
    engine: Engine, text: str, own: Severity | None, route: Route
) -> None:
    rules: Sequence[Rule] = [FixedRule(a_finding(own))] if own else []
    suggestion = guarded(engine, *rules).suggest(Query(text=text))
    assert suggestion.candidates
    assert {candidate.verdict.route for candidate in suggestion.candidates} == {route}
    assert suggestion.route is route


def test_message_rules_also_speak_when_nothing_is_covered(engine: Engine) -> None:
    suggestion = engine.suggest(Query(text=f"{OFF_TOPIC}，我要投诉"))
    assert {f.category for f in suggestion.verdict.findings} >= {
        "low_confidence",
        "sensitive_topic",
    }


SCRIPTS = {  # id: (message, script of the first candidate)
    "calm": (QUESTION, "script-calm"),
    "held back by a rule": ("满多少钱包邮？不说我投诉", "script-angry"),
    "only a warning": ("满多少钱包邮？我很着急", "script-calm"),
}


@pytest.mark.parametrize(("text", "script"), SCRIPTS.values(), ids=SCRIPTS.keys())
def test_the_script_fits_the_mood(engine: Engine, text: str, script: str) -> None:
    suggestion = engine.suggest(Query(text=text))
    assert suggestion.draft is not None
    assert suggestion.draft.script == script


DAYS = {  # id: (now, day asked about, words of the policy in force)
    "today": (NOON, None, "运费12元"),
    "another day": (NOON, "2026-08-31", "运费15元"),
    "the day has begun at the desk": (datetime(2026, 8, 31, 16, 0, tzinfo=UTC), None, "运费12元"),
    "the day has not begun": (datetime(2026, 8, 31, 15, 59, tzinfo=UTC), None, "运费15元"),
}


@pytest.mark.parametrize(("now", "day", "words"), DAYS.values(), ids=DAYS.keys())
def test_the_rules_of_the_day_apply(
    engine: Engine, now: datetime, day: str | None, words: str
) -> None:
    query = Query(text=QUESTION, as_of=date.fromisoformat(day) if day else None)
    draft = replace(engine, clock=lambda: now).suggest(query, store=False).draft
    assert draft is not None
    assert words in draft.text


ORDERED: dict[str, tuple[str | None, str | None, str]] = {
    # id: (day asked about, date of the order, words of the policy in force)
    "the order is of an earlier day": (None, "2026-08-31", "运费15元"),
    "the order is of today": (None, "2026-09-15", "运费12元"),
    "with a time": (None, "2026-08-31T23:59:59", "运费15元"),
    "with a time and slashes": (None, "2026/08/31 08:00", "运费15元"),
    "the day that was asked about goes first": ("2026-09-01", "2026-08-31", "运费12元"),
    "an order without a date": (None, None, "运费12元"),
}


@pytest.mark.parametrize(("day", "ordered", "words"), ORDERED.values(), ids=ORDERED.keys())
def test_the_rules_of_the_day_of_the_order_apply(
    engine: Engine, day: str | None, ordered: str | None, words: str
) -> None:
    order = {"order.id": "NZ1"} | ({"order.date": ordered} if ordered else {})
    query = Query(text=QUESTION, as_of=date.fromisoformat(day) if day else None, order=order)
    draft = engine.suggest(query, store=False).draft
    assert draft is not None
    assert words in draft.text


@pytest.mark.parametrize("text", ["", "昨天", "2026-13-01", "20260230", "8月31日"])
def test_a_date_of_an_order_that_is_none_is_told(engine: Engine, text: str) -> None:
    with pytest.raises(InputError, match=r"`order\.date` is no date"):
        engine.suggest(Query(text=QUESTION, order={"order.date": text}), store=False)


LOCAL = a_document(
    Piece(PartKind.QUESTION, QUESTION),
    Piece(PartKind.ANSWER, "本店满29元包邮。"),
    version="local",
    scope=Scope(shops=("杭州店",), channels=("抖音",)),
)
SHOPS = {  # id: (shop and channel of the message, of the desk, words of the answer)
    "for this shop and channel": (("杭州店", "抖音"), (None, None), "满29元"),
    "another channel": (("杭州店", "微信"), (None, None), "满59元"),
    "another shop": (("广州店", "抖音"), (None, None), "满59元"),
    "unknown": ((None, None), (None, None), "满59元"),
    "those of the desk": ((None, None), ("杭州店", "抖音"), "满29元"),
    "the message goes before the desk": (("广州店", None), ("杭州店", "抖音"), "满59元"),
    "one of each": (("杭州店", None), (None, "抖音"), "满29元"),
}
Place = tuple[str | None, str | None]


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> SmallIndex:
    return build(tmp_path_factory.mktemp("local"), *DOCUMENTS, LOCAL)


@pytest.mark.parametrize(("asked", "desk", "words"), SHOPS.values(), ids=SHOPS.keys())
def test_what_is_written_for_a_shop_and_channel_answers_there_alone(
    engine: Engine, local: SmallIndex, asked: Place, desk: Place, words: str
) -> None:
    engine = over(engine, local)
    engine = replace(engine, limits=replace(engine.limits, shop=desk[0], channel=desk[1]))
    suggestion = engine.suggest(Query(text=QUESTION, shop=asked[0], channel=asked[1]), store=False)
    assert suggestion.draft is not None
    assert words in suggestion.draft.text
    keys = {e.hit.chunk.document for e in suggestion.evidence}
    assert keys & {FAQ.key, LOCAL.key} == {LOCAL.key if words == "满29元" else FAQ.key}


# Sources that contradict each other.

OTHER = a_document(
    Piece(PartKind.QUESTION, "满多少包邮"),
    Piece(PartKind.ANSWER, "单笔订单优惠后满69元包邮，不满69元收6元运费。"),
    id="faq-other",
    source="faqs/zh/other.yaml",
)


def test_a_draft_that_another_source_contradicts_goes_to_a_person(
    engine: Engine, tmp_path: Path, store: SqlReviewStore
) -> None:
    engine = over(engine, build(tmp_path, *DOCUMENTS, OTHER))
    suggestion = engine.suggest(Query(text="满59元包邮吗？" + QUESTION))
    assert suggestion.route is Route.REVIEW
    for candidate in suggestion.candidates:
        [finding] = [f for f in candidate.verdict.findings if f.rule == "conflict@1"]
        assert finding.severity is Severity.REVIEW
        assert "faqs/zh/delivery.yaml:2" in finding.message
        assert "faqs/zh/other.yaml:2" in finding.message
        assert ANSWER in finding.message
    [conflict] = suggestion.conflicts
    assert {conflict.chunk.document, conflict.other.document} == {FAQ.key, OTHER.key}
    assert store.list()[0].suggestion.conflicts == suggestion.conflicts


AGREEING: dict[str, tuple[str, dict[str, object]]] = {  # id: (answer of the other source, fields)
    "it agrees": (ANSWER, {}),
    "it is not in force yet": (OTHER.parts[1].wording, {"validity": valid("2026-09-16")}),
    "it is for another shop": (OTHER.parts[1].wording, {"scope": Scope(shops=("杭州店",))}),
}


@pytest.mark.parametrize(("answer", "fields"), AGREEING.values(), ids=AGREEING.keys())
def test_what_does_not_contradict_changes_nothing(
    engine: Engine, tmp_path: Path, answer: str, fields: dict[str, object]
) -> None:
    pieces = (Piece(PartKind.QUESTION, "满多少包邮"), Piece(PartKind.ANSWER, answer))
    other = a_document(*pieces, id="faq-other", **fields)
    suggestion = over(engine, build(tmp_path, *DOCUMENTS, other)).suggest(Query(text=QUESTION))
    assert suggestion.route is Route.SUGGEST
    assert suggestion.conflicts == ()


class Unsure(MemoryLibrary):
    def conflicts(self, keys: object, search: object) -> tuple[Conflict, ...]:
        raise OSError("unreadable")


def test_a_search_for_conflicts_that_breaks_sends_the_suggestion_to_review(
    engine: Engine,
) -> None:
    suggestion = replace(engine, library=Unsure(*DOCUMENTS)).suggest(Query(text=QUESTION))
    assert suggestion.route is Route.REVIEW
    assert {f.rule for f in suggestion.verdict.findings} >= {"conflicts@1"}


def test_a_conflict_of_what_a_draft_does_not_say_is_not_its_own(engine: Engine) -> None:
    invoice = DOCUMENTS[1]
    chunk = a_chunk(invoice, 1)
    told = Conflict(chunk=chunk, quote=chunk.text, other=a_chunk(OTHER, 1), other_quote="另一句")
    library = MemoryLibrary(*DOCUMENTS, contradictions=[told])
    suggestion = replace(engine, library=library).suggest(Query(text=QUESTION))
    assert (suggestion.route, suggestion.conflicts) == (Route.SUGGEST, ())


def test_the_same_message_about_two_orders_is_two_items(
    engine: Engine, store: SqlReviewStore
) -> None:
    items = {
        engine.suggest(Query(text=OFF_TOPIC, order={"order.id": order})).review_item
        for order in ("2026091501", "2026091502")
    }
    assert len(items) == len(store.list()) == 2


RECHECKED = {  # id: (reply, route)
    "in other words": ("亲，满59元就包邮哦。", Route.SUGGEST),
    "from the order": ("预计9月18日到。", Route.SUGGEST),
    "an amount from nowhere": ("亲，补您20元券。", Route.REVIEW),
    "forbidden wording": ("我们质量最*好。", Route.BLOCK),
}


@pytest.mark.parametrize(("text", "route"), RECHECKED.values(), ids=RECHECKED.keys())
def test_a_reply_written_by_a_person_is_checked_too(
    engine: Engine, text: str, route: Route
) -> None:
    query = Query(text=f"{QUESTION}补我20元", order={"order.eta": "9月18日"})
    suggestion = engine.suggest(query, store=False)
    assert engine.recheck(suggestion, text).route is route


def test_a_source_that_is_gone_grounds_nothing(engine: Engine) -> None:
    suggestion = engine.suggest(Query(text=QUESTION))
    later = replace(engine, library=MemoryLibrary())
    verdict = later.recheck(suggestion, "满59元包邮。")
    assert verdict.route is Route.REVIEW
    assert [f.quote for f in verdict.findings] == ["59元"]


def test_a_suggestion_says_what_it_depends_on(engine: Engine) -> None:
    assert engine.suggest(Query(text=QUESTION)).signature == a_signature()


def test_the_fakes_keep_to_the_library_protocol(local: SmallIndex, tmp_path: Path) -> None:
    search = SearchFilter(as_of=date(2026, 9, 15), locale=Locale.ZH)
    memory, table = MemoryLibrary(*DOCUMENTS, LOCAL), local.table
    assert memory.document(FAQ.key) == table.document(FAQ.key)
    assert memory.scripts(SCENE, search) == table.scripts(SCENE, search)
    for day in (date(2025, 1, 1), date(2026, 8, 31), date(2026, 9, 1)):
        for shop in (None, "杭州店"):
            search = SearchFilter(as_of=day, shop=shop, channel="抖音")
            for name in ("policy-freight", FAQ.id, "nothing"):
                assert memory.in_force(name, search) == table.in_force(name, search)
    table = build(tmp_path, FAQ, OTHER).table
    told = table.conflicts([FAQ.key], search)
    assert told
    memory = MemoryLibrary(FAQ, OTHER, contradictions=told)
    for keys in ([FAQ.key], [], ["nothing"]):
        assert memory.conflicts(keys, search) == table.conflicts(keys, search)


def test_a_drafter_that_breaks_leaves_the_message_to_a_person(
    engine: Engine, store: SqlReviewStore
) -> None:
    suggestion = replace(engine, drafter=ScriptedDrafter()).suggest(Query(text=QUESTION))
    assert suggestion.route is Route.REVIEW
    assert suggestion.abstained
    assert "engine_error" in {finding.category for finding in suggestion.verdict.findings}
    assert suggestion.review_item is not None
    assert store.get(suggestion.review_item).state is ReviewState.QUEUED


ORDERS = {
    "no slot": {"oder.id": "NZ1"},
    "half a character": {"order.id": "\ud83d"},
    "a control character": {"order.id": "NZ1\x1b[31m"},
    "a date that is none": {"order.date": "明天"},
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_orders_that_are_not_taken(engine: Engine, order: dict[str, str]) -> None:
    with pytest.raises(InputError, match="the order's"):
        engine.suggest(Query.model_construct(text=QUESTION, order=order, as_of=None, locale=None))
