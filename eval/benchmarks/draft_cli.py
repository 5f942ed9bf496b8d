"""How long a warm `ragkit draft` takes from the shell, beside `python -c pass`, in one run.

    python eval/benchmarks/draft_cli.py

Builds the index of the sample shop in a temporary desk, drafts once to warm the disk cache, then
times both commands in turn. Writes the medians and their ratio to draft_cli.json beside this file.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

RUNS = 5
MESSAGE = "快递三天没动了，我要退款"
PACKAGES = ("faiss-cpu", "numpy", "pydantic", "tokenizers", "typer", "rich", "bm25s")
RAGKIT = [sys.executable, "-m", "ragkit"]


def measure(command: list[str]) -> tuple[float, float]:
    """Wall time in seconds and peak memory in MiB of one run of a command that must succeed."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"exit code {process.returncode}: {' '.join(command)}")
    return wall, usage.ru_maxrss / 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Path(folder) / "desk"
        subprocess.run([*RAGKIT, "init", str(desk)], check=True, stdout=subprocess.DEVNULL)
        draft = [*RAGKIT, "--desk", str(desk), "draft", MESSAGE]
        measure([*RAGKIT, "--desk", str(desk), "index", "build"])
        measure(draft)
        drafted, nothing = [], []
        for _ in range(RUNS):
            nothing.append(measure([sys.executable, "-c", "pass"]))
            drafted.append(measure(draft))
    draft_s = statistics.median(wall for wall, _ in drafted)
    pass_s = statistics.median(wall for wall, _ in nothing)
    result = {
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "runs": RUNS,
        "draft_wall_s": round(draft_s, 3),
        "draft_wall_all_s": [round(wall, 3) for wall, _ in drafted],
        "draft_peak_mib": round(statistics.median(peak for _, peak in drafted), 1),
        "python_pass_wall_s": round(pass_s, 3),
        "python_pass_peak_mib": round(statistics.median(peak for _, peak in nothing), 1),
        "ratio": round(draft_s / pass_s, 1),
        "machine": {
            "cores": os.cpu_count(),
            "architecture": platform.machine(),
            "python": platform.python_version(),
        },
        "versions": {name: metadata.version(name) for name in (*PACKAGES, "ragkit")},
    }
    text = json.dumps(result, indent=2)
    Path(__file__).with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
