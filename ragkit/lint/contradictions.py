"""Sources that state different amounts: articles against each other, answers against clauses."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ragkit.core.documents import Document, DocumentKind, Part, PartKind
from ragkit.core.folding import fold
from ragkit.core.quantities import Quantity, Unit, find_quantities
from ragkit.core.retrieval import Conflict
from ragkit.core.text import Span
from ragkit.lint.findings import Check, LintFinding, LintSeverity, place
from ragkit.lint.phrasings import letter_pairs
from ragkit.lint.shelf import Shelf, day_of, meets, scopes_meet, starts

# A stretch between marks: what is said about one amount. 1.5 and 8:00 are not cut.
_STRETCH = re.compile(r"(?:[^，。；！？,;!?\n.]|\.(?!\s|$)|,(?=\d{3}))+")
# What may be compared: not codes, dates and bare numbers, whose meaning no unit tells.
_COMPARED = frozenset(Unit) - {Unit.CODE, Unit.DATE, Unit.MONTH_DAY, Unit.CLOCK, Unit.NUMBER}
_SOURCES = (DocumentKind.POLICY, DocumentKind.PRODUCT)
_STATED = (PartKind.ANSWER, PartKind.SUPPLEMENT)
_CLAUSES = (PartKind.CLAUSE, PartKind.ROW, PartKind.FACT)
# Two stretches are about one thing if the shorter has so much of its letter pairs in the longer. Of
# 834 amounts in the sample shop's answers changed one by one, 37 % show; as they are, none does.
_ALIKE = 0.25


def contradictions(
    shelf: Shelf, conflicts: Sequence[Conflict], as_of: date
) -> Iterator[LintFinding]:
    """What articles in force together state differently, and answers against their clauses.

    `conflicts` are all that the index knows; those of shared phrasings belong to `same_phrasing`.
    """
    told = set[tuple[str, str]]()
    for conflict in conflicts:
        one, other = conflict.chunk, conflict.other
        mine, theirs = shelf.by_key[one.document], shelf.by_key[other.document]
        if one.part is PartKind.QUESTION or not meets(mine, theirs, as_of):
            continue
        where, counterpart = place(one, one.source), place(other, other.source)
        told |= {(where, counterpart), (counterpart, where)}
        yield LintFinding(
            check=Check.CONTRADICTION,
            severity=LintSeverity.ERROR,
            message=f"`{theirs.id}` says it with another amount: “{conflict.other_quote}”",
            where=where,
            other=counterpart,
            quote=conflict.quote,
            fix="correct the one that is wrong; or give both the days and shops they are for",
        )
    book = _Book(shelf)
    for document in shelf.approved:
        if document.kind is DocumentKind.FAQ and document.see:
            for found in _against_clauses(book, document, as_of):
                if (found.where, found.other) not in told:
                    yield found


@dataclass(frozen=True)
class _Amount:
    """An amount with the stretch of text around it, and
    the letter pairs of that text without its amounts.
    """

    quantity: Quantity
    stretch: str
    about: frozenset[str]
    part: Part
    document: Document


class _Book:
    """The amounts of documents, each read once."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self._read: dict[str, tuple[_Amount, ...]] = {}

    def amounts(self, document: Document) -> tuple[_Amount, ...]:
        """What the shop states: amounts of answers, clauses, rows and facts."""
        if document.key not in self._read:
            self._read[document.key] = tuple(_amounts(document, (*_STATED, *_CLAUSES)))
        return self._read[document.key]


def _against_clauses(book: _Book, document: Document, as_of: date) -> Iterator[LintFinding]:
    """Amounts of an answer that nothing it rests on states, where its clause states another."""
    day = day_of(document, as_of)
    sources = _sources(book.shelf, document, day) if day else []
    stated = [amount for source, _ in sources for amount in book.amounts(source)]
    values = {amount.quantity.canonical for amount in stated}
    linked = [
        amount
        for source, clauses in sources
        for amount in book.amounts(source)
        if not clauses or amount.part.clause in clauses
    ]
    said = book.amounts(document)
    told = set[Span]()
    for mine in said:
        span = mine.quantity.span
        if span in told or mine.quantity.canonical in values:
            continue
        if (clause := _counterpart(mine, linked, said)) is not None:
            told.add(span)
            yield _differs(document, mine, clause)


def _sources(shelf: Shelf, document: Document, day: date) -> list[tuple[Document, set[str]]]:
    """What an FAQ rests on, as it is on a day, with the clauses it names; all of it if none."""
    clauses: dict[str, set[str]] = {}
    whole = set[str]()
    for link in document.see:
        name, _, clause = link.partition("#")
        clauses.setdefault(name, set())
        if clause:
            clauses[name].add(clause)
        else:
            whole.add(name)
    found = []
    for name, named in clauses.items():
        there = [
            version
            for version in shelf.versions.get(name, ())
            if version.kind in _SOURCES
            and version.validity.covers(day)
            and scopes_meet(version.scope, document.scope)
        ]
        if there:
            found.append((max(there, key=starts), set[str]() if name in whole else named))
    return found


def _amounts(document: Document, kinds: tuple[PartKind, ...]) -> Iterator[_Amount]:
    for part in document.parts_of(*kinds):
        text = part.wording
        quantities = find_quantities(text)
        for match in _STRETCH.finditer(text) if quantities else ():
            start, end = match.span()
            inside = [each for each in quantities if start <= each.span.start < end]
            about = _around(text, start, end, inside)
            for quantity in inside:
                if quantity.unit in _COMPARED:
                    yield _Amount(quantity, match[0].strip(), about, part, document)


def _around(text: str, start: int, end: int, quantities: Sequence[Quantity]) -> frozenset[str]:
    """The letter pairs of a stretch without its amounts."""
    kept, at = [], start
    for quantity in quantities:
        kept.append(text[at : quantity.span.start])
        at = max(at, quantity.span.end)
    return frozenset(letter_pairs(fold("#".join([*kept, text[at:end]]))))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


def _counterpart(
    mine: _Amount, clauses: Sequence[_Amount], said: Sequence[_Amount]
) -> _Amount | None:
    """The amount of a clause that stands where mine does, unless the answer states that one too."""
    kind = (mine.quantity.unit, mine.quantity.noun)
    told = {each.quantity.canonical for each in said}
    alike = [
        (_likeness(mine.about, each.about), each)
        for each in clauses
        if (each.quantity.unit, each.quantity.noun) == kind and each.quantity.canonical not in told
    ]
    best = max(alike, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] >= _ALIKE else None


def _differs(document: Document, mine: _Amount, clause: _Amount) -> LintFinding:
    number = f"#{clause.part.clause}" if clause.part.clause else ""
    return LintFinding(
        check=Check.CONTRADICTION,
        severity=LintSeverity.WARNING,
        message=(
            f"the answer says “{mine.quantity.span.of(mine.part.wording)}” where "
            f"`{clause.document.id}{number}`, which it rests on, says “{clause.stretch}”"
        ),
        where=place(mine.part, document.source),
        other=place(clause.part, clause.document.source),
        quote=mine.stretch,
        fix="correct the one that is wrong, or rest the answer on the clause that says it",
    )
