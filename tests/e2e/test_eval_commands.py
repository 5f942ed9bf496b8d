"""`ragkit eval` over the sample shop and its case set."""

import json
from pathlib import Path

from ragkit.testing.builders import a_report, an_outcome
from tests.e2e.conftest import Run


def test_the_case_set_holds_what_it_promises(cli: Run) -> None:
    """At least 600 cases, 450 of them Chinese, none that fails its own facts or leaks."""
    outcome = cli("eval", "lint", "--json")
    assert outcome.code == 0, outcome.stdout
    report = json.loads(outcome.stdout)
    assert report["cases"] >= 600
    assert report["languages"]["zh"] >= 450
    assert [problem for problem in report["problems"] if problem["error"]] == []
    wanted = ("as-of", "table", "multi-turn", "near-miss", "injection", "angry")
    assert all(report["tags"][tag] >= 20 for tag in wanted)
    assert set(report["splits"]) == {"dev", "test"}


def test_a_case_that_fails_itself_is_an_error(cli: Run, tmp_path: Path) -> None:
    case = {
        "id": "a", "cluster": "a", "lang": "zh", "question": "满多少包邮",
        "relevant": [{"doc": "faq-none"}], "facts": [{"id": "f", "any": ["满59元"]}],
    }  # fmt: skip
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(case, ensure_ascii=False), encoding="utf-8")
    outcome = cli("eval", "lint", "--cases", str(path))
    assert outcome.code == 2
    assert "no `faq-none` in the knowledge base" in outcome.stdout
    assert "stands in none of its documents" in outcome.stdout


def test_one_split_alone_is_run(cli: Run, tmp_path: Path) -> None:
    cases = [
        {"id": f"case-{split}", "cluster": split, "lang": "zh", "split": split,
         "question": "满多少包邮", "facts": [{"id": "f", "any": ["满59元"]}]}
        for split in ("dev", "test")
    ]  # fmt: skip
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(case) for case in cases), encoding="utf-8")
    outcome = cli("eval", "run", "--cases", str(path), "--split", "test", "--json")
    assert outcome.code == 0, outcome.stderr
    assert [each["sample"] for each in json.loads(outcome.stdout)["outcomes"]] == ["case-test"]


def test_a_split_without_cases_is_told(cli: Run, tmp_path: Path) -> None:
    case = {"id": "a", "cluster": "a", "lang": "zh", "question": "满多少包邮",
            "facts": [{"id": "f", "any": ["满59元"]}]}  # fmt: skip
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(case), encoding="utf-8")
    outcome = cli("eval", "run", "--cases", str(path), "--split", "dev")
    assert outcome.code == 2
    assert "no case is in the split `dev`" in outcome.stderr


def report(folder: Path, name: str, right: int) -> str:
    """A saved run over 100 cases, the first ones right."""
    path = folder / name
    outcomes = (an_outcome(f"case-{number:03}", number < right) for number in range(100))
    path.write_text(a_report(*outcomes).model_dump_json(), encoding="utf-8")
    return str(path)


def test_the_exit_codes_of_a_gate(cli: Run, tmp_path: Path) -> None:
    before, worse = report(tmp_path, "before.json", 100), report(tmp_path, "worse.json", 90)
    gate = tmp_path / "gate.toml"
    gate.write_text('regress = {metrics = ["accuracy"]}\n', encoding="utf-8")
    compare = ("eval", "compare", "--gate", str(gate))
    passed = cli(*compare, before, before)
    assert (passed.code, passed.stdout.split("\n")[0]) == (0, "PASS")
    failed = cli(*compare, before, worse)
    assert (failed.code, failed.stdout.split("\n")[0]) == (5, "FAIL")
    assert "accuracy is worse by 0.100" in failed.stdout
    assert "turned wrong 10: case-090" in failed.stdout
    gate.write_text("data = {min_cases = 101}\n", encoding="utf-8")
    unclear = cli(*compare, before, worse)
    assert (unclear.code, unclear.stdout.split("\n")[0]) == (3, "INCONCLUSIVE")
    gate.write_text("date = {}\n", encoding="utf-8")
    assert cli(*compare, before, worse).code == 2
    assert cli("eval", "compare", before, str(tmp_path / "none.json")).code == 2
