"""Where parts meet: the only place that names concrete classes, imported when asked for."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ragkit import __version__
from ragkit.core.drafting import Signature
from ragkit.core.errors import IndexNotReady, KnowledgeError, RagkitError
from ragkit.core.guarding import Target
from ragkit.core.protocols import Embedder, Progress, ReviewStore, Rule
from ragkit.draft.prompts import load_templates
from ragkit.engine import Engine, Limits
from ragkit.evaluation import Evaluation
from ragkit.guard.guard import Guard
from ragkit.guard.rules.wording import Wording
from ragkit.index.bundle import Bundle
from ragkit.index.generations import IndexFolder
from ragkit.indexing import Indexer, IndexSummary, Order, racy_from, unchanged
from ragkit.ingest.files import find_files
from ragkit.packs import BrokenPacks, Packs, load_packs
from ragkit.settings import Settings, find_root, load

if TYPE_CHECKING:
    from ragkit.evals.linting import CaseReport
    from ragkit.linting import LintOrder, LintReport
    from ragkit.publishing import Plan, Publisher, Side

_log = logging.getLogger(__name__)

_CLASSES = {
    "loader:faqs": "ragkit.ingest.loaders:FaqLoader",
    "loader:policies": "ragkit.ingest.policies:PolicyLoader",
    "loader:products": "ragkit.ingest.loaders:ProductLoader",
    "loader:scripts": "ragkit.ingest.loaders:ScriptLoader",
    "splitter": "ragkit.ingest.splitter:PartSplitter",
    "embedder": "ragkit.models.static:StaticEmbedder",
    "indexer": "ragkit.indexing:Indexer",
    "publisher": "ragkit.publishing:Publisher",
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

    def as_dict(self) -> dict[str, tuple[str, ...]]:
        return {"changed": self.changed, "added": self.added, "removed": self.removed}


class Desk:
    """One desk, its parts made on first use.

    A desk that is open for long follows its index: once another generation answers, so does the
    desk, with the next message. If that one cannot be opened, it goes on with the one it has.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self._clock = clock
        self._engine: Engine | None = None
        self._refused: str | None = None  # the generation that could not be opened

    @cached_property
    def index(self) -> IndexFolder:
        return IndexFolder(self.settings.path(self.settings.state) / "index")

    @cached_property
    def embedder(self) -> Embedder:
        from ragkit.models.static import bundled_path

        path = self.settings.embedder.path
        embedder: Embedder = _make("embedder", self.settings.path(path) if path else bundled_path())
        return embedder

    def open_bundle(self, generation: str | None = None) -> Bundle:
        """Open a generation, by default the current one.

        Raises `IndexNotReady`, also when another embedding built it.
        """
        bundle = self.index.open(generation)
        if bundle.manifest.embedder != self.embedder.id:
            raise IndexNotReady(
                f"the index was built with the embedding {bundle.manifest.embedder}, "
                f"the desk now uses {self.embedder.id}",
                where=str(self.index.root / bundle.manifest.generation),
                fix="run `ragkit index build`",
            )
        return bundle

    def build_index(
        self, progress: Progress | None = None, order: Order | None = None
    ) -> IndexSummary:
        """Bring the index to the files as they are; from then on this desk answers from it.

        Raises what `Indexer.build` raises; the desk then goes on with the generation it has open.
        """
        return self.indexer.build(progress or _silent, order or Order())

    def plan_index(self, progress: Progress | None = None, order: Order | None = None) -> "Plan":
        """Stage a generation for the files as they are, and say what publishing it would change.

        Raises what `Indexer.stage` raises, and `CasesError` for golden questions that cannot be
        read.
        """
        from ragkit.publishing import plan

        current = self.index.current_or_none()
        summary = self.indexer.stage(progress or _silent, order or Order())
        cases = self.settings.path(self.settings.cases)
        return plan(
            self._side(current) if current and self._readable(current) else None,
            self._side(summary.generation),
            summary=summary,
            cases=cases if cases.exists() else None,
            progress=progress or _silent,
        )

    def publish_index(
        self,
        progress: Progress | None = None,
        order: Order | None = None,
        *,
        force: bool = False,
    ) -> "Plan":
        """Plan, and let the staged generation answer if its gate holds, or with `force` anyway.

        Raises `GateFailed` when it does not hold, and `IndexBusy` when another generation began to
        answer meanwhile.
        """
        from ragkit.publishing import pass_gate

        planned = self.plan_index(progress, order)
        if not force:
            pass_gate(planned, max_broken=self.settings.publish.max_broken)
        self.publisher.publish(planned.after, instead_of=planned.before)
        return planned

    @property
    def publisher(self) -> "Publisher":
        publisher: Publisher = _make(
            "publisher",
            folder=self.index,
            embedder=self.embedder,
            keep=self.settings.index.keep,
            clock=self._clock,
        )
        return publisher

    def _side(self, generation: str) -> "Side":
        from ragkit.publishing import Side

        bundle = self.open_bundle(generation)
        suggest = partial(self.engine_over(bundle).suggest, store=False)
        return Side(generation, bundle.table, suggest)

    def _readable(self, generation: str) -> bool:
        try:
            self.open_bundle(generation)
        except IndexNotReady:
            return False
        return True

    @property
    def indexer(self) -> Indexer:
        from ragkit.retrieve.fusion import default_model

        limits = self.settings.ingest
        indexer: Indexer = _make(
            "indexer",
            knowledge=self.settings.path(self.settings.knowledge_base),
            folder=self.index,
            loaders={
                name.partition(":")[2]: _make(name)
                for name in _CLASSES
                if name.startswith("loader:")
            },
            splitter=_make(
                "splitter",
                max_chars=limits.max_chars,
                max_tokens=limits.max_tokens,
                count_tokens=self.embedder.count_tokens,
            ),
            embedder=self.embedder,
            prior=default_model(),
            version=__version__,
            ingest=f"ragkit {__version__}, {limits.max_chars} chars, {limits.max_tokens} tokens",
            refit_share=self.settings.index.refit_share,
            keep=self.settings.index.keep,
            clock=self._clock,
        )
        return indexer

    @cached_property
    def packs(self) -> Packs:
        """The rule packs of the knowledge base; broken ones are an `error`, not an exception."""
        folder = self.settings.path(self.settings.knowledge_base) / "rules"
        return load_packs(folder, cache=self.settings.path(self.settings.state) / "rules.json")

    @property
    def engine(self) -> Engine:
        """The engine over the current generation.

        Raises `IndexNotReady` without an index, `KnowledgeError` for broken templates.
        """
        opened = self._engine.signature.index if self._engine else None
        try:
            current = self.index.current()
            if self._engine is None or current not in (opened, self._refused):
                self._engine, self._refused = self.engine_over(self.open_bundle()), None
        except IndexNotReady as error:
            if self._engine is None:
                raise
            self._refused = self.index.current_or_none()
            _log.warning("%s goes on answering: %s", opened, error)
        return self._engine

    def engine_over(self, bundle: Bundle) -> Engine:
        """An engine that answers from one generation."""
        settings, packs = self.settings, self.packs
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
            guard=self._guard,
            message_rules=self._message_rules,
            limits=Limits(
                max_message_chars=settings.draft.max_message_chars,
                top_k=min(settings.retrieval.top_k, settings.retrieval.pool),
                evidence_documents=settings.retrieval.evidence_documents,
                evidence_per_document=settings.retrieval.evidence_per_document,
                shop=settings.scope.shop,
                channel=settings.scope.channel,
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

    @cached_property
    def _guard(self) -> Guard:
        wording: Rule = (
            BrokenPacks(self.packs.error) if self.packs.error else Wording(self.packs.rules)
        )
        return Guard([wording, _make("rule:cited"), _make("rule:grounded_numbers")])

    @cached_property
    def _message_rules(self) -> Wording:
        return Wording(self.packs.rules, target=Target.MESSAGE)

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

    def watch_index(
        self,
        built: Callable[[IndexSummary | RagkitError], None],
        *,
        order: Order,
        interval_s: float,
    ) -> None:
        """Build now, and again whenever knowledge files change and have come to rest; for ever.

        `built` is told what each build did, or why it did nothing.
        """
        folder = self.settings.path(self.settings.knowledge_base)
        seen = None
        while True:
            files = find_files(folder)
            if files != seen:
                sleep(interval_s if seen is not None else 0)
                if files != find_files(folder):
                    continue  # still being written
                seen = files
                try:
                    built(self.build_index(order=order))
                except RagkitError as error:
                    built(error)
            sleep(interval_s)

    def lint_cases(self, cases: Path) -> "CaseReport":
        """What is wrong with evaluation cases, beside the knowledge as it is indexed.

        Raises `CasesError` when they cannot be read, `IndexNotReady` without an index.
        """
        from ragkit.evals.linting import lint
        from ragkit.evals.samples import load_samples

        return lint(load_samples(cases)[0], self.open_bundle().table.wordings)

    def staleness(self) -> Staleness:
        """Which knowledge files changed since the index was built, judged by size and time."""
        current = self.index.current()
        if current is None:
            return Staleness()
        sources, manifest = self.index.sources(current), self.index.read_manifest(current)
        there = find_files(self.settings.path(self.settings.knowledge_base))
        tick = racy_from(manifest.created_at)
        changed = [
            name
            for name, source in sources.items()
            if name in there and not unchanged(there[name], source, tick)
        ]
        added = set(there) - set(sources) - set(manifest.skipped)
        removed = set(sources) - set(there)
        return Staleness(tuple(changed), tuple(sorted(added)), tuple(sorted(removed)))

    def lint_knowledge(
        self, progress: Progress | None = None, order: "LintOrder | None" = None
    ) -> "LintReport":
        """Check the knowledge files as they are; what answers stays as it is.

        Raises `IndexBusy` when another process builds, `IndexNotReady` when the disk refuses.
        """
        from ragkit.linting import Leftovers, Linter, LintOrder

        packs, bundle = self.packs, None
        broken = packs.error.problems if packs.error else ()
        try:
            staged = self.indexer.stage(progress or _silent, Order(keep_going=True))
            bundle = self.open_bundle(staged.generation)
            left = Leftovers((*staged.problems, *broken), staged.notices, staged.skipped)
        except KnowledgeError as error:
            left = Leftovers((*error.problems, *broken))
        linter = Linter(
            bundle=bundle,
            leftovers=left,
            rules=packs.rules,
            embedder=self.embedder,
            clock=lambda: self._clock().astimezone(ZoneInfo(self.settings.time_zone)),
        )
        return linter.lint(order or LintOrder(), progress or _silent)


def open_desk(
    folder: str | Path | None = None,
    *,
    flags: Mapping[str, object] | None = None,
) -> Desk:
    """The desk at or above `folder` (default: here). Raises `SettingsError`."""
    root = find_root(Path(folder or ".").resolve())
    return Desk(load(root, flags=flags))
