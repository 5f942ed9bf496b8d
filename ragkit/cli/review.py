"""`ragkit review`: the reviewer's commands."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from ragkit import wiring
from ragkit.cli import render
from ragkit.cli.context import desk_of
from ragkit.core.errors import InputError
from ragkit.core.guarding import Verdict
from ragkit.core.reviewing import Action, Decision, ReviewItem, ReviewState
from ragkit.core.text import lone_surrogate, visible

app = typer.Typer(help="Decide about drafts that wait for a person.", no_args_is_help=True)

_MOST = 2**63 - 1  # what a database number can hold
Item = Annotated[
    int, typer.Argument(min=1, max=_MOST, help="Number of the item, as `review list` shows it.")
]
By = Annotated[
    str | None,
    typer.Option(help="Who decides; default: setting review.reviewer, else the system's user."),
]
Reason = Annotated[
    str,
    typer.Option(help="Why; kept with it. Needed to reject, and to edit against a finding."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


@app.command("list")
def list_(
    ctx: typer.Context,
    state: Annotated[
        ReviewState | None, typer.Option(help="Only items in this state.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Items in every state.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="At most this many items.")] = 50,
    as_json: Json = False,
) -> None:
    """List items, oldest first; without options those that wait."""
    if everything and state:
        raise InputError(
            "--all and --state exclude each other", where="review list", fix="give one"
        )
    wanted = None if everything else state or ReviewState.QUEUED
    store = desk_of(ctx).review_store
    items = store.list(wanted, limit=limit)
    render.review_items(items, as_json=as_json)
    if (there := store.count(wanted)) > len(items):
        typer.echo(f"{len(items)} of {there} items; see more with --limit", err=True)


@app.command()
def show(ctx: typer.Context, item: Item, as_json: Json = False) -> None:
    """Show an item: the message, the draft with its sources, findings, decisions."""
    render.review_item(_get(ctx, item), as_json=as_json)


@app.command()
def approve(
    ctx: typer.Context,
    item: Item,
    candidate: Annotated[int, typer.Option(min=1, help="Which candidate, as shown.")] = 1,
    by: By = None,
    reason: Reason = "",
) -> None:
    """Approve a draft as it stands; prints the text that may be sent."""
    found = _get(ctx, item)
    candidates = found.suggestion.candidates
    text = candidates[candidate - 1].draft.text if candidate <= len(candidates) else None
    _decide(ctx, found, Action.APPROVE, by, text, reason)


@app.command()
def edit(
    ctx: typer.Context,
    item: Item,
    text: Annotated[str | None, typer.Option(help="The reply.", show_default=False)] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="Read the reply from a file; - is stdin.", show_default=False),
    ] = None,
    by: By = None,
    reason: Reason = "",
) -> None:
    """Replace the draft with a reply of your own; it is checked like every draft."""
    found = _get(ctx, item)
    reply = _reply(found, text, file)
    verdict = desk_of(ctx).engine.recheck(found.suggestion, reply)
    if verdict.findings:
        render.findings(verdict)
    _decide(ctx, found, Action.EDIT, by, reply, reason, verdict)


@app.command()
def reject(ctx: typer.Context, item: Item, by: By = None, reason: Reason = "") -> None:
    """Reject a draft: nothing is sent. Needs --reason."""
    _decide(ctx, _get(ctx, item), Action.REJECT, by, None, reason)


def _get(ctx: typer.Context, item: int) -> ReviewItem:
    try:
        return desk_of(ctx).review_store.get(item)
    except KeyError:
        raise InputError(
            f"there is no review item {item}",
            where="the review store",
            fix="see the numbers with `ragkit review list --all`",
        ) from None


def _reply(item: ReviewItem, text: str | None, file: Path | None) -> str:
    if file is not None and text is not None:
        raise InputError("--text and --file clash", where="review edit", fix="give one of them")
    if file is not None:
        try:
            raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
            text = raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"the reply cannot be read: {error}", where=str(file), fix="name a UTF-8 text file"
            ) from error
    if text and (lone_surrogate(text) is not None or visible(text) != text):
        raise InputError(
            "the reply holds characters that cannot be shown",
            where=f"review item {item.id}",
            fix="write it again as UTF-8, without control characters",
        )
    if not text or not text.strip():
        raise InputError(
            "the reply is empty", where=f"review item {item.id}", fix="give --text or --file"
        )
    return text.strip()


def _decide(
    ctx: typer.Context,
    item: ReviewItem,
    action: Action,
    by: str | None,
    text: str | None,
    reason: str,
    verdict: Verdict | None = None,
) -> None:
    actor = by or desk_of(ctx).settings.review.reviewer or _who()
    if not actor or lone_surrogate(actor + reason) is not None:
        raise InputError(
            "who decides, or why, cannot be read",
            where="--by and --reason",
            fix="say who decides with --by NAME, in UTF-8",
        )
    decision = Decision(
        action=action, actor=actor, at=wiring.utc_now(), text=text, reason=reason, verdict=verdict
    )
    render.decided(desk_of(ctx).review_store.decide(item, decision))
