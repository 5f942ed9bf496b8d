import pytest

from ragkit.core.guarding import View
from ragkit.guard.views import views_of

FOLDED = {  # id: (raw, folded)
    "plain": ("最好", "最好"),
    "full width": ("ＮＯ．１", "no.1"),
    "zero width": ("最\u200b好\ufeff", "最好"),
    "traditional": ("絕對", "绝对"),
    "longer than the raw text": ("30℃", "30°c"),
    "marks stay": ("最*好", "最*好"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("raw", "folded"), FOLDED.values(), ids=FOLDED.keys())
def test_fold_view(raw: str, folded: str) -> None:
    assert views_of(raw)[View.FOLD].text == folded


SKIPPED = {  # id: (raw, what the skip view reads)
    "a sign": ("最*好", "最好"),
    "a blank": ("最 好", "最好"),
    "an ideographic blank": ("最　好", "最好"),
    "an emoji": ("最😊好", "最好"),
    "three in a row": ("最*_*好", "最好"),
    "four in a row": ("最****好", "最****好"),
    "between every two": ("国*家 级", "国家级"),
    "zero width ones do not count": ("最*\u200b*\u200b*好", "最好"),
    "a comma ends a clause": ("最，好", "最,好"),
    "a full stop": ("最。好", "最。好"),
    "a line break": ("最\n好", "最\n好"),
    "beside a Latin letter": ("最 a 好", "最 a 好"),
    "beside a digit": ("第 1 名", "第 1 名"),
    "at the start": ("*最好", "*最好"),
    "at the end": ("最好**", "最好**"),
    "half a character": ("最\ud800好", "最好"),
    "outside the basic plane": ("𠮷*𠮷", "𠮷𠮷"),
    "only signs": ("***", "***"),
}


@pytest.mark.parametrize(("raw", "read"), SKIPPED.values(), ids=SKIPPED.keys())
def test_skip_view(raw: str, read: str) -> None:
    assert views_of(raw)[View.SKIP].text == read


SPANS = {  # id: (raw, view, slice of the view, raw slice)
    "folded": ("很ＯＫ", View.FOLD, (1, 3), "ＯＫ"),
    "zero width inside": ("是最\u200b好的", View.FOLD, (1, 3), "最\u200b好"),
    "one raw character, two folded": ("高30℃吗", View.FOLD, (3, 5), "℃"),
    "half of a raw character": ("高30℃吗", View.FOLD, (4, 5), "℃"),
    "skipped": ("是最* 好的", View.SKIP, (1, 3), "最* 好"),
    "after what was skipped": ("最*好 的呢", View.SKIP, (2, 4), "的呢"),
}


@pytest.mark.parametrize(("raw", "view", "piece", "expected"), SPANS.values(), ids=SPANS.keys())
def test_spans_lead_back_to_the_raw_text(
    raw: str, view: View, piece: tuple[int, int], expected: str
) -> None:
    assert views_of(raw)[view].raw_span(*piece).of(raw) == expected
