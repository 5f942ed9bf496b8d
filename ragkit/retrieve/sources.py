"""What the retriever needs of the two indexes and of the table of chunks."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ragkit.core.documents import Chunk
from ragkit.core.protocols import Rows, Vectors
from ragkit.core.retrieval import SearchFilter


class DenseSource(Protocol):
    """Vectors by row."""

    def search(self, query: Vectors, *, allowed: Rows, top_k: int) -> Rows: ...

    def similarity(self, query: Vectors, rows: Rows) -> NDArray[np.float32]: ...


class LexicalSource(Protocol):
    """Words by row."""

    def coverage(self, text: str) -> NDArray[np.float32]: ...

    def weight(self, text: str) -> float: ...


class RowSource(Protocol):
    """Chunks by row."""

    def allowed(self, search: SearchFilter) -> Rows: ...

    def is_question(self) -> NDArray[np.bool_]: ...

    def chunk(self, row: int) -> Chunk: ...
