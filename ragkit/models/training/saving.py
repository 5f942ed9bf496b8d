"""Writes the model folder in the layout of sentence-transformers' `StaticEmbedding`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer

from ragkit.models.training.teacher import Vectors

WEIGHT = "embedding.weight"  # the tensor's name in model.safetensors


def save(tokenizer: Tokenizer, rows: Vectors, folder: Path) -> None:
    """Write modules, configuration, tokeniser and float16 rows; README.md is left alone."""
    half = scaled(rows).astype(np.float16)
    module = StaticEmbedding(tokenizer, embedding_weights=torch.from_numpy(half))
    model = SentenceTransformer(modules=[module], device="cpu", similarity_fn_name="cosine")
    model.save_pretrained(str(folder), create_model_card=False)
    weights = folder / "model.safetensors"
    save_file({WEIGHT: half}, str(weights))
    weights.chmod(0o644)  # safetensors writes for the owner alone; an installed package is shared
    (folder / "tokenizer.json").write_text(_compact(tokenizer), encoding="utf-8")


def scaled(rows: Vectors) -> Vectors:
    """Rows with a longest length of 4, far from both ends of float16; directions are unchanged."""
    longest = float(np.linalg.norm(rows, axis=1).max())
    within: Vectors = rows * np.float32(4.0 / longest)
    return within


def _compact(tokenizer: Tokenizer) -> str:
    """The tokeniser as JSON without layout: a third of the size, and quicker to read."""
    return json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":"))
