"""How much wording two texts share, worked out by hand, and what that cannot see."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.evals.overlap import char_f1, chrf, rouge_l, tokens

Metric = Callable[[str, str], float | None]
EVERY: tuple[Metric, ...] = (char_f1, rouge_l, chrf)

TOKENS = {  # id: (text, its tokens)
    "Han characters": ("七天内可退。", ["七", "天", "内", "可", "退"]),
    "words and Han": ("iPhone 15有货", ["iphone", "15", "有", "货"]),
    "no blank between them": ("买iPhone15送", ["买", "iphone15", "送"]),
    "point inside a number": ("约2.3公斤.", ["约", "2.3", "公", "斤"]),
    "apostrophe": ("We don't.", ["we", "don't"]),
    "hyphen parts": ("7-15天", ["7", "15", "天"]),
    "full width": ("ＡＢ１，", ["ab1"]),
    "traditional": ("簽收後", ["签", "收", "后"]),
    "other scripts": ("café", ["caf", "é"]),
    "marks only": ("……！_ ~", []),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("text", "found"), TOKENS.values(), ids=TOKENS.keys())
def test_tokens(text: str, found: list[str]) -> None:
    assert list(tokens(text)) == found


VALUES = {  # id: (metric, reply, reference, value)
    "F1: 4 of 6 and 5": (char_f1, "支持七天退货", "七天可退货", 2 * 4 / (6 + 5)),
    "F1: any order": (char_f1, "退货七天", "七天退货", 1),
    "F1: marks do not count": (char_f1, "您好，可退！", "您好可退", 1),
    "F1: a word is one": (char_f1, "iPhone 15 有货", "iPhone15有货", 2 * 2 / (4 + 3)),
    "F1: as often as in both": (char_f1, "天天天", "天天", 2 * 2 / (3 + 2)),
    "F1: nothing shared": (char_f1, "可退", "不行", 0),
    "F1: no reply": (char_f1, "", "可退", 0),
    # the textbook pair of Cormen et al.: BCBA, 4 long
    "ROUGE: textbook": (rouge_l, "ABCBDAB", "BDCABA", 2 * 4 / (7 + 6)),
    "ROUGE: 七天内退": (rouge_l, "七天内可退", "可在七天内退", 2 * 4 / (5 + 6)),
    "ROUGE: order counts": (rouge_l, "退货七天", "七天退货", 2 * 2 / (4 + 4)),
    "ROUGE: marks count": (rouge_l, "可退！", "可退", 2 * 2 / (3 + 2)),
    "ROUGE: blanks do not": (rouge_l, "7 天内 可退\n", "7天内可退", 1),
    "ROUGE: case does not": (rouge_l, "Free", "FREE", 1),
    "ROUGE: traditional does not": (rouge_l, "簽收後", "签收后", 1),
    "ROUGE: nothing shared": (rouge_l, "可退", "不行", 0),
    "ROUGE: no reply": (rouge_l, "", "可退", 0),
    # 1-grams 1 of 2, 2-grams 0 of 1, for both
    "chrF: one of two": (chrf, "退货", "退款", 1 / 4),
    # precision 1 and 1, recall 2/3 and 1/2: 7/12 on average; 5 * 7/12 / (4 + 7/12)
    "chrF: recall weighs more": (chrf, "ab", "abc", 7 / 11),
    # precision 2/3 and 1/2, recall 1 and 1: 5 * 7/12 / (4 * 7/12 + 1)
    "chrF: precision weighs less": (chrf, "abc", "ab", 7 / 8),
    "chrF: blanks do not count": (chrf, "7 天内", "7天内", 1),
    "chrF: case counts": (chrf, "A", "a", 0),
    "chrF: nothing shared": (chrf, "可退", "不行", 0),
    "chrF: no reply": (chrf, " ", "可退", 0),
}


@pytest.mark.parametrize(
    ("metric", "reply", "reference", "value"), VALUES.values(), ids=VALUES.keys()
)
def test_values(metric: Metric, reply: str, reference: str, value: float) -> None:
    assert metric(reply, reference) == pytest.approx(value, abs=1e-15)


def test_six_characters_are_the_longest_that_chrf_looks_at() -> None:
    # One character of ten changed in the middle: n-grams that miss it, over all n-grams.
    expected = (9 / 10 + 7 / 9 + 5 / 8 + 3 / 7 + 1 / 6 + 0 / 5) / 6
    assert chrf("abcdXfghij", "abcdefghij") == pytest.approx(expected)


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize("reply", ["", "可退"])
def test_an_empty_reference_has_no_value(metric: Metric, reply: str) -> None:
    assert metric(reply, "") is None
    assert metric(reply, " \n") is None


def test_a_reference_of_marks_is_empty_to_tokens_alone() -> None:
    assert char_f1("可退", "……") is None
    assert rouge_l("可退", "……") == 0
    assert chrf("可退", "……") == 0


@pytest.mark.parametrize("metric", EVERY)
def test_a_flipped_fact_scores_above_a_right_reply_in_other_words(metric: Metric) -> None:
    """Why none of them may gate anything."""
    reference = "支持七天无理由退货，运费由您承担。"
    wrong = metric("支持七天无理由退货，运费由我们承担。", reference)
    right = metric("收到后一周之内都能退，邮费得您自己出哦。", reference)
    assert wrong is not None
    assert right is not None
    assert right < 0.5
    assert wrong > 0.75


# Few characters, so that texts share some; and every code point there is, halves of pairs too.
TEXTS = st.text("七天退货 ，abA1.簽", max_size=20) | st.text(st.characters(), max_size=10)


@pytest.mark.parametrize("metric", EVERY)
@given(reply=TEXTS, reference=TEXTS)
def test_values_are_shares(metric: Metric, reply: str, reference: str) -> None:
    value = metric(reply, reference)
    assert value is None or 0 <= value <= 1


@pytest.mark.parametrize("metric", EVERY)
@given(text=TEXTS)
def test_a_text_is_all_of_itself(metric: Metric, text: str) -> None:
    assert metric(text, text) in (None, pytest.approx(1))


@pytest.mark.parametrize("metric", [char_f1, rouge_l])
@given(reply=TEXTS, reference=TEXTS)
def test_f1_is_the_same_both_ways(metric: Metric, reply: str, reference: str) -> None:
    there, back = metric(reply, reference), metric(reference, reply)
    assert there == back or None in (there, back)


@given(reply=TEXTS, reference=TEXTS, data=st.data())
def test_the_order_of_characters_does_not_matter_to_f1(
    reply: str, reference: str, data: st.DataObject
) -> None:
    # Blanks part the tokens, so that none grow together.
    shuffled = " ".join(data.draw(st.permutations(tokens(reply))))
    assert char_f1(shuffled, reference) == char_f1(" ".join(tokens(reply)), reference)


@pytest.mark.parametrize("metric", [rouge_l, chrf])
@given(reference=st.text("七天退货ab1", min_size=1, max_size=20), cut=st.integers(0, 20))
def test_a_longer_beginning_of_the_reference_never_loses(
    metric: Metric, reference: str, cut: int
) -> None:
    shorter, longer = metric(reference[:cut], reference), metric(reference[: cut + 1], reference)
    assert shorter is not None
    assert longer is not None
    assert shorter <= longer
