"""The dense index: exact inner product over unit vectors, in FAISS."""

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from ragkit.core.protocols import Rows, Vectors


class VectorIndex:
    """Vectors by row number; all are unit rows, so inner product is the cosine."""

    def __init__(self, index: "faiss.IndexIDMap2") -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Vectors) -> "VectorIndex":
        """Index `vectors`, shape (n, dim), under the row numbers 0 … n-1."""
        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(vectors, np.arange(len(vectors), dtype=np.int64))
        return cls(index)

    def save(self, path: Path) -> None:
        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path) -> "VectorIndex":
        """Raises `RuntimeError` (from FAISS) when the file is not an index."""
        index = faiss.read_index(str(path))
        if not isinstance(index, faiss.IndexIDMap2):
            raise RuntimeError(f"{path.name} holds another kind of index")  # noqa: TRY004
        return cls(index)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def search(self, query: Vectors, *, allowed: Rows, top_k: int) -> Rows:
        """Rows among `allowed` (ascending) nearest to `query`, shape (1, dim), nearest first."""
        if not len(allowed):
            return np.empty(0, dtype=np.int64)
        parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(allowed))  # type: ignore[call-arg]
        _, rows = self._index.search(query, min(top_k, len(allowed)), params=parameters)
        found: Rows = rows[0][rows[0] >= 0]
        return found

    def similarity(self, query: Vectors, rows: Rows) -> NDArray[np.float32]:
        """Cosine of `query`, shape (1, dim), with each of `rows`."""
        if not len(rows):
            return np.empty(0, dtype=np.float32)
        similarities: NDArray[np.float32] = self._index.reconstruct_batch(rows) @ query[0]
        return similarities

    def vectors(self) -> Vectors:
        """All vectors by row, shape (n, dim)."""
        everything: Vectors = self._index.reconstruct_batch(np.arange(len(self), dtype=np.int64))
        return everything
