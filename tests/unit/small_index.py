"""A real index over a few documents, in a folder of the test."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from ragkit.core.documents import Chunk, Document
from ragkit.core.retrieval import FusionModel
from ragkit.index.lexical import LexicalIndex
from ragkit.index.table import Table, write_table
from ragkit.index.vectors import VectorIndex
from ragkit.ingest.splitter import PartSplitter
from ragkit.models.static import StaticEmbedder, bundled_path
from ragkit.retrieve.fusion import default_model
from ragkit.retrieve.hybrid import HybridRetriever


@cache
def bundled() -> StaticEmbedder:
    return StaticEmbedder(bundled_path())


@dataclass(frozen=True)
class SmallIndex:
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


def build(folder: Path, *documents: Document) -> SmallIndex:
    splitter = PartSplitter(max_chars=400)
    chunks = tuple(chunk for document in documents for chunk in splitter.split(document))
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder, documents, chunks)
    texts = [chunk.search_text for chunk in chunks]
    vectors = np.ascontiguousarray(bundled().embed(texts))
    return SmallIndex(Table(folder), chunks, VectorIndex.build(vectors), LexicalIndex.build(texts))
