"""A real index over a few documents, in a folder of the test."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ragkit.core.documents import Chunk, Document, Status
from ragkit.core.protocols import Vectors
from ragkit.core.retrieval import FusionModel
from ragkit.index.bundle import open_parts
from ragkit.index.lexical import LexicalIndex
from ragkit.index.segments import SegmentInfo, SegmentWriter
from ragkit.index.table import Table
from ragkit.index.vectors import VectorIndex
from ragkit.ingest.splitter import PartSplitter
from ragkit.models.static import StaticEmbedder, bundled_path
from ragkit.retrieve.fusion import default_model
from ragkit.retrieve.hybrid import HybridRetriever

Embed = Callable[[Sequence[str]], Vectors]
HASHED = 8  # dimension of `hashed`
_SPLITTER = PartSplitter(max_chars=400)


@cache
def bundled() -> StaticEmbedder:
    return StaticEmbedder(bundled_path())


def hashed(texts: Sequence[str]) -> Vectors:
    """Unit vectors that are the same for equal texts and mean nothing: fast."""
    rows = np.zeros((len(texts), HASHED), dtype=np.float32)
    for row, text in enumerate(texts):
        seed = [len(text), *text.encode("utf-8", "surrogatepass")]
        rows[row] = np.random.default_rng(seed).standard_normal(HASHED)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


@dataclass(frozen=True)
class SmallIndex:
    """`chunks` are those of all rows, in their order."""

    table: Table
    chunks: tuple[Chunk, ...]
    vectors: VectorIndex
    lexical: LexicalIndex

    def retriever(self, *, fusion: FusionModel | None = None, pool: int = 100) -> HybridRetriever:
        return HybridRetriever(
            embedder=bundled(),
            dense=self.vectors,
            lexical=self.lexical,
            rows=self.table,
            fusion=fusion or default_model(),
            pool=pool,
        )


def split(document: Document) -> tuple[Chunk, ...]:
    """The chunks of a document as an index holds them: only what is approved has any."""
    return _SPLITTER.split(document) if document.status is Status.APPROVED else ()


def write_segment(
    target: Path, documents: Iterable[Document], *, embed: Embed = hashed, dimension: int = HASHED
) -> SegmentInfo:
    """A sealed segment of documents."""
    writer = SegmentWriter(target, dimension=dimension)
    for document in documents:
        chunks = split(document)
        writer.add(document, chunks)
        texts = [chunk.search_text for chunk in chunks]
        writer.add_searchable(texts, embed(texts))
    return writer.seal()


def build(folder: Path, *documents: Document) -> SmallIndex:
    """An index of one segment, with the embeddings of the bundled model."""
    return build_segments(folder, [documents])


def build_segments(
    folder: Path, groups: Sequence[Sequence[Document]], live: NDArray[np.bool_] | None = None
) -> SmallIndex:
    """An index of a segment per group; `live` says which documents count."""
    paths = [folder / f"seg-{number:06d}" for number in range(1, len(groups) + 1)]
    for path, documents in zip(paths, groups, strict=True):
        write_segment(path, documents, embed=bundled().embed, dimension=bundled().dimension)
    everything = [document for documents in groups for document in documents]
    marks = np.ones(len(everything), dtype=bool) if live is None else live
    parts = open_parts(paths, marks)
    chunks = tuple(chunk for document in everything for chunk in split(document))
    return SmallIndex(parts.table, chunks, parts.vectors, parts.lexical)
