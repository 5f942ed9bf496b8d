"""`ragkit index`: the knowledge manager's commands."""

from typing import Annotated

import typer

from ragkit.cli import render, render_index
from ragkit.cli.context import desk_of, progress_bars
from ragkit.core.errors import InputError, RagkitError
from ragkit.index.differences import differences
from ragkit.indexing import IndexSummary, Order
from ragkit.wiring import Desk

app = typer.Typer(help="Index the knowledge base.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Full = Annotated[bool, typer.Option("--full", help="Build from nothing, not from what changed.")]
KeepGoing = Annotated[
    bool,
    typer.Option("--keep-going", help="Leave out files that cannot be read, and name them."),
]
Wait = Annotated[
    float, typer.Option(min=0, help="Seconds to wait for another build that is running.")
]


@app.command()
def build(
    ctx: typer.Context,
    full: Full = False,
    keep_going: KeepGoing = False,
    wait: Wait = 0.0,
    watch: Annotated[
        bool, typer.Option("--watch", help="Build again whenever files change, until stopped.")
    ] = False,
    interval: Annotated[
        float, typer.Option(min=0.1, help="Seconds between two looks at the files.")
    ] = 1.0,
    as_json: Json = False,
) -> None:
    """Bring the index to the files as they are, and let it answer at once."""
    desk, order = desk_of(ctx), Order(full=full, keep_going=keep_going, wait_s=wait)
    try:
        if watch:
            _watch(desk, order, interval, as_json)
        with progress_bars() as progress:
            summary = desk.build_index(progress, order)
    except KeyboardInterrupt:
        typer.echo("stopped; what was indexed before still answers", err=True)
        raise typer.Exit(130) from None
    _warn_of_packs(desk)
    render_index.summary(summary, as_json=as_json)


def _watch(desk: Desk, order: Order, interval: float, as_json: bool) -> None:
    """Build for ever; ends with KeyboardInterrupt."""

    def tell(built: IndexSummary | RagkitError) -> None:
        if isinstance(built, RagkitError):
            typer.echo(f"error: {built}\nwaiting for the next change", err=True)
        else:
            render_index.summary(built, as_json=as_json)

    typer.echo(f"watching {desk.settings.knowledge_base}; stop with Ctrl+C", err=True)
    desk.watch_index(tell, order=order, interval_s=interval)


@app.command()
def plan(
    ctx: typer.Context,
    full: Full = False,
    keep_going: KeepGoing = False,
    wait: Wait = 0.0,
    as_json: Json = False,
) -> None:
    """Show what publishing the files as they are would change: chunks, and golden answers."""
    desk = desk_of(ctx)
    with progress_bars() as progress:
        planned = desk.plan_index(progress, Order(full=full, keep_going=keep_going, wait_s=wait))
    _warn_of_packs(desk)
    render_index.plan(planned, as_json=as_json)


@app.command()
def publish(
    ctx: typer.Context,
    force: Annotated[
        bool, typer.Option("--force", help="Publish even if golden answers turn wrong.")
    ] = False,
    full: Full = False,
    keep_going: KeepGoing = False,
    wait: Wait = 0.0,
    as_json: Json = False,
) -> None:
    """Publish what `plan` shows, unless golden answers turn from right to wrong (exit 5)."""
    desk = desk_of(ctx)
    order = Order(full=full, keep_going=keep_going, wait_s=wait)
    with progress_bars() as progress:
        planned = desk.publish_index(progress, order, force=force)
    _warn_of_packs(desk)
    render_index.published(planned, as_json=as_json)


@app.command()
def status(ctx: typer.Context, as_json: Json = False) -> None:
    """Say which generation answers, what is kept, and which files differ from it."""
    desk = desk_of(ctx)
    render_index.status(desk.publisher.status(), desk.staleness(), as_json=as_json)


@app.command()
def diff(
    ctx: typer.Context,
    before: Annotated[
        str | None,
        typer.Argument(help="Default: the one that answered before.", show_default=False),
    ] = None,
    after: Annotated[
        str | None,
        typer.Argument(help="Default: the one that answers now.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the chunks in which two generations differ."""
    desk = desk_of(ctx)
    before = before or desk.index.before()
    if before is None:
        raise InputError(
            "there is no generation before the current one",
            where=str(desk.index.root),
            fix="name two generations; `ragkit index status` lists them",
        )
    old, new = desk.index.open(before), desk.index.open(after)
    changes = differences(old.table, new.table)
    render_index.changes(changes, (before, new.manifest.generation), as_json=as_json)


@app.command()
def rollback(
    ctx: typer.Context,
    to: Annotated[
        str | None,
        typer.Option(help="Default: the one that answered before.", show_default=False),
    ] = None,
) -> None:
    """Let an older generation answer again, after checking every byte of it."""
    desk = desk_of(ctx)
    render_index.rolled_back(*desk.publisher.roll_back(to), stale=desk.staleness())


@app.command()
def verify(
    ctx: typer.Context,
    generation: Annotated[
        str | None, typer.Argument(help="Default: the one that answers.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every generation on disk.")] = False,
) -> None:
    """Check every byte of a generation against what was written; exit 3 if one differs."""
    index = desk_of(ctx).index
    for name in index.names() if everything else [generation]:
        manifest = index.verify(name)
        render.done(f"{manifest.generation} is as it was written: {manifest.chunks:,} chunks")


@app.command()
def gc(
    ctx: typer.Context,
    keep: Annotated[
        int | None,
        typer.Option(min=2, help="Generations to keep; default: setting index.keep."),
    ] = None,
) -> None:
    """Remove old generations, and segments and embeddings that none of those left needs."""
    desk = desk_of(ctx)
    gone = desk.publisher.collect_garbage(keep=keep or desk.settings.index.keep)
    render.done(f"removed {', '.join(gone)}" if gone else "nothing to remove")


def _warn_of_packs(desk: Desk) -> None:
    if desk.packs.error:
        typer.echo(f"warning: every draft goes to review: {desk.packs.error}", err=True)
