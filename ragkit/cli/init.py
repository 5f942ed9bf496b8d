"""`ragkit init`: a new desk from what the package carries."""

import shutil
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from ragkit import settings
from ragkit.cli import render
from ragkit.core.errors import InputError, NotReady
from ragkit.core.text import Record

_PARTS = ("knowledge_base", "prompts", "eval")


def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must be new or empty.")],
) -> None:
    """Make a working desk: sample knowledge base, prompts, evaluation cases, ragkit.toml."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            "the folder is not empty",
            where=str(folder),
            fix="name a new folder; nothing is overwritten",
        )
    template = template_folder()
    try:
        for part in _PARTS:
            shutil.copytree(
                template / part,
                folder / part,
                ignore=shutil.ignore_patterns("benchmarks", "baselines", ".*"),
            )
        (folder / settings.FILE).write_text(settings_template(), encoding="utf-8")
    except OSError as error:
        for part in _PARTS:
            shutil.rmtree(folder / part, ignore_errors=True)
        reason = error.strerror or str(error.args[0][0][2] if error.args else error)
        raise InputError(
            f"the desk could not be written: {reason}",
            where=str(folder),
            fix="choose a folder that can be written, with a few MB of space",
        ) from error
    render.made_desk(folder)


def template_folder() -> Path:
    """Where the sample desk lies: inside the installed package, or in the source tree."""
    package = Path(str(resources.files("ragkit")))
    for folder in (package / "desk", package.parent):
        if all((folder / part).is_dir() for part in _PARTS):
            return folder
    raise NotReady(
        "the sample desk is not part of this installation",
        where=str(package),
        fix="install ragkit again: pip install --force-reinstall ragkit",
    )


def settings_template() -> str:
    """ragkit.toml with every setting at its default, commented out, with what it is for."""
    lines = ["# Settings of this desk. What is commented out is the default."]
    tables: list[tuple[str, type[Record]]] = []
    for name, field in settings.Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Record):
            tables.append((name, field.annotation))
        elif name != "root":
            lines += _setting(name, field.default, field.description)
    for table, model in tables:
        lines += ["", f"[{table}]"]
        for name, field in model.model_fields.items():
            lines += _setting(name, field.default, field.description)
    return "\n".join(lines) + "\n"


def _setting(name: str, default: object, description: str | None) -> list[str]:
    value = (
        default if isinstance(default, int | float) else f'"{"" if default is None else default}"'
    )
    return [f"# {description}", f"# {name} = {value}"]
