"""Journey 1: load -> split -> embed -> add -> save. From knowledge files to an index generation."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from ragkit.core.documents import Chunk, Document
from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.protocols import Embedder, Loader, Progress, Splitter, Vectors
from ragkit.core.retrieval import FusionModel
from ragkit.core.text import Record
from ragkit.index.bundle import FORMAT, Contents, IndexFolder, Manifest, SourceStamp, stamp
from ragkit.index.lexical import LexicalIndex
from ragkit.index.vectors import VectorIndex
from ragkit.ingest.consistency import clashes, dangling_links
from ragkit.retrieve import calibrate
from ragkit.retrieve.questions import QuestionBook

_BATCH = 256
# Folders of a knowledge base that hold no documents: rule packs are read by the guard.
_NOT_DOCUMENTS = frozenset({"rules"})


class IndexSummary(Record):
    """What a build did. `skipped` are files of a format or folder that no loader reads."""

    generation: str
    files: int
    documents: dict[str, int]
    chunks: int
    fusion: FusionModel
    skipped: tuple[str, ...] = ()
    seconds: float


@dataclass(frozen=True)
class Loaded:
    """The knowledge base as documents, and the files it came from."""

    documents: tuple[Document, ...]
    sources: Mapping[str, SourceStamp]
    skipped: tuple[str, ...]

    @property
    def hash(self) -> str:
        """Hash over every file name and content."""
        lines = (f"{name}\0{source.sha256}\n" for name, source in sorted(self.sources.items()))
        return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Indexer:
    """Builds generations. `loaders` are by folder name; `clock` gives aware UTC times."""

    knowledge: Path
    folder: IndexFolder
    loaders: Mapping[str, Loader]
    splitter: Splitter
    embedder: Embedder
    prior: FusionModel
    version: str
    clock: Callable[[], datetime]

    def build(self, progress: Progress) -> IndexSummary:
        """Build a generation from the files as they are and make it the current one.

        Raises `KnowledgeError` (every problem of every file), `IndexBusy` when another process
        builds; the generation before then still answers.
        """
        started = self.clock()
        with self.folder.lock():
            loaded = self._load(progress)
            chunks = self._split(loaded.documents, progress)
            vectors = self._embed(chunks, progress)
            progress("words", 0, 1)
            lexical = LexicalIndex.build([chunk.search_text for chunk in chunks])
            dense = VectorIndex.build(vectors)
            progress("words", 1, 1)
            book = QuestionBook(
                documents=loaded.documents,
                chunks=chunks,
                vectors=vectors,
                lexical=lexical,
                embedder=self.embedder,
            )
            fusion = calibrate.fit(tuple(book.asked(progress)), prior=self.prior)

            def describe(name: str) -> Manifest:
                return Manifest(
                    format=FORMAT,
                    generation=name,
                    created_at=started,
                    ragkit=self.version,
                    embedder=self.embedder.id,
                    dimension=self.embedder.dimension,
                    documents=len(loaded.documents),
                    chunks=len(chunks),
                    knowledge=loaded.hash,
                    sources=dict(loaded.sources),
                    skipped=loaded.skipped,
                    fusion=fusion,
                )

            manifest = self.folder.write(
                Contents(loaded.documents, chunks, dense, lexical), describe
            )
        return IndexSummary(
            generation=manifest.generation,
            files=len(loaded.sources),
            documents=dict(Counter(str(document.kind) for document in loaded.documents)),
            chunks=len(chunks),
            fusion=fusion,
            skipped=loaded.skipped,
            seconds=(self.clock() - started).total_seconds(),
        )

    def _load(self, progress: Progress) -> Loaded:
        """Every document of every file, or every problem of every file."""
        paths, skipped = self.find()
        documents: list[Document] = []
        problems: list[Problem] = []
        stamps: dict[str, SourceStamp] = {}
        for done, (source, path) in enumerate(paths.items(), start=1):
            try:
                # Stamped before it is read: a file that changes meanwhile is seen as changed.
                before = _stamp(path)
                documents += self.loaders[source.split("/")[0]].load(path, source=source).documents
                if before is not None:
                    stamps[source] = before
            except KnowledgeError as error:
                problems += error.problems
            progress("files", done, len(paths))
        problems += clashes(documents)
        if not problems:  # a file that cannot be read would make every link to it dangle
            problems += dangling_links(documents)
        if problems:
            raise KnowledgeError(problems)
        if not documents:
            raise KnowledgeError(
                [
                    Problem(
                        "the knowledge base holds no documents",
                        where=str(self.knowledge),
                        fix=f"put files into {', '.join(sorted(self.loaders))}",
                    )
                ]
            )
        return Loaded(tuple(documents), stamps, skipped)

    def find(self) -> tuple[dict[str, Path], tuple[str, ...]]:
        """Files by name relative to the knowledge base, and those that no loader reads."""
        if not self.knowledge.is_dir():
            raise KnowledgeError(
                [
                    Problem(
                        "there is no such folder",
                        where=str(self.knowledge),
                        fix="run `ragkit init DIR`, or set `knowledge_base` in ragkit.toml",
                    )
                ]
            )
        paths, skipped = {}, []
        for source in knowledge_files(self.knowledge):
            path = self.knowledge / source
            loader = self.loaders.get(source.split("/")[0])
            if loader and path.suffix.lower() in loader.suffixes:
                paths[source] = path
            else:
                skipped.append(source)
        return paths, tuple(skipped)

    def _split(self, documents: Sequence[Document], progress: Progress) -> list[Chunk]:
        chunks: list[Chunk] = []
        for done, document in enumerate(documents, start=1):
            chunks += self.splitter.split(document)
            progress("documents", done, len(documents))
        return chunks

    def _embed(self, chunks: Sequence[Chunk], progress: Progress) -> Vectors:
        vectors = np.zeros((len(chunks), self.embedder.dimension), dtype=np.float32)
        for start in range(0, len(chunks), _BATCH):
            batch = chunks[start : start + _BATCH]
            vectors[start : start + len(batch)] = self.embedder.embed(
                [chunk.search_text for chunk in batch]
            )
            progress("chunks", start + len(batch), len(chunks))
        return vectors


def _stamp(path: Path) -> SourceStamp | None:
    """What a file is now; None if it cannot be read, which its loader tells."""
    try:
        return stamp(path) if path.is_file() else None
    except OSError:
        return None


def knowledge_files(folder: Path) -> list[str]:
    """Names of the files of a knowledge base, rule packs and hidden ones left out, in order.

    Linked folders are followed, each real folder once. A folder that cannot be listed counts as a
    file, so that it is told; a knowledge base that is not there has none.
    """
    names: list[str] = []
    seen = {folder.resolve()}
    waiting = [folder] if folder.is_dir() else []
    while waiting:
        here = waiting.pop()
        try:
            paths = sorted(here.iterdir())
        except OSError:
            names.append(here.relative_to(folder).as_posix())
            continue
        # Not `is_file`: a link that leads nowhere is a file that cannot be read, and is told.
        for path in paths:
            name = path.relative_to(folder).as_posix()
            if path.name.startswith(".") or name.split("/")[0] in _NOT_DOCUMENTS:
                continue
            if not path.is_dir():
                names.append(name)
            elif path.resolve() not in seen:
                seen.add(path.resolve())
                waiting.append(path)
    return sorted(names)
