"""Composes parallel customer-service sentences from the bilingual bricks of `phrases.txt`."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ragkit.models.training.pairs import COMPOSED, Pair

_SLOT = re.compile(r"\{(\w+)\}")
_HEADER = re.compile(r"\[(\w+)\]")
Brick = tuple[str, str]  # the same words in Chinese and in English
Bricks = Mapping[str, Sequence[Brick]]


def read_bricks() -> dict[str, list[Brick]]:
    """Every section of `phrases.txt`: its name and its lines, split at the equals sign."""
    text = (Path(__file__).parent / "phrases.txt").read_text(encoding="utf-8")
    bricks: dict[str, list[Brick]] = {}
    section = ""
    for line in text.splitlines():
        if header := _HEADER.fullmatch(line.strip()):
            section = header[1]
            bricks[section] = []
        elif section and line.strip() and not line.startswith("#"):
            chinese, english = line.split(" = ", maxsplit=1)
            bricks[section].append((chinese.strip(), english.strip()))
    return bricks


def compose(bricks: Bricks, *, count: int, seed: int) -> tuple[Pair, ...]:
    """`count` drawn sentences, repetitions left out, then every brick on its own."""
    chance = random.Random(seed)
    drawn = [_sentence(bricks, chance) for _ in range(count)]
    single = [brick for kind, lines in bricks.items() if kind != "sentence" for brick in lines]
    return tuple(Pair(a, b, COMPOSED) for a, b in dict.fromkeys([*drawn, *single]))


def _sentence(bricks: Bricks, chance: random.Random) -> Brick:
    chinese, english = chance.choice(bricks["sentence"])
    for kind in _SLOT.findall(chinese):
        own, other = chance.choice(bricks[kind])
        chinese = chinese.replace(f"{{{kind}}}", own, 1)
        english = english.replace(f"{{{kind}}}", other, 1)
    return chinese, english
