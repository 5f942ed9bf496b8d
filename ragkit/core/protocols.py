"""What a room expects of the things it is handed. Implementations are named in `wiring` alone."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from ragkit.core.documents import Chunk, Document, Loaded
from ragkit.core.drafting import Draft, Drafts, Suggestion
from ragkit.core.guarding import GuardContext, RuleResult
from ragkit.core.retrieval import Conflict, Evidence, Query, Retrieved, SearchFilter, Understanding
from ragkit.core.reviewing import Decision, ReviewItem, ReviewState
from ragkit.core.text import Locale

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]  # positions of chunks in an index, shape (n,)
# Told after each piece of work: the step, how much is done, how much there is.
Progress = Callable[[str, int, int], None]


class Loader(Protocol):
    """Reads one kind of knowledge file; `suffixes` are the formats, such as `.yaml`."""

    suffixes: ClassVar[tuple[str, ...]]

    def load(self, path: Path, *, source: str) -> Loaded:
        """Return the documents of a file, in its order, and notices about what it left out.

        Raises `KnowledgeError` naming every problem of the file with its place.
        """
        ...


class Splitter(Protocol):
    """Cuts documents into chunks."""

    def split(self, document: Document) -> tuple[Chunk, ...]:
        """Return the chunks of a document, in order; every chunk is an exact slice of its text."""
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def id(self) -> str:
        """Names the model and its weights: equal ids mean equal vectors."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 vectors of shape `(len(texts), dimension)` with unit rows.

        A text without any known token gives a row of zeros, which is near to nothing.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """How many tokens the model makes of a text, special ones included."""
        ...


class Library(Protocol):
    """Gives documents by their key."""

    def document(self, key: str) -> Document:
        """Raises `KeyError` if there is none."""
        ...

    def in_force(self, document_id: str, search: SearchFilter) -> Document | None:
        """The version of a document that applies on the day of the filter; None if none does."""
        ...

    def scripts(self, scene: str, search: SearchFilter) -> tuple[Document, ...]:
        """Approved scripts for a scene that pass the filter; `()` when there are none."""
        ...

    def conflicts(self, keys: Collection[str], search: SearchFilter) -> tuple[Conflict, ...]:
        """Where these documents and others in force under the filter contradict each other."""
        ...


class Retriever(Protocol):
    """Finds the chunks most likely to answer a query."""

    def retrieve(self, asks: Sequence[str], *, search: SearchFilter, top_k: int) -> Retrieved:
        """Return at most `top_k` hits over all asks, best first; none when nothing matches."""
        ...


class Understander(Protocol):
    """Reads a customer's message."""

    def understand(self, query: Query) -> Understanding: ...


class Drafter(Protocol):
    """Writes replies out of evidence."""

    @property
    def id(self) -> str: ...

    def draft(
        self,
        query: Query,
        *,
        search: SearchFilter,
        locale: Locale,
        evidence: Sequence[Evidence],
        scripts: Sequence[Document],
    ) -> Drafts:
        """Return candidates, best first; none when the evidence carries no reply."""
        ...


class Rule(Protocol):
    """A check of a draft."""

    @property
    def id(self) -> str: ...

    def check(self, draft: Draft, context: GuardContext) -> RuleResult:
        """Return what was found; may raise, which sends the draft to review."""
        ...


class ReviewStore(Protocol):
    """Keeps what waits for a person, and what was decided. All methods raise `StoreUnavailable`."""

    def put(self, suggestion: Suggestion) -> int:
        """Queue a suggestion; return the id of its item. It is on disk when this returns."""
        ...

    def get(self, item_id: int) -> ReviewItem:
        """Raises `KeyError` if there is no such item."""
        ...

    def list(self, state: ReviewState | None = None, *, limit: int = 50) -> tuple[ReviewItem, ...]:
        """Items in a state (None: any), oldest first."""
        ...

    def count(self, state: ReviewState | None = None) -> int:
        """How many items are in a state (None: any)."""
        ...

    def decide(self, item: ReviewItem, decision: Decision) -> ReviewItem:
        """Write a decision; return the item after it. Raises `DecisionRefused`."""
        ...
