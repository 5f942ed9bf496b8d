"""Gates: what passes, what fails, and when there is no telling."""

from pathlib import Path
from typing import Any

import pytest

from ragkit.comparing import Gate, GateVerdict, judge, load_gate, load_report
from ragkit.core.errors import CasesError, InputError
from ragkit.core.evaluating import Report
from ragkit.testing.builders import a_report, an_outcome

REGRESS = {"regress": {"metrics": ["accuracy"], "alpha": 0.05, "margin": 0.01}}


def run(right: int, wrong: int = 0, broken: int = 0, **fields: Any) -> Report:
    """A run over cases of one cluster each: the first ones right, then wrong ones, then broken."""
    outcomes = [an_outcome(f"case-{n:03}", n < right) for n in range(right + wrong)]
    outcomes += [
        an_outcome(f"case-{n:03}", error="TypeError: x", values={})
        for n in range(right + wrong, right + wrong + broken)
    ]
    return a_report(*outcomes, **fields)


def the_gate(**fields: Any) -> Gate:
    return Gate.model_validate(fields)


GATES: dict[str, tuple[Report, Report, dict[str, Any], GateVerdict, str]] = {
    # id: (baseline, current, gate, verdict, words of the first reason)
    "no gate": (run(10), run(0, 10), {}, GateVerdict.PASS, ""),
    "unchanged": (run(90, 10), run(90, 10), REGRESS, GateVerdict.PASS, ""),
    "better": (run(80, 20), run(90, 10), REGRESS, GateVerdict.PASS, ""),
    # Five losses and no win: exact McNemar, p = 1/32.
    "a significant drop": (run(100), run(95, 5), REGRESS, GateVerdict.FAIL, "worse by 0.050"),
    # Four losses: p = 1/16.
    "a drop that may be chance": (run(100), run(96, 4), REGRESS, GateVerdict.PASS, ""),
    "a drop within the margin": (
        run(100), run(95, 5), {"regress": {"metrics": ["accuracy"], "margin": 0.05}},
        GateVerdict.PASS, "",
    ),
    "floor held": (run(10), run(9, 1), {"floor": {"accuracy": 0.9}}, GateVerdict.PASS, ""),
    "floor broken": (
        run(10), run(8, 2), {"floor": {"accuracy": 0.9}}, GateVerdict.FAIL, "is 0.800, lower",
    ),
    "ceiling broken": (
        run(10), run(10), {"ceiling": {"accuracy": 0.9}}, GateVerdict.FAIL, "is 1.000, higher",
    ),
    "floor of an unknown metric": (
        run(10), run(10), {"floor": {"speed": 1}}, GateVerdict.FAIL, "speed has no value: no such",
    ),
    "one case shows what none may": (
        run(10), run(10), {"zero": {"accuracy": True}}, GateVerdict.FAIL, "10 cases, none",
    ),
    "too few cases": (
        run(10), run(10), {"data": {"min_cases": 11}}, GateVerdict.INCONCLUSIVE, "are fewer",
    ),
    "too many cases broke": (
        run(100), run(97, 0, 3), {}, GateVerdict.INCONCLUSIVE, "3 of 100 cases broke",
    ),
    "inconclusive before failed": (
        run(100), run(50, 45, 5), REGRESS, GateVerdict.INCONCLUSIVE, "5 of 100 cases broke",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("baseline", "current", "gate", "verdict", "words"), GATES.values(), ids=GATES.keys()
)
def test_verdicts(
    baseline: Report, current: Report, gate: dict[str, Any], verdict: GateVerdict, words: str
) -> None:
    judged = judge(baseline, current, the_gate(**gate), allow_subset=False)
    assert judged.verdict is verdict
    assert words in (judged.reasons[0] if judged.reasons else "")


def test_what_passes_but_is_worth_a_look_is_named() -> None:
    judged = judge(run(100), run(96, 4), the_gate(**REGRESS), allow_subset=False)
    assert judged.watch == ("accuracy is worse by 0.040 (may be chance)",)
    assert judged.broken == ("case-096", "case-097", "case-098", "case-099")
    assert judged.fixed == ()


def test_of_a_metric_that_should_fall_a_rise_is_worse() -> None:
    def reports(value: float) -> Report:
        report = run(100)
        (score,) = report.scores
        outcomes = [
            outcome.model_copy(update={"values": {"accuracy": value if n < 10 else 0.0}})
            for n, outcome in enumerate(report.outcomes)
        ]
        update = {
            "outcomes": tuple(outcomes),
            "scores": (score.model_copy(update={"higher": False}),),
        }
        return report.model_copy(update=update)

    judged = judge(reports(0.0), reports(1.0), the_gate(**REGRESS), allow_subset=False)
    assert judged.verdict is GateVerdict.FAIL
    assert judged.changes[0].comparison.difference == pytest.approx(-0.1)


def test_other_cases_are_not_compared() -> None:
    for current in (run(9), run(10, dataset="others")):
        with pytest.raises(CasesError, match="different cases"):
            judge(run(10), current, the_gate(), allow_subset=False)
    judged = judge(run(10), run(8), the_gate(), allow_subset=True)
    assert judged.changes[0].comparison.cases == 8


def test_a_gate_file(tmp_path: Path) -> None:
    path = tmp_path / "gate.toml"
    path.write_text(
        'floor = {bound = "ci", accuracy = 0.4}\nzero = {forbidden_critical = true}\n'
        'regress = {metrics = ["accuracy"], alpha = 0.1, margin = 0.02}\n',
        encoding="utf-8",
    )
    gate = load_gate(path)
    assert (gate.floor.bound, gate.floor.metrics) == ("ci", {"accuracy": 0.4})
    assert gate.zero == {"forbidden_critical": True}
    assert (gate.regress.metrics, gate.regress.alpha) == (("accuracy",), 0.1)


WRONG = {
    "no TOML": (b"floor = {", "not valid TOML"),
    "unknown table": (b"roof = {accuracy = 1}", "`roof`"),
    "unknown bound": (b'floor = {bound = "mean", accuracy = 1}', "`floor.bound`"),
    "no number": (b'floor = {accuracy = "high"}', "`floor.metrics.accuracy`"),
    "other encoding": ("# 门槛".encode("gb18030"), "not valid TOML"),
}


@pytest.mark.parametrize(("raw", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_gate_files(tmp_path: Path, raw: bytes, words: str) -> None:
    path = tmp_path / "gate.toml"
    path.write_bytes(raw)
    with pytest.raises(InputError) as raised:
        load_gate(path)
    assert words in raised.value.what
    assert raised.value.where == str(path)


def test_files_that_are_no_reports(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    with pytest.raises(CasesError, match="cannot be read"):
        load_report(path)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(CasesError, match="not a report of this version"):
        load_report(path)
    text = run(2).model_dump_json()
    path.write_text(text.replace('{"accuracy":1.0}', '{"accuracy":NaN}'), encoding="utf-8")
    with pytest.raises(CasesError, match="not a report of this version"):
        load_report(path)
    path.write_text(text, encoding="utf-8")
    assert load_report(path) == run(2)
