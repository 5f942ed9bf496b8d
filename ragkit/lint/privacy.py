"""People's data that got into the knowledge base."""

from collections.abc import Iterator

from ragkit.core.documents import Document, Part
from ragkit.core.folding import fold
from ragkit.core.personal import PersonalData, PersonalKind, find_personal, masked
from ragkit.lint.findings import Check, LintFinding, LintSeverity, place
from ragkit.lint.shelf import Shelf

# Articles with one and the same telephone, mailbox or address from which it is the shop's own.
_SHOP_OWN = 3
_PUBLIC = frozenset({PersonalKind.MOBILE, PersonalKind.EMAIL, PersonalKind.ADDRESS})
_NAMES = {
    PersonalKind.MOBILE: "a mobile number",
    PersonalKind.ID_NUMBER: "an identity number",
    PersonalKind.BANK_CARD: "a bank card number",
    PersonalKind.EMAIL: "a private mailbox",
    PersonalKind.ADDRESS: "a person's address",
}


def personal_data(shelf: Shelf) -> Iterator[LintFinding]:
    """Personal data in texts that are not retired, each once for each place; quotes are masked."""
    seen: list[tuple[Document, Part, PersonalData, str]] = []
    used: dict[str, set[str]] = {}
    for document in shelf.kept:
        for part in document.parts:
            text = part.span.of(document.text)
            for each in find_personal(text):
                value = _value(each, text)
                seen.append((document, part, each, value))
                used.setdefault(value, set()).add(document.id)
    told = set[tuple[str, str, str]]()
    for document, part, each, value in seen:
        where = place(part, document.source)
        own = each.kind in _PUBLIC and len(used[value]) >= _SHOP_OWN
        if own or (document.key, where, value) in told:
            continue
        told.add((document.key, where, value))
        text = part.span.of(document.text)
        yield LintFinding(
            check=Check.PERSONAL_DATA,
            severity=LintSeverity.WARNING
            if each.kind is PersonalKind.EMAIL
            else LintSeverity.ERROR,
            message=f"`{document.id}` holds {_NAMES[each.kind]}",
            where=where,
            quote=masked(each, text),
            fix="take it out, or put a made-up value such as 138****0000 in its place",
        )


def _value(found: PersonalData, text: str) -> str:
    """One spelling for each way to write it."""
    return "".join(char for char in fold(found.span.of(text)) if char.isalnum() or char in "@.")
