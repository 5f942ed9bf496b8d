"""An open generation: its manifest, its table, and both indexes over the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tokenize import TokenError
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, TypeAdapter

from ragkit.core.errors import IndexDamaged, Problem
from ragkit.core.retrieval import FusionModel
from ragkit.core.text import Record
from ragkit.index.lexical import LexicalIndex, Postings
from ragkit.index.segments import FileStamp, SegmentInfo, check_sizes
from ragkit.index.table import Table
from ragkit.index.vectors import VectorIndex, load_vectors

FORMAT = 2
REBUILD = "run `ragkit index build`"
# What the readers of numpy, FAISS and pydantic raise for bytes they did not write.
UNREADABLE = (
    OSError, ValueError, LookupError, RuntimeError, TypeError, AttributeError, EOFError,
    MemoryError, ArithmeticError, SyntaxError, TokenError, BadZipFile, Warning,
)  # fmt: skip


class SourceState(Record):
    """A knowledge file as it was indexed, and where its documents lie.

    `sha256` is over the file and, where it has one, the sidecar beside it; the size is of both, the
    time of the younger. `notices` name what in it was left out, `problems` why all of it was.
    """

    size: int
    mtime_ns: int
    sha256: str
    segment: str = ""
    first: int = 0  # row of its first document in the segment
    documents: int = 0
    notices: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


Sources = TypeAdapter(dict[str, SourceState])


class Dangling(Record):
    """A link that leads nowhere, and what to tell of it."""

    link: str
    problem: Problem


class Manifest(Record):
    """What a generation was made of, and what its own files must be."""

    format: int
    generation: str
    created_at: datetime
    ragkit: str
    ingest: str  # what decides how files become chunks: other settings, other chunks
    embedder: str
    dimension: int
    documents: int
    chunks: int
    knowledge: str  # hash over every file name and content
    segments: tuple[str, ...]
    skipped: tuple[str, ...] = ()  # files that no loader read
    dangling: tuple[Dangling, ...] = ()
    fusion: FusionModel
    fitted_on: str  # the generation whose questions the fusion was fitted on
    changed_since_fit: int = 0  # chunks added or removed since then
    files: dict[str, FileStamp] = Field(default_factory=dict)


@dataclass(frozen=True)
class Parts:
    """What is searched, over the same rows."""

    table: Table
    vectors: VectorIndex
    lexical: LexicalIndex


@dataclass(frozen=True)
class Bundle(Parts):
    """An open generation."""

    manifest: Manifest


def open_parts(segments: Sequence[Path], live: NDArray[np.bool_]) -> Parts:
    """Open segments of which the documents marked in `live` count.

    Raises what the readers raise (`UNREADABLE`) for files that are damaged.
    """
    table = Table(segments, live)
    parts = Parts(
        table,
        VectorIndex([load_vectors(segment / "vectors.faiss") for segment in segments]),
        LexicalIndex([Postings.load(segment / "lexical") for segment in segments], table.live),
    )
    rows = {len(parts.table), len(parts.vectors), len(parts.lexical)}
    if len(rows) != 1:
        raise ValueError(f"its parts differ in length: {sorted(rows)}")
    return parts


def open_bundle(folder: Path, manifest: Manifest, segments: Sequence[Path]) -> Bundle:
    """Open the generation in `folder`. Raises `IndexNotReady` when it is damaged."""
    place = folder
    try:
        check_sizes(folder, manifest.files)
        for place in segments:
            check_sizes(place, segment_info(place).files)
        place = folder
        parts = open_parts(segments, np.load(folder / "live.npy"))
        alive = int(np.count_nonzero(parts.table.live))
        if alive != manifest.chunks:
            raise ValueError(f"{alive} chunks count instead of {manifest.chunks}")
    except UNREADABLE as error:
        raise damaged(place, error) from error
    return Bundle(parts.table, parts.vectors, parts.lexical, manifest)


def segment_info(folder: Path) -> SegmentInfo:
    return SegmentInfo.model_validate_json((folder / "segment.json").read_bytes())


def damaged(path: Path, error: Exception) -> IndexDamaged:
    reason = str(error).partition("\n")[0] or type(error).__name__
    return IndexDamaged(f"the index is damaged: {reason}", where=str(path), fix=REBUILD)
