"""Articles that no query can reach."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np

from ragkit.core.documents import Chunk, Document, DocumentKind, PartKind, Status
from ragkit.core.protocols import Rows
from ragkit.core.text import Locale
from ragkit.lint.asking import Asked
from ragkit.lint.findings import Check, LintFinding, LintSeverity, named, place
from ragkit.lint.shelf import DenseSource, LexicalSource, RowSource, Shelf, meets, starts

ChunkAt = Callable[[int], Chunk]
FIRST = 10  # hits among which an article must be when it is asked in its own words
# What speaks for an article when it is asked, by the first kind that it has.
_SPEAKING = (PartKind.QUESTION, PartKind.CLAUSE, PartKind.FACT, PartKind.ROW)


def own_words(shelf: Shelf, rows: RowSource) -> list[Sequence[int]]:
    """For each article the chunk rows whose words should lead to it.

    Its standard question; else its clauses, facts or rows, of which one is enough.
    """
    kinds = {kind: rows.is_part(kind) for kind in _SPEAKING}
    found: list[Sequence[int]] = []
    for row, document in shelf.rows.items():
        if document.kind is DocumentKind.SCRIPT:
            continue  # found by its scene
        chunks = rows.chunks_of(row)
        kind = next((each for each in _SPEAKING if kinds[each][chunks].any()), None)
        if kind is not None:
            speaking = [int(each) for each in chunks[kinds[kind][chunks]]]
            found.append(speaking[:1] if kind is PartKind.QUESTION else speaking)
    return found


def shadowed(asked: Iterable[Asked], chunk: ChunkAt) -> Iterator[LintFinding]:
    """Articles that even their own words do not bring: `asked` is one chunk of each of them."""
    for each in asked:
        yield _shadowed(chunk(each.row), each.rank)


def unreachable(
    shelf: Shelf, *, rows: RowSource, dense: DenseSource, lexical: LexicalSource
) -> Iterator[LintFinding]:
    """Articles and chunks that nothing can lead to, whatever is asked."""
    yield from _wordless(rows, dense, lexical)
    for row, document in sorted(shelf.rows.items(), key=lambda item: item[1].source):
        if document.status is Status.APPROVED and not len(rows.chunks_of(row)):
            yield _finding(
                LintSeverity.WARNING,
                f"nothing in `{document.id}` can be searched",
                place(document, document.source),
                "write what customers ask, or remove the article",
            )
    yield from _without_scene(shelf)
    for versions in shelf.versions.values():
        yield from _undecided(versions)


def _finding(
    severity: LintSeverity, message: str, where: str, fix: str, quote: str = ""
) -> LintFinding:
    return LintFinding(
        check=Check.UNREACHABLE,
        severity=severity,
        message=message,
        where=where,
        fix=fix,
        quote=quote,
    )


def _wordless(rows: RowSource, dense: DenseSource, lexical: LexicalSource) -> Iterator[LintFinding]:
    """Chunks with neither a meaning that the embedding knows nor a word, told by article."""
    empty: Rows = np.flatnonzero(rows.live & ~dense.matrix().any(axis=1))
    found: dict[str, list[Chunk]] = {}
    for row in empty:
        chunk = rows.chunk(int(row))
        if lexical.coverage(chunk.search_text)[1] == 0:
            found.setdefault(chunk.document, []).append(chunk)
    for document, chunks in found.items():
        count = "a text" if len(chunks) == 1 else f"{len(chunks)} texts"
        yield _finding(
            LintSeverity.WARNING,
            f"{count} of `{document}` cannot be found: there are no words to search for",
            place(chunks[0], chunks[0].source),
            "write it in words, or remove it",
            chunks[0].wording,
        )


def _shadowed(chunk: Chunk, rank: int) -> LintFinding:
    return _finding(
        LintSeverity.WARNING,
        f"asked in its own words, `{chunk.document}` comes only as number {rank}: "
        f"others say the same",
        place(chunk, chunk.source),
        "merge the articles that say the same, or word this one apart from them",
        chunk.wording,
    )


def _without_scene(shelf: Shelf) -> Iterator[LintFinding]:
    """Scripts for a scene that no FAQ or product of their language has: nothing leads to them."""
    scripts: dict[tuple[Locale, str | None], list[Document]] = {}
    led = set[tuple[Locale, str | None]]()
    for each in shelf.approved:
        if each.kind is DocumentKind.SCRIPT:
            scripts.setdefault((each.locale, each.scene), []).append(each)
        else:
            led.add((each.locale, each.scene))
    for (locale, scene), group in scripts.items():
        if (locale, scene) not in led:
            yield _finding(
                LintSeverity.WARNING,
                f"no FAQ in `{locale}` has the scene `{scene}`, so its scripts are never offered: "
                f"{named([each.id for each in group])}",
                place(group[0], group[0].source),
                "give the scene to the FAQs it belongs to, or correct it here",
            )


def _undecided(versions: Sequence[Document]) -> Iterator[LintFinding]:
    """Versions that start on one day for shops or channels in common: one never answers there.

    The version that started last answers, and one for some shops before one for all; loaders
    refuse two of one scope. So this is the only way to a version that nothing can reach.
    """
    special = [each for each in versions if each.scope.shops or each.scope.channels]
    for one, other in combinations(special, 2):
        both = meets(one, other, max(starts(one), starts(other)))
        if both and starts(one) == starts(other):
            yield _finding(
                LintSeverity.WARNING,
                f"nothing decides between `{one.key}` and `{other.key}` where both apply: "
                "they start on the same day, each for some shops or channels",
                place(other, other.source),
                "give them scopes without overlap, or different days to start on",
            ).model_copy(update={"other": place(one, one.source)})
