"""The chunks and documents of a generation: columns to filter by, records read when needed."""

import copy
import os
import weakref
import zlib
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragkit.core.documents import ASKED, Chunk, Document, DocumentKind, PartKind
from ragkit.core.errors import IndexDamaged
from ragkit.core.protocols import Rows
from ragkit.core.retrieval import Conflict, SearchFilter
from ragkit.core.text import Locale
from ragkit.index.segments import (
    CHUNKS,
    DOCUMENTS,
    KINDS,
    LINKS,
    LOCALES,
    PARTS,
    SCOPES,
    Columns,
)
from ragkit.index.statements import STATEMENTS, conflicts, hash64

Mask = NDArray[np.bool_]


class Table:
    """Chunks and documents by row; rows run through the segments one after the other.

    `live`, shape (documents,), says which documents count; None means all of them. Raises
    `OSError` or `ValueError` when the files are not those of a segment.
    """

    def __init__(self, folders: Sequence[Path], live: Mask | None = None) -> None:
        self._folders = tuple(folders)
        self._origin: Table | None = None
        self._documents, self._document_starts = _columns(folders, "documents", DOCUMENTS)
        self._chunks, self._chunk_starts = _columns(folders, "chunks", CHUNKS)
        scopes = [SCOPES.validate_json((f / "scopes.json").read_bytes()) for f in folders]
        self._scopes = [scope for of_segment in scopes for scope in of_segment]
        self._shift([len(of_segment) for of_segment in scopes])
        self._live = np.ones(len(self._documents), dtype=bool) if live is None else live
        if self._live.dtype != bool or self._live.shape != self._documents.shape:
            raise ValueError("the marks of live documents do not fit the segments")
        self._check()
        # Opened at once: a build may drop the files while the table is in use.
        self._document_files = [self._open(folder / "documents.jsonl") for folder in folders]
        self._chunk_files = [self._open(folder / "chunks.jsonl") for folder in folders]

    def _shift(self, scope_counts: Sequence[int]) -> None:
        """Numbers that count within a segment become numbers of the whole table."""
        scopes = 0
        for number, count in enumerate(scope_counts):
            documents = slice(*self._document_starts[number : number + 2])
            chunks = slice(*self._chunk_starts[number : number + 2])
            self._documents["scope"][documents] += scopes
            self._documents["first_chunk"][documents] += chunks.start
            self._chunks["document"][chunks] += documents.start
            scopes += count

    def _check(self) -> None:
        """Raises `ValueError` for columns that point outside the table."""
        documents, owners = self._documents, self._chunks["document"]
        last = documents["first_chunk"].astype(np.int64) + documents["chunks"]
        fits = (
            (documents["kind"] < len(KINDS)).all()
            and (documents["scope"] < len(self._scopes)).all()
            and (documents["first_chunk"] >= 0).all()
            and (documents["chunks"] >= 0).all()
            and (last <= len(self._chunks)).all()
            and ((owners >= 0) & (owners < len(documents))).all()
        )
        if not fits:
            raise ValueError("the columns of documents and chunks do not fit each other")
        for name, dtype in (("statements", STATEMENTS), ("links", LINKS)):  # read when needed
            for folder in self._folders:
                _column(folder / f"{name}.npy", dtype, mapped=True)

    def _open(self, path: Path) -> int:
        """A file descriptor that is closed with the table."""
        descriptor = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, descriptor)
        return descriptor

    def __len__(self) -> int:
        return len(self._chunks)

    def segment_sizes(self) -> list[int]:
        """How many documents each segment holds."""
        return [int(size) for size in np.diff(self._document_starts)]

    @property
    def live_documents(self) -> Mask:
        """Whether each document counts."""
        return self._live

    @cached_property
    def live(self) -> Mask:
        """Whether each chunk counts."""
        alive: Mask = self._live[self._chunks["document"]]
        return alive

    @property
    def content(self) -> NDArray[np.uint64]:
        """For each chunk the hash of all that a reader or a search sees of it."""
        return np.asarray(self._chunks["content"])

    @property
    def order(self) -> NDArray[np.uint64]:
        """For each chunk its place among equals: the same however the index came about."""
        return np.asarray(self._chunks["order"])

    @property
    def document_rows(self) -> Rows:
        """For each chunk the row of its document."""
        return self._chunks["document"].astype(np.int64)

    def chunk(self, row: int) -> Chunk:
        return Chunk.model_validate_json(
            self._read(self._chunk_files, self._chunk_starts, self._chunks, row)
        )

    def chunks(self) -> list[Chunk]:
        """Every live chunk."""
        return [self.chunk(int(row)) for row in np.flatnonzero(self.live)]

    def document_at(self, row: int) -> Document:
        return Document.model_validate_json(
            self._read(self._document_files, self._document_starts, self._documents, row)
        )

    def _read(self, files: Sequence[int], starts: Rows, columns: Columns, row: int) -> bytes:
        """The bytes of one record. Raises `IndexDamaged` if they are not those once written."""
        part = int(np.searchsorted(starts, row, side="right")) - 1
        column = columns[row]
        try:
            record = os.pread(files[part], int(column["size"]), int(column["offset"]))
        except (OSError, OverflowError, MemoryError):  # columns that are damaged themselves
            record = b""
        if not record or zlib.crc32(record) != int(column["checksum"]):
            raise _damaged("a record does not match its checksum", self._folders[part])
        return record

    def document(self, key: str) -> Document:
        """Raises `KeyError` if there is no live document of that key."""
        for row in np.flatnonzero((self._documents["key"] == hash64(key)) & self._live):
            document = self.document_at(int(row))
            if document.key == key:
                return document
        raise KeyError(key)

    def masked(self, live: Mask) -> "Table":
        """The same table with other documents counting."""
        other = copy.copy(self)
        other._live, other._origin = live, self  # files stay open as long as either is in use
        for name in ("live", "_versioned"):
            other.__dict__.pop(name, None)
        return other

    def kinds(self) -> dict[DocumentKind, int]:
        """How many approved documents there are of each kind that there are any of."""
        approved = self._live & (self._documents["approved"] == 1)
        counts = np.bincount(self._documents["kind"][approved], minlength=len(KINDS))
        return {kind: int(count) for kind, count in zip(KINDS, counts, strict=True) if count}

    @property
    def not_live(self) -> int:
        """How many documents are drafts or retired."""
        return int(np.count_nonzero(self._live & (self._documents["approved"] == 0)))

    def holds(self, name: str) -> bool:
        """Whether there is a live document of an id, or one with a clause (`id#clause`)."""
        wanted = np.uint64(hash64(name))
        if "#" in name:
            return bool((self.live & (self._chunks["clause"] == wanted)).any())
        return bool((self._live & (self._documents["id"] == wanted)).any())

    def wordings(self, name: str) -> list[str]:
        """All that live versions of a document (`id`), or of its clause (`id#1.2`), can say."""
        document_id, _, clause = name.partition("#")
        return [
            part.wording
            for row in self.versions(document_id)
            for part in self.document_at(int(row)).parts
            if not clause or part.clause == clause
        ]

    def versions(self, document_id: str) -> Rows:
        """Rows of the live documents of an id."""
        return np.flatnonzero((self._documents["id"] == hash64(document_id)) & self._live)

    def in_force(self, document_id: str, search: SearchFilter) -> Document | None:
        """The version of a document that applies under the filter; None if none does."""
        rows = self.versions(document_id)
        passing = rows[self._in_force(search.model_copy(update={"kinds": ()}))[rows]]
        return self.document_at(int(passing[0])) if len(passing) else None

    def is_question(self) -> Mask:
        """Whether each chunk is worded as customers word it: a phrasing, a situation."""
        return np.isin(self._chunks["part"], [PARTS.index(part) for part in ASKED])

    def is_part(self, part: PartKind) -> Mask:
        """Whether each chunk is of one kind of part."""
        mask: Mask = self._chunks["part"] == PARTS.index(part)
        return mask

    def allowed(self, search: SearchFilter) -> Mask:
        """Which chunks may be found under the filter: what is in force, negatives left out."""
        mask: Mask = self._in_force(search)[self._chunks["document"]] & ~self._is_negative
        return mask

    @cached_property
    def _is_negative(self) -> Mask:
        return self.is_part(PartKind.NEGATIVE)

    def searched(self, locale: Locale) -> Mask:
        """Chunks that an answer in a language may rest on, whatever the day and the shop."""
        columns = self._documents
        mask = self._live & (columns["locale"] == LOCALES.index(locale))
        mask &= columns["kind"] != KINDS.index(DocumentKind.SCRIPT)
        searched: Mask = mask[self._chunks["document"]] & ~self._is_negative
        return searched

    def spread(self, rows: Rows, most: int) -> Rows:
        """At most `most` of these chunk rows, taken evenly from all files, in a fixed order."""
        sources = self._documents["source"][self._chunks["document"][rows]]
        order = np.lexsort((self.order[rows], sources))
        rows, sources = rows[order], sources[order]
        _, first, inverse = np.unique(sources, return_index=True, return_inverse=True)
        turn = np.arange(len(rows)) - first[inverse]  # the how-manieth of its file
        chosen: Rows = rows[np.lexsort((self.order[rows], turn))][:most]
        return chosen

    def negated(self, documents: Rows) -> Rows:
        """Those of `documents` (rows) that have negative questions."""
        return documents[np.isin(documents, self._with_negatives)]

    @cached_property
    def _with_negatives(self) -> Rows:
        rows: Rows = np.unique(self._chunks["document"][self._is_negative])
        return rows

    def chunks_of(self, document: int) -> Rows:
        """Rows of the chunks of a document row."""
        first, count = self._documents["first_chunk"][document], self._documents["chunks"][document]
        return np.arange(int(first), int(first) + int(count), dtype=np.int64)

    def scripts(self, scene: str, search: SearchFilter) -> tuple[Document, ...]:
        """Approved scripts for a scene that pass the filter, in a fixed order."""
        passes = self._in_force(search.model_copy(update={"kinds": (DocumentKind.SCRIPT,)}))
        rows = np.flatnonzero(passes & (self._documents["scene"] == hash64(scene)))
        found = [self.document_at(int(row)) for row in rows]
        return tuple(sorted(found, key=lambda script: (script.source, script.line, script.key)))

    def linking_to(self, names: Sequence[str]) -> list[Document]:
        """Live documents that rest on any of these ids or `id#clause` names."""
        hashes = np.array([hash64(name) for name in names], dtype=np.uint64)
        links = self._links
        rows = np.unique(
            links["document"][np.isin(links["id"], hashes) | np.isin(links["clause"], hashes)]
        )
        return [self.document_at(int(row)) for row in rows if self._live[row]]

    @cached_property
    def _links(self) -> Columns:
        return self._owned("links", LINKS, "document", self._document_starts)

    def answering(self, document: Document) -> Mask:
        """Which chunks belong to a document or to the clauses that it rests on."""
        ids = [hash64(document.id), *(hash64(link) for link in document.see if "#" not in link)]
        clauses = [hash64(link) for link in document.see if "#" in link]
        of_document = np.isin(self._documents["id"], ids)[self._chunks["document"]]
        mask: Mask = (of_document | np.isin(self._chunks["clause"], clauses)) & self.live
        return mask

    def conflicts(self, keys: Collection[str], search: SearchFilter) -> tuple[Conflict, ...]:
        """Where documents contradict others that are in force under the filter."""
        hashes = [hash64(key) for key in keys]
        mine = np.isin(self._documents["key"], hashes)[self._chunks["document"]] & self.live
        theirs = self.allowed(search.model_copy(update={"kinds": ()}))
        return tuple(self._conflicts(mine, theirs & ~mine))

    def contradictions(self) -> tuple[Conflict, ...]:
        """Where live documents contradict each other, whatever the day, each pair once."""
        found: dict[frozenset[tuple[str, str]], Conflict] = {}
        for each in self._conflicts(self.live, self.live):
            sides = (each.chunk.id, each.quote), (each.other.id, each.other_quote)
            found.setdefault(frozenset(sides), each)
        return tuple(found.values())

    def _conflicts(self, mine: Mask, theirs: Mask) -> Iterator[Conflict]:
        """Conflicts of a chunk in `mine` with one in `theirs` of another article."""
        stated = self._statements
        own = stated[mine[stated["chunk"]]]
        others = stated[theirs[stated["chunk"]] & np.isin(stated["about"], own["about"])]
        others = others[np.argsort(others["about"], kind="stable")]
        first = np.searchsorted(others["about"], own["about"], side="left")
        last = np.searchsorted(others["about"], own["about"], side="right")
        articles = self._documents["id"][self._chunks["document"]]
        pairs = {
            (int(own["chunk"][row]), int(other["chunk"]))
            for row in np.flatnonzero(last > first)
            for other in others[first[row] : last[row]]
            if other["says"] != own["says"][row]
            and articles[other["chunk"]] != articles[own["chunk"][row]]
        }
        for one, other in sorted(pairs):
            both = [self._with_document(one), self._with_document(other)]
            for quote, other_quote in conflicts(*both):
                yield Conflict(
                    chunk=both[0][0], quote=quote, other=both[1][0], other_quote=other_quote
                )

    def _with_document(self, row: int) -> tuple[Chunk, Document]:
        return self.chunk(row), self.document_at(int(self._chunks["document"][row]))

    @cached_property
    def _statements(self) -> Columns:
        return self._owned("statements", STATEMENTS, "chunk", self._chunk_starts)

    def _owned(self, name: str, dtype: np.dtype[np.void], owner: str, rows: Rows) -> Columns:
        """A column file whose `owner` counts within its segment, as rows of the whole table."""
        columns, starts = _columns(self._folders, name, dtype)
        for number, folder in enumerate(self._folders):
            owners = columns[owner][starts[number] : starts[number + 1]]
            count = rows[number + 1] - rows[number]
            if ((owners < 0) | (owners >= count)).any():
                raise _damaged(f"{name}.npy points nowhere", folder)
            owners += rows[number]
        return columns

    def _in_force(self, search: SearchFilter) -> Mask:
        """Which documents pass the filter, of several versions the one that started last."""
        columns, day = self._documents, search.as_of.toordinal()
        passes: Mask = self._live & (columns["approved"] == 1)
        passes &= columns["effective_from"] <= day
        passes &= day <= columns["effective_to"]
        if search.locale:
            passes &= columns["locale"] == LOCALES.index(search.locale)
        if any(scope.shops or scope.channels for scope in self._scopes):
            admitted = [scope.admits(search.shop, search.channel) for scope in self._scopes]
            passes &= np.array(admitted)[columns["scope"]]
        passes[self._superseded(passes)] = False
        if search.kinds:
            passes &= np.isin(columns["kind"], [KINDS.index(kind) for kind in search.kinds])
        return passes

    def _superseded(self, passes: Mask) -> Rows:
        """Of the documents that pass, those whose id another one has that started later.

        Of two that start on one day, one written for some shops or channels goes before one for
        all; between two of those the key decides, so that it does not depend on the layout.
        """
        rows = self._versioned[passes[self._versioned]]
        if not len(rows):
            return rows
        columns = self._documents
        special = np.array([bool(scope.shops or scope.channels) for scope in self._scopes])
        start, scope = columns["effective_from"][rows], special[columns["scope"][rows]]
        rows = rows[np.lexsort((columns["key"][rows], scope, start, columns["id"][rows]))]
        ids = columns["id"][rows]
        superseded: Rows = rows[:-1][ids[1:] == ids[:-1]]
        return superseded

    @cached_property
    def _versioned(self) -> Rows:
        """Rows of live documents that share their id with another one."""
        live = np.flatnonzero(self._live)
        _, inverse, counts = np.unique(
            self._documents["id"][live], return_inverse=True, return_counts=True
        )
        versioned: Rows = live[counts[inverse] > 1]
        return versioned


def _columns(folders: Sequence[Path], name: str, dtype: np.dtype[np.void]) -> tuple[Columns, Rows]:
    """A column file of every segment as one array, and where each segment starts in it."""
    parts = [_column(folder / f"{name}.npy", dtype) for folder in folders]
    starts = np.cumsum([0, *map(len, parts)])
    joined = np.concatenate(parts) if parts else np.empty(0, dtype=dtype)
    return joined, starts


def _column(path: Path, dtype: np.dtype[np.void], *, mapped: bool = False) -> Columns:
    column: Columns = np.load(path, mmap_mode="r" if mapped else None)
    if column.dtype != dtype or column.ndim != 1:
        raise ValueError(f"the columns of {path.stem} are not those of this version")
    return column


def _damaged(what: str, folder: Path) -> IndexDamaged:
    return IndexDamaged(
        f"the index is damaged: {what}", where=str(folder), fix="run `ragkit index build`"
    )
