import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split

from ragkit.core.errors import IndexNotReady
from ragkit.core.protocols import Embedder
from ragkit.models.static import StaticEmbedder, bundled_path
from ragkit.testing.contracts import EmbedderContract

# Rows of the tiny table, chosen so that lengths are easy: 3-4-5 triangles.
_ROWS = {"包": (3.0, 4.0), "邮": (0.0, 2.0), "退": (1.0, 0.0), "货": (-1.0, 0.0), "a": (1.0, 1.0)}


def save_tiny(folder: Path, rows: dict[str, tuple[float, float]] = _ROWS) -> Path:
    """A static embedding of single characters, laid out as sentence-transformers saves it."""
    module = folder / "0_StaticEmbedding"
    module.mkdir(parents=True)
    vocabulary = {character: number for number, character in enumerate(rows)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="货"))
    tokenizer.pre_tokenizer = Split("", "isolated")
    tokenizer.save(str(module / "tokenizer.json"))
    table = np.array(list(rows.values()), dtype=np.float32)
    save_file({"embedding.weight": table}, module / "model.safetensors")
    modules = [
        {
            "idx": 0,
            "name": "0",
            "path": module.name,
            "type": "sentence_transformers.models.StaticEmbedding",
        }
    ]
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    return folder


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return save_tiny(tmp_path / "tiny")


class TestBundled(EmbedderContract):
    @pytest.fixture
    def make(self) -> Callable[[], Embedder]:
        return lambda: StaticEmbedder(bundled_path())


class TestTiny(EmbedderContract):
    @pytest.fixture
    def make(self, tiny: Path) -> Callable[[], Embedder]:
        return lambda: StaticEmbedder(tiny)


VECTORS = {  # id: (text, vector)
    "one token": ("包", (3 / 5, 4 / 5)),
    "mean of two": ("包退", (4 / (4 * 2**0.5), 4 / (4 * 2**0.5))),  # (3+1, 4+0) is at 45 degrees
    "counted twice": ("退退邮", (1 / 2**0.5, 1 / 2**0.5)),  # (2, 2)
    "order does not matter": ("退包", (1 / 2**0.5, 1 / 2**0.5)),
    "opposites cancel": ("退货", (0.0, 0.0)),
    "folded first": ("Ａ\u200b", (1 / 2**0.5, 1 / 2**0.5)),
    "traditional": ("郵", (0.0, 1.0)),
    "empty": ("", (0.0, 0.0)),
}


@pytest.mark.parametrize(("text", "vector"), VECTORS.values(), ids=VECTORS.keys())
def test_a_vector_is_the_mean_of_its_tokens(
    tiny: Path, text: str, vector: tuple[float, float]
) -> None:
    assert StaticEmbedder(tiny).embed([text])[0] == pytest.approx(vector, abs=1e-6)


def test_other_weights_have_another_id(tiny: Path, tmp_path: Path) -> None:
    other = save_tiny(tmp_path / "other", {**_ROWS, "包": (3.0, 4.5)})
    assert StaticEmbedder(tiny).id != StaticEmbedder(other).id


def test_near_questions_are_nearer_than_others() -> None:
    embedder = StaticEmbedder(bundled_path())
    asked, near, far = embedder.embed(["满多少钱包邮？", "多少钱可以免邮费", "怎么开电子发票"])
    assert asked @ near > asked @ far + 0.2


def write(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def drop(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


_WEIGHTS, _TOKENIZER = "0_StaticEmbedding/model.safetensors", "0_StaticEmbedding/tokenizer.json"


def other_tensor(folder: Path) -> None:
    save_file({"weight": np.zeros((5, 2), dtype=np.float32)}, folder / _WEIGHTS)


def flat_table(folder: Path) -> None:
    save_file({"embedding.weight": np.zeros(10, dtype=np.float32)}, folder / _WEIGHTS)


def short_table(folder: Path) -> None:
    save_file({"embedding.weight": np.zeros((4, 2), dtype=np.float32)}, folder / _WEIGHTS)


BROKEN: dict[str, Callable[[Path], object]] = {
    "no folder": shutil.rmtree,
    "no modules.json": drop("modules.json"),
    "modules.json is no JSON": write("modules.json", b"\xff\xfe"),
    "modules.json is no list": write("modules.json", b'{"path": "0"}'),
    "modules.json holds numbers": write("modules.json", b"[1, 2]"),
    "a type that is no text": write("modules.json", b'[{"path": "0", "type": 3}]'),
    "another module": write("modules.json", b'[{"path": "", "type": "models.Transformer"}]'),
    "no tokenizer": drop(_TOKENIZER),
    "garbled tokenizer": write(_TOKENIZER, b"{}"),
    "no weights": drop(_WEIGHTS),
    "garbled weights": write(_WEIGHTS, b"\x00" * 64),
    "weights of another name": other_tensor,
    "weights that are no table": flat_table,
    "a table shorter than the vocabulary": short_table,
}


@pytest.mark.parametrize("damage", BROKEN.values(), ids=BROKEN.keys())
def test_a_folder_that_cannot_be_read(tiny: Path, damage: Callable[[Path], object]) -> None:
    damage(tiny)
    with pytest.raises(IndexNotReady, match="the embedding model cannot be read") as caught:
        StaticEmbedder(tiny)
    assert caught.value.where == str(tiny)
    assert "StaticEmbedding" in caught.value.fix
