"""Where a long text is cut: the best place near the end of a window, and never inside a token."""

import re

import pytest

from ragkit.core.text import Span
from ragkit.ingest.cutting import Limits, cut

URL = "https://m.example.com/t/20260901?id=A-1,b&x=1"  # 45 characters


def pieces(text: str, limits: Limits) -> list[str]:
    return [span.of(text) for span in cut(text, limits)]


PLACES = {  # id: (text, max_chars, pieces)
    "fits": ("一二三。四五六。", 8, ["一二三。四五六。"]),
    "blank": (" \n\u3000", 1, []),
    "blanks around": ("  包邮\n", 9, ["包邮"]),
    "as many sentences as fit": ("一。二。三。四。五。", 4, ["一。二。", "三。四。", "五。"]),
    "a line before a sentence": ("一二三四五六\n七。八九十", 9, ["一二三四五六", "七。八九十"]),
    "a sentence before a comma": ("一二三四五。六，七八九", 9, ["一二三四五。", "六，七八九"]),
    "a semicolon before a comma": ("一二三四五；六，七八九", 9, ["一二三四五；", "六，七八九"]),
    "a clause before a comma": (
        "收货后退货 第二条，运费包换货",
        9,
        ["收货后退货", "第二条，运费包换货"],
    ),
    "a comma before any place": ("一二三四五六，七八九十", 9, ["一二三四五六，", "七八九十"]),
    "a blank before any place": (
        "正品保障 七天退换 极速退款",
        8,
        ["正品保障", "七天退换", "极速退款"],
    ),
    "a good place too early": ("一。二三四五六七八九十甲", 9, ["一。二三四五六七八", "九十甲"]),
    "the number stays with its clause": (
        "甲乙丙丁戊。（一）退货",
        9,
        ["甲乙丙丁戊。", "（一）退货"],
    ),
    "a reference is no clause": ("甲按照本规则第三条办理", 9, ["甲按照本规则第三条", "办理"]),
    "a tiny rest is balanced": (
        "一二三四五六七八，一二三四五六七八九十。好",
        20,
        ["一二三四五六七八，", "一二三四五六七八九十。好"],
    ),
}


@pytest.mark.parametrize(("text", "max_chars", "found"), PLACES.values(), ids=PLACES.keys())
def test_the_best_place_near_the_end(text: str, max_chars: int, found: list[str]) -> None:
    assert pieces(text, Limits(max_chars)) == found


WHOLE = {
    "url": URL,
    "url with a path": "www.example.com/a/b",
    "e-mail": "service.cn@example.com",
    "amount": "1,299.00元",
    "amount with currency": "¥1,299",
    "amount with a blank": "15 kg",
    "han amount": "七至十五个工作日",
    "share": "百分之八十",
    "range": "7-15天",
    "range with both units": "7天到15天",
    "date": "2026年9月1日",
    "hours": "10:00-21:00",
    "code": "P1001-XL",
    "full width": "１２９９元",
    "word": "iPhone15",
    "accented word": "Cafe\u0301s",
    "quotation": "「七天无理由」",
    "curly quotation": "“不影响二次销售”",
    "title": "《退货规则》",
    "brackets": "（不含偏远）",
    "slot": "{order.eta}",
    "family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "toned thumb": "\U0001f44d\U0001f3fd",
    "flag": "\U0001f1e8\U0001f1f3",
    "dash": "——",
}


@pytest.mark.parametrize("token", WHOLE.values(), ids=WHOLE.keys())
def test_a_token_is_never_cut_at_any_offset(token: str) -> None:
    """Every window slides its end over the token once."""
    for before in range(len(token) + 3):
        text = "亲" * before + token + "呀" * (len(token) + 3)
        for max_chars in (len(token), len(token) + 2):
            found = pieces(text, Limits(max_chars))
            assert sum(token in piece for piece in found) == 1, found
            assert all(len(piece) <= max_chars for piece in found)


def test_a_url_is_never_cut() -> None:  # ragflow #6884
    text = f"物流进度请打开{URL}查看，" * 40
    found = pieces(text, Limits(100))
    assert sum(piece.count(URL) for piece in found) == 40


def test_a_url_beyond_the_limit_is_cut() -> None:
    text = f"请打开https://example.com/{'a' * 300}"
    found = pieces(text, Limits(100))
    assert "".join(found) == text
    assert all(len(piece) <= 100 for piece in found)


def test_no_chunk_begins_with_closing_punctuation() -> None:  # dify #7929
    text = "满五十九元包邮（江浙沪“次日达”）。不满收六元！《规则》……好？" * 30
    for max_chars in range(20, 60):
        found = pieces(text, Limits(max_chars))
        assert not [piece for piece in found if re.match("[，、。！？；：）”’》」】…]", piece)]
        assert not [piece for piece in found if re.search("[（“《「【]$", piece)]


def test_a_full_stop_alone_is_a_place_to_cut() -> None:  # dify #34341
    assert pieces("包邮。退货。换货。", Limits(3)) == ["包邮。", "退货。", "换货。"]


def test_a_paragraph_without_marks_respects_the_limit() -> None:  # LightRAG #3050
    text = "满五十九包邮不满收六块江浙沪次日达偏远另算" * 150
    found = pieces(text, Limits(400))
    assert "".join(found) == text
    assert len(text) > 3000
    assert all(50 <= len(piece) <= 400 for piece in found)


def test_more_closing_marks_than_a_chunk_holds() -> None:
    assert pieces("。" * 7, Limits(3)) == ["。。。", "。。。", "。"]


def two_a_character(text: str) -> int:
    return 2 * len(text)


TOKENS = {  # id: (text, limits, pieces)
    "fits": ("包邮。", Limits(9, 6, two_a_character), ["包邮。"]),
    "fewer tokens than characters": (
        "包邮。退货。",
        Limits(6, 7, two_a_character),
        ["包邮。", "退货。"],
    ),
    "no limit of characters": (
        "包邮。退货。",
        Limits(None, 6, two_a_character),
        ["包邮。", "退货。"],
    ),
    "one character is too much": ("包邮", Limits(9, 1, two_a_character), ["包", "邮"]),
    "words": (
        "one two three",
        Limits(None, 2, lambda text: len(text.split())),
        ["one two", "three"],
    ),
    "no limit": ("包邮。" * 99, Limits(), ["包邮。" * 99]),
}


@pytest.mark.parametrize(("text", "limits", "found"), TOKENS.values(), ids=TOKENS.keys())
def test_limits_in_tokens(text: str, limits: Limits, found: list[str]) -> None:
    assert pieces(text, limits) == found


def test_a_count_that_falls_with_length_is_checked_again() -> None:
    def count(text: str) -> int:
        return len(text) + 5 * text.endswith("丙")

    assert all(count(piece) <= 8 for piece in pieces("甲乙丙" * 20, Limits(None, 8, count)))


def test_spans_slice_the_text() -> None:
    assert cut(" 包邮。\n退货。 ", Limits(4)) == (Span(start=1, end=4), Span(start=5, end=8))


@pytest.mark.parametrize(("chars", "tokens"), [(0, None), (None, 0), (None, 5)])
def test_limits_that_make_no_sense(chars: int | None, tokens: int | None) -> None:
    with pytest.raises(ValueError, match=r"limit|count_tokens"):
        Limits(chars, tokens)
