from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from ragkit.core.documents import Document, DocumentKind, PartKind, Scope
from ragkit.core.retrieval import FusionModel, SearchFilter
from ragkit.core.text import Locale
from ragkit.testing.builders import Piece, a_document, valid
from tests.unit.small_index import SmallIndex, build, build_segments, bundled


def faq(name: str, question: str, answer: str, locale: Locale = Locale.ZH) -> Document:
    pieces = (Piece(PartKind.QUESTION, question), Piece(PartKind.ANSWER, answer))
    return a_document(*pieces, id=name, locale=locale)


DOCUMENTS = (
    a_document(),
    faq("faq-invoice", "怎么开电子发票？", "确认收货后在订单详情页申请。"),
    faq("faq-return", "不喜欢可以退货吗？", "签收次日起7天内可以无理由退货。"),
    faq("faq-cup", "保温杯怎么清洗？", "用温水和软布擦洗。"),
    faq("faq-model", "型号在哪里看？", "杯底刻有P1001字样。"),
    faq("faq-en", "Is shipping free?", "Shipping is free from 59 yuan.", Locale.EN),
    *(
        a_document(
            Piece(PartKind.CLAUSE, "优惠后满59元包邮。", clause="1.1"),
            id="policy-freight",
            version=version,
            kind=DocumentKind.POLICY,
            validity=validity,
        )
        for version, validity in {
            "2026-01": valid("2026-01-01", "2026-08-31"),
            "2026-09": valid("2026-09-01"),
        }.items()
    ),
)
TODAY = SearchFilter(as_of=date(2026, 9, 15))
ASKS = {
    "covered": "满多少钱包邮",
    "a model number": "P1001",
    "short": "怎么退",
    "English": "Is it free?",
    "an emoji": "😊",
    "off topic": "今天天气怎么样",
    "repeated": "包邮" * 50,
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SmallIndex:
    return build(tmp_path_factory.mktemp("index"), *DOCUMENTS)


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS.keys())
def test_raising_top_k_keeps_the_earlier_winners_as_a_prefix(index: SmallIndex, ask: str) -> None:
    retriever = index.retriever()
    everything = retriever.retrieve([ask], search=TODAY, top_k=100)
    for top_k in range(1, len(everything.hits) + 1):
        found = retriever.retrieve([ask], search=TODAY, top_k=top_k)
        assert found.hits == everything.hits[:top_k]
        assert found.confidence == everything.confidence


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS.keys())
def test_every_displayed_score_lies_in_0_to_1(index: SmallIndex, ask: str) -> None:
    found = index.retriever().retrieve([ask], search=TODAY, top_k=100)
    assert [hit.rank for hit in found.hits] == list(range(1, len(found.hits) + 1))
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert all(-1.0001 <= hit.dense <= 1.0001 and 0 <= hit.lexical <= 1 for hit in found.hits)
    assert 0 <= found.confidence <= 1


def test_the_answer_comes_first(index: SmallIndex) -> None:
    for ask, document in {
        "包邮要满多少": "faq-freight",
        "电子发票怎么开": "faq-invoice",
        "可以退货吗": "faq-return",
        "P1001": "faq-model",
    }.items():
        found = index.retriever().retrieve([ask], search=TODAY, top_k=1)
        assert found.hits[0].chunk.document == document


def test_channel_scores_are_those_of_the_chunk(index: SmallIndex) -> None:
    ask = "满多少钱包邮"
    (query,) = bundled().embed([ask])
    coverage = dict(zip(index.chunks, index.lexical.coverage(ask)[0], strict=True))
    for hit in index.retriever().retrieve([ask], search=TODAY, top_k=100).hits:
        (vector,) = bundled().embed([hit.chunk.search_text])
        assert hit.dense == pytest.approx(float(query @ vector), abs=1e-5)
        assert hit.lexical == pytest.approx(float(coverage[hit.chunk]), abs=1e-6)


def test_the_score_is_the_relevance_as_a_probability(index: SmallIndex) -> None:
    cosine_only = FusionModel(
        weights=(0, 1, 0, 0, 0, 0, 0, 0), coverage=(0, 0, 0, 0, 0), threshold=0.4, questions=0
    )
    retriever = index.retriever(fusion=cosine_only)
    found = retriever.retrieve(["满多少钱包邮"], search=TODAY, top_k=100)
    for hit in found.hits:
        assert hit.score == pytest.approx(1 / (1 + np.exp(-hit.dense)))
    assert (found.confidence, found.threshold, found.answerable) == (0.5, 0.4, True)


@pytest.fixture(scope="module")
def rare(tmp_path_factory: pytest.TempPathFactory) -> SmallIndex:
    """With a character that the embedding does not know."""
    assert not bundled().embed(["𰻝"]).any()
    noodles = faq("faq-rare", "𰻝𰻝面", "有货。")
    return build(tmp_path_factory.mktemp("rare"), noodles, *DOCUMENTS)


def test_a_hit_found_only_by_the_lexical_channel_is_not_dropped(rare: SmallIndex) -> None:
    """With one candidate from each channel, both are there."""
    ask = "开发票 𰻝𰻝面"
    (query,) = bundled().embed([ask])
    nearest = rare.chunks[int(np.argmax(rare.vectors.matrix() @ query))]
    most_words = rare.chunks[int(np.argmax(rare.lexical.coverage(ask)[0]))]
    assert (nearest.document, most_words.document) == ("faq-invoice", "faq-rare")
    found = rare.retriever(pool=1).retrieve([ask], search=TODAY, top_k=10)
    assert {hit.chunk.id for hit in found.hits} == {nearest.id, most_words.id}


def test_a_message_that_the_model_cannot_read_is_looked_up_by_its_words(rare: SmallIndex) -> None:
    found = rare.retriever().retrieve(["𰻝"], search=TODAY, top_k=10)
    assert [(hit.chunk.document, hit.dense) for hit in found.hits] == [("faq-rare", 0)]


@pytest.mark.parametrize("asks", [[], [""], ["。。。"], ["\u200b"]])
def test_nothing_to_look_up_finds_nothing(index: SmallIndex, asks: list[str]) -> None:
    found = index.retriever().retrieve(asks, search=TODAY, top_k=10)
    assert (found.hits, found.confidence, found.answerable) == ((), 0.0, False)
    assert found.threshold == index.retriever().retrieve(["包邮"], search=TODAY, top_k=1).threshold


DAYS = {
    "2025-12-31": None,
    "2026-01-01": "policy-freight@2026-01",
    "2026-08-31": "policy-freight@2026-01",
    "2026-09-01": "policy-freight@2026-09",
}


@pytest.mark.parametrize("pool", [1, 100])
@pytest.mark.parametrize(("day", "key"), DAYS.items())
def test_what_does_not_apply_takes_no_place(
    index: SmallIndex, day: str, key: str | None, pool: int
) -> None:
    """Both versions are worded alike: the one of the day is found, however few are asked for."""
    search = SearchFilter(as_of=date.fromisoformat(day), kinds=(DocumentKind.POLICY,))
    found = index.retriever(pool=pool).retrieve(["优惠后满59元包邮"], search=search, top_k=1)
    assert [hit.chunk.document for hit in found.hits] == ([key] if key else [])


def test_filters_by_language_and_kind(index: SmallIndex) -> None:
    english = TODAY.model_copy(update={"locale": Locale.EN})
    found = index.retriever(pool=2).retrieve(["满59元包邮 free"], search=english, top_k=10)
    assert {hit.chunk.document for hit in found.hits} == {"faq-en"}
    policies = TODAY.model_copy(update={"kinds": (DocumentKind.POLICY,)})
    found = index.retriever().retrieve(["满多少钱包邮"], search=policies, top_k=10)
    assert {hit.chunk.kind for hit in found.hits} == {DocumentKind.POLICY}


def test_the_best_answer_to_any_piece_counts(index: SmallIndex) -> None:
    retriever = index.retriever()
    asks = ["我上周买了一个杯子送人。", "怎么开电子发票？"]
    together = retriever.retrieve(asks, search=TODAY, top_k=100)
    alone = [retriever.retrieve([ask], search=TODAY, top_k=100) for ask in asks]
    assert together.hits[0].chunk.document == "faq-invoice"
    assert together.confidence == max(each.confidence for each in alone)
    ids = [hit.chunk.id for hit in together.hits]
    assert len(ids) == len(set(ids))
    best = {hit.chunk.id: hit.score for hit in alone[0].hits}
    for hit in alone[1].hits:
        best[hit.chunk.id] = max(best.get(hit.chunk.id, 0.0), hit.score)
    assert {hit.chunk.id: hit.score for hit in together.hits} == best


# Time: what does not apply on the day takes no place among the hits.


def a_policy(version: str, text: str, start: str, end: str | None = None) -> Document:
    return a_document(
        Piece(PartKind.CLAUSE, text, clause="1.1"),
        id="policy-freight",
        version=version,
        kind=DocumentKind.POLICY,
        validity=valid(start, end),
    )


NOW = a_policy("now", "优惠后满59元包邮。", "2026-01-01")
SOON = a_policy("soon", "优惠后满39元包邮。", "2026-11-01")
OVER = a_policy("over", "优惠后满69元包邮。", "2026-06-01", "2026-06-18")
OVER_FAQ = a_document(
    Piece(PartKind.QUESTION, "618满多少包邮？"),
    Piece(PartKind.ANSWER, "618期间满29元包邮。"),
    id="faq-618",
    validity=valid("2026-06-01", "2026-06-18"),
)


def keys(index: SmallIndex, ask: str, day: str, top_k: int = 100) -> list[str]:
    search = SearchFilter(as_of=date.fromisoformat(day))
    found = index.retriever().retrieve([ask], search=search, top_k=top_k)
    return list(dict.fromkeys(hit.chunk.document for hit in found.hits))


def test_with_a_future_effective_document_present_todays_answer_uses_the_current_one(
    tmp_path: Path,
) -> None:
    index = build(tmp_path, NOW, SOON)
    asked = "优惠后满39元包邮吗"  # word for word the one that is not in force yet
    assert keys(index, asked, "2026-10-31") == ["policy-freight@now"]
    assert keys(index, asked, "2026-11-01") == ["policy-freight@soon"]


def test_an_expired_document_is_absent_from_top_k_not_only_from_the_reply(tmp_path: Path) -> None:
    index = build(tmp_path, OVER_FAQ, NOW, OVER)
    asked = "618满多少包邮？"
    assert keys(index, asked, "2026-06-18") == ["faq-618", "policy-freight@over"]
    assert keys(index, asked, "2026-06-19") == ["policy-freight@now"]
    # It does not take the place of another one either, however few are asked for.
    assert keys(index, asked, "2026-06-19", top_k=1) == ["policy-freight@now"]


def test_what_is_written_for_one_shop_is_found_for_that_shop_alone(tmp_path: Path) -> None:
    shop = NOW.model_copy(update={"version": "shop", "scope": Scope(shops=("杭州店",))})
    index = build(tmp_path, NOW, shop)
    found = {
        name: index.retriever().retrieve(
            ["满多少包邮"], search=TODAY.model_copy(update={"shop": name}), top_k=10
        )
        for name in ("杭州店", "广州店", None)
    }
    assert {name: [hit.chunk.document for hit in each.hits] for name, each in found.items()} == {
        "杭州店": ["policy-freight@shop"],
        "广州店": ["policy-freight@now"],
        None: ["policy-freight@now"],
    }


# Negative questions.

PAY = a_document(
    Piece(PartKind.QUESTION, "可以货到付款吗？"),
    Piece(PartKind.NEGATIVE, "到付的运费是多少？"),
    Piece(PartKind.NEGATIVE, "退货可以运费到付吗？"),
    Piece(PartKind.ANSWER, "支持货到付款，签收时付现金或扫码。"),
    id="faq-cod",
)
DECLINED = {  # id: a message about the freight of parcels sent back
    "word for word": "退货可以运费到付吗？",
    "without the mark": "退货可以运费到付吗",
    "the other one": "到付的运费是多少？",
    "a paraphrase": "我退货的话运费能到付吗",
    "another paraphrase": "退货时的运费可不可以到付",
    "how much in other words": "到付运费要多少钱",
}
TAKEN = {"its question": "可以货到付款吗？", "a paraphrase": "你们支持货到付款不"}


@pytest.fixture(scope="module")
def negative(tmp_path_factory: pytest.TempPathFactory) -> SmallIndex:
    return build_segments(
        tmp_path_factory.mktemp("negative"), [DOCUMENTS[:3], [PAY, *DOCUMENTS[3:]]]
    )


@pytest.mark.parametrize("ask", DECLINED.values(), ids=DECLINED.keys())
def test_a_negative_question_rejects_paraphrases_too(negative: SmallIndex, ask: str) -> None:
    found = negative.retriever().retrieve([ask], search=TODAY, top_k=100)
    assert found.hits
    assert "faq-cod" not in {hit.chunk.document for hit in found.hits}


@pytest.mark.parametrize("ask", TAKEN.values(), ids=TAKEN.keys())
def test_a_negative_question_leaves_the_rest_alone(negative: SmallIndex, ask: str) -> None:
    found = negative.retriever().retrieve([ask], search=TODAY, top_k=100)
    assert found.hits[0].chunk.document == "faq-cod"
    assert PartKind.NEGATIVE not in {hit.chunk.part for hit in found.hits}


def test_a_document_declines_for_one_piece_of_a_message_only(negative: SmallIndex) -> None:
    asks = [DECLINED["word for word"], TAKEN["its question"]]
    found = negative.retriever().retrieve(asks, search=TODAY, top_k=100)
    assert found.hits[0].chunk.document == "faq-cod"


# Words.

WORDS = (
    faq("faq-levels", "二三级能效的空调有补贴吗？", "一级和二三级能效都有补贴。"),
    faq("faq-one", "一级能效的空调费电吗？", "一级能效最省电。"),
    faq("faq-safe", "杯子的材质是什么？", "食品级不锈钢，安全无异味。"),
    faq("faq-install", "全场免费安装吗？", "满999元免费安装。"),
)
KEYWORDS = {"三级 vs 二三级": ("三级", "faq-levels"), "安全": ("安全", "faq-safe")}


@pytest.mark.parametrize(("ask", "document"), KEYWORDS.values(), ids=KEYWORDS.keys())
def test_found_by_keyword(tmp_path: Path, ask: str, document: str) -> None:
    index = build(tmp_path, *WORDS)
    found = index.retriever().retrieve([ask], search=TODAY, top_k=100)
    by_word = sorted(found.hits, key=lambda hit: hit.lexical, reverse=True)
    assert by_word[0].lexical > 0
    assert [hit.chunk.document for hit in (by_word[0], found.hits[0])] == [document] * 2


# Layout: however the index came about, the answers are the same.

LAYOUTS: dict[str, list[Sequence[Document]]] = {
    "another order": [DOCUMENTS[::-1]],
    "a segment each": [[document] for document in DOCUMENTS],
    "dead ones among them": [DOCUMENTS[4:], [PAY, *WORDS], DOCUMENTS[:4]],
}


@pytest.mark.parametrize("groups", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_any_layout_answers_alike(
    index: SmallIndex, tmp_path: Path, groups: list[Sequence[Document]]
) -> None:
    live = np.array([document in DOCUMENTS for group in groups for document in group], dtype=bool)
    other = build_segments(tmp_path, groups, live)
    for ask in ASKS.values():
        one = index.retriever().retrieve([ask], search=TODAY, top_k=100)
        two = other.retriever().retrieve([ask], search=TODAY, top_k=100)
        assert [hit.chunk for hit in two.hits] == [hit.chunk for hit in one.hits]
        assert two.confidence == pytest.approx(one.confidence, abs=1e-6)
        for mine, theirs in zip(one.hits, two.hits, strict=True):
            assert theirs.score == pytest.approx(mine.score, abs=1e-6)
            assert theirs.lexical == mine.lexical
