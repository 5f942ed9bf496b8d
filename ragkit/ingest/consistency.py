"""What only shows across all documents: ids, versions and links that do not fit together."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ragkit.core.documents import Document, DocumentKind, Scope, Validity
from ragkit.core.errors import Problem


@dataclass(frozen=True, slots=True)
class Sketch:
    """What of a document has to fit the others."""

    id: str
    key: str
    kind: DocumentKind
    scope: Scope
    validity: Validity
    where: str
    see: tuple[str, ...]
    clauses: frozenset[str]

    @property
    def names(self) -> set[str]:
        """What links may lead to."""
        return {self.id, *(f"{self.id}#{clause}" for clause in self.clauses)}


def sketch(document: Document) -> Sketch:
    return Sketch(
        id=document.id,
        key=document.key,
        kind=document.kind,
        scope=document.scope,
        validity=document.validity,
        where=f"{document.source}:{document.line}",
        see=document.see,
        clauses=frozenset(part.clause for part in document.parts if part.clause),
    )


def clashes(
    added: Sequence[Sketch], others: Callable[[str], Sequence[Sketch]] = lambda _id: ()
) -> Iterator[Problem]:
    """Ids that are taken twice, and versions between which nothing decides.

    `others` gives the documents of an id that were there before.
    """
    by_id: dict[str, list[Sketch]] = {}
    for each in added:
        if each.id not in by_id:
            by_id[each.id] = list(others(each.id))
        for other in by_id[each.id]:
            yield from _clash(each, other)
        by_id[each.id].append(each)


def dangling_links(
    resting: Sequence[Sketch], exists: Callable[[str], bool]
) -> Iterator[tuple[str, Problem]]:
    """Links that lead to no document or clause, each with what to tell.

    `exists` knows the names of all there are.
    """
    for each in resting:
        for link in each.see:
            if not exists(link):
                yield (
                    link,
                    Problem(
                        f"`{each.id}` rests on `{link}`, which does not exist",
                        where=each.where,
                        fix="correct or remove the link under `see`",
                    ),
                )


def _clash(one: Sketch, other: Sketch) -> Iterator[Problem]:
    if one.key == other.key or one.kind is not other.kind:
        yield Problem(
            f"the id `{one.key}` is taken",
            where=one.where,
            fix=f"choose another; it stands in {other.where}",
        )
    elif (
        one.scope == other.scope
        and one.validity.effective_from == other.validity.effective_from
        and _overlap(one.validity, other.validity)
    ):
        yield Problem(
            f"two versions of `{one.id}` start on the same day, so neither goes before the other",
            where=one.where,
            fix=f"correct the `effective_from` of one of them; the other stands in {other.where}",
        )


def _overlap(a: Validity, b: Validity) -> bool:
    def before(first: Validity, second: Validity) -> bool:
        end, start = first.effective_to, second.effective_from
        return end is not None and start is not None and end < start

    return not (before(a, b) or before(b, a))
