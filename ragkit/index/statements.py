"""What a chunk says about what: found fast, so that sources which differ in a number are noticed.

Two texts that are the same but for their numbers state the same thing with different values; two
answers to one phrasing answer one question. Both show as an equal `about` and an unequal `says`.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ragkit.core.documents import Chunk, Document, PartKind
from ragkit.core.folding import fold
from ragkit.core.quantities import Unit, find_quantities
from ragkit.core.text import sentences

STATEMENTS = np.dtype([("about", "<u8"), ("says", "<u8"), ("chunk", "<i4")])
_STATED = frozenset({PartKind.ANSWER, PartKind.SUPPLEMENT, PartKind.CLAUSE, PartKind.ROW})
_NUMBER = re.compile(r"[0-9〇零一二两三四五六七八九十百千万亿半]+(?:[.,][0-9]+)*")
_REST = re.compile(r"[\W_]+")
_CODES = frozenset({Unit.CODE})
_LEAST = 8  # letters beside the numbers: less says too little to be about anything


def hash64(text: str) -> int:
    """A number that stands for a text; never 0, which stands for none."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") or 1


@dataclass(frozen=True)
class Statement:
    """A sentence or phrasing, as numbers that can be compared, and as it stands."""

    about: int
    says: int
    text: str


def statements(chunk: Chunk, document: Document) -> Iterator[Statement]:
    """Each sentence of a chunk with a number in it, or the customer's phrasing that it is."""
    if chunk.part is PartKind.QUESTION:
        answers = " ".join(part.wording for part in document.parts_of(PartKind.ANSWER))
        asked = _REST.sub("", fold(chunk.wording))
        says = " ".join(_NUMBER.findall(fold(answers)))
        yield Statement(hash64(f"?{asked}"), hash64(says), chunk.wording)
    elif chunk.part in _STATED:
        row = chunk.part is PartKind.ROW
        texts = [chunk.wording] if row else [s.of(chunk.text) for s in sentences(chunk.text)]
        for text in texts:
            folded = fold(text)
            numbers = _NUMBER.findall(folded)
            about = _REST.sub("", _NUMBER.sub("0", folded))
            if numbers and len(about) - len(numbers) >= _LEAST:
                yield Statement(hash64(about), hash64(" ".join(numbers)), text)


def conflicts(
    one: tuple[Chunk, Document], other: tuple[Chunk, Document]
) -> Iterator[tuple[str, str]]:
    """The statements of two chunks that contradict each other: what each says.

    Two sentences do when they are the same but for their amounts; two FAQs when they answer one
    phrasing with amounts of one kind that have none in common.
    """
    theirs = {statement.about: statement for statement in statements(*other)}
    for mine in statements(*one):
        against = theirs.get(mine.about)
        if against is None or against.says == mine.says:
            continue
        if one[0].part is PartKind.QUESTION:
            differ = _disjoint(_answer(one[1]), _answer(other[1]))
        else:
            differ = _amounts(mine.text) != _amounts(against.text)
        if differ:
            yield mine.text, against.text


def _answer(document: Document) -> str:
    return "\n".join(part.wording for part in document.parts_of(PartKind.ANSWER))


def _amounts(text: str) -> list[str]:
    """The amounts of a text as values: 七天 and 7天 are one. Codes are no amounts."""
    return [quantity.canonical for quantity in find_quantities(text) if quantity.unit not in _CODES]


def _disjoint(one: str, other: str) -> bool:
    """Whether two texts both have amounts of some unit, and none of them in common."""
    kinds: list[dict[Unit, set[str]]] = [{}, {}]
    for found, text in zip(kinds, (one, other), strict=True):
        for quantity in find_quantities(text):
            if quantity.unit not in _CODES:
                found.setdefault(quantity.unit, set()).add(quantity.canonical)
    mine, theirs = kinds
    return any(not mine[unit] & theirs[unit] for unit in mine.keys() & theirs.keys())
