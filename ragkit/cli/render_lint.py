"""What `ragkit kb lint` found, on the terminal."""

from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ragkit.cli.render import out, print_json, shorten
from ragkit.core.text import visible
from ragkit.lint.findings import LintFinding, LintSeverity
from ragkit.linting import LintReport

_STYLES = {
    LintSeverity.ERROR: "bold red",
    LintSeverity.WARNING: "yellow",
    LintSeverity.INFO: "cyan",
}
_PREVIEW = 80  # characters of a quote


def report(value: LintReport, *, as_json: bool) -> None:
    """A table for each check with findings, then the counts."""
    if as_json:
        print_json(value.model_dump_json(indent=2))
        return
    console = out()
    for check, group in groupby(value.findings, key=lambda finding: finding.check):
        findings = list(group)
        console.print(Text.assemble((check.value, "bold"), f" ({len(findings)})"))
        table = Table.grid(padding=(0, 1))
        for finding in findings:
            style = _STYLES[finding.severity]
            table.add_row("", Text(finding.severity.value, style=style), _told(finding))
        console.print(table)
        console.print()
    console.print(_summary(value), soft_wrap=True)


def _told(finding: LintFinding) -> RenderableType:
    lines = [Text(finding.where, style="bold", overflow="fold")]
    if finding.other:
        lines[0].append(f"  and {finding.other}", style="not bold")
    lines.append(Text(visible(finding.message), overflow="fold"))
    if finding.quote:
        lines.append(
            Text(f"“{shorten(finding.quote, most=_PREVIEW)}”", style="italic", overflow="fold")
        )
    lines.append(Text(f"fix: {visible(finding.fix)}", style="dim", overflow="fold"))
    return Group(*lines)


def _summary(value: LintReport) -> Text:
    counts = [(value.count(severity), severity) for severity in LintSeverity]
    text = Text()
    for number, (count, severity) in enumerate(counts):
        plural = "" if count == 1 or severity is LintSeverity.INFO else "s"
        text.append(", " if number else "")
        text.append(f"{count} {severity.value}{plural}", style=_STYLES[severity] if count else "")
    text.append(
        f" in {value.documents:,} documents, {value.chunks:,} chunks as of {value.as_of}: "
        f"{len(value.checks)} checks in {value.seconds:.1f} s"
    )
    return text
