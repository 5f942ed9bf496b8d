"""An open desk, as a Python user has it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import ragkit
from ragkit.core.errors import IndexNotReady, KnowledgeError
from ragkit.indexing import Order
from ragkit.wiring import Desk

QUESTION = "满多少包邮"
FAQS = "knowledge_base/faqs/zh/delivery.yaml"


def edit(desk: Path, old: str, new: str) -> None:
    path = desk / FAQS
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")


def answer(desk: Desk) -> str:
    suggestion = desk.engine.suggest(ragkit.Query(text=QUESTION), store=False)
    assert suggestion.draft is not None
    return suggestion.draft.text


def test_a_desk_answers_from_the_generation_it_built(desk: Path) -> None:
    opened = ragkit.open_desk(desk)
    first = opened.engine.suggest(ragkit.Query(text=QUESTION), store=False)
    edit(desk, "满59元包邮，不满59元收6元", "满49元包邮，不满49元收5元")
    assert opened.staleness().changed == ("faqs/zh/delivery.yaml",)
    seen: list[tuple[str, int, int]] = []
    summary = opened.build_index(lambda step, done, total: seen.append((step, done, total)))
    again = opened.engine.suggest(ragkit.Query(text=QUESTION), store=False)
    assert again.signature.index == summary.generation != first.signature.index
    assert ("files", 1, 1) in seen
    assert not opened.staleness()
    assert "满49元" in answer(opened)


def test_a_build_with_nothing_to_do_does_nothing(desk: Path) -> None:
    opened = ragkit.open_desk(desk)
    before = opened.index.current()
    summary = opened.build_index()
    assert summary.up_to_date
    assert (summary.generation, opened.index.current()) == (before, before)
    assert sum(summary.documents.values()) > 0


def test_a_running_desk_sees_a_new_generation_without_being_opened_again(desk: Path) -> None:
    opened = ragkit.open_desk(desk)
    assert "满59元" in answer(opened)
    engine = opened.engine
    assert opened.engine is engine  # opened once, not for every message
    edit(desk, "满59元包邮，不满59元收6元", "满49元包邮，不满49元收5元")
    ragkit.open_desk(desk).build_index()  # as another process would
    assert "满49元" in answer(opened)
    assert opened.engine is not engine
    # Who still holds the old one gets old answers, not an error.
    old = engine.suggest(ragkit.Query(text=QUESTION), store=False)
    assert old.draft is not None
    assert "满59元" in old.draft.text


def test_an_edited_text_is_found_by_its_new_words_and_not_by_the_old(desk: Path) -> None:
    opened = ragkit.open_desk(desk)
    edit(desk, "公司报销要发票", "抬头写错了能重开吗")
    opened.build_index()
    table, lexical = (bundle := opened.open_bundle()).table, bundle.lexical
    live = [chunk.text for chunk in table.chunks()]
    assert "抬头写错了能重开吗" in live
    assert "公司报销要发票" not in live
    shares, _ = lexical.coverage("报销")
    assert not shares.any()


def damage_manifest(root: Path, name: str) -> None:
    (root / name / "manifest.json").write_text("{}", encoding="utf-8")


def damage_current(root: Path, name: str) -> None:
    (root / "CURRENT").write_text("garbage", encoding="utf-8")


BREAK = {
    "its manifest is damaged": damage_manifest,
    "CURRENT is damaged": damage_current,
}


@pytest.mark.parametrize("damage", BREAK.values(), ids=BREAK.keys())
def test_a_running_desk_keeps_its_generation_when_the_new_one_cannot_be_opened(
    desk: Path, damage: Callable[[Path, str], None], caplog: pytest.LogCaptureFixture
) -> None:
    opened = ragkit.open_desk(desk)
    assert "满59元" in answer(opened)
    edit(desk, "满59元包邮，不满59元收6元", "满49元包邮，不满49元收5元")
    other = ragkit.open_desk(desk)
    name = other.build_index().generation
    damage(opened.index.root, name)
    assert "满59元" in answer(opened)
    assert "goes on answering" in caplog.text
    with pytest.raises(IndexNotReady):
        _ = ragkit.open_desk(desk).engine
    other.build_index(order=Order(full=True))
    assert "满49元" in answer(opened)


def test_a_running_desk_survives_an_index_that_is_gone(desk: Path) -> None:
    opened = ragkit.open_desk(desk)
    assert "满59元" in answer(opened)
    shutil.rmtree(opened.index.root)
    assert "满59元" in answer(opened)


def test_a_broken_generation_is_tried_once_not_for_every_message(
    desk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    opened = ragkit.open_desk(desk)
    answer(opened)
    edit(desk, "满59元", "满49元")
    name = ragkit.open_desk(desk).build_index().generation
    damage_manifest(opened.index.root, name)
    for _ in range(3):
        answer(opened)
    assert caplog.text.count("goes on answering") == 1


def test_a_build_that_fails_leaves_the_desk_answering(desk: Path) -> None:
    opened = ragkit.open_desk(desk)
    edit(desk, "id: faq-invoice", "id: faq-free-shipping")
    with pytest.raises(KnowledgeError, match="is taken"):
        opened.build_index()
    assert "满59元" in answer(opened)


def test_the_shop_and_channel_of_a_desk(desk: Path) -> None:
    (desk / "ragkit.toml").write_text('[scope]\nshop = "杭州店"\n', encoding="utf-8")
    limits = ragkit.open_desk(desk).engine.limits
    assert (limits.shop, limits.channel) == ("杭州店", None)


def test_a_desk_with_another_embedding_says_so(desk: Path) -> None:
    (desk / "ragkit.toml").write_text('[embedder]\npath = "model"\n', encoding="utf-8")
    model = Path(ragkit.__file__).parent / "models" / "bundled"
    (desk / "model").mkdir()
    for name in ("modules.json", "model.safetensors"):
        (desk / "model" / name).write_bytes((model / name).read_bytes())
    tokenizer = (model / "tokenizer.json").read_text("utf-8")
    (desk / "model" / "tokenizer.json").write_text(f"{tokenizer} ", encoding="utf-8")
    with pytest.raises(IndexNotReady, match="the desk now uses"):
        _ = ragkit.open_desk(desk).engine


def test_the_public_names_are_listed() -> None:
    assert set(dir(ragkit)) == set(ragkit.__all__)
    assert "open_desk" in dir(ragkit)
