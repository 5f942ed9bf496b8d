"""The real command line in processes forked from one that has loaded ragkit: fast.

python -m tests.e2e.forking answers each line of arguments, in JSON, with how the command ended.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from importlib import import_module
from pathlib import Path

from ragkit import wiring
from ragkit.cli.main import main
from tests.commands import Outcome

ROOT = Path(__file__).parents[2]
# A process may be forked while it has one thread.
ALONE = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
TERMINAL = {"COLUMNS": "200", "NO_COLOR": "1"}


# Loaded once for all commands; what they are made of is loaded by name.
for _made in wiring._CLASSES.values():
    import_module(_made.partition(":")[0])


def environment() -> dict[str, str]:
    """Of a process that forks."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("RAGKIT_")}
    return {**own, **ALONE, **TERMINAL}


def forked(run: Callable[[], object]) -> Outcome:
    """How a process ended that did this, and what it said."""
    with tempfile.TemporaryFile("w+b") as out, tempfile.TemporaryFile("w+b") as err:
        if (child := os.fork()) == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            code = 1
            try:
                run()
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
            except BaseException:  # noqa: BLE001 - what it was is the outcome
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        for file in (out, err):
            file.seek(0)
        return Outcome(code, out.read().decode(), err.read().decode())


def command(desk: Path, *arguments: str) -> Callable[[], None]:
    """`ragkit --desk DESK …`."""

    def run() -> None:
        sys.argv = ["ragkit", "--desk", str(desk), *arguments]
        main()

    return run


def run(desk: Path, *arguments: str) -> Outcome:
    """Like `commands.run`."""
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps([str(desk), *arguments]) + "\n")
    server.stdin.flush()
    return Outcome(**json.loads(server.stdout.readline()))


@cache
def _server() -> "subprocess.Popen[str]":
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.forking"],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    atexit.register(server.communicate)
    return server


if __name__ == "__main__":
    for line in sys.stdin:
        desk, *arguments = json.loads(line)
        print(json.dumps(asdict(forked(command(Path(desk), *arguments)))), flush=True)
