import pytest

from ragkit.core.retrieval import Query
from ragkit.core.text import Locale
from ragkit.understand.message import MessageReader

PIECES = {  # id: (text, at most so many characters, pieces)
    "short": ("包邮吗", 10, ("包邮吗",)),
    "exactly as long": ("一二三四五。", 6, ("一二三四五。",)),
    "white space around": ("  包邮吗 \n", 10, ("包邮吗",)),
    "a question by itself": (
        "我买了杯子。坏了。能退吗？",
        12,
        ("我买了杯子。", "坏了。", "能退吗？"),
    ),
    "a full-width or a plain mark": ("能退吗?能换吗？", 6, ("能退吗?", "能换吗？")),
    "short sentences run together": ("来。看。坐。走。", 6, ("来。", "看。", "坐。", "走。")),
    "up to half the size": ("来。看。坐。走。吃。", 8, ("来。看。", "坐。走。", "吃。")),
    "a long sentence": ("一二三四五六七八九十", 4, ("一二三四", "五六七八", "九十")),
    "a long question": ("一二三四五六七八九十？", 4, ("一二三四", "五六七八", "九十？")),
    "the same twice": ("在吗？在吗？在吗？", 3, ("在吗？",)),
    "only marks": ("？？？？？", 3, ("？？？", "？？")),
    "blank": (" \n", 10, ("",)),
}


@pytest.mark.parametrize(("text", "most", "pieces"), PIECES.values(), ids=PIECES.keys())
def test_pieces(text: str, most: int, pieces: tuple[str, ...]) -> None:
    reader = MessageReader(default_locale=Locale.ZH, max_chars=most)
    assert reader.understand(Query(text=text)).asks == pieces


LOCALES = {  # id: (text, asked for, locale)
    "Chinese": ("包邮吗", None, Locale.ZH),
    "English": ("is it free", None, Locale.EN),
    "mixed": ("iPhone 手机壳有货吗", None, Locale.ZH),
    "asked for": ("包邮吗", Locale.EN, Locale.EN),
    "neither": ("？？ 12345", None, Locale.EN),  # the default of this reader
}


@pytest.mark.parametrize(("text", "asked", "locale"), LOCALES.values(), ids=LOCALES.keys())
def test_locale(text: str, asked: Locale | None, locale: Locale) -> None:
    reader = MessageReader(default_locale=Locale.EN, max_chars=100)
    assert reader.understand(Query(text=text, locale=asked)).locale is locale
