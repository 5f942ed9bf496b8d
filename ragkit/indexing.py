"""Journey 1: load -> split -> embed -> add -> save. From knowledge files to an index generation."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ragkit.core.documents import Chunk, Document, Loaded, Status
from ragkit.core.errors import IndexDamaged, IndexNotReady, KnowledgeError, Problem
from ragkit.core.protocols import Embedder, Loader, Progress, Splitter
from ragkit.core.retrieval import FusionModel
from ragkit.core.text import Record
from ragkit.index.bundle import FORMAT, Bundle, Dangling, Manifest, Parts, SourceState
from ragkit.index.cache import CachedEmbedder
from ragkit.index.differences import changed_rows
from ragkit.index.generations import IndexFolder
from ragkit.index.growth import Growth
from ragkit.index.table import Table
from ragkit.ingest.consistency import Sketch, clashes, dangling_links, sketch
from ragkit.ingest.files import FoundFile, find_files
from ragkit.retrieve import calibrate
from ragkit.retrieve.questions import QuestionBook

# Files by name relative to the knowledge base, and those that no loader reads.
Found = tuple[dict[str, FoundFile], tuple[str, ...]]


class IndexSummary(Record):
    """What a build did. `skipped` are files of a format or folder that no loader reads.

    `embedded` counts the texts that no cache knew; `problems` say why files were left out, which a
    build does only when told to go on; `not_live` counts drafts and retired articles.
    """

    generation: str
    files: int
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    documents: dict[str, int]
    not_live: int = 0
    chunks: int
    chunks_added: int = 0
    chunks_removed: int = 0
    embedded: int = 0
    refitted: bool = False
    fusion: FusionModel
    skipped: tuple[str, ...] = ()
    notices: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    seconds: float

    @property
    def up_to_date(self) -> bool:
        """Whether there was nothing to do."""
        return not (self.added or self.changed or self.removed or self.chunks_added)


@dataclass(frozen=True)
class Order:
    """How a build is wanted.

    `full` builds from nothing; `keep_going` leaves files out that cannot be read; `wait_s` is how
    long to wait for another builder.
    """

    full: bool = False
    keep_going: bool = False
    wait_s: float = 0.0


_AS_USUAL = Order()
_TICK_S = 2.0  # the coarsest clock of a file system in use: FAT


@dataclass(frozen=True)
class _Changes:
    """Which files differ from the generation before, what that knew, and all there are, by name."""

    known: Mapping[str, SourceState]
    files: Mapping[str, FoundFile]
    skipped: tuple[str, ...]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class Indexer:
    """Builds generations. `loaders` are by folder name; `clock` gives aware UTC times.

    `ingest` names what decides how files become chunks; `refit_share` is the share of chunks that
    may change before confidence is fitted anew; `keep` is how many generations stay on disk.
    """

    knowledge: Path
    folder: IndexFolder
    loaders: Mapping[str, Loader]
    splitter: Splitter
    embedder: Embedder
    prior: FusionModel
    version: str
    ingest: str
    refit_share: float
    keep: int
    clock: Callable[[], datetime]

    def build(self, progress: Progress, order: Order = _AS_USUAL) -> IndexSummary:
        """Bring the index to the files as they are and make it the one that answers.

        Raises `KnowledgeError` (every problem of every file), `IndexBusy` when another process
        builds; the generation before then still answers.
        """
        with self.folder.lock(wait_s=order.wait_s):
            summary = self._stage(progress, order)
            if summary.generation != self.folder.current_or_none():
                self.folder.publish(summary.generation, at=self.clock())
            self.folder.drop_old(keep=self.keep)
        return summary

    def stage(self, progress: Progress, order: Order = _AS_USUAL) -> IndexSummary:
        """Like `build`, but the new generation waits until it is published."""
        with self.folder.lock(wait_s=order.wait_s):
            summary = self._stage(progress, order)
            self.folder.drop_old(keep=self.keep)
        return summary

    def find(self) -> Found:
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
        files, skipped = {}, []
        for source, file in find_files(self.knowledge).items():
            loader = self.loaders.get(source.split("/")[0])
            if loader and f".{source.rpartition('.')[2].lower()}" in loader.suffixes:
                files[source] = file
            else:
                skipped.append(source)
        return files, tuple(skipped)

    def _stage(self, progress: Progress, order: Order) -> IndexSummary:
        """A generation for the files as they are; over a damaged one, it is built from nothing."""
        try:
            return self._grown(progress, order)
        except IndexDamaged:
            return self._grown(progress, replace(order, full=True))

    def _grown(self, progress: Progress, order: Order) -> IndexSummary:
        """A generation for the files as they are: the current one if it is up to date.

        The summary tells the changes since the current one, whatever was built upon. Raises
        `IndexDamaged` when what is built upon turns out to be.
        """
        started = self.clock()
        current = self._usable(self.folder.current_or_none())
        there = self.find()
        told = self._changes(current, there)
        base = None if order.full else self._staged(there) or current
        changes = told if base is current else self._changes(base, there)
        cache = CachedEmbedder(self.embedder, self.folder.cache)
        growth = Growth(
            self.folder,
            base,
            changes.known,
            embed=cache.embed,
            dimension=self.embedder.dimension,
        )
        try:
            dangling = self._read(changes, growth, base, progress, order)
            names, parts = growth.finish()
            embedded = cache.embedded
            rows = changed_rows(base.table if base else None, parts.table)
            fusion, since = self._fusion(base, parts, sum(map(len, rows)), cache, progress)
            name = self.folder.next_name()
            manifest = Manifest(
                format=FORMAT,
                generation=name,
                created_at=started,
                ragkit=self.version,
                ingest=self.ingest,
                embedder=self.embedder.id,
                dimension=self.embedder.dimension,
                documents=int(parts.table.live_documents.sum()),
                chunks=int(parts.table.live.sum()),
                knowledge=_hash(growth.sources),
                segments=tuple(names),
                skipped=changes.skipped,
                dangling=dangling,
                fusion=fusion,
                fitted_on=name if since is None or base is None else base.manifest.fitted_on,
                changed_since_fit=since or 0,
            )
            if base is not None and _same(base.manifest, manifest):
                manifest = self.folder.verify(base.manifest.generation)
            else:
                manifest = self.folder.write(
                    manifest, live=parts.table.live_documents, sources=growth.sources
                )
        except BaseException:
            growth.abandon()
            raise
        finally:
            cache.close()
        states = growth.sources.values()
        told = _without_repeats(told, growth.sources)
        if base is not current:
            rows = changed_rows(current.table if current else None, parts.table)
        removed, added = rows
        return IndexSummary(
            generation=manifest.generation,
            files=len(changes.files),
            added=told.added,
            changed=told.changed,
            removed=told.removed,
            documents={str(kind): count for kind, count in parts.table.kinds().items()},
            not_live=parts.table.not_live,
            chunks=manifest.chunks,
            chunks_added=len(added),
            chunks_removed=len(removed),
            embedded=embedded,
            refitted=since is None,
            fusion=manifest.fusion,
            skipped=changes.skipped,
            notices=(
                *(notice for state in states for notice in state.notices),
                *(each.problem for each in dangling),
            ),
            problems=tuple(problem for state in states for problem in state.problems),
            seconds=(self.clock() - started).total_seconds(),
        )

    def _staged(self, there: Found) -> Bundle | None:
        """The generation that waits to be published, if the files still agree with it."""
        staged = self._usable(self.folder.staged())
        if staged is None:
            return None
        changes = self._changes(staged, there)
        return None if changes.added or changes.changed or changes.removed else staged

    def _usable(self, generation: str | None) -> Bundle | None:
        """A generation that was made as one would be made now; None if it was not, or is broken."""
        try:
            if generation is None:
                return None
            base = self.folder.open(generation)
        except IndexNotReady:
            return None  # damaged, or of another version: the files say all that is needed
        manifest = base.manifest
        same = (manifest.embedder, manifest.ingest) == (self.embedder.id, self.ingest)
        return base if same else None

    def _changes(self, base: Bundle | None, there: Found) -> _Changes:
        """Which files differ from a generation; what it left out is looked at again."""
        files, skipped = there
        known = self.folder.sources(base.manifest.generation) if base else {}
        tick = racy_from(base.manifest.created_at) if base else 0
        return _Changes(
            known=known,
            files=files,
            skipped=skipped,
            added=tuple(name for name in files if name not in known),
            changed=tuple(
                name
                for name, file in files.items()
                if name in known
                and (known[name].problems or not unchanged(file, known[name], tick))
            ),
            removed=tuple(name for name in known if name not in files),
        )

    def _read(
        self,
        changes: _Changes,
        growth: Growth,
        base: Bundle | None,
        progress: Progress,
        order: Order,
    ) -> tuple[Dangling, ...]:
        """Bring every changed file into the generation, or raise every problem of all of them.

        Returns the links that lead nowhere, when told to go on all the same.
        """
        gone = set[str]()
        for source in (*changes.removed, *changes.changed):
            for document in growth.dropped(source):
                gone |= sketch(document).names
        before = growth.remaining
        seen: dict[str, list[Sketch]] = {}

        def others(document_id: str) -> list[Sketch]:
            rows = before.versions(document_id) if before else ()
            there = [sketch(before.document_at(int(row))) for row in rows] if before else []
            return [*there, *seen.get(document_id, ())]

        problems: list[Problem] = []
        fresh = sorted((*changes.added, *changes.changed))
        for done, source in enumerate(fresh, start=1):
            file = changes.files[source]
            state = _state(file)
            try:
                loaded = self._load(source, file)
                sketches = [sketch(document) for document in loaded.documents]
                if clashing := list(clashes(sketches, others)):
                    raise KnowledgeError(clashing)
            except KnowledgeError as error:
                problems += error.problems
                growth.add(source, state.model_copy(update={"problems": error.problems}), ())
            else:
                for each in sketches:
                    seen.setdefault(each.id, []).append(each)
                state = state.model_copy(update={"notices": loaded.notices})
                growth.add(source, state, [(d, self._chunks(d)) for d in loaded.documents])
            progress("files", done, len(fresh))
        if problems and not order.keep_going:
            raise KnowledgeError(problems)
        gone |= {each.link for each in base.manifest.dangling} if base else set()
        dangling = self._dangling(seen, gone, before)
        if dangling and not order.keep_going:
            raise KnowledgeError([each.problem for each in dangling])
        if not any(state.documents for state in growth.sources.values()):
            raise KnowledgeError([*problems, self._nothing()])
        return dangling

    def _load(self, source: str, file: FoundFile) -> Loaded:
        return self.loaders[source.split("/")[0]].load(file.path, source=source)

    def _chunks(self, document: Document) -> tuple[Chunk, ...]:
        """Only what is approved can be found."""
        approved = document.status is Status.APPROVED
        return self.splitter.split(document) if approved else ()

    def _dangling(
        self, seen: Mapping[str, Sequence[Sketch]], gone: set[str], before: Table | None
    ) -> tuple[Dangling, ...]:
        """Links that lead nowhere: of what was read, and of others to a name in `gone`."""
        added = [each for group in seen.values() for each in group]
        names = set[str]().union(*(each.names for each in added))

        def exists(name: str) -> bool:
            return name in names or (before is not None and before.holds(name))

        broken = [name for name in gone if not exists(name)]
        resting = before.linking_to(broken) if before and broken else []
        found = dangling_links([*added, *map(sketch, resting)], exists)
        return tuple(Dangling(link=link, problem=problem) for link, problem in found)

    def _nothing(self) -> Problem:
        return Problem(
            "the knowledge base holds no documents",
            where=str(self.knowledge),
            fix=f"put files into {', '.join(sorted(self.loaders))}",
        )

    def _fusion(
        self,
        base: Bundle | None,
        parts: Parts,
        changed: int,
        cache: CachedEmbedder,
        progress: Progress,
    ) -> tuple[FusionModel, int | None]:
        """The fusion, and how many chunks changed since it was fitted; None if that is now."""
        if base is not None:
            since = base.manifest.changed_since_fit + changed
            if since <= self.refit_share * int(parts.table.live.sum()):
                return base.manifest.fusion, since
        book = QuestionBook(
            rows=parts.table, dense=parts.vectors, lexical=parts.lexical, embed=cache.embed
        )
        return calibrate.fit(tuple(book.asked(progress)), prior=self.prior), None


def _hash(sources: Mapping[str, SourceState]) -> str:
    """Hash over every file name and content."""
    lines = [f"{name}\0{sources[name].sha256}\n" for name in sorted(sources)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


def _state(file: FoundFile) -> SourceState:
    """What a file is now; taken before it is read, so that a change meanwhile is seen."""
    try:
        digest = file.sha256()
    except OSError:
        digest = ""  # its loader tells why
    return SourceState(size=file.size, mtime_ns=file.mtime_ns, sha256=digest)


def racy_from(indexed_at: datetime) -> int:
    """From when on, in ns, a file may have been written again within the tick that it was read in.

    Its time alone does not tell then whether it changed (as git says: it is racily clean).
    """
    return int((indexed_at.timestamp() - _TICK_S) * 1e9)


def unchanged(file: FoundFile, before: SourceState, tick: int) -> bool:
    """Whether a knowledge file is what it was; read only when its time does not tell.

    `tick` is `racy_from` the time of the build that saw it.
    """
    if file.size != before.size:
        return False
    if file.mtime_ns == before.mtime_ns < tick:
        return True
    try:
        return file.sha256() == before.sha256
    except OSError:
        return False


def _without_repeats(told: _Changes, after: Mapping[str, SourceState]) -> _Changes:
    """Without files that were left out before, and still are for the same reasons."""
    before = told.known
    changed = tuple(
        name for name in told.changed if not (before[name].problems and before[name] == after[name])
    )
    return replace(told, changed=changed)


def _same(before: Manifest, after: Manifest) -> bool:
    """Whether a generation says nothing new."""
    kept = ("generation", "created_at", "files")
    return before.model_copy(update={name: getattr(after, name) for name in kept}) == after
