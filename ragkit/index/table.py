"""Chunks and documents on disk: columns to filter by, and records that are read when needed."""

import json
import os
import weakref
import zlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragkit.core.documents import ASKED, Chunk, Document, DocumentKind, PartKind, Validity
from ragkit.core.errors import IndexNotReady
from ragkit.core.protocols import Rows
from ragkit.core.retrieval import SearchFilter
from ragkit.core.text import Locale

_KINDS, _PARTS, _LOCALES = list(DocumentKind), list(PartKind), list(Locale)
_ALWAYS, _NEVER = 0, np.iinfo(np.int32).max  # proleptic Gregorian ordinals of open ends
_COLUMNS = np.dtype(
    [
        ("kind", "u1"),
        ("part", "u1"),
        ("locale", "u1"),
        ("document", "<i4"),
        ("scene", "<i4"),
        ("effective_from", "<i4"),
        ("effective_to", "<i4"),
        ("offset", "<i8"),
        ("size", "<i4"),
        ("checksum", "<u4"),  # CRC-32 of the record
    ]
)


def _dates(validity: Validity) -> tuple[int, int]:
    start, end = validity.effective_from, validity.effective_to
    return (start.toordinal() if start else _ALWAYS, end.toordinal() if end else _NEVER)


def write_table(folder: Path, documents: Sequence[Document], chunks: Sequence[Chunk]) -> None:
    """Write both record files and their columns into `folder`."""
    keys = {document.key: row for row, document in enumerate(documents)}
    scenes = sorted({document.scene for document in documents if document.scene})
    scene_codes = {scene: code for code, scene in enumerate(scenes)}
    names = {"documents": list(keys), "scenes": scenes}
    (folder / "names.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
    scene_of = [scene_codes.get(document.scene or "", -1) for document in documents]
    _write_records(folder / "documents", documents, range(len(documents)), scene_of)
    rows = [keys[chunk.document] for chunk in chunks]
    _write_records(folder / "chunks", chunks, rows, [scene_of[row] for row in rows])


def _write_records(
    path: Path,
    records: Sequence[Document | Chunk],
    document_rows: Sequence[int],
    scenes: Sequence[int],
) -> None:
    columns = np.zeros(len(records), dtype=_COLUMNS)
    offset = 0
    with path.with_suffix(".jsonl").open("wb") as file:
        for row, record in enumerate(records):
            line = record.model_dump_json(exclude_defaults=True).encode() + b"\n"
            part = _PARTS.index(record.part) if isinstance(record, Chunk) else 0
            kind, locale = _KINDS.index(record.kind), _LOCALES.index(record.locale)
            place = (document_rows[row], scenes[row])
            bytes_of = (offset, len(line), zlib.crc32(line))
            columns[row] = (kind, part, locale, *place, *_dates(record.validity), *bytes_of)
            offset += file.write(line)
    np.save(path.with_suffix(".npy"), columns)


class Table:
    """The chunks and documents of one generation, by row."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Read at once: a build may drop the folder while the table is in use.
        names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
        self._keys: list[str] = names["documents"]
        self._scenes: list[str] = names["scenes"]
        self._chunks = np.load(folder / "chunks.npy", mmap_mode="r")
        self._documents = np.load(folder / "documents.npy", mmap_mode="r")
        if self._chunks.dtype != _COLUMNS or self._documents.dtype != _COLUMNS:
            raise ValueError("its columns are not those of this version")
        self._chunk_file = self._open(folder / "chunks.jsonl")
        self._document_file = self._open(folder / "documents.jsonl")

    def _open(self, path: Path) -> int:
        """A file descriptor that is closed with the table."""
        descriptor = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, descriptor)
        return descriptor

    def __len__(self) -> int:
        return len(self._chunks)

    @cached_property
    def _document_rows(self) -> dict[str, int]:
        return {key: row for row, key in enumerate(self._keys)}

    def chunk(self, row: int) -> Chunk:
        return Chunk.model_validate_json(self._read(self._chunk_file, self._chunks[row]))

    def chunks(self) -> list[Chunk]:
        return [self.chunk(row) for row in range(len(self))]

    def document(self, key: str) -> Document:
        return self._document_at(self._document_rows[key])

    def in_force(self, document_id: str, search: SearchFilter) -> Document | None:
        """The version of a document that applies on the day of the filter; None if none does."""
        for row in self._versions.get(document_id, ()):
            if _passes(self._documents[row : row + 1], search.model_copy(update={"kinds": ()}))[0]:
                return self._document_at(row)
        return None

    @cached_property
    def _versions(self) -> dict[str, list[int]]:
        versions: dict[str, list[int]] = {}
        for row, key in enumerate(self._keys):
            versions.setdefault(key.partition("@")[0], []).append(row)
        return versions

    def _document_at(self, row: int) -> Document:
        return Document.model_validate_json(self._read(self._document_file, self._documents[row]))

    def _read(self, descriptor: int, column: np.void) -> bytes:
        """The bytes of one record. Raises `IndexNotReady` if they are not those once written."""
        record = os.pread(descriptor, int(column["size"]), int(column["offset"]))
        if zlib.crc32(record) != int(column["checksum"]):
            raise IndexNotReady(
                "the index is damaged: a record does not match its checksum",
                where=str(self._folder),
                fix="run `ragkit index build`",
            )
        return record

    def is_question(self) -> NDArray[np.bool_]:
        """Whether each chunk is worded as customers word it: a phrasing, a situation."""
        return np.isin(self._chunks["part"], [_PARTS.index(part) for part in ASKED])

    def allowed(self, search: SearchFilter) -> Rows:
        """Rows of the chunks that pass the filter, ascending."""
        return np.flatnonzero(_passes(self._chunks, search))

    def scripts(self, scene: str, search: SearchFilter) -> tuple[Document, ...]:
        """Approved scripts for a scene that pass the filter, in the order of the files."""
        if scene not in self._scenes:
            return ()
        passes = _passes(
            self._documents, search.model_copy(update={"kinds": (DocumentKind.SCRIPT,)})
        )
        passes &= self._documents["scene"] == self._scenes.index(scene)
        return tuple(self._document_at(int(row)) for row in np.flatnonzero(passes))


def _passes(columns: NDArray[np.void], search: SearchFilter) -> NDArray[np.bool_]:
    day = search.as_of.toordinal()
    passes: NDArray[np.bool_] = (columns["effective_from"] <= day) & (
        day <= columns["effective_to"]
    )
    if search.locale:
        passes &= columns["locale"] == _LOCALES.index(search.locale)
    if search.kinds:
        passes &= np.isin(columns["kind"], [_KINDS.index(kind) for kind in search.kinds])
    return passes
