"""What only shows across all documents: ids, versions and links that do not fit together."""

from collections.abc import Iterator, Sequence

from ragkit.core.documents import Document
from ragkit.core.errors import Problem


def clashes(documents: Sequence[Document]) -> Iterator[Problem]:
    """Ids that are taken twice, and versions that apply on the same day."""
    by_id: dict[str, list[Document]] = {}
    for document in documents:
        for other in by_id.get(document.id, ()):
            yield from _clash(document, other)
        by_id.setdefault(document.id, []).append(document)


def dangling_links(documents: Sequence[Document]) -> Iterator[Problem]:
    """Links that lead to no document or clause; `documents` must be all there are."""
    ids = {document.id for document in documents}
    clauses = {
        (document.id, part.clause)
        for document in documents
        for part in document.parts
        if part.clause
    }
    for document in documents:
        for link in document.see:
            name, _, clause = link.partition("#")
            if name not in ids or (clause and (name, clause) not in clauses):
                yield Problem(
                    f"`{document.id}` rests on `{link}`, which does not exist",
                    where=f"{document.source}:{document.line}",
                    fix="correct or remove the link under `see`",
                )


def _clash(document: Document, other: Document) -> Iterator[Problem]:
    where, place = f"{document.source}:{document.line}", f"{other.source}:{other.line}"
    if document.key == other.key or document.kind is not other.kind:
        yield Problem(
            f"the id `{document.key}` is taken",
            where=where,
            fix=f"choose another; it stands in {place}",
        )
    elif _overlap(document, other):
        yield Problem(
            f"two versions of `{document.id}` apply on the same day",
            where=where,
            fix=f"end the older one with `effective_to`; the other stands in {place}",
        )


def _overlap(a: Document, b: Document) -> bool:
    def before(first: Document, second: Document) -> bool:
        end, start = first.validity.effective_to, second.validity.effective_from
        return end is not None and start is not None and end < start

    return not (before(a, b) or before(b, a))
