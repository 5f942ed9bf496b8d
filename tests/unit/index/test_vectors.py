"""The dense index against brute force, in one part and in several."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ragkit.core.protocols import Rows, Vectors
from ragkit.index.vectors import VectorIndex, load_vectors, save_vectors


def unit_rows(count: int, dimension: int, *, seed: int) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


VECTORS = unit_rows(500, 16, seed=1)
FILTERS: dict[str, Rows] = {  # id: rows that may be found
    "all": np.arange(500),
    "the even ones": np.arange(0, 500, 2),
    "the last ones": np.arange(490, 500),
    "none of the first part": np.arange(200, 500),
    "a single one": np.array([123]),
    "none": np.array([], dtype=np.int64),
}
CUTS: dict[str, list[int]] = {  # id: where one part ends and the next begins
    "one part": [],
    "three parts": [200, 201],
    "eight parts": [1, 2, 3, 50, 100, 300, 499],
    "an empty part": [0, 250, 250],
}


def parts_of(folder: Path, vectors: Vectors, cuts: Sequence[int]) -> VectorIndex:
    """An index over saved parts."""
    parts = []
    for number, part in enumerate(np.split(vectors, cuts)):
        save_vectors(folder / f"{number}.faiss", np.ascontiguousarray(part))
        parts.append(load_vectors(folder / f"{number}.faiss"))
    return VectorIndex(parts)


def mask(rows: Rows, count: int = 500) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    marks = np.zeros(count, dtype=bool)
    marks[rows] = True
    return marks


@pytest.mark.parametrize("cuts", CUTS.values(), ids=CUTS.keys())
@pytest.mark.parametrize("top_k", [1, 7, 1000])
@pytest.mark.parametrize("allowed", FILTERS.values(), ids=FILTERS.keys())
def test_against_brute_force(tmp_path: Path, cuts: list[int], allowed: Rows, top_k: int) -> None:
    index = parts_of(tmp_path, VECTORS, cuts)
    assert len(index) == 500
    for query in unit_rows(5, 16, seed=2):
        cosines = VECTORS.astype(np.float64)[allowed] @ query.astype(np.float64)
        expected = allowed[np.argsort(-cosines)][:top_k]
        found = index.search(query[None], allowed=mask(allowed), top_k=top_k)
        assert found.tolist() == expected.tolist()


@pytest.mark.parametrize("cuts", CUTS.values(), ids=CUTS.keys())
def test_vectors_come_back_by_row(tmp_path: Path, cuts: list[int]) -> None:
    index = parts_of(tmp_path, VECTORS, cuts)
    rows = np.array([499, 0, 200, 200, 1, 250], dtype=np.int64)
    assert np.array_equal(index.vectors(rows), VECTORS[rows])
    assert np.array_equal(index.matrix(), VECTORS)
    assert index.vectors(np.array([], dtype=np.int64)).shape == (0, 16)


@pytest.mark.parametrize("cuts", CUTS.values(), ids=CUTS.keys())
def test_similarity_is_the_cosine_in_the_order_of_the_rows(tmp_path: Path, cuts: list[int]) -> None:
    index, queries = parts_of(tmp_path, VECTORS, cuts), unit_rows(3, 16, seed=4)
    rows = np.array([300, 2, 499], dtype=np.int64)
    found = index.similarity(queries, rows)
    assert found == pytest.approx(queries @ VECTORS[rows].T, abs=1e-6)
    assert index.similarity(queries, np.array([], dtype=np.int64)).shape == (3, 0)


@pytest.mark.parametrize("top_k", [1, 3, 150])
def test_equally_near_ones_come_in_the_order_of_their_rows(tmp_path: Path, top_k: int) -> None:
    same = np.tile(unit_rows(1, 16, seed=5), (300, 1))
    index = parts_of(tmp_path, same, [100, 101])
    found = index.search(same[:1], allowed=np.ones(300, dtype=bool), top_k=top_k)
    assert found.tolist() == list(range(top_k))


def test_of_equally_near_ones_at_the_cut_the_first_rows_are_found() -> None:
    near, far = np.array([[1, 0]], dtype=np.float32), np.array([[0, 1]], dtype=np.float32)
    index = VectorIndex.build(np.concatenate([near, far, far, near, far]))
    for top_k, rows in {3: [0, 3, 1], 4: [0, 3, 1, 2], 1: [0], 9: [0, 3, 1, 2, 4]}.items():
        found = index.search(near, allowed=np.ones(5, dtype=bool), top_k=top_k)
        assert found.tolist() == rows


def test_a_row_of_zeros_is_near_to_nothing() -> None:
    index = VectorIndex.build(np.array([[0, 0], [0, -1], [1, 0]], dtype=np.float32))
    query = np.array([[0.0, 1.0]], dtype=np.float32)
    assert index.similarity(query, np.arange(3, dtype=np.int64)).tolist() == [[0.0, -1.0, 0.0]]


def test_no_parts_find_nothing() -> None:
    index = VectorIndex([])
    nothing = index.search(VECTORS[:1], allowed=np.empty(0, dtype=bool), top_k=5)
    assert (len(index), nothing.tolist()) == (0, [])


DAMAGES = {  # id: bytes of the file
    "empty": b"",
    "something else": b"not an index at all, but long enough to look at",
}


@pytest.mark.parametrize("raw", DAMAGES.values(), ids=DAMAGES.keys())
def test_no_index(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "vectors.faiss").write_bytes(raw)
    with pytest.raises(RuntimeError):
        load_vectors(tmp_path / "vectors.faiss")


def test_a_cut_file_is_no_index(tmp_path: Path) -> None:
    path = tmp_path / "vectors.faiss"
    save_vectors(path, VECTORS)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(RuntimeError):
        load_vectors(path)


# The file begins with a name of four bytes, the dimension (4), the number of vectors (8), two
# numbers that FAISS left in its format (8 each), whether it is trained (1) and the metric (4).
HEADERS = {  # id: (offset, byte)
    "a larger dimension": (4, 17),
    "a smaller dimension": (4, 15),
    "more vectors than there are": (9, 2),
    "no vectors": (9, 0),
    "another metric": (33, 1),
}


@pytest.mark.parametrize(("offset", "byte"), HEADERS.values(), ids=HEADERS.keys())
def test_a_header_that_does_not_fit_is_not_believed(tmp_path: Path, offset: int, byte: int) -> None:
    """A search would read beyond the file and end the process."""
    path = tmp_path / "vectors.faiss"
    save_vectors(path, VECTORS)
    raw = bytearray(path.read_bytes())
    assert raw[offset] != byte
    raw[offset] = byte
    path.write_bytes(raw)
    with pytest.raises(RuntimeError):
        load_vectors(path)
