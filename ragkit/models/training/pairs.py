"""Training texts as values: aligned pairs, and paraphrase groups written for the project."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

FILES = ("pairs_permissive.jsonl.gz", "pairs_sharealike.jsonl.gz")
DICTIONARY = "cedict_zh_en"
COMPOSED = "phrases"  # source name of the sentences composed from the project's own bricks
MIXED = "mixtures"  # source name of random mixtures of dictionary words
REGISTER = "register"  # source name of the project's own paraphrases
TRANSLATIONS = (DICTIONARY, "tatoeba_zh_en", COMPOSED, MIXED)  # here `b` is the English of `a`
_HERE = Path(__file__).parent
_MARKUP = re.compile(r"\[[^\]]*\]|[\u3400-\u9fff|]+")  # pinyin and cross-references inside glosses


@dataclass(frozen=True)
class Pair:
    """Two texts that mean the same or answer each other, and where they come from."""

    a: str
    b: str
    source: str


def read_pairs(folder: Path) -> tuple[Pair, ...]:
    """Read both pair files of `folder`, in file order; glosses come back without Chinese markup.

    Raises `FileNotFoundError` naming the missing file.
    """
    return tuple(pair for name in FILES for pair in _read_file(folder / name))


def _read_file(path: Path) -> Iterator[Pair]:
    if not path.is_file():
        raise FileNotFoundError(
            f"training pairs are missing\n  where: {path}\n"
            f"  fix:   point --data at the folder that holds {' and '.join(FILES)}"
        )
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            pair = Pair(row["a"], row["b"], row["source"])
            yield _without_markup(pair) if pair.source == DICTIONARY else pair


def _without_markup(pair: Pair) -> Pair:
    gloss = " ".join(_MARKUP.sub(" ", pair.b).split())
    return Pair(pair.a, gloss or pair.b, pair.source)


def read_groups() -> tuple[tuple[str, ...], ...]:
    """The paraphrase groups of `register.txt`: each holds one intent in several wordings.

    Groups are separated by blank lines, wordings by line ends; Chinese and English stand together.
    """
    text = (_HERE / "register.txt").read_text(encoding="utf-8")
    blocks = (block.splitlines() for block in re.split(r"\n\s*\n", text))
    groups = (tuple(line.strip() for line in block if _is_content(line)) for block in blocks)
    return tuple(group for group in groups if len(group) > 1)


def group_pairs(groups: tuple[tuple[str, ...], ...]) -> tuple[Pair, ...]:
    """Every unordered pair of wordings inside each group."""
    return tuple(Pair(a, b, REGISTER) for group in groups for a, b in combinations(group, 2))


def read_terms() -> tuple[str, ...]:
    """The customer-service words of `terms.txt` that must be whole tokens, in file order."""
    lines = (_HERE / "terms.txt").read_text(encoding="utf-8").splitlines()
    words = (word for line in lines if _is_content(line) for word in line.split())
    return tuple(dict.fromkeys(words))


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")
