"""From documents to chunks: one per phrasing, answer, clause or table row."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace

from ragkit.core.documents import Chunk, Document, Part, PartKind
from ragkit.core.folding import fold
from ragkit.core.text import Span
from ragkit.ingest.cutting import Limits, cut

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
    """Cuts along the parts that loaders found; a part over the limits is cut further.

    `max_chars` limits the text of a chunk, `max_tokens` what is embedded of it: its text with the
    headings above. None is no limit. `count_tokens` counts as the embedder does, folding included.
    A table row is whole at any length. Raises `ValueError` for a limit below 1, and for
    `max_tokens` without `count_tokens`.
    """

    def __init__(
        self,
        *,
        max_chars: int | None,
        max_tokens: int | None = None,
        count_tokens: Callable[[str], int] | None = None,
    ) -> None:
        self._limits = Limits(max_chars, max_tokens, count_tokens)
        self._sure_bytes = 0
        if max_tokens is not None and count_tokens is not None:
            # What a tokenizer adds to every text: its special tokens, and a mark of the first word.
            self._sure_bytes = max_tokens - count_tokens("") - 1

    def split(self, document: Document) -> tuple[Chunk, ...]:
        """The chunks of a document in the order of its parts; a blank part has none."""
        names = " ".join(part.wording for part in document.parts_of(PartKind.NAME))
        chunks: list[Chunk] = []
        for part in document.parts:
            if part.kind in _INDEXED:
                chunks += self._chunks(document, part, names, len(chunks) + 1)
        return tuple(chunks)

    def _lead(self, document: Document, part: Part, names: str) -> str:
        """What is searched before the text itself; of a long one, what leaves half the tokens."""
        if part.kind not in _WITH_HEADING:
            return ""
        heading = " ".join(part.heading or (document.title,))
        if part.kind is PartKind.FACT:
            heading = " ".join(each for each in (names, *part.heading) if each)
        lead = f"{heading} "
        tokens, count = self._limits.max_tokens, self._limits.count_tokens
        if tokens is None or count is None or 2 * _most_tokens(lead) <= self._sure_bytes:
            return lead
        pieces = cut(lead, Limits(None, max(1, tokens // 2), count))
        return f"{pieces[0].of(lead)} " if pieces else lead

    def _spans(self, document: Document, part: Part, lead: str) -> tuple[Span, ...]:
        text = part.span.of(document.text)
        if part.kind is PartKind.ROW or self._surely_fits(text, lead):
            return (part.span,)
        limits = self._limits
        if (count := limits.count_tokens) is not None:
            limits = replace(limits, count_tokens=lambda piece: count(lead + piece))
        return tuple(piece.shifted(part.span.start) for piece in cut(text, limits))

    def _surely_fits(self, text: str, lead: str) -> bool:
        """Whether the text is one piece as it stands, told without counting tokens."""
        limits = self._limits
        if limits.max_chars is not None and len(text) > limits.max_chars:
            return False
        if limits.max_tokens is not None and _most_tokens(lead + text) > self._sure_bytes:
            return False
        return not (text[0].isspace() or text[-1].isspace())

    def _chunks(self, document: Document, part: Part, names: str, first: int) -> Iterator[Chunk]:
        """The chunks of a part, numbered from `first`."""
        lead = self._lead(document, part, names)
        spans = self._spans(document, part, lead)
        parent = part.parent or (part.span if len(spans) > 1 else None)
        line, at = part.line, part.span.start
        for number, span in enumerate(spans, start=first):
            line, at = line + document.text.count("\n", at, span.start), span.start
            text = span.of(document.text)
            wording = part.wording if part.kind is PartKind.ROW else text
            yield Chunk(
                id=f"{document.key}/{number}",
                document=document.key,
                kind=document.kind,
                part=part.kind,
                locale=document.locale,
                text=text,
                span=span,
                wording=wording,
                search_text=f"{lead}{wording}",
                source=document.source,
                line=line,
                title=document.title,
                heading=part.heading,
                clause=part.clause,
                page=part.page,
                sheet=part.sheet,
                parent=parent,
                validity=document.validity,
            )


class _Widest(dict[str, int]):
    """Character -> its UTF-8 bytes in its widest form, filled as characters come up."""

    def __missing__(self, char: str) -> int:
        folded = fold(char)
        forms = (char, folded, *(unicodedata.normalize("NFKD", each) for each in (char, folded)))
        self[char] = widest = max(len(form.encode("utf-8", "surrogatepass")) for form in forms)
        return widest


_WIDEST = _Widest()


def _most_tokens(text: str) -> int:
    """More tokens than this are in no text, however a tokenizer folds and decomposes it.

    A token holds a character or, of a character that a byte-level vocabulary lacks, a byte of it.
    """
    return sum(map(_WIDEST.__getitem__, text))
