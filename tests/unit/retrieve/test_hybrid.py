from datetime import date

import numpy as np
import pytest

from ragkit.core.documents import Document, DocumentKind, PartKind
from ragkit.core.retrieval import FusionModel, SearchFilter
from ragkit.core.text import Locale
from ragkit.testing.builders import Piece, a_document, valid
from tests.unit.small_index import SmallIndex, build, bundled


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
def test_a_larger_top_k_only_adds_hits_at_the_end(index: SmallIndex, ask: str) -> None:
    retriever = index.retriever()
    everything = retriever.retrieve([ask], search=TODAY, top_k=100)
    for top_k in range(1, len(everything.hits) + 1):
        found = retriever.retrieve([ask], search=TODAY, top_k=top_k)
        assert found.hits == everything.hits[:top_k]
        assert found.confidence == everything.confidence


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS.keys())
def test_scores_stay_in_their_ranges_and_order(index: SmallIndex, ask: str) -> None:
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
    coverage = dict(zip(index.chunks, index.lexical.coverage(ask), strict=True))
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


def test_a_hit_of_one_channel_alone_is_not_dropped(rare: SmallIndex) -> None:
    """With one candidate from each channel, both are there."""
    ask = "开发票 𰻝𰻝面"
    (query,) = bundled().embed([ask])
    nearest = rare.chunks[int(np.argmax(rare.vectors.vectors() @ query))]
    most_words = rare.chunks[int(np.argmax(rare.lexical.coverage(ask)))]
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
