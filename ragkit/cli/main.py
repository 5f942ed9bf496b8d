"""The command `ragkit`: its parts, and errors to exit codes."""

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from ragkit import __version__
from ragkit.cli import context, doctor, draft, eval, index, init, kb, review
from ragkit.core.errors import RagkitError

app = typer.Typer(
    name="ragkit",
    help="Grounded, cited and checked reply suggestions for customer-service desks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 unexpected, 2 yours to fix, 3 not ready, 5 a gate did not hold.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ragkit {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    ctx: typer.Context,
    desk: Annotated[
        Path | None,
        typer.Option(
            help="The desk to use; else the one at or above this folder.", show_default=False
        ),
    ] = None,
    _version_wanted: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    ctx.obj = context.Context(desk)


app.command("init")(init.init)
app.add_typer(index.app, name="index")
app.add_typer(kb.app, name="kb")
app.command("draft")(draft.draft)
app.add_typer(review.app, name="review")
app.add_typer(eval.app, name="eval")
app.command("doctor")(doctor.doctor)


def main() -> None:
    """Run the command line; every `RagkitError` becomes its message and exit code."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        # Replies are Chinese: a terminal that claims ASCII still gets UTF-8, never a traceback.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    # Starting up makes many objects that stay: looking for garbage among them costs a tenth of it.
    gc.set_threshold(100_000, 20, 20)
    try:
        app()
    except RagkitError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone, and with it whom to tell
        sys.exit(0)
    except OSError as error:
        typer.echo(f"error: the system refused: {error}", err=True)
        sys.exit(1)
