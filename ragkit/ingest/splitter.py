"""From documents to chunks: one per phrasing, answer, clause or table row."""

from collections.abc import Iterator

from ragkit.core.documents import Chunk, Document, Part, PartKind
from ragkit.core.text import Span, sentences

# What of a document is looked up. Script layers are found through their situation, and a product's
# names stand with each of its facts: a name alone answers nothing.
_INDEXED = frozenset(PartKind) - {
    PartKind.RECEIVE,
    PartKind.INFORM,
    PartKind.COMMIT,
    PartKind.NAME,
}
_WITH_HEADING = frozenset({PartKind.CLAUSE, PartKind.ROW, PartKind.FACT})


class PartSplitter:
    """Cuts along the parts that loaders found; a part over `max_chars` is cut between sentences.

    A sentence longer than `max_chars` stays whole: half a sentence cannot be quoted.
    """

    def __init__(self, *, max_chars: int) -> None:
        self._max_chars = max_chars

    def split(self, document: Document) -> tuple[Chunk, ...]:
        parts = [part for part in document.parts if part.kind in _INDEXED]
        pieces = [(part, span) for part in parts for span in self._spans(document, part)]
        return tuple(
            self._chunk(document, part, span, number)
            for number, (part, span) in enumerate(pieces, start=1)
        )

    def _spans(self, document: Document, part: Part) -> Iterator[Span]:
        text = part.span.of(document.text)
        if len(text) <= self._max_chars or part.kind is PartKind.ROW:
            yield part.span
            return
        start = end = None
        for sentence in sentences(text):
            if start is not None and end is not None and sentence.end - start > self._max_chars:
                yield Span(start=start, end=end).shifted(part.span.start)
                start = None
            start = sentence.start if start is None else start
            end = sentence.end
        if start is not None and end is not None:
            yield Span(start=start, end=end).shifted(part.span.start)

    def _chunk(self, document: Document, part: Part, span: Span, number: int) -> Chunk:
        text = span.of(document.text)
        wording = part.wording if part.kind is PartKind.ROW else text
        heading = part.heading or (document.title,)
        if part.kind is PartKind.FACT:
            names = document.parts_of(PartKind.NAME)
            heading = (*(name.wording for name in names), *part.heading)
        search_text = wording
        if part.kind in _WITH_HEADING:
            search_text = f"{' '.join(heading)} {wording}"
        line = part.line + document.text.count("\n", part.span.start, span.start)
        return Chunk(
            id=f"{document.key}/{number}",
            document=document.key,
            kind=document.kind,
            part=part.kind,
            locale=document.locale,
            text=text,
            span=span,
            wording=wording,
            search_text=search_text,
            source=document.source,
            line=line,
            title=document.title,
            heading=part.heading,
            clause=part.clause,
            validity=document.validity,
        )
