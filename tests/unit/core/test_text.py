"""Spans, languages, sentences, and the days on which a document applies."""

from datetime import date

import pytest
from pydantic import ValidationError

from ragkit.core.documents import Validity
from ragkit.core.text import Locale, Span, detect_locale, is_han, sentences
from ragkit.testing.builders import valid

BAD_SPANS = {"negative": (-1, 2), "empty": (3, 3), "backwards": (3, 2)}


@pytest.mark.parametrize(("start", "end"), BAD_SPANS.values(), ids=BAD_SPANS.keys())
def test_a_span_is_neither_negative_nor_empty(start: int, end: int) -> None:
    with pytest.raises(ValidationError):
        Span(start=start, end=end)


def test_a_span_slices_code_points() -> None:
    assert Span(start=1, end=3).of("😀退货吗") == "退货"


def test_a_shifted_span_keeps_its_length() -> None:
    assert Span(start=1, end=3).shifted(10) == Span(start=11, end=13)


def test_records_are_immutable_and_strict() -> None:
    span = Span(start=0, end=1)
    with pytest.raises(ValidationError, match="frozen"):
        span.end = 2  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs"):
        Span.model_validate({"start": 0, "end": 1, "length": 1})


HAN = {
    "common": ("退", True),
    "extension A": ("㐀", True),
    "compatibility": ("\uf900", True),
    "extension B": ("\U00020000", True),
    "latin": ("a", False),
    "kana": ("の", False),
    "full-width mark": ("。", False),
}


@pytest.mark.parametrize(("char", "expected"), HAN.values(), ids=HAN.keys())
def test_han_characters(char: str, expected: bool) -> None:
    assert is_han(char) is expected


LOCALES = {
    "chinese": ("能退货吗", Locale.ZH),
    "english": ("Can I return it?", Locale.EN),
    "chinese with a product name": ("iPhone 手机壳有货吗", Locale.ZH),
    "english with one Han character": ("does the iPhone 壳 fit mine", Locale.EN),
    "as many of both": ("iPhone 壳", Locale.ZH),
    "digits only": ("12345", None),
    "marks and emoji": ("？！😀", None),
    "blank": (" \n", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("text", "expected"), LOCALES.values(), ids=LOCALES.keys())
def test_the_language_of_a_text(text: str, expected: Locale | None) -> None:
    assert detect_locale(text) == expected


SENTENCES = {
    "end marks": ("您好。请问能退吗？好的！", ["您好。", "请问能退吗？", "好的！"]),
    "half-width marks": ("能退吗?运费谁出!", ["能退吗?", "运费谁出!"]),
    "repeated marks": ("太慢了！！！什么时候到？？", ["太慢了！！！", "什么时候到？？"]),
    "no end mark": ("包邮吗", ["包邮吗"]),
    "closing quotes stay": ("“可以的。”她说。", ["“可以的。”", "她说。"]),
    "closing brackets stay": ("【签收后生效。】请留意。", ["【签收后生效。】", "请留意。"]),
    "lines": ("第一行\n\n第二行\r\n第三行", ["第一行", "第二行", "第三行"]),
    "blanks around": ("  您好。 \u3000请问？ ", ["您好。", "请问？"]),
    "full stop before a blank": ("Yes. You can.", ["Yes.", "You can."]),
    "full stop inside quotes": ('It says "free." Then pay.', ['It says "free."', "Then pay."]),
    "decimal": ("满1.5元即可。", ["满1.5元即可。"]),
    "date": ("2026.09.01起执行。", ["2026.09.01起执行。"]),
    "file name": ("Open app.js first.", ["Open app.js first."]),
    "clause number": ("见3.2条。", ["见3.2条。"]),
    "list marks": (
        "1. 打开订单\n2. 点击退款\n10. Done. Wait.",
        ["1. 打开订单", "2. 点击退款", "10. Done.", "Wait."],
    ),
    "only marks": ("……", ["……"]),
    "blank": (" \n\t", []),
    "nothing": ("", []),
}


@pytest.mark.parametrize(("text", "expected"), SENTENCES.values(), ids=SENTENCES.keys())
def test_sentences(text: str, expected: list[str]) -> None:
    assert [span.of(text) for span in sentences(text)] == expected


SEPTEMBER = valid("2026-09-01", "2026-09-30")
DAYS = {
    "first day": (SEPTEMBER, date(2026, 9, 1), True),
    "last day": (SEPTEMBER, date(2026, 9, 30), True),
    "day before": (SEPTEMBER, date(2026, 8, 31), False),
    "day after": (SEPTEMBER, date(2026, 10, 1), False),
    "open end": (valid("2026-09-01"), date(2099, 1, 1), True),
    "open end, before": (valid("2026-09-01"), date(2026, 8, 31), False),
    "open start": (valid(None, "2026-09-30"), date(1999, 1, 1), True),
    "open start, after": (valid(None, "2026-09-30"), date(2026, 10, 1), False),
    "always": (Validity(), date(2026, 9, 1), True),
}


@pytest.mark.parametrize(("validity", "day", "expected"), DAYS.values(), ids=DAYS.keys())
def test_both_ends_of_a_validity_count(validity: Validity, day: date, expected: bool) -> None:
    assert validity.covers(day) is expected
