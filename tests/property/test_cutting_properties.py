"""What holds for every cut: exact slices in order, nothing lost, no limit broken."""

from hypothesis import given
from hypothesis import strategies as st

from ragkit.core.folding import fold
from ragkit.ingest.cutting import Limits, cut
from ragkit.ingest.splitter import _most_tokens

PIECES = [
    *"，、。！？；：（）“”《》「」【】…,.!?;:()[]{}'\" \n\t\u3000",
    *("包邮", "退货运费", "1,299.00元", "7-15天", "2026年9月1日", "10:00-21:00", "P1001"),
    *("https://a.cn/b?c=1", "a@b.cn", "{order.eta}", "第三条", "（一）", "①", "1.1 ", "一、"),
    *(
        "word",
        "e\u0301",
        "\u200d",
        "\U0001f44d\U0001f3fd",
        "\U0001f1e8\U0001f1f3",
        "\r\n",
        "ﷺ",
        "㍿",
    ),
]
PROSE = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
ANY_TEXT = st.text(st.characters(), max_size=60) | PROSE
SIZES = st.none() | st.integers(1, 40)


def in_bytes(text: str) -> int:
    return len(fold(text).encode("utf-8", "surrogatepass"))


@given(ANY_TEXT, SIZES, SIZES)
def test_every_piece_holds_every_limit_and_nothing_is_lost(
    text: str, max_chars: int | None, max_tokens: int | None
) -> None:
    limits = Limits(max_chars, max_tokens, in_bytes)
    end = 0
    for span in cut(text, limits):
        piece = span.of(text)
        assert span.start >= end
        assert text[end : span.start].strip() == ""
        assert piece == piece.strip()
        assert limits.admit(piece) or len(piece) == 1
        end = span.end
    assert text[end:].strip() == ""


@given(PROSE)
def test_no_piece_begins_closing_or_ends_opening(text: str) -> None:
    """Where marks do not fill a whole window: the text is thinned until words part them."""
    text = "".join(f"包邮{char}" for char in text if char in "，。！？；）”》」】（“《「【 \n")
    spans = cut(text, Limits(12))
    assert not [span for span in spans[1:] if text[span.start] in "，。！？；）”》」】"]
    assert not [span for span in spans[:-1] if text[span.end - 1] in "（“《「【"]


@given(ANY_TEXT)
def test_the_bound_of_tokens_holds_for_bytes_of_the_folded_text(text: str) -> None:
    assert in_bytes(text) <= _most_tokens(text)
    assert len(text) <= _most_tokens(text)
