"""`ragkit eval`: QA's commands."""

from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli import render
from ragkit.cli.context import desk_of, progress_bars

app = typer.Typer(help="Measure answers offline.", no_args_is_help=True)


@app.command()
def run(
    ctx: typer.Context,
    cases: Annotated[
        Path | None,
        typer.Option(
            help="File of cases; default: the desk's eval/cases.jsonl.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole Report.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Also write the Report to this file.", show_default=False)
    ] = None,
) -> None:
    """Run the cases and print accuracy with its interval, refusals, and failures by cause."""
    desk = desk_of(ctx)
    with progress_bars() as progress:
        if desk.index.current() is None:
            desk.indexer.build(progress)
        report = desk.evaluation.run(cases or desk.settings.path(desk.settings.cases), progress)
    render.report(report, as_json=as_json, out=out)
