"""`ragkit eval`: QA's commands."""

from pathlib import Path
from typing import Annotated

import typer

from ragkit.cli import render
from ragkit.cli.context import desk_of, ensure_index, progress_bars
from ragkit.core.errors import InputError
from ragkit.core.evaluating import Split

Cases = Annotated[
    Path | None,
    typer.Option(help="File of cases; default: the desk's eval/cases.jsonl.", show_default=False),
]

app = typer.Typer(help="Measure answers offline.", no_args_is_help=True)


@app.command()
def run(
    ctx: typer.Context,
    cases: Cases = None,
    split: Annotated[
        Split | None,
        typer.Option(help="Only the cases of this split; default: all.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole Report.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Also write the Report to this file.", show_default=False)
    ] = None,
) -> None:
    """Run the cases and print accuracy with its interval, refusals, and failures by cause."""
    desk = desk_of(ctx)
    source = cases or desk.settings.path(desk.settings.cases)
    if out is not None and out.resolve() == source.resolve():
        raise InputError("the report would replace the cases", where=str(out), fix="name another")
    ensure_index(desk)
    with progress_bars() as progress:
        report = desk.evaluation.run(source, progress, split=split)
    render.report(report, as_json=as_json, file=out)


@app.command()
def lint(
    ctx: typer.Context,
    cases: Cases = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check the cases themselves against each other and the knowledge; exit 2 on errors."""
    desk = desk_of(ctx)
    ensure_index(desk)
    report = desk.lint_cases(cases or desk.settings.path(desk.settings.cases))
    render.case_report(report, as_json=as_json)
    if report.errors:
        raise typer.Exit(2)


@app.command()
def compare(
    baseline: Annotated[Path, typer.Argument(help="Report of the run before, from `--out`.")],
    current: Annotated[Path, typer.Argument(help="Report of the run to judge.")],
    gate: Annotated[
        Path | None, typer.Option(help="Gate file (TOML); default: no gate.", show_default=False)
    ] = None,
    allow_subset: Annotated[
        bool, typer.Option("--allow-subset", help="Compare the cases that both runs have.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare two runs case by case; exit 5 if a gate fails, 3 if there is no telling."""
    from ragkit.comparing import Gate, GateVerdict, judge, load_gate, load_report

    rules = load_gate(gate) if gate else Gate()
    judged = judge(load_report(baseline), load_report(current), rules, allow_subset=allow_subset)
    render.gate_report(judged, as_json=as_json)
    if judged.verdict is not GateVerdict.PASS:
        raise typer.Exit(5 if judged.verdict is GateVerdict.FAIL else 3)
