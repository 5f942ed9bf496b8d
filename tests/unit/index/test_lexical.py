"""BM25 against numbers worked out by hand, and the share it turns them into."""

from math import log
from pathlib import Path

import numpy as np
import pytest

from ragkit.index.lexical import LexicalIndex, tokens

TOKENS = {  # id: (text, terms)
    "characters and pairs": ("包邮吗", ["包", "邮", "吗", "包邮", "邮吗"]),
    "one character": ("好", ["好"]),
    "words stay whole": ("P1001 Pro", ["p1001", "pro"]),
    "no pair across a mark": ("包，邮", ["包", "邮"]),
    "Han and Latin side by side": ("退iPhone了", ["退", "iphone", "了"]),
    "amounts": ("满59元", ["满", "59", "元"]),
    "traditional characters": ("運費", ["运", "费", "运费"]),
    "full width": ("Ｐ１００１", ["p1001"]),
    "only marks": ("？！……😀_", []),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("text", "terms"), TOKENS.values(), ids=TOKENS.keys())
def test_tokens(text: str, terms: list[str]) -> None:
    assert tokens(text) == terms


# Three texts of 2, 3 and 1 terms: two on average. With k1 = 1.5 and b = 0.75 a term that stands
# tf times in a text of n terms adds idf * tf / (tf + 1.5 * (0.25 + 0.75 * n / 2)).
TEXTS = ["a b", "b c c", "d"]
IDF_B = log(1 + (3 - 2 + 0.5) / (2 + 0.5))  # in two texts
IDF_C = log(1 + (3 - 1 + 0.5) / (1 + 0.5))  # in one
IDF_NEW = log(1 + (3 - 0 + 0.5) / (0 + 0.5))  # in none
B_IN_0 = IDF_B * 1 / (1 + 1.5 * (0.25 + 0.75 * 2 / 2))
B_IN_1 = IDF_B * 1 / (1 + 1.5 * (0.25 + 0.75 * 3 / 2))
C_IN_1 = IDF_C * 2 / (2 + 1.5 * (0.25 + 0.75 * 3 / 2))
COVERAGE = {  # id: (query, share per text)
    "one term": ("b", [B_IN_0 / IDF_B, B_IN_1 / IDF_B, 0]),
    "two terms": ("b c", [B_IN_0 / (IDF_B + IDF_C), (B_IN_1 + C_IN_1) / (IDF_B + IDF_C), 0]),
    "a term twice": ("b b", [B_IN_0 / IDF_B, B_IN_1 / IDF_B, 0]),
    "an unknown term counts as the rarest": (
        "b zz",
        [B_IN_0 / (IDF_B + IDF_NEW), B_IN_1 / (IDF_B + IDF_NEW), 0],
    ),
    "only unknown terms": ("zz yy", [0, 0, 0]),
    "no terms": ("？！", [0, 0, 0]),
}


@pytest.mark.parametrize(("query", "shares"), COVERAGE.values(), ids=COVERAGE.keys())
def test_coverage(query: str, shares: list[float]) -> None:
    assert LexicalIndex.build(TEXTS).coverage(query) == pytest.approx(shares, rel=1e-5)


def test_coverage_stays_below_one() -> None:
    texts = ["包邮 " * 200, "满59元包邮", "包", "x"]
    index = LexicalIndex.build(texts)
    for query in (*texts, "包邮", "包邮" * 500):
        coverage = index.coverage(query)
        assert coverage.dtype == np.float32
        assert (coverage >= 0).all()
        assert (coverage < 1).all()


def test_saved_and_loaded(tmp_path: Path) -> None:
    built = LexicalIndex.build(TEXTS)
    built.save(tmp_path / "lexical")
    loaded = LexicalIndex.load(tmp_path / "lexical")
    assert len(loaded) == 3
    assert np.array_equal(loaded.coverage("b c zz"), built.coverage("b c zz"))


@pytest.mark.parametrize("texts", [["？"], ["？", "！"], ["包邮"], ["", "包邮"]])
def test_texts_of_few_or_no_terms(texts: list[str]) -> None:
    index = LexicalIndex.build(texts)
    coverage = index.coverage("包邮吗")
    assert len(index) == len(texts)
    assert [bool(share > 0) for share in coverage] == ["包邮" in text for text in texts]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        LexicalIndex.load(tmp_path / "lexical")
