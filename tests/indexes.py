"""A real `Indexer` over knowledge files in a folder, with an embedder small enough to count."""

import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from ragkit.core.protocols import Embedder, Loader, Vectors
from ragkit.core.retrieval import SearchFilter
from ragkit.index.bundle import Bundle
from ragkit.index.generations import IndexFolder
from ragkit.indexing import Indexer, IndexSummary, Order
from ragkit.ingest.loaders import FaqLoader, ScriptLoader
from ragkit.ingest.policies import PolicyLoader
from ragkit.ingest.splitter import PartSplitter
from ragkit.publishing import Publisher
from ragkit.retrieve.fusion import default_model
from ragkit.retrieve.hybrid import HybridRetriever

TODAY = SearchFilter(as_of=date(2026, 9, 1))


class CountingEmbedder:
    """Embeds by the pairs of characters of a text; remembers every text it was given."""

    dimension = 16

    def __init__(self, name: str = "pairs") -> None:
        self.id = f"test:{name}"
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for pair in pairwise(text):
                mark = zlib.crc32("".join(pair).encode())
                vectors[row, mark % self.dimension] += 1 if mark & 0x10000 else -1
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = np.divide(vectors, norms, out=vectors, where=norms > 0)
        return unit

    def count_tokens(self, text: str) -> int:
        return len(text)


@dataclass
class Clock:
    """A second later whenever it is asked."""

    now: datetime = datetime(2026, 9, 1, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Base:
    """A knowledge base and its index side by side; `write` gives each file a time of its own."""

    root: Path
    embedder: Embedder = field(default_factory=CountingEmbedder)
    max_chars: int = 400
    refit_share: float = 1.0
    keep: int = 5
    clock: Callable[[], datetime] = field(default_factory=Clock)
    ticks: int = 0

    @property
    def knowledge(self) -> Path:
        return self.root / "knowledge_base"

    @property
    def folder(self) -> IndexFolder:
        return IndexFolder(self.root / "index")

    @property
    def indexer(self) -> Indexer:
        loaders: dict[str, Loader] = {
            "faqs": FaqLoader(),
            "policies": PolicyLoader(),
            "scripts": ScriptLoader(),
        }
        return Indexer(
            knowledge=self.knowledge,
            folder=self.folder,
            loaders=loaders,
            splitter=PartSplitter(max_chars=self.max_chars),
            embedder=self.embedder,
            prior=default_model(),
            version="0.1.0",
            ingest=f"{self.max_chars} chars",
            refit_share=self.refit_share,
            keep=self.keep,
            clock=self.clock,
        )

    @property
    def publisher(self) -> Publisher:
        return Publisher(
            folder=self.folder, embedder=self.embedder, keep=self.keep, clock=self.clock
        )

    def write(self, name: str, content: str | bytes) -> None:
        path = self.knowledge / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.touch(name)

    def touch(self, name: str) -> None:
        self.ticks += 1
        at = 1_700_000_000 + self.ticks
        os.utime(self.knowledge / name, (at, at))

    def remove(self, name: str) -> None:
        (self.knowledge / name).unlink()

    def rename(self, name: str, to: str) -> None:
        (self.knowledge / to).parent.mkdir(parents=True, exist_ok=True)
        (self.knowledge / name).rename(self.knowledge / to)

    def build(
        self, *, full: bool = False, keep_going: bool = False, stage: bool = False
    ) -> IndexSummary:
        order = Order(full=full, keep_going=keep_going)
        run = self.indexer.stage if stage else self.indexer.build
        return run(lambda *_: None, order)

    def open(self) -> Bundle:
        return self.folder.open()


def retriever(bundle: Bundle, embedder: Embedder, *, pool: int = 100) -> HybridRetriever:
    """Over a generation, with the shipped fusion."""
    return HybridRetriever(
        embedder=embedder,
        dense=bundle.vectors,
        lexical=bundle.lexical,
        rows=bundle.table,
        fusion=default_model(),
        pool=pool,
    )


def wordings(bundle: Bundle) -> list[str]:
    """What the live chunks say, sorted."""
    return sorted(chunk.wording for chunk in bundle.table.chunks())


def found(base: Base, ask: str, *, top_k: int = 5) -> list[str]:
    """What is found for a message today, best first."""
    asked = retriever(base.open(), base.embedder).retrieve([ask], search=TODAY, top_k=top_k)
    return [hit.chunk.wording for hit in asked.hits]
