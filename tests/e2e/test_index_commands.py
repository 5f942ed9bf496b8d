"""`ragkit index …` on the small desk, as a knowledge manager uses it."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests import commands
from tests.commands import Outcome
from tests.e2e import forking

FAQ_FILE, POLICY_FILE = "faqs/zh/delivery.yaml", "policies/zh/policy-freight-2026-09.md"
QUESTION, OLD, NEW = "满多少钱包邮", "满59元", "满49元"
DRAFT = ("draft", QUESTION, "--as-of", "2026-10-01")


def index(desk: Path, *arguments: str) -> Outcome:
    return forking.run(desk, "index", *arguments)


def done(outcome: Outcome) -> str:
    assert outcome.code == 0, outcome.stderr
    assert "Traceback" not in outcome.stderr
    return outcome.stdout


def parsed(outcome: Outcome) -> Any:
    return json.loads(done(outcome))


def refused(outcome: Outcome, code: int, *words: str) -> None:
    assert "Traceback" not in outcome.stderr
    assert outcome.code == code, outcome.stderr
    assert outcome.stderr.count("error: ") == 1
    for word in ("  where: ", "  fix:   ", *words):
        assert word in outcome.stderr


def say(desk: Path, old: str, new: str, *names: str) -> None:
    """Change what knowledge files say."""
    for name in names or (FAQ_FILE, POLICY_FILE):
        path = desk / "knowledge_base" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


def reply(desk: Path) -> str:
    return done(forking.run(desk, *DRAFT))


@pytest.fixture
def cheaper(desk: Path) -> Path:
    """Two generations: free delivery from 59 yuan, then from 49."""
    say(desk, OLD, NEW)
    done(index(desk, "build"))
    return desk


def test_build_says_what_it_did(desk: Path) -> None:
    say(desk, OLD, NEW, FAQ_FILE)
    told = done(index(desk, "build"))
    assert "gen-000002 serves: 5 files, 3 faq, 2 policy, 2 script, 1 product; 24 chunks" in told
    assert "1 file changed: 1 chunk added, 1 removed, 1 text embedded" in told
    again = done(index(desk, "build"))
    assert "nothing had changed" in again
    assert "confidence fitted" not in again  # that was before


def test_build_as_json(desk: Path) -> None:
    say(desk, OLD, NEW, FAQ_FILE)
    (desk / "knowledge_base" / "faqs" / "zh" / "读我.txt").write_text("随便", encoding="utf-8")
    told = parsed(index(desk, "build", "--json"))
    assert (told["generation"], told["files"], told["changed"]) == ("gen-000002", 5, [FAQ_FILE])
    assert told["documents"] == {"faq": 3, "policy": 2, "script": 2, "product": 1}
    assert (told["chunks_added"], told["chunks_removed"], told["embedded"]) == (1, 1, 1)
    assert told["skipped"] == ["faqs/zh/读我.txt"]


def test_plan_shows_the_chunk_and_the_golden_answer_that_change(desk: Path) -> None:
    say(desk, OLD, NEW, FAQ_FILE)
    told = done(index(desk, "plan"))
    assert f"- {FAQ_FILE}:14 单笔订单优惠后满59元包邮，不满59元收6元运费。" in told
    assert f"+ {FAQ_FILE}:14 单笔订单优惠后满49元包邮，不满49元收6元运费。" in told
    assert f"turned wrong freight-01 “{QUESTION}”" in told
    assert "1 answered differently, 1 turned wrong" in told
    assert "gen-000002 is staged beside gen-000001" in told
    assert OLD in reply(desk)
    staged = {each["name"]: each["state"] for each in states(desk)}
    assert staged == {"gen-000001": "current", "gen-000002": "staged"}


def states(desk: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parsed(index(desk, "status", "--json"))["generations"]
    return found


def test_plan_as_json_has_all_that_the_terminal_shows(desk: Path) -> None:
    say(desk, OLD, NEW, FAQ_FILE)
    told = parsed(index(desk, "plan", "--json"))
    assert (told["before"], told["after"], told["asked"]) == ("gen-000001", "gen-000002", 1)
    (change,) = told["changes"]
    assert (change["before"]["line"], change["after"]["source"]) == (14, FAQ_FILE)
    assert NEW in change["after"]["wording"]
    (answer,) = told["answers"]
    assert (answer["sample"], answer["question"]) == ("freight-01", QUESTION)
    assert OLD in answer["before"]["reply"]
    assert NEW in answer["after"]["reply"]
    assert answer["before"]["failure"] is None
    assert answer["after"]["failure"]


def test_plan_with_nothing_to_publish(desk: Path) -> None:
    assert "nothing to publish: gen-000001" in done(index(desk, "plan"))
    assert "nothing to publish: gen-000001" in done(index(desk, "publish"))


def test_publish_is_gated_by_golden_answers(desk: Path) -> None:
    say(desk, OLD, NEW, FAQ_FILE)
    refused(index(desk, "publish"), 5, "1 of 1 golden answers", "freight-01", "--force")
    assert OLD in reply(desk)
    assert states(desk)[0]["state"] == "current"
    told = done(index(desk, "publish", "--force"))
    assert "gen-000002 answers instead of gen-000001: 1 chunk changed" in told
    assert NEW in reply(desk)


def test_publish_what_breaks_nothing(desk: Path) -> None:
    say(desk, "24小时内开出", "12小时内开出", FAQ_FILE)
    told = parsed(index(desk, "publish", "--json"))
    assert (told["before"], told["after"], told["answers"]) == ("gen-000001", "gen-000002", [])
    assert "12小时内" in done(forking.run(desk, "draft", "可以开发票吗", "--as-of", "2026-10-01"))


def test_the_gate_holds_again_after_a_plan_was_seen(desk: Path) -> None:
    """What is published is what the files say now, not what was planned."""
    say(desk, "24小时内开出", "12小时内开出", FAQ_FILE)
    done(index(desk, "plan"))
    say(desk, OLD, NEW, FAQ_FILE)
    refused(index(desk, "publish"), 5, "freight-01")
    assert OLD in reply(desk)


def test_status(desk: Path) -> None:
    assert "the files agree with it" in done(index(desk, "status"))
    say(desk, OLD, NEW, FAQ_FILE)
    told = done(index(desk, "status"))
    assert "stale" in told
    assert FAQ_FILE in told
    fields = parsed(index(desk, "status", "--json"))
    assert fields["current"] == "gen-000001"
    assert fields["stale"]["changed"] == [FAQ_FILE]
    (only,) = fields["generations"]
    assert (only["name"], only["state"], only["chunks"]) == ("gen-000001", "current", 24)
    assert only["size"] > 0


def test_diff(cheaper: Path) -> None:
    told = done(index(cheaper, "diff"))
    assert "gen-000001 → gen-000002" in told
    assert f"+ {FAQ_FILE}:14 单笔订单优惠后满49元包邮" in told
    changes = parsed(index(cheaper, "diff", "gen-000002", "gen-000001", "--json"))
    wordings = [(c["before"]["wording"], c["after"]["wording"]) for c in changes]
    row = "地区：江浙沪，运费：6元，包邮门槛：满{}元。"
    assert (row.format(49), row.format(59)) in wordings
    assert f"{len(changes)} differences" in told


def test_rollback_answers_as_before_and_warns_of_the_files(cheaper: Path) -> None:
    assert NEW in reply(cheaper)
    told = done(index(cheaper, "rollback"))
    assert "gen-000001 answers again instead of gen-000002" in told
    assert "the files still say otherwise" in told
    assert FAQ_FILE in told
    assert OLD in reply(cheaper)
    refused(index(cheaper, "rollback"), 3, "no generation before")
    done(index(cheaper, "rollback", "--to", "gen-000002"))
    assert NEW in reply(cheaper)


def test_a_damaged_generation_is_not_rolled_back_to(cheaper: Path) -> None:
    live = cheaper / ".ragkit" / "index" / "gen-000001" / "live.npy"
    raw = bytearray(live.read_bytes())
    raw[-1] ^= 1
    live.write_bytes(bytes(raw))
    refused(index(cheaper, "rollback"), 3, "live.npy")
    assert NEW in reply(cheaper)
    assert "gen-000002 is as it was written" in done(index(cheaper, "verify"))
    refused(index(cheaper, "verify", "--all"), 3, "live.npy", "gen-000001")


def test_gc_keeps_what_it_is_told_to(cheaper: Path) -> None:
    for price in ("满48元", "满47元"):
        say(cheaper, NEW if price == "满48元" else "满48元", price)
        done(index(cheaper, "build"))
    told = done(index(cheaper, "gc", "--keep", "2"))
    assert "gen-000001" in told
    assert "gen-000002" in told
    assert [each["name"] for each in states(cheaper)] == ["gen-000003", "gen-000004"]
    assert "满47元" in reply(cheaper)
    assert "nothing to remove" in done(index(cheaper, "gc", "--keep", "2"))
    assert index(cheaper, "gc", "--keep", "1").code == 2


UNKNOWN: dict[str, tuple[str, ...]] = {  # id: command
    "rollback": ("rollback", "--to", "gen-000009"),
    "verify": ("verify", "gen-000009"),
    "diff": ("diff", "gen-000009"),
    "diff after": ("diff", "gen-000001", "gen-000009"),
    "a path": ("verify", "../index"),
}


@pytest.mark.parametrize("command", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_unknown_generations_are_named_with_those_there(
    built_desk: Path, command: tuple[str, ...]
) -> None:
    refused(index(built_desk, *command), 3, command[-1], "gen-000001")


def test_diff_of_the_first_generation(built_desk: Path) -> None:
    refused(index(built_desk, "diff"), 2, "no generation before", "ragkit index status")


# Holds the right to build until its input ends.
HOLD = """
import sys
from pathlib import Path
from ragkit.index.generations import IndexFolder
with IndexFolder(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(desk: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(desk / ".ragkit" / "index")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_build_is_refused_or_waits(desk: Path, holder: "subprocess.Popen[str]") -> None:
    say(desk, OLD, NEW)
    refused(index(desk, "build"), 3, f"being built by process {holder.pid}", "--wait")
    waiting = commands.start(desk, "index", "build", "--wait", "60")
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(timeout=2)
    holder.communicate("")
    assert "gen-000002 serves" in done(commands.finish(waiting))
    assert NEW in reply(desk)


def test_two_builds_at_once_make_one_generation(desk: Path) -> None:
    say(desk, OLD, NEW)
    running = [commands.start(desk, "index", "build", "--wait", "60") for _ in range(2)]
    told = [done(commands.finish(process)) for process in running]
    assert all("gen-000002 serves" in each for each in told)
    assert sum("nothing had changed" in each for each in told) == 1


# A desk that was opened before, asked again for each line of its input.
OPEN = """
import sys
from datetime import date
import ragkit
desk = ragkit.open_desk(sys.argv[1])
for line in sys.stdin:
    query = ragkit.Query(text=line.strip(), as_of=date(2026, 10, 1))
    suggestion = desk.engine.suggest(query, store=False)
    print(suggestion.draft.text.replace("\\n", " ") if suggestion.draft else "-", flush=True)
"""


class Lines:
    """What a process says, line by line as it comes."""

    def __init__(self, stream: Any) -> None:
        self.told: list[str] = []
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: Any) -> None:
        with suppress(ValueError):  # it was closed
            self.told.extend(iter(stream.readline, ""))

    def wait(self, right: Callable[[str], bool], since: int = 0) -> str:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for line in self.told[since:]:
                if right(line):
                    return line
            time.sleep(0.02)
        raise AssertionError(f"never said: {self.told}")


@pytest.fixture
def opened(desk: Path) -> Iterator[Callable[[], str]]:
    """Asks a desk in another process that is never started again."""
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, str(desk)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:

        def ask() -> str:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{QUESTION}\n")
            process.stdin.flush()
            return process.stdout.readline()

        yield ask
        assert process.stdin is not None
        process.stdin.close()


def test_watch_brings_every_change_to_open_desks(desk: Path, opened: Callable[[], str]) -> None:
    """LC-Chatchat #2320: a running process went on with the old index until it was restarted."""
    assert OLD in opened()
    process = commands.start(desk, "index", "build", "--watch", "--interval", "0.2", "--json")
    try:
        out, err = Lines(process.stdout), Lines(process.stderr)
        err.wait(lambda line: "Ctrl+C" in line)
        out.wait(lambda line: '"generation": "gen-000001"' in line)
        say(desk, OLD, NEW)
        out.wait(lambda line: '"generation": "gen-000002"' in line)
        assert NEW in opened()
        good = (desk / "knowledge_base" / FAQ_FILE).read_text(encoding="utf-8")
        (desk / "knowledge_base" / FAQ_FILE).write_text("items: [\n", encoding="utf-8")
        err.wait(lambda line: f"{FAQ_FILE}:" in line)
        err.wait(lambda line: "waiting for the next change" in line)
        assert NEW in opened()
        (desk / "knowledge_base" / FAQ_FILE).write_text(
            good.replace(NEW, "满39元"), encoding="utf-8"
        )
        out.wait(lambda line: '"generation": "gen-000003"' in line)
        assert "满39元" in opened()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        err.wait(lambda line: "still answers" in line)
        assert not any("Traceback" in line for line in err.told)
    finally:
        process.kill()
        process.wait()
        for stream in filter(None, (process.stdin, process.stdout, process.stderr)):
            stream.close()


def test_an_open_desk_follows_a_rollback(cheaper: Path, opened: Callable[[], str]) -> None:
    assert NEW in opened()
    done(index(cheaper, "rollback"))
    assert OLD in opened()


def test_before_the_first_build(desk: Path) -> None:
    shutil.rmtree(desk / ".ragkit")
    for command in (("status",), ("verify",), ("rollback",), ("diff",)):
        outcome = index(desk, *command)
        assert outcome.code in (2, 3), outcome.stdout
        assert "Traceback" not in outcome.stderr
    assert "nothing to remove" in done(index(desk, "gc"))
    told = done(index(desk, "plan"))
    assert "gen-000001 is staged beside nothing" in told
    assert "gen-000001 answers instead of nothing" in done(index(desk, "publish"))
    assert OLD in reply(desk)
