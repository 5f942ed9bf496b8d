"""Shelves of documents, for checks that need no index."""

from typing import Any

from ragkit.core.documents import Document, DocumentKind, PartKind
from ragkit.lint.shelf import Shelf
from ragkit.testing.builders import Piece, a_document


def a_shelf(*documents: Document) -> Shelf:
    return Shelf(dict(enumerate(documents)))


def a_faq(name: str, question: str, answer: str = "可以。", **fields: Any) -> Document:
    """An FAQ of one or, with `|` between them, more phrasings; `not:` begins a negative one."""
    pieces = [
        Piece(PartKind.NEGATIVE, each.removeprefix("not:"))
        if each.startswith("not:")
        else Piece(PartKind.QUESTION, each)
        for each in question.split("|")
    ]
    return a_document(*pieces, Piece(PartKind.ANSWER, answer), id=name, **fields)


def a_policy(name: str, *clauses: str, **fields: Any) -> Document:
    """A policy with clauses numbered 1.1, 1.2 …"""
    pieces = [
        Piece(PartKind.CLAUSE, clause, clause=f"1.{number}")
        for number, clause in enumerate(clauses, start=1)
    ]
    source = f"policies/zh/{name}.md"
    return a_document(
        *pieces, **{"id": name, "kind": DocumentKind.POLICY, "source": source, **fields}
    )
