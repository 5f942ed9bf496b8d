"""What language a message is in, and which pieces of it to look up."""

from ragkit.core.retrieval import Query, Understanding
from ragkit.core.text import Locale, detect_locale, sentences

_QUESTION_MARKS = ("?", "？")


class MessageReader:
    """Cuts long messages into pieces that can be looked up: a story has its question somewhere.

    A message of at most `max_chars` is one piece. A longer one becomes runs of sentences of at most
    half that size, and each sentence that ends as a question is a piece of its own. Every piece is
    looked up; the best answer to any of them counts.
    """

    def __init__(self, *, default_locale: Locale, max_chars: int) -> None:
        self._default_locale = default_locale
        self._max_chars = max_chars

    def understand(self, query: Query) -> Understanding:
        return Understanding(
            locale=query.locale or detect_locale(query.text) or self._default_locale,
            asks=tuple(self._pieces(query.text.strip())),
        )

    def _pieces(self, text: str) -> list[str]:
        if len(text) <= self._max_chars:
            return [text]
        pieces: list[str] = []
        run = ""
        for sentence in (span.of(text) for span in sentences(text)):
            asks = sentence.endswith(_QUESTION_MARKS)
            if run and (asks or len(run) + len(sentence) > self._max_chars // 2):
                pieces.append(run)
                run = ""
            run += sentence
            while len(run) > self._max_chars:
                pieces.append(run[: self._max_chars])
                run = run[self._max_chars :]
            if asks:
                pieces.append(run)
                run = ""
        return [piece for piece in dict.fromkeys([*pieces, run]) if piece]
