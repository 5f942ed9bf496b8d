"""Embeddings by (embedder, text): a text is embedded once, however often files move or builds die.

A SQLite file, so that what a killed build has embedded is there for the next one. It is a cache: a
damaged one is put aside and made anew, and no build fails for it.
"""

import hashlib
import logging
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from ragkit.core.protocols import Embedder, Vectors

_log = logging.getLogger(__name__)
_WAIT_S = 1.0  # builds exclude each other, so whoever else holds the file may hold it for long
_AT_ONCE = 500  # keys per look-up: SQLite takes at least 999 variables (SQLITE_MAX_VARIABLE_NUMBER)
_TABLE = "CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, vector BLOB)"


class CachedEmbedder:
    """Embeds with `embedder` what the file at `path` does not hold yet, and keeps it there.

    `embedded` counts the texts that went to the embedder.
    """

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self._embedder = embedder
        self._path = path
        self._file: sqlite3.Connection | None = None
        self._given_up = False
        self.embedded = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors as the embedder gives them; see `core.protocols.Embedder`."""
        keys = [self._key(text) for text in texts]
        known = self._look_up(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            vectors = self._embedder.embed(list(missing.values()))
            self.embedded += len(missing)
            fresh = {key: row.tobytes() for key, row in zip(missing, vectors, strict=True)}
            self._keep(fresh)
            known |= fresh
        raw = b"".join(known[key] for key in keys)
        found = np.frombuffer(raw, dtype=np.float32)
        return found.reshape(len(texts), self._embedder.dimension).copy()

    def drop_all_but(self, texts: Iterable[str]) -> int:
        """Forget what belongs to none of `texts`; returns how many were forgotten."""
        wanted = ((self._key(text),) for text in texts)
        if self._given_up:
            return 0
        try:
            file = self._open()
            with file:
                file.execute("CREATE TEMP TABLE wanted (key BLOB PRIMARY KEY) WITHOUT ROWID")
                file.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", wanted)
                gone = file.execute(
                    "DELETE FROM embeddings WHERE key NOT IN (SELECT key FROM wanted)"
                ).rowcount
                file.execute("DROP TABLE wanted")
            file.execute("VACUUM")
        except (sqlite3.Error, OSError) as error:
            self._put_aside(error)
            return 0
        return int(gone)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _key(self, text: str) -> bytes:
        return hashlib.blake2b(
            f"{self._embedder.id}\0{text}".encode(errors="surrogatepass"), digest_size=16
        ).digest()

    def _look_up(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        size = self._embedder.dimension * np.dtype(np.float32).itemsize
        found: dict[bytes, bytes] = {}
        if self._given_up:
            return found
        try:
            file = self._open()
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                found |= dict(
                    file.execute(
                        f"SELECT key, vector FROM embeddings WHERE key IN ({marks})",  # noqa: S608
                        some,
                    )
                )
        except (sqlite3.Error, OSError) as error:
            self._put_aside(error)
            return {}
        return {
            key: vector
            for key, vector in found.items()
            if isinstance(vector, bytes) and len(vector) == size
        }

    def _keep(self, vectors: dict[bytes, bytes]) -> None:
        if self._given_up:
            return
        try:
            with self._open() as file:
                file.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?)", vectors.items())
        except (sqlite3.Error, OSError) as error:
            self._put_aside(error)

    def _open(self) -> sqlite3.Connection:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(self._path, timeout=_WAIT_S)
            self._file.execute("PRAGMA journal_mode = WAL")
            # In WAL mode the last batches can be lost with the power, but nothing is damaged.
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.execute(_TABLE)
        return self._file

    def _put_aside(self, error: Exception) -> None:
        """Remove a file that is damaged, to begin anew; go on without one that cannot be used."""
        _log.warning("the embedding cache %s cannot be used: %s", self._path, error)
        self.close()
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(
            error, sqlite3.OperationalError
        ):
            with suppress(OSError):  # told already; then it is given up when it fails again
                for suffix in ("", "-wal", "-shm"):
                    self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        else:
            self._given_up = True
