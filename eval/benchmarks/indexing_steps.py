"""What `indexing.py` times, each in a process of its own: `python indexing_steps.py STEP DESK`.

A step prints its times in seconds as JSON. The LangChain steps are the pipeline of its own guides:
load with DirectoryLoader and TextLoader, split with RecursiveCharacterTextSplitter, store in FAISS;
the embedding is ragkit's, so that both sides embed alike.
"""

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import made_knowledge

if TYPE_CHECKING:
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document

    from ragkit import Desk, Suggestion

EDITS = 10  # more than the segments an index may have, so that one of them pays for merging
QUESTIONS = 50
TOP_K = 20
_SEPARATORS = ["\n\n", "\n", "。", "！", "？", "；", "，", " ", ""]


@dataclass
class Times:
    """What a step found: seconds by name, one for each time it was done, and counts by name."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.seconds.setdefault(name, []).append(perf_counter() - started)

    def count(self, name: str, more: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + more


# ragkit


def ragkit_build(desk: Path, times: Times) -> None:
    import ragkit

    with times.timed("build"):
        summary = ragkit.open_desk(desk).build_index()
    times.count("chunks", summary.chunks)


def ragkit_open(desk: Path, times: Times) -> None:
    """From a loaded embedding to the first search, and the same for a whole desk and a draft."""
    import ragkit
    from ragkit.core.retrieval import SearchFilter
    from ragkit.retrieve.hybrid import HybridRetriever

    asked = made_knowledge.questions(desk / "knowledge_base", QUESTIONS)
    search = SearchFilter(as_of=date(2026, 11, 1))
    opened = ragkit.open_desk(desk)
    opened.embedder.embed([opened.embedder.id])
    with times.timed("open_and_search"):
        bundle = opened.open_bundle()
        retriever = HybridRetriever(
            embedder=opened.embedder,
            dense=bundle.vectors,
            lexical=bundle.lexical,
            rows=bundle.table,
            fusion=bundle.manifest.fusion,
            pool=opened.settings.retrieval.pool,
        )
        retriever.retrieve(asked[:1], search=search, top_k=TOP_K)
    for question in asked:
        with times.timed("search"):
            retriever.retrieve([question], search=search, top_k=TOP_K)
    with times.timed("open_and_draft"):
        opened.engine.suggest(ragkit.Query(text=asked[0]), store=False)
    for question in asked:
        with times.timed("draft"):
            opened.engine.suggest(ragkit.Query(text=question), store=False)


def ragkit_changes(desk: Path, times: Times) -> None:
    """Edits, renames and builds for nothing, in a desk that is open."""
    import ragkit

    opened = ragkit.open_desk(desk)
    opened.build_index()
    _ask(opened, "退货要多久")
    edits = made_knowledge.edits(desk / "knowledge_base", EDITS)
    for edit in edits:
        edit.do()
        with times.timed("change"):
            opened.build_index()
            suggestion = _ask(opened, edit.question)
        shown = [evidence.hit.chunk.text for evidence in suggestion.evidence]
        times.count("changes_answered", any(edit.shows in text for text in shown))
    for edit in edits:
        renamed = edit.path.rename(edit.path.with_stem(f"{edit.path.stem}-renamed"))
        with times.timed("rename"):
            summary = opened.build_index()
        times.count("rename_embedded", summary.embedded)
        renamed.rename(edit.path)
    opened.build_index()
    for _ in edits:
        with times.timed("no_change"):
            opened.build_index()
    for edit in edits:
        edit.undo()
    opened.build_index()


def _ask(opened: "Desk", text: str) -> "Suggestion":
    from ragkit import Query

    return opened.engine.suggest(Query(text=text), store=False)


# LangChain


class BundledEmbeddings:
    """ragkit's embedding as LangChain's `Embeddings`: lists of floats, as that asks for.

    A registered subclass, so that types can be checked where LangChain is not installed.
    """

    def __init__(self) -> None:
        from langchain_core.embeddings import Embeddings

        from ragkit.models.static import StaticEmbedder, bundled_path

        Embeddings.register(type(self))
        self._embedder = StaticEmbedder(bundled_path())

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._embedder.embed(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def langchain_build(desk: Path, times: Times, chunk_size: int) -> None:
    from langchain_community.document_loaders import DirectoryLoader, TextLoader
    from langchain_community.vectorstores import FAISS

    embeddings: Any = BundledEmbeddings()
    with times.timed("build"):
        documents = DirectoryLoader(
            str(desk / "knowledge_base"),
            glob=["policies/*.md", "faqs/*.yaml"],
            loader_cls=TextLoader,
            loader_kwargs={"encoding": "utf-8"},
        ).load()
        chunks = _split(documents, chunk_size)
        store = FAISS.from_documents(chunks, embeddings)
        store.save_local(_store(desk, chunk_size))
        store.similarity_search("退货要多久", k=TOP_K)
    times.count("chunks", len(chunks))


def langchain_open(desk: Path, times: Times, chunk_size: int) -> None:
    import langchain_community.vectorstores.faiss  # noqa: F401 - so that it is not timed

    asked = made_knowledge.questions(desk / "knowledge_base", QUESTIONS)
    embeddings = BundledEmbeddings()
    embeddings.embed_query("退货要多久")
    with times.timed("open_and_search"):
        store = _load(desk, chunk_size, embeddings)
        store.similarity_search(asked[0], k=TOP_K)
    for question in asked:
        with times.timed("search"):
            store.similarity_search(question, k=TOP_K)


def langchain_changes(desk: Path, times: Times, chunk_size: int) -> None:
    """Edits in an open store, by one who knows which file changed and which chunks it had."""
    store = _load(desk, chunk_size, BundledEmbeddings())
    held: dict[str, list[str]] = {}
    for name in store.index_to_docstore_id.values():
        held.setdefault(_source(store, name), []).append(name)
    store.similarity_search("退货要多久", k=TOP_K)
    edits = made_knowledge.edits(desk / "knowledge_base", EDITS)
    for edit in edits:
        edit.do()
        with times.timed("change"):
            _replace(store, edit.path, held[str(edit.path)], chunk_size)
            store.save_local(_store(desk, chunk_size))
            found = store.similarity_search(edit.question, k=TOP_K)
        shown = [document.page_content for document in found]
        times.count("changes_answered", any(edit.shows in text for text in shown))
    for edit in edits:
        edit.undo()


def langchain_change_once(desk: Path, _times: Times, chunk_size: int) -> None:
    """One edited file in a process that starts with nothing, as a script beside a desk does it."""
    path = made_knowledge.edits(desk / "knowledge_base", 1)[0].path
    store = _load(desk, chunk_size, BundledEmbeddings())
    names = store.index_to_docstore_id.values()
    held = [name for name in names if _source(store, name) == str(path)]
    _replace(store, path, held, chunk_size)
    store.save_local(_store(desk, chunk_size))


def _replace(store: "FAISS", path: Path, held: list[str], chunk_size: int) -> None:
    from langchain_community.document_loaders import TextLoader

    store.delete(held)
    store.add_documents(_split(TextLoader(str(path), encoding="utf-8").load(), chunk_size))


def _source(store: "FAISS", name: str) -> str:
    """The file of a chunk."""
    chunk: Any = store.docstore.search(name)
    return str(chunk.metadata["source"])


def _split(documents: "list[Document]", chunk_size: int) -> "list[Document]":
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=chunk_size, chunk_overlap=0, separators=_SEPARATORS, keep_separator="end"
    )
    chunks: list[Document] = splitter.split_documents(documents)
    return chunks


def _store(desk: Path, chunk_size: int) -> str:
    return str(desk / f"langchain-{chunk_size}")


def _load(desk: Path, chunk_size: int, embeddings: Any) -> "FAISS":
    from langchain_community.vectorstores import FAISS

    folder = _store(desk, chunk_size)
    return FAISS.load_local(folder, embeddings, allow_dangerous_deserialization=True)


STEPS: dict[str, Callable[..., None]] = {
    step.__name__: step
    for step in (
        ragkit_build,
        ragkit_open,
        ragkit_changes,
        langchain_build,
        langchain_open,
        langchain_changes,
        langchain_change_once,
    )
}


def main() -> None:
    warnings.filterwarnings("ignore", message=".*langchain-community.*being sunset")
    name, desk, *sizes = sys.argv[1:]
    times = Times()
    STEPS[name](Path(desk), times, *map(int, sizes))
    print(json.dumps(asdict(times)))


if __name__ == "__main__":
    main()
