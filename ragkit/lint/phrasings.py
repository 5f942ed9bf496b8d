"""Phrasings that two FAQs share, and those that lead to another FAQ than their own."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ragkit.core.documents import Chunk, Document, DocumentKind, Part, PartKind
from ragkit.core.folding import fold
from ragkit.lint.asking import Asked
from ragkit.lint.findings import Check, LintFinding, LintSeverity, place
from ragkit.lint.shelf import Shelf, meets

ChunkAt = Callable[[int], Chunk]
# What Chinese ends a question or request with and does not change what is asked (modal particles:
# 现代汉语词典, 语气助词; 么 only at the end, so that 什么时候 keeps its word).
_ENDING = re.compile(r"[吗呢啊呀吧嘛么哦喔噢哈呗哟啦咯嘞哇]+(?=[\W_]|$)")
_MARKS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?|[一二两三四五六七八九十百千万半]+")
# Share of letter pairs in common (Dice) from which phrasings that are near in meaning count as one.
# No two FAQs of the sample shop reach it; of its phrasings with 请问 before them, without 的, or
# with their halves turned round, more than nine in ten do.
_ALIKE = 0.55
# Log-odds by which another FAQ has to be more relevant. Of the sample shop's phrasings, moved to an
# FAQ at random, half go beyond it; of those where they belong, one in a hundred.
_CLEARLY = 3.0


@dataclass(frozen=True)
class _Said:
    document: Document
    part: Part

    @property
    def where(self) -> str:
        return place(self.part, self.document.source)


def same_key(text: str) -> str:
    """A phrasing without case, marks and final particles; all of it where nothing is left."""
    folded = fold(text)
    return _MARKS.sub("", _ENDING.sub("", folded)) or folded.strip()


def same_phrasing(
    shelf: Shelf, asked: Iterable[Asked], chunk: ChunkAt, as_of: date
) -> Iterator[LintFinding]:
    """Two FAQs that one message may get, asked in the same words or nearly so."""
    equal = set[frozenset[str]]()
    for one, other in _equal_pairs(shelf, as_of):
        equal.add(frozenset((one.document.key, other.document.key)))
        yield _equal(one, other)
    nearest: dict[frozenset[str], tuple[float, Chunk, Chunk]] = {}
    for each in asked:
        for near in each.near:
            one_chunk, other_chunk = chunk(each.row), chunk(near.row)
            pair = frozenset((one_chunk.document, other_chunk.document))
            if pair in equal or not _alike(one_chunk.wording, other_chunk.wording):
                continue
            if pair not in nearest or near.cosine > nearest[pair][0]:
                nearest[pair] = (near.cosine, one_chunk, other_chunk)
    for _, one_chunk, other_chunk in nearest.values():
        if found := _nearly(shelf, one_chunk, other_chunk, as_of):
            yield found


def _equal_pairs(shelf: Shelf, as_of: date) -> Iterator[tuple[_Said, _Said]]:
    """Equal phrasings of different FAQs, each with the first one it meets."""
    groups: dict[tuple[str, str], list[_Said]] = {}
    for document in shelf.approved:
        if document.kind is DocumentKind.FAQ:
            for part in document.parts_of(PartKind.QUESTION):
                key = (document.locale, same_key(part.wording))
                groups.setdefault(key, []).append(_Said(document, part))
    for said in groups.values():
        for number, one in enumerate(said):
            for other in said[:number]:
                apart = one.document.id != other.document.id
                if apart and meets(one.document, other.document, as_of):
                    yield one, other
                    break


def _equal(one: _Said, other: _Said) -> LintFinding:
    merge = _answer(one.document) == _answer(other.document)
    return LintFinding(
        check=Check.SAME_PHRASING,
        severity=LintSeverity.INFO if merge else LintSeverity.ERROR,
        message=(
            f"`{one.document.id}` and `{other.document.id}` are asked in the same words"
            f"{', and answer the same' if merge else ', but answer differently'}"
        ),
        where=one.where,
        other=other.where,
        quote=one.part.wording,
        fix="merge the two"
        if merge
        else "take the phrasing out of the one that it is not meant for",
    )


def _nearly(shelf: Shelf, one: Chunk, other: Chunk, as_of: date) -> LintFinding | None:
    mine, theirs = shelf.by_key[one.document], shelf.by_key[other.document]
    if mine.id == theirs.id or not meets(mine, theirs, as_of):
        return None
    merge = _answer(mine) == _answer(theirs)
    return LintFinding(
        check=Check.SAME_PHRASING,
        severity=LintSeverity.INFO if merge else LintSeverity.WARNING,
        message=(
            f"`{mine.id}` and `{theirs.id}` are asked in nearly the same words"
            f"{', and answer the same' if merge else ', but answer differently'}: “{other.wording}”"
        ),
        where=place(one, one.source),
        other=place(other, other.source),
        quote=one.wording,
        fix="merge the two" if merge else "keep the phrasing with one of them, or reword it",
    )


def _answer(document: Document) -> str:
    said = document.parts_of(PartKind.ANSWER, PartKind.SUPPLEMENT)
    return _MARKS.sub("", fold("".join(part.wording for part in said)))


def _alike(one: str, other: str) -> bool:
    """Whether two texts have most of their letter pairs in common, and all of their numbers."""
    mine, theirs = fold(one), fold(other)
    if sorted(_NUMBER.findall(mine)) != sorted(_NUMBER.findall(theirs)):
        return False
    return dice(mine, theirs) >= _ALIKE


def dice(one: str, other: str) -> float:
    """Share of letter pairs that two texts have in common, marks left out: 0 to 1."""
    mine, theirs = letter_pairs(one), letter_pairs(other)
    return 2 * len(mine & theirs) / max(1, len(mine) + len(theirs))


def letter_pairs(text: str) -> set[str]:
    """Neighbouring letters and figures of a text, marks left out."""
    letters = _MARKS.sub("", text)
    return {letters[start : start + 2] for start in range(len(letters) - 1)}


def stray_phrasing(shelf: Shelf, asked: Iterable[Asked], chunk: ChunkAt) -> Iterator[LintFinding]:
    """Phrasings that another FAQ answers better than their own, and negatives that speak against
    a phrasing of their own.

    What `same_phrasing` tells is left to it.
    """
    for document in shelf.approved:
        yield from _against_itself(document)
    for each in asked:
        if each.other < 0 or each.others - each.own <= _CLEARLY:
            continue
        one, other = chunk(each.row), chunk(each.other)
        near = [chunk(found.row) for found in each.near]
        if any(other.document == found.document and _same(one, found) for found in near):
            continue
        yield LintFinding(
            check=Check.STRAY_PHRASING,
            severity=LintSeverity.WARNING,
            message=(
                f"nothing else in `{shelf.by_key[one.document].id}` is like this phrasing; "
                f"its like are found in `{shelf.by_key[other.document].id}`: “{_line(other)}”"
            ),
            where=place(one, one.source),
            other=place(other, other.source),
            quote=one.wording,
            fix="move it there if that answers it; else add phrasings of its kind to its own FAQ",
        )


def _same(one: Chunk, other: Chunk) -> bool:
    return same_key(one.wording) == same_key(other.wording) or _alike(one.wording, other.wording)


def _line(chunk: Chunk) -> str:
    return chunk.wording.partition("\n")[0]


def _against_itself(document: Document) -> Iterator[LintFinding]:
    own = {same_key(part.wording): part for part in document.parts_of(PartKind.QUESTION)}
    for part in document.parts_of(PartKind.NEGATIVE):
        if against := own.get(same_key(part.wording)):
            yield LintFinding(
                check=Check.STRAY_PHRASING,
                severity=LintSeverity.ERROR,
                message=f"a negative question of `{document.id}` is one of its own phrasings",
                where=place(part, document.source),
                other=place(against, document.source),
                quote=part.wording,
                fix="keep it as the one or as the other",
            )
