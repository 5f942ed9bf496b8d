"""`ragkit doctor`: what is installed, indexed, configured, reachable."""

import platform
from collections.abc import Callable, Iterator
from functools import partial
from importlib import metadata
from typing import Annotated

import typer

from ragkit import __version__
from ragkit.cli import render
from ragkit.cli.context import desk_of
from ragkit.core.errors import RagkitError
from ragkit.core.reviewing import ReviewState
from ragkit.wiring import Desk

_NEEDED = ("faiss-cpu", "tokenizers", "numpy", "pydantic", "SQLAlchemy", "typer", "rich")
Check = render.Check


def doctor(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is installed, indexed, configured, reachable; exit 3 if something is not ready."""
    checks = [*_installed(), *_desk_checks(ctx)]
    render.checks(checks, as_json=as_json)
    if not all(check.ok for check in checks):
        raise typer.Exit(3)


def _installed() -> Iterator[Check]:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _NEEDED)
    yield Check(name="ragkit", ok=True, says=f"{__version__}, Python {platform.python_version()}")
    yield Check(name="packages", ok=True, says=versions)


def _desk_checks(ctx: typer.Context) -> Iterator[Check]:
    """Each part of the desk on its own: one that is broken does not hide the next."""
    opened: list[Desk] = []

    def settings() -> str:
        opened.append(desk_of(ctx))
        found = opened[0].settings
        file = found.root / "ragkit.toml"
        return f"{found.root} ({'ragkit.toml' if file.exists() else 'defaults, no ragkit.toml'})"

    yield _attempt("desk", settings)
    for desk in opened:
        for name, check in _CHECKS.items():
            yield _attempt(name, partial(check, desk))


def _attempt(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, says=check())
    except RagkitError as error:
        return Check(name=name, ok=False, says=error.what, where=error.where, fix=error.fix)


def _knowledge(desk: Desk) -> str:
    paths, skipped = desk.indexer.find()
    left_out = f", {len(skipped)} of other formats left out" if skipped else ""
    return f"{len(paths)} files in {desk.settings.knowledge_base}{left_out}"


def _rules(desk: Desk) -> str:
    if desk.packs.error:
        raise desk.packs.error
    return f"{len(desk.packs.rules)} rules, examples hold ({desk.packs.hash})"


def _index(desk: Desk) -> str:
    desk.index.verify()
    manifest = desk.open_bundle().manifest
    fitted = manifest.fusion
    stale = desk.staleness()
    state = f"; {render.staleness(stale)}, run `ragkit index build`" if stale else ", up to date"
    return (
        f"{manifest.generation}: {manifest.documents:,} documents, {manifest.chunks:,} chunks, "
        f"built {manifest.created_at:%Y-%m-%d %H:%M} UTC, "
        f"fitted on {fitted.questions:,} questions{state}"
    )


def _embedding(desk: Desk) -> str:
    return f"{desk.embedder.id}, {desk.embedder.dimension} dimensions"


def _engine(desk: Desk) -> str:
    return f"{desk.engine.signature.drafter}; no language model is configured or needed"


def _review(desk: Desk) -> str:
    waiting = desk.review_store.count(ReviewState.QUEUED)
    return f"{desk.settings.review_file}: {waiting} waiting"


_CHECKS: dict[str, Callable[[Desk], str]] = {
    "knowledge base": _knowledge,
    "rule packs": _rules,
    "embedding": _embedding,
    "index": _index,
    "drafter": _engine,
    "review store": _review,
}
