"""A segment is written once, whole or not at all, and knows what its files must be."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from ragkit.core.documents import Document, DocumentKind, PartKind, Scope, Status
from ragkit.core.text import Locale
from ragkit.index.bundle import open_parts, segment_info
from ragkit.index.segments import (
    SegmentWriter,
    check_bytes,
    check_sizes,
    content_hash,
    stamp_files,
)
from ragkit.testing.builders import Piece, a_chunk, a_document, valid
from tests.unit.small_index import HASHED, hashed, split, write_segment

FILES = {
    "documents.jsonl",
    "documents.npy",
    "chunks.jsonl",
    "chunks.npy",
    "statements.npy",
    "links.npy",
    "scopes.json",
    "vectors.faiss",
    *(f"lexical/{name}.npy" for name in ("terms", "starts", "rows", "counts", "lengths")),
}


def test_a_segment_says_what_it_holds(tmp_path: Path) -> None:
    info = write_segment(tmp_path / "seg-000001", [a_document(), a_document(id="faq-b")])
    assert (info.name, info.documents, info.chunks) == ("seg-000001", 2, 4)
    assert (info.dimension, set(info.files)) == (HASHED, FILES)
    assert segment_info(tmp_path / "seg-000001") == info
    assert [path.name for path in tmp_path.iterdir()] == ["seg-000001"]


def test_it_is_no_segment_before_it_is_sealed(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path / "seg-000001", dimension=HASHED)
    writer.add(a_document(), split(a_document()))
    assert (writer.name, writer.documents, writer.chunks) == ("seg-000001", 1, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["seg-000001.tmp"]
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_chunks_without_vectors_are_no_segment(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path / "seg-000001", dimension=HASHED)
    writer.add(a_document(), split(a_document()))
    writer.add_searchable(["包邮"], hashed(["包邮"]))
    with pytest.raises(ValueError, match="2 chunks have 1 vectors"):
        writer.seal()


NOTHING_TO_FIND: dict[str, list[Document]] = {
    "no documents": [],
    "only drafts": [a_document(status=Status.DRAFT)],
    "a document without parts to look up": [
        a_document(Piece(PartKind.NAME, "保温杯"), kind=DocumentKind.PRODUCT)
    ],
}


@pytest.mark.parametrize("documents", NOTHING_TO_FIND.values(), ids=NOTHING_TO_FIND.keys())
def test_a_segment_without_chunks_opens(tmp_path: Path, documents: list[Document]) -> None:
    info = write_segment(tmp_path / "seg-000001", documents)
    parts = open_parts([tmp_path / "seg-000001"], np.ones(len(documents), dtype=bool))
    assert (info.chunks, len(parts.table)) == (0, 0)
    assert parts.vectors.matrix().shape == (0, HASHED)
    assert parts.lexical.coverage("包邮")[0].shape == (0,)
    assert [parts.table.document(document.key) for document in documents] == documents


def test_writing_the_same_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    documents = [a_document(), a_document(id="faq-b", scope=Scope(shops=("杭州店",)))]
    one = write_segment(tmp_path / "a" / "seg-000001", documents)
    assert one == write_segment(tmp_path / "b" / "seg-000001", documents)


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_file_is_checked(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "seg-000001"
    info = write_segment(folder, [a_document(see=("policy#1",))])
    good = (folder / name).read_bytes()
    (folder / name).write_bytes(good[:-1])
    with pytest.raises(ValueError, match=f"{name} has {len(good) - 1} bytes"):
        check_sizes(folder, info.files)
    (folder / name).write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    check_sizes(folder, info.files)
    with pytest.raises(ValueError, match=f"{name} is not as it was written"):
        check_bytes(folder, info.files)
    (folder / name).unlink()
    with pytest.raises(OSError):
        check_sizes(folder, info.files)


def test_stamps_are_sizes_and_sha256(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.txt").write_bytes(b"abc")
    # The SHA-256 of "abc", from FIPS 180-2, appendix B.1.
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    stamps = stamp_files(tmp_path)
    assert list(stamps) == ["b/a.txt"]
    assert (stamps["b/a.txt"].size, stamps["b/a.txt"].sha256) == (3, expected)
    assert hashlib.sha256(b"abc").hexdigest() == expected


DOCUMENT = a_document(Piece(PartKind.CLAUSE, "满59元包邮。", clause="1.1"))
UNSEEN = {  # id: what differs, which neither a reader nor a search sees
    "the line": {"line": 40},
    "the file": {"source": "faqs/zh/other.yaml"},
    "the owner": {"owner": "客服组"},
}
SEEN = {
    "the version": {"version": "2"},
    "the title": {"title": "运费"},
    "the language": {"locale": Locale.EN},
    "the kind": {"kind": DocumentKind.POLICY},
    "the scene": {"scene": "consult.freight"},
    "the days": {"validity": valid("2026-09-01")},
    "the shops": {"scope": Scope(shops=("杭州店",))},
}


@pytest.mark.parametrize(
    ("fields", "differs"),
    [
        *((fields, False) for fields in UNSEEN.values()),
        *((fields, True) for fields in SEEN.values()),
    ],
    ids=[*UNSEEN, *SEEN],
)
def test_what_makes_a_chunk_another(fields: dict[str, object], differs: bool) -> None:
    other = DOCUMENT.model_copy(update=fields)
    mine = content_hash(a_chunk(DOCUMENT), DOCUMENT)
    assert (content_hash(a_chunk(other), other) != mine) is differs


def test_another_wording_is_another_chunk() -> None:
    texts = ["满59元包邮。", "满69元包邮。"]
    chunks = [a_chunk(DOCUMENT, wording=text, search_text=text) for text in texts]
    assert len({content_hash(chunk, DOCUMENT) for chunk in chunks}) == 2
