"""Generations on disk: a build that fails or dies leaves the one before it answering."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import numpy as np
import pytest

from ragkit.core.documents import Chunk, Document, DocumentKind, Part, PartKind
from ragkit.core.errors import IndexBusy, IndexNotReady, RagkitError
from ragkit.core.retrieval import FusionModel, SearchFilter
from ragkit.core.text import Locale, Span
from ragkit.index.bundle import FORMAT, Bundle, Contents, IndexFolder, Manifest, stamp
from ragkit.index.lexical import LexicalIndex
from ragkit.index.vectors import VectorIndex

TODAY = SearchFilter(as_of=date(2026, 9, 1))


def contents(*texts: str) -> Contents:
    """A FAQ per text, its chunk, and a vector of its own."""
    documents, chunks = [], []
    for number, text in enumerate(texts):
        span = Span(start=0, end=len(text))
        document = Document(
            id=f"faq-{number}",
            kind=DocumentKind.FAQ,
            locale=Locale.ZH,
            title=text,
            text=text,
            source="faqs/a.yaml",
            line=1,
            parts=(Part(kind=PartKind.ANSWER, span=span, line=1, wording=text),),
        )
        documents.append(document)
        chunks.append(
            Chunk(
                id=f"faq-{number}/1",
                document=document.key,
                kind=document.kind,
                part=PartKind.ANSWER,
                locale=document.locale,
                text=text,
                span=span,
                wording=text,
                search_text=text,
                source=document.source,
                line=1,
                title=text,
            )
        )
    return Contents(
        documents,
        chunks,
        VectorIndex.build(np.eye(len(texts), 8, dtype=np.float32)),
        LexicalIndex.build(list(texts)),
    )


def describe(chunks: int) -> Callable[[str], Manifest]:
    return lambda name: Manifest(
        format=FORMAT,
        generation=name,
        created_at=datetime(2026, 9, 1, tzinfo=UTC),
        ragkit="0.1.0",
        embedder="static:test",
        dimension=8,
        documents=chunks,
        chunks=chunks,
        knowledge="0123456789abcdef",
        sources={},
        fusion=FusionModel(weights=(), coverage=(), threshold=0.5, questions=0),
    )


def build(folder: IndexFolder, *texts: str) -> Manifest:
    with folder.lock():
        return folder.write(contents(*texts), describe(len(texts)))


def answers(folder: IndexFolder) -> list[str]:
    """What the open generation holds, told by its table and found by its words."""
    bundle = folder.open()
    told = [chunk.text for chunk in bundle.table.chunks()]
    assert all(bundle.lexical.coverage(text).argmax() == row for row, text in enumerate(told))
    return told


def generations(folder: IndexFolder) -> list[str]:
    return sorted(path.name for path in folder.root.glob("gen-*"))


@pytest.fixture
def folder(tmp_path: Path) -> IndexFolder:
    return IndexFolder(tmp_path / "state" / "index")


@pytest.fixture
def built(folder: IndexFolder) -> IndexFolder:
    build(folder, "包邮", "发票")
    return folder


def test_before_the_first_build(folder: IndexFolder) -> None:
    assert folder.current() is None
    assert folder.manifest() is None
    with pytest.raises(IndexNotReady, match="there is no index yet"):
        folder.open()


def test_a_build_answers(built: IndexFolder) -> None:
    assert built.current() == "gen-000001"
    assert answers(built) == ["包邮", "发票"]
    manifest = built.manifest()
    assert manifest is not None
    assert manifest.generation == "gen-000001"
    on_disk = {
        path.relative_to(built.root / "gen-000001").as_posix(): path.stat().st_size
        for path in (built.root / "gen-000001").rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert {name: file.size for name, file in manifest.files.items()} == on_disk
    assert built.verify() == manifest


def test_the_next_build_takes_over_and_the_one_before_stays(built: IndexFolder) -> None:
    build(built, "退款")
    assert (built.current(), answers(built)) == ("gen-000002", ["退款"])
    build(built, "换货")
    assert (built.current(), answers(built)) == ("gen-000003", ["换货"])
    assert generations(built) == ["gen-000002", "gen-000003"]


def test_an_open_generation_outlives_its_files(built: IndexFolder) -> None:
    bundle: Bundle = built.open()
    for text in ("退款", "换货", "物流"):
        build(built, text)
    assert "gen-000001" not in generations(built)
    assert [chunk.text for chunk in bundle.table.chunks()] == ["包邮", "发票"]
    assert bundle.table.in_force("faq-1", TODAY) is not None
    assert bundle.lexical.coverage("发票").argmax() == 1


class FullDisk(VectorIndex):
    """Writes half of its file, then finds the disk full."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def save(self, path: Path) -> None:
        path.write_bytes(b"half")
        raise self._error


FAILURES: dict[str, Exception] = {
    "the system says so": OSError(28, "No space left on device"),
    "FAISS says so": RuntimeError("write error: 12 != 4096 (No space left on device)"),
}


@pytest.mark.parametrize("error", FAILURES.values(), ids=FAILURES.keys())
def test_a_failed_write_leaves_the_old_one_answering(built: IndexFolder, error: Exception) -> None:
    new = contents("退款")
    broken = Contents(new.documents, new.chunks, FullDisk(error), new.lexical)
    with pytest.raises(RagkitError, match="No space left on device"), built.lock():
        built.write(broken, describe(1))
    assert answers(built) == ["包邮", "发票"]
    assert generations(built) == ["gen-000001"]
    build(built, "退款")
    assert answers(built) == ["退款"]


def test_a_build_that_dies_before_the_swap_is_healed(built: IndexFolder) -> None:
    draft = built.root / "gen-000002.tmp"
    shutil.copytree(built.root / "gen-000001", draft)
    (draft / "vectors.faiss").write_bytes(b"half")
    (built.root / "CURRENT.tmp").write_text("gen-0", encoding="utf-8")
    assert answers(built) == ["包邮", "发票"]
    build(built, "退款")
    assert answers(built) == ["退款"]
    assert list(built.root.glob("*.tmp")) == []


def test_a_build_that_dies_between_its_two_renames_is_healed(built: IndexFolder) -> None:
    """gen-000002 is there, CURRENT still names gen-000001."""
    shutil.copytree(built.root / "gen-000001", built.root / "gen-000002")
    assert answers(built) == ["包邮", "发票"]
    build(built, "退款")
    assert (built.current(), answers(built)) == ("gen-000003", ["退款"])
    # What answered until now stays; what never answered goes.
    assert generations(built) == ["gen-000001", "gen-000003"]


NUMBERS: dict[str, tuple[list[str], str | None, str]] = {
    # id: (folders, CURRENT, the next name)
    "none": ([], None, "gen-000001"),
    "one": (["gen-000001"], "gen-000001", "gen-000002"),
    "higher than the current one": (["gen-000001", "gen-000007"], "gen-000001", "gen-000008"),
    "a build that died": (["gen-000001", "gen-000002.tmp"], "gen-000001", "gen-000003"),
    "folders gone, name left": ([], "gen-000041", "gen-000042"),
    "folders left, name damaged": (["gen-000005"], "???", "gen-000006"),
    "more digits": (["gen-999999", "gen-1000000"], "gen-1000000", "gen-1000001"),
    "other folders": (["gen-1", "gen-x", "generation"], None, "gen-000001"),
}


@pytest.mark.parametrize(("names", "current", "expected"), NUMBERS.values(), ids=NUMBERS.keys())
def test_numbers_are_not_used_again(
    folder: IndexFolder, names: list[str], current: str | None, expected: str
) -> None:
    folder.root.mkdir(parents=True)
    for name in names:
        (folder.root / name).mkdir()
    if current:
        (folder.root / "CURRENT").write_text(current, encoding="utf-8")
    assert folder.next_name() == expected
    build(folder, "包邮")
    assert folder.current() == expected


CURRENTS: dict[str, bytes] = {
    "empty": b"",
    "something else": b"hello\n",
    "no UTF-8": b"\xff\xfe",
    "a path": b"../gen-000001",
    "a generation that is gone": b"gen-000009\n",
}


@pytest.mark.parametrize("raw", CURRENTS.values(), ids=CURRENTS.keys())
def test_a_damaged_current_is_told_and_healed(built: IndexFolder, raw: bytes) -> None:
    (built.root / "CURRENT").write_bytes(raw)
    with pytest.raises(IndexNotReady) as raised:
        built.open()
    assert raised.value.fix == "run `ragkit index build`"
    build(built, "退款")
    assert answers(built) == ["退款"]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def other_format(path: Path) -> None:
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "format": FORMAT + 1}), encoding="utf-8")


def fewer_chunks(path: Path) -> None:
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "chunks": 1}), encoding="utf-8")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def a_list(path: Path) -> None:
    path.write_text("[]", encoding="utf-8")


def overwrite(path: Path) -> None:
    path.write_bytes(b"\xff" * path.stat().st_size)


DAMAGES: dict[str, tuple[str, Callable[[Path], None], str]] = {
    # id: (file, what happens to it, words)
    "vectors cut": ("vectors.faiss", cut, "vectors.faiss has"),
    "vectors too long": ("vectors.faiss", lengthen, "vectors.faiss has"),
    "vectors overwritten": ("vectors.faiss", overwrite, "damaged"),
    "vectors gone": ("vectors.faiss", Path.unlink, "vectors.faiss"),
    "words gone": ("lexical", shutil.rmtree, "lexical"),
    "vocabulary overwritten": ("lexical/vocab.index.json", overwrite, "damaged"),
    "word counts overwritten": ("lexical/data.csc.index.npy", overwrite, "damaged"),
    "names overwritten": ("names.json", overwrite, "damaged"),
    "chunks cut": ("chunks.jsonl", cut, "chunks.jsonl has"),
    "columns overwritten": ("chunks.npy", overwrite, "damaged"),
    "columns empty": ("documents.npy", empty, "documents.npy has 0 bytes"),
    "manifest gone": ("manifest.json", Path.unlink, "damaged"),
    "manifest cut": ("manifest.json", cut, "damaged"),
    "manifest empty": ("manifest.json", empty, "damaged"),
    "manifest of another shape": ("manifest.json", a_list, "damaged"),
    "other format": ("manifest.json", other_format, f"format {FORMAT + 1}"),
    "parts of different length": ("manifest.json", fewer_chunks, "differ in length: [1, 2]"),
}


@pytest.mark.parametrize(("name", "damage", "words"), DAMAGES.values(), ids=DAMAGES.keys())
def test_damage_is_told_and_healed(
    built: IndexFolder, name: str, damage: Callable[[Path], None], words: str
) -> None:
    damage(built.root / "gen-000001" / name)
    with pytest.raises(IndexNotReady) as raised:
        built.open()
    assert words in raised.value.what
    assert "gen-000001" in raised.value.where
    assert raised.value.fix == "run `ragkit index build`"
    build(built, "退款")
    assert answers(built) == ["退款"]


@pytest.mark.parametrize("name", ["lexical/params.index.json", "lexical/vocab.index.json"])
def test_changed_bytes_never_surprise(built: IndexFolder, name: str) -> None:
    """Whatever stands in a file of the right size, it opens or is told as damaged."""
    path = built.root / "gen-000001" / name
    good, random = path.read_bytes(), Random(1)
    for _ in range(60):
        raw = bytearray(good)
        raw[random.randrange(len(raw))] = random.randrange(256)
        path.write_bytes(raw)
        try:
            built.open()
        except IndexNotReady as error:
            assert "damaged" in error.what  # noqa: PT017 - both ends are fine


HOLD = """
import sys
from pathlib import Path
from ragkit.index.bundle import IndexFolder
with IndexFolder(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(folder: IndexFolder) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the right to build."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_one_builds_at_a_time(folder: IndexFolder, holder: "subprocess.Popen[str]") -> None:
    with pytest.raises(IndexBusy) as raised:
        build(folder, "包邮")
    assert raised.value.what == f"the index is being built by process {holder.pid}"
    holder.communicate("")
    build(folder, "包邮")
    assert answers(folder) == ["包邮"]


def test_a_builder_that_was_killed_holds_nothing(
    folder: IndexFolder, holder: "subprocess.Popen[str]"
) -> None:
    holder.kill()
    holder.wait()
    build(folder, "包邮")
    assert answers(folder) == ["包邮"]


def test_a_build_that_fails_holds_nothing(folder: IndexFolder) -> None:
    with pytest.raises(ZeroDivisionError), folder.lock():
        raise ZeroDivisionError
    build(folder, "包邮")
    assert not (folder.root / "build.pid").exists()


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("", encoding="utf-8")
    folder = IndexFolder(tmp_path / "state" / "index")
    with pytest.raises(RagkitError, match="the index could not be written"):
        build(folder, "包邮")
    with pytest.raises(IndexNotReady):
        folder.open()


def test_stamp(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"abc")
    # The SHA-256 of "abc", from FIPS 180-2, appendix B.1.
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (stamp(path).size, stamp(path).sha256) == (3, expected)


@pytest.mark.parametrize("name", ["chunks.jsonl", "documents.jsonl"])
def test_a_changed_record_is_never_quoted(built: IndexFolder, name: str) -> None:
    path = built.root / "gen-000001" / name
    path.write_bytes(path.read_bytes().replace("包邮".encode(), "不包".encode()))
    table = built.open().table
    with pytest.raises(IndexNotReady) as raised:
        (table.chunk(0), table.document("faq-0"))
    assert raised.value.fix == "run `ragkit index build`"
