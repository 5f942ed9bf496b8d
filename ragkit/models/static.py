"""Static embeddings in sentence-transformers' StaticEmbedding layout, read without torch.

A text's vector is the mean of the rows of its tokens, then L2-normalised: what
`sentence_transformers.models.StaticEmbedding` followed by normalisation computes.
"""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from importlib import resources
from pathlib import Path

import numpy as np
from safetensors import safe_open
from tokenizers import Tokenizer

from ragkit.core.errors import IndexNotReady
from ragkit.core.folding import fold
from ragkit.core.protocols import Vectors

_WEIGHTS = "embedding.weight"


def bundled_path() -> Path:
    """Folder of the embedding that comes with ragkit."""
    return Path(str(resources.files("ragkit.models").joinpath("bundled")))


class StaticEmbedder:
    """Embeds by table look-up: float32, unit rows, no download, no torch.

    `folder` holds `modules.json` as sentence-transformers saves it. Raises `IndexNotReady` when the
    files cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        module = folder / _module_path(folder)
        try:
            self._tokenizer = Tokenizer.from_file(str(module / "tokenizer.json"))
            with safe_open(str(module / "model.safetensors"), framework="numpy") as file:
                self._table = file.get_tensor(_WEIGHTS)
            if self._table.ndim != 2 or len(self._table) < self._tokenizer.get_vocab_size():
                raise ValueError(f"a table of shape {self._table.shape} does not fit the tokenizer")
        except Exception as error:  # tokenizers raises plain Exception
            raise _unreadable(folder, error) from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._folder = module

    @cached_property
    def id(self) -> str:
        digest = hashlib.sha256()
        for name in ("tokenizer.json", "model.safetensors"):
            digest.update((self._folder / name).read_bytes())
        return f"static:{digest.hexdigest()[:16]}"

    @property
    def dimension(self) -> int:
        return int(self._table.shape[1])

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        encodings = self._tokenizer.encode_batch_fast(
            [fold(text) for text in texts], add_special_tokens=False
        )
        for row, encoding in enumerate(encodings):
            if encoding.ids:
                vectors[row] = self._table[encoding.ids].astype(np.float32).mean(axis=0)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = np.divide(vectors, norms, out=vectors, where=norms > 0)
        return unit

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(fold(text), add_special_tokens=False).ids)


def _module_path(folder: Path) -> str:
    """Where the StaticEmbedding module lies, from modules.json."""
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        return str(next(m["path"] for m in modules if m["type"].endswith("StaticEmbedding")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise _unreadable(folder, error) from error


def _unreadable(folder: Path, error: Exception) -> IndexNotReady:
    return IndexNotReady(
        f"the embedding model cannot be read ({type(error).__name__}: {error})",
        where=str(folder),
        fix="reinstall ragkit, or point `embedder.path` at a folder saved by sentence-transformers "
        "with a StaticEmbedding module",
    )
