"""What holds for every layout of an index, not only for those somebody thought of."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit.core.documents import Document, PartKind, Scope, Status, Validity
from ragkit.core.retrieval import SearchFilter
from ragkit.core.text import Locale
from ragkit.index.differences import changed_rows, differences
from ragkit.index.lexical import LexicalIndex, PostingsBuilder, terms_of
from ragkit.index.statements import hash64
from ragkit.index.table import Table
from ragkit.testing.builders import Piece, a_document
from tests.unit.index.test_lexical import postings, slow_terms
from tests.unit.index.test_vectors import parts_of
from tests.unit.small_index import hashed, write_segment

WORDS = ["包邮", "运费", "满59元", "P1001", "退货", "free", "，", " ", "二三级", "𠮷", "ＡＢ", ""]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=6).map("".join)
ANY_TEXT = st.text(st.characters(), max_size=60)  # half surrogates too


@given(st.lists(ANY_TEXT, max_size=5))
def test_terms_are_those_of_a_slow_reading(texts: list[str]) -> None:
    """Terms are numbers: equal ones where, and as often as, the terms themselves are equal."""
    terms, rows = terms_of(texts)
    assert rows.tolist() == sorted(rows.tolist())
    names: dict[str, int] = {}
    for row, text in enumerate(texts):
        mine, slow = terms[rows == row].tolist(), slow_terms(text)
        assert len(mine) == len(slow)
        for number, name in zip(mine, slow, strict=True):
            assert names.setdefault(name, number) == number
    assert len(set(names.values())) == len(names)


@given(st.lists(st.tuples(TEXTS, st.booleans(), st.integers(0, 3)), max_size=20), TEXTS)
def test_any_parts_with_any_dead_rows_score_like_one_part_of_the_live_ones(
    rows: list[tuple[str, bool, int]], query: str
) -> None:
    parts = [[text for text, _, part in rows if part == number] for number in range(4)]
    live = np.array(
        [alive for number in range(4) for _, alive, part in rows if part == number], dtype=bool
    )
    texts = [text for part in parts for text in part]
    index = LexicalIndex([postings(part) for part in parts], live)
    fresh = LexicalIndex.build([text for text, alive in zip(texts, live, strict=True) if alive])
    shares, weight = index.coverage(query)
    expected, whole = fresh.coverage(query)
    assert shares[live].tolist() == expected.tolist()
    assert not shares[~live].any()
    assert weight == whole
    assert ((shares >= 0) & (shares < 1)).all()


@given(st.lists(st.lists(TEXTS, max_size=4), max_size=6))
def test_batches_do_not_change_the_postings(batches: list[list[str]]) -> None:
    builder = PostingsBuilder()
    for batch in batches:
        builder.add(batch)
    built, whole = builder.build(), postings([text for batch in batches for text in batch])
    for name in ("terms", "starts", "rows", "counts", "lengths"):
        assert getattr(built, name).tolist() == getattr(whole, name).tolist()


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=40),
    st.lists(st.integers(0, 40), max_size=3),
    st.integers(1, 50),
)
def test_dense_search_is_brute_force(
    rows: list[tuple[int, bool]], cuts: list[int], top_k: int
) -> None:
    """Over any parts, any mask, and many equal vectors: nearest first, then by row."""
    exact = np.round(hashed([f"第{number}条" for number, _ in rows]) * 8) / 8
    vectors = exact.astype(np.float32)
    allowed = np.array([may for _, may in rows], dtype=bool)
    with TemporaryDirectory() as folder:
        index = parts_of(Path(folder), vectors, sorted(min(cut, len(rows)) for cut in cuts))
    query = np.zeros((1, vectors.shape[1]), dtype=np.float32)
    query[0, 0] = 1.0  # so that inner products are exact
    scores = vectors[:, 0]
    expected = sorted(np.flatnonzero(allowed), key=lambda row: (-scores[row], row))[:top_k]
    found = index.search(query, allowed=allowed, top_k=top_k)
    assert scores[found].tolist() == scores[expected].tolist()
    assert found.tolist() == [int(row) for row in expected]


def tables(folder: Path, groups: Sequence[Sequence[Document]]) -> Table:
    paths = [folder / f"seg-{number:06d}" for number in range(len(groups))]
    for path, documents in zip(paths, groups, strict=True):
        write_segment(path, documents)
    return Table(paths)


def some_faqs(numbers: Sequence[int]) -> list[Document]:
    """FAQs by number; two of one number are the same but for their line."""
    return [
        a_document(
            Piece(PartKind.ANSWER, f"第{number}条：满{number}元包邮。"),
            id=f"faq-{number % 3}",
            title="t",
            line=line + 1,
        )
        for line, number in enumerate(numbers)
    ]


NUMBERS = st.lists(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=5), max_size=3)


@settings(max_examples=60)
@given(NUMBERS, NUMBERS)
def test_applying_the_changes_to_the_old_gives_the_new(
    old: list[list[tuple[int, bool]]], new: list[list[tuple[int, bool]]]
) -> None:
    with TemporaryDirectory() as folder:
        before, after = (
            tables(
                Path(folder) / name, [some_faqs([n for n, _ in group]) for group in groups]
            ).masked(np.array([alive for group in groups for _, alive in group], dtype=bool))
            for name, groups in (("old", old), ("new", new))
        )
        contents = [Counter(t.content[t.live].tolist()) for t in (before, after)]
        removed, added = changed_rows(before, after)
        assert before.live[removed].all()
        assert after.live[added].all()
        gone, came = (
            Counter(before.content[removed].tolist()),
            Counter(after.content[added].tolist()),
        )
        assert contents[0] - gone + came == contents[1]
        assert not gone & came  # nothing is both taken out and put in
        changes = differences(before, after)
        assert sum(change.before is not None for change in changes) == len(removed)
        assert sum(change.after is not None for change in changes) == len(added)


DAYS = st.none() | st.integers(0, 12).map(lambda day: date(2026, 9, 1 + day))
SCOPES = st.sampled_from(
    [
        Scope(),
        Scope(shops=("杭州店",)),
        Scope(channels=("抖音",)),
        Scope(shops=("杭州店", "广州店")),
    ]
)
VERSION = st.tuples(
    st.integers(0, 1),
    DAYS,
    DAYS,
    SCOPES,
    st.sampled_from(list(Status)),
    st.booleans(),
    st.booleans(),
)
SEARCH = st.builds(
    SearchFilter,
    as_of=st.integers(0, 12).map(lambda day: date(2026, 9, 1 + day)),
    shop=st.sampled_from([None, "杭州店", "广州店", "北京店"]),
    channel=st.sampled_from([None, "抖音", "微信"]),
    locale=st.sampled_from([None, Locale.ZH, Locale.EN]),
)


def naive(documents: Sequence[Document], name: str, search: SearchFilter) -> str | None:
    """The rule read aloud: latest start of those that hold, for some shops before for all."""
    best: tuple[date, bool, int] | None = None
    key = None
    for document in documents:
        if document.id != name or document.status is not Status.APPROVED:
            continue
        if search.locale is not None and document.locale is not search.locale:
            continue
        if not document.validity.covers(search.as_of):
            continue
        if not document.scope.admits(search.shop, search.channel):
            continue
        start = document.validity.effective_from or date.min
        special = document.scope != Scope()
        rank = (start, special, hash64(document.key))
        if best is None or rank > best:
            best, key = rank, document.key
    return key


@settings(max_examples=100)
@given(st.lists(VERSION, max_size=12), st.integers(0, 12), st.lists(SEARCH, min_size=1, max_size=6))
def test_the_version_in_force_is_that_of_a_naive_reading(
    versions: list[tuple[int, date | None, date | None, Scope, Status, bool, bool]],
    cut: int,
    searches: list[SearchFilter],
) -> None:
    documents, live = [], []
    for number, (name, start, end, scope, status, english, alive) in enumerate(versions):
        documents.append(
            a_document(
                id=f"policy-{name}",
                version=str(number),
                validity=Validity(effective_from=start, effective_to=end),
                scope=scope,
                status=status,
                locale=Locale.EN if english else Locale.ZH,
            )
        )
        live.append(alive)
    with TemporaryDirectory() as folder:
        table = tables(Path(folder), [documents[:cut], documents[cut:]])
        table = table.masked(np.array(live, dtype=bool))
        there = [document for document, alive in zip(documents, live, strict=True) if alive]
        for search in searches:
            expected = {naive(there, f"policy-{name}", search) for name in range(3)} - {None}
            found = (table.in_force(f"policy-{name}", search) for name in range(3))
            assert {document.key for document in found if document} == expected
            rows = np.flatnonzero(table.allowed(search))
            assert {table.chunk(int(row)).document for row in rows} == expected
