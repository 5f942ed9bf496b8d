"""`ragkit draft`: the agent's command."""

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli import render
from ragkit.cli.context import desk_of, ensure_index
from ragkit.core.drafting import SLOTS
from ragkit.core.errors import InputError
from ragkit.core.retrieval import Query
from ragkit.core.text import Locale, lone_surrogate


def draft(
    ctx: typer.Context,
    message: Annotated[str, typer.Argument(help="The customer's message; - reads it from stdin.")],
    order: Annotated[
        Path | None,
        typer.Option(help="JSON file with order data that fills slots.", show_default=False),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Day whose rules apply; default: the order's `order.date`, else today.",
            show_default=False,
        ),
    ] = None,
    locale: Annotated[
        Locale | None,
        typer.Option(help="Language of the reply; default: the message's.", show_default=False),
    ] = None,
    shop: Annotated[
        str | None,
        typer.Option(help="Shop it came to; default: setting scope.shop.", show_default=False),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(
            help="Channel it came by; default: setting scope.channel.", show_default=False
        ),
    ] = None,
    conversation: Annotated[
        str | None,
        typer.Option(
            help="Name of the conversation: it keeps one variant of each script.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole Suggestion.")] = False,
) -> None:
    """Draft a grounded reply to one customer message."""
    desk = desk_of(ctx)
    day: date | None = as_of.date() if as_of else None
    values = read_order(order) if order else {}
    query = Query(
        text=_message(message),
        as_of=day,
        locale=locale,
        shop=shop,
        channel=channel,
        conversation=conversation,
        order=values,
    )
    if not ensure_index(desk) and (stale := desk.staleness()):
        typer.echo(f"warning: {render.staleness(stale)}; run `ragkit index build`", err=True)
    render.suggestion(desk.engine.suggest(query), as_json=as_json)


def _message(message: str) -> str:
    if message != "-":
        return message
    if sys.stdin is None:
        raise InputError("there is no standard input", where="stdin", fix="give the message itself")
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"the message is not UTF-8: byte at offset {error.start}",
            where="stdin",
            fix="send UTF-8",
        ) from error


def read_order(path: Path) -> dict[str, str]:
    """Slot values of an order file: `{"customer": {"name": …}, "order": {"carrier": …}}`.

    Empty values are no values; keys that are no slots are named on stderr and left out. Raises
    `InputError` for a file that is no such JSON.
    """
    fix = 'write {"customer": {"name": "…"}, "order": {"carrier": "…"}} with texts or numbers'
    try:
        if path.exists() and not path.is_file():
            raise InputError("the order is no regular file", where=str(path), fix=fix)
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"the order cannot be read: {reason}", where=str(path), fix=fix) from error
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8", where=str(path), fix="save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}"
        raise InputError(f"not valid JSON: {error.msg}", where=where, fix=fix) from error
    except (RecursionError, ValueError) as error:  # nested or long beyond any order
        raise InputError("not an order", where=str(path), fix=fix) from error
    if not isinstance(data, dict) or not all(isinstance(part, dict) for part in data.values()):
        raise InputError("not an order", where=str(path), fix=fix)
    given = {f"{group}.{key}": value for group, part in data.items() for key, value in part.items()}
    unknown = [name for name in given if name not in SLOTS]
    if unknown:
        typer.echo(f"warning: {path}: not slots, left out: {', '.join(unknown)}", err=True)
    values: dict[str, str] = {}
    for slot in SLOTS:
        value = given.get(slot)
        if isinstance(value, bool | list | dict):
            raise InputError(f"`{slot}` is neither text nor number", where=str(path), fix=fix)
        text = " ".join(str(value).split()) if value is not None else ""
        if lone_surrogate(text) is not None:
            raise InputError(f"`{slot}` is not valid Unicode", where=str(path), fix=fix)
        if text:
            values[slot] = text
    return values
