"""The generations of one desk on disk: each written beside the others, then swapped in.

    index/CURRENT             the name of the generation that answers, such as gen-000003
    index/history.jsonl       which generation began to answer when
    index/gen-000003/         manifest.json and its checksum, sources.json, live.npy (which
                              documents count)
    index/segments/           what generations are made of; they share what did not change
    index/embeddings.sqlite   embeddings by text
    index/build.lock          held while a build runs

Segments and generations appear under their names only when all of them is on disk, and CURRENT
moves in one rename: a reader sees the old one or the new one, and a build that dies leaves the old
one serving.
"""

import json
import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep

import numpy as np
from numpy.typing import NDArray

from ragkit.core.errors import IndexBusy, IndexNotReady
from ragkit.core.text import Record
from ragkit.index.bundle import (
    FORMAT,
    REBUILD,
    UNREADABLE,
    Bundle,
    Manifest,
    Sources,
    SourceState,
    damaged,
    open_bundle,
    segment_info,
)
from ragkit.index.segments import (
    FileStamp,
    SegmentInfo,
    SegmentWriter,
    check_bytes,
    sha256,
    stamp,
    stamp_files,
    sync,
    sync_tree,
)
from ragkit.index.table import Table

_log = logging.getLogger(__name__)
_GENERATION = re.compile(r"^gen-([0-9]{6,18})$")
_SEGMENT = re.compile(r"^seg-([0-9]{6,18})$")
_CHECKSUM = "manifest.sha256"
_LOOK_S = 0.1  # how often a waiting builder looks whether the other has finished


class Published(Record):
    """A generation began to answer."""

    generation: str
    at: datetime
    by: str  # publish or rollback


class IndexFolder:
    """The generations of one desk. `root` need not exist yet."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._segments = root / "segments"

    @property
    def root(self) -> Path:
        return self._root

    @property
    def cache(self) -> Path:
        """File of the embedding cache."""
        return self._root / "embeddings.sqlite"

    def current(self) -> str | None:
        """Name of the generation that answers; None before the first build."""
        try:
            name = (self._root / "CURRENT").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise IndexNotReady(
                f"CURRENT cannot be read ({error})", where=str(self._root), fix=REBUILD
            ) from error
        if not _GENERATION.match(name):
            raise IndexNotReady(
                f"CURRENT names no generation but {name[:40]!r}",
                where=str(self._root),
                fix=REBUILD,
            )
        return name

    def current_or_none(self) -> str | None:
        """Like `current`, but an unreadable CURRENT counts as none: a build replaces it."""
        try:
            return self.current()
        except IndexNotReady:
            return None

    def _named(self, asked: str | None) -> str:
        name = asked or self.current()
        if name is None:
            raise IndexNotReady("there is no index yet", where=str(self._root), fix=REBUILD)
        if not _GENERATION.match(name) or not (self._root / name).is_dir():
            known = ", ".join(self.names()) or "none"
            raise IndexNotReady(
                f"there is no generation {name[:40]!r}",
                where=str(self._root),
                fix=f"use one of those there: {known}" if asked and known != "none" else REBUILD,
            )
        return name

    def open(self, name: str | None = None) -> Bundle:
        """Open a generation, by default the current one.

        Raises `IndexNotReady` if there is none, it is damaged, or another version wrote it.
        """
        name = self._named(name)
        manifest = self.read_manifest(name)
        segments = [self.segment(segment) for segment in manifest.segments]
        return open_bundle(self._root / name, manifest, segments)

    def manifest(self) -> Manifest | None:
        """Manifest of the current generation, None before the first build."""
        name = self.current()
        return None if name is None else self.read_manifest(name)

    def read_manifest(self, name: str) -> Manifest:
        """Raises `IndexNotReady` if it is damaged or of another version."""
        path = self._root / name / "manifest.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data.get("format") != FORMAT:
                raise IndexNotReady(
                    f"the index has format {data.get('format')}, this ragkit reads format {FORMAT}",
                    where=str(path),
                    fix=REBUILD,
                )
            return Manifest.model_validate(data)
        except UNREADABLE as error:
            raise damaged(path, error) from error

    def sources(self, name: str) -> dict[str, SourceState]:
        """The knowledge files of a generation, by name."""
        path = self._root / name / "sources.json"
        try:
            return Sources.validate_json(path.read_bytes())
        except UNREADABLE as error:
            raise damaged(path, error) from error

    def names(self) -> list[str]:
        """Generations that are on disk, oldest first."""
        found = [path.name for path in self._root.glob("gen-*") if _GENERATION.match(path.name)]
        return sorted(found, key=_number)

    def history(self) -> list[Published]:
        """Which generation began to answer when, oldest first; lines cut off by a crash are not."""
        try:
            lines = (self._root / "history.jsonl").read_bytes().splitlines()
        except OSError:
            return []
        found = []
        for line in lines:
            try:
                found.append(Published.model_validate_json(line))
            except ValueError:
                continue
        return found

    def staged(self) -> str | None:
        """The newest generation that was made and never answered; None if there is none newer."""
        current = self.current_or_none()
        answered = {published.generation for published in self.history()}
        ready = [
            name
            for name in self.names()
            if name not in answered and (current is None or _number(name) > _number(current))
        ]
        return ready[-1] if ready else None

    def before(self) -> str | None:
        """The generation that answered last before the current one and is still on disk."""
        current, there = self.current_or_none(), set(self.names())
        if current is None:
            return None
        older = [
            published.generation
            for published in self.history()
            if published.generation in there and _number(published.generation) < _number(current)
        ]
        return max(older, key=_number, default=None)

    def verify(self, name: str | None = None) -> Manifest:
        """Check every byte of a generation and of its segments against what was written.

        Raises `IndexNotReady` if there is none or a file is not as it was written.
        """
        name = self._named(name)
        manifest = self.read_manifest(name)
        place = self._root / name
        try:
            if sha256(place / "manifest.json") != (place / _CHECKSUM).read_text("ascii"):
                raise ValueError("manifest.json is not as it was written")
            check_bytes(place, manifest.files)
            for segment in manifest.segments:
                place = self._segments / segment
                check_bytes(place, segment_info(place).files)
        except UNREADABLE as error:
            raise damaged(place, error) from error
        self.open(name)
        return manifest

    @contextmanager
    def lock(self, *, wait_s: float = 0.0) -> Iterator[None]:
        """Hold the right to build, waiting for it at most `wait_s` seconds.

        Raises `IndexBusy`, naming the process that holds it.
        """
        import filelock  # brings asyncio, which no draft needs

        holder = self._root / "build.pid"
        lock = filelock.FileLock(self._root / "build.lock", blocking=False)
        deadline = monotonic() + wait_s
        while True:
            try:
                self._root.mkdir(parents=True, exist_ok=True)
                lock.acquire()
                holder.write_text(str(os.getpid()), encoding="utf-8")
                break
            except filelock.Timeout as error:
                if monotonic() < deadline:
                    sleep(_LOOK_S)
                    continue
                raise IndexBusy(
                    f"the index is being built by {_holder(holder)}",
                    where=str(self._root),
                    fix="wait for it to end, or wait with `--wait SECONDS`",
                ) from error
            except OSError as error:
                lock.release()
                raise unwritable(self._root, error) from error
        try:
            yield
        finally:
            holder.unlink(missing_ok=True)
            lock.release()

    def new_segment(self, *, dimension: int) -> SegmentWriter:
        """A segment to be filled; hold `lock`. Raises `IndexNotReady` when the disk refuses."""
        try:
            for stale in self._segments.glob("*.tmp"):
                shutil.rmtree(stale)
            return SegmentWriter(self._segments / self._next_segment(), dimension=dimension)
        except OSError as error:
            raise unwritable(self._segments, error) from error

    def seal(self, writer: SegmentWriter) -> SegmentInfo:
        """Make a filled segment one; hold `lock`. Raises `IndexNotReady` when the disk refuses."""
        try:
            return writer.seal()
        except (OSError, RuntimeError) as error:  # RuntimeError: FAISS, when the disk is full
            writer.discard()
            raise unwritable(self._segments, error) from error

    def guarded(self, write: Callable[..., object], *arguments: object) -> None:
        """Call a step that writes. Raises `IndexNotReady` when the disk refuses."""
        try:
            write(*arguments)
        except OSError as error:
            raise unwritable(self._segments, error) from error

    def segment(self, name: str) -> Path:
        """Folder of a segment."""
        return self._segments / name

    def write(
        self,
        manifest: Manifest,
        *,
        live: NDArray[np.bool_],
        sources: Mapping[str, SourceState],
    ) -> Manifest:
        """Write the generation that a manifest names, which does not answer yet; hold `lock`.

        Returns the manifest with the stamps of its files. Raises `IndexNotReady` when the disk
        refuses; nothing is left of it then.
        """
        name = manifest.generation
        draft = self._root / f"{name}.tmp"
        try:
            for stale in self._root.glob("gen-*.tmp"):
                shutil.rmtree(stale)
            draft.mkdir()
            np.save(draft / "live.npy", live)
            (draft / "sources.json").write_bytes(Sources.dump_json(dict(sources)))
            files = stamp_files(draft) | self._segment_stamps(manifest.segments)
            manifest = manifest.model_copy(update={"files": files})
            text = manifest.model_dump_json(indent=1)
            (draft / "manifest.json").write_text(text, encoding="utf-8")
            (draft / _CHECKSUM).write_text(sha256(draft / "manifest.json"), encoding="ascii")
            sync_tree(draft)
            draft.rename(self._root / name)
            sync(self._root)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise unwritable(draft, error) from error
        return manifest

    def _segment_stamps(self, names: Sequence[str]) -> dict[str, FileStamp]:
        """What says how each segment is, as it lies from the folder of a generation."""
        return {
            f"../segments/{name}/segment.json": stamp(self.segment(name) / "segment.json")
            for name in names
        }

    def publish(self, name: str, *, at: datetime, by: str = "publish") -> None:
        """From now on this generation answers; hold `lock`.

        Raises `IndexNotReady` when the disk refuses; the generation before then still answers.
        """
        name, before = self._named(name), self.current_or_none()
        temporary = self._root / "CURRENT.tmp"
        try:
            temporary.write_text(f"{name}\n", encoding="utf-8")
            sync(temporary)
            temporary.replace(self._root / "CURRENT")
            sync(self._root)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise unwritable(self._root, error) from error
        if before and before not in {published.generation for published in self.history()}:
            self._note(Published(generation=before, at=at, by="publish"))  # its build died here
        self._note(Published(generation=name, at=at, by=by))

    def _note(self, published: Published) -> None:
        """Write down that a generation answers: it does already, so failing would tell a lie."""
        try:
            with (self._root / "history.jsonl").open("ab") as file:
                file.write(f"\n{published.model_dump_json()}\n".encode())
        except OSError as error:
            _log.warning("%s answers, but the history: %s", published.generation, error)

    def drop_old(self, *, keep: int) -> list[str]:
        """Remove all generations but `keep` that answered, and a staged one; hold `lock`.

        The current one and the one before it, which readers may be opening, always stay; segments
        that none of those left needs go too. Returns the names of what was removed.
        """
        current = self.current_or_none()
        answered = {published.generation for published in self.history()}
        old = [name for name in reversed(self.names()) if name in answered and name != current]
        kept = {current, self.staged(), *old[: max(keep - 1, 1)]}
        gone = [name for name in self.names() if name not in kept]
        needed: set[str] = set()
        for name in self.names():
            if name in kept:
                try:
                    needed |= set(self.read_manifest(name).segments)
                except IndexNotReady:
                    continue  # of another version, or damaged: nothing can be opened with it
        loose = [
            path.name
            for path in self._segments.glob("seg-*")
            if path.name not in needed and _SEGMENT.match(path.name.removesuffix(".tmp"))
        ]
        for path in (*(self._root / n for n in gone), *(self._segments / n for n in loose)):
            shutil.rmtree(path, ignore_errors=True)
        return [*gone, *sorted(loose)]

    def texts(self) -> Iterator[str]:
        """What the chunks of all generations on disk are found by; segments are read once."""
        segments = {segment for name in self.names() for segment in self._segments_of(name)}
        for segment in sorted(segments):
            try:
                table = Table([self.segment(segment)])
                yield from [table.chunk(row).search_text for row in range(len(table))]
            except (IndexNotReady, *UNREADABLE):
                continue  # a damaged segment is built anew, and its texts embedded again

    def files(self, manifest: Manifest) -> Iterator[Path]:
        """The files of a generation and of its segments."""
        folders = [self._root / manifest.generation, *map(self.segment, manifest.segments)]
        for folder in folders:
            yield from (path for path in folder.rglob("*") if path.is_file())

    def next_name(self) -> str:
        """The name of the generation to write next: numbers are never used again."""
        current = self.current_or_none()
        taken = [path.name.removesuffix(".tmp") for path in self._root.glob("gen-*")]
        taken += [published.generation for published in self.history()]
        numbers = [_number(name) for name in (*taken, current or "") if _GENERATION.match(name)]
        return f"gen-{max(numbers, default=0) + 1:06d}"

    def _next_segment(self) -> str:
        taken = {path.name for path in self._segments.glob("seg-*") if _SEGMENT.match(path.name)}
        taken.update(*(self._segments_of(name) for name in self.names()))
        return f"seg-{max(map(_number, taken), default=0) + 1:06d}"

    def _segments_of(self, name: str) -> Sequence[str]:
        try:
            return self.read_manifest(name).segments
        except IndexNotReady:
            return ()


def _number(name: str) -> int:
    return int(name.partition("-")[2])


def _holder(path: Path) -> str:
    """Who builds, as far as it is written down yet, or still."""
    try:
        return f"process {int(path.read_text('utf-8'))}"
    except (OSError, ValueError):
        return "another process"


def unwritable(path: Path, error: OSError | RuntimeError) -> IndexNotReady:
    reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
    return IndexNotReady(
        f"the index could not be written: {reason}",
        where=str(path),
        fix="free space or correct the rights, then run `ragkit index build` again; "
        "the index before is untouched",
    )
