import pytest

from ragkit.core.retrieval import Hit
from ragkit.retrieve.select import select
from ragkit.testing.builders import a_chunk, a_hit


def hits(*found: tuple[str, float]) -> list[Hit]:
    """Hits of the named documents with their scores, as a retriever ranks them."""
    return [
        a_hit(a_chunk(document=name, id=f"{name}/{rank}"), rank=rank, score=score)
        for rank, (name, score) in enumerate(found, start=1)
    ]


CHOSEN = {  # id: (hits, documents, per document, ids chosen)
    "nothing": ([], 5, 3, []),
    "best first": ([("a", 0.9), ("b", 0.5)], 5, 3, ["a/1", "b/2"]),
    "document by document": ([("a", 0.9), ("b", 0.5), ("a", 0.4)], 5, 3, ["a/1", "a/3", "b/2"]),
    "so many of each": ([("a", 0.9), ("a", 0.8), ("a", 0.7)], 5, 2, ["a/1", "a/2"]),
    "so many documents": ([("a", 0.9), ("b", 0.5), ("c", 0.1)], 2, 3, ["a/1", "b/2"]),
    "certain and impossible": ([("a", 1.0), ("b", 0.0)], 5, 3, ["a/1", "b/2"]),
    # Log-odds of a: 0.5 -> 0, and a step below for want of a second; of b twice almost that.
    "two near chunks beat one": (
        [("a", 0.5), ("b", 0.48), ("b", 0.47)],
        5,
        3,
        ["b/2", "b/3", "a/1"],
    ),
    "but not one that is far nearer": (
        [("a", 0.9), ("b", 0.48), ("b", 0.47)],
        5,
        3,
        ["a/1", "b/2", "b/3"],
    ),
    "ties keep their order": ([("b", 0.5), ("a", 0.5)], 5, 3, ["b/1", "a/2"]),
}


@pytest.mark.parametrize(("found", "documents", "each", "ids"), CHOSEN.values(), ids=CHOSEN.keys())
def test_selection(
    found: list[tuple[str, float]], documents: int, each: int, ids: list[str]
) -> None:
    chosen = select(hits(*found), max_documents=documents, per_document=each)
    assert [evidence.hit.chunk.id for evidence in chosen] == ids
    assert [evidence.number for evidence in chosen] == list(range(1, len(ids) + 1))
