"""Journey 1 on files of a test: what a build reads, embeds, keeps, replaces, refuses and tells."""

import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ragkit.core.errors import IndexBusy, KnowledgeError
from ragkit.indexing import IndexSummary, Order
from ragkit.retrieve.fusion import default_model
from tests.indexes import TODAY, Base, CountingEmbedder, found, retriever, wordings

RETURNS, FREIGHT, POLICY = "faqs/zh/退货.yaml", "faqs/zh/运费.yaml", "policies/zh/policy-freight.md"


def faq(number: int, question: str, answer: str, **more: str) -> str:
    lines = "".join(f"    {key}: {value}\n" for key, value in more.items())
    return (
        f"  - id: faq-{number}\n    locale: zh\n    question: {question}\n"
        f"    answer: {answer}\n{lines}"
    )


def faqs(*items: str) -> str:
    return "items:\n" + "".join(items)


def policy(*clauses: str, name: str = "policy-freight") -> str:
    lines = "".join(f"1.{number} {clause}\n" for number, clause in enumerate(clauses, start=1))
    return f"---\nid: {name}\ntitle: 运费规则\nlocale: zh\n---\n\n## 1 总则\n{lines}"


APPLY = faq(1, "怎么申请退货？", "在订单页申请，七天内寄回。")
REFUND = faq(2, "退款多久到账？", "验收后三个工作日内到账。")
FEE = faq(3, "满多少包邮？", "满59元包邮。", see="[policy-freight#1.2]")
POLICY_TEXT = policy("不满59元收6元运费。", "满59元包邮。")
SHEET = (
    "2026年9月整理\nid,locale,question,answer\nfaq-7,zh,包税吗？,不包税。\n"  # with a line too many
)
# What the three files hold: two chunks for each FAQ, one for each clause.
ALL = {
    "怎么申请退货？",
    "在订单页申请，七天内寄回。",
    "退款多久到账？",
    "验收后三个工作日内到账。",
    "满多少包邮？",
    "满59元包邮。",
    "不满59元收6元运费。",
}


@pytest.fixture
def embedder() -> CountingEmbedder:
    return CountingEmbedder()


@pytest.fixture
def base(tmp_path: Path, embedder: CountingEmbedder) -> Base:
    """Three files, indexed; the embedder has forgotten what it was given for that."""
    made = Base(tmp_path, embedder=embedder)
    made.write(RETURNS, faqs(APPLY, REFUND))
    made.write(FREIGHT, faqs(FEE))
    made.write(POLICY, POLICY_TEXT)
    made.build()
    embedder.texts.clear()
    return made


def told(error: KnowledgeError) -> list[tuple[str, str]]:
    return [(problem.where, problem.what) for problem in error.problems]


def test_the_first_build_reads_everything(tmp_path: Path, embedder: CountingEmbedder) -> None:
    base = Base(tmp_path, embedder=embedder)
    base.write(RETURNS, faqs(APPLY, REFUND))
    base.write("faqs/zh/读我.txt", "随便写写")
    summary = base.build()
    assert (summary.generation, summary.files, summary.added) == ("gen-000001", 1, (RETURNS,))
    assert summary.skipped == ("faqs/zh/读我.txt",)
    assert (summary.documents, summary.chunks) == ({"faq": 2}, 4)
    assert (summary.chunks_added, summary.chunks_removed, summary.embedded) == (4, 0, 4)
    assert base.folder.current() == "gen-000001"


def test_nothing_changed_makes_no_generation(base: Base, embedder: CountingEmbedder) -> None:
    before = sorted(path for path in base.folder.root.rglob("*"))
    summary = base.build()
    assert (summary.generation, summary.up_to_date, summary.chunks) == ("gen-000001", True, 8)
    assert not summary.refitted
    assert base.folder.names() == ["gen-000001"]
    assert sorted(path for path in base.folder.root.rglob("*")) == before
    assert embedder.texts == []


def edited_answer(base: Base) -> None:
    base.write(RETURNS, faqs(APPLY.replace("七天", "十天"), REFUND))


def one_more(base: Base) -> None:
    base.write(RETURNS, faqs(APPLY, REFUND, faq(4, "能换货吗？", "可以换一次。")))


def one_less(base: Base) -> None:
    base.write(RETURNS, faqs(APPLY))


def other_order(base: Base) -> None:
    base.write(RETURNS, faqs(REFUND, APPLY))


def same_text_again(base: Base) -> None:
    base.write("faqs/zh/新.yaml", faqs(faq(5, "满多少包邮？", "满59元包邮。")))


def one_twice(base: Base) -> None:
    base.write(
        "faqs/zh/新.yaml", faqs(faq(6, "包税吗？", "不包税。"), faq(7, "包税吗？", "不包税。"))
    )


def renamed(base: Base) -> None:
    base.rename(RETURNS, "faqs/zh/大促/退换.yaml")


def renamed_and_swapped(base: Base) -> None:
    returns, freight = base.knowledge / RETURNS, base.knowledge / FREIGHT
    one, other = returns.read_bytes(), freight.read_bytes()
    base.write(RETURNS, other)
    base.write(FREIGHT, one)


def moved(base: Base) -> None:
    base.write(RETURNS, faqs(APPLY))
    base.write(FREIGHT, faqs(FEE, REFUND))


def touched(base: Base) -> None:
    base.touch(RETURNS)


def new_owner(base: Base) -> None:
    base.write(RETURNS, faqs(APPLY + "    owner: 售后组\n", REFUND))


def back_and_forth(base: Base) -> None:
    edited_answer(base)
    base.build()
    base.write(RETURNS, faqs(APPLY, REFUND))


def deleted(base: Base) -> None:
    base.remove(RETURNS)


CHANGES: dict[str, tuple[Callable[[Base], None], list[str], int, int, int]] = {
    # id: (change, texts embedded by all builds since, documents afterwards, chunks added, removed)
    "an answer edited": (edited_answer, ["在订单页申请，十天内寄回。"], 4, 1, 1),
    "an entry added": (one_more, ["能换货吗？", "可以换一次。"], 5, 2, 0),
    "an entry removed": (one_less, [], 3, 0, 2),
    "entries in another order": (other_order, [], 4, 0, 0),
    "texts that stand elsewhere": (same_text_again, [], 5, 2, 0),
    "equal texts twice": (one_twice, ["包税吗？", "不包税。"], 6, 4, 0),
    "a file renamed": (renamed, [], 4, 0, 0),
    "two files with each other's name": (renamed_and_swapped, [], 4, 0, 0),
    "an entry moved to another file": (moved, [], 4, 0, 0),
    "a file touched": (touched, [], 4, 0, 0),
    "another owner": (new_owner, [], 4, 0, 0),
    "an edit taken back": (back_and_forth, ["在订单页申请，十天内寄回。"], 4, 1, 1),
    "a file deleted": (deleted, [], 2, 0, 4),
}


@pytest.mark.parametrize(
    ("change", "texts", "documents", "added", "removed"), CHANGES.values(), ids=CHANGES.keys()
)
def test_only_changed_text_is_embedded(
    base: Base,
    embedder: CountingEmbedder,
    change: Callable[[Base], None],
    texts: list[str],
    documents: int,
    added: int,
    removed: int,
) -> None:
    change(base)
    given = len(embedder.texts)
    summary = base.build()
    assert embedder.texts == texts
    assert summary.embedded == len(embedder.texts) - given
    assert sum(summary.documents.values()) == base.open().manifest.documents == documents
    assert (summary.chunks_added, summary.chunks_removed) == (added, removed)
    assert len(base.open().table.chunks()) == summary.chunks


def test_a_renamed_file_is_cited_by_its_new_name(base: Base) -> None:
    renamed(base)
    summary = base.build()
    assert (summary.added, summary.removed) == (("faqs/zh/大促/退换.yaml",), (RETURNS,))
    sources = {chunk.source for chunk in base.open().table.chunks()}
    assert sources == {"faqs/zh/大促/退换.yaml", FREIGHT, POLICY}


def test_lines_follow_an_entry_that_moved_down(base: Base) -> None:
    base.write(RETURNS, f"# 2026年9月整理\n# 售后组\n{faqs(APPLY, REFUND)}")
    base.build()
    lines = {c.wording: c.line for c in base.open().table.chunks() if c.source == RETURNS}
    assert lines["怎么申请退货？"] == 6  # two comments, `items:`, `id`, `locale`, `question`
    assert base.open().table.document("faq-1").line == 4


def test_the_same_name_again_replaces_and_never_doubles(base: Base) -> None:
    """dify #31225, ragflow #17815: uploading a file again added its chunks a second time."""
    for answer in ("十天", "十五天", "十天"):
        base.write(RETURNS, faqs(APPLY.replace("七天", answer), REFUND))
        base.build()
        said = Counter(chunk.id for chunk in base.open().table.chunks())
        assert set(said.values()) == {1}
        assert found(base, "怎么申请退货").count(f"在订单页申请，{answer}内寄回。") == 1


def test_the_document_id_survives_the_update(base: Base) -> None:
    """ragflow #10546: an updated document got a new id, and links to it broke."""
    before = base.open().table.document("faq-1")
    edited_answer(base)
    base.build()
    after = base.open().table.document("faq-1")
    assert (after.id, after.key, after.source) == (before.id, before.key, before.source)
    assert "十天" in after.text


def test_an_edited_chunk_is_found_by_its_new_text_alone(base: Base) -> None:
    """dify #35865: an edited chunk was still found by its old text."""
    base.write(RETURNS, faqs(faq(1, "海外仓怎么退？", "联系海外仓客服。"), REFUND))
    base.build()
    bundle = base.open()
    assert found(base, "海外仓怎么退")[0] == "海外仓怎么退？"
    assert "怎么申请退货？" not in wordings(bundle)
    # 寄回 stood in the old answer alone: no live row may be credited for it.
    shares, _ = bundle.lexical.coverage("寄回")
    assert not shares.any()
    for ask in ("怎么申请退货", "在订单页申请，七天内寄回"):
        hits = retriever(bundle, base.embedder).retrieve([ask], search=TODAY, top_k=50).hits
        assert {hit.chunk.wording for hit in hits} <= set(wordings(bundle))


def test_a_deleted_document_never_surfaces(base: Base) -> None:
    """RAGFlow prunes at query time what its index still holds."""
    one_less(base)
    base.build()
    bundle = base.open()
    assert "退款多久到账？" not in found(base, "退款多久到账", top_k=50)
    assert not bundle.table.holds("faq-2")
    assert len(bundle.table.versions("faq-2")) == 0
    with pytest.raises(KeyError):
        bundle.table.document("faq-2")


def test_a_deleted_file_never_surfaces(base: Base) -> None:
    deleted(base)
    base.build()
    said = {"满多少包邮？", "满59元包邮。", "不满59元收6元运费。"}
    assert set(wordings(base.open())) == said
    assert set(found(base, "怎么申请退货", top_k=50)) <= said


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_drafts_and_retired_articles_do_not_answer(base: Base, status: str) -> None:
    base.write(RETURNS, faqs(f"{APPLY}    status: {status}\n", REFUND))
    summary = base.build()
    assert (summary.not_live, summary.documents["faq"], summary.chunks) == (1, 2, 6)
    assert "怎么申请退货？" not in found(base, "怎么申请退货", top_k=50)
    assert base.open().table.in_force("faq-1", TODAY) is None
    base.write(RETURNS, faqs(APPLY, REFUND))
    assert base.build().not_live == 0
    assert found(base, "怎么申请退货")[0] == "怎么申请退货？"


def test_every_problem_of_every_file_stops_the_build_once(base: Base) -> None:
    base.write(RETURNS, faqs("  - id: faq-9\n", APPLY))
    base.write(FREIGHT, "items: [\n")
    base.write("faqs/zh/新.yaml", faqs(faq(8, "包税吗？", "不包税。", tags="[a]")))
    before = wordings(base.open())
    with pytest.raises(KnowledgeError) as raised:
        base.build()
    problems = told(raised.value)
    assert len(problems) == len(set(problems))
    assert {where.partition(":")[0] for where, _ in problems} == {
        RETURNS,
        FREIGHT,
        "faqs/zh/新.yaml",
    }
    assert (base.folder.current(), wordings(base.open())) == ("gen-000001", before)
    assert list(base.folder.root.rglob("*.tmp")) == []


def test_keep_going_leaves_a_broken_file_out_and_names_it(base: Base) -> None:
    base.write(RETURNS, "items: [\n")
    one = base.build(keep_going=True)
    assert {problem.where.partition(":")[0] for problem in one.problems} == {RETURNS}
    assert (one.documents, one.chunks) == ({"faq": 1, "policy": 1}, 4)
    assert base.publisher.status().problems == one.problems
    # Told as long as it lasts, and an error again for a build that is not to go on.
    assert base.build(keep_going=True).problems == one.problems
    with pytest.raises(KnowledgeError):
        base.build()


@pytest.mark.parametrize("keep_going", [True, False])
def test_a_repaired_file_comes_back(base: Base, keep_going: bool) -> None:
    base.write(RETURNS, "items: [\n")
    base.build(keep_going=True)
    base.write(RETURNS, faqs(APPLY, REFUND))
    summary = base.build(keep_going=keep_going)
    assert (summary.problems, summary.chunks) == ((), 8)
    assert set(wordings(base.open())) == ALL
    assert base.publisher.status().problems == ()


def test_an_id_taken_by_an_unchanged_file(base: Base) -> None:
    base.write("faqs/zh/新.yaml", faqs(faq(1, "包税吗？", "不包税。")))
    with pytest.raises(KnowledgeError) as raised:
        base.build()
    assert told(raised.value) == [("faqs/zh/新.yaml:2", "the id `faq-1` is taken")]
    assert raised.value.problems[0].fix.endswith(f"{RETURNS}:2")


def test_an_id_in_two_new_files(base: Base) -> None:
    for name in ("甲", "乙"):
        base.write(f"faqs/zh/{name}.yaml", faqs(faq(9, "包税吗？", "不包税。")))
    with pytest.raises(KnowledgeError) as raised:
        base.build()
    assert told(raised.value) == [("faqs/zh/甲.yaml:2", "the id `faq-9` is taken")]
    assert raised.value.problems[0].fix.endswith("faqs/zh/乙.yaml:2")  # 乙 U+4E59 < 甲 U+7532


def test_a_clash_that_is_repaired_in_the_other_file_ends(base: Base) -> None:
    """What a build left out because of another file comes back once that one has changed."""
    base.write("faqs/zh/新.yaml", faqs(faq(1, "包税吗？", "不包税。")))
    assert base.build(keep_going=True).problems
    base.write(RETURNS, faqs(REFUND))
    summary = base.build(keep_going=True)
    assert summary.problems == ()
    assert "不包税。" in wordings(base.open())


def test_a_removed_clause_that_an_unchanged_faq_rests_on(base: Base) -> None:
    base.write(POLICY, policy("不满59元收6元运费。"))
    with pytest.raises(KnowledgeError) as raised:
        base.build()
    assert told(raised.value) == [
        (f"{FREIGHT}:2", "`faq-3` rests on `policy-freight#1.2`, which does not exist")
    ]
    assert "满59元包邮。" in found(base, "满59元包邮")
    summary = base.build(keep_going=True)
    assert [notice.where for notice in summary.notices] == [f"{FREIGHT}:2"]
    assert "满多少包邮？" in wordings(base.open())


def test_a_removed_document_that_an_unchanged_faq_rests_on(base: Base) -> None:
    base.remove(POLICY)
    with pytest.raises(KnowledgeError) as raised:
        base.build()
    assert [where for where, _ in told(raised.value)] == [f"{FREIGHT}:2"]


def test_a_dangling_link_is_told_until_it_leads_somewhere(base: Base) -> None:
    base.write(POLICY, policy("不满59元收6元运费。"))
    base.build(keep_going=True)
    with pytest.raises(KnowledgeError):  # as a build from nothing would
        base.build()
    base.write(POLICY, POLICY_TEXT)
    assert base.build().notices == ()
    assert base.publisher.status().notices == ()


def test_a_clause_that_moves_to_another_file_still_carries(base: Base) -> None:
    base.rename(POLICY, "policies/zh/运费/policy-freight-2026.md")
    assert base.build().problems == ()
    assert base.open().table.holds("policy-freight#1.2")


def test_notices_are_kept_and_told_in_status(base: Base) -> None:
    name = "faqs/zh/表格.csv"
    base.write(name, SHEET)
    summary = base.build()
    assert [notice.where.partition(":")[0] for notice in summary.notices] == [name]
    edited_answer(base)
    later = base.build()
    assert later.notices == summary.notices == base.publisher.status().notices
    base.remove(name)
    assert base.build().notices == base.publisher.status().notices == ()


def another_embedder(base: Base) -> None:
    base.embedder = CountingEmbedder("other")


def shorter_chunks(base: Base) -> None:
    base.max_chars = 11


SETTINGS: dict[str, tuple[Callable[[Base], None], set[str]]] = {  # id: (change, what is said)
    "another embedding": (another_embedder, ALL),
    "shorter chunks": (
        shorter_chunks,
        ALL - {"在订单页申请，七天内寄回。", "验收后三个工作日内到账。"}
        | {"在订单页申请，", "七天内寄回。"},
    ),
}


@pytest.mark.parametrize(("change", "said"), SETTINGS.values(), ids=SETTINGS.keys())
def test_other_settings_read_every_file_anew(
    base: Base, change: Callable[[Base], None], said: set[str]
) -> None:
    change(base)
    summary = base.build()
    assert len(summary.added) == summary.files == 3
    assert summary.refitted
    assert said <= set(wordings(base.open()))
    assert max(len(text) for text in wordings(base.open())) <= base.max_chars
    assert base.open().manifest.segments == ("seg-000002",)
    assert base.build().up_to_date


def test_full_reads_every_file_and_embeds_nothing_twice(
    base: Base, embedder: CountingEmbedder
) -> None:
    before = wordings(base.open())
    summary = base.build(full=True)
    assert summary.generation == "gen-000002"
    assert (summary.embedded, wordings(base.open())) == (0, before)
    assert embedder.texts == [] or summary.refitted  # fitting asks messages off the topic


REFITS: dict[str, tuple[float, bool]] = {  # id: (share, whether one answer edited asks for a fit)
    # One answer edited is one chunk added and one removed: 2 of 8.
    "never for that": (1.0, False),
    "just not": (2 / 8, False),
    "just": (2 / 8 - 0.01, True),
    "always": (0.0, True),
}


@pytest.mark.parametrize(("share", "fitted"), REFITS.values(), ids=REFITS.keys())
def test_confidence_is_fitted_anew_once_enough_changed(
    base: Base, share: float, fitted: bool
) -> None:
    base.refit_share = share
    edited_answer(base)
    assert base.build().refitted is fitted
    status = base.publisher.status()
    assert status.fitted_on == ("gen-000002" if fitted else "gen-000001")
    assert status.changed_since_fit == (0 if fitted else 2)


def test_small_changes_add_up_to_a_fit(base: Base) -> None:
    base.refit_share = 0.5
    fitted = []
    for answer in ("八天", "九天", "十天"):
        base.write(RETURNS, faqs(APPLY.replace("七天", answer), REFUND))
        fitted.append(base.build().refitted)
    # 2, 4 and 6 chunks of 8 changed since the fit.
    assert fitted == [False, False, True]


def test_a_refit_says_what_a_build_from_nothing_says(base: Base, tmp_path: Path) -> None:
    base.refit_share = 0.0
    one_more(base)
    grown = base.build().fusion
    anew = Base(tmp_path / "anew", embedder=base.embedder)
    for name in (RETURNS, FREIGHT, POLICY):
        anew.write(name, (base.knowledge / name).read_bytes())
    fresh = anew.build().fusion
    assert grown.questions == fresh.questions == 4
    assert grown.weights == pytest.approx(fresh.weights, abs=1e-4)
    assert grown.threshold == pytest.approx(fresh.threshold, abs=1e-4)
    assert grown != default_model()


def edits(base: Base, count: int) -> list[IndexSummary]:
    """Builds after each of `count` new files of two entries."""
    summaries = []
    for number in range(count):
        first = 100 + 2 * number
        entries = [
            faq(n, f"第{n}个问题怎么办？", f"第{n}个问题这样办。") for n in (first, first + 1)
        ]
        base.write(f"faqs/zh/新{number:02}.yaml", faqs(*entries))
        summaries.append(base.build())
    return summaries


def test_many_small_segments_become_few_and_lose_nothing(
    base: Base, embedder: CountingEmbedder
) -> None:
    summaries = edits(base, 20)
    assert [summary.embedded for summary in summaries] == [4] * 20
    assert len(embedder.texts) == 80  # vectors are copied, not made again
    assert max(len(base.folder.read_manifest(n).segments) for n in base.folder.names()) <= 8
    said = Counter(wordings(base.open()))
    assert said == Counter(
        [*ALL, "满59元包邮。"]
        + [
            text.format(n)
            for n in range(100, 140)
            for text in ("第{}个问题怎么办？", "第{}个问题这样办。")
        ]
    )
    assert found(base, "第117个问题怎么办")[0] == "第117个问题怎么办？"


def test_a_hollow_segment_is_written_anew_and_loses_nothing(
    base: Base, embedder: CountingEmbedder
) -> None:
    edits(base, 3)
    embedder.texts.clear()
    for name in (RETURNS, "faqs/zh/新00.yaml", "faqs/zh/新01.yaml"):
        base.remove(name)
        summary = base.build()
        assert summary.embedded == 0
        bundle = base.open()
        dead = len(bundle.table) - len(bundle.table.chunks())
        assert 3 * dead <= len(bundle.table)
    assert Counter(wordings(bundle)) == Counter(
        ["满多少包邮？", "满59元包邮。", "满59元包邮。", "不满59元收6元运费。"]
        + [
            text.format(n)
            for n in (104, 105)
            for text in ("第{}个问题怎么办？", "第{}个问题这样办。")
        ]
    )
    assert embedder.texts == []


def test_notices_outlive_merging(base: Base) -> None:
    base.write("faqs/zh/表格.csv", SHEET)
    notices = base.build().notices
    assert notices
    assert edits(base, 10)[-1].notices == notices


def test_the_last_document_is_not_taken_away_silently(base: Base) -> None:
    for name in (RETURNS, FREIGHT, POLICY):
        base.remove(name)
    with pytest.raises(KnowledgeError, match="holds no documents"):
        base.build()
    assert set(wordings(base.open())) == ALL


def test_a_staged_generation_waits(base: Base, embedder: CountingEmbedder) -> None:
    edited_answer(base)
    staged = base.build(stage=True).generation
    assert (base.folder.current(), base.folder.staged()) == ("gen-000001", "gen-000002")
    assert "在订单页申请，七天内寄回。" in wordings(base.open())
    # What was staged is not made again, and what it changes is still told.
    embedder.texts.clear()
    again = base.build(stage=True)
    assert (again.generation, again.embedded) == (staged, 0)
    built = base.build()
    assert (built.generation, built.changed) == (staged, (RETURNS,))
    assert (base.folder.current(), base.folder.staged()) == (staged, None)


def test_a_staged_generation_that_the_files_have_left_behind_is_not_published(base: Base) -> None:
    edited_answer(base)
    base.build(stage=True)
    base.write(RETURNS, faqs(APPLY.replace("七天", "二十天"), REFUND))
    base.build()
    assert "在订单页申请，二十天内寄回。" in wordings(base.open())
    assert base.folder.names() == ["gen-000001", "gen-000003"]


def test_publishing_what_was_planned_against_another_generation(base: Base) -> None:
    edited_answer(base)
    staged = base.build(stage=True).generation
    one_more(base)
    base.build()
    with pytest.raises(IndexBusy, match="gen-000003 began to answer"):
        base.publisher.publish(staged, instead_of="gen-000001")
    assert base.folder.current() == "gen-000003"


def test_a_build_after_a_rollback_brings_the_files_back(base: Base) -> None:
    edited_answer(base)
    base.build()
    assert base.publisher.roll_back() == ("gen-000002", "gen-000001")
    assert "在订单页申请，七天内寄回。" in wordings(base.open())
    summary = base.build()
    assert summary.changed == (RETURNS,)
    assert "在订单页申请，十天内寄回。" in wordings(base.open())
    assert base.build().up_to_date


def test_a_file_saved_while_it_is_indexed_is_seen_by_the_next_build(tmp_path: Path) -> None:
    """A clock that ticks every few milliseconds gives two saves the same time (see racy git)."""
    started = datetime(2026, 9, 1, 4, tzinfo=UTC)
    base = Base(tmp_path, clock=lambda: started)
    for answer in ("七天", "十天"):
        base.write(RETURNS, faqs(APPLY.replace("七天", answer)))
        at = int(started.timestamp() * 1e9)
        os.utime(base.knowledge / RETURNS, ns=(at, at))
        base.build()
    assert "在订单页申请，十天内寄回。" in wordings(base.open())


def test_two_builders_take_turns(base: Base) -> None:
    with base.folder.lock(), pytest.raises(IndexBusy, match="is being built"):
        base.indexer.build(lambda *_: None, Order())
    assert base.build().up_to_date


DAMAGES = {  # id: (a file is edited before the build that heals)
    "nothing changed": False,
    "the damaged file changed": True,
}


@pytest.mark.parametrize("edited", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_build_over_damaged_records_heals(base: Base, edited: bool) -> None:
    """A record that changed on disk keeps its size: only its checksum tells."""
    (segment,) = (base.folder.root / "segments").iterdir()
    path = segment / "documents.jsonl"
    path.write_bytes(path.read_bytes().replace("怎么".encode(), "咋么".encode(), 1))
    if edited:
        base.write(RETURNS, faqs(APPLY.replace("七天", "十天"), REFUND))
    base.build()
    base.folder.verify()
    assert "怎么申请退货？" in wordings(base.open())
