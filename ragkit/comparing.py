"""Whether a run may pass: its figures against a gate, and its cases against those of a baseline."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from ragkit.core.errors import CasesError, InputError
from ragkit.core.evaluating import Outcome, Report, Score
from ragkit.core.text import Record
from ragkit.evals.significance import Comparison, Pair, compare, holm


class DataGate(Record):
    """What a run has to be before anything is said about quality."""

    min_cases: int = Field(default=1, ge=1)
    max_unscored: float = Field(default=0.01, ge=0, le=1)  # share of cases that broke
    require_same_dataset: bool = True


class FloorGate(Record):
    """What a metric has to reach: its value, or (`ci`) the lower end of its interval."""

    bound: Literal["ci", "point"] = "point"
    metrics: dict[str, float]

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, given: object) -> object:
        """In a file, metrics stand beside `bound`."""
        if not isinstance(given, dict) or "metrics" in given:
            return given
        metrics = {name: value for name, value in given.items() if name != "bound"}
        return {"metrics": metrics, **{k: v for k, v in given.items() if k == "bound"}}


class RegressGate(Record):
    """A drop fails when it is significant (Holm over `metrics`) and larger than `margin`."""

    metrics: tuple[str, ...]
    alpha: float = Field(default=0.05, gt=0, lt=1)
    margin: float = Field(default=0.01, ge=0, le=1)


class Gate(Record):
    """A gate file. `ceiling` is what a metric may reach at most, `zero` what no case may show."""

    data: DataGate = DataGate()
    floor: FloorGate = FloorGate(metrics={})
    ceiling: FloorGate = FloorGate(metrics={})
    zero: dict[str, bool] = Field(default_factory=dict)
    regress: RegressGate = RegressGate(metrics=())


class GateVerdict(StrEnum):
    """What comes of a gate. Inconclusive says nothing about quality."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class MetricChange(Record):
    """One metric in both runs; `p` is one-sided, `p_holm` corrected over the gated metrics."""

    metric: str
    baseline: Score
    current: Score
    comparison: Comparison
    p_holm: float | None = None


class GateReport(Record):
    """The verdict, why, what to watch though it passes, and the figures behind it."""

    verdict: GateVerdict
    reasons: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    changes: tuple[MetricChange, ...] = ()
    broken: tuple[str, ...] = ()  # cases that were right and are not
    fixed: tuple[str, ...] = ()


def load_gate(path: Path) -> Gate:
    """Raises `InputError` for a file that is no gate."""
    fix = "see eval/gate.toml of a desk made by `ragkit init`"
    try:
        return Gate.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"the gate cannot be read: {reason}", where=str(path), fix=fix) from error
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        name = ".".join(map(str, detail["loc"]))
        raise InputError(f"`{name}`: {detail['msg']}", where=str(path), fix=fix) from error
    except ValueError as error:  # not UTF-8, or no TOML
        raise InputError(f"not valid TOML: {error}", where=str(path), fix=fix) from error


def load_report(path: Path) -> Report:
    """A report that `ragkit eval run --out` wrote. Raises `CasesError`."""
    fix = "write one with `ragkit eval run --out FILE`"
    try:
        return Report.model_validate_json(path.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise CasesError(
            f"the report cannot be read: {reason}", where=str(path), fix=fix
        ) from error
    except ValueError as error:
        raise CasesError("not a report of this version", where=str(path), fix=fix) from error


def judge(baseline: Report, current: Report, gate: Gate, *, allow_subset: bool) -> GateReport:
    """Compare case by case and decide. Raises `CasesError` for runs over different cases."""
    old, new = _paired(baseline, current, gate, allow_subset=allow_subset)
    changes = _changes(baseline, current, old, new, gate.regress.metrics)
    inconclusive = list(_too_little(gate.data, new))
    failed = [*_bounds(gate, current), *_zeros(gate, current), *_drops(gate, changes)]
    verdict = GateVerdict.FAIL if failed else GateVerdict.PASS
    if inconclusive:
        verdict = GateVerdict.INCONCLUSIVE
    return GateReport(
        verdict=verdict,
        reasons=tuple(inconclusive or failed),
        watch=tuple(_watched(gate, changes)),
        changes=changes,
        broken=tuple(b.sample for a, b in zip(old, new, strict=True) if a.right and not b.right),
        fixed=tuple(b.sample for a, b in zip(old, new, strict=True) if b.right and not a.right),
    )


def _paired(
    baseline: Report, current: Report, gate: Gate, *, allow_subset: bool
) -> tuple[list[Outcome], list[Outcome]]:
    """The outcomes of both runs, of the same cases in the same order."""
    before = {outcome.sample: outcome for outcome in baseline.outcomes}
    after = {outcome.sample: outcome for outcome in current.outcomes}
    same = before.keys() == after.keys()
    if gate.data.require_same_dataset:
        same = same and baseline.dataset == current.dataset
    shared = sorted(before.keys() & after.keys())
    if not shared or not (same or allow_subset):
        raise CasesError(
            f"the runs are over different cases: {len(shared)} in both, "
            f"{len(before)} in the baseline, {len(after)} in this one",
            where=f"cases {baseline.dataset} and {current.dataset}",
            fix="run both over one case file, or compare what they share with `--allow-subset`",
        )
    return [before[name] for name in shared], [after[name] for name in shared]


def _changes(
    baseline: Report,
    current: Report,
    old: Sequence[Outcome],
    new: Sequence[Outcome],
    gated: Sequence[str],
) -> tuple[MetricChange, ...]:
    scores = {score.metric: score for score in baseline.scores}
    changes = {}
    for score in current.scores:
        if score.metric not in scores:
            continue
        pairs = [
            Pair(
                cluster=after.cluster,
                baseline=_good(before.values[score.metric], score),
                current=_good(after.values[score.metric], score),
            )
            for before, after in zip(old, new, strict=True)
            if score.metric in before.values and score.metric in after.values
        ]
        changes[score.metric] = MetricChange(
            metric=score.metric,
            baseline=scores[score.metric],
            current=score,
            comparison=compare(pairs),
        )
    adjusted = holm(
        {
            name: test.p_worse
            for name in gated
            if name in changes and (test := changes[name].comparison.test)
        }
    )
    return tuple(
        change.model_copy(update={"p_holm": adjusted.get(name)}) for name, change in changes.items()
    )


def _good(share: float, score: Score) -> float:
    """A share as one of which more is better; every metric so far is a share."""
    return share if score.higher else 1 - share


def _too_little(gate: DataGate, outcomes: Sequence[Outcome]) -> Iterator[str]:
    if len(outcomes) < gate.min_cases:
        yield f"{len(outcomes)} cases are fewer than {gate.min_cases}"
    broken = sum(outcome.error is not None for outcome in outcomes)
    if broken > gate.max_unscored * len(outcomes):
        yield f"{broken} of {len(outcomes)} cases broke, more than {gate.max_unscored:.1%}"


def _bounds(gate: Gate, report: Report) -> Iterator[str]:
    scores = {score.metric: score for score in report.scores}
    for bound, low_end in ((gate.floor, True), (gate.ceiling, False)):
        for metric, limit in bound.metrics.items():
            score = scores.get(metric)
            if score is None or score.value is None or score.low is None or score.high is None:
                yield f"{metric} has no value: {score.reason if score else 'no such metric'}"
                continue
            end = score.low if low_end else score.high
            value = end if bound.bound == "ci" else score.value
            if (value < limit) if low_end else (value > limit):
                told = "lower than" if low_end else "higher than"
                yield f"{metric} is {value:.3f}, {told} {limit:g}"


def _zeros(gate: Gate, report: Report) -> Iterator[str]:
    for metric in (name for name, wanted in gate.zero.items() if wanted):
        hit = [each.sample for each in report.outcomes if each.values.get(metric, 0.0) > 0]
        if hit:
            yield f"{metric}: {len(hit)} cases, none may ({', '.join(hit[:5])})"


def _gated(
    gate: Gate, changes: Sequence[MetricChange]
) -> Iterator[tuple[MetricChange, float, bool]]:
    """Gated metrics that got worse: by how much, and whether that is significant."""
    by_name: Mapping[str, MetricChange] = {change.metric: change for change in changes}
    for name in gate.regress.metrics:
        change = by_name.get(name)
        if change and (difference := change.comparison.difference) and difference < 0:
            yield change, -difference, (change.p_holm or 1.0) < gate.regress.alpha


def _drops(gate: Gate, changes: Sequence[MetricChange]) -> Iterator[str]:
    for change, drop, significant in _gated(gate, changes):
        if significant and drop > gate.regress.margin:
            yield f"{change.metric} is worse by {drop:.3f} (p {change.p_holm:.4f}, Holm)"


def _watched(gate: Gate, changes: Sequence[MetricChange]) -> Iterator[str]:
    """Passes, but is named: a significant small drop, or a larger one that may be chance."""
    for change, drop, significant in _gated(gate, changes):
        if significant != (drop > gate.regress.margin):
            why = "within the margin" if significant else "may be chance"
            yield f"{change.metric} is worse by {drop:.3f} ({why})"
