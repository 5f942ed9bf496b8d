"""Before publishing: what a staged generation changes, in chunks and in golden answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ragkit.core.drafting import Suggestion
from ragkit.core.errors import GateFailed, IndexBusy, IndexNotReady, Problem
from ragkit.core.evaluating import Failure, Sample
from ragkit.core.guarding import Route
from ragkit.core.protocols import Embedder, Progress
from ragkit.core.retrieval import Query
from ragkit.core.text import Record
from ragkit.evals.samples import golden, load_samples
from ragkit.evaluation import measure
from ragkit.index.cache import CachedEmbedder
from ragkit.index.differences import Change, differences
from ragkit.index.generations import IndexFolder
from ragkit.index.table import Table
from ragkit.indexing import IndexSummary

Suggest = Callable[[Query], Suggestion]


class GoldenAnswer(Record):
    """What the desk says to a golden question; `cited` names documents and clauses."""

    reply: str = ""
    cited: tuple[str, ...] = ()
    route: Route | None = None
    findings: tuple[str, ...] = ()
    failure: Failure | None = None


class AnswerChange(Record):
    """A golden question that is not answered as before; `differs` names in what."""

    sample: str
    question: str
    before: GoldenAnswer
    after: GoldenAnswer
    differs: tuple[str, ...]

    @property
    def broken(self) -> bool:
        """Whether it was right and is not any more."""
        return self.before.failure is None and self.after.failure is not None

    @property
    def fixed(self) -> bool:
        return self.before.failure is not None and self.after.failure is None


class Plan(Record):
    """What publishing a staged generation would change. `before` is None for the first one.

    `asked` is how many golden questions were compared.
    """

    before: str | None
    after: str
    summary: IndexSummary
    changes: tuple[Change, ...] = ()
    asked: int = 0
    answers: tuple[AnswerChange, ...] = ()

    @property
    def broken(self) -> tuple[AnswerChange, ...]:
        return tuple(change for change in self.answers if change.broken)


@dataclass(frozen=True)
class Side:
    """One of two generations that are compared."""

    name: str
    table: Table
    suggest: Suggest  # must not queue anything for review


def plan(
    before: Side | None,
    after: Side,
    *,
    summary: IndexSummary,
    cases: Path | None,
    progress: Progress,
) -> Plan:
    """Compare two generations; golden questions are asked where there are any and both can answer.

    Raises `CasesError` when the cases cannot be read.
    """
    if before is None or before.name == after.name:
        changes = () if before else differences(None, after.table)
        name = before.name if before else None
        return Plan(before=name, after=after.name, summary=summary, changes=changes)
    samples: Sequence[Sample] = golden(load_samples(cases)[0]) if cases else ()
    answers = []
    for done, sample in enumerate(samples, start=1):
        changed = _compared(sample, before.suggest, after.suggest)
        answers += [changed] if changed.differs else []
        progress("golden questions", done, len(samples))
    return Plan(
        before=before.name,
        after=after.name,
        summary=summary,
        changes=differences(before.table, after.table),
        asked=len(samples),
        answers=tuple(answers),
    )


class GenerationStatus(Record):
    """A generation on disk. `state` is current, staged, or earlier; `size` counts bytes that no
    older generation holds already.
    """

    name: str
    state: str
    created_at: datetime
    documents: int
    chunks: int
    size: int
    answered_at: datetime | None = None


class IndexStatus(Record):
    """What is on disk. `dead` is the share of chunks on disk that do not count any more."""

    current: str
    embedder: str
    fitted_on: str
    changed_since_fit: int
    segments: int
    dead: float
    generations: tuple[GenerationStatus, ...]
    notices: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Publisher:
    """Decides which generation answers, and keeps the rest in order. `keep` is how many stay."""

    folder: IndexFolder
    embedder: Embedder
    keep: int
    clock: Callable[[], datetime]

    def publish(self, generation: str, *, instead_of: str | None) -> None:
        """Let a staged generation answer.

        Raises `IndexBusy` if another one than `instead_of` answers by now.
        """
        with self.folder.lock():
            current = self.folder.current_or_none()
            if instead_of is not None and current != instead_of:
                raise IndexBusy(
                    f"{current} began to answer since this was planned against {instead_of}",
                    where=str(self.folder.root),
                    fix="plan again: `ragkit index plan`",
                )
            if current != generation:
                self.folder.publish(generation, at=self.clock())
                self.folder.drop_old(keep=self.keep)

    def roll_back(self, generation: str | None = None) -> tuple[str, str]:
        """Let an older generation answer again, by default the one before; `(from, to)`.

        Every byte of it is checked first. Raises `IndexNotReady` if there is none or it is damaged.
        """
        with self.folder.lock():
            target = generation or self.folder.before()
            if target is None:
                raise IndexNotReady(
                    "there is no generation before the current one",
                    where=str(self.folder.root),
                    fix="correct the knowledge files, then run `ragkit index build`",
                )
            current = self.folder.current_or_none()
            self.folder.verify(target)
            self.folder.publish(target, at=self.clock(), by="rollback")
        return current or "none", target

    def collect_garbage(self, *, keep: int) -> list[str]:
        """Remove what no kept generation needs: generations, segments, embeddings; says what."""
        with self.folder.lock():
            gone = self.folder.drop_old(keep=keep)
            cache = CachedEmbedder(self.embedder, self.folder.cache)
            dropped = cache.drop_all_but(self.folder.texts())
            cache.close()
        return [*gone, f"{dropped:,} embeddings"] if dropped else gone

    def status(self) -> IndexStatus:
        """What is on disk. Raises `IndexNotReady` if there is no index or it is damaged."""
        bundle = self.folder.open()
        manifest = bundle.manifest
        answered = {published.generation: published.at for published in self.folder.history()}
        staged, counted = self.folder.staged(), set[Path]()
        states = {manifest.generation: "current", staged: "staged"}
        generations = []
        for name in self.folder.names():
            try:
                own = self.folder.read_manifest(name)
            except IndexNotReady:
                continue  # of another version: the next build removes it
            files = set(self.folder.files(own)) - counted
            counted |= files
            generations.append(
                GenerationStatus(
                    name=name,
                    state=states.get(name, "earlier"),
                    created_at=own.created_at,
                    documents=own.documents,
                    chunks=own.chunks,
                    size=sum(path.stat().st_size for path in files),
                    answered_at=answered.get(name),
                )
            )
        sources = self.folder.sources(manifest.generation).values()
        return IndexStatus(
            current=manifest.generation,
            embedder=manifest.embedder,
            fitted_on=manifest.fitted_on,
            changed_since_fit=manifest.changed_since_fit,
            segments=len(manifest.segments),
            dead=1 - manifest.chunks / max(len(bundle.table), 1),
            generations=tuple(generations),
            notices=(
                *(notice for source in sources for notice in source.notices),
                *(each.problem for each in manifest.dangling),
            ),
            problems=tuple(problem for source in sources for problem in source.problems),
        )


def pass_gate(planned: Plan, *, max_broken: int) -> None:
    """Raises `GateFailed` if more golden answers than that would turn from right to wrong."""
    broken = planned.broken
    if len(broken) > max_broken:
        names = ", ".join(change.sample for change in broken[:5])
        more = f" and {len(broken) - 5} more" if len(broken) > 5 else ""
        raise GateFailed(
            f"{len(broken)} of {planned.asked} golden answers would turn from right to wrong, "
            f"{max_broken} may: {names}{more}",
            where=f"{planned.after}, staged beside {planned.before}",
            fix="see them with `ragkit index plan`; correct the knowledge or the cases, or publish "
            "all the same with `ragkit index publish --force`",
        )


def _compared(sample: Sample, before: Suggest, after: Suggest) -> AnswerChange:
    old, new = _answer(sample, before), _answer(sample, after)
    fields = ("reply", "cited", "route", "findings")
    return AnswerChange(
        sample=sample.id,
        question=sample.query.text,
        before=old,
        after=new,
        differs=tuple(name for name in fields if getattr(old, name) != getattr(new, name)),
    )


def _answer(sample: Sample, suggest: Suggest) -> GoldenAnswer:
    try:
        suggestion = suggest(sample.query)
    except Exception:  # noqa: BLE001 - a question that breaks the desk is what the plan is for
        return GoldenAnswer(failure=Failure.ERROR)
    draft = suggestion.draft
    citations = [claim.citation for claim in draft.claims if claim.citation] if draft else []
    return GoldenAnswer(
        reply=draft.text if draft else "",
        cited=tuple(
            dict.fromkeys(f"{c.document}#{c.clause}" if c.clause else c.document for c in citations)
        ),
        route=suggestion.route,
        findings=tuple(sorted({finding.rule for finding in suggestion.verdict.findings})),
        failure=measure(sample, suggestion).failure,
    )
