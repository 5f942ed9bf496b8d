"""An open desk, as a Python user has it."""

from pathlib import Path

import pytest

import ragkit
from ragkit.core.errors import IndexNotReady

QUESTION = "满多少包邮"


def test_a_desk_answers_from_the_generation_it_built(desk: Path) -> None:
    opened = ragkit.open_desk(desk)
    first = opened.engine.suggest(ragkit.Query(text=QUESTION), store=False)
    seen: list[tuple[str, int, int]] = []
    summary = opened.build_index(lambda step, done, total: seen.append((step, done, total)))
    again = opened.engine.suggest(ragkit.Query(text=QUESTION), store=False)
    assert again.signature.index == summary.generation != first.signature.index
    assert ("files", summary.files, summary.files) in seen
    assert not opened.staleness()


def test_a_desk_can_be_built_unwatched(desk: Path) -> None:
    assert ragkit.open_desk(desk).build_index().documents


def test_a_desk_with_another_embedding_says_so(desk: Path) -> None:
    (desk / "ragkit.toml").write_text('[embedder]\npath = "model"\n', encoding="utf-8")
    model = Path(ragkit.__file__).parent / "models" / "bundled"
    (desk / "model").mkdir()
    for name in ("modules.json", "model.safetensors"):
        (desk / "model" / name).write_bytes((model / name).read_bytes())
    tokenizer = (model / "tokenizer.json").read_text("utf-8")
    (desk / "model" / "tokenizer.json").write_text(f"{tokenizer} ", encoding="utf-8")
    with pytest.raises(IndexNotReady, match="the desk now uses"):
        _ = ragkit.open_desk(desk).engine


def test_the_public_names_are_listed() -> None:
    assert set(dir(ragkit)) == set(ragkit.__all__)
    assert "open_desk" in dir(ragkit)
