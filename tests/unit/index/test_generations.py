"""Generations on disk: a build that fails or dies leaves the one before it answering."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from time import monotonic

import numpy as np
import pytest

from ragkit.core.documents import PartKind
from ragkit.core.errors import IndexBusy, IndexNotReady, RagkitError
from ragkit.core.retrieval import FusionModel, SearchFilter
from ragkit.index.bundle import FORMAT, Bundle, Manifest, SourceState
from ragkit.index.generations import IndexFolder
from ragkit.testing.builders import Piece, a_document
from tests.unit.small_index import HASHED, hashed, split

TODAY = SearchFilter(as_of=date(2026, 9, 1))
AT = datetime(2026, 9, 1, tzinfo=UTC)
REBUILD = "run `ragkit index build`"


def write(folder: IndexFolder, *texts: str) -> Manifest:
    """A generation of an FAQ per text, in a segment of its own; it does not answer yet."""
    documents = [
        a_document(Piece(PartKind.ANSWER, text), id=f"faq-{number}")
        for number, text in enumerate(texts)
    ]
    writer = folder.new_segment(dimension=HASHED)
    for document in documents:
        writer.add(document, split(document))
    writer.add_searchable(texts, hashed(texts))
    segment = folder.seal(writer).name
    manifest = Manifest(
        format=FORMAT,
        generation=folder.next_name(),
        created_at=AT,
        ragkit="0.1.0",
        ingest="test",
        embedder="static:test",
        dimension=HASHED,
        documents=len(texts),
        chunks=len(texts),
        knowledge="0123456789abcdef",
        segments=(segment,),
        fusion=FusionModel(weights=(), coverage=(), threshold=0.5, questions=0),
        fitted_on="gen-000001",
    )
    state = SourceState(size=1, mtime_ns=1, sha256="0", segment=segment, documents=len(texts))
    live = np.ones(len(texts), dtype=bool)
    return folder.write(manifest, live=live, sources={"faqs/a.yaml": state})


def build(folder: IndexFolder, *texts: str, keep: int = 2) -> Manifest:
    with folder.lock():
        manifest = write(folder, *texts)
        folder.publish(manifest.generation, at=AT)
        folder.drop_old(keep=keep)
    return manifest


def answers(folder: IndexFolder, name: str | None = None) -> list[str]:
    """What an open generation holds, told by its table and found by its words."""
    bundle = folder.open(name)
    told = [chunk.text for chunk in bundle.table.chunks()]
    assert all(bundle.lexical.coverage(text)[0].argmax() == row for row, text in enumerate(told))
    return told


def on_disk(folder: IndexFolder) -> tuple[list[str], list[str]]:
    """Names of generations and of segments."""
    segments = sorted(path.name for path in (folder.root / "segments").glob("*"))
    return sorted(path.name for path in folder.root.glob("gen-*")), segments


@pytest.fixture
def folder(tmp_path: Path) -> IndexFolder:
    return IndexFolder(tmp_path / "state" / "index")


@pytest.fixture
def built(folder: IndexFolder) -> IndexFolder:
    build(folder, "包邮", "发票")
    return folder


def test_before_the_first_build(folder: IndexFolder) -> None:
    assert (folder.current(), folder.manifest(), folder.staged()) == (None, None, None)
    assert (folder.before(), folder.history(), folder.names()) == (None, [], [])
    with pytest.raises(IndexNotReady, match="there is no index yet") as raised:
        folder.open()
    assert raised.value.fix == REBUILD
    assert not folder.root.exists()  # looking writes nothing


def test_a_build_answers(built: IndexFolder) -> None:
    assert (built.current(), answers(built)) == ("gen-000001", ["包邮", "发票"])
    manifest = built.manifest()
    assert manifest is not None
    assert manifest == built.verify() == built.open().manifest
    assert built.sources("gen-000001")["faqs/a.yaml"].documents == 2
    assert [(each.generation, each.at, each.by) for each in built.history()] == [
        ("gen-000001", AT, "publish")
    ]
    assert not (built.root / "build.pid").exists()


def test_the_next_build_takes_over_and_the_one_before_stays(built: IndexFolder) -> None:
    build(built, "退款")
    assert (built.current(), answers(built), built.before()) == (
        "gen-000002",
        ["退款"],
        "gen-000001",
    )
    build(built, "换货")
    assert (built.current(), answers(built)) == ("gen-000003", ["换货"])
    assert on_disk(built) == (["gen-000002", "gen-000003"], ["seg-000002", "seg-000003"])


def test_a_staged_generation_waits(built: IndexFolder) -> None:
    with built.lock():
        staged = write(built, "退款").generation
        built.drop_old(keep=1)
    assert (built.current(), built.staged(), answers(built)) == (
        "gen-000001",
        staged,
        ["包邮", "发票"],
    )
    assert answers(built, staged) == ["退款"]
    with built.lock():
        built.publish(staged, at=AT)
        built.drop_old(keep=1)
    assert (built.current(), built.staged()) == (staged, None)
    assert built.before() == "gen-000001"  # the one before always stays


def test_an_earlier_staged_one_makes_way_for_the_next(built: IndexFolder) -> None:
    with built.lock():
        write(built, "退款")
        write(built, "换货")
        assert built.staged() == "gen-000003"
        built.drop_old(keep=3)
    assert on_disk(built) == (["gen-000001", "gen-000003"], ["seg-000001", "seg-000003"])


def test_going_back_and_on_again(built: IndexFolder) -> None:
    build(built, "退款")
    with built.lock():
        built.publish("gen-000001", at=AT, by="rollback")
    assert (built.current(), answers(built), built.before()) == (
        "gen-000001",
        ["包邮", "发票"],
        None,
    )
    assert built.staged() is None  # what was taken back does not wait
    assert [each.by for each in built.history()] == ["publish", "publish", "rollback"]
    build(built, "换货")
    assert (built.current(), answers(built)) == ("gen-000003", ["换货"])


@pytest.mark.parametrize(
    "name", ["gen-000009", "../index/gen-000001", "CURRENT", "gen-" + "9" * 300]
)
def test_only_what_is_there_can_be_opened_or_published(built: IndexFolder, name: str) -> None:
    for use in (built.open, built.verify, lambda n: built.publish(n, at=AT)):
        with pytest.raises(IndexNotReady, match="there is no generation") as raised:
            use(name)
        assert raised.value.fix == "use one of those there: gen-000001"
    assert built.current() == "gen-000001"


def test_an_open_generation_outlives_its_files(built: IndexFolder) -> None:
    bundle: Bundle = built.open()
    for text in ("退款", "换货", "物流"):
        build(built, text)
    assert "gen-000001" not in built.names()
    assert [chunk.text for chunk in bundle.table.chunks()] == ["包邮", "发票"]
    assert bundle.table.in_force("faq-1", TODAY) is not None
    assert bundle.lexical.coverage("发票")[0].argmax() == 1
    assert np.array_equal(bundle.vectors.matrix(), hashed(["包邮", "发票"]))


# What a build that died leaves behind.


def test_a_build_that_dies_before_the_swap_is_healed(built: IndexFolder) -> None:
    for draft in (built.root / "gen-000002.tmp", built.root / "segments" / "seg-000002.tmp"):
        draft.mkdir()
        (draft / "vectors.faiss").write_bytes(b"half")
    (built.root / "CURRENT.tmp").write_text("gen-0", encoding="utf-8")
    assert answers(built) == ["包邮", "发票"]
    build(built, "退款")
    assert answers(built) == ["退款"]
    assert list(built.root.rglob("*.tmp")) == []


def test_a_build_that_dies_before_it_is_published_is_healed(built: IndexFolder) -> None:
    with built.lock():
        write(built, "退款")
    assert answers(built) == ["包邮", "发票"]
    build(built, "换货")
    assert (built.current(), answers(built)) == ("gen-000003", ["换货"])
    # What answered until now stays; what never answered goes.
    assert on_disk(built) == (["gen-000001", "gen-000003"], ["seg-000001", "seg-000003"])


def test_a_segment_that_no_generation_names_goes(built: IndexFolder) -> None:
    shutil.copytree(built.root / "segments" / "seg-000001", built.root / "segments" / "seg-000007")
    (built.root / "segments" / "notes").mkdir()  # not ours
    build(built, "退款")
    assert on_disk(built)[1] == ["notes", "seg-000001", "seg-000008"]


HISTORIES: dict[str, tuple[bytes, list[str]]] = {  # id: (what follows the good line, what is told)
    "cut in the middle of a line": (b'\n{"generation":"gen-0', ["gen-000001"]),
    "half a character": (b"\n\xe5\xbd", ["gen-000001"]),
    "zeros, as a power failure leaves": (b"\0" * 512, ["gen-000001"]),
    "a line of another shape": (b'\n["gen-000009"]\n', ["gen-000001"]),
}


@pytest.mark.parametrize(("tail", "told"), HISTORIES.values(), ids=HISTORIES.keys())
def test_a_damaged_history_tells_what_it_can(
    built: IndexFolder, tail: bytes, told: list[str]
) -> None:
    path = built.root / "history.jsonl"
    path.write_bytes(path.read_bytes() + tail)
    assert [each.generation for each in built.history()] == told
    build(built, "退款")  # its line is whole, whatever stands before
    assert [each.generation for each in built.history()] == [*told, "gen-000002"]


@pytest.mark.parametrize("share", [0, 1, 30, -1])
def test_a_history_cut_short_stops_nothing(built: IndexFolder, share: int) -> None:
    build(built, "退款")
    path = built.root / "history.jsonl"
    path.write_bytes(path.read_bytes()[:share])
    assert answers(built) == ["退款"]
    build(built, "换货")
    assert answers(built) == ["换货"]
    assert built.history()[-1].generation == "gen-000003"


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
    "other digits": (["gen-٠٠٠٠٠٩"], None, "gen-000001"),
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


def test_a_number_that_once_answered_is_not_used_again(built: IndexFolder) -> None:
    build(built, "退款")
    shutil.rmtree(built.root / "gen-000002")
    (built.root / "CURRENT").unlink()
    assert built.next_name() == "gen-000003"


# Damage is told, and healed by a build.

CURRENTS: dict[str, bytes] = {
    "empty": b"",
    "something else": b"hello\n",
    "no UTF-8": b"\xff\xfe",
    "zeros": b"\0" * 11,
    "a path": b"../gen-000001",
    "a generation that is gone": b"gen-000009\n",
    "a number nobody has": b"gen-" + b"9" * 5000,
    "two": b"gen-000001\ngen-000002\n",
}


@pytest.mark.parametrize("raw", CURRENTS.values(), ids=CURRENTS.keys())
def test_a_damaged_current_is_told_and_healed(built: IndexFolder, raw: bytes) -> None:
    (built.root / "CURRENT").write_bytes(raw)
    with pytest.raises(IndexNotReady) as raised:
        built.open()
    assert raised.value.fix == REBUILD
    assert len(raised.value.what) < 200
    build(built, "退款")
    assert answers(built) == ["退款"]


def test_a_folder_in_place_of_current_is_told(built: IndexFolder) -> None:
    (built.root / "CURRENT").unlink()
    (built.root / "CURRENT").mkdir()
    with pytest.raises(IndexNotReady, match="CURRENT cannot be read"):
        built.open()
    with pytest.raises(IndexNotReady, match="the index could not be written"):
        build(built, "退款")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def a_list(path: Path) -> None:
    path.write_text("[]", encoding="utf-8")


def overwrite(path: Path) -> None:
    path.write_bytes(b"\xff" * path.stat().st_size)


def zero(path: Path) -> None:
    path.write_bytes(b"\0" * path.stat().st_size)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def changed(**fields: object) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**manifest, **fields}), encoding="utf-8")

    return change


GEN, SEG = "gen-000001", "segments/seg-000001"
# What a reader needs to open a generation; of the others the size is checked.
OPENED = [
    f"{GEN}/manifest.json",
    f"{GEN}/live.npy",
    *(
        f"{SEG}/{name}"
        for name in (
            "segment.json", "documents.npy", "chunks.npy", "scopes.json", "vectors.faiss",
            "lexical/terms.npy", "lexical/starts.npy", "lexical/rows.npy", "lexical/counts.npy",
            "lexical/lengths.npy",
        )
    ),
]  # fmt: skip
SIZED = [
    f"{GEN}/sources.json",
    *(
        f"{SEG}/{name}"
        for name in ("documents.jsonl", "chunks.jsonl", "statements.npy", "links.npy")
    ),
]
RESIZED = {each.__name__: each for each in (cut, lengthen, halve, empty, a_folder, Path.unlink)}
REWRITTEN = {each.__name__: each for each in (overwrite, zero)}
DAMAGES = {
    **{f"{name} {how}": (name, do) for name in OPENED + SIZED for how, do in RESIZED.items()},
    **{f"{name} {how}": (name, do) for name in OPENED for how, do in REWRITTEN.items()},
    "generation gone": (GEN, shutil.rmtree),
    "segment gone": (SEG, shutil.rmtree),
    "segments gone": ("segments", shutil.rmtree),
    "words gone": (f"{SEG}/lexical", shutil.rmtree),
    "manifest of another shape": (f"{GEN}/manifest.json", a_list),
    "another format": (f"{GEN}/manifest.json", changed(format=FORMAT + 1)),
    "fewer chunks": (f"{GEN}/manifest.json", changed(chunks=1)),
    "no segments": (f"{GEN}/manifest.json", changed(segments=[])),
    "an unknown field": (f"{GEN}/manifest.json", changed(colour="red")),
    "a segment twice": (f"{GEN}/manifest.json", changed(segments=["seg-000001"] * 2)),
}
# A line more is still JSON; only a check of every byte tells.
HARMLESS = {f"{GEN}/manifest.json lengthen"}


@pytest.mark.parametrize(
    ("name", "damage"),
    [case for key, case in DAMAGES.items() if key not in HARMLESS],
    ids=[key for key in DAMAGES if key not in HARMLESS],
)
def test_damage_is_told_and_healed(
    built: IndexFolder, name: str, damage: Callable[[Path], None]
) -> None:
    damage(built.root / name)
    for look in (built.open, built.verify):
        with pytest.raises(IndexNotReady) as raised:
            look()
        assert raised.value.fix.startswith("run `ragkit index build")
        assert str(built.root) in raised.value.where
        assert "\n" not in raised.value.what
    build(built, "退款")
    assert answers(built) == ["退款"]


def test_damage_says_which_file_it_is(built: IndexFolder) -> None:
    cut(built.root / SEG / "vectors.faiss")
    with pytest.raises(IndexNotReady, match=r"vectors\.faiss has \d+ bytes") as raised:
        built.open()
    assert raised.value.where == str(built.root / SEG)


def everything(folder: IndexFolder) -> list[Path]:
    manifest = folder.manifest()
    assert manifest is not None
    return sorted(folder.files(manifest))


def test_verify_finds_every_single_byte_change(built: IndexFolder) -> None:
    """Three places in every file: the first byte, the last, and one between."""
    paths, random = everything(built), Random(2)
    assert {path.name for path in paths} >= {"manifest.json", "segment.json", "manifest.sha256"}
    for path in paths:
        good = path.read_bytes()
        for place in {0, len(good) - 1, random.randrange(len(good))}:
            raw = bytearray(good)
            raw[place] ^= 1
            path.write_bytes(raw)
            with pytest.raises(IndexNotReady):
                built.verify()
        path.write_bytes(good)
    built.verify()


def use(folder: IndexFolder) -> None:
    """All that a desk asks of an index."""
    bundle = folder.open()
    folder.sources(bundle.manifest.generation)
    table, every = bundle.table, np.ones(len(bundle.table), dtype=bool)
    bundle.vectors.search(hashed(["包邮"]), allowed=every, top_k=5)
    bundle.vectors.similarity(hashed(["包邮"]), np.arange(len(table)))
    table.allowed(TODAY)
    table.kinds()
    table.chunks()
    table.in_force("faq-0", TODAY)
    table.document("faq-1")
    table.conflicts(["faq-0"], TODAY)
    table.linking_to(["faq-0"])


FUZZED = [name for name in OPENED + SIZED if not name.startswith(f"{SEG}/lexical")]


@pytest.mark.parametrize("name", FUZZED)
def test_changed_bytes_never_surprise(built: IndexFolder, name: str) -> None:
    """Whatever stands in a file of the right size, it opens and answers or is told as damaged."""
    path = built.root / name
    good, random = path.read_bytes(), Random(name)
    for _ in range(60):
        raw = bytearray(good)
        for _ in range(random.choice([1, 1, 4])):
            raw[random.randrange(len(raw))] = random.randrange(256)
        path.write_bytes(raw)
        try:
            use(built)
        except (IndexNotReady, KeyError) as error:
            # `KeyError` says that there is no such document: its hash is another one now.
            assert isinstance(error, KeyError) or error.fix  # noqa: PT017 - all ends are fine


@pytest.mark.parametrize("name", ["terms", "starts", "rows", "counts", "lengths"])
def test_changed_bytes_of_the_postings_open_or_are_told(built: IndexFolder, name: str) -> None:
    path = built.root / SEG / "lexical" / f"{name}.npy"
    good, random = path.read_bytes(), Random(name)
    for _ in range(60):
        raw = bytearray(good)
        raw[random.randrange(len(raw))] = random.randrange(256)
        path.write_bytes(raw)
        try:
            built.open()
        except IndexNotReady as error:
            assert error.fix == REBUILD  # noqa: PT017 - both ends are fine


def test_a_change_that_only_verify_finds(built: IndexFolder) -> None:
    path = built.root / SEG / "chunks.jsonl"
    path.write_bytes(path.read_bytes().replace("包邮".encode(), "不包".encode()))
    built.open()
    with pytest.raises(IndexNotReady, match="not as it was written") as raised:
        built.verify()
    assert raised.value.fix == "run `ragkit index build`"


# The disk refuses.


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("", encoding="utf-8")
    folder = IndexFolder(tmp_path / "state" / "index")
    with pytest.raises(RagkitError, match="the index could not be written"):
        build(folder, "包邮")
    with pytest.raises(IndexNotReady):
        folder.open()


OBSTACLES = {  # id: a file where a folder should be, or the other way round
    "no segments can be made": ("segments/seg-000002.tmp", False),
    "the segment cannot be named": ("segments/seg-000002/x", True),
    "no generation can be made": ("gen-000002.tmp", False),
    "CURRENT cannot be written": ("CURRENT.tmp", True),
}


@pytest.mark.parametrize(("name", "is_folder"), OBSTACLES.values(), ids=OBSTACLES.keys())
def test_a_failed_write_leaves_the_old_one_answering(
    built: IndexFolder, name: str, is_folder: bool
) -> None:
    path = built.root / name
    path.mkdir(parents=True) if is_folder else path.write_text("")
    try:
        build(built, "退款")
    except IndexNotReady as error:
        assert "could not be written" in error.what  # noqa: PT017 - or it finds a way round
        assert answers(built) == ["包邮", "发票"]
    else:
        assert answers(built) == ["退款"]


# One builds at a time.

HOLD = """
import sys
from pathlib import Path
from ragkit.index.generations import IndexFolder
with IndexFolder(Path(sys.argv[1])).lock(wait_s=float(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(folder: IndexFolder, wait_s: float = 0.0) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder.root), str(wait_s)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def holder(folder: IndexFolder) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the right to build."""
    with hold(folder) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_one_builds_at_a_time(folder: IndexFolder, holder: "subprocess.Popen[str]") -> None:
    with pytest.raises(IndexBusy) as raised:
        build(folder, "包邮")
    assert raised.value.what == f"the index is being built by process {holder.pid}"
    assert "--wait" in raised.value.fix
    holder.communicate("")
    build(folder, "包邮")
    assert answers(folder) == ["包邮"]


def test_two_builders_as_processes(folder: IndexFolder, holder: "subprocess.Popen[str]") -> None:
    with hold(folder) as second:
        _, told = second.communicate()
    assert second.returncode != 0
    assert f"the index is being built by process {holder.pid}" in told


def test_a_builder_may_wait(folder: IndexFolder, holder: "subprocess.Popen[str]") -> None:
    with hold(folder, wait_s=60) as second:
        assert second.stdout is not None
        holder.communicate("")
        assert second.stdout.readline() == "held\n"
        second.communicate("")
    assert second.returncode == 0


def test_a_builder_waits_no_longer_than_it_was_told(
    folder: IndexFolder, holder: "subprocess.Popen[str]"
) -> None:
    started = monotonic()
    with pytest.raises(IndexBusy), folder.lock(wait_s=0.5):
        pass
    assert 0.5 <= monotonic() - started < 30


def test_a_builder_that_was_killed_holds_nothing(
    folder: IndexFolder, holder: "subprocess.Popen[str]"
) -> None:
    holder.kill()
    holder.wait()
    assert (folder.root / "build.pid").exists()
    build(folder, "包邮")
    assert answers(folder) == ["包邮"]


def test_the_name_of_a_holder_may_not_be_written_yet(
    folder: IndexFolder, holder: "subprocess.Popen[str]"
) -> None:
    (folder.root / "build.pid").write_bytes(b"\xff")
    with pytest.raises(IndexBusy, match="built by another process"):
        build(folder, "包邮")


def test_two_builders_in_one_process(folder: IndexFolder) -> None:
    with folder.lock(), pytest.raises(IndexBusy), IndexFolder(folder.root).lock():
        pass
    build(folder, "包邮")


def test_a_build_that_fails_holds_nothing(folder: IndexFolder) -> None:
    with pytest.raises(ZeroDivisionError), folder.lock():
        raise ZeroDivisionError
    build(folder, "包邮")
    assert not (folder.root / "build.pid").exists()


def test_the_texts_of_all_generations(built: IndexFolder) -> None:
    build(built, "退款", "包邮")
    assert sorted(built.texts()) == ["包邮", "包邮", "发票", "退款"]
    overwrite(built.root / SEG / "chunks.npy")
    assert sorted(built.texts()) == ["包邮", "退款"]  # a damaged segment needs no embeddings
