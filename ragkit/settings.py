"""Settings: one frozen tree. Defaults < ragkit.toml < environment < flags.

Environment variables are named `RAGKIT_` and the path of a setting with two underscores between:
`RAGKIT_RETRIEVAL__TOP_K=20`. Secrets come from the environment only and are no settings.
"""

import errno
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator

from ragkit.core.errors import SettingsError
from ragkit.core.text import Locale, Record

FILE = "ragkit.toml"
_PREFIX = "RAGKIT_"
Origins = Mapping[tuple[str, ...], str]  # where each setting was set


def _none_if_empty(value: object) -> object:
    """In a settings file, an empty text stands for what is not set."""
    return None if value == "" else value


class IngestSettings(Record):
    """How knowledge files become chunks."""

    max_chars: int = Field(default=400, ge=50, description="longest chunk, in characters")
    max_tokens: int = Field(
        default=512, ge=32, description="longest chunk, in tokens of the embedding"
    )


class IndexSettings(Record):
    """How the index is kept."""

    keep: int = Field(
        default=5, ge=2, description="generations kept on disk, the current one among them"
    )
    refit_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="share of chunks that may change before confidence is fitted anew",
    )


class PublishSettings(Record):
    """What has to hold before a generation is published."""

    max_broken: int = Field(
        default=0, ge=0, description="golden answers that may turn from right to wrong"
    )


class ScopeSettings(Record):
    """What a message is taken to be of when it does not say so itself."""

    shop: str | None = Field(default=None, description="shop of messages that name none")
    channel: str | None = Field(default=None, description="channel of messages that name none")

    _empty_is_not_set = field_validator("shop", "channel", mode="before")(_none_if_empty)


class EmbedderSettings(Record):
    """Which model embeds."""

    path: Path | None = Field(
        default=None, description="folder of a static embedding; the bundled one if not set"
    )

    _empty_is_not_set = field_validator("path", mode="before")(_none_if_empty)


class RetrievalSettings(Record):
    """How evidence is found."""

    pool: int = Field(default=100, ge=10, description="candidates taken from each channel")
    top_k: int = Field(default=20, ge=1, description="hits kept after fusion")
    evidence_documents: int = Field(default=5, ge=1, description="documents shown to the drafter")
    evidence_per_document: int = Field(default=3, ge=1, description="chunks of each of them")


class DraftSettings(Record):
    """How replies are written."""

    default_locale: Locale = Field(
        default=Locale.ZH, description="language of a message that shows none"
    )
    max_message_chars: int = Field(default=20_000, ge=1, description="longest message taken")
    max_ask_chars: int = Field(
        default=160, ge=20, description="longest piece of a message that is looked up as one"
    )
    max_overlap: float = Field(
        default=0.35,
        ge=0,
        le=1,
        description="share of a policy sentence the answer may already say",
    )
    max_scripts: int = Field(default=5, ge=1, description="approved scripts tried for a reply")


class ReviewSettings(Record):
    """How drafts are reviewed."""

    reviewer: str | None = Field(
        default=None, description="who decides; the user of the system if not set"
    )


class Settings(Record):
    """Everything that can be set. Paths are relative to the desk."""

    root: Path = Field(description="the desk: the folder that ragkit.toml stands in")
    knowledge_base: Path = Field(default=Path("knowledge_base"), description="knowledge files")
    prompts: Path = Field(default=Path("prompts"), description="templates of replies")
    cases: Path = Field(default=Path("eval/cases.jsonl"), description="evaluation cases")
    state: Path = Field(default=Path(".ragkit"), description="index and review store")
    time_zone: str = Field(
        default="Asia/Shanghai", description="where the desk is: decides which day is today"
    )
    ingest: IngestSettings = IngestSettings()
    index: IndexSettings = IndexSettings()
    publish: PublishSettings = PublishSettings()
    scope: ScopeSettings = ScopeSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    draft: DraftSettings = DraftSettings()
    review: ReviewSettings = ReviewSettings()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no time zone; write it like Asia/Shanghai") from error
        return value

    @field_validator("knowledge_base", "prompts", "cases", "state")
    @classmethod
    def _possible_path(cls, value: Path) -> Path:
        if "\0" in str(value):
            raise ValueError("a path holds no NUL character")
        return value

    @property
    def review_file(self) -> Path:
        return self.state / "review.sqlite"

    def path(self, relative: Path) -> Path:
        return self.root / relative


def find_root(start: Path) -> Path:
    """The desk around `start`: the nearest folder upwards with ragkit.toml or knowledge_base/.

    Raises `SettingsError` when there is none, or no such folder.
    """
    if not start.is_dir():
        raise SettingsError(
            "there is no such folder",
            where=str(start),
            fix="correct the name, or run `ragkit init DIR` to make a desk",
        )
    for folder in (start, *start.parents):
        if (folder / FILE).is_file() or (folder / "knowledge_base").is_dir():
            return folder
    raise SettingsError(
        "there is no desk here",
        where=str(start),
        fix="run `ragkit init DIR` to make one, or name one with `--desk DIR`",
    )


def load(
    root: Path,
    *,
    environment: Mapping[str, str] = os.environ,
    flags: Mapping[str, object] | None = None,
) -> Settings:
    """Settings of the desk at `root`. `flags` are dotted paths such as `retrieval.top_k`.

    Raises `SettingsError` for an unknown or unusable setting, saying where it was set.
    """
    origins: dict[tuple[str, ...], str] = {}
    tree: dict[str, Any] = {}
    _merge(tree, _from_file(root / FILE), (), origins, where=str(root / FILE))
    for name, value in sorted(environment.items()):
        if name.startswith(_PREFIX):
            path = tuple(name.removeprefix(_PREFIX).lower().split("__"))
            _put(tree, path, value, origins, where=f"environment variable {name}")
    for name, flag in (flags or {}).items():
        if flag is not None:
            _put(tree, tuple(name.split(".")), flag, origins, where=f"flag for {name}")
    if ("root",) in origins:
        raise _unknown(("root",), origins, root)
    tree["root"] = root
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise _explain(error, origins, root) from error


def _from_file(path: Path) -> dict[str, Any]:
    try:
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "it is no regular file")
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(
            "not UTF-8", where=f"{path}:{line}", fix="save the file as UTF-8"
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError(
            f"cannot be read: {reason}", where=str(path), fix="check its rights"
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # The line is in the message only: "Invalid value (at line 3, column 5)".
        place = re.search(r"at line (\d+)", str(error))
        raise SettingsError(
            f"not valid TOML: {error}",
            where=f"{path}:{place[1]}" if place else str(path),
            fix="correct that line; texts need quotes",
        ) from error


def _merge(
    tree: dict[str, Any],
    values: Mapping[str, Any],
    path: tuple[str, ...],
    origins: dict[tuple[str, ...], str],
    *,
    where: str,
) -> None:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            _merge(tree, value, (*path, key), origins, where=where)
        else:
            _put(tree, (*path, key), value, origins, where=where)


def _put(
    tree: dict[str, Any],
    path: tuple[str, ...],
    value: object,
    origins: dict[tuple[str, ...], str],
    *,
    where: str,
) -> None:
    for key in path[:-1]:
        branch = tree.setdefault(key, {})
        if not isinstance(branch, dict):
            branch = tree[key] = {}
        tree = branch
    tree[path[-1]] = value
    origins[path] = where


def _explain(error: ValidationError, origins: Origins, root: Path) -> SettingsError:
    """The first thing wrong, with where it was set (file and line, variable or flag)."""
    detail = error.errors(include_url=False)[0]
    path = tuple(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return _unknown(path, origins, root)
    what, fix = detail["msg"].removeprefix("Value error, "), "correct the value"
    if detail["type"] == "model_type":
        what, fix = "is a group of settings", f"set one of: {', '.join(_known((*path, '')))}"
    return SettingsError(
        f"`{'.'.join(path)}`: {what[:1].lower()}{what[1:]}",
        where=_where(path, origins, root),
        fix=fix,
    )


def _unknown(path: tuple[str, ...], origins: Origins, root: Path) -> SettingsError:
    return SettingsError(
        f"unknown setting `{'.'.join(path)}`",
        where=_where(path, origins, root),
        fix=f"known here: {', '.join(_known(path))}",
    )


def _where(path: tuple[str, ...], origins: Origins, root: Path) -> str:
    """Where a setting was set, or else the first setting inside it, or the group around it."""
    inside = (each for each in origins if each[: len(path)] == path)
    around = (path[:n] for n in range(len(path), 0, -1) if path[:n] in origins)
    found = next(inside, None) or next(around, path)
    where = origins.get(found, FILE)
    return f"{where}:{_line_of(root / FILE, found)}" if where == str(root / FILE) else where


def _known(path: tuple[str, ...]) -> list[str]:
    model: type[Record] = Settings
    for key in path[:-1]:
        field = model.model_fields.get(key)
        if field is None or not isinstance(field.annotation, type):
            break
        if not issubclass(field.annotation, Record):
            break
        model = field.annotation
    return sorted(set(model.model_fields) - {"root"})


def _line_of(path: Path, setting: tuple[str, ...]) -> int:
    """Line of a setting in a TOML file: its key, else the table or key around it, else 1."""
    table: tuple[str, ...] = ()
    best, depth = 1, 0
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        header = re.match(r"\s*\[+([^\]]*)\]", line)
        key = re.match(r"\s*([^=#\[]+?)\s*=", line)
        if header:
            here = table = _dotted(header[1])
        elif key:
            here = (*table, *_dotted(key[1]))
        else:
            continue
        if here == setting[: len(here)] and len(here) > depth:
            best, depth = number, len(here)
    return best


def _dotted(name: str) -> tuple[str, ...]:
    return tuple(part.strip(" \t\"'") for part in name.split("."))
