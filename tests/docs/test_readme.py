"""The README tells the truth: its commands are run, and their output stands there as it comes out.

`WRITE_README=1 python -m pytest tests/docs` writes the real output into the README.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import ragkit
from ragkit.cli import init

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
CONSOLE = re.compile(r"```console\n\$ (?P<command>[^\n]+)\n(?P<output>.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(?P<code>.*?)```", re.DOTALL)
WIDTH = "110"
# What differs from run to run or from machine to machine.
VARYING = (
    (re.compile(r"in \d+\.\d s"), "in 2.0 s"),
    (re.compile(r"\d\d:\d\d:\d\d"), "12:00:00"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "2026-11-22 12:00"),
)


def settled(text: str) -> str:
    for pattern, constant in VARYING:
        text = pattern.sub(constant, text)
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def ragkit_in(desk: Path, command: str) -> str:
    """Output of a README command on a desk, both streams as a terminal shows them."""
    words = shlex.split(command)
    assert words[0] in ("ragkit", "sed")
    environment = {**os.environ, "COLUMNS": WIDTH, "NO_COLOR": "1"}
    result = subprocess.run(
        [sys.executable, "-m", *words] if words[0] == "ragkit" else words,
        cwd=desk,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    return settled(result.stdout)


@pytest.fixture(scope="module")
def readme_desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    desk = tmp_path_factory.mktemp("readme") / "my-desk"
    init.init(desk)
    return desk


def test_console_blocks_show_real_output(readme_desk: Path) -> None:
    text = README.read_text(encoding="utf-8")
    seen = []

    def run(match: re.Match[str]) -> str:
        output = ragkit_in(readme_desk, match["command"])
        seen.append((match["command"], settled(match["output"]), output))
        told = f"{output}\n" if output else ""
        return f"```console\n$ {match['command']}\n{told}```"

    written = CONSOLE.sub(run, text)
    if os.environ.get("WRITE_README"):
        README.write_text(written, encoding="utf-8")
        return
    assert len(seen) >= 6
    for command, shown, output in seen:
        assert shown == output, f"README.md shows something else for: {command}"


def test_python_blocks_run(readme_desk: Path) -> None:
    blocks = PYTHON.findall(README.read_text(encoding="utf-8"))
    assert blocks
    for code in blocks:
        result = subprocess.run(
            [sys.executable, "-c", code], cwd=readme_desk.parent, capture_output=True, text=True,
            encoding="utf-8", check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        assert "faqs/zh/" in result.stdout


def test_every_command_is_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    for command in (
        "init",
        "index build",
        "index plan",
        "kb lint",
        "draft",
        "review",
        "eval run",
        "doctor",
    ):
        assert f"ragkit {command}" in text, command


def test_every_link_of_the_readme_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README.read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target


def test_ci_runs_the_commands_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for marker in re.findall(r"<!-- (command \w+) -->", README.read_text(encoding="utf-8")):
        assert f"readme '{marker}'" in script


def test_the_changelog_has_a_place_for_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased" in text or f"## {ragkit.__version__}" in text
