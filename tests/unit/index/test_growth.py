"""A generation in the making: what is new is written, what stays stays where it is."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ragkit.core.documents import Document, PartKind, Status
from ragkit.core.errors import IndexNotReady
from ragkit.core.protocols import Vectors
from ragkit.core.retrieval import FusionModel
from ragkit.index.bundle import FORMAT, Bundle, Manifest, SourceState
from ragkit.index.generations import IndexFolder
from ragkit.index.growth import Growth
from ragkit.testing.builders import Piece, a_document
from tests.unit.small_index import HASHED, hashed, split

STATE = SourceState(size=1, mtime_ns=1, sha256="0")
Files = dict[str, Sequence[Document]]


def faqs(*texts: str, **fields: object) -> list[Document]:
    return [a_document(Piece(PartKind.ANSWER, text), id=f"faq-{text}", **fields) for text in texts]


class Desk:
    """Files as they are, and the index that follows them."""

    def __init__(self, root: Path) -> None:
        self.folder = IndexFolder(root)
        self.files: Files = {}
        self.embedded: list[str] = []
        self.dropped: list[str] = []

    def _embed(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        return hashed(texts)

    def growth(self) -> Growth:
        name = self.folder.current()
        base = self.folder.open(name) if name else None
        sources = self.folder.sources(name) if name else {}
        return Growth(self.folder, base, sources, embed=self._embed, dimension=HASHED)

    def change(self, **files: Sequence[Document] | None) -> Bundle:
        """Change files (None removes one), and build."""
        self.embedded, self.dropped = [], []
        with self.folder.lock():
            growth = self.growth()
            for name, documents in files.items():
                if name in self.files:
                    self.dropped += [document.id for document in growth.dropped(name)]
                    del self.files[name]
                if documents is not None:
                    growth.add(name, STATE, [(each, split(each)) for each in documents])
                    self.files[name] = documents
            names, parts = growth.finish()
            manifest = Manifest(
                format=FORMAT,
                generation=self.folder.next_name(),
                created_at=datetime(2026, 9, 1, tzinfo=UTC),
                ragkit="0.1.0",
                ingest="test",
                embedder="hashed",
                dimension=HASHED,
                documents=int(parts.table.live_documents.sum()),
                chunks=int(parts.table.live.sum()),
                knowledge="0",
                segments=tuple(names),
                fusion=FusionModel(weights=(), coverage=(), threshold=0.5, questions=0),
                fitted_on="gen-000001",
            )
            live = parts.table.live_documents
            manifest = self.folder.write(manifest, live=live, sources=growth.sources)
            self.folder.publish(manifest.generation, at=manifest.created_at)
            self.folder.drop_old(keep=1)
        bundle = self.folder.open()
        self.check(bundle)
        return bundle

    def check(self, bundle: Bundle) -> None:
        """The index holds what the files hold, with the right vectors, and knows where it lies."""
        expected = [document for documents in self.files.values() for document in documents]
        table = bundle.table
        rows = np.flatnonzero(table.live)
        chunks = [chunk for document in expected for chunk in split(document)]
        texts = [table.chunk(int(row)).search_text for row in rows]
        assert Counter(texts) == Counter(chunk.search_text for chunk in chunks)
        if texts:
            assert np.array_equal(bundle.vectors.vectors(rows), hashed(texts))
        for row, text in zip(rows, texts, strict=True):
            shares, _ = bundle.lexical.coverage(text)
            assert shares[row] == shares.max() > 0
        for document in expected:
            assert table.document(document.key) == document
        states = self.folder.sources(bundle.manifest.generation)
        starts = dict(
            zip(bundle.manifest.segments, np.cumsum([0, *table.segment_sizes()]), strict=False)
        )
        assert set(states) == set(self.files)
        for name, documents in self.files.items():
            state = states[name]
            first = int(starts[state.segment]) + state.first if state.documents else 0
            lying = [table.document_at(first + n) for n in range(state.documents)]
            assert lying == list(documents)
            assert table.live_documents[first : first + state.documents].all()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "index")


def test_a_first_build_is_one_segment(desk: Desk) -> None:
    bundle = desk.change(a=faqs("包邮", "发票"), b=faqs("退款"))
    assert bundle.manifest.segments == ("seg-000001",)
    assert desk.embedded == ["包邮", "发票", "退款"]


def test_a_changed_file_costs_its_own_size(desk: Desk) -> None:
    desk.change(a=faqs("包邮", "发票", "退款", "换货"), b=faqs("物流"))
    bundle = desk.change(b=faqs("快递"))
    assert bundle.manifest.segments == ("seg-000001", "seg-000002")
    assert (desk.embedded, desk.dropped) == (["快递"], ["faq-物流"])


def test_the_order_of_documents_is_that_of_their_file(desk: Desk) -> None:
    desk.change(a=faqs("包邮", "发票"), b=faqs("退款", "换货"), c=faqs("物流"))
    assert [d.id for d in _dropped(desk, "b")] == ["faq-退款", "faq-换货"]


def _dropped(desk: Desk, source: str) -> list[Document]:
    return desk.growth().dropped(source)


def test_a_file_that_is_removed_leaves_nothing(desk: Desk) -> None:
    desk.change(a=faqs("包邮", "发票", "退款"), b=faqs("物流"))
    bundle = desk.change(b=None)
    assert bundle.table.not_live == 0
    assert not bundle.table.holds("faq-物流")
    assert desk.embedded == []


def test_a_segment_of_which_nothing_is_left_goes(desk: Desk) -> None:
    desk.change(a=faqs("包邮", "发票", "退款", "换货"))
    desk.change(b=faqs("物流"))
    bundle = desk.change(b=faqs("快递"))
    assert bundle.manifest.segments == ("seg-000001", "seg-000003")


def test_hollow_segments_are_written_anew_with_their_vectors(desk: Desk) -> None:
    desk.change(a=faqs("包邮", "发票"), b=faqs("退款", "换货"))
    bundle = desk.change(a=faqs("满59元包邮"))
    # Two of five chunks are dead, more than a third: what is left is written anew.
    assert bundle.manifest.segments == ("seg-000002",)
    assert desk.embedded == ["满59元包邮"]


def test_segments_do_not_pile_up(desk: Desk) -> None:
    """Some thirty changes never leave more than a handful of segments."""
    desk.change(**{f"f{n}": faqs(*(f"第{n}份第{m}条" for m in range(5))) for n in range(10)})
    most = 0
    for number in range(30):
        bundle = desk.change(**{f"n{number}": faqs(f"新增第{number}条")})
        most = max(most, len(bundle.manifest.segments))
        assert desk.embedded == [f"新增第{number}条"]
    assert 1 < most <= 8


def test_drafts_have_no_chunks_and_keep_their_place(desk: Desk) -> None:
    drafts = faqs("草稿", status=Status.DRAFT)
    desk.change(a=[*faqs("包邮"), *drafts, *faqs("发票")], b=drafts[:0])
    bundle = desk.change(c=faqs("草案", status=Status.RETIRED))
    assert (bundle.table.not_live, len(bundle.table.chunks())) == (2, 2)
    bundle = desk.change(a=faqs("满59元包邮"))
    assert bundle.table.not_live == 1


def test_a_file_without_documents_is_remembered(desk: Desk) -> None:
    desk.change(a=faqs("包邮"), b=[])
    desk.change(a=faqs("发票"))
    assert set(desk.folder.sources("gen-000002")) == {"a", "b"}
    desk.change(b=None)


def test_everything_may_go_and_come_back(desk: Desk) -> None:
    desk.change(a=faqs("包邮"), b=faqs("发票"))
    bundle = desk.change(a=None, b=None)
    assert (bundle.manifest.segments, len(bundle.table)) == ((), 0)
    desk.change(a=faqs("包邮"))


def test_more_texts_than_are_embedded_at_once(desk: Desk) -> None:
    many = faqs(*(f"第{number}条" for number in range(1100)))
    desk.change(a=many[:600], b=many[600:])
    assert len(desk.embedded) == 1100


def test_what_is_abandoned_leaves_nothing(desk: Desk) -> None:
    desk.change(a=faqs("包邮"))
    before = sorted(desk.folder.root.rglob("*"))
    with desk.folder.lock():
        growth = desk.growth()
        growth.dropped("a")
        growth.add("a", STATE, [(each, split(each)) for each in faqs("发票")])
        growth.abandon()
        assert growth.remaining is not None
        assert len(growth.remaining.chunks()) == 0
    assert sorted(desk.folder.root.rglob("*")) == before
    desk.check(desk.folder.open())


def test_a_record_of_the_base_that_is_damaged_is_told(desk: Desk) -> None:
    desk.change(a=faqs("包邮"), b=faqs("发票"))
    path = desk.folder.root / "segments" / "seg-000001" / "documents.jsonl"
    path.write_bytes(path.read_bytes().replace("发票".encode(), "发漂".encode()))
    growth = desk.growth()
    growth.dropped("a")
    with pytest.raises(IndexNotReady, match="damaged") as raised:
        growth.dropped("b")
    assert raised.value.fix == "run `ragkit index build`"
