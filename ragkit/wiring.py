"""Where parts meet: the only place that names concrete classes, imported when asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ragkit import __version__
from ragkit.core.drafting import Signature
from ragkit.core.errors import IndexNotReady
from ragkit.core.guarding import Target
from ragkit.core.protocols import Embedder, Progress, ReviewStore, Rule
from ragkit.draft.prompts import load_templates
from ragkit.engine import Engine, Limits
from ragkit.evaluation import Evaluation
from ragkit.guard.guard import Guard
from ragkit.guard.rules.wording import Wording
from ragkit.index.bundle import Bundle, IndexFolder, unchanged
from ragkit.indexing import IndexSummary, knowledge_files
from ragkit.packs import BrokenPacks, Packs, load_packs
from ragkit.settings import Settings, find_root, load

_CLASSES = {
    "loader:faqs": "ragkit.ingest.loaders:FaqLoader",
    "loader:policies": "ragkit.ingest.policies:PolicyLoader",
    "loader:products": "ragkit.ingest.loaders:ProductLoader",
    "loader:scripts": "ragkit.ingest.loaders:ScriptLoader",
    "splitter": "ragkit.ingest.splitter:PartSplitter",
    "embedder": "ragkit.models.static:StaticEmbedder",
    "indexer": "ragkit.indexing:Indexer",
    "understander": "ragkit.understand.message:MessageReader",
    "retriever": "ragkit.retrieve.hybrid:HybridRetriever",
    "drafter": "ragkit.draft.drafter:ExtractiveDrafter",
    "rule:cited": "ragkit.guard.rules.grounding:Cited",
    "rule:grounded_numbers": "ragkit.guard.rules.grounding:GroundedNumbers",
    "review_store": "ragkit.review.store:SqlReviewStore",
}


def _make(name: str, *args: object, **kwargs: object) -> Any:
    """An instance of the class behind `name`, imported now."""
    module, _, attribute = _CLASSES[name].partition(":")
    return getattr(import_module(module), attribute)(*args, **kwargs)


def _silent(_step: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Staleness:
    """Knowledge files that differ from what the index was built of."""

    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.added or self.removed)


class Desk:
    """One desk, its parts made on first use."""

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self._clock = clock

    @cached_property
    def index(self) -> IndexFolder:
        return IndexFolder(self.settings.path(self.settings.state) / "index")

    @cached_property
    def embedder(self) -> Embedder:
        from ragkit.models.static import bundled_path

        path = self.settings.embedder.path
        embedder: Embedder = _make("embedder", self.settings.path(path) if path else bundled_path())
        return embedder

    @cached_property
    def bundle(self) -> Bundle:
        """The open index. Raises `IndexNotReady`, also when another embedding built it."""
        bundle = self.index.open()
        if bundle.manifest.embedder != self.embedder.id:
            raise IndexNotReady(
                f"the index was built with the embedding {bundle.manifest.embedder}, "
                f"the desk now uses {self.embedder.id}",
                where=str(self.index.root / bundle.manifest.generation),
                fix="run `ragkit index build`",
            )
        return bundle

    def build_index(self, progress: Progress | None = None) -> IndexSummary:
        """Build a new generation; from then on this desk answers from it.

        Raises what `Indexer.build` raises; the desk then goes on with the generation it has open.
        """
        summary: IndexSummary = self.indexer.build(progress or _silent)
        for opened in ("bundle", "engine"):
            self.__dict__.pop(opened, None)
        return summary

    @property
    def indexer(self) -> Any:
        from ragkit.retrieve.fusion import default_model

        return _make(
            "indexer",
            knowledge=self.settings.path(self.settings.knowledge_base),
            folder=self.index,
            loaders={
                name.partition(":")[2]: _make(name)
                for name in _CLASSES
                if name.startswith("loader:")
            },
            splitter=_make("splitter", max_chars=self.settings.ingest.max_chars),
            embedder=self.embedder,
            prior=default_model(),
            version=__version__,
            clock=self._clock,
        )

    @cached_property
    def packs(self) -> Packs:
        """The rule packs of the knowledge base; broken ones are an `error`, not an exception."""
        folder = self.settings.path(self.settings.knowledge_base) / "rules"
        return load_packs(folder, cache=self.settings.path(self.settings.state) / "rules.json")

    @cached_property
    def engine(self) -> Engine:
        """Raises `IndexNotReady` without an index, `KnowledgeError` for broken templates."""
        settings, bundle, packs = self.settings, self.bundle, self.packs
        templates = load_templates(settings.path(settings.prompts))
        drafter = _make(
            "drafter",
            library=bundle.table,
            templates=templates,
            max_overlap=settings.draft.max_overlap,
            max_scripts=settings.draft.max_scripts,
        )
        return Engine(
            understander=_make(
                "understander",
                default_locale=settings.draft.default_locale,
                max_chars=settings.draft.max_ask_chars,
            ),
            retriever=_make(
                "retriever",
                embedder=self.embedder,
                dense=bundle.vectors,
                lexical=bundle.lexical,
                rows=bundle.table,
                fusion=bundle.manifest.fusion,
                pool=settings.retrieval.pool,
            ),
            library=bundle.table,
            drafter=drafter,
            guard=Guard(self._rules()),
            message_rules=Wording(packs.rules, target=Target.MESSAGE),
            limits=Limits(
                max_message_chars=settings.draft.max_message_chars,
                top_k=min(settings.retrieval.top_k, settings.retrieval.pool),
                evidence_documents=settings.retrieval.evidence_documents,
                evidence_per_document=settings.retrieval.evidence_per_document,
            ),
            signature=Signature(
                ragkit=__version__,
                knowledge=bundle.manifest.knowledge,
                index=bundle.manifest.generation,
                embedder=bundle.manifest.embedder,
                rules=packs.hash,
                prompts=templates.hash,
                drafter=drafter.id,
            ),
            clock=self._clock,
            zone=ZoneInfo(settings.time_zone),
            open_store=lambda: self.review_store,
        )

    def _rules(self) -> list[Rule]:
        wording: Rule = (
            BrokenPacks(self.packs.error) if self.packs.error else Wording(self.packs.rules)
        )
        return [wording, _make("rule:cited"), _make("rule:grounded_numbers")]

    @cached_property
    def review_store(self) -> ReviewStore:
        store: ReviewStore = _make("review_store", self.settings.path(self.settings.review_file))
        return store

    @property
    def evaluation(self) -> Evaluation:
        return Evaluation(
            suggest=partial(self.engine.suggest, store=False),
            signature=self.engine.signature,
            clock=self._clock,
        )

    def staleness(self) -> Staleness:
        """Which knowledge files changed since the index was built, judged by size and time."""
        manifest = self.index.manifest()
        if manifest is None:
            return Staleness()
        folder = self.settings.path(self.settings.knowledge_base)
        there = set(knowledge_files(folder))
        known = set(manifest.sources)
        changed = [
            name
            for name, source in manifest.sources.items()
            if name in there and not unchanged(folder / name, source)
        ]
        added = there - known - set(manifest.skipped)
        return Staleness(tuple(changed), tuple(sorted(added)), tuple(sorted(known - there)))


def open_desk(
    folder: str | Path | None = None,
    *,
    flags: Mapping[str, object] | None = None,
) -> Desk:
    """The desk at or above `folder` (default: here). Raises `SettingsError`."""
    root = find_root(Path(folder or ".").resolve())
    return Desk(load(root, flags=flags))
