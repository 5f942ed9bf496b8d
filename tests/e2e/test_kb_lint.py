"""`ragkit kb lint` as a knowledge manager runs it."""

import json
from pathlib import Path

import pytest

from ragkit.linting import LintReport
from tests import commands
from tests.e2e.conftest import Run
from tests.unit.lint import dirty

RULES = Path(__file__).parents[2] / "knowledge_base" / "rules"


@pytest.fixture(scope="module")
def dirty_desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return dirty.write(tmp_path_factory.mktemp("dirty") / "desk", rules=RULES)


def test_errors_end_with_2_and_are_shown_by_check(dirty_desk: Path) -> None:
    result = commands.run(dirty_desk, "kb", "lint", "--as-of", "2026-11-22")
    assert result.code == 2, result.stderr
    for heading in ("unreadable (1)", "injection (1)", "contradiction (2)", "dates (2)"):
        assert heading in result.stdout
    assert "faqs/zh/broken.yaml" in result.stdout
    assert "fix: " in result.stdout
    assert "13800138000" not in result.stdout
    assert "7 errors, 8 warnings, 0 info in" in result.stdout


def test_json_is_the_whole_report(dirty_desk: Path) -> None:
    result = commands.run(dirty_desk, "kb", "lint", "--json", "--as-of", "2026-11-22")
    assert result.code == 2
    report = LintReport.model_validate(json.loads(result.stdout))
    assert len(report.findings) == len(dirty.PROBLEMS)
    assert report.as_of.isoformat() == "2026-11-22"


def test_the_checks_named_are_run_alone(dirty_desk: Path) -> None:
    some = ("--check", "left_out", "--check", "dates", "--as-of", "2026-11-22", "--json")
    result = commands.run(dirty_desk, "kb", "lint", *some)
    assert result.code == 0
    checks = {each["check"] for each in json.loads(result.stdout)["findings"]}
    assert checks == {"left_out", "dates"}
    strict = commands.run(dirty_desk, "kb", "lint", *some, "--strict")
    assert strict.code == 2


def test_an_unknown_check_is_refused_with_the_names(dirty_desk: Path) -> None:
    result = commands.run(dirty_desk, "kb", "lint", "--check", "spelling")
    assert result.code == 2
    assert "same_phrasing" in result.stderr


def test_soon_is_how_many_days_ahead_it_looks(dirty_desk: Path) -> None:
    arguments = ("kb", "lint", "--check", "dates", "--as-of", "2026-11-10", "--json")
    ahead = commands.run(dirty_desk, *arguments)
    assert "ends on 2026-11-12" in ahead.stdout
    assert "ends on 2026-11-12" not in commands.run(dirty_desk, *arguments, "--soon", "1").stdout


def test_the_sample_shop_has_no_errors(cli: Run) -> None:
    result = cli("kb", "lint", "--json", "--as-of", "2026-11-22")
    assert result.code == 0, result.stdout
    report = LintReport.model_validate(json.loads(result.stdout))
    assert {each.check.value for each in report.findings} <= {"stray_phrasing", "unreachable"}
    assert report.chunks > 3000
