"""A text is embedded once, and no build fails for the file that remembers it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from ragkit.core.protocols import Vectors
from ragkit.index.cache import CachedEmbedder
from tests.unit.small_index import HASHED, hashed

TEXTS = ["满59元包邮。", "怎么开发票？", "满59元包邮。", ""]


class Counting:
    """Embeds, and notes what it was asked for."""

    def __init__(self, name: str = "hashed") -> None:
        self.id, self.dimension = name, HASHED
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return hashed(texts)

    def count_tokens(self, text: str) -> int:
        return len(text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "embeddings.sqlite"


@pytest.fixture
def filled(path: Path) -> Path:
    """A cache that holds what `TEXTS` become."""
    embedded(path, TEXTS)
    return path


def embedded(path: Path, texts: Sequence[str], name: str = "hashed") -> list[str]:
    """What of `texts` had to be embedded; the vectors are always those of the embedder."""
    embedder = Counting(name)
    cache = CachedEmbedder(embedder, path)
    vectors = cache.embed(texts)
    assert vectors.dtype == np.float32
    assert np.array_equal(vectors, hashed(texts))
    cache.close()
    assert cache.embedded == len(embedder.asked)
    return embedder.asked


def test_a_text_is_embedded_once(path: Path) -> None:
    assert embedded(path, TEXTS) == ["满59元包邮。", "怎么开发票？", ""]
    assert embedded(path, TEXTS[::-1]) == []
    assert embedded(path, [*TEXTS, "满69元包邮。"]) == ["满69元包邮。"]


def test_no_texts_are_no_rows(path: Path) -> None:
    assert CachedEmbedder(Counting(), path).embed([]).shape == (0, HASHED)


def test_vectors_can_be_written_to(filled: Path) -> None:
    """FAISS and numpy take them as their own."""
    vectors = CachedEmbedder(Counting(), filled).embed(TEXTS)
    vectors[0] = 0
    assert vectors.flags.c_contiguous


def test_another_embedder_has_its_own_vectors(filled: Path) -> None:
    assert embedded(filled, TEXTS, name="other") == ["满59元包邮。", "怎么开发票？", ""]
    assert embedded(filled, TEXTS) == []


def test_more_texts_than_a_query_may_name(path: Path) -> None:
    many = [f"第{number}条" for number in range(1201)]
    assert embedded(path, many) == many
    assert embedded(path, many) == []


def test_a_text_that_no_encoding_can_write(path: Path) -> None:
    assert embedded(path, ["包\ud83d邮"]) == ["包\ud83d邮"]
    assert embedded(path, ["包\ud83d邮"]) == []


def test_what_no_generation_needs_is_forgotten(filled: Path) -> None:
    cache = CachedEmbedder(Counting(), filled)
    assert cache.drop_all_but(["怎么开发票？", "未见过"]) == 2
    cache.close()
    assert embedded(filled, TEXTS) == ["满59元包邮。", ""]


def test_what_a_killed_build_embedded_is_there(path: Path) -> None:
    """Nothing is closed; another process opens the file."""
    abandoned = CachedEmbedder(Counting(), path)
    abandoned.embed(TEXTS)
    assert embedded(path, TEXTS) == []
    abandoned.close()


GARBAGE = {
    "no database": b"this is no database" * 100,
    "a damaged one": b"SQLite format 3\0" + b"\xff" * 4000,
}


@pytest.mark.parametrize("raw", GARBAGE.values(), ids=GARBAGE.keys())
def test_a_damaged_file_is_made_anew(
    path: Path, raw: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(raw)
    assert embedded(path, TEXTS) == ["满59元包邮。", "怎么开发票？", ""]
    assert "cannot be used" in caplog.text
    assert embedded(path, TEXTS) == []


def test_pages_overwritten_in_the_middle_do_not_stop_a_build(filled: Path) -> None:
    many = [f"第{number}条" for number in range(500)]
    embedded(filled, many)
    raw = bytearray(filled.read_bytes())
    raw[5000:12000] = b"\xff" * 7000
    filled.write_bytes(raw)
    embedded(filled, many)
    embedded(filled, many)
    assert embedded(filled, many) == []


def test_vectors_of_another_size_are_not_believed(filled: Path) -> None:
    for value in (b"1234", "x" * 4 * HASHED, None):
        with closing(sqlite3.connect(filled)) as file, file:
            file.execute("UPDATE embeddings SET vector = ?", (value,))
        assert len(embedded(filled, TEXTS)) == 3


def a_folder_in_its_place(path: Path) -> None:
    path.mkdir(parents=True)


def a_file_in_place_of_its_folder(path: Path) -> None:
    path.parent.write_bytes(b"")


def another_table(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("CREATE TABLE embeddings (text TEXT)")


def may_only_be_read(path: Path) -> None:
    """Also for the super-user, who may write any file: its journal cannot be made."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("CREATE TABLE embeddings (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
    path.chmod(0o444)
    (path.parent / f"{path.name}-journal").mkdir()
    (path.parent / f"{path.name}-wal").mkdir()


UNUSABLE = {
    "a folder": a_folder_in_its_place,
    "no folder": a_file_in_place_of_its_folder,
    "another table": another_table,
    "read-only": may_only_be_read,
}


@pytest.mark.parametrize("make", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_file_that_cannot_be_used_does_not_stop_a_build(
    path: Path, make: object, caplog: pytest.LogCaptureFixture
) -> None:
    assert callable(make)
    make(path)
    cache = CachedEmbedder(Counting(), path)
    for _ in range(3):
        assert np.array_equal(cache.embed(TEXTS), hashed(TEXTS))
    assert cache.drop_all_but(TEXTS) == 0
    cache.close()
    assert len(caplog.records) == 1  # told once, not for every batch


@pytest.fixture
def locked(filled: Path) -> Iterator[Path]:
    with closing(sqlite3.connect(filled, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield filled
        other.execute("ROLLBACK")


def test_a_locked_file_does_not_stop_a_build(
    locked: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What it holds is read; what it cannot take is embedded again another day."""
    cache = CachedEmbedder(Counting(), locked)
    for texts in (["新的"], ["更新的"], TEXTS):
        assert np.array_equal(cache.embed(texts), hashed(texts))
    cache.close()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
