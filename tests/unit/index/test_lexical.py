"""BM25 against numbers worked out by hand and against a reference, in one part and in several."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import log
from pathlib import Path
from random import Random

import bm25s
import numpy as np
import pytest
from numpy.typing import NDArray

from ragkit.core.folding import fold
from ragkit.core.text import HAN, is_han
from ragkit.index.lexical import LexicalIndex, Postings, PostingsBuilder, terms_of


def slow_terms(text: str) -> list[str]:
    """The terms of a text, written as plainly as can be: Han characters, pairs, other words."""
    folded = fold(text)
    singles = [char for char in folded if is_han(char)]
    pairs = [a + b for a, b in pairwise(folded) if is_han(a) and is_han(b)]
    return [*singles, *pairs, *re.findall(rf"[^\W_{HAN}]+", folded)]


def fast_counts(text: str) -> list[int]:
    return sorted(Counter(terms_of([text])[0].tolist()).values())


TERMS = {  # id: (text, terms)
    "characters and pairs": ("包邮吗", ["包", "邮", "吗", "包邮", "邮吗"]),
    "one character": ("好", ["好"]),
    "words stay whole": ("P1001 Pro", ["p1001", "pro"]),
    "no pair across a mark": ("包，邮", ["包", "邮"]),
    "Han and Latin side by side": ("退iPhone了", ["退", "了", "iphone"]),
    "amounts": ("满59元", ["满", "元", "59"]),
    "traditional characters": ("運費", ["运", "费", "运费"]),
    "full width": ("Ｐ１００１", ["p1001"]),
    "beyond the basic plane": ("𠮷野家", ["𠮷", "野", "家", "𠮷野", "野家"]),
    "kana and Hangul are words": ("ありがとう 감사", ["ありがとう", "감사"]),
    "a pair over an invisible mark": ("包\u200b邮", ["包", "邮", "包邮"]),
    "a broken surrogate is a gap": ("包\ud83d邮", ["包", "邮"]),
    "only marks": ("？！……😀_", []),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("text", "terms"), TERMS.values(), ids=TERMS.keys())
def test_terms(text: str, terms: list[str]) -> None:
    assert slow_terms(text) == terms
    found = terms_of([text])[0].tolist()
    alone = [int(terms_of([term])[0][-1]) for term in terms]  # a pair comes after its characters
    assert sorted(found) == sorted(alone)


def test_terms_know_the_text_they_stand_in() -> None:
    terms, rows = terms_of(["包邮", "", "a\nb", "包", "？"])
    assert rows.tolist() == [0, 0, 0, 2, 2, 3]
    assert terms[0] == terms[5]
    assert [str(array.dtype) for array in (terms, rows)] == ["uint64", "int64"]


def test_no_pair_across_two_texts() -> None:
    pair = int(terms_of(["包邮"])[0][-1])
    assert pair not in terms_of(["包", "邮"])[0].tolist()


def test_no_texts_have_no_terms() -> None:
    terms, rows = terms_of([])
    assert (len(terms), len(rows)) == (0, 0)


# Three texts of 2, 3 and 1 terms: two on average. With k1 = 1.5 and b = 0.75 a term that stands
# tf times in a text of n terms adds idf * tf / (tf + 1.5 * (0.25 + 0.75 * n / 2)).
TEXTS = ["a b", "b c c", "d"]
IDF_B = log(1 + (3 - 2 + 0.5) / (2 + 0.5))  # in two texts
IDF_C = log(1 + (3 - 1 + 0.5) / (1 + 0.5))  # in one
IDF_NEW = log(1 + (3 - 0 + 0.5) / (0 + 0.5))  # in none
B_IN_0 = IDF_B * 1 / (1 + 1.5 * (0.25 + 0.75 * 2 / 2))
B_IN_1 = IDF_B * 1 / (1 + 1.5 * (0.25 + 0.75 * 3 / 2))
C_IN_1 = IDF_C * 2 / (2 + 1.5 * (0.25 + 0.75 * 3 / 2))
COVERAGE: dict[str, tuple[str, list[float], float]] = {
    # id: (query, weight collected per text, weight of the query)
    "one term": ("b", [B_IN_0, B_IN_1, 0], IDF_B),
    "two terms": ("b c", [B_IN_0, B_IN_1 + C_IN_1, 0], IDF_B + IDF_C),
    "a term twice": ("b b", [2 * B_IN_0, 2 * B_IN_1, 0], 2 * IDF_B),
    "an unknown term counts as the rarest": ("b zz", [B_IN_0, B_IN_1, 0], IDF_B + IDF_NEW),
    "only unknown terms": ("zz yy", [0, 0, 0], 2 * IDF_NEW),
    "no terms": ("？！", [0, 0, 0], 0),
}


@pytest.mark.parametrize(("query", "found", "whole"), COVERAGE.values(), ids=COVERAGE.keys())
def test_coverage(query: str, found: list[float], whole: float) -> None:
    shares, weight = LexicalIndex.build(TEXTS).coverage(query)
    assert weight == pytest.approx(whole)
    assert shares == pytest.approx([each / whole if whole else 0 for each in found], rel=1e-5)


def test_coverage_stays_below_one() -> None:
    texts = ["包邮 " * 200, "满59元包邮", "包", "x", "包" * 100_000]
    index = LexicalIndex.build(texts)
    for query in (*texts, "包邮", "包邮" * 500):
        shares, _ = index.coverage(query)
        assert shares.dtype == np.float32
        assert (shares >= 0).all()
        assert (shares < 1).all()


SHOP = [
    "单笔订单优惠后满59元包邮，不满59元收6元运费。",
    "新疆、西藏运费12元，满159元包邮。",
    "满多少钱包邮？",
    "签收次日起7天内可以无理由退货，运费由买家承担。",
    "确认收货后在订单详情页申请电子发票，24小时内开出。",
    "",
    "P1001 保温杯内胆为316不锈钢。",
    "Shipping is free from 59 yuan; P1001 ships today.",
    "包邮包邮包邮",
    "？！",
]
QUERIES = ["满多少钱包邮", "运费", "P1001 保温杯", "free shipping 59", "包邮包邮", "没有这个词 zzz"]
PARTS: dict[str, tuple[list[list[str]], set[int]]] = {  # id: (texts by part, dead rows)
    "one part": ([SHOP], set()),
    "several parts": ([SHOP[:3], SHOP[3:4], SHOP[4:]], set()),
    "an empty part among them": ([[], SHOP[:5], [], SHOP[5:]], set()),
    "dead rows": ([SHOP], {0, 5, 8}),
    "dead rows in several parts": ([SHOP[:4], SHOP[4:]], {1, 3, 4, 9}),
    "a dead part": ([SHOP[:4], ["包邮"] * 3, SHOP[4:]], {4, 5, 6}),
    "one left": ([SHOP[:4], SHOP[4:]], set(range(10)) - {2}),
}


def postings(texts: Sequence[str]) -> Postings:
    builder = PostingsBuilder()
    builder.add(texts)
    return builder.build()


def marks(count: int, dead: set[int]) -> NDArray[np.bool_]:
    return np.array([row not in dead for row in range(count)], dtype=bool)


def reference(texts: Sequence[str], query: str) -> NDArray[np.float32]:
    """BM25 as bm25s gives it, term by term, a repeated one as often as it is repeated."""
    retriever = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
    retriever.index([slow_terms(text) for text in texts], show_progress=False)
    scores = np.zeros(len(texts), dtype=np.float32)
    for term in slow_terms(query):
        if term in retriever.vocab_dict:
            scores += retriever.get_scores([term])
    return scores


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(("parts", "dead"), PARTS.values(), ids=PARTS.keys())
def test_scores_are_those_of_the_reference(
    parts: list[list[str]], dead: set[int], query: str
) -> None:
    """Over what is live: dead rows count for nothing, neither in the scores nor in their means."""
    texts = [text for part in parts for text in part]
    live = marks(len(texts), dead)
    shares, weight = LexicalIndex([postings(part) for part in parts], live).coverage(query)
    expected = reference([text for row, text in enumerate(texts) if row not in dead], query)
    assert shares[live] * weight == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert not shares[~live].any()


@pytest.mark.parametrize(("parts", "dead"), PARTS.values(), ids=PARTS.keys())
def test_any_layout_scores_to_the_last_bit_like_a_fresh_build(
    parts: list[list[str]], dead: set[int]
) -> None:
    texts = [text for part in parts for text in part]
    live = marks(len(texts), dead)
    index = LexicalIndex([postings(part) for part in parts], live)
    fresh = LexicalIndex.build([text for row, text in enumerate(texts) if row not in dead])
    for query in QUERIES:
        shares, weight = index.coverage(query)
        expected, whole = fresh.coverage(query)
        assert shares[live].tolist() == expected.tolist()
        assert weight == whole


def test_batches_do_not_matter() -> None:
    random, whole = Random(3), postings(SHOP * 5)
    builder, rest = PostingsBuilder(), SHOP * 5
    while rest:
        size = random.randrange(0, 7)
        builder.add(rest[:size])
        rest = rest[size:]
    built = builder.build()
    for name in ("terms", "starts", "rows", "counts", "lengths"):
        one, other = getattr(built, name), getattr(whole, name)
        assert one.dtype == other.dtype
        assert one.tolist() == other.tolist()


def test_a_pair_is_found_inside_a_longer_word_by_keyword() -> None:
    index = LexicalIndex.build(["二三级能效都有补贴。", "二级能效有补贴。", "三包服务。"])
    shares, _ = index.coverage("三级")
    assert shares.argmax() == 0
    assert (shares > 0).tolist() == [True, True, True]  # 级 and 三 stand in the others
    pair = int(terms_of(["三级"])[0][-1])
    assert [pair in terms_of([text])[0] for text in ("二三级能效", "二级能效", "三包")] == [
        True,
        False,
        False,
    ]


def test_a_common_word_is_found_by_keyword() -> None:
    texts = ["账户安全怎么设置？", "全场安装费多少？", "食品级材质，安全无异味。", "怎么退货？"]
    shares, _ = LexicalIndex.build(texts).coverage("安全")
    assert sorted(np.argsort(-shares)[:2].tolist()) == [0, 2]
    assert shares[3] == 0


def test_a_term_more_often_than_a_count_can_say() -> None:
    """65,536 times is counted as 65,535: the score is the same to four digits."""
    index = LexicalIndex.build(["包" * 70_000, "邮"])
    shares, _ = index.coverage("包")
    assert 0.99 < shares[0] < 1


SMALL: dict[str, list[str]] = {
    "one mark": ["？"],
    "two marks": ["？", "！"],
    "one text": ["包邮"],
    "an empty one": ["", "包邮"],
    "none": [],
}


@pytest.mark.parametrize("texts", SMALL.values(), ids=SMALL.keys())
def test_few_or_no_texts(tmp_path: Path, texts: list[str]) -> None:
    postings(texts).save(tmp_path / "lexical")
    for index in (LexicalIndex.build(texts), LexicalIndex([Postings.load(tmp_path / "lexical")])):
        shares, _ = index.coverage("包邮吗")
        assert len(index) == len(texts)
        assert [bool(share > 0) for share in shares] == ["包邮" in text for text in texts]


def test_no_parts_find_nothing() -> None:
    index = LexicalIndex([])
    shares, weight = index.coverage("包邮")
    assert (len(index), len(shares)) == (0, 0)
    assert weight > 0


def test_saved_and_loaded(tmp_path: Path) -> None:
    built = LexicalIndex.build(SHOP)
    postings(SHOP).save(tmp_path / "lexical")
    loaded = LexicalIndex([Postings.load(tmp_path / "lexical")])
    for query in QUERIES:
        assert loaded.coverage(query)[0].tolist() == built.coverage(query)[0].tolist()


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        Postings.load(tmp_path / "lexical")


MISFITS = {  # id: (file, what stands in it instead)
    "fewer starts": ("starts", np.zeros(2, dtype=np.int64)),
    "fewer rows": ("rows", np.zeros(2, dtype=np.int32)),
    "fewer counts": ("counts", np.zeros(2, dtype=np.uint16)),
    "other numbers": ("counts", np.zeros(2, dtype=np.float32)),
    "a matrix": ("lengths", np.zeros((2, 2), dtype=np.int32)),
}


@pytest.mark.parametrize(("name", "array"), MISFITS.values(), ids=MISFITS.keys())
def test_files_that_do_not_fit(tmp_path: Path, name: str, array: NDArray[np.float32]) -> None:
    postings(SHOP).save(tmp_path / "lexical")
    np.save(tmp_path / "lexical" / f"{name}.npy", array)
    with pytest.raises(ValueError, match="the postings"):
        Postings.load(tmp_path / "lexical")
