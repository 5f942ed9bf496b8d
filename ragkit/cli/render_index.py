"""How indexes, plans and their differences are shown."""

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ragkit.cli.render import counted, names, out, print_json, shorten, staleness
from ragkit.core.documents import Chunk
from ragkit.core.errors import Problem
from ragkit.core.text import visible
from ragkit.index.differences import Change
from ragkit.indexing import IndexSummary
from ragkit.wiring import Staleness

if TYPE_CHECKING:
    from ragkit.publishing import AnswerChange, IndexStatus, Plan

_SAVE_AS = {
    ".doc": "an old Word file; save it as .docx",
    ".wps": "a WPS file; save it as .docx",
    ".rtf": "save it as .docx",
    ".odt": "save it as .docx",
    ".xls": "an old Excel file; save it as .xlsx",
    ".et": "a WPS file; save it as .xlsx",
    ".ods": "save it as .xlsx",
    ".ppt": "slides are not read; export them as PDF",
    ".pptx": "slides are not read; export them as PDF",
}
_MOST = 40  # changes shown on a terminal; --json has all of them


def summary(value: IndexSummary, *, as_json: bool) -> None:
    if as_json:
        print_json(value.model_dump_json(indent=2))
        return
    console = out()
    _problems(console, "left out", "yellow", value.problems)
    _problems(console, "notice", "cyan", value.notices)
    for name in value.skipped:
        remedy = _SAVE_AS.get(
            PurePosixPath(name).suffix.lower(), "no loader reads this format here"
        )
        console.print(f"[yellow]skipped[/] {escape(name)}: {remedy}", soft_wrap=True)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in value.documents.items())
    drafts = (
        f" ({value.not_live:,} drafts and retired ones do not answer)" if value.not_live else ""
    )
    console.print(
        f"[bold green]{value.generation}[/] serves: {value.files:,} files, {kinds}{drafts}; "
        f"{value.chunks:,} chunks"
    )
    console.print(f"{_changed(value)} in {value.seconds:.1f} s")
    if value.refitted:
        console.print(_fitted(value))


def _changed(value: IndexSummary) -> str:
    if value.up_to_date:
        return "nothing had changed; done"
    files = {"new": value.added, "changed": value.changed, "removed": value.removed}
    parts = [f"{counted(len(found), 'file')} {word}" for word, found in files.items() if found]
    return (
        f"{', '.join(parts) or 'settings changed'}: {counted(value.chunks_added, 'chunk')} added, "
        f"{value.chunks_removed:,} removed, {counted(value.embedded, 'text')} embedded,"
    )


def _fitted(value: IndexSummary) -> str:
    fusion = value.fusion
    if fusion.over_refusal is None or fusion.refusal is None:
        return "too few phrasings to fit confidence; the shipped fit is used"
    return (
        f"confidence fitted on {fusion.questions:,} phrasings: the threshold "
        f"{fusion.threshold:.2f} refuses {fusion.over_refusal:.0%} of them, "
        f"{fusion.refusal:.0%} of those whose answer was taken out, "
        f"{fusion.refusal_off_topic or 0:.0%} of off-topic messages"
    )


def _problems(console: Console, word: str, style: str, problems: Sequence[Problem]) -> None:
    for problem in problems:
        console.print(
            f"[{style}]{word}[/] {escape(problem.where)}: {escape(visible(problem.what))}; "
            f"{escape(problem.fix)}",
            soft_wrap=True,
        )


def plan(value: "Plan", *, as_json: bool) -> None:
    if as_json:
        print_json(value.model_dump_json(indent=2))
        return
    console = out()
    _problems(console, "left out", "yellow", value.summary.problems)
    _problems(console, "notice", "cyan", value.summary.notices)
    if value.before == value.after:
        console.print(f"nothing to publish: {value.after} answers, and the files agree with it")
        return
    _changes(console, value.changes)
    _answers(console, value)
    console.print(
        f"{value.after} is staged beside {value.before or 'nothing'}; "
        "let it answer with [bold]ragkit index publish[/]"
    )


def published(value: "Plan", *, as_json: bool) -> None:
    if as_json:
        print_json(value.model_dump_json(indent=2))
        return
    console = out()
    if value.before == value.after:
        console.print(f"nothing to publish: {value.after} answers, and the files agree with it")
        return
    _answers(console, value)
    console.print(
        f"[bold green]{value.after}[/] answers instead of {value.before or 'nothing'}: "
        f"{counted(len(value.changes), 'chunk')} changed"
    )


def _answers(console: Console, value: "Plan") -> None:
    if not value.asked:
        console.print("no golden questions were compared")
        return
    console.print(
        f"[bold]golden questions[/] {value.asked}: {len(value.answers)} answered differently, "
        f"{len(value.broken)} turned wrong, {sum(a.fixed for a in value.answers)} turned right"
    )
    for change in sorted(value.answers, key=lambda a: (not a.broken, not a.fixed))[:_MOST]:
        _answer(console, change)
    _more(console, len(value.answers))


def _answer(console: Console, change: "AnswerChange") -> None:
    word = "turned wrong" if change.broken else "turned right" if change.fixed else "differs"
    style = "red" if change.broken else "green" if change.fixed else "dim"
    console.print(
        f"[{style}]{word}[/] {escape(change.sample)} “{escape(shorten(change.question))}” "
        f"({', '.join(change.differs)})",
        soft_wrap=True,
    )
    table = Table.grid(padding=(0, 1))
    for sign, answer in (("-", change.before), ("+", change.after)):
        told = answer.reply or "(no reply)"
        facts = [answer.route.value if answer.route else "error", *answer.cited[:3]]
        table.add_row(f"  {sign}", Text(f"{shorten(told)}  {', '.join(facts)}", style="dim"))
    console.print(table)


def changes(values: Sequence[Change], between: tuple[str, str], *, as_json: bool) -> None:
    if as_json:
        found = [value.model_dump(mode="json") for value in values]
        print_json(json.dumps(found, ensure_ascii=False, indent=2))
        return
    console = out()
    _changes(console, values)
    console.print(f"{between[0]} → {between[1]}: {counted(len(values), 'difference')}")


def _changes(console: Console, values: Sequence[Change]) -> None:
    document = None
    for value in values[:_MOST]:
        if value.document != document:
            document = value.document
            console.print(f"[bold]{escape(document)}[/]")
        for sign, style, chunk in (("-", "red", value.before), ("+", "green", value.after)):
            if chunk is not None:
                said = visible(" ".join(chunk.wording.split()))
                console.print(Text(f"  {sign} {_place(chunk)} {said}", style), soft_wrap=True)
    _more(console, len(values))


def _place(chunk: Chunk) -> str:
    return chunk.place + (f" {chunk.clause}" if chunk.clause else "")


def _more(console: Console, count: int) -> None:
    if count > _MOST:
        console.print(f"[dim]and {count - _MOST:,} more; --json shows all[/]")


def status(value: "IndexStatus", stale: Staleness, *, as_json: bool) -> None:
    if as_json:
        fields = {**value.model_dump(mode="json"), "stale": stale.as_dict()}
        print_json(json.dumps(fields, ensure_ascii=False, indent=2))
        return
    console = out()
    table = Table("generation", "state", "made (UTC)", "documents", "chunks", "size", box=None)
    for each in value.generations:
        style = "bold green" if each.state == "current" else ""
        size = f"{each.size / 1e6:,.1f} MB"
        made = f"{each.created_at:%Y-%m-%d %H:%M:%S}"
        counts = (f"{each.documents:,}", f"{each.chunks:,}")
        table.add_row(each.name, each.state, made, *counts, size, style=style)
    console.print(table)
    console.print(
        f"{counted(value.segments, 'segment')}, {value.dead:.0%} of their chunks replaced; "
        f"confidence fitted on {value.fitted_on}, {value.changed_since_fit:,} chunks changed since"
    )
    _problems(console, "left out", "yellow", value.problems)
    _problems(console, "notice", "cyan", value.notices)
    if stale:
        console.print(f"[yellow]stale[/] {escape(staleness(stale))}; run `ragkit index build`")
    else:
        console.print("the files agree with it")


def rolled_back(before: str, after: str, *, stale: Staleness) -> None:
    console = out()
    console.print(f"[bold green]{after}[/] answers again instead of {before}")
    if stale:
        where = [*stale.changed, *stale.added, *stale.removed]
        console.print(
            f"[yellow]the files still say otherwise[/] ({escape(names(where))}): the next build "
            "brings that back; correct them first"
        )
