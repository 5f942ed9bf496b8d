"""Fits the token rows: follow the English teacher, and pull aligned texts together.

A text is the mean of its token rows. Each step adds two losses: symmetric InfoNCE over a batch of
pairs from one source (all other texts of the batch are negatives), and 1 - cosine to the teacher
for texts whose meaning the teacher can read, Chinese ones through their translation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ragkit.models.training.teacher import Vectors

Ids = NDArray[np.int64]
Texts = Sequence[Ids]  # one array of token ids per text


@dataclass(frozen=True)
class Schedule:
    """How long and how hard to train."""

    steps: int = 5_000
    batch: int = 512
    temperature: float = 0.1  # softer than the usual 0.05: few groups are soon learnt by heart
    learning_rate: float = 1e-3
    teacher_weight: float = 8.0
    seed: int = 13


@dataclass(frozen=True)
class Source:
    """Aligned texts of one kind; `groups[i]` holds wordings of one meaning, at least two.

    `weight` is the share of steps that draw from this source, relative to the others.
    """

    groups: Sequence[Texts]
    weight: float


@dataclass(frozen=True)
class Targets:
    """Texts and the unit vectors they should have, shape `(len(texts), dim)`."""

    texts: Texts
    vectors: Vectors


def fit(rows: Vectors, sources: Sequence[Source], targets: Targets, plan: Schedule) -> Vectors:
    """Train from the initial `rows` (pieces, dim); row 0 belongs to unknown text and stays zero."""
    torch.manual_seed(plan.seed)
    chance = np.random.default_rng(plan.seed)
    bag = torch.nn.EmbeddingBag.from_pretrained(
        torch.from_numpy(rows.copy()), freeze=False, mode="mean", padding_idx=0
    )
    optimiser = torch.optim.Adam(bag.parameters(), lr=plan.learning_rate, fused=True)
    decay = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.02, total_iters=plan.steps)
    goals = torch.from_numpy(targets.vectors)
    shares = np.array([source.weight for source in sources])
    for step in range(plan.steps):
        source = sources[chance.choice(len(sources), p=shares / shares.sum())]
        left, right = _draw(source.groups, plan.batch, chance)
        picked = chance.integers(len(targets.texts), size=2 * plan.batch)
        loss = info_nce(_embed(bag, left), _embed(bag, right), plan.temperature)
        guided = _embed(bag, [targets.texts[i] for i in picked])
        follow = 1 - (guided * goals[torch.from_numpy(picked)]).sum(dim=1).mean()
        optimiser.zero_grad()
        (loss + plan.teacher_weight * follow).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        decay.step()
        if step % 1000 == 0:
            print(f"step {step}: pairs {loss.item():.3f}, teacher {follow.item():.3f}")
    trained: Vectors = bag.weight.detach().numpy().astype(np.float32)
    trained[0] = 0.0
    return trained


def info_nce(left: Tensor, right: Tensor, temperature: float) -> Tensor:
    """Mean cross-entropy of finding each text's partner, in both directions; unit rows in."""
    scores = left @ right.T / temperature
    labels = torch.arange(len(left))
    both = functional.cross_entropy(scores, labels) + functional.cross_entropy(scores.T, labels)
    return both / 2


def _draw(
    groups: Sequence[Texts], count: int, chance: np.random.Generator
) -> tuple[list[Ids], list[Ids]]:
    """At most `count` different groups, two different wordings of each."""
    chosen = chance.choice(len(groups), size=min(count, len(groups)), replace=False, shuffle=False)
    sizes = np.array([len(groups[index]) for index in chosen])
    first = chance.integers(sizes)
    second = (first + 1 + chance.integers(sizes - 1)) % sizes
    left = [groups[index][one] for index, one in zip(chosen, first, strict=True)]
    right = [groups[index][other] for index, other in zip(chosen, second, strict=True)]
    return left, right


def _embed(bag: torch.nn.EmbeddingBag, texts: Texts) -> Tensor:
    lengths = np.fromiter((len(ids) for ids in texts), dtype=np.int64, count=len(texts))
    offsets = torch.from_numpy(np.cumsum(lengths) - lengths)
    rows: Tensor = bag(torch.from_numpy(np.concatenate(list(texts))), offsets)
    return functional.normalize(rows, dim=1)
