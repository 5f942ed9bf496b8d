"""A segment: the documents of some files with their chunks, vectors and words, written once.

    seg-000007/
      documents.jsonl/.npy    the records, and a column of facts to filter by and find them with
      chunks.jsonl/.npy
      statements.npy          see `index.statements`
      links.npy               which document rests on which id or clause
      scopes.json             scopes in use, by their number in the columns
      vectors.faiss
      lexical/
      segment.json            sizes and checksums of all of these

What a segment holds never changes. A generation lists its segments and which of their documents
are live; so a changed file costs its own size, not that of the index.
"""

import hashlib
import os
import shutil
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from ragkit.core.documents import Chunk, Document, DocumentKind, PartKind, Scope, Status, Validity
from ragkit.core.protocols import Vectors
from ragkit.core.text import Locale, Record
from ragkit.index.lexical import PostingsBuilder
from ragkit.index.statements import STATEMENTS, hash64, statements
from ragkit.index.vectors import save_vectors

KINDS, PARTS, LOCALES = list(DocumentKind), list(PartKind), list(Locale)
SCOPES = TypeAdapter(tuple[Scope, ...])
_ALWAYS, _NEVER = 0, np.iinfo(np.int32).max  # proleptic Gregorian ordinals of open ends
_PLACE = [("offset", "<i8"), ("size", "<i4"), ("checksum", "<u4")]  # CRC-32 of the record
DOCUMENTS = np.dtype(
    [
        ("kind", "u1"),
        ("locale", "u1"),
        ("approved", "u1"),
        ("scope", "<u2"),
        ("scene", "<u8"),  # hashes, 0 for none
        ("id", "<u8"),
        ("key", "<u8"),
        ("source", "<u8"),
        ("effective_from", "<i4"),
        ("effective_to", "<i4"),
        ("first_chunk", "<i4"),
        ("chunks", "<i4"),
        *_PLACE,
    ]
)
CHUNKS = np.dtype(
    [
        ("part", "u1"),
        ("document", "<i4"),  # row of its document
        ("clause", "<u8"),  # hash of document-id#clause, 0 for none
        ("order", "<u8"),  # hash of the chunk's id: a fixed order whatever the layout
        ("content", "<u8"),  # hash of all that a reader or a search sees
        *_PLACE,
    ]
)
# Links between documents: which document row rests on which id, and on which clause of it.
LINKS = np.dtype([("document", "<i4"), ("id", "<u8"), ("clause", "<u8")])


class FileStamp(Record):
    """A file as it was written."""

    size: int
    sha256: str


class SegmentInfo(Record):
    """What a segment holds and what its files must be."""

    name: str
    documents: int
    chunks: int
    dimension: int
    files: dict[str, FileStamp]


class SegmentWriter:
    """Writes a segment document by document; only `seal` makes it one.

    Records go to disk as they come, so that memory holds columns, vectors and postings alone.
    """

    def __init__(self, target: Path, *, dimension: int) -> None:
        folder = target.with_name(f"{target.name}.tmp")
        folder.mkdir(parents=True)
        self._target = target
        self._folder = folder
        self._dimension = dimension
        self._documents = _RecordFile(folder / "documents.jsonl")
        self._chunks = _RecordFile(folder / "chunks.jsonl")
        self._document_rows: list[tuple[object, ...]] = []
        self._chunk_rows: list[tuple[object, ...]] = []
        self._statements: list[tuple[int, int, int]] = []
        self._links: list[tuple[int, int, int]] = []
        self._scopes: dict[Scope, int] = {}
        self._vectors: list[Vectors] = []
        self._postings = PostingsBuilder()

    @property
    def name(self) -> str:
        """Name of the segment once it is sealed."""
        return self._target.name

    @property
    def documents(self) -> int:
        """How many documents were added."""
        return len(self._document_rows)

    @property
    def chunks(self) -> int:
        """How many chunks were added."""
        return len(self._chunk_rows)

    def add(self, document: Document, chunks: Sequence[Chunk]) -> None:
        """Add a document with its chunks; their vectors follow in the same order."""
        row = self.documents
        for chunk in chunks:
            self._statements += [
                (stated.about, stated.says, self.chunks) for stated in statements(chunk, document)
            ]
            clause = hash64(f"{document.id}#{chunk.clause}") if chunk.clause else 0
            self._chunk_rows.append(
                (
                    PARTS.index(chunk.part),
                    row,
                    clause,
                    hash64(chunk.id),
                    content_hash(chunk, document),
                    *self._chunks.add(chunk),
                )
            )
        self._links += [(row, *_link(link)) for link in document.see]
        self._document_rows.append(
            (
                KINDS.index(document.kind),
                LOCALES.index(document.locale),
                document.status is Status.APPROVED,
                self._scopes.setdefault(document.scope, len(self._scopes)),
                hash64(document.scene) if document.scene else 0,
                hash64(document.id),
                hash64(document.key),
                hash64(document.source),
                *_dates(document.validity),
                self.chunks - len(chunks),
                len(chunks),
                *self._documents.add(document),
            )
        )

    def add_searchable(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Add what the next chunks without any are found by: their texts and unit vectors."""
        self._postings.add(texts)
        self._vectors.append(vectors)

    def seal(self) -> SegmentInfo:
        """Have everything on disk under its name. Raises `OSError`, `RuntimeError` (from FAISS)."""
        for file in (self._documents, self._chunks):
            file.close()
        vectors = np.concatenate([*self._vectors, np.empty((0, self._dimension), np.float32)])
        self._vectors = []
        if len(vectors) != self.chunks:
            raise ValueError(f"{self.chunks} chunks have {len(vectors)} vectors")
        for file_name, rows, dtype in (
            ("documents", self._document_rows, DOCUMENTS),
            ("chunks", self._chunk_rows, CHUNKS),
            ("statements", self._statements, STATEMENTS),
            ("links", self._links, LINKS),
        ):
            np.save(self._folder / f"{file_name}.npy", np.array(rows, dtype=dtype))
        (self._folder / "scopes.json").write_bytes(SCOPES.dump_json(tuple(self._scopes)))
        save_vectors(self._folder / "vectors.faiss", vectors)
        del vectors
        self._postings.build().save(self._folder / "lexical")
        info = SegmentInfo(
            name=self.name,
            documents=self.documents,
            chunks=self.chunks,
            dimension=self._dimension,
            files=stamp_files(self._folder),
        )
        (self._folder / "segment.json").write_text(info.model_dump_json(), encoding="utf-8")
        sync_tree(self._folder)
        self._folder.rename(self._target)
        sync(self._target.parent)
        return info

    def discard(self) -> None:
        """Take back what was written."""
        for file in (self._documents, self._chunks):
            with suppress(OSError):  # on a full disk, closing fails too
                file.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class _RecordFile:
    """Records as lines of JSON, and where each of them lies."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._offset = 0

    def add(self, record: Document | Chunk) -> tuple[int, int, int]:
        """Offset, size in bytes and CRC-32 of the record just written."""
        line = record.model_dump_json(exclude_defaults=True).encode() + b"\n"
        place = (self._offset, len(line), zlib.crc32(line))
        self._offset += self._file.write(line)
        return place

    def close(self) -> None:
        self._file.close()


def content_hash(chunk: Chunk, document: Document) -> int:
    """Hash of what a reader or a search sees of a chunk: not the line it stands on."""
    seen = (document.key, chunk.part, chunk.wording, chunk.search_text, chunk.heading, chunk.clause)
    found_by = (document.kind, document.locale, document.scene, document.title)
    # Their values: the repr of a record takes longer than all the rest.
    days, scope = document.validity, document.scope
    applies = (days.effective_from, days.effective_to, scope.shops, scope.channels)
    return hash64(repr((seen, found_by, applies)))


def _link(link: str) -> tuple[int, int]:
    name, _, clause = link.partition("#")
    return hash64(name), hash64(link) if clause else 0


def _dates(validity: Validity) -> tuple[int, int]:
    start, end = validity.effective_from, validity.effective_to
    return (start.toordinal() if start else _ALWAYS, end.toordinal() if end else _NEVER)


def stamp_files(folder: Path) -> dict[str, FileStamp]:
    """Every file in a folder by its relative name."""
    return {
        path.relative_to(folder).as_posix(): stamp(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def stamp(path: Path) -> FileStamp:
    return FileStamp(size=path.stat().st_size, sha256=sha256(path))


def check_sizes(folder: Path, files: dict[str, FileStamp]) -> None:
    """Raises `ValueError` for a file of another size, `OSError` for one that is gone."""
    for name, written in files.items():
        actual = (folder / name).stat().st_size
        if actual != written.size:
            raise ValueError(f"{name} has {actual} bytes instead of {written.size}")


def check_bytes(folder: Path, files: dict[str, FileStamp]) -> None:
    """Raises `ValueError` for a file that is not as it was written."""
    for name, written in files.items():
        if sha256(folder / name) != written.sha256:
            raise ValueError(f"{name} is not as it was written")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Have the system put a file or folder on disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)


Columns = NDArray[np.void]
