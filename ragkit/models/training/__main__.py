"""Command line: `python -m ragkit.models.training --data DIR --out DIR`."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from ragkit.models.training import (
    contrastive,
    distillation,
    mixtures,
    pairs,
    phrases,
    saving,
    vocabulary,
)
from ragkit.models.training.pairs import Pair

MAX_TOKENS = 96  # of one training text; the median section is shorter
COMPOSED = 40_000  # sentences drawn from the bricks; about half are repetitions
MIXED = 70_000  # mixtures of words in each language
WEIGHTS = {  # share of the steps per source: nearness to short questions and their answers
    pairs.REGISTER: 0.10,
    pairs.COMPOSED: 0.10,
    pairs.MIXED: 0.02,
    "tatoeba_zh_en": 0.22,
    "cedict_zh_en": 0.22,
    "docs_dynamics_zh": 0.13,
    "docs_tidb_zh": 0.08,
    "law_articles": 0.08,
    "kdconv_devtest": 0.05,
    "crosswoz_valtest": 0.04,
    "egret_wenda": 0.03,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the tokeniser, train the rows and write the model folder."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    groups = pairs.read_groups()
    composed = phrases.compose(phrases.read_bricks(), count=COMPOSED, seed=options.seed)
    aligned = (*pairs.read_pairs(options.data), *composed)
    texts = [text for pair in aligned for text in (pair.a, pair.b)]
    words = vocabulary.choose(texts, pairs.read_terms(), vocabulary.Sizes())
    tokenizer = vocabulary.build(words)
    english = distillation.english_words(words.pieces)
    mixed = mixtures.mix(aligned, english, words, count=MIXED, seed=options.seed)
    aligned = (*aligned, *mixed)
    lesson = distillation.teach(aligned, groups, english, dim=options.dim, cache=options.cache)
    rows = contrastive.fit(
        distillation.initial_rows(words, lesson, options.dim),
        _sources(tokenizer, aligned, groups),
        contrastive.Targets(_encode(tokenizer, lesson.texts), lesson.vectors),
        contrastive.Schedule(steps=options.steps, seed=options.seed),
    )
    saving.save(tokenizer, rows, options.out)
    print(f"{len(words.pieces)} pieces of {options.dim} dimensions written to {options.out}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ragkit.models.training", description="Train the bundled embedding."
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the pair files")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write")
    parser.add_argument("--cache", type=Path, default=Path(".cache"), help="teacher vectors")
    parser.add_argument("--dim", type=int, default=160, help="dimensions of the embedding")
    parser.add_argument("--steps", type=int, default=5_000, help="training steps")
    parser.add_argument("--seed", type=int, default=13, help="seed of every random choice")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads torch may use")
    return parser


def _sources(
    tokenizer: Tokenizer, aligned: Sequence[Pair], groups: Sequence[Sequence[str]]
) -> list[contrastive.Source]:
    """One source per origin; a pair with an empty side after tokenising is left out."""
    texts = [text for pair in aligned for text in (pair.a, pair.b)]
    ids = _encode(tokenizer, texts)
    kinds: defaultdict[str, list[contrastive.Texts]] = defaultdict(list)
    for index, pair in enumerate(aligned):
        if len(ids[2 * index]) and len(ids[2 * index + 1]):
            kinds[pair.source].append((ids[2 * index], ids[2 * index + 1]))
    kinds[pairs.REGISTER] = [_encode(tokenizer, group) for group in groups]
    return [contrastive.Source(kinds[name], WEIGHTS.get(name, 0.05)) for name in kinds]


def _encode(tokenizer: Tokenizer, texts: Sequence[str]) -> list[contrastive.Ids]:
    encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    return [np.asarray(encoding.ids[:MAX_TOKENS], dtype=np.int64) for encoding in encodings]


if __name__ == "__main__":
    main()
