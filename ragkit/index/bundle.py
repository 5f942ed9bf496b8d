"""One generation of the index on disk: written beside the old one, then swapped in.

    index/CURRENT            the name of the generation that answers, such as gen-000003
    index/gen-000003/        manifest.json, vectors.faiss, lexical/, chunks and documents
    index/build.lock         held while a build runs

A generation appears under its name only when all of it is on disk, and CURRENT moves in one
rename: a reader sees the old one or the new one, and a build that dies leaves the old one serving.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import Field

from ragkit.core.documents import Chunk, Document
from ragkit.core.errors import IndexBusy, IndexNotReady
from ragkit.core.retrieval import FusionModel
from ragkit.core.text import Record
from ragkit.index.lexical import LexicalIndex
from ragkit.index.table import Table, write_table
from ragkit.index.vectors import VectorIndex

FORMAT = 1
_NAME = re.compile(r"^gen-(\d{6,})$")
_REBUILD = "run `ragkit index build`"
# What the readers of numpy, FAISS, bm25s and pydantic raise for bytes they did not write.
_UNREADABLE = (
    OSError, ValueError, LookupError, RuntimeError, TypeError, AttributeError, EOFError,
    MemoryError,
)  # fmt: skip


class SourceStamp(Record):
    """A knowledge file as it was indexed."""

    size: int
    mtime_ns: int
    sha256: str


class FileStamp(Record):
    """A file of a generation as it was written."""

    size: int
    sha256: str


class Manifest(Record):
    """What a generation was made of, and what its files must be."""

    format: int
    generation: str
    created_at: datetime
    ragkit: str
    embedder: str
    dimension: int
    documents: int
    chunks: int
    knowledge: str
    sources: dict[str, SourceStamp]
    skipped: tuple[str, ...] = ()  # files that no loader read
    fusion: FusionModel
    files: dict[str, FileStamp] = Field(default_factory=dict)


@dataclass(frozen=True)
class Bundle:
    """An open generation."""

    manifest: Manifest
    table: Table
    vectors: VectorIndex
    lexical: LexicalIndex


@dataclass(frozen=True)
class Contents:
    """What a new generation is made of; chunks, vectors and the lexical index share their rows."""

    documents: Sequence[Document]
    chunks: Sequence[Chunk]
    vectors: VectorIndex
    lexical: LexicalIndex


class IndexFolder:
    """The generations of one desk. `root` need not exist yet."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def root(self) -> Path:
        return self._root

    def current(self) -> str | None:
        """Name of the generation that answers; None before the first build."""
        try:
            name = (self._root / "CURRENT").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise IndexNotReady(
                f"CURRENT cannot be read ({error})", where=str(self._root), fix=_REBUILD
            ) from error
        if not _NAME.match(name):
            raise IndexNotReady(
                f"CURRENT names no generation but {name[:40]!r}",
                where=str(self._root),
                fix=_REBUILD,
            )
        return name

    def open(self) -> Bundle:
        """Open the current generation.

        Raises `IndexNotReady` if there is none, it is damaged, or another version wrote it.
        """
        name = self.current()
        if name is None:
            raise IndexNotReady("there is no index yet", where=str(self._root), fix=_REBUILD)
        folder = self._root / name
        manifest = self._manifest(folder)
        try:
            self._check_sizes(folder, manifest)
            bundle = Bundle(
                manifest,
                Table(folder),
                VectorIndex.load(folder / "vectors.faiss"),
                LexicalIndex.load(folder / "lexical"),
            )
        except _UNREADABLE as error:
            raise _damaged(folder, error) from error
        rows = {len(bundle.table), len(bundle.vectors), len(bundle.lexical), manifest.chunks}
        if len(rows) != 1:
            raise _damaged(folder, ValueError(f"its parts differ in length: {sorted(rows)}"))
        return bundle

    def manifest(self) -> Manifest | None:
        """Manifest of the current generation, None before the first build."""
        name = self.current()
        return None if name is None else self._manifest(self._root / name)

    @staticmethod
    def _manifest(folder: Path) -> Manifest:
        path = folder / "manifest.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data.get("format") != FORMAT:
                raise IndexNotReady(
                    f"the index has format {data.get('format')}, this ragkit reads format {FORMAT}",
                    where=str(path),
                    fix=_REBUILD,
                )
            return Manifest.model_validate(data)
        except _UNREADABLE as error:
            raise _damaged(path, error) from error

    @staticmethod
    def _check_sizes(folder: Path, manifest: Manifest) -> None:
        for name, written in manifest.files.items():
            actual = (folder / name).stat().st_size
            if actual != written.size:
                raise ValueError(f"{name} has {actual} bytes instead of {written.size}")

    def verify(self) -> Manifest:
        """Check every byte of the current generation against its manifest.

        Raises `IndexNotReady` if there is none or a file is not as it was written.
        """
        name = self.current()
        if name is None:
            raise IndexNotReady("there is no index yet", where=str(self._root), fix=_REBUILD)
        folder = self._root / name
        manifest = self._manifest(folder)
        try:
            for file, written in manifest.files.items():
                if _sha256(folder / file) != written.sha256:
                    raise ValueError(f"{file} is not as it was written")
        except _UNREADABLE as error:
            raise _damaged(folder, error) from error
        return manifest

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the right to build. Raises `IndexBusy`, naming the process that holds it."""
        import filelock  # brings asyncio, which no draft needs

        holder = self._root / "build.pid"
        lock = filelock.FileLock(self._root / "build.lock", blocking=False)
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            lock.acquire()
            holder.write_text(str(os.getpid()), encoding="utf-8")
        except filelock.Timeout as error:
            raise IndexBusy(
                f"the index is being built by {_holder(holder)}",
                where=str(self._root),
                fix="wait for it to end, then run the command again",
            ) from error
        except OSError as error:
            lock.release()
            raise _unwritable(self._root, error) from error
        try:
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()

    def next_name(self) -> str:
        """The name of the generation to write next: numbers are never used again."""
        numbers = [
            int(match[1])
            for path in self._root.glob("gen-*")
            if (match := _NAME.match(path.name.removesuffix(".tmp")))
        ]
        current = self.current_or_none()
        numbers += [int(current.removeprefix("gen-"))] if current else []
        return f"gen-{max(numbers, default=0) + 1:06d}"

    def current_or_none(self) -> str | None:
        """Like `current`, but an unreadable CURRENT counts as none: a build replaces it."""
        try:
            return self.current()
        except IndexNotReady:
            return None

    def write(self, contents: Contents, describe: Callable[[str], Manifest]) -> Manifest:
        """Write a generation and make it the current one; hold `lock` while calling.

        `describe` makes the manifest, given the generation's name. Raises `IndexNotReady` when
        the disk refuses; the generation before then still answers.
        """
        name, before = self.next_name(), self.current_or_none()
        draft = self._root / f"{name}.tmp"
        try:
            for stale in self._root.glob("*.tmp"):
                shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
            draft.mkdir()
            manifest = self._fill(draft, contents, describe(name))
            draft.rename(self._root / name)
            _sync(self._root)
            self._point_to(name)
        except (OSError, RuntimeError) as error:  # RuntimeError: FAISS, when the disk is full
            shutil.rmtree(draft, ignore_errors=True)
            raise _unwritable(draft, error) from error
        self._drop_all_but(name, before)
        return manifest

    @staticmethod
    def _fill(folder: Path, contents: Contents, manifest: Manifest) -> Manifest:
        write_table(folder, contents.documents, contents.chunks)
        contents.vectors.save(folder / "vectors.faiss")
        contents.lexical.save(folder / "lexical")
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        stamps = {
            path.relative_to(folder).as_posix(): FileStamp(
                size=path.stat().st_size, sha256=_sha256(path)
            )
            for path in files
        }
        manifest = manifest.model_copy(update={"files": stamps})
        path = folder / "manifest.json"
        path.write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
        for each in (*files, path, folder / "lexical", folder):
            _sync(each)
        return manifest

    def _point_to(self, name: str) -> None:
        temporary = self._root / "CURRENT.tmp"
        temporary.write_text(f"{name}\n", encoding="utf-8")
        _sync(temporary)
        temporary.replace(self._root / "CURRENT")
        _sync(self._root)

    def _drop_all_but(self, current: str, before: str | None) -> None:
        """Keep the current generation and the one before it, which readers may be opening."""
        for path in self._root.glob("gen-*"):
            if _NAME.match(path.name) and path.name not in (current, before):
                shutil.rmtree(path, ignore_errors=True)


def _holder(path: Path) -> str:
    """Who builds, as far as it is written down yet, or still."""
    try:
        return f"process {int(path.read_text('utf-8'))}"
    except (OSError, ValueError):
        return "another process"


def _damaged(path: Path, error: Exception) -> IndexNotReady:
    reason = str(error).partition("\n")[0] or type(error).__name__
    return IndexNotReady(f"the index is damaged: {reason}", where=str(path), fix=_REBUILD)


def _unwritable(path: Path, error: OSError | RuntimeError) -> IndexNotReady:
    reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
    return IndexNotReady(
        f"the index could not be written: {reason}",
        where=str(path),
        fix="free space or correct the rights, then run `ragkit index build` again; "
        "the index before is untouched",
    )


def _sync(path: Path) -> None:
    """Have the system put a file or folder on disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def stamp(path: Path) -> SourceStamp:
    """What a knowledge file is now."""
    status = path.stat()
    return SourceStamp(size=status.st_size, mtime_ns=status.st_mtime_ns, sha256=_sha256(path))


def unchanged(path: Path, before: SourceStamp) -> bool:
    """Whether a knowledge file is what it was; read only when its time alone differs."""
    try:
        status = path.stat()
        if status.st_size != before.size:
            return False
        return status.st_mtime_ns == before.mtime_ns or _sha256(path) == before.sha256
    except OSError:
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
