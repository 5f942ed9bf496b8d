"""Journey 3: load samples -> suggest -> measure -> summarise. From cases to a Report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter

from ragkit.core.drafting import Signature, Suggestion
from ragkit.core.errors import CasesError, InputError
from ragkit.core.evaluating import Failure, Outcome, Report, Sample, Split
from ragkit.core.protocols import Progress
from ragkit.core.retrieval import Query
from ragkit.evals.matching import says
from ragkit.evals.metrics.rates import RATES, routed_as_expected, values_of
from ragkit.evals.samples import load_samples


@dataclass(frozen=True)
class Evaluation:
    """Runs cases through `suggest`, which must not queue anything for review."""

    suggest: Callable[[Query], Suggestion]
    signature: Signature
    clock: Callable[[], datetime]

    def run(self, cases: Path, progress: Progress, *, split: Split | None = None) -> Report:
        """Run the cases of a split (None: all of them).

        Raises `CasesError` when the cases cannot be read, or none is in the split.
        """
        samples, dataset = load_samples(cases)
        samples = tuple(sample for sample in samples if split in (None, sample.split))
        if not samples:
            raise CasesError(
                f"no case is in the split `{split}`",
                where=str(cases),
                fix='give cases `"split": "dev"` or `"test"`, whole clusters at a time',
            )
        outcomes = []
        for done, sample in enumerate(samples, start=1):
            outcomes.append(self._outcome(sample))
            progress("cases", done, len(samples))
        return Report(
            created_at=self.clock(),
            dataset=dataset,
            signature=self.signature,
            scores=tuple(rate.measure(samples, outcomes) for rate in RATES),
            outcomes=tuple(outcomes),
        )

    def _outcome(self, sample: Sample) -> Outcome:
        started = perf_counter()
        try:
            suggestion = self.suggest(sample.query)
        except InputError as error:
            raise CasesError(
                f"case `{sample.id}`: {error.what}", where="the case file", fix=error.fix
            ) from error
        except Exception as error:  # noqa: BLE001 - a case that breaks is counted, the run goes on
            return Outcome(
                sample=sample.id,
                cluster=sample.cluster,
                answerable=sample.answerable,
                failure=Failure.ERROR,
                error=f"{type(error).__name__}: {error}",
            )
        outcome = measure(sample, suggestion)
        return outcome.model_copy(update={"latency_ms": (perf_counter() - started) * 1000})


def measure(sample: Sample, suggestion: Suggestion) -> Outcome:
    """What a suggestion got right and wrong about a case, with the first cause of failure."""
    reply = suggestion.draft.text if suggestion.draft else ""
    outcome = Outcome(
        sample=sample.id,
        cluster=sample.cluster,
        answerable=sample.answerable,
        abstained=suggestion.abstained,
        route=suggestion.route,
        reply=reply,
        missing=tuple(f.id for f in sample.facts if f.vital and not says(reply, f.any)),
        violated=tuple(f.id for f in sample.forbidden if says(reply, f.any)),
        found=_found(sample, suggestion),
    )
    found = {
        "failure": _failure(sample, suggestion, outcome),
        "values": values_of(sample, outcome),
    }
    return outcome.model_copy(update=found)


def _failure(sample: Sample, suggestion: Suggestion, outcome: Outcome) -> Failure | None:
    """The first cause that applies, in the order of `Failure`."""
    categories = {finding.category for finding in suggestion.verdict.findings}
    named = {relevant.doc for relevant in sample.relevant}
    if sample.answerable:
        if not outcome.right and sample.relevant and not named & set(outcome.found):
            return Failure.NOT_RETRIEVED
        if outcome.missing and not outcome.abstained:
            return Failure.RETRIEVED_NOT_USED
    if outcome.violated:
        return Failure.CONTRADICTED
    if "ungrounded_number" in categories:
        return Failure.UNGROUNDED_NUMBER
    if outcome.abstained == sample.answerable:
        return Failure.OVER_REFUSED if sample.answerable else Failure.SHOULD_HAVE_REFUSED
    return None if routed_as_expected(sample, outcome) else Failure.MISROUTED


def _found(sample: Sample, suggestion: Suggestion) -> tuple[str, ...]:
    """The evidence by name, best first, each once: as the clause that the case names, if it is."""
    named = {relevant.doc for relevant in sample.relevant}
    names = []
    for evidence in suggestion.evidence:
        chunk = evidence.hit.chunk
        document = chunk.document.partition("@")[0]
        clause = f"{document}#{chunk.clause}"
        names.append(clause if clause in named else document)
    return tuple(dict.fromkeys(names))


def failures(outcomes: Sequence[Outcome]) -> dict[Failure, list[str]]:
    """Ids of the failed cases by cause, in the order of `Failure`; only causes that have cases."""
    return {
        cause: ids
        for cause in Failure
        if (ids := [outcome.sample for outcome in outcomes if outcome.failure is cause])
    }
