"""`ragkit kb`: the knowledge manager's checks."""

from datetime import datetime
from typing import Annotated

import typer

from ragkit.cli.context import desk_of, progress_bars
from ragkit.core.errors import InputError
from ragkit.lint.findings import Check, LintSeverity

app = typer.Typer(help="Look after the knowledge base.", no_args_is_help=True)


@app.callback()
def _kb() -> None:
    """Look after the knowledge base."""


@app.command()
def lint(
    ctx: typer.Context,
    check: Annotated[
        list[Check] | None,
        typer.Option(help="Run this check alone; may be repeated.", show_default=False),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day to look at; else today."),
    ] = None,
    soon: Annotated[int, typer.Option(min=0, help="Days that count as soon to end.")] = 30,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check the knowledge files before they are published.

    Ends with 0 when nothing worse than warnings is found, with 2 otherwise.
    """
    from ragkit.cli import render_lint  # the checks are no part of any other command
    from ragkit.linting import LintOrder

    desk = desk_of(ctx)
    order = LintOrder(
        as_of=as_of.date() if as_of else None, checks=tuple(check or ()), soon_days=soon
    )
    with progress_bars() as progress:
        report = desk.lint_knowledge(progress, order)
    render_lint.report(report, as_json=as_json)
    if report.count(LintSeverity.ERROR) or (strict and report.count(LintSeverity.WARNING)):
        raise typer.Exit(InputError.exit_code)
