"""`ragkit index`: the knowledge manager's commands."""

from typing import Annotated

import typer

from ragkit.cli import render
from ragkit.cli.context import desk_of, progress_bars

app = typer.Typer(help="Index the knowledge base.", no_args_is_help=True)


@app.command()
def build(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Build a new generation of the index beside the old one, then swap it in."""
    desk = desk_of(ctx)
    with progress_bars() as progress:
        summary = desk.indexer.build(progress)
    render.index_summary(summary, as_json=as_json)
