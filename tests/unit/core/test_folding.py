"""One fold for everything that is compared, and the way back to the raw text."""

import sys

import pytest

from ragkit.core.folding import fold, fold_with_origins

FOLDS = {
    "full width": ("ＡＢＣ１２３", "abc123"),
    "case": ("VIP Ⅳ", "vip iv"),
    "casefold grows": ("Straße", "strasse"),
    "traditional": ("退貨運費", "退货运费"),
    "traditional in full width text": ("滿５９圓", "满59圆"),
    "variant": ("帐户著想", "账户着想"),
    "ligature": ("ﬁt", "fit"),
    "square unit": ("5㎏", "5kg"),
    "celsius sign": ("18℃", "18°c"),
    "circled digit": ("①", "1"),
    "full-width marks": ("，：～￥", ",:~¥"),
    "ideographic blank": ("退\u3000货", "退 货"),
    "Kangxi radical": ("\u2f00", "一"),
    "zero-width space": ("最\u200b好", "最好"),
    "word joiner and byte order mark": ("\ufeff最\u2060好", "最好"),
    "soft hyphen": ("re\u00adfund", "refund"),
    "variation selector": ("最\ufe0f好\U000e0101", "最好"),
    "combining grapheme joiner": ("最\u034f好", "最好"),
    "Hangul filler": ("最\u3164好", "最好"),
    "lone surrogate": ("\ud800", "\ud800"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("raw", "folded"), FOLDS.values(), ids=FOLDS.keys())
def test_fold(raw: str, folded: str) -> None:
    assert fold(raw) == folded
    assert fold_with_origins(raw).text == folded


def test_folding_any_character_twice_changes_nothing() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    once = fold(every)
    assert fold(once) == once


ORIGINS = {  # id: (raw, part of the folded text, the raw characters behind it)
    "same length": ("支持退貨", "退货", "退貨"),
    "one becomes two": ("重5㎏整", "kg", "㎏"),
    "half of one that became two": ("重5㎏整", "g", "㎏"),
    "after one that became two": ("18℃冷冻", "冷冻", "冷冻"),
    "dropped inside": ("质量最\u200b\u200b好。", "最好", "最\u200b\u200b好"),
    "dropped around": ("\u200b最好\u200b", "最好", "最好"),
    "beyond the first plane": ("😀ＶＩＰ", "vip", "ＶＩＰ"),
}


@pytest.mark.parametrize(("raw", "part", "behind"), ORIGINS.values(), ids=ORIGINS.keys())
def test_a_folded_slice_leads_back_to_the_raw_text(raw: str, part: str, behind: str) -> None:
    folded = fold_with_origins(raw)
    start = folded.text.index(part)
    assert folded.raw_span(start, start + len(part)).of(raw) == behind
