"""Banned and vague wording: terms and patterns of the rule packs, in their context."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import ahocorasick_rs

from ragkit.core.drafting import Draft
from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.folding import fold
from ragkit.core.guarding import (
    Exemption,
    Finding,
    GuardContext,
    Predicate,
    RuleResult,
    Target,
    View,
    WordingRule,
)
from ragkit.core.quantities import find_quantities
from ragkit.core.text import Locale, Span, sentences
from ragkit.guard.views import ViewedText, views_of


@dataclass(frozen=True)
class _Cues:
    """Words of one language that negate what follows them, and words that report."""

    window: int
    negation: re.Pattern[str]
    reporting: re.Pattern[str]


@dataclass(frozen=True)
class _Context:
    quotes: tuple[tuple[str, str], ...]
    clause_end: str
    cues: dict[Locale, _Cues]


_TITLE = "《"


@cache
def _context() -> _Context:
    data = json.loads(resources.files("ragkit.guard").joinpath("context.json").read_text("utf-8"))
    cues = {
        locale: _Cues(
            window=data[locale]["window"],
            negation=re.compile(
                f"({_any_of(data[locale]['not_negation'])})|({_any_of(data[locale]['negation'])})"
            ),
            reporting=re.compile(_any_of(data[locale]["reporting"])),
        )
        for locale in Locale
    }
    quotes = tuple((left, right) for left, right in data["quotes"])
    return _Context(quotes=quotes, clause_end=data["clause_end"], cues=cues)


def _any_of(words: Iterable[str]) -> str:
    """Pattern for any of the words, longest first; a Latin one only where a word starts."""
    return "|".join(
        f"{'(?<![a-z])' if word[0].isascii() and word[0].isalpha() else ''}{re.escape(word)}"
        for word in sorted(words, key=len, reverse=True)
    )


@dataclass(frozen=True, eq=False)
class _Hit:
    rule: WordingRule
    span: Span  # raw


class Wording:
    """Finds the wording that rules forbid, anywhere in a text and through simple disguises.

    Every term, in every view a rule asks for, goes into one automaton, so that the time does not
    grow with the number of terms.
    """

    id = "wording"

    def __init__(self, rules: Sequence[WordingRule], *, target: Target = Target.REPLY) -> None:
        self._target = target
        self._rules = [rule for rule in rules if rule.target is target]
        self._terms = {view: _Automaton.of_terms(self._rules, view) for view in View}
        self._allowed = _Automaton.of_allowed(self._rules)
        self._patterns = [
            (rule, re.compile(pattern)) for rule in self._rules for pattern in rule.patterns
        ]

    def check(self, draft: Draft, context: GuardContext) -> RuleResult:
        if self._target is Target.MESSAGE:
            return self.check_text(context.message)
        result = self.check_text(draft.text)
        values = {value.value for claim in draft.claims for value in claim.values}
        return result.model_copy(update={"findings": (*result.findings, *self._in_values(values))})

    def _in_values(self, values: set[str]) -> Iterator[Finding]:
        """Findings in slot values by themselves: marks around a slot make no quotation."""
        for value in sorted(values):
            for finding in self.check_text(value).findings:
                yield finding.model_copy(update={"span": None})

    def check_text(self, text: str) -> RuleResult:
        """Check any text, by the rules of every language: customers and agents mix them."""
        views = views_of(text)
        allowed = list(self._allowed.find(views[View.FOLD]))
        reasons = {hit: self._reason(hit, text, allowed) for hit in self._hits(views)}
        # Exempt hits go first: one that does not count must not hide one that overlaps it.
        counting = _apart([hit for hit, reason in reasons.items() if reason is None])
        exempt = _apart([hit for hit, reason in reasons.items() if reason is not None])
        return RuleResult(
            findings=tuple(self._finding(hit, hit.span.of(text)) for hit in counting),
            exempted=tuple(
                Exemption(
                    rule=hit.rule.id,
                    target=self._target,
                    span=hit.span,
                    quote=hit.span.of(text),
                    reason=reasons[hit] or "",
                )
                for hit in exempt
            ),
        )

    def _hits(self, views: dict[View, ViewedText]) -> list[_Hit]:
        """Every hit of every view, in the order of the text, the longer one first."""
        found = [hit for view in View for hit in self._terms[view].find(views[view])]
        for rule, pattern in self._patterns:
            for viewed in (views[view] for view in rule.views):
                found += [
                    _Hit(rule, viewed.raw_span(*match.span()))
                    for match in pattern.finditer(viewed.text)
                    if match.end() > match.start()
                ]
        return sorted(found, key=lambda hit: (hit.span.start, -hit.span.end, hit.rule.id))

    def _reason(self, hit: _Hit, text: str, allowed: Sequence[_Hit]) -> str | None:
        """Why a hit does not count, None when it does."""
        for phrase in allowed:
            covers = phrase.span.start <= hit.span.start and hit.span.end <= phrase.span.end
            if phrase.rule is hit.rule and covers:
                return f"part of “{phrase.span.of(text)}”"
        if Predicate.NEGATED in hit.rule.unless and _negated(hit, text):
            return "negated"
        if Predicate.QUOTED in hit.rule.unless and _quoted(hit, text):
            return "quoted"
        if hit.rule.unless_quantity and _has_quantity(hit.span, text):
            return "the sentence states a time or an amount"
        return None

    def _finding(self, hit: _Hit, quote: str) -> Finding:
        rule = hit.rule
        return Finding(
            rule=f"{rule.id}@{rule.version}",
            category=rule.category,
            severity=rule.severity,
            target=self._target,
            span=hit.span,
            quote=quote,
            message=rule.message,
            rewrite=rule.rewrite,
            basis=rule.basis,
        )


def _apart(hits: Iterable[_Hit]) -> list[_Hit]:
    """Of the overlapping hits of one rule, the first; hits come in the order of the text."""
    kept: list[_Hit] = []
    reach: dict[str, int] = {}
    for hit in hits:
        if hit.span.start >= reach.get(hit.rule.id, 0):
            kept.append(hit)
            reach[hit.rule.id] = hit.span.end
    return kept


class _Automaton:
    """Many phrases looked up at once, each belonging to one or more rules."""

    def __init__(self, phrases: dict[str, list[WordingRule]]) -> None:
        self._owners = list(phrases.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(phrases)) if phrases else None

    @classmethod
    def of_terms(cls, rules: Iterable[WordingRule], view: View) -> "_Automaton":
        phrases: dict[str, list[WordingRule]] = {}
        for rule in rules:
            for term in rule.terms if view in rule.views else ():
                phrases.setdefault(views_of(term)[view].text, []).append(rule)
        return cls(phrases)

    @classmethod
    def of_allowed(cls, rules: Iterable[WordingRule]) -> "_Automaton":
        phrases: dict[str, list[WordingRule]] = {}
        for rule in rules:
            for phrase in rule.allow:
                phrases.setdefault(fold(phrase), []).append(rule)
        return cls(phrases)

    def find(self, viewed: ViewedText) -> Iterator[_Hit]:
        if self._automaton is None or not viewed.text:
            return
        matches = self._automaton.find_matches_as_indexes(viewed.text, overlapping=True)
        for phrase, start, end in matches:
            if not _inside_word(viewed.text, start, end):
                for rule in self._owners[phrase]:
                    yield _Hit(rule, viewed.raw_span(start, end))


def _inside_word(text: str, start: int, end: int) -> bool:
    """Whether a Latin match starts or ends in the middle of a word: free in freedom."""

    def joined(left: str, right: str) -> bool:
        return (left.isascii() and left.isalnum()) and (right.isascii() and right.isalnum())

    before = start > 0 and joined(text[start - 1], text[start])
    after = end < len(text) and joined(text[end - 1], text[end])
    return before or after


def _negated(hit: _Hit, text: str) -> bool:
    """Whether an odd number of negations stands before the hit in its clause.

    In a list (不会要求共享屏幕、转账) the nearest item that negates speaks for those after it.
    """
    context = _context()
    cues = context.cues[hit.rule.locale]
    before = fold(text[: hit.span.start])
    clause = re.split(f"[{re.escape(context.clause_end)}]", before)[-1]
    # The whole clause is read, so that no word is cut at the edge of the window: 别 out of 特别.
    near = max(len(clause) - cues.window, 0)
    negations = [
        match for match in cues.negation.finditer(clause) if match[2] and match.start() >= near
    ]
    if not negations:
        return False
    item = clause.rfind("、", 0, negations[-1].start())
    return len([match for match in negations if match.start() > item]) % 2 == 1


def _quoted(hit: _Hit, text: str) -> bool:
    """Whether a hit is reported speech: within quotation marks, in a sentence that reports.

    Titles (《》) need no reporting word. Marks alone are no report: “全网最低价” is a slogan.
    """
    sentence = _sentence_around(hit.span, text)
    before, after = text[sentence.start : hit.span.start], text[hit.span.end : sentence.end]
    for left, right in _context().quotes:
        opened = (
            before.count(left) % 2 == 1
            if left == right
            else before.count(left) > before.count(right)
        )
        if opened and right in after:
            outside = f"{before[: before.rfind(left)]} {after[after.find(right) + len(right) :]}"
            reporting = _context().cues[hit.rule.locale].reporting
            return left == _TITLE or reporting.search(fold(outside)) is not None
    return False


def _has_quantity(span: Span, text: str) -> bool:
    """Whether the sentence states an amount outside the span."""
    sentence = _sentence_around(span, text)
    amounts = (amount.span.shifted(sentence.start) for amount in find_quantities(sentence.of(text)))
    return any(amount.end <= span.start or span.end <= amount.start for amount in amounts)


def _sentence_around(span: Span, text: str) -> Span:
    """The sentences that a span reaches over, the whole text where it lies in none."""
    touched = [s for s in sentences(text) if s.start < span.end and span.start < s.end]
    if not touched:
        return Span(start=0, end=len(text))
    return Span(start=touched[0].start, end=touched[-1].end)


def proven(rules: Sequence[WordingRule]) -> tuple[WordingRule, ...]:
    """The rules, once each has found all of its `hit` examples and none of its `miss` ones.

    Raises `KnowledgeError` naming every rule whose examples do not hold, twin ids, terms of one
    character and patterns that are no regular expressions.
    """
    problems: list[Problem] = []
    seen: set[str] = set()
    for rule in rules:
        problems += [
            Problem(f"rule {rule.id}: {what}", where=rule.source, fix=fix)
            for what, fix in _faults(rule, seen)
        ]
        seen.add(rule.id)
    if problems:
        raise KnowledgeError(problems)
    return tuple(rules)


def _faults(rule: WordingRule, seen: set[str]) -> Iterator[tuple[str, str]]:
    if rule.id in seen:
        yield "its id is taken", "give each rule an id of its own"
    if not rule.terms and not rule.patterns:
        yield "has neither terms nor patterns", "add one"
    short = [term for term in rule.terms if len(fold(term)) < 2]
    if short:
        yield f"terms of one character: {' '.join(short)}", "use longer terms: 大 is in 大家"
    blank = not all(fold(phrase) for phrase in (*rule.terms, *rule.allow))
    if blank:
        yield "has a term or allowed phrase without visible characters", "take it out"
        return
    for pattern in rule.patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"pattern {pattern!r} is no regular expression: {error}", "correct it"
            return
    wording = Wording([rule], target=rule.target)
    for example in rule.hit:
        if not wording.check_text(example).findings:
            yield (
                f"does not find its hit example “{example}”",
                "extend terms or correct the example",
            )
    for example in rule.miss:
        found = wording.check_text(example).findings
        if found:
            yield f"finds “{found[0].quote}” in its miss example “{example}”", "narrow the rule"
