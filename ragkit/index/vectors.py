"""The dense index: exact inner product over unit vectors, in FAISS, in immutable parts."""

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from ragkit.core.protocols import Rows, Vectors


def save_vectors(path: Path, vectors: Vectors) -> None:
    """Write one part, shape (n, dim). Raises `RuntimeError` (from FAISS) when the disk refuses."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(path))


def load_vectors(path: Path) -> "faiss.IndexFlatIP":
    """One part, memory-mapped: it can be searched, not changed.

    Raises `RuntimeError` (from FAISS) when the file is not such an index.
    """
    index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    if not isinstance(index, faiss.IndexFlatIP) or index.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise RuntimeError(f"{path.name} holds another kind of index")
    # FAISS believes its header: a number of vectors that is not so reads beyond the file.
    if index.code_size != index.d * 4 or index.codes.size() != index.ntotal * index.code_size:
        raise RuntimeError(f"{path.name} holds other vectors than it says")
    return index


class VectorIndex:
    """Vectors by row; all are unit rows, so inner product is the cosine.

    Rows run through the parts one after the other.
    """

    def __init__(self, parts: Sequence["faiss.IndexFlatIP"]) -> None:
        self._parts = tuple(parts)
        self._starts = np.cumsum([0, *(int(part.ntotal) for part in parts)])

    @classmethod
    def build(cls, vectors: Vectors) -> "VectorIndex":
        """Index `vectors`, shape (n, dim), under the row numbers 0 … n-1."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return cls([index])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def search(self, query: Vectors, *, allowed: NDArray[np.bool_], top_k: int) -> Rows:
        """Rows where `allowed`, shape (rows,), nearest to `query`, shape (1, dim), nearest first.

        Equally near ones come in the order of their rows.
        """
        rows, scores = [], []
        for part, start in zip(self._parts, self._starts, strict=False):
            here = allowed[start : start + part.ntotal]
            if here.any():
                near, found = _nearest(part, query, here, top_k)
                rows.append(found + start)
                scores.append(near)
        if not rows:
            return np.empty(0, dtype=np.int64)
        found, near = np.concatenate(rows), np.concatenate(scores)
        best: Rows = found[np.lexsort((found, -near))][:top_k]
        return best

    def similarity(self, queries: Vectors, rows: Rows) -> NDArray[np.float32]:
        """Cosines of `queries`, shape (n, dim), with each of `rows`: shape (n, rows)."""
        result: NDArray[np.float32] = queries @ self.vectors(rows).T
        return result

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of `rows`, shape (rows, dim)."""
        dimension = int(self._parts[0].d) if self._parts else 0
        found = np.empty((len(rows), dimension), dtype=np.float32)
        for part, start in zip(self._parts, self._starts, strict=False):
            inside = (rows >= start) & (rows < start + part.ntotal)
            if inside.any():
                found[inside] = part.reconstruct_batch(rows[inside] - start)
        return found

    def matrix(self) -> Vectors:
        """All vectors by row, shape (n, dim)."""
        views = [
            faiss.rev_swig_ptr(part.get_xb(), int(part.ntotal * part.d)).reshape(-1, part.d)
            for part in self._parts
        ]
        everything: Vectors = np.concatenate(views)
        return everything


def _nearest(
    part: "faiss.IndexFlatIP", query: Vectors, allowed: NDArray[np.bool_], top_k: int
) -> tuple[NDArray[np.float32], Rows]:
    """Scores and places of the `top_k` nearest of a part, and of all as near as the last of them.

    FAISS returns any of those that are equally near; so more are asked for until one is farther.
    """
    marks = np.packbits(allowed, bitorder="little")
    selector = faiss.IDSelectorBitmap(marks)  # type: ignore[call-arg, arg-type]
    parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
    most = int(np.count_nonzero(allowed))
    count = min(top_k + 1, most)
    near, found = part.search(query, count, params=parameters)
    while count < most and near[0, -1] >= near[0, top_k - 1]:
        count = min(2 * count, most)
        near, found = part.search(query, count, params=parameters)
    return near[0], found[0]
