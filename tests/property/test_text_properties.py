"""What holds for every text: folding, sentences, amounts."""

from hypothesis import given
from hypothesis import strategies as st

from ragkit.core.folding import fold, fold_with_origins
from ragkit.core.quantities import find_quantities, normalise_quantities
from ragkit.core.text import sentences
from ragkit.evals.matching import normalise, says

ANY_TEXT = st.text(st.characters(), max_size=60)  # lone surrogates too
PIECES = [
    *("0", "1", "7", "12", "25", "31", "99", "2026", "1,299", "1.5", "٣", "②", "½"),
    *("零一两三五十百千万亿半第几数点天个月日号年周元块折件到至或和晚"),
    *("分之", "百分之", "零下", "小时", "工作日", "包邮", "分钟", "上午", "晚上", "退貨"),
    *("%", "℃", "kg", "m", "am", "p.m.", "¥", "$", "rmb", "sku"),
    *("to", "and", "one", "twenty", "hundred", "half"),
    *(":", "-", "–", "~", "/", ".", ",", "、", "(", ")", " ", "\n", "\u200b"),
]
AMOUNTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
PROSE = st.lists(
    st.sampled_from([*"。！？!?….”’」）)\"' \t\n\r\u3000", "1.5", "退货", "Yes", "10."]),
    max_size=20,
).map("".join)


@given(ANY_TEXT)
def test_fold_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY_TEXT, ANY_TEXT)
def test_fold_is_the_fold_of_its_parts(left: str, right: str) -> None:
    assert fold(left + right) == fold(left) + fold(right)


@given(ANY_TEXT | AMOUNTS, st.data())
def test_the_raw_span_of_a_folded_slice_folds_to_it(text: str, data: st.DataObject) -> None:
    folded = fold_with_origins(text)
    assert folded.text == fold(text)
    assert len(folded.origins) == len(folded.text)
    if folded.text:
        start = data.draw(st.integers(0, len(folded.text) - 1))
        end = data.draw(st.integers(start + 1, len(folded.text)))
        span = folded.raw_span(start, end)
        assert span.end <= len(text)
        assert folded.text[start:end] in fold(span.of(text))


@given(ANY_TEXT | PROSE)
def test_sentences_cover_every_character_in_order(text: str) -> None:
    end = 0
    for span in sentences(text):
        assert span.start >= end
        assert text[end : span.start].strip() == ""
        assert span.of(text) == span.of(text).strip()
        end = span.end
    assert text[end:].strip() == ""


@given(ANY_TEXT | AMOUNTS)
def test_amounts_slice_the_raw_text_in_order(text: str) -> None:
    start = 0
    for quantity in find_quantities(text):
        assert start <= quantity.span.start < quantity.span.end <= len(text)
        assert quantity.same_as(quantity)
        assert quantity.canonical
        start = quantity.span.start


@given(ANY_TEXT | AMOUNTS)
def test_an_amount_that_is_found_is_normalised(text: str) -> None:
    normalised = normalise_quantities(text)
    for quantity in find_quantities(text):
        assert quantity.canonical in normalised


@given(ANY_TEXT | AMOUNTS)
def test_normalising_never_fails_and_leaves_single_blanks(text: str) -> None:
    normalised = normalise(text)
    assert normalised.startswith(" ")
    assert normalised.endswith(" ")
    assert "  " not in normalised


@given(ANY_TEXT | AMOUNTS, ANY_TEXT | AMOUNTS)
def test_matching_never_fails(reply: str, wording: str) -> None:
    assert says(reply, [wording]) in (True, False)


@given(st.integers(1, 99_999), st.sampled_from(["天", "元", "件", "%", "kg", "小时"]))
def test_an_amount_is_found_with_any_blank_and_width(number: int, unit: str) -> None:
    (plain,) = find_quantities(f"共{number}{unit}。")
    wide = str(number).translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
    for spelling in (
        f"{number} {unit}",
        f"{wide}{unit}",
        f"{wide}\u3000{unit}",
        f"{number:,}{unit}",
    ):
        (other,) = find_quantities(f"共{spelling}。")
        assert other.same_as(plain)


def in_han(number: int) -> str:
    """A number below 100 000 as it is read aloud."""
    read = ""
    for scale, name in ((10_000, "万"), (1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, scale)
        if digit:
            read += "零一二三四五六七八九"[digit] + name
        elif read and number and not read.endswith("零"):
            read += "零"
    return read


@given(st.integers(2, 99_999))
def test_han_numerals_say_the_same_as_digits(number: int) -> None:
    (han,) = find_quantities(f"共{in_han(number)}元")
    (digits,) = find_quantities(f"共{number}元")
    assert han.same_as(digits)


@given(st.integers(1, 2_000), st.integers(1, 2_000))
def test_an_amount_matches_itself_and_no_other(said: int, wanted: int) -> None:
    assert says(f"满{said}元包邮", [f"{wanted}元"]) is (said == wanted)
    assert says(f"满{said}元包邮", [f"{said}元"])
