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
    try:
        with progress_bars() as progress:
            summary = desk.build_index(progress)
    except KeyboardInterrupt:
        typer.echo("stopped; what was indexed before still answers", err=True)
        raise typer.Exit(130) from None
    if desk.packs.error:
        typer.echo(f"warning: every draft goes to review: {desk.packs.error}", err=True)
    render.index_summary(summary, as_json=as_json)
