"""Bad files, settings and indexes through the real command line.

Each ends with its exit code, the place and a remedy on stderr, never a traceback; and the last good
index goes on answering.
"""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from ragkit.core.retrieval import Query
from ragkit.testing import desks
from ragkit.wiring import open_desk
from tests import commands
from tests.commands import Outcome

BUILD = ("index", "build")
DRAFT = ("draft", "满多少钱包邮", "--as-of", "2026-10-01")
EVAL = ("eval", "run")
STATUS = ("index", "status")
ANSWER = "满59元包邮"
ITEM = """\
items:
  - id: faq-new
    locale: zh
    question: 怎么退货？
    answer: 申请后七天内寄回。
    category: [操作指南]
    scene: after_sales.return
"""
NEW = "faqs/zh/new.yaml"
OLD_POLICY = "policies/zh/policy-freight-2026-01.md"
NEW_POLICY = "policies/zh/policy-freight-2026-09.md"
SCRIPTS = "scripts/zh/scripts.yaml"
OLD_AS_NEW = desks.POLICY_OLD.replace(
    "effective_from: 2026-01-01\neffective_to: 2026-08-31\n", "effective_from: 2026-09-01\n"
)
Change = Callable[[Path], object]
Stage = dict[tuple[str, str], "Future[Played]"]


def put(name: str, content: str | bytes) -> Change:
    """Write a knowledge file."""
    raw = content.encode() if isinstance(content, str) else content
    return lambda desk: (desk / "knowledge_base" / name).write_bytes(raw)


def link_to_itself(desk: Path) -> None:
    (desk / "knowledge_base" / NEW).symlink_to(desk / "knowledge_base" / NEW)


def no_documents(desk: Path) -> None:
    for name in ("faqs", "policies", "products", "scripts"):
        shutil.rmtree(desk / "knowledge_base" / name)


def no_folder(desk: Path) -> None:
    shutil.rmtree(desk / "knowledge_base")


KNOWLEDGE: dict[str, tuple[Change, str, str]] = {  # id: (change, place, words)
    "a file that cannot be read": (link_to_itself, NEW, "cannot read the file"),
    "NUL bytes": (put(NEW, f"{ITEM}\0\0"), f"{NEW}:8", "U+0000"),
    "an id in two files": (
        put(NEW, ITEM.replace("faq-new", "faq-invoice")),
        f"{NEW}:2",
        "stands in faqs/zh/delivery.yaml:30",
    ),
    "a day that does not exist": (
        put(NEW, f"{ITEM}    effective_from: 2026-02-30\n"),
        f"{NEW}:8",
        "2026-03-01",
    ),
    "days in the wrong order": (
        put(NEW, f"{ITEM}    effective_from: 2026-09-01\n    effective_to: 2026-08-31\n"),
        f"{NEW}:9",
        "ends before it starts",
    ),
    "unknown key": (put(NEW, f"{ITEM}    tags: [a]\n"), f"{NEW}:8", "unknown key `tags`"),
    "key twice": (put(NEW, f"{ITEM}    id: faq-b\n"), f"{NEW}:8", "the key `id` stands twice"),
    "YAML that is none": (put(NEW, f"{ITEM}    see: [a\n"), f"{NEW}:8", "not valid YAML"),
    "unknown slot": (
        put(SCRIPTS, desks.SCRIPTS.replace("{order.id}", "{order.nr}")),
        f"{SCRIPTS}:16",
        "unknown slot order.nr",
    ),
    "link to no document": (
        put(NEW, f"{ITEM}    see: [policy-freight#1.1, policy-gone]\n"),
        f"{NEW}:2",
        "`policy-gone`, which does not exist",
    ),
    "two versions on the same day": (
        put(OLD_POLICY, OLD_AS_NEW),
        OLD_POLICY,
        f"the other stands in {NEW_POLICY}",
    ),
    "empty file": (put(NEW, ""), f"{NEW}:1", "expected a mapping with `items:`"),
    "empty policy": (put("policies/zh/gift.md", ""), "policies/zh/gift.md", "holds no text"),
    "empty knowledge base": (no_documents, "knowledge_base", "holds no documents"),
    "no knowledge base": (no_folder, "knowledge_base", "there is no such folder"),
}


def index_files(desk: Path) -> dict[str, bytes]:
    """Every file of the index, but for the lock."""
    folder = desk / ".ragkit" / "index"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "build.lock"
    }


def refused(outcome: Outcome, code: int, place: str, words: str) -> None:
    assert "Traceback" not in outcome.stderr
    assert outcome.code == code, outcome.stderr
    assert outcome.stderr.count("error: ") == 1
    assert any(
        line.strip().startswith("where:") and place in line for line in outcome.stderr.splitlines()
    ), outcome.stderr
    assert words in outcome.stderr
    assert "  fix:   " in outcome.stderr


def answered(outcome: Outcome, answer: str = ANSWER) -> None:
    assert outcome.code == 0, outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert answer in outcome.stdout


@dataclass(frozen=True)
class Scene:
    """A change to a desk, and the commands that are run on it then."""

    change: Change
    steps: tuple[tuple[str, ...], ...]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Played:
    """How each command ended; and whether the first left the index as it was, to the byte."""

    desk: Path
    outcomes: tuple[Outcome, ...]
    kept: bool


def play(built: Path, folder: Path, scene: Scene) -> Played:
    desk = Path(shutil.copytree(built, folder))
    scene.change(desk)
    before, kept, outcomes = index_files(desk), True, []
    for step in scene.steps:
        run = killed if step[0] == "killed" else commands.run
        outcomes.append(run(desk, *step, environment=scene.environment))
        kept = kept and (len(outcomes) > 1 or index_files(desk) == before)
    return Played(desk, tuple(outcomes), kept)


def killed(desk: Path, *step: str, environment: dict[str, str]) -> Outcome:
    """Build, killed by the system at the moment that `step` names."""
    arguments = [*step[1:], "--desk", str(desk), *BUILD]
    process = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments], capture_output=True, text=True, check=False
    )
    return Outcome(process.returncode, process.stdout, process.stderr)


def heal(desk: Path) -> str:
    """Build and draft as the commands do, in this process; the reply."""
    open_desk(desk).indexer.build(lambda *_: None)
    query = Query(text=DRAFT[1], as_of=date(2026, 10, 1))
    suggestion = open_desk(desk).engine.suggest(query, store=False)
    assert suggestion.draft is not None
    return suggestion.draft.text


@pytest.fixture(scope="module")
def stage(built_desk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Every scene of this file, started side by side: each runs processes."""
    root = tmp_path_factory.mktemp("scenes")
    tables = {"knowledge": knowledge, "settings": settings, "index": index, "killed": moments}
    with ThreadPoolExecutor(max_workers=3) as threads:
        yield {
            (table, name): threads.submit(play, built_desk, root / f"{table}-{number}", scene)
            for table, scenes in tables.items()
            for number, (name, scene) in enumerate(scenes().items())
        }
        threads.shutdown(cancel_futures=True)


# Where the old index has to be seen answering through the command line itself; everywhere else it
# is shown to be the same, byte for byte.
DRAFTED = (
    "a file that cannot be read",
    "empty knowledge base",
    "no knowledge base",
)


def knowledge() -> dict[str, Scene]:
    return {
        name: Scene(change, (BUILD, DRAFT) if name in DRAFTED else (BUILD,))
        for name, (change, _, _) in KNOWLEDGE.items()
    }


@pytest.mark.parametrize("name", KNOWLEDGE)
def test_knowledge(stage: Stage, name: str) -> None:
    _, place, words = KNOWLEDGE[name]
    played = stage["knowledge", name].result()
    refused(played.outcomes[0], 2, place, words)
    assert played.kept
    for draft in played.outcomes[1:]:
        answered(draft)


def test_every_problem_of_every_file_is_told(desk: Path) -> None:
    put(NEW, f"{ITEM}    tags: [a]\n")(desk)
    put(SCRIPTS, desks.SCRIPTS.replace("{order.id}", "{order.nr}"))(desk)
    put(NEW_POLICY, "")(desk)
    places = [
        line.split()[-1]
        for line in commands.run(desk, *BUILD).stderr.splitlines()
        if "where:" in line
    ]
    # Not told: the links to the policy that cannot be read. They are as they should be.
    assert places == [f"{NEW}:8", NEW_POLICY, f"{SCRIPTS}:16"]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_files_in_other_encodings_are_read(desk: Path, encoding: str) -> None:
    put(NEW, ITEM.encode(encoding))(desk)
    summary = open_desk(desk).build_index()
    assert (summary.added, summary.documents["faq"]) == ((NEW,), 4)
    answered(commands.run(desk, "draft", "怎么退货", "--as-of", "2026-10-01"), "申请后七天内寄回")


Setting = tuple[str, dict[str, str], tuple[str, ...], str, str]
SETTINGS: dict[str, Setting] = {  # id: (ragkit.toml, environment, command, place, words)
    "unknown key": ("[draft]\ntop_k = 5\n", {}, BUILD, "ragkit.toml:2", "`draft.top_k`"),
    "wrong type": ("\n[retrieval]\npool = []\n", {}, DRAFT, "ragkit.toml:3", "`retrieval.pool`"),
    "broken TOML": ("[draft\n", {}, EVAL, "ragkit.toml:1", "not valid TOML"),
    "unknown variable": (
        "",
        {"RAGKIT_DRAFT__TOPK": "5"},
        DRAFT,
        "environment variable RAGKIT_DRAFT__TOPK",
        "unknown setting `draft.topk`",
    ),
}


def settings() -> dict[str, Scene]:
    def writes(toml: str) -> Change:
        return lambda desk: (desk / "ragkit.toml").write_text(toml, encoding="utf-8")

    return {
        name: Scene(writes(toml), (command,), environment)
        for name, (toml, environment, command, _, _) in SETTINGS.items()
    }


@pytest.mark.parametrize("name", SETTINGS)
def test_settings(stage: Stage, name: str) -> None:
    *_, place, words = SETTINGS[name]
    played = stage["settings", name].result()
    refused(played.outcomes[0], 2, place, words)
    assert played.kept


def test_no_such_desk(desk: Path) -> None:
    refused(commands.run(desk / "typo", *DRAFT), 2, str(desk / "typo"), "no such folder")


def other_format(generation: Path) -> None:
    path = generation / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "format": 99}), encoding="utf-8")


def cut_vectors(generation: Path) -> None:
    path = generation.parent / "segments" / "seg-000001" / "vectors.faiss"
    path.write_bytes(path.read_bytes()[:100])


def damage_current(generation: Path) -> None:
    (generation.parent / "CURRENT").write_bytes(b"\xff")


INDEXES: dict[str, tuple[Change, str, str]] = {  # id: (damage, place, words)
    "another format": (other_format, "manifest.json", "format 99"),
    "vectors cut off": (cut_vectors, "seg-000001", "vectors.faiss has 100 bytes"),
    "CURRENT damaged": (damage_current, "index", "CURRENT cannot be read"),
}


def index() -> dict[str, Scene]:
    def damages(damage: Change) -> Change:
        return lambda desk: damage(desk / ".ragkit" / "index" / "gen-000001")

    return {name: Scene(damages(damage), (STATUS,)) for name, (damage, _, _) in INDEXES.items()}


@pytest.mark.parametrize("name", INDEXES)
def test_index(stage: Stage, name: str) -> None:
    _, place, words = INDEXES[name]
    played = stage["index", name].result()
    for outcome in played.outcomes:
        refused(outcome, 3, place, words)
        assert "run `ragkit index build" in outcome.stderr
    assert ANSWER in heal(played.desk)


# Runs the command line, and has the system kill it right before or after its first call of a
# function that changes what is on disk.
KILLED = """
import os, signal, sys
from ragkit.cli.main import main
when, name = sys.argv.pop(1), sys.argv.pop(1)
function = getattr(os, name)
def fatal(*arguments, **more):
    if when == "after":
        function(*arguments, **more)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(os, name, fatal)
main()
"""
MOMENTS = {  # id: (when, function, the answer afterwards)
    "files written, not yet on disk": ("before", "fsync", ANSWER),
    "before the generation gets its name": ("before", "rename", ANSWER),
    "before CURRENT moves": ("before", "replace", ANSWER),
    "once the generation has its name": ("after", "rename", ANSWER),
    "once CURRENT has moved": ("after", "replace", "满49元包邮"),
}


def cheaper(desk: Path) -> None:
    path = desk / "knowledge_base" / "faqs" / "zh" / "delivery.yaml"
    path.write_text(desks.FAQS.replace(ANSWER, "满49元包邮"), encoding="utf-8")
    for name in (OLD_POLICY, NEW_POLICY):
        policy = desk / "knowledge_base" / name
        text = policy.read_text(encoding="utf-8")
        policy.write_text(text.replace(ANSWER, "满49元包邮"), encoding="utf-8")


def moments() -> dict[str, Scene]:
    return {
        name: Scene(cheaper, (("killed", when, function), DRAFT))
        for name, (when, function, _) in MOMENTS.items()
    }


@pytest.mark.parametrize("name", MOMENTS)
def test_killed_while_writing(stage: Stage, name: str) -> None:
    *_, answer = MOMENTS[name]
    played = stage["killed", name].result()
    build, draft = played.outcomes
    assert build.code == -signal.SIGKILL
    answered(draft, answer)
    assert "满49元包邮" in heal(played.desk)
    assert list((played.desk / ".ragkit" / "index").glob("*.tmp")) == []


def test_killed_from_outside_while_it_holds_the_lock(desk: Path) -> None:
    cheaper(desk)
    holder = desk / ".ragkit" / "index" / "build.pid"
    process = commands.start(desk, *BUILD)
    deadline = time.monotonic() + 30
    while not holder.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    process.kill()
    assert commands.finish(process).code == -signal.SIGKILL
    answered(commands.run(desk, *DRAFT))
    assert "满49元包邮" in heal(desk)
