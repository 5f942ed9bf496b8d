from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.core.guarding import Predicate, Severity, View
from ragkit.guard.rules.grounding import GroundedNumbers
from ragkit.guard.rules.wording import Wording
from ragkit.guard.views import views_of
from ragkit.testing.builders import a_claim, a_context, a_draft, a_rule

HAN_TERMS = ("最好", "国家级", "全网第一", "不退不换")
LATIN_TERMS = ("no.1", "100%", "the best")
ALLOWED = ("最好先拍照", "国家级奖项", "第一次")
WORDING = Wording(
    [
        a_rule(id="han", terms=HAN_TERMS),
        a_rule(id="latin", terms=LATIN_TERMS, views=[View.FOLD]),
        a_rule(id="pattern", patterns=[r"保证[^,。]{0,6}到"]),
        a_rule(
            id="context",
            terms=("尽快处理",),
            unless=[Predicate.NEGATED, Predicate.QUOTED],
            unless_quantity=True,
            severity=Severity.WARN,
        ),
    ]
)
EXEMPTING = Wording([a_rule(terms=("最好", "国家级", "第一", "一次"), allow=ALLOWED)])

# Every code point there is, halves of surrogate pairs too; and texts that come near to the rules.
ANY = st.text(st.characters())
WORDS = ("保证", "到", "尽快处理", "不", "7天", "a", "Ａ", "ß", "℃")
MARKS = ("“", "”", '"', "，", "。", "\u200b", "*", " ", "\n", "😊", "\ud83d")
NEAR = st.lists(st.sampled_from((*HAN_TERMS, *LATIN_TERMS, *WORDS, *MARKS))).map("".join)
PLAIN = st.text("您买的时候，。 abc\n", max_size=8)

unhurried = settings(max_examples=150)


@unhurried
@given(text=ANY | NEAR)
def test_checking_never_raises_and_spans_slice_the_raw_text(text: str) -> None:
    result = WORDING.check_text(text)
    seen = [(finding.span, finding.quote) for finding in result.findings]
    seen += [(exemption.span, exemption.quote) for exemption in result.exempted]
    for span, quote in seen:
        assert span is not None
        assert 0 <= span.start < span.end <= len(text)
        assert span.of(text) == quote


@unhurried
@given(text=ANY | NEAR)
def test_findings_of_one_rule_never_overlap(text: str) -> None:
    ends: dict[str, int] = {}
    for finding in WORDING.check_text(text).findings:
        assert finding.span is not None
        assert finding.span.start >= ends.get(finding.rule, 0)
        ends[finding.rule] = finding.span.end


@unhurried
@given(text=ANY | NEAR)
def test_every_view_leads_back_to_the_raw_text(text: str) -> None:
    for viewed in views_of(text).values():
        assert len(viewed.text) == len(viewed.origins)
        assert list(viewed.origins) == sorted(viewed.origins)
        assert all(0 <= origin < len(text) for origin in viewed.origins)


@unhurried
@given(text=ANY | NEAR)
def test_amounts_never_break_the_check(text: str) -> None:
    draft = a_draft(text, *([a_claim(text)] if text else []))
    for finding in GroundedNumbers().check(draft, a_context(text)).findings:
        assert finding.span is not None
        assert finding.span.of(text) == finding.quote


invisible = st.text("\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0f", max_size=4)
visible = st.text(" 　*·_~+=|/^😊#", max_size=3)


@st.composite
def disguised(draw: st.DrawFn) -> tuple[str, str, str]:
    """Text before, a disguised term of Han characters, text after."""
    term = draw(st.sampled_from(HAN_TERMS))
    pieces = [term[0]]
    for char in term[1:]:
        for filler in draw(visible):
            pieces += [draw(invisible), filler]
        pieces += [draw(invisible), char]
    return draw(PLAIN), "".join(pieces), draw(PLAIN)


@unhurried
@given(disguised())
def test_a_disguised_term_is_found_where_it_stands(parts: tuple[str, str, str]) -> None:
    before, term, after = parts
    findings = WORDING.check_text(before + term + after).findings
    assert [(f.rule, f.quote) for f in findings] == [("han@1", term)]
    assert findings[0].span is not None
    assert findings[0].span.start == len(before)


def full_width(text: str) -> str:
    """Printable ASCII in its full-width forms, U+FF01 to U+FF5E, and the ideographic space."""
    return "".join("\u3000" if c == " " else chr(ord(c) + 0xFEE0) for c in text)


@unhurried
@given(
    before=st.text("您买的时候，。", max_size=5),
    term=st.sampled_from(LATIN_TERMS),
    after=st.text("您买的时候，。", max_size=5),
    wide=st.booleans(),
    upper=st.booleans(),
    hidden=invisible,
)
def test_a_latin_term_is_found_in_any_width_and_case(
    before: str, term: str, after: str, wide: bool, upper: bool, hidden: str
) -> None:
    written = term.upper() if upper else term
    written = full_width(written) if wide else written
    written = written[0] + hidden + written[1:]
    findings = WORDING.check_text(before + written + after).findings
    assert [(f.rule, f.quote) for f in findings] == [("latin@1", written)]


@unhurried
@given(st.lists(st.sampled_from(ALLOWED) | PLAIN).map("".join))
def test_an_allowed_phrase_is_never_flagged(text: str) -> None:
    assert EXEMPTING.check_text(text).findings == ()


@unhurried
@given(
    phrase=st.sampled_from(ALLOWED), term=st.sampled_from(["最好", "第一", "国家级"]), after=PLAIN
)
def test_an_allowed_phrase_covers_nothing_beside_it(phrase: str, term: str, after: str) -> None:
    text = f"{phrase}，{term}{after}"
    findings = EXEMPTING.check_text(text).findings
    assert [(f.quote, f.span and f.span.start) for f in findings] == [(term, len(phrase) + 1)]
