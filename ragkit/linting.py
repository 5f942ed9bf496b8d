"""Journey: knowledge files, as an index of them stands -> what is wrong with them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np

from ragkit.core.documents import PartKind
from ragkit.core.errors import Problem
from ragkit.core.guarding import Finding, Target, WordingRule
from ragkit.core.protocols import Embedder, Progress
from ragkit.core.retrieval import SearchFilter
from ragkit.core.text import Locale, Record
from ragkit.guard.rules.wording import Wording
from ragkit.index.bundle import Bundle
from ragkit.ingest.consistency import dangling_links, sketch
from ragkit.lint import (
    contradictions,
    dates,
    files,
    injection,
    phrasings,
    privacy,
    reach,
    slots,
)
from ragkit.lint.asking import Asked, Asker
from ragkit.lint.findings import Check, LintFinding, LintSeverity
from ragkit.lint.shelf import Floats, Mask, Shelf, day_of
from ragkit.retrieve.fusion import features, relevance

_INJECTION = "prompt_injection"  # category of rules
_BATCH = 1024  # texts embedded and asked at once
_ORDER = {severity: number for number, severity in enumerate(LintSeverity)}


class LintReport(Record):
    """What the checks that were run found: check by check, the worst first.

    `generation` is the index that was looked at, None when there was nothing to index.
    """

    as_of: date
    checks: tuple[Check, ...]
    generation: str | None = None
    documents: int = 0
    chunks: int = 0
    findings: tuple[LintFinding, ...] = ()
    seconds: float = 0.0

    def count(self, severity: LintSeverity) -> int:
        """How many findings are so bad."""
        return sum(finding.severity is severity for finding in self.findings)


@dataclass(frozen=True)
class LintOrder:
    """What to check, and on which day, None for today.

    `checks` () means all; `soon_days` is what counts as soon to end.
    """

    as_of: date | None = None
    checks: tuple[Check, ...] = ()
    soon_days: int = 30

    def wants(self, *checks: Check) -> bool:
        return not self.checks or any(check in self.checks for check in checks)


@dataclass(frozen=True)
class Leftovers:
    """What loaders said: why files are missing, what of others is, and which none reads."""

    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Linter:
    """Checks a knowledge base. `bundle` is an index of its files, None if none can be indexed.

    `rules` are those of the rule packs; `clock` gives aware times where the desk is.
    """

    bundle: Bundle | None
    leftovers: Leftovers
    rules: Sequence[WordingRule]
    embedder: Embedder
    clock: Callable[[], datetime]

    def lint(self, order: LintOrder, progress: Progress) -> LintReport:
        """Run the checks; every problem is told once."""
        started = self.clock()
        as_of = order.as_of or started.date()
        found = list(self._files())
        if self.bundle is not None:
            found += self._texts(self.bundle, order, as_of)
            if order.wants(Check.SAME_PHRASING, Check.STRAY_PHRASING, Check.UNREACHABLE):
                found += self._asking(self.bundle, order, as_of, progress)
        places = {check: number for number, check in enumerate(Check)}
        found = [each for each in dict.fromkeys(found) if order.wants(each.check)]
        found.sort(key=lambda each: (places[each.check], _ORDER[each.severity], _line(each.where)))
        return LintReport(
            as_of=as_of,
            checks=tuple(check for check in Check if order.wants(check)),
            generation=self.bundle.manifest.generation if self.bundle else None,
            documents=self.bundle.manifest.documents if self.bundle else 0,
            chunks=self.bundle.manifest.chunks if self.bundle else 0,
            findings=tuple(found),
            seconds=(self.clock() - started).total_seconds(),
        )

    @cached_property
    def _shelf(self) -> Shelf:
        return Shelf({}) if self.bundle is None else Shelf.of(self.bundle.table)

    def _files(self) -> Iterator[LintFinding]:
        """What the files themselves say, before any of their texts is looked at."""
        broken = list(self._broken_links())
        yield from files.unreadable([*self.leftovers.problems, *broken])
        told = frozenset(broken).__contains__
        yield from files.left_out(self.leftovers.notices, self.leftovers.skipped, told=told)
        yield from files.hidden(self.leftovers.notices)

    def _broken_links(self) -> Iterator[Problem]:
        """Links to what does not exist: with them nothing is published."""
        if self.bundle is not None:
            sketches = [sketch(document) for document in self._shelf.documents]
            for _, problem in dangling_links(sketches, self.bundle.table.holds):
                yield problem

    def _texts(self, bundle: Bundle, order: LintOrder, as_of: date) -> Iterator[LintFinding]:
        """What can be seen in the documents without asking them anything."""
        shelf = self._shelf
        if order.wants(Check.INJECTION):
            yield from injection.injection(shelf, self._instructions())
        if order.wants(Check.PERSONAL_DATA):
            yield from privacy.personal_data(shelf)
        if order.wants(Check.DEAD_SLOT):
            yield from slots.dead_slots(shelf)
        if order.wants(Check.DATES):
            yield from dates.dates(shelf, as_of, soon_days=order.soon_days)
        if order.wants(Check.CONTRADICTION):
            conflicts = bundle.table.contradictions()
            yield from contradictions.contradictions(shelf, conflicts, as_of)

    def _instructions(self) -> Callable[[str], Sequence[Finding]]:
        rules = [rule for rule in self.rules if rule.category == _INJECTION]
        wording = Wording(rules, target=Target.MESSAGE)
        return lambda text: wording.check_text(text).findings

    def _asking(
        self, bundle: Bundle, order: LintOrder, as_of: date, progress: Progress
    ) -> Iterator[LintFinding]:
        """What shows when chunks are asked their own words."""
        table, shelf = bundle.table, self._shelf
        if order.wants(Check.SAME_PHRASING, Check.STRAY_PHRASING):
            asking = table.live & table.is_part(PartKind.QUESTION)
            asked = list(self._asked(bundle, np.flatnonzero(asking), as_of, progress))
            yield from phrasings.same_phrasing(shelf, asked, table.chunk, as_of)
            yield from phrasings.stray_phrasing(shelf, asked, table.chunk)
        if order.wants(Check.UNREACHABLE):
            yield from reach.shadowed(self._shadowed(bundle, as_of, progress), table.chunk)
            yield from reach.unreachable(
                shelf, rows=table, dense=bundle.vectors, lexical=bundle.lexical
            )

    def _shadowed(self, bundle: Bundle, as_of: date, progress: Progress) -> Iterator[Asked]:
        """One chunk of each article that none of its own words brings; few need more than one."""
        articles = reach.own_words(self._shelf, bundle.table)
        first = self._asked(bundle, [rows[0] for rows in articles], as_of, progress)
        missed = {each.row: each for each in first if each.rank > reach.FIRST}
        others = [row for rows in articles if rows[0] in missed for row in rows[1:]]
        found = {
            each.row
            for each in self._asked(bundle, others, as_of, progress)
            if each.rank <= reach.FIRST
        }
        for rows in articles:
            if rows[0] in missed and not found.intersection(rows):
                yield missed[rows[0]]

    def _asked(
        self, bundle: Bundle, rows: Iterable[int], as_of: date, progress: Progress
    ) -> Iterator[Asked]:
        """Ask each chunk its own words, on its day and in its shop."""

        def fused(dense: Floats, lexical: Floats, is_question: Mask) -> Floats:
            return relevance(bundle.manifest.fusion, features(dense, lexical, is_question))

        asker = Asker(
            self._shelf,
            rows=bundle.table,
            dense=bundle.vectors,
            lexical=bundle.lexical,
            relevance=fused,
        )
        groups = self._grouped(bundle, rows, as_of)
        total, done = sum(map(len, groups.values())), 0
        for search, group in groups.items():
            for start in range(0, len(group), _BATCH):
                some = group[start : start + _BATCH]
                texts = [bundle.table.chunk(row).wording for row in some]
                yield from asker.ask(some, texts, self.embedder.embed(texts), search)
                done += len(some)
                progress("asked", done, total)

    def _grouped(
        self, bundle: Bundle, rows: Iterable[int], as_of: date
    ) -> dict[SearchFilter, list[int]]:
        """Chunk rows by the search that can find them; those in force under none are left out."""
        rows = [int(row) for row in rows]
        groups: dict[SearchFilter, list[int]] = {}
        searches: dict[tuple[date, Locale, tuple[str, ...], tuple[str, ...]], SearchFilter] = {}
        owners = bundle.table.document_rows
        for row in rows:
            document = self._shelf.rows[int(owners[row])]
            if day := day_of(document, as_of):
                scope = document.scope
                key = (day, document.locale, scope.shops, scope.channels)
                if key not in searches:
                    searches[key] = SearchFilter(
                        as_of=day,
                        locale=document.locale,
                        shop=scope.shops[0] if scope.shops else None,
                        channel=scope.channels[0] if scope.channels else None,
                    )
                groups.setdefault(searches[key], []).append(row)
        found = {}
        for search, group in groups.items():
            allowed = bundle.table.allowed(search)
            found[search] = [row for row in group if allowed[row]]
        return {search: group for search, group in found.items() if group}


def _line(where: str) -> tuple[str, int]:
    path, _, line = where.rpartition(":")
    return (path, int(line)) if line.isdigit() else (where, 0)
