"""What is wrong with cases themselves: a case set that lies measures nothing."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from itertools import combinations

from ragkit.core.evaluating import KeyFact, Sample, Split
from ragkit.core.folding import fold
from ragkit.core.text import Record, is_han
from ragkit.evals.matching import says

# Wordings of a document (`id`) or of a clause of it (`id#1.2`), of every version; () if unknown.
TextsOf = Callable[[str], Sequence[str]]
_MARKS = re.compile(r"[\W_]+")
# Share of letter pairs (Dice 1945) from which two questions count as one. Paraphrases written apart
# stay below 0.75 in the project's own set; a changed word or mark in a long question stays above.
_SAME = 0.8


class CaseCheck(StrEnum):
    """What is looked for in cases."""

    SPLIT = "split"
    TWIN = "twin"
    RELEVANT = "relevant"
    FACT = "fact"
    REFERENCE = "reference"
    POLARITY = "polarity"


class CaseProblem(Record):
    """Something wrong with a case. An error makes its score mean nothing; a warning may."""

    check: CaseCheck
    sample: str
    message: str
    error: bool = True


class CaseReport(Record):
    """What a case set holds, and what is wrong with it. `sizes` counts clusters by their size."""

    cases: int
    clusters: int
    answerable: int
    splits: dict[str, int]
    languages: dict[str, int]
    tags: dict[str, int]
    sizes: dict[int, int]
    problems: tuple[CaseProblem, ...]

    @property
    def errors(self) -> int:
        return sum(problem.error for problem in self.problems)


def lint(samples: Sequence[Sample], texts_of: TextsOf) -> CaseReport:
    """Look at every case by itself, beside its documents, and beside the other cases."""
    problems = [
        *_splits(samples),
        *_twins(samples),
        *(problem for sample in samples for problem in _documents(sample, texts_of)),
        *(problem for sample in samples for problem in _references(sample)),
        *(problem for sample in samples for problem in _polarity(sample)),
    ]
    sizes = Counter(Counter(sample.cluster for sample in samples).values())
    return CaseReport(
        cases=len(samples),
        clusters=sum(sizes.values()),
        answerable=sum(sample.answerable for sample in samples),
        splits=_counted(str(sample.split or "none") for sample in samples),
        languages=_counted(str(sample.lang) for sample in samples),
        tags=_counted(tag for sample in samples for tag in sample.tags),
        sizes=dict(sorted(sizes.items())),
        problems=tuple(problems),
    )


def _counted(names: Iterator[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))


def _splits(samples: Sequence[Sample]) -> Iterator[CaseProblem]:
    """A cluster in two splits lets the test set be tuned on."""
    first: dict[str, Sample] = {}
    for sample in samples:
        other = first.setdefault(sample.cluster, sample)
        if other.split is not sample.split:
            yield CaseProblem(
                check=CaseCheck.SPLIT,
                sample=sample.id,
                message=f"cluster `{sample.cluster}` is in {other.split or 'no split'} with "
                f"`{other.id}` and in {sample.split or 'no split'} with this case",
            )


def _twins(samples: Sequence[Sample]) -> Iterator[CaseProblem]:
    """Nearly the same question in another cluster: a twin across splits leaks the answer."""
    asked = [(sample, _pairs(sample.question), sample.history) for sample in samples]
    for (one, mine, said), (other, theirs, heard) in combinations(asked, 2):
        if one.cluster == other.cluster or said != heard:
            continue
        shared = 2 * len(mine & theirs)
        if shared and shared >= _SAME * (len(mine) + len(theirs)):
            yield CaseProblem(
                check=CaseCheck.TWIN,
                sample=other.id,
                message=f"asks nearly what `{one.id}` asks, in another cluster",
                error=one.split is not other.split and Split.TEST in (one.split, other.split),
            )


def _pairs(text: str) -> set[str]:
    letters = _MARKS.sub("", fold(text))
    return {letters[i : i + 2] for i in range(len(letters) - 1)} or {letters}


def _documents(sample: Sample, texts_of: TextsOf) -> Iterator[CaseProblem]:
    """Documents that do not exist, and facts that none of those named says."""
    texts: list[str] = []
    for relevant in sample.relevant:
        found = texts_of(relevant.doc)
        if not found:
            yield CaseProblem(
                check=CaseCheck.RELEVANT,
                sample=sample.id,
                message=f"there is no `{relevant.doc}` in the knowledge base",
            )
        texts += found
    if not sample.relevant:
        return
    for fact in sample.facts:
        if not any(says(text, fact.any) for text in texts):
            yield CaseProblem(
                check=CaseCheck.FACT,
                sample=sample.id,
                message=f"fact `{fact.id}` (“{fact.any[0]}”) stands in none of its documents",
                error=fact.vital,
            )


def _references(sample: Sample) -> Iterator[CaseProblem]:
    """A right reply that the case itself counts as wrong."""
    for reference in sample.references:
        for fact in sample.facts:
            if fact.vital and not says(reference, fact.any):
                yield _reference(sample, f"does not say its fact `{fact.id}`")
        for forbidden in sample.forbidden:
            if says(reference, forbidden.any):
                yield _reference(sample, f"says what is forbidden: `{forbidden.id}`")


def _reference(sample: Sample, what: str) -> CaseProblem:
    return CaseProblem(
        check=CaseCheck.REFERENCE, sample=sample.id, message=f"its own reference {what}"
    )


def _polarity(sample: Sample) -> Iterator[CaseProblem]:
    """Wordings that are found as well where they are denied."""
    facts: list[KeyFact] = list(sample.facts)
    for fact in facts:
        for wording in fact.any:
            if wording and is_han(wording[0]) and says(f"我们不{wording}", [wording]):
                yield CaseProblem(
                    check=CaseCheck.POLARITY,
                    sample=sample.id,
                    message=f"“{wording}” of fact `{fact.id}` is also found in “不{wording}”",
                    error=False,
                )
