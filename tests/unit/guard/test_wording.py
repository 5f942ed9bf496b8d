from typing import Any

import pytest

from ragkit.core.errors import KnowledgeError
from ragkit.core.guarding import Predicate, Severity, Target, View
from ragkit.core.text import Locale
from ragkit.guard.rules.wording import Wording, proven
from ragkit.testing.builders import a_context, a_draft, a_rule


def found(text: str, **fields: Any) -> list[str]:
    """What a rule made of `fields` finds in a text."""
    rule = a_rule(**fields)
    return [f.quote for f in Wording([rule]).check_text(text).findings]


TERMS = {  # id: (terms, text, quotes of the findings)
    "plain": (["最好"], "质量最好，放心拍", ["最好"]),
    "twice": (["最好"], "最好的料，最好的工", ["最好", "最好"]),
    "two terms": (["最好", "第一"], "销量第一，质量最好", ["第一", "最好"]),
    "absent": (["最好"], "质量不错", []),
    "empty text": (["最好"], "", []),
    "zero width": (["最好"], "最\u200b好", ["最\u200b好"]),
    "sign between": (["最好"], "最*好", ["最*好"]),
    "blank between": (["国家级"], "国 家 级工艺", ["国 家 级"]),
    "full width": (["no.1"], "全网ＮＯ．１", ["ＮＯ．１"]),
    "traditional": (["绝对"], "絕對正品", ["絕對"]),
    "any case": (["free"], "FREE returns", ["FREE"]),
    "inside a word": (["free"], "You have the freedom to choose.", []),
    "end of a word": (["free"], "carefree shopping", []),
    "Latin beside Han": (["free"], "全场free哦", ["free"]),
    "digits are whole": (["12315"], "单号9123150", []),
    "two clauses": (["最好"], "这是最，好", []),
    "nested, the longer": (["第一", "第一名"], "销量第一名", ["第一名"]),
    "a term written with a sign": (["最*好"], "最*好", ["最*好"]),
    "half a character beside": (["最好"], "\ud83d最好", ["最好"]),
}


@pytest.mark.parametrize(("terms", "text", "quotes"), TERMS.values(), ids=TERMS.keys())
def test_terms(terms: list[str], text: str, quotes: list[str]) -> None:
    assert found(text, terms=terms) == quotes


PATTERNS = {  # id: (patterns, text, quotes)
    "plain": ([r"保证[^,。]{0,4}到"], "保证明天到货", ["保证明天到"]),
    "on the folded text": ([r"100%"], "１００％有效", ["１００％"]),
    "seen through signs": ([r"保证.到"], "保*证能*到", ["保*证能*到"]),
    "beyond zero width": ([r"保证.到"], "保\u200b证能\u200b到", ["保\u200b证能\u200b到"]),
    "empty matches count for nothing": ([r"最?"], "好最", ["最"]),
    "flags": ([r"(?i)VIP"], "vip专享", ["vip"]),
    "a back reference in each": ([r"(最)\1", r"(很)\1"], "最最好，很很好", ["最最", "很很"]),
    "the same group name twice": ([r"(?P<a>甲)", r"(?P<a>乙)"], "甲乙", ["甲", "乙"]),
}


@pytest.mark.parametrize(("patterns", "text", "quotes"), PATTERNS.values(), ids=PATTERNS.keys())
def test_patterns(patterns: list[str], text: str, quotes: list[str]) -> None:
    assert found(text, patterns=patterns) == quotes


ALLOWED = {  # id: (terms, allow, text, quotes)
    "covers": (["第一"], ["第一次"], "第一次来买", []),
    "elsewhere": (["第一"], ["第一次"], "第一次来，销量第一", ["第一"]),
    "covers a part only": (["第一名"], ["第一"], "第一名", ["第一名"]),
    "folded": (["第一"], ["第一次"], "第\u200b一次", []),
    # 一流 begins in the allowed phrase and ends outside it.
    "does not hide its neighbour": (["第一", "一流"], ["是第一"], "这是第一流的", ["一流"]),
    "another rule's phrase": (["第一"], [], "第一次", ["第一"]),
}


@pytest.mark.parametrize(("terms", "allow", "text", "quotes"), ALLOWED.values(), ids=ALLOWED.keys())
def test_allowed_phrases(terms: list[str], allow: list[str], text: str, quotes: list[str]) -> None:
    assert found(text, terms=terms, allow=allow) == quotes


def test_an_allowed_phrase_of_one_rule_does_not_clear_another() -> None:
    rules = [
        a_rule(id="a", terms=["第一"], allow=["第一次"]),
        a_rule(id="b", terms=["第一次"]),
    ]
    result = Wording(rules).check_text("第一次来买")
    assert [finding.rule for finding in result.findings] == ["b@1"]
    assert [(e.rule, e.quote, e.reason) for e in result.exempted] == [
        ("a", "第一", "part of “第一次”")
    ]


NEGATED = {  # id: (text, whether it is found)
    "not negated": ("质量最好", True),
    "negated": ("我们不说质量最好", False),
    "negated in another clause": ("不骗您，质量最好", True),
    "twice negated": ("不是不说质量最好", True),
    "not only": ("不仅质量最好", True),
    "a word that merely contains one": ("特别推荐最好的", True),
    "such a word at the edge of the window": (
        "特别一二三四五六七八九十甲最好的",
        True,
    ),  # 别 is 12 before
    "no problem": ("没问题，最好的", True),
    "steel is not negation": ("不锈钢里最好的", True),
    "a list under one negation": ("不会说独一份、全网最好", False),
    "each item of a list negated": ("别说便宜、别说最好", False),
    "twelve characters away": ("不一二三四五六七八九十甲最好", False),
    "thirteen characters away": ("不一二三四五六七八九十甲乙最好", True),
    "for a whole list": ("不会说第一、最牛、最好", False),
    "each item of a list for itself": ("不说第一、不说最好", False),
    "after": ("最好不要这样", True),
}


@pytest.mark.parametrize(("text", "counts"), NEGATED.values(), ids=NEGATED.keys())
def test_unless_negated(text: str, counts: bool) -> None:
    assert bool(found(text, unless=[Predicate.NEGATED])) is counts


NEGATED_EN = {
    "plain": ("this is the best mug", True),
    "not": ("We do not say it is the best", False),
    "capital": ("Not the best, sorry", False),
    "n't": ("it isn't the best", False),
    "typographic n't": ("it isn’t the best", False),
    "the end of another word": ("our piano is the best", True),
    "another one": ("a knot that is the best", True),
    "not only": ("not only the best", True),
    "another clause": ("do not worry, the best", True),
}


@pytest.mark.parametrize(("text", "counts"), NEGATED_EN.values(), ids=NEGATED_EN.keys())
def test_unless_negated_in_english(text: str, counts: bool) -> None:
    quotes = found(text, terms=["the best"], locale=Locale.EN, unless=[Predicate.NEGATED])
    assert bool(quotes) is counts


QUOTED = {
    "quoted": ("没有“最好”这种说法", False),
    "corner marks": ("「最好」是违禁词", False),
    "straight marks": ('说"最好"不行', False),
    "before a quotation": ("最好“放心”", True),
    "after a quotation": ("“放心”最好", True),
    "never closed": ("“最好的", True),
    "between two straight ones": ('"好"最好"棒"', True),
    "inch marks of other sentences": ('屏幕6"。质量最好。不是7"。', True),
}


@pytest.mark.parametrize(("text", "counts"), QUOTED.values(), ids=QUOTED.keys())
def test_unless_quoted(text: str, counts: bool) -> None:
    assert bool(found(text, unless=[Predicate.QUOTED])) is counts


QUANTITY = {
    "none": ("我们会尽快处理。", True),
    "in the sentence": ("我们会尽快处理，最晚24小时。", False),
    "in another sentence": ("运费6元。我们会尽快处理。", True),
    "written in Han": ("尽快处理，两天内回复。", False),
    "in the sentence, which is the second": ("您好。我们会尽快处理，最晚24小时。", False),
    "only the amount before, at the same place": ("24小时客服。我们会尽快处理。", True),
}


@pytest.mark.parametrize(("text", "counts"), QUANTITY.values(), ids=QUANTITY.keys())
def test_unless_quantity(text: str, counts: bool) -> None:
    assert bool(found(text, terms=["尽快处理"], unless_quantity=True)) is counts


def test_an_amount_within_the_hit_itself_clears_nothing() -> None:
    assert found("100%有效", terms=["100%有效"], unless_quantity=True) == ["100%有效"]


def test_without_the_skip_view_a_disguise_is_another_text() -> None:
    assert found("最*好", views=[View.FOLD]) == []


def test_a_finding_says_what_its_rule_says() -> None:
    rule = a_rule(id="r", version=3, rewrite="写参数", basis="广告法第九条第三项")
    (finding,) = Wording([rule]).check_text("质量最好").findings
    assert (finding.rule, finding.category, finding.severity) == (
        "r@3",
        "absolute_claim",
        Severity.BLOCK,
    )
    assert (finding.message, finding.rewrite, finding.basis) == (
        rule.message,
        "写参数",
        "广告法第九条第三项",
    )
    assert finding.span is not None
    assert (finding.span.start, finding.span.end) == (2, 4)


def test_rules_read_only_their_target() -> None:
    rules = [
        a_rule(id="reply", terms=["最好"]),
        a_rule(id="message", terms=["投诉"], target=Target.MESSAGE),
    ]
    draft, context = a_draft("最好不投诉"), a_context("最好赔钱，不然投诉")
    reply = Wording(rules).check(draft, context).findings
    message = Wording(rules, target=Target.MESSAGE).check(draft, context).findings
    assert [(f.rule, f.target, f.quote) for f in reply] == [("reply@1", Target.REPLY, "最好")]
    assert [(f.rule, f.target, f.quote) for f in message] == [("message@1", Target.MESSAGE, "投诉")]


def test_rules_of_the_other_language_run_too() -> None:
    rule = a_rule(terms=["the best"], locale=Locale.EN)
    assert Wording([rule]).check_text("这款是 the best 哦").findings


def test_no_rules_find_nothing() -> None:
    result = Wording([]).check_text("质量最好")
    assert (result.findings, result.exempted) == ((), ())


def test_rules_whose_examples_hold_are_proven() -> None:
    rules = (a_rule(id="a"), a_rule(id="b", terms=["第一"], hit=["销量第一"]))
    assert proven(rules) == rules


FAULTY: dict[str, tuple[dict[str, Any], str]] = {  # id: (fields, what the problem says)
    "hit not found": ({"hit": ["质量不错"]}, "does not find its hit example “质量不错”"),
    "miss found": ({"miss": ["最好先拍照"]}, "finds “最好” in its miss example “最好先拍照”"),
    "one character": ({"terms": ["最"], "hit": ["最"]}, "terms of one character: 最"),
    "invisible term": ({"terms": ["\u200b"]}, "without visible characters"),
    "invisible allowed phrase": ({"allow": [""]}, "without visible characters"),
    "nothing to look for": ({"terms": []}, "has neither terms nor patterns"),
    "no regular expression": ({"patterns": ["("]}, "pattern '(' is no regular expression"),
    "flags in the middle": ({"patterns": ["最(?i)好"]}, "is no regular expression"),
}


@pytest.mark.parametrize(("fields", "what"), FAULTY.values(), ids=FAULTY.keys())
def test_a_rule_that_is_not_proven(fields: dict[str, Any], what: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        proven([a_rule(**fields)])
    assert what in str(caught.value)
    assert "rule absolute_claim.best: " in str(caught.value)
    assert "rules/zh/absolute_claims.yaml:1" in str(caught.value)


def test_every_faulty_rule_is_named_at_once() -> None:
    with pytest.raises(KnowledgeError) as caught:
        proven([a_rule(id="a", hit=["好"]), a_rule(id="b"), a_rule(id="b")])
    assert [problem.what for problem in caught.value.problems] == [
        "rule a: does not find its hit example “好”",
        "rule b: its id is taken",
    ]
