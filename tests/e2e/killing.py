"""Kills `ragkit index build` at every moment at which it changes what is on disk.

python -m tests.e2e.killing DESK FOLDER [--few] prints a JSON line for each moment, playing them in
FOLDER; of few, the first of each kind.
Every command runs in a process of its own; they are forked from this one, which has loaded ragkit
and done nothing yet.
"""

import hashlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ragkit.index import generations, segments
from ragkit.index.generations import IndexFolder
from tests.e2e.forking import command, forked

DRAFT = ("draft", "满多少钱包邮", "--as-of", "2026-10-01")
CHANGING = ("os.rename", "os.remove", "os.rmdir", "os.mkdir")


def armed(run: Callable[[], None], desk: Path, moment: int, named: Path) -> Callable[[], None]:
    """The same, killed by the system before the change to the index that has this number.

    The changes are written to the file `named`.
    """
    index, count = f"{desk / '.ragkit' / 'index'}", 0
    changes = os.open(named, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def reached(event: str) -> None:
        nonlocal count
        count += 1
        os.write(changes, f"{event}\n".encode())
        if count == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in CHANGING or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            path = str(arguments[0])
            # shutil.rmtree names what is in a folder without the folder.
            if path.startswith(index) or not Path(path).is_absolute():
                reached(f"{event} {Path(path).name}")

    def counted(function: Callable[..., Any], event: str) -> Callable[..., Any]:
        def before(*arguments: Any, **more: Any) -> Any:
            reached(event)
            return function(*arguments, **more)

        return before

    def armed_run() -> None:
        os.fsync = counted(os.fsync, "fsync")
        segments.SegmentWriter.add = counted(segments.SegmentWriter.add, "add")  # type: ignore[method-assign]
        segments.SegmentWriter.seal = counted(segments.SegmentWriter.seal, "seal")  # type: ignore[method-assign]
        generations.IndexFolder.publish = counted(IndexFolder.publish, "publish")  # type: ignore[method-assign]
        sys.addaudithook(watch)
        run()

    return armed_run


def held(desk: Path) -> str:
    """Hash over every chunk with its vector, whatever its row."""
    bundle = IndexFolder(desk / ".ragkit" / "index").open()
    rows = np.flatnonzero(bundle.table.live)
    vectors = bundle.vectors.vectors(rows)
    lines = sorted(
        bundle.table.chunk(int(row)).model_dump_json().encode() + vector.tobytes()
        for row, vector in zip(rows, vectors, strict=True)
    )
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


def litter(desk: Path) -> list[str]:
    """What is on disk and belongs to no generation."""
    folder = IndexFolder(desk / ".ragkit" / "index")
    needed = {s for name in folder.names() for s in folder.read_manifest(name).segments}
    loose = [p.name for p in (folder.root / "segments").iterdir() if p.name not in needed]
    return [*loose, *(path.name for path in folder.root.rglob("*.tmp*"))]


def current(desk: Path) -> str | None:
    return IndexFolder(desk / ".ragkit" / "index").current()


def play(desk: Path, folder: Path, moment: int) -> dict[str, Any]:
    """What the system does once the build has been killed at a moment, counted from 1."""
    here = Path(shutil.copytree(desk, folder / "desk"))
    before, named = current(here), folder / "moments"
    built = forked(armed(command(here, "index", "build"), here, moment, named))
    after = current(here)
    return {
        "killed": built.code == -signal.SIGKILL,
        "moved": after != before,
        "verify": forked(command(here, "index", "verify")).code if after else None,
        "draft": asdict(forked(command(here, *DRAFT))),
        "build": forked(command(here, "index", "build")).code,
        "left": forked(lambda: print(held(here), *litter(here))).stdout.split(),
    }


def moments(desk: Path, folder: Path) -> dict[int, str]:
    """Each change to the index that a build makes; of many alike in a row the first."""
    here, named = Path(shutil.copytree(desk, folder / "desk")), folder / "moments"
    forked(armed(command(here, "index", "build"), here, 0, named))
    events = named.read_text(encoding="utf-8").splitlines()
    return {
        number: event
        for number, event in enumerate(events, start=1)
        if kind(event) not in map(kind, events[number - 2 : number - 1])
    }


def kind(event: str) -> str:
    """Changes alike: each file that is written or removed leaves much the same behind."""
    return event if "CURRENT" in event or "history" in event else event.split()[0]


def play_all(desk: Path, room: Path, *, few: bool) -> None:
    with tempfile.TemporaryDirectory(dir=room) as folder:
        chosen = moments(desk, Path(folder))
    if few:
        firsts = {kind(event): number for number, event in reversed(chosen.items())}
        chosen = {number: chosen[number] for number in sorted(firsts.values())}
    for number, event in chosen.items():
        with tempfile.TemporaryDirectory(dir=room) as folder:
            told = play(desk, Path(folder), number)
        print(json.dumps({"moment": f"{number} {event}", **told}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    play_all(Path(sys.argv[1]), Path(sys.argv[2]), few="--few" in sys.argv)
