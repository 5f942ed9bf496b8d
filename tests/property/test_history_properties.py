"""However an index came about, it is the one that its files give when they are read anew."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragkit.core.documents import Chunk
from ragkit.core.errors import IndexNotReady
from ragkit.index.bundle import Bundle
from ragkit.index.differences import Change, differences
from tests.indexes import TODAY, Base, CountingEmbedder, retriever

NAMES = (
    "faqs/zh/退货.yaml",
    "faqs/zh/运费.yaml",
    "faqs/zh/大促/双十一.yaml",
    "faqs/zh/a.yaml",
    "policies/zh/policy-1.md",
    "policies/zh/policy-2.md",
    "policies/zh/旧/policy-3.md",
)
# Shared by entries, so that equal chunks stand in several articles.
QUESTIONS = ("怎么退货？", "运费谁出？", "满多少包邮？", "能开发票吗？", "多久到账？")
ANSWERS = ("满{}元包邮，不满收6元运费。", "签收后{}天内可以申请退货。", "退款{}个工作日内到账。")
ASKS = ("怎么退货", "满69元包邮吗", "发票多久到账", "运费")
FAQS, POLICIES = "faqs", "policies"


@dataclass
class Item:
    """A FAQ, or a clause of a policy; `edition` grows with each edit and keeps its length."""

    number: int
    edition: int = 0

    def faq(self) -> str:
        answer = ANSWERS[self.number % len(ANSWERS)].format(10 + (self.number + self.edition) % 80)
        asked = QUESTIONS[(self.number + self.edition) % len(QUESTIONS)]
        status = "retired " if self.edition % 4 == 3 else "approved"
        return (
            f"  - id: faq-{self.number:02}\n    locale: zh\n    status: {status}\n"
            f"    question: {asked}\n    similar: [{QUESTIONS[self.number % len(QUESTIONS)]}]\n"
            f"    answer: {answer}\n"
        )

    def clause(self, number: int) -> str:
        said = ANSWERS[self.number % len(ANSWERS)].format(10 + self.edition % 80)
        return f"1.{number} {said}第{self.number:02}条。\n"


@dataclass
class World:
    """The files as they should be, and what every generation was made of."""

    base: Base
    files: dict[str, list[Item]] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)  # policy file -> number in its id
    numbers: int = 0
    held: dict[str, Counter[str]] = field(default_factory=dict)

    def write(self, name: str) -> None:
        items = self.files[name]
        if not items:
            del self.files[name]
            self.base.remove(name)
        elif name.startswith(FAQS):
            self.base.write(name, "items:\n" + "".join(item.faq() for item in items))
        else:
            clauses = "".join(item.clause(n) for n, item in enumerate(items, start=1))
            head = f"---\nid: policy-{self.ids[name]}\ntitle: 规则\nlocale: zh\n---\n\n"
            self.base.write(name, f"{head}## 1 总则\n{clauses}")

    def new_item(self) -> Item:
        self.numbers += 1
        return Item(self.numbers)

    def pick(self, place: int, room: str = "") -> str | None:
        names = sorted(name for name in self.files if name.startswith(room))
        return names[place % len(names)] if names else None

    def free(self, place: int, room: str) -> str | None:
        names = [name for name in NAMES if name not in self.files and name.startswith(room)]
        return names[place % len(names)] if names else None


def add_file(world: World, i: int, j: int) -> None:
    name = world.free(i, (FAQS, POLICIES)[j % 2])
    if name:
        world.files[name] = [world.new_item() for _ in range(j % 3 + 1)]
        world.ids[name] = world.numbers
        world.write(name)


def add_entry(world: World, i: int, j: int) -> None:
    if name := world.pick(i):
        world.files[name].insert(j % (len(world.files[name]) + 1), world.new_item())
        world.write(name)


def edit_entry(world: World, i: int, j: int) -> None:
    if name := world.pick(i):
        items = world.files[name]
        items[j % len(items)].edition += 1
        world.write(name)


def remove_entry(world: World, i: int, j: int) -> None:
    if name := world.pick(i):
        items = world.files[name]
        del items[j % len(items)]
        world.write(name)


def reorder(world: World, i: int, j: int) -> None:
    if name := world.pick(i):
        items = world.files[name]
        items.insert(j % len(items), items.pop())
        world.write(name)


def move_entry(world: World, i: int, j: int) -> None:
    one, other = world.pick(i, FAQS), world.pick(j, FAQS)
    if one and other and one != other:
        world.files[other].append(world.files[one].pop(j % len(world.files[one])))
        world.write(one)
        world.write(other)


def rename(world: World, i: int, j: int) -> None:
    name = world.pick(i)
    to = world.free(j, name.split("/")[0]) if name else None
    if name and to:
        world.base.rename(name, to)
        world.files[to] = world.files.pop(name)
        world.ids[to] = world.ids.pop(name)


def swap_names(world: World, i: int, j: int) -> None:
    one = world.pick(i)
    other = world.pick(j, one.split("/")[0]) if one else None
    if one and other and one != other:
        files, ids = world.files, world.ids
        files[one], files[other] = files[other], files[one]
        ids[one], ids[other] = ids[other], ids[one]
        world.write(one)
        world.write(other)


def delete_file(world: World, i: int, _: int) -> None:
    if name := world.pick(i):
        world.files[name] = []
        world.write(name)


def touch(world: World, i: int, _: int) -> None:
    if name := world.pick(i):
        world.base.touch(name)


def build(world: World, i: int, _: int) -> None:
    if not world.files:
        return
    current = world.base.folder.current()
    before = world.base.open() if current else None
    summary = world.base.build(full=i == 0)
    after = world.base.open()
    remember(world, summary.generation)
    compare(world, after)
    assert summary.generation == world.base.folder.current()
    same_changes(before, after, differences(before.table if before else None, after.table))
    grown = len(after.table.chunks()) - (len(before.table.chunks()) if before else 0)
    assert summary.chunks_added - summary.chunks_removed == grown


def plan(world: World, _: int, __: int) -> None:
    if world.files:
        answering = world.base.folder.current()
        remember(world, world.base.build(stage=True).generation)
        assert world.base.folder.current() == answering


def publish(world: World, _: int, __: int) -> None:
    if staged := world.base.folder.staged():
        world.base.publisher.publish(staged, instead_of=world.base.folder.current())
        assert world.base.folder.current() == staged


def roll_back(world: World, _: int, __: int) -> None:
    target = world.base.folder.before()
    try:
        now = world.base.publisher.roll_back()[1]
    except IndexNotReady:
        assert target is None
    else:
        assert (now, world.base.folder.current()) == (target, target)


def collect(world: World, _: int, __: int) -> None:
    if world.base.folder.current():
        world.base.publisher.collect_garbage(keep=2)
        folder = world.base.folder
        needed = {s for name in folder.names() for s in folder.read_manifest(name).segments}
        assert {path.name for path in folder.root.glob("segments/*")} == needed


STEPS = {
    step.__name__: step
    for step in (
        add_file, add_entry, edit_entry, remove_entry, reorder, move_entry, rename, swap_names,
        delete_file, touch, build, plan, publish, roll_back, collect,
    )
}  # fmt: skip


def contents(bundle: Bundle) -> Counter[str]:
    """Every live chunk with all that it says and where."""
    return Counter(chunk.model_dump_json() for chunk in bundle.table.chunks())


def remember(world: World, generation: str) -> None:
    """What a generation holds never changes, whatever is built, published or removed later."""
    now = contents(world.base.folder.open(generation))
    assert world.held.setdefault(generation, now) == now


def by_id(bundle: Bundle) -> dict[str, int]:
    """The row of each live chunk; each chunk and each document is there once."""
    rows = {bundle.table.chunk(int(row)).id: int(row) for row in np.flatnonzero(bundle.table.live)}
    assert len(rows) == int(bundle.table.live.sum()) == bundle.manifest.chunks
    assert int(bundle.table.live_documents.sum()) == bundle.manifest.documents
    return rows


def compare(world: World, bundle: Bundle) -> None:
    """With a build of the same files from nothing."""
    with tempfile.TemporaryDirectory(dir=ROOM) as name:
        fresh = Base(Path(name), embedder=world.base.embedder)
        for file in world.files:
            fresh.write(file, (world.base.knowledge / file).read_bytes())
        fresh.build()
        anew = fresh.open()
        assert contents(bundle) == contents(anew)
        assert documents(bundle) == documents(anew)
        assert bundle.manifest.knowledge == anew.manifest.knowledge
        same_searches(bundle, anew)
        assert answers(bundle, world.base) == answers(anew, world.base)
        assert contradictions(bundle) == contradictions(anew)


def documents(bundle: Bundle) -> list[str]:
    table = bundle.table
    return sorted(
        table.document_at(int(row)).model_dump_json()
        for row in np.flatnonzero(table.live_documents)
    )


def same_searches(one: Bundle, other: Bundle) -> None:
    mine, theirs = by_id(one), by_id(other)
    ids = sorted(mine)
    assert ids == sorted(theirs)
    here, there = (
        np.array([rows[each] for each in ids], dtype=np.int64) for rows in (mine, theirs)
    )
    assert np.array_equal(one.vectors.vectors(here), other.vectors.vectors(there))
    for ask in ASKS:
        (shares, weight), (fresh, expected) = one.lexical.coverage(ask), other.lexical.coverage(ask)
        assert weight == expected
        assert np.array_equal(shares[here], fresh[there])


def answers(bundle: Bundle, base: Base) -> list[list[tuple[str, float]]]:
    search = retriever(bundle, base.embedder)
    return [
        [(h.chunk.id, round(h.score, 6)) for h in search.retrieve([a], search=TODAY, top_k=50).hits]
        for a in ASKS
    ]


def contradictions(bundle: Bundle) -> set[frozenset[tuple[str, str]]]:
    return {
        frozenset({(each.chunk.id, each.quote), (each.other.id, each.other_quote)})
        for each in bundle.table.contradictions()
    }


def same_changes(before: Bundle | None, after: Bundle, changes: Sequence[Change]) -> None:
    """What differs is what one has and the other has not, each chunk counted."""

    def said(chunks: Sequence[Chunk]) -> Counter[tuple[object, ...]]:
        return Counter((c.document, c.title, c.part, c.wording, c.clause) for c in chunks)

    old, new = said(before.table.chunks() if before else []), said(after.table.chunks())
    assert said([change.before for change in changes if change.before]) == old - new
    assert said([change.after for change in changes if change.after]) == new - old


@pytest.fixture(scope="module", autouse=True)
def small_talk() -> Iterator[None]:
    """No messages off the topic: every build from nothing would ask hundreds to fit confidence."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ragkit.retrieve.questions.off_topic", lambda _locale: ())
        yield


SHM = Path("/dev/shm")
ROOM = SHM if os.access(SHM, os.W_OK) else None  # in memory where there is such a place
place = st.integers(0, 5)
histories = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), place, place), max_size=40)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(histories)
def test_whatever_happened_the_index_is_that_of_its_files(
    history: list[tuple[str, int, int]],
) -> None:
    with tempfile.TemporaryDirectory(dir=ROOM) as name:
        world = World(Base(Path(name), embedder=CountingEmbedder(), keep=3))
        for room in (0, 1):
            add_file(world, 0, room)
        build(world, 1, 0)
        for step, i, j in history:
            STEPS[step](world, i, j)
        build(world, 1, 0)
        for generation in world.base.folder.names():
            remember(world, generation)
