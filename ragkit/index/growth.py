"""A generation in the making: what of the one before stays, and what is new."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

import numpy as np

from ragkit.core.documents import Chunk, Document
from ragkit.core.protocols import Vectors
from ragkit.index.bundle import Bundle, Parts, SourceState, open_parts
from ragkit.index.generations import IndexFolder
from ragkit.index.segments import SegmentWriter
from ragkit.index.table import Table

Embed = Callable[[Sequence[str]], Vectors]
_BATCH = 512  # texts embedded at once
_COPIED = 4096  # texts copied at once
_MOST_SEGMENTS = 8  # of a generation: each costs every search a little
_MOST_DEAD = 1 / 3  # share of chunks that do not count any more before the rest is written anew


class Growth:
    """Collects the documents of changed files over a base generation; hold the build lock.

    Documents of `base` that are not dropped stay where they are. All that is added goes into one
    new segment, and so does what is left of segments that have become too many or too hollow.
    """

    def __init__(
        self,
        folder: IndexFolder,
        base: Bundle | None,
        sources: Mapping[str, SourceState],
        *,
        embed: Embed,
        dimension: int,
    ) -> None:
        self._folder = folder
        self._base = base
        self._embed = embed
        self._dimension = dimension
        self._names = list(base.manifest.segments) if base else []
        self._live = base.table.live_documents.copy() if base else np.empty(0, dtype=bool)
        self._starts = self._document_starts()
        self._writer: SegmentWriter | None = None
        self._waiting: list[str] = []
        self.sources = dict(sources) if base else {}

    def _document_starts(self) -> dict[str, int]:
        counts = self._base.table.segment_sizes() if self._base else []
        starts = [0, *accumulate(counts)]
        return dict(zip([*self._names, ""], starts, strict=True))

    @property
    def remaining(self) -> Table | None:
        """What of the base still counts."""
        return self._base.table.masked(self._live) if self._base else None

    def dropped(self, source: str) -> list[Document]:
        """Take the documents of a file out; returns them."""
        state = self.sources.pop(source)
        if self._base is None or not state.documents:
            return []
        rows = self._rows(state)
        self._live[rows] = False
        return [self._base.table.document_at(int(row)) for row in rows]

    def add(
        self, source: str, state: SourceState, articles: Sequence[tuple[Document, Sequence[Chunk]]]
    ) -> None:
        """Add the documents of a file with their chunks; what the file was before is out already.

        Raises `IndexNotReady` when the disk refuses.
        """
        if not articles:
            self.sources[source] = state
            return
        writer = self._open()
        place = {"segment": writer.name, "first": writer.documents, "documents": len(articles)}
        self.sources[source] = state.model_copy(update=place)
        for document, chunks in articles:
            self._folder.guarded(writer.add, document, chunks)
            self._waiting += [chunk.search_text for chunk in chunks]
        while len(self._waiting) >= _BATCH:
            self._flush(self._waiting[:_BATCH])
            del self._waiting[:_BATCH]

    def finish(self) -> tuple[list[str], Parts]:
        """Seal the new segment; the names of all segments, and the whole opened.

        Raises `IndexNotReady` when the disk refuses.
        """
        self._flush(self._waiting)
        self._waiting = []
        absorbed = self._absorbed()
        if self._base is not None:
            for name in absorbed:
                self._absorb(self._base, name)
        kept = [name for name in self._names if name not in absorbed and self._alive(name)]
        live = [self._live[self._slice(name)] for name in kept]
        if self._writer is not None:
            info = self._folder.seal(self._writer)
            self._writer = None
            kept.append(info.name)
            live.append(np.ones(info.documents, dtype=bool))
        marks = np.concatenate(live) if live else np.empty(0, dtype=bool)
        return kept, open_parts([self._folder.segment(name) for name in kept], marks)

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._writer is not None:
            self._writer.discard()

    def _open(self) -> SegmentWriter:
        if self._writer is None:
            self._writer = self._folder.new_segment(dimension=self._dimension)
        return self._writer

    def _flush(self, texts: Sequence[str]) -> None:
        if texts:
            self._open().add_searchable(texts, self._embed(texts))

    def _rows(self, state: SourceState) -> range:
        start = self._starts[state.segment] + state.first
        return range(start, start + state.documents)

    def _slice(self, name: str) -> slice:
        place = self._names.index(name)
        following = [*self._names, ""][place + 1]
        return slice(self._starts[name], self._starts[following])

    def _alive(self, name: str) -> bool:
        return bool(self._live[self._slice(name)].any())

    def _absorbed(self) -> list[str]:
        """Segments whose rest is written into the new one: all when hollow, else the small ones."""
        table = self.remaining
        if table is None:
            return []
        there = [name for name in self._names if self._alive(name)]
        if np.count_nonzero(~table.live) > _MOST_DEAD * len(table):
            return there
        if len(there) < _MOST_SEGMENTS:
            return []
        by_size = sorted(there, key=lambda name: int(self._live[self._slice(name)].sum()))
        small, largest = by_size[:-1], by_size[-1]
        total = sum(int(self._live[self._slice(name)].sum()) for name in small)
        return there if total > self._live[self._slice(largest)].sum() / 2 else small

    def _absorb(self, base: Bundle, name: str) -> None:
        """Copy what counts of a segment, vectors and all."""
        writer, copied = self._open(), list[int]()
        for source in sorted(self.sources):
            state = self.sources[source]
            if state.segment != name:
                continue
            place = {"segment": writer.name, "first": writer.documents}
            for row in self._rows(state):
                rows = [int(each) for each in base.table.chunks_of(row)]
                chunks = [base.table.chunk(each) for each in rows]
                self._folder.guarded(writer.add, base.table.document_at(row), chunks)
                copied += rows
            self.sources[source] = state.model_copy(update=place)
        for start in range(0, len(copied), _COPIED):
            rows = copied[start : start + _COPIED]
            texts = [base.table.chunk(row).search_text for row in rows]
            writer.add_searchable(texts, base.vectors.vectors(np.array(rows, dtype=np.int64)))
