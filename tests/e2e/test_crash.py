"""Builds that are killed, or find the disk full, or an index that is damaged.

The generation before goes on answering, and the next build heals what is left.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ragkit.testing import desks
from tests.commands import Outcome
from tests.conftest import PROMPTS
from tests.e2e import forking, killing

BUILD = ("index", "build")
DRAFT = killing.DRAFT
OLD, NEW = "满59元包邮", "满49元包邮"
FAQ_FILE = Path("knowledge_base/faqs/zh/delivery.yaml")
# Few generations, so that a build removes one too; and confidence is fitted once.
TOML = 'time_zone = "Asia/Shanghai"\n[index]\nkeep = 2\nrefit_share = 1.0\n'
SHM = Path("/dev/shm")


def say(desk: Path, old: str, new: str) -> None:
    """Change what the knowledge files say."""
    for path in sorted((desk / "knowledge_base").rglob("*.[my]*")):
        text = path.read_text(encoding="utf-8")
        if old in text:
            path.write_text(text.replace(old, new), encoding="utf-8")


def built(desk: Path) -> None:
    outcome = forking.run(desk, *BUILD)
    assert outcome.code == 0, outcome.stderr


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder, in memory where there is such a place."""
    folder = tmp_path_factory.mktemp("crash")
    if not os.access(SHM, os.W_OK):
        yield folder
        return
    fast = SHM / f"ragkit-{os.getpid()}"
    fast.mkdir()
    yield fast
    shutil.rmtree(fast)


@pytest.fixture(scope="module")
def changed(room: Path) -> Path:
    """A desk with two generations; the files say something new."""
    desk = desks.write_desk(room / "changed", prompts=PROMPTS)
    (desk / "ragkit.toml").write_text(TOML, encoding="utf-8")
    built(desk)
    say(desk, "确认收货后", "签收后")
    built(desk)
    say(desk, OLD, NEW)
    return desk


@dataclass(frozen=True)
class Killing:
    """The moments of a build at which it was killed, and what a build never killed holds."""

    moments: list[dict[str, Any]]
    never_killed: str


def start_killing(desk: Path, room: Path, *options: str) -> "subprocess.Popen[str]":
    room.mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.killing", str(desk), str(room), *options],
        cwd=forking.ROOT,
        env=forking.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def killings(changed: Path, room: Path) -> dict[str, Killing]:
    """On top of a good generation, and on top of none, side by side."""
    bare = Path(shutil.copytree(changed, room / "bare", ignore=shutil.ignore_patterns(".ragkit")))
    running = {
        "good": start_killing(changed, room / "good"),
        "none": start_killing(bare, room / "none", "--few"),
    }
    anew = Path(shutil.copytree(bare, room / "anew"))
    built(anew)
    killings = {}
    for name, process in running.items():
        stdout, stderr = process.communicate(timeout=240)
        assert process.returncode == 0, stderr
        killings[name] = Killing([*map(json.loads, stdout.splitlines())], killing.held(anew))
    return killings


def failing(killed: Killing, right: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    return [told for told in killed.moments if not right(told)]


BASES = ("good", "none")


@pytest.mark.parametrize("base", BASES)
def test_the_build_was_killed_at_every_kind_of_moment(
    killings: dict[str, Killing], base: str
) -> None:
    killed = killings[base]
    assert failing(killed, lambda told: bool(told["killed"])) == []
    kinds = {told["moment"].partition(" ")[2] for told in killed.moments}
    assert {"add", "seal", "fsync", "publish", "os.rename CURRENT.tmp"} <= kinds, kinds
    assert {told["moved"] for told in killed.moments} == {False, True}


def test_killed_at_any_moment_the_old_generation_answers_until_the_new_one_does(
    killings: dict[str, Killing],
) -> None:
    """unsloth #6800: an index build that was killed left no index that answers."""

    def right(told: dict[str, Any]) -> bool:
        draft = Outcome(**told["draft"])
        expected, other = (NEW, OLD) if told["moved"] else (OLD, NEW)
        return draft.code == 0 and expected in draft.stdout and other not in draft.stdout

    assert failing(killings["good"], right) == []


def test_killed_while_there_is_none_the_first_draft_builds_it(
    killings: dict[str, Killing],
) -> None:
    def right(told: dict[str, Any]) -> bool:
        draft = Outcome(**told["draft"])
        first = told["moved"] or "building one first" in draft.stderr
        return draft.code == 0 and NEW in draft.stdout and first

    assert failing(killings["none"], right) == []


@pytest.mark.parametrize("base", BASES)
def test_what_answers_is_whole(killings: dict[str, Killing], base: str) -> None:
    def right(told: dict[str, Any]) -> bool:
        return told["verify"] in (None, 0)

    assert failing(killings[base], right) == []


@pytest.mark.parametrize("base", BASES)
def test_the_next_build_heals(killings: dict[str, Killing], base: str) -> None:
    """And holds what a build holds that was never killed, to the byte; nothing is left about."""
    killed = killings[base]

    def right(told: dict[str, Any]) -> bool:
        return bool(told["build"] == 0 and told["left"] == [killed.never_killed])

    assert failing(killed, right) == []


# Runs the command line, and has the system kill it right after CURRENT has moved.
KILLED_AFTER_THE_SWAP = """
import os, signal, sys
from pathlib import Path
from ragkit.cli.main import main
replace = Path.replace
def fatal(self, target):
    replace(self, target)
    if Path(target).name == "CURRENT":
        os.kill(os.getpid(), signal.SIGKILL)
Path.replace = fatal
main()
"""


def test_what_answered_before_stays_even_if_its_build_was_killed_late(
    changed: Path, tmp_path: Path
) -> None:
    """The one before the current one always stays: readers may be opening it, and roll back."""
    desk = Path(shutil.copytree(changed, tmp_path / "desk"))
    process = subprocess.run(
        [sys.executable, "-c", KILLED_AFTER_THE_SWAP, "--desk", str(desk), *BUILD],
        capture_output=True,
        check=False,
    )
    assert process.returncode == -signal.SIGKILL
    assert killing.current(desk) == "gen-000003"
    say(desk, NEW, "满39元包邮")
    built(desk)
    assert killing.current(desk) == "gen-000004"
    assert (desk / ".ragkit" / "index" / "gen-000003").is_dir()
    rolled = forking.run(desk, "index", "rollback")
    assert rolled.code == 0, rolled.stderr
    assert NEW in forking.run(desk, *DRAFT).stdout


@pytest.fixture
def small_disk(changed: Path, tmp_path: Path) -> Iterator[Path]:
    """The desk, its index on a file system of its own that has no room to spare."""
    desk = Path(shutil.copytree(changed, tmp_path / "desk"))
    state = desk / ".ragkit"
    index = tmp_path / "index"
    state.rename(index)
    state.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(state)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"this user may not mount a file system: {mounted.stderr.strip()}")
    try:
        shutil.copytree(index, state, dirs_exist_ok=True)
        yield desk
    finally:
        subprocess.run(["umount", str(state)], check=True)


def resize(desk: Path, spare: int) -> None:
    """Leave `spare` bytes free where the index is."""
    state = desk / ".ragkit"
    size = shutil.disk_usage(state).used + spare
    subprocess.run(["mount", "-o", f"remount,size={size}", str(state)], check=True)


def refused(outcome: Outcome, *words: str) -> None:
    assert outcome.code == 3, outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert outcome.stderr.count("error: ") == 1
    for word in ("  where: ", "  fix:   ", *words):
        assert word in outcome.stderr


@pytest.mark.parametrize("spare", [4096, 40_960, 81_920])
def test_a_full_disk(small_disk: Path, spare: int) -> None:
    resize(small_disk, spare)
    refused(
        forking.run(small_disk, *BUILD),
        "No space left on device",
        str(small_disk / ".ragkit" / "index"),
        "free space",
    )
    answer = forking.run(small_disk, *DRAFT)
    assert (answer.code, OLD in answer.stdout) == (0, True), answer.stderr
    resize(small_disk, 64_000_000)
    built(small_disk)
    assert NEW in forking.run(small_disk, *DRAFT).stdout
    assert killing.litter(small_disk) == []


# Files may not grow beyond so many bytes: what a quota does to a process (see `setrlimit(2)`).
LIMITED = """
import resource, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from ragkit.cli.main import main
main()
"""


@pytest.mark.parametrize("limit", [0, 1000, 10_000])
def test_files_that_may_not_grow(changed: Path, tmp_path: Path, limit: int) -> None:
    desk = Path(shutil.copytree(changed, tmp_path / "desk"))
    process = subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), "--desk", str(desk), *BUILD],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    outcome = Outcome(process.returncode, process.stdout, process.stderr)
    refused(outcome, "File too large", "the index before is untouched")
    answer = forking.run(desk, *DRAFT)
    assert (answer.code, OLD in answer.stdout) == (0, True), answer.stderr
    built(desk)
    assert killing.litter(desk) == []


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def other_format(path: Path) -> None:
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "format": 1}), encoding="utf-8")


def unreadable(path: Path) -> None:
    path.write_bytes(b"\xff")


DAMAGES: dict[str, tuple[str, Callable[[Path], None], str]] = {  # id: (file, damage, what is told)
    "vectors cut off": ("segments/*/vectors.faiss", cut, "vectors.faiss has 100 bytes"),
    "columns gone": ("segments/*/chunks.npy", Path.unlink, "chunks.npy"),
    "marks cut off": ("gen-*/live.npy", cut, "live.npy has 100 bytes"),
    "manifest of another version": ("gen-*/manifest.json", other_format, "has format 1"),
    "sources gone": ("gen-*/sources.json", Path.unlink, "sources.json"),
    "CURRENT unreadable": ("CURRENT", unreadable, "CURRENT cannot be read"),
}


@pytest.mark.parametrize(("pattern", "damage", "told"), DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_index_is_built_again_visibly(
    desk: Path, pattern: str, damage: Callable[[Path], None], told: str
) -> None:
    for path in list((desk / ".ragkit" / "index").glob(pattern)):
        damage(path)
    verified = forking.run(desk, "index", "verify")
    refused(verified, "run `ragkit index build")
    first = forking.run(desk, *DRAFT)
    assert first.code == 0, first.stderr
    assert OLD in first.stdout
    assert told in first.stderr
    assert "building it again" in first.stderr
    second = forking.run(desk, *DRAFT)
    assert (second.code, second.stderr) == (0, "")
    assert OLD in second.stdout


def test_a_build_heals_a_damaged_index(desk: Path) -> None:
    cut(next((desk / ".ragkit" / "index").glob("segments/*/vectors.faiss")))
    built(desk)
    assert forking.run(desk, "index", "verify").code == 0
    answer = forking.run(desk, *DRAFT)
    assert (answer.code, answer.stderr) == (0, "")
    assert killing.litter(desk) == []
