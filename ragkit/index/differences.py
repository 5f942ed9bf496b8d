"""What differs between two generations: chunks added, removed, and changed in place."""

from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from ragkit.core.documents import Chunk, PartKind
from ragkit.core.protocols import Rows
from ragkit.core.text import Record
from ragkit.index.table import Table

Contents = NDArray[np.uint64]
_MOST_PAIRS = 10_000  # comparisons for one document: a few seconds
_ALIKE = 0.5  # two chunks of one place with so much of their text in common are one, edited


class Change(Record):
    """A chunk that is not as it was: `before` None for an added one, `after` for a removed one."""

    before: Chunk | None = None
    after: Chunk | None = None

    @property
    def document(self) -> str:
        chunk = self.after or self.before
        return chunk.document if chunk else ""


def changed_rows(before: Table | None, after: Table) -> tuple[Rows, Rows]:
    """Rows removed from `before` and added in `after`, whatever line or segment they stand on.

    Equal chunks are counted: of three that become two, one was removed.
    """
    new = np.flatnonzero(after.live)
    if before is None:
        return np.empty(0, dtype=np.int64), new
    old = np.flatnonzero(before.live)
    return (
        _beyond(before.content[old], after.content[new], old),
        _beyond(after.content[new], before.content[old], new),
    )


def _beyond(own: Contents, other: Contents, rows: Rows) -> Rows:
    """Those of `rows` whose content stands here more often than there."""
    values, times = np.unique(own, return_counts=True)
    known, there = np.unique(other, return_counts=True)
    found = np.append(there, 0)[_places(known, values)]
    # Most stand on both sides: only the rest is looked at row by row, the last of its equals first.
    more, spare = values[times > found], (times - found)[times > found]
    here = np.flatnonzero(np.isin(own, more))
    which = np.searchsorted(more, own[here])
    order = np.argsort(which, kind="stable")
    ends = np.searchsorted(which[order], np.arange(len(more)), side="right")
    left = ends[which[order]] - np.arange(len(order))
    beyond: Rows = np.sort(rows[here[order[left <= spare[which[order]]]]])
    return beyond


def _places(known: Contents, values: Contents) -> Rows:
    """Where each of `values` stands in `known`, both ascending; one past the end if it does not."""
    place = np.searchsorted(known, values)
    there = place < len(known)
    there[there] = known[place[there]] == values[there]
    return np.where(there, place, len(known))


def differences(before: Table | None, after: Table) -> tuple[Change, ...]:
    """Every change, document by document; an edited chunk is one change, not two."""
    removed_rows, added_rows = changed_rows(before, after)
    removed = [before.chunk(int(row)) for row in removed_rows] if before else []
    added = [after.chunk(int(row)) for row in added_rows]
    documents = sorted({chunk.document for chunk in (*removed, *added)})
    old, new = _by_document(removed), _by_document(added)
    return tuple(
        change
        for document in documents
        for change in _paired(old.get(document, []), new.get(document, []))
    )


def _by_document(chunks: Sequence[Chunk]) -> dict[str, list[Chunk]]:
    found: dict[str, list[Chunk]] = {}
    for chunk in chunks:
        found.setdefault(chunk.document, []).append(chunk)
    return found


def _paired(removed: list[Chunk], added: list[Chunk]) -> list[Change]:
    """Changes of one document in its order: each added chunk with the removed one most like it."""
    if len(removed) * len(added) > _MOST_PAIRS:
        return [*(Change(before=c) for c in removed), *(Change(after=c) for c in added)]
    rest = list(removed)
    changes = []
    for chunk in added:
        same = [old for old in rest if (old.part, old.heading) == (chunk.part, chunk.heading)]
        likeness = [_likeness(old, chunk) for old in same]
        best = max(likeness, default=0.0)
        if best >= _ALIKE:
            old = same[likeness.index(best)]
            rest.remove(old)
            changes.append(Change(before=old, after=chunk))
        else:
            changes.append(Change(after=chunk))
    return [*changes, *(Change(before=chunk) for chunk in rest)]


def _likeness(old: Chunk, new: Chunk) -> float:
    if old.clause and old.clause == new.clause and new.part is PartKind.CLAUSE:
        return 1.0
    matcher = SequenceMatcher(None, old.wording, new.wording, autojunk=False)
    # The quick one is an upper bound, and most pairs have little in common.
    return matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0
