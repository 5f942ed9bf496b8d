"""Building, changing and opening an index: ragkit beside LangChain's FAISS store, in one run.

    pip install -c constraints.txt -e ".[bench]"
    python eval/benchmarks/indexing.py

For 1,000 and for 10,000 made-up knowledge files (see made_knowledge.py; ten chunks each) this times
a build from nothing, one changed file, a renamed one, none at all, and opening and searching, every
process a fresh one (the steps are in indexing_steps.py). LangChain runs twice: with chunks of 400
characters, and with smaller ones, so that there are about as many as ragkit has. Both sides use the
embedding that comes with ragkit. Writes medians and ratios to indexing.json beside this file; takes
about a quarter of an hour. `--files 1000` runs one size and writes nothing.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import made_knowledge

FILES = (1_000, 10_000)
RUNS = 3
CHUNK_SIZES = {"langchain_400": 400, "langchain_as_many_chunks": 115}  # characters
STEPS = Path(__file__).with_name("indexing_steps.py")
PACKAGES = (
    *("ragkit", "faiss-cpu", "numpy", "pydantic", "tokenizers"),
    *("langchain-community", "langchain-core", "langchain-text-splitters"),
)
Row = dict[str, float]


@dataclass
class Side:
    """One side and what was measured of it: values by name, one for each run.

    `chunk_size` is LangChain's, in characters; None is ragkit.
    """

    name: str
    chunk_size: int | None = None
    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, *values: float) -> None:
        self.values.setdefault(name, []).extend(values)

    def row(self) -> Row:
        """The median of each; of what was done ten times in one process, the slowest too."""
        row = {name: round(statistics.median(found), 4) for name, found in self.values.items()}
        for name in ("change_s", "rename_s"):
            if name in self.values:
                row[f"{name}_slowest"] = round(max(self.values[name]), 4)
        return row

    def store(self, desk: Path) -> Path:
        """Where its index lies."""
        return desk / (".ragkit" if self.chunk_size is None else f"langchain-{self.chunk_size}")

    def step(self, what: str, desk: Path) -> None:
        """Run a step in a process of its own, and note its times, its counts and its peak."""
        step = f"{'ragkit' if self.chunk_size is None else 'langchain'}_{what}"
        sizes = [] if self.chunk_size is None else [str(self.chunk_size)]
        ran = run([sys.executable, str(STEPS), step, str(desk), *sizes])
        found = json.loads(ran.output)
        for name, seconds in found["seconds"].items():
            self.add(f"{name}_s", *seconds)
        for name, count in found["counts"].items():
            self.add(name, count)
        self.note(what, ran)

    def note(self, what: str, ran: "Ran") -> None:
        self.add(f"{what}_process_s", ran.wall_s)
        self.add(f"{what}_process_cpu_s", ran.cpu_s)
        self.add(f"{what}_process_peak_mib", ran.peak_mib)

    def change_once(self, desk: Path, edit: made_knowledge.Edit) -> None:
        """One edited file brought in by a process that starts with nothing."""
        if self.chunk_size is not None:
            self.step("change_once", desk)
            return
        command = [sys.executable, "-m", "ragkit", "--desk", str(desk), "index", "build", "--json"]
        edit.do()
        self.note("change_once", run(command))
        edit.undo()
        run(command)
        self.note("no_change_once", run(command))


@dataclass(frozen=True)
class Ran:
    """A command that has run: wall and processor time in seconds, peak memory in MiB."""

    output: str
    wall_s: float
    cpu_s: float
    peak_mib: float


def run(command: list[str]) -> Ran:
    """Run a command that must succeed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"exit code {process.returncode}: {' '.join(command)}")
    return Ran(output, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def size_mib(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def ratios(ragkit: Row, other: Row) -> Row:
    """How many times as much the other side takes; below 1 it is the faster or smaller one."""
    pairs = {
        "build": ("build_s", "build_s"),
        "build_cpu": ("build_process_cpu_s", "build_process_cpu_s"),
        "build_peak": ("build_process_peak_mib", "build_process_peak_mib"),
        "change_against_its_rebuild": ("change_s", "build_s"),
        "change_against_its_replaced_chunks": ("change_s", "change_s"),
        "change_once_against_its_rebuild": ("change_once_process_s", "build_process_s"),
        "change_once_against_its_replaced_chunks": (
            "change_once_process_s",
            "change_once_process_s",
        ),
        "open_and_search": ("open_and_search_s", "open_and_search_s"),
        "search": ("search_s", "search_s"),
        "disk": ("disk_mib", "disk_mib"),
    }
    return {name: round(other[theirs] / ragkit[ours], 2) for name, (ours, theirs) in pairs.items()}


def measure(files: int) -> dict[str, Row]:
    """Everything for one size, in a desk that is removed afterwards; the sides take turns."""
    sides = [Side("ragkit"), *(Side(name, size) for name, size in CHUNK_SIZES.items())]
    with tempfile.TemporaryDirectory() as folder:
        desk = Path(folder) / "desk"
        run([sys.executable, "-m", "ragkit", "init", str(desk)])
        for kind in ("policies", "faqs", "products", "scripts"):
            shutil.rmtree(desk / "knowledge_base" / kind)
        made_knowledge.write(desk / "knowledge_base", files)
        for _ in range(RUNS):
            for side in sides:
                shutil.rmtree(side.store(desk), ignore_errors=True)
                side.step("build", desk)
        for side in sides:
            side.add("disk_mib", size_mib(side.store(desk)))
        cache = desk / ".ragkit" / "index" / "embeddings.sqlite"
        sides[0].add("disk_mib_of_embedding_cache", cache.stat().st_size / 2**20)
        for what, times in (("open", RUNS), ("changes", 1)):
            for _ in range(times):
                for side in sides:
                    side.step(what, desk)
        for edit in made_knowledge.edits(desk / "knowledge_base", RUNS):
            for side in sides:
                side.change_once(desk, edit)
    rows = {side.name: side.row() for side in sides}
    for side in sides[1:]:
        rows[f"{side.name} / ragkit"] = ratios(rows["ragkit"], rows[side.name])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int)
    chosen = parser.parse_args().files
    result = {
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "runs": RUNS,
        "files": {f"{files}": measure(files) for files in ([chosen] if chosen else FILES)},
        "machine": {
            "cores": os.cpu_count(),
            "architecture": platform.machine(),
            "python": platform.python_version(),
        },
        "versions": {name: metadata.version(name) for name in PACKAGES},
    }
    text = json.dumps(result, indent=2)
    if not chosen:
        Path(__file__).with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
