"""All tables and colour: values to the terminal. stdout is data, stderr is talk."""

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ragkit.core.drafting import Candidate, Citation, Draft, Suggestion
from ragkit.core.errors import InputError
from ragkit.core.evaluating import Report, Score
from ragkit.core.guarding import Finding, Route, Severity, Target, Verdict
from ragkit.core.reviewing import ReviewItem
from ragkit.core.text import Record, visible
from ragkit.evaluation import failures
from ragkit.wiring import Staleness

if TYPE_CHECKING:  # no other command pays for what only `eval` needs
    from ragkit.comparing import GateReport, MetricChange
    from ragkit.evals.linting import CaseReport

_ROUTE_STYLES = {Route.SUGGEST: "bold green", Route.REVIEW: "bold yellow", Route.BLOCK: "bold red"}
_SEVERITY_STYLES = {Severity.WARN: "cyan", Severity.REVIEW: "yellow", Severity.BLOCK: "red"}
_PREVIEW = 60  # characters of a message in a list


class Check(Record):
    """One line of `ragkit doctor`."""

    name: str
    ok: bool
    says: str
    where: str = ""
    fix: str = ""


def out() -> Console:
    """The terminal, for data."""
    return Console(highlight=False)


def print_json(text: str) -> None:
    print(text)


def suggestion(value: Suggestion, *, as_json: bool) -> None:
    if as_json:
        print_json(value.model_dump_json(indent=2))
        return
    console = out()
    console.print(_headline(value))
    if value.candidates:
        console.print(_draft_block(value.candidates[0]))
        console.print(_other_candidates(value.candidates[1:]))
    else:
        console.print(_nothing_covers(value))
    console.print(_findings_table(value.verdict))
    for gap in value.gaps:
        console.print(
            f"[dim]not offered:[/] script {gap.script}, as these have no value: "
            f"[bold]{', '.join(gap.slots)}[/]"
        )
    for link in value.links:
        console.print(f"[dim]see also[/] {escape(visible(link.title))} {escape(visible(link.url))}")
    if value.review_item is not None:
        console.print(
            f"queued for review as item {value.review_item}: ragkit review show {value.review_item}"
        )


def _headline(value: Suggestion) -> Text:
    text = Text(value.route.value.upper(), style=_ROUTE_STYLES[value.route])
    text.append(f"  confidence {value.confidence:.2f} (needed {value.threshold:.2f})", style="dim")
    return text


def _draft_block(candidate: Candidate) -> RenderableType:
    """The reply with a mark after each sentence, and what the marks stand for."""
    draft = candidate.draft
    numbers, sources = _numbered(draft)
    body = Text()
    end = 0
    for claim in draft.claims:
        body.append(visible(draft.text[end : claim.span.end]))
        if claim.citation:
            body.append(f"[{numbers[_place(claim.citation)]}]", style="blue")
        end = claim.span.end
    body.append(visible(draft.text[end:]))
    table = Table.grid(padding=(0, 1))
    for number, citation in enumerate(sources, start=1):
        mark = "" if citation.verified else "[red] not verified[/]"
        table.add_row(f"[blue]\\[{number}][/]", f"{escape(_cited(citation))}{mark}")
        table.add_row("", Text(visible(citation.quote), style="dim", overflow="fold"))
    return Group(Padding(body, (1, 2)), table)


def _numbered(draft: Draft) -> tuple[dict[tuple[str, int], int], list[Citation]]:
    numbers: dict[tuple[str, int], int] = {}
    sources: list[Citation] = []
    for claim in draft.claims:
        if claim.citation and _place(claim.citation) not in numbers:
            sources.append(claim.citation)
            numbers[_place(claim.citation)] = len(sources)
    return numbers, sources


def _place(citation: Citation) -> tuple[str, int]:
    return citation.document, citation.span.start


def _cited(citation: Citation) -> str:
    clause = f" {citation.clause} · {citation.title}" if citation.clause else ""
    return f"{citation.document}{clause} · {citation.place}"


def shorten(text: str, most: int = _PREVIEW) -> str:
    """A text on one line, cut behind `most` characters."""
    flat = visible(" ".join(text.split()))
    return flat if len(flat) <= most else f"{flat[:most]}…"


def _other_candidates(candidates: Sequence[Candidate]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for number, candidate in enumerate(candidates, start=2):
        route = candidate.verdict.route
        table.add_row(
            f"[dim]candidate {number}[/]",
            f"[{_ROUTE_STYLES[route]}]{route.value}[/]",
            f"[dim]{candidate.draft.kind}[/]",
            escape(shorten(candidate.draft.text)),
        )
    return Padding(table, (1, 0, 0, 0)) if candidates else ""


def _nothing_covers(value: Suggestion) -> RenderableType:
    covered = value.confidence >= value.threshold
    reason = "" if covered else "The knowledge base does not cover this message; "
    lines: list[RenderableType] = [Padding(f"{reason}no reply is drafted.".capitalize(), (1, 2))]
    if value.evidence:
        table = Table.grid(padding=(0, 1))
        for evidence in value.evidence[:3]:
            chunk = evidence.hit.chunk
            table.add_row(
                f"{evidence.hit.score:.2f}",
                escape(shorten(chunk.text)),
                f"[dim]{escape(chunk.place)}[/]",
            )
        lines += [
            "[dim]evidence:[/]" if covered else "[dim]nearest, but not near enough:[/]",
            table,
        ]
    return Group(*lines)


def findings(verdict: Verdict) -> None:
    """Findings of a text that a person typed."""
    Console(stderr=True, highlight=False).print(_findings_table(verdict))


def _findings_table(verdict: Verdict) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    for finding in verdict.findings:
        style = _SEVERITY_STYLES[finding.severity]
        table.add_row(
            f"[{style}]{finding.severity.name.lower()}[/]",
            Text.from_markup(_explained(finding), overflow="fold"),
        )
    return Padding(table, (1, 0, 0, 0)) if verdict.findings else ""


def _explained(finding: Finding) -> str:
    of_message = " in the message" if finding.target is Target.MESSAGE else ""
    quote = f" “{escape(shorten(finding.quote))}”{of_message}" if finding.quote else of_message
    better = f"\n  better: {escape(finding.rewrite)}" if finding.rewrite else ""
    basis = f" [dim]({escape(finding.basis)})[/]" if finding.basis else ""
    return f"[bold]{escape(finding.rule)}[/]{quote}: {escape(finding.message)}{basis}{better}"


def done(text: str) -> None:
    """One line about what was done."""
    out().print(escape(text), soft_wrap=True)


def counted(count: int, word: str) -> str:
    """A number with its noun: 1 file, 2 files."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def staleness(stale: Staleness) -> str:
    counts = {"changed": stale.changed, "new": stale.added, "removed": stale.removed}
    parts = [f"{len(found)} {word} ({names(found)})" for word, found in counts.items() if found]
    return "knowledge files differ from the index: " + ", ".join(parts)


def names(found: Sequence[str], most: int = 3) -> str:
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def review_items(items: Sequence[ReviewItem], *, as_json: bool) -> None:
    if as_json:
        print_json(
            json.dumps(
                [json.loads(i.model_dump_json()) for i in items], ensure_ascii=False, indent=2
            )
        )
        return
    if not items:
        out().print("no items")
        return
    table = Table("item", "state", "since (UTC)", "route", "because of", "message", box=None)
    for item in items:
        table.add_row(
            str(item.id),
            item.state.value,
            f"{item.created_at:%Y-%m-%d %H:%M}",
            item.suggestion.route.value,
            ", ".join(item.reasons),
            escape(shorten(item.suggestion.query.text)),
        )
    out().print(table)


def review_item(item: ReviewItem, *, as_json: bool) -> None:
    if as_json:
        print_json(item.model_dump_json(indent=2))
        return
    console = out()
    console.print(
        f"[bold]item {item.id}[/] {item.state.value}, since {item.created_at:%Y-%m-%d %H:%M} UTC"
    )
    console.print(Padding(Text(visible(item.suggestion.query.text)), (1, 2)))
    suggestion(item.suggestion.model_copy(update={"review_item": None}), as_json=False)
    for number, candidate in enumerate(item.suggestion.candidates[1:], start=2):
        console.print(f"\n[bold]candidate {number}[/] {candidate.verdict.route.value}")
        console.print(_draft_block(candidate))
        console.print(_findings_table(candidate.verdict))
    for decision in item.decisions:
        why = f": {decision.reason}" if decision.reason else ""
        console.print(
            escape(f"{decision.at:%Y-%m-%d %H:%M} UTC {decision.actor} {item.state.value}{why}")
        )
        if decision.text:
            console.print(Padding(Text(visible(decision.text)), (0, 2)))


def decided(item: ReviewItem) -> None:
    """The decision to stderr, the text that may be sent to stdout."""
    decision = item.decisions[-1]
    Console(stderr=True, highlight=False).print(
        escape(f"item {item.id} {item.state.value} by {decision.actor}")
    )
    if decision.text:
        print(decision.text)


def report(value: Report, *, as_json: bool, file: Path | None) -> None:
    text = value.model_dump_json(indent=2)
    if file is not None:
        try:
            file.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(
                f"the report cannot be written: {reason}", where=str(file), fix="name another file"
            ) from error
    if as_json:
        print_json(text)
        return
    console = out()
    table = Table("metric", "value", "95 % interval", "cases", "errors", box=None)
    for score in value.scores:
        table.add_row(score.metric, *_score_cells(score))
    console.print(table)
    for cause, ids in failures(value.outcomes).items():
        console.print(f"[bold]{cause.value}[/] {len(ids)}: {escape(names(ids, most=8))}")
    for message in sorted({outcome.error for outcome in value.outcomes if outcome.error}):
        console.print(f"[red]error[/] {escape(message)}")
    signature = value.signature
    console.print(
        f"[dim]cases {value.dataset} · knowledge {signature.knowledge} · {signature.index} · "
        f"{signature.embedder} · rules {signature.rules} · prompts {signature.prompts} · "
        f"{signature.drafter} · ragkit {signature.ragkit}[/]"
    )


def _score_cells(score: Score) -> tuple[str, str, str, str]:
    if score.value is None or score.low is None or score.high is None:
        return "–", score.reason, "0", str(score.errors)
    interval = f"{score.low:.3f} – {score.high:.3f}"
    return f"{score.value:.3f}", interval, str(score.scored), str(score.errors)


def case_report(value: "CaseReport", *, as_json: bool) -> None:
    if as_json:
        print_json(value.model_dump_json(indent=2))
        return
    console = out()
    for problem in value.problems:
        word = "[red]error[/]" if problem.error else "[yellow]warning[/]"
        said = f"{problem.sample}: {visible(problem.message)}"
        console.print(f"{word} {problem.check} {escape(said)}", soft_wrap=True)
    sizes = ", ".join(f"{count} of {size}" for size, count in value.sizes.items())
    console.print(
        f"{value.cases} cases in {value.clusters} clusters ({sizes}), {value.answerable} "
        f"answerable; {_counts(value.languages)}; {_counts(value.splits)}"
    )
    console.print(f"tags: {_counts(value.tags)}")
    warnings = len(value.problems) - value.errors
    console.print(f"{counted(value.errors, 'error')}, {counted(warnings, 'warning')}")


_VERDICT_STYLES = {"pass": "bold green", "fail": "bold red", "inconclusive": "bold yellow"}


def gate_report(value: "GateReport", *, as_json: bool) -> None:
    if as_json:
        print_json(value.model_dump_json(indent=2))
        return
    console = out()
    console.print(Text(value.verdict.value.upper(), style=_VERDICT_STYLES[value.verdict.value]))
    for word, told in (("because", value.reasons), ("watch", value.watch)):
        for reason in told:
            console.print(f"{word} {escape(reason)}", soft_wrap=True)
    table = Table(
        "metric", "before", "now", "better by", "95 % interval", "p worse", "Holm", "W/T/L",
        "finds a drop of", box=None,
    )  # fmt: skip
    for change in value.changes:
        table.add_row(change.metric, *_change_cells(change))
    console.print(table)
    for word, ids in (("turned wrong", value.broken), ("turned right", value.fixed)):
        if ids:
            console.print(f"{word} {len(ids)}: {escape(names(ids, most=8))}")


def _change_cells(change: "MetricChange") -> list[str]:
    found = change.comparison
    interval = f"{_figure(found.low, sign=True)} – {_figure(found.high, sign=True)}"
    return [
        _figure(change.baseline.value),
        _figure(change.current.value),
        _figure(found.difference, sign=True),
        interval if found.low is not None else "–",
        _figure(found.test.p_worse if found.test else None, digits=4),
        _figure(change.p_holm, digits=4),
        f"{found.wins}/{found.ties}/{found.losses}",
        _figure(found.detectable),
    ]


def _figure(value: float | None, *, digits: int = 3, sign: bool = False) -> str:
    return "–" if value is None else f"{value:{'+' if sign else ''}.{digits}f}"


def _counts(values: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in values.items())


def checks(values: Sequence[Check], *, as_json: bool) -> None:
    if as_json:
        print_json(
            json.dumps([value.model_dump() for value in values], ensure_ascii=False, indent=2)
        )
        return
    console = out()
    for value in values:
        mark = "[green]ok[/]  " if value.ok else "[red]FAIL[/]"
        console.print(f"{mark} [bold]{value.name}[/]: {escape(value.says)}", soft_wrap=True)
        if not value.ok:
            console.print(
                f"       where: {escape(value.where)}\n       fix:   {escape(value.fix)}",
                soft_wrap=True,
            )


def made_desk(folder: Path) -> None:
    place = escape(shlex.quote(str(folder)))
    out().print(
        f"[bold green]made[/] {escape(str(folder))}: knowledge_base, prompts, eval, ragkit.toml\n"
        f'next:\n  cd {place}\n  ragkit draft "快递三天没动了，我要退款"',
        soft_wrap=True,
    )
