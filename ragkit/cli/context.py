"""What commands share: the desk in use, and progress on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import typer

from ragkit import wiring
from ragkit.core.errors import IndexNotReady
from ragkit.core.protocols import Progress
from ragkit.indexing import Order

_PATIENCE_S = 120.0  # how long a command waits for another one that builds the first index
_NONE = "No index yet: building one first."


@dataclass
class Context:
    """The desk that the command works on, opened when it is needed."""

    folder: Path | None

    @cached_property
    def desk(self) -> wiring.Desk:
        return wiring.open_desk(self.folder)


def desk_of(ctx: typer.Context) -> wiring.Desk:
    """The desk of a command."""
    context: Context = ctx.obj
    return context.desk


def ensure_index(desk: wiring.Desk) -> bool:
    """Build the index of a desk that has none that can be used, visibly; say whether it did.

    When another process is building it already, wait for that one.
    """
    try:
        _ = desk.engine
    except IndexNotReady as error:
        there = (desk.index.root / "CURRENT").exists()
        why = f"The index cannot be used ({error.what}): building it again." if there else _NONE
        typer.echo(why, err=True)
    else:
        return False
    with progress_bars() as progress:
        desk.build_index(progress, Order(wait_s=_PATIENCE_S))
    return True


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Bars with counts and rate on stderr, one per step; plain lines where it is no terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )

    class Rate(TextColumn):
        def render(self, task):  # type: ignore[no-untyped-def]
            speed = task.finished_speed or task.speed
            from rich.text import Text

            return Text(f"{speed:,.0f}/s" if speed else "", style="dim")

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        Rate(""),
        TimeRemainingColumn(compact=True),
    )
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:

        def advance(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done, total=total)
            if done == total and not console.is_terminal:
                console.print(f"{step}: {done:,} of {total:,}", highlight=False)

        yield advance
