"""The files of a knowledge base: which there are, and whether they are what they were."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

# Folders of a knowledge base that hold no documents: rule packs are read by the guard.
_NOT_DOCUMENTS = frozenset({"rules"})
# What editors and offices leave beside a file while it is open.
_PASSING = ("~$", ".~", "~")
_LEFT_OUT = (".", *_PASSING)
_SIDECAR = (".yaml", ".yml")


@dataclass(frozen=True)
class FoundFile:
    """A file as it is now, with the sidecar beside it that says more about it.

    Size and time are of both: their sum and the later one. -1 stands for a file that cannot be
    looked at.
    """

    location: str
    size: int
    mtime_ns: int
    sidecar: Path | None = None

    @property
    def path(self) -> Path:
        """Made when asked for: ten thousand paths take longer than looking at the files."""
        return Path(self.location)

    def sha256(self) -> str:
        """Hash of the content, and of the sidecar's. Raises `OSError`."""
        digest = hashlib.sha256()
        for path in filter(None, (self.path, self.sidecar)):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()


def find_files(folder: Path) -> dict[str, FoundFile]:
    """The files of a knowledge base by name relative to it, in order of their names.

    Rule packs, hidden files and those of open editors are left out; a sidecar `a.docx.yaml` belongs
    to its `a.docx`. Linked folders are followed, each real folder once. A folder that cannot be
    listed and a link that leads nowhere count as files, so that they are told; a knowledge base
    that is not there has none.
    """
    found = dict(sorted(_walk(folder))) if folder.is_dir() else {}
    sidecars = _sidecars(found)
    beside = set(sidecars.values())
    return {
        name: _with_sidecar(file, found.get(sidecars.get(name, "")))
        for name, file in found.items()
        if name not in beside
    }


def _walk(folder: Path) -> Iterator[tuple[str, FoundFile]]:
    seen = {folder.resolve()}
    waiting = [(folder, "")]
    while waiting:
        here, prefix = waiting.pop()
        try:
            with os.scandir(here) as listing:
                entries = list(listing)
        except OSError:
            yield prefix.rstrip("/"), FoundFile(str(here), -1, -1)
            continue
        for entry in entries:
            if entry.name.startswith(_LEFT_OUT) or (not prefix and entry.name in _NOT_DOCUMENTS):
                continue
            name = prefix + (entry.name if entry.name.isascii() else _readable(entry.name))
            if not _is_folder(entry):
                yield name, _found(entry)
            elif (real := Path(entry.path).resolve()) not in seen:
                seen.add(real)
                waiting.append((Path(entry.path), f"{name}/"))


def _readable(name: str) -> str:
    """A file name with the bytes that are no UTF-8, as old archives hold them, written out."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _found(entry: "os.DirEntry[str]") -> FoundFile:
    try:
        status = entry.stat()
    except OSError:  # a link that leads nowhere
        return FoundFile(entry.path, -1, -1)
    return FoundFile(entry.path, status.st_size, status.st_mtime_ns)


def _sidecars(found: Mapping[str, FoundFile]) -> dict[str, str]:
    """The name of the sidecar of each file that has one."""
    return {
        name.removesuffix(suffix): name
        for name in found
        for suffix in _SIDECAR
        if name.endswith(suffix)
        and name.removesuffix(suffix) in found
        # A file `freight` without a suffix beside `freight.yaml` is not what that is about.
        and PurePosixPath(name.removesuffix(suffix)).suffix
    }


def _with_sidecar(file: FoundFile, sidecar: FoundFile | None) -> FoundFile:
    if sidecar is None:
        return file
    return FoundFile(
        file.location,
        file.size + sidecar.size,
        max(file.mtime_ns, sidecar.mtime_ns),
        sidecar.path,
    )
