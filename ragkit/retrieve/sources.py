"""What the retriever needs of the two indexes and of the table of chunks."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ragkit.core.documents import Chunk, Document, PartKind
from ragkit.core.protocols import Rows, Vectors
from ragkit.core.retrieval import SearchFilter
from ragkit.core.text import Locale

Mask = NDArray[np.bool_]


class DenseSource(Protocol):
    """Vectors by row."""

    def search(self, query: Vectors, *, allowed: Mask, top_k: int) -> Rows: ...

    def similarity(self, queries: Vectors, rows: Rows) -> NDArray[np.float32]: ...

    def vectors(self, rows: Rows) -> Vectors: ...

    def matrix(self) -> Vectors: ...


class LexicalSource(Protocol):
    """Words by row."""

    def coverage(self, text: str) -> tuple[NDArray[np.float32], float]: ...


class RowSource(Protocol):
    """Chunks by row, and the documents they belong to."""

    @property
    def order(self) -> NDArray[np.uint64]: ...

    @property
    def document_rows(self) -> Rows: ...

    @property
    def live(self) -> Mask: ...

    def __len__(self) -> int: ...

    def allowed(self, search: SearchFilter) -> Mask: ...

    def searched(self, locale: Locale) -> Mask: ...

    def is_question(self) -> Mask: ...

    def is_part(self, part: PartKind) -> Mask: ...

    def spread(self, rows: Rows, most: int) -> Rows: ...

    def negated(self, documents: Rows) -> Rows: ...

    def chunks_of(self, document: int) -> Rows: ...

    def answering(self, document: Document) -> Mask: ...

    def document_at(self, row: int) -> Document: ...

    def chunk(self, row: int) -> Chunk: ...
