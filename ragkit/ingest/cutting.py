"""Where a long text may be cut: a text and its limits to the spans of its pieces. Pure.

Every place between two characters gets a rank, the best first; a piece then ends at the best place
near the end of its window. Ranks are bytes, so that a place is found by `rfind` and not by a loop.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ragkit.core.drafting import SLOT
from ragkit.core.text import HAN, Span, sentences

# Ranks of a place. From `_QUOTED` on, a place is taken only where a window has no better one.
_LINE, _SENTENCE, _SEMICOLON, _CLAUSE, _COMMA, _BLANK, _ANY = range(7)
_QUOTED, _TOKEN, _MARK, _GRAPHEME = range(7, 11)

_LONGEST_QUOTE = 60  # characters: a longer quotation reads as sentences of its own

_DIGIT = "0-9０-９"
_LATIN = "A-Za-zＡ-Ｚａ-ｚ\u00c0-\u052f\u1e00-\u1fff\uac00-\ud7a3"  # words with blanks between them
_HAN_NUMBER = "零〇一二两三四五六七八九十百千万亿半几"
_NUMERAL = rf"[{_HAN_NUMBER}]{{1,20}}+"  # what is longer is none, and would be read again and again
_UNIT = (
    r"(?:(?:个|多|余)?(?:工作日|自然日|工作小时|小时|钟头|分钟|秒钟|星期|礼拜|月|年)"
    r"|公斤|千克|毫克|厘米|毫米|公里|公分|英寸|毫升|摄氏度|人民币|[美港日欧]元|[块毛]钱|积分"
    r"|[万亿千百]?[元块角]|[年月日号天周时点分秒刻折成倍件次张份人位款台包片瓶箱级个双套条只颗册期"
    r"码寸岁盒袋罐支枚桶粒克斤吨米升瓦度层楼%％‰℃℉°″′]|"
    r" (?:kg|g|mg|ml|l|km|cm|mm|m|kw|w|mah|v|gb|mb|tb|h|hours?|min(?:ute)?s?|days?|weeks?|months?"
    r"|years?|yuan|rmb|cny|usd|dollars?|percent|[ap]\.?m\.?)(?![A-Za-z]))"
)
# A run of letters and digits with what joins them: P1001-XL, iPhone15, 1,299.00, 10:00, A/B.
_RUN = (
    rf"[{_LATIN}{_DIGIT}](?:[{_LATIN}{_DIGIT}\u0300-\u036f]"
    rf"|[.'’_&+@*×/~～–—-](?=[{_LATIN}{_DIGIT}])|(?<=[{_DIGIT}])[:：,](?=[{_DIGIT}]))*+"
)
_AMOUNT = (
    rf"(?:[¥￥$€£+±≤≥<>－−-] ?(?=[{_DIGIT}]))?{_RUN}(?:(?<=[{_DIGIT}]) ?{_UNIT}{{1,2}})?+"
    rf"|百分之{_NUMERAL}|{_NUMERAL}(?:[至到点]{_NUMERAL})?+{_UNIT}{{1,2}}"
)
_RANGE = " ?(?:[至到~～–—-]|--|——) ?"
_STARTS = rf"(?=[{_LATIN}{_DIGIT}])"
_TOKENS = re.compile(
    r"(?:https?|ftp)://[!#-;=?-~]++|www\.[!#-;=?-~]++"
    # the length of a name is RFC 5321's, and keeps the search linear
    rf"|{_STARTS}[A-Za-z0-9.+_%-]{{1,64}}@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)+"
    rf"|{SLOT.pattern}"
    rf"|(?:{_AMOUNT})++(?:{_RANGE}(?=[¥￥$€£]?[{_DIGIT}{_HAN_NUMBER}])(?:{_AMOUNT})++)*+"
    r"|(?P<sign>[—…·.~～=_*#-])(?P=sign)+",
    re.IGNORECASE,
)
_QUOTES = [
    re.compile(rf"{left}[^{left}{right}\n]{{0,{_LONGEST_QUOTE - 2}}}{right}")
    for left, right in ("「」", "『』", "“”", "‘’", "《》", "〈〉", "【】", "（）", (r"\(", r"\)"))
]
_CLOSING = "）”’》〉」』】〕］｝)\\]}"
_NEVER_FIRST = re.compile(rf"(?<!\s)\s*(?:[，、。！？；：…,!?;:{_CLOSING}]|\.(?!\w))")
_NEVER_LAST = re.compile(r"[（“‘《〈「『【〔［｛(\[{]\s*")
# The number of a clause, with the character it belongs to. Behind a letter or Han character it is
# a reference: 根据第三条, 本条（一）项.
_CLAUSE_MARK = re.compile(
    rf"(?:(?<![{_LATIN}{_DIGIT}{HAN}])(?:第[{_HAN_NUMBER}{_DIGIT}]{{1,6}}[章节条款]"
    rf"|[{_HAN_NUMBER}]{{1,3}}、|\d{{1,2}}[、)）]"
    rf"|\d{{1,2}}(?:\.\d{{1,2}}){{1,3}}(?![.\d])(?! ?{_UNIT})(?=[ \u3000{HAN}])|\d{{1,2}}\.(?!\d))"
    rf"|(?<![条款项第])[（(](?:[{_HAN_NUMBER}]{{1,3}}|\d{{1,2}})[）)]|[\u2460-\u249b])"
    r"[ \t\u3000]*"
)
_SEPARATORS = (
    (_BLANK, re.compile(r"\s")),
    (_COMMA, re.compile(rf"[，、,：:][{_CLOSING}]*")),
    (_SEMICOLON, re.compile(rf"[；;][{_CLOSING}]*")),
)
_JOINER = "\u200d"
_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]{2}")


@dataclass(frozen=True)
class Limits:
    """The longest a piece may be, in characters and in tokens; None is no limit.

    Raises `ValueError` for a limit below 1, and for tokens that nobody counts.
    """

    max_chars: int | None = None
    max_tokens: int | None = None
    count_tokens: Callable[[str], int] | None = None

    def __post_init__(self) -> None:
        for limit in (self.max_chars, self.max_tokens):
            if limit is not None and limit < 1:
                raise ValueError(f"a limit of {limit} leaves no piece; the least is 1")
        if self.max_tokens is not None and self.count_tokens is None:
            raise ValueError(f"max_tokens={self.max_tokens} needs count_tokens")

    def admit(self, text: str) -> bool:
        if self.max_chars is not None and len(text) > self.max_chars:
            return False
        if self.max_tokens is None or self.count_tokens is None:
            return True
        return self.count_tokens(text) <= self.max_tokens


def cut(text: str, limits: Limits) -> tuple[Span, ...]:
    """Spans of the pieces of `text` in order, without the white space around them.

    Together they hold every character that is not white space; blank text is `()`. Each is within
    the limits, save a single character of more than `max_tokens` tokens.
    """
    start, stop = _trimmed(text, 0, len(text))
    if start == stop:
        return ()
    reach = _reach(text, start, stop, limits)
    if reach == stop:
        return (Span(start=start, end=stop),)
    ranks = _ranks(text, limits.max_chars or len(text))
    spans = []
    while reach < stop:
        end = _end(ranks, start, reach, stop)
        while end - start > 1 and not limits.admit(text[start:end].rstrip()):
            end = _best(ranks, start, end - 1)  # a token more in a shorter text: rare, but seen
        spans.append(Span(start=start, end=_trimmed(text, start, end)[1]))
        start = _trimmed(text, end, stop)[0]
        reach = _reach(text, start, stop, limits)
    return (*spans, Span(start=start, end=stop))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _reach(text: str, start: int, stop: int, limits: Limits) -> int:
    """How far a piece from `start` may go: to the limit or, in tokens, to within 1/16 of it."""
    most = stop if limits.max_chars is None else min(stop, start + limits.max_chars)
    if limits.max_tokens is None:
        return most
    good, end = start + 1, most
    if limits.max_chars is None:
        end = min(most, start + 2 * limits.max_tokens)
    while limits.admit(text[start:end]):
        if end == most:
            return most
        good, end = end, min(most, 2 * end - start)
    while end - good > max(1, (end - start) // 16):
        middle = (good + end) // 2
        if limits.admit(text[start:middle]):
            good = middle
        else:
            end = middle
    return good


def _end(ranks: bytearray, start: int, reach: int, stop: int) -> int:
    """Where the piece from `start` ends; `stop` is beyond its `reach`.

    A rest of less than 1/8 of the window takes from this piece, if it can.
    """
    end = _best(ranks, start, reach)
    tiny = (reach - start) // 8
    if stop - end >= tiny:
        return end
    middle, low, high = (start + stop) // 2, start + tiny, min(reach, stop - tiny)
    for rank in range(_ANY + 1):
        places = (ranks.rfind(rank, low, middle + 1), ranks.find(rank, middle, high + 1))
        found = [place for place in places if place > 0]
        if found:
            return min(found, key=lambda place: abs(place - middle))
    return end


def _best(ranks: bytearray, start: int, reach: int) -> int:
    """The best place after `start` and not after `reach`, which must differ.

    A mark or blank in the last third of the window, else in the third before it, else any place
    as late as can be.
    """
    size = reach - start
    for part in (2, 1):
        low = max(start + 1, start + size * part // 3)
        for rank in range(_ANY):
            if (place := ranks.rfind(rank, low, reach + 1)) > 0:
                return place
    places = (ranks.rfind(rank, start + 1, reach + 1) for rank in range(_ANY, _GRAPHEME + 1))
    return next((place for place in places if place > 0), reach)


def _ranks(text: str, max_chars: int) -> bytearray:
    """The rank of every place in `text`; what is graver is written over what is lighter.

    A quotation or token of more than `max_chars` is not protected: it has to be cut.
    """
    ranks = bytearray([_ANY]) * (len(text) + 1)
    for rank, pattern in _SEPARATORS:
        for match in pattern.finditer(text):
            ranks[match.end()] = rank
    marks = tuple(_CLAUSE_MARK.finditer(text))
    for match in marks:
        ranks[match.start()] = min(_CLAUSE, ranks[match.start()])
    for sentence in sentences(text):
        ranks[sentence.end] = _SENTENCE
    for match in re.finditer("\n", text):
        ranks[match.start()] = _LINE
    quotes = (match.span() for pattern in _QUOTES for match in pattern.finditer(text))
    _keep(ranks, quotes, _QUOTED, max_chars)
    _keep(ranks, (match.span() for match in _TOKENS.finditer(text)), _TOKEN, max_chars)
    # A number of a clause stays with the first character of the clause.
    _keep(ranks, ((match.start(), match.end() + 1) for match in marks), _TOKEN, max_chars)
    for match in _NEVER_FIRST.finditer(text):
        _fill(ranks, match.start(), match.end(), _MARK)
    for match in _NEVER_LAST.finditer(text):
        _fill(ranks, match.start() + 1, match.end() + 1, _MARK)
    for place in _inside_graphemes(text):
        ranks[place] = _GRAPHEME
    return ranks


def _keep(ranks: bytearray, spans: Iterable[tuple[int, int]], rank: int, max_chars: int) -> None:
    """Give `rank` to every place inside the spans."""
    for start, end in spans:
        if end - start <= max_chars:
            _fill(ranks, start + 1, min(end, len(ranks)), rank)


def _fill(ranks: bytearray, start: int, end: int, rank: int) -> None:
    ranks[start:end] = bytes((rank,)) * (end - start)


def _inside_graphemes(text: str) -> Iterator[int]:
    """Places inside what is seen as one character: accents, joined or toned emoji, flags."""
    extending = "".join(char for char in set(text) if _extends(char))
    if extending:
        yield from (match.start() for match in re.finditer(f"[{re.escape(extending)}]", text))
    yield from (match.end() for match in re.finditer(_JOINER, text))
    yield from (match.start() + 1 for match in _FLAGS.finditer(text))
    yield from (match.start() + 1 for match in re.finditer("\r\n", text))


def _extends(char: str) -> bool:
    """Whether a character belongs to the one before it (UAX 29: Extend, SpacingMark, ZWJ).

    Vowels and finals of decomposed Hangul too, whose syllables are one character.
    """
    return (
        char == _JOINER
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= char <= "\U000e007f"  # tags of regional flags
        or "\u1160" <= char <= "\u11ff"
        or unicodedata.category(char) in {"Mn", "Me", "Mc"}
    )
