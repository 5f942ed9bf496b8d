"""The real command line in processes of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """How a command ended; `code` is negative when a signal ended it."""

    code: int
    stdout: str
    stderr: str


def start(
    desk: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[str]":
    """Start `ragkit --desk DESK …` without colour and any RAGKIT_ variable but those given."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("RAGKIT_")}
    return subprocess.Popen(
        [sys.executable, "-m", "ragkit", "--desk", str(desk), *arguments],
        env={**own, "COLUMNS": "200", "NO_COLOR": "1", **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def finish(process: "subprocess.Popen[str]", stdin: str = "") -> Outcome:
    """Give a command its input and wait for it, two minutes at most."""
    with process:
        stdout, stderr = process.communicate(stdin, timeout=120)
    return Outcome(process.returncode, stdout, stderr)


def run(
    desk: Path,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    stdin: str = "",
) -> Outcome:
    """Run `ragkit --desk DESK …` to its end."""
    return finish(start(desk, *arguments, environment=environment), stdin)
