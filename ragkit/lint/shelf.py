"""The documents under check, and what the checks need of the index over them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ragkit.core.documents import Chunk, Document, PartKind, Scope, Status
from ragkit.core.protocols import Rows, Vectors
from ragkit.core.retrieval import Conflict, SearchFilter

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
# The fused relevance, in log-odds, of chunks for a query: of their dense and lexical scores and
# whether they are worded as a question; all of shape (n,).
Relevance = Callable[[Floats, Floats, Mask], Floats]


class RowSource(Protocol):
    """Chunks by row, and the documents they belong to."""

    @property
    def order(self) -> NDArray[np.uint64]: ...

    @property
    def document_rows(self) -> Rows: ...

    @property
    def live(self) -> Mask: ...

    @property
    def live_documents(self) -> Mask: ...

    def allowed(self, search: SearchFilter) -> Mask: ...

    def is_question(self) -> Mask: ...

    def is_part(self, part: PartKind) -> Mask: ...

    def chunks_of(self, document: int) -> Rows: ...

    def answering(self, document: Document) -> Mask: ...

    def document_at(self, row: int) -> Document: ...

    def chunk(self, row: int) -> Chunk: ...

    def contradictions(self) -> tuple[Conflict, ...]: ...


class DenseSource(Protocol):
    """Vectors by row."""

    def matrix(self) -> Vectors: ...


class LexicalSource(Protocol):
    """Words by row."""

    def coverage(self, text: str) -> tuple[NDArray[np.float32], float]: ...


@dataclass(frozen=True)
class Shelf:
    """Documents by their row in the index, drafts and retired ones among them."""

    rows: Mapping[int, Document]

    @classmethod
    def of(cls, table: RowSource) -> "Shelf":
        """Every document that counts."""
        live = np.flatnonzero(table.live_documents)
        return cls({int(row): table.document_at(int(row)) for row in live})

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """In the order of files and lines."""
        return tuple(sorted(self.rows.values(), key=lambda each: (each.source, each.line)))

    @cached_property
    def approved(self) -> tuple[Document, ...]:
        return tuple(each for each in self.documents if each.status is Status.APPROVED)

    @cached_property
    def kept(self) -> tuple[Document, ...]:
        """What is in use or may be one day: all that is not retired."""
        return tuple(each for each in self.documents if each.status is not Status.RETIRED)

    @cached_property
    def versions(self) -> Mapping[str, tuple[Document, ...]]:
        """The approved documents of each id, the one that starts first first."""
        found: dict[str, list[Document]] = {}
        for document in self.approved:
            found.setdefault(document.id, []).append(document)
        return {name: tuple(sorted(each, key=starts)) for name, each in found.items()}

    @cached_property
    def by_key(self) -> Mapping[str, Document]:
        return {each.key: each for each in self.documents}

    @cached_property
    def known(self) -> frozenset[str]:
        """Ids of all documents, whatever their status."""
        return frozenset(each.id for each in self.documents)


def starts(document: Document) -> date:
    return document.validity.effective_from or date.min


def ends(document: Document) -> date:
    return document.validity.effective_to or date.max


def day_of(document: Document, as_of: date) -> date | None:
    """The day to look at a document: `as_of`, or its first if that is later; None once it ended."""
    return None if ends(document) < as_of else max(as_of, starts(document))


def meets(one: Document, other: Document, as_of: date) -> date | None:
    """The first day from `as_of` on which both apply to one message; None if there is none."""
    day = max(starts(one), starts(other), as_of)
    both = day <= min(ends(one), ends(other)) and scopes_meet(one.scope, other.scope)
    return day if both else None


def scopes_meet(one: Scope, other: Scope) -> bool:
    """Whether some message is in both scopes; none named means all."""
    pairs = ((one.shops, other.shops), (one.channels, other.channels))
    return all(not mine or not theirs or set(mine) & set(theirs) for mine, theirs in pairs)
