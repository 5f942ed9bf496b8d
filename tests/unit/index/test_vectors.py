"""The dense index against brute force."""

from pathlib import Path

import numpy as np
import pytest

from ragkit.core.protocols import Rows, Vectors
from ragkit.index.vectors import VectorIndex


def unit_rows(count: int, dimension: int, *, seed: int) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


VECTORS = unit_rows(500, 16, seed=1)
FILTERS = {  # id: rows that may be found
    "all": np.arange(500),
    "the even ones": np.arange(0, 500, 2),
    "the last ones": np.arange(490, 500),
    "a single one": np.array([123]),
    "none": np.array([], dtype=np.int64),
}


@pytest.mark.parametrize("top_k", [1, 7, 1000])
@pytest.mark.parametrize("allowed", FILTERS.values(), ids=FILTERS.keys())
def test_against_brute_force(allowed: Rows, top_k: int) -> None:
    index = VectorIndex.build(VECTORS)
    for query in unit_rows(5, 16, seed=2):
        cosines = VECTORS.astype(np.float64)[allowed] @ query.astype(np.float64)
        expected = allowed[np.argsort(-cosines)][:top_k]
        found = index.search(query[None], allowed=allowed, top_k=top_k)
        assert found.tolist() == expected.tolist()


def test_similarities_keep_the_order_of_the_rows() -> None:
    index = VectorIndex.build(np.eye(3, dtype=np.float32))
    query = np.array([[0.6, 0.8, 0.0]], dtype=np.float32)
    similarities = index.similarity(query, np.array([2, 0, 1], dtype=np.int64))
    assert similarities == pytest.approx([0.0, 0.6, 0.8])
    assert index.similarity(query, np.array([], dtype=np.int64)).shape == (0,)


def test_a_row_of_zeros_is_near_to_nothing() -> None:
    index = VectorIndex.build(np.array([[0, 0], [0, -1], [1, 0]], dtype=np.float32))
    query = np.array([[0.0, 1.0]], dtype=np.float32)
    assert index.similarity(query, np.arange(3, dtype=np.int64)).tolist() == [0.0, -1.0, 0.0]


def test_saved_and_loaded(tmp_path: Path) -> None:
    VectorIndex.build(VECTORS).save(tmp_path / "vectors.faiss")
    loaded = VectorIndex.load(tmp_path / "vectors.faiss")
    assert (len(loaded), loaded.dimension) == (500, 16)
    assert np.array_equal(loaded.vectors(), VECTORS)


DAMAGES = {  # id: bytes of the file
    "empty": b"",
    "something else": b"not an index at all, but long enough to look at",
}


@pytest.mark.parametrize("raw", DAMAGES.values(), ids=DAMAGES.keys())
def test_no_index(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "vectors.faiss").write_bytes(raw)
    with pytest.raises(RuntimeError):
        VectorIndex.load(tmp_path / "vectors.faiss")


def test_a_cut_file_is_no_index(tmp_path: Path) -> None:
    path = tmp_path / "vectors.faiss"
    VectorIndex.build(VECTORS).save(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(RuntimeError):
        VectorIndex.load(path)
