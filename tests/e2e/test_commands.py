"""The other commands on the sample shop."""

import json
import shutil
from pathlib import Path

from ragkit import __version__
from ragkit.cli import init
from ragkit.core.evaluating import Report
from tests import commands
from tests.e2e.conftest import Run


def test_eval_prints_accuracy_with_its_interval_and_causes(cli: Run, tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    result = cli("eval", "run", "--out", str(out))
    assert result.code == 0, result.stderr
    report = Report.model_validate_json(out.read_text(encoding="utf-8"))
    scores = {score.metric: score for score in report.scores}
    accuracy = scores["accuracy"]
    assert accuracy.scored >= 60
    assert accuracy.value is not None
    assert accuracy.low is not None
    assert accuracy.high is not None
    assert accuracy.low <= accuracy.value <= accuracy.high
    assert f"{accuracy.low:.3f} – {accuracy.high:.3f}" in result.stdout
    assert scores["refusal"].scored >= 15
    failed = [outcome for outcome in report.outcomes if outcome.failure]
    assert failed
    assert failed[0].failure is not None
    assert failed[0].failure.value in result.stdout
    assert report.signature.index in result.stdout


def test_eval_twice_gives_the_same_numbers(cli: Run) -> None:
    first, second = (json.loads(cli("eval", "run", "--json").stdout) for _ in range(2))
    assert first["scores"] == second["scores"]


def test_eval_queues_nothing(cli: Run) -> None:
    before = cli("review", "list", "--all", "--limit", "1000", "--json").stdout
    cli("eval", "run")
    assert cli("review", "list", "--all", "--limit", "1000", "--json").stdout == before


def test_doctor_names_every_part(cli: Run) -> None:
    result = cli("doctor")
    assert result.code == 0, result.stdout
    for part in ("knowledge base", "rule packs", "index", "embedding", "drafter", "review store"):
        assert f"ok   {part}: " in result.stdout


def test_doctor_on_a_desk_that_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "knowledge_base").mkdir()
    result = commands.run(tmp_path, "doctor", "--json")
    assert result.code == 3
    checks = {check["name"]: check for check in json.loads(result.stdout)}
    assert checks["embedding"]["ok"]
    assert not checks["index"]["ok"]
    assert "ragkit index build" in checks["index"]["fix"]
    assert not checks["rule packs"]["ok"]


def test_a_changed_file_is_noticed_until_the_next_build(shop: Path, tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    init.init(desk)
    commands.run(desk, "index", "build")
    faqs = desk / "knowledge_base" / "faqs" / "zh" / "delivery.yaml"
    faqs.write_text(faqs.read_text("utf-8").replace("满59元", "满58元"), encoding="utf-8")
    stale = commands.run(desk, "draft", "满多少包邮", "--json")
    assert "faqs/zh/delivery.yaml" in stale.stderr
    assert "满58元" not in stale.stdout
    commands.run(desk, "index", "build")
    fresh = commands.run(desk, "draft", "满多少包邮", "--json")
    assert fresh.stderr == ""
    assert "满58元" in fresh.stdout


def test_init_never_overwrites(shop: Path) -> None:
    result = commands.run(shop, "init", str(shop))
    assert result.code == 2
    assert "not empty" in result.stderr


def test_outside_a_desk_the_way_to_one_is_named(tmp_path: Path) -> None:
    result = commands.run(tmp_path, "draft", "你好")
    assert result.code == 2
    assert "ragkit init" in result.stderr


def test_version_and_help_of_every_command() -> None:
    version = commands.run(Path(), "--version")
    assert version.stdout.strip() == f"ragkit {__version__}"
    for command in (["init"], ["draft"], ["index", "build"], ["review", "edit"], ["eval", "run"]):
        assert "Usage" in commands.run(Path(), *command, "--help").stdout


def test_a_damaged_byte_is_found_by_doctor(shop: Path, tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    shutil.copytree(shop, desk)
    path = desk / ".ragkit" / "index" / "segments" / "seg-000001" / "lexical" / "rows.npy"
    content = bytearray(path.read_bytes())
    content[-5] ^= 0xFF
    path.write_bytes(bytes(content))
    result = commands.run(desk, "doctor")
    assert result.code == 3
    assert "rows.npy" in result.stdout
    draft = commands.run(desk, "draft", "满多少包邮")
    assert "Traceback" not in draft.stderr


def test_a_changed_rule_cache_is_not_believed(shop: Path, tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    shutil.copytree(shop, desk)
    cache = desk / ".ragkit" / "rules.json"
    data = json.loads(cache.read_text("utf-8"))
    cache.write_text(json.dumps({**data, "rules": []}), encoding="utf-8")
    result = commands.run(desk, "draft", "我要去12315投诉你们", "--json")
    assert json.loads(result.stdout)["verdict"]["route"] == "review"


def test_linked_folders_are_indexed(shop: Path, tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    shutil.copytree(shop, desk, ignore=shutil.ignore_patterns(".ragkit"))
    real = tmp_path / "elsewhere"
    (desk / "knowledge_base" / "faqs" / "zh").rename(real)
    (desk / "knowledge_base" / "faqs" / "zh").symlink_to(real)
    (real / "loop").symlink_to(desk / "knowledge_base")
    commands.run(desk, "index", "build")
    assert "满59元" in commands.run(desk, "draft", "满多少包邮").stdout


def test_a_report_never_replaces_its_cases(shop: Path) -> None:
    cases = shop / "eval" / "cases.jsonl"
    before = cases.read_bytes()
    result = commands.run(shop, "eval", "run", "--out", str(cases))
    assert result.code == 2
    assert cases.read_bytes() == before


def test_two_first_drafts_at_once_both_answer(shop: Path, tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    shutil.copytree(shop, desk, ignore=shutil.ignore_patterns(".ragkit"))
    running = [commands.start(desk, "draft", "满多少包邮") for _ in range(2)]
    outcomes = [commands.finish(process) for process in running]
    assert [outcome.code for outcome in outcomes] == [0, 0]
    assert all("满59元" in outcome.stdout for outcome in outcomes)
