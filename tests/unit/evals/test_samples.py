"""Reading case files: what is read, and how each problem is named."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ragkit.core.errors import CasesError
from ragkit.core.evaluating import ExpectedRoute, KeyFact, Relevant, Unanswerable
from ragkit.core.retrieval import Query
from ragkit.core.text import Locale
from ragkit.evals.samples import golden, load_samples


def line(**fields: Any) -> str:
    case = {
        "id": "freight-1",
        "cluster": "freight",
        "lang": "zh",
        "question": "满多少包邮",
        "facts": [{"id": "threshold", "any": ["59元"]}],
    }
    merged = {**case, **fields}
    chosen = {key: value for key, value in merged.items() if value is not None}
    return json.dumps(chosen, ensure_ascii=False)


def a_file(folder: Path, *lines: str, encoding: str = "utf-8", end: str = "\n") -> Path:
    path = folder / "cases.jsonl"
    path.write_bytes(end.join(lines).encode(encoding))
    return path


def test_cases_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = a_file(tmp_path, line(id="b"), "", line(id="a"), "   ", line(id="c"), "")
    samples, _ = load_samples(path)
    assert [sample.id for sample in samples] == ["b", "a", "c"]


def test_every_field_of_a_case(tmp_path: Path) -> None:
    path = a_file(
        tmp_path,
        line(
            tags=["售后"],
            risk="high",
            as_of="2026-11-01",
            order={"order.carrier": "中通"},
            route="review",
            relevant=[{"doc": "policy-freight#4.2", "grade": 2}],
            facts=[
                {"id": "f1", "any": ["59元", "五十九元"]},
                {"id": "f2", "vital": False, "any": ["江浙沪"]},
            ],
            forbidden=[{"id": "x1", "any": ["满49元"], "why": "旧规则"}],
        ),
    )
    (sample,), _ = load_samples(path)
    assert sample.lang is Locale.ZH
    assert sample.route is ExpectedRoute.REVIEW
    assert sample.relevant == (Relevant(doc="policy-freight#4.2", grade=2),)
    assert sample.facts == (
        KeyFact(id="f1", any=("59元", "五十九元")),
        KeyFact(id="f2", any=("江浙沪",), vital=False),
    )
    assert sample.forbidden[0].any == ("满49元",)
    assert sample.query == Query(
        text="满多少包邮", as_of=date(2026, 11, 1), order={"order.carrier": "中通"}
    )


def test_an_unanswerable_case_needs_no_facts(tmp_path: Path) -> None:
    path = a_file(
        tmp_path, line(answerable=False, why_unanswerable="not_in_kb", route="refuse", facts=None)
    )
    (sample,), _ = load_samples(path)
    assert (sample.answerable, sample.why_unanswerable) == (False, Unanswerable.NOT_IN_KB)


READABLE = {
    "byte order mark": {"encoding": "utf-8-sig"},
    "lines of Windows": {"end": "\r\n"},
}


@pytest.mark.parametrize("how", READABLE.values(), ids=READABLE.keys())
def test_spellings_of_a_file(tmp_path: Path, how: dict[str, str]) -> None:
    samples, _ = load_samples(a_file(tmp_path, line(id="a"), line(id="b"), **how))
    assert [sample.id for sample in samples] == ["a", "b"]


def test_breaks_of_unicode_do_not_end_a_line(tmp_path: Path) -> None:
    question = "满多少包邮\u2028江浙沪\u0085呢"
    (sample,), _ = load_samples(a_file(tmp_path, line(question=question)))
    assert sample.question == question


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = a_file(tmp_path, line())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert load_samples(path)[1] == digest[:16]
    assert load_samples(a_file(tmp_path, line(), ""))[1] != digest[:16]


BROKEN = {  # id: (lines, what is wrong, the line that is named)
    "no JSON": ([line(), "{"], "Invalid JSON", 2),
    "no object": (["[]"], "object", 1),
    "unknown key": ([line(fcats=[])], "unknown key `fcats`", 1),
    "unknown key inside": (
        [line(relevant=[{"doc": "a", "score": 1}])],
        "unknown key `relevant.0.score`",
        1,
    ),
    "missing key": (["", line(cluster=None)], "`cluster`: Field required", 2),
    "wrong value": ([line(lang="fr")], "`lang`: Input should be 'zh' or 'en'", 1),
    "fact without wordings": ([line(facts=[{"id": "f", "any": []}])], "`facts.0.any`", 1),
    "answerable without vital fact": (
        [line(facts=[{"id": "f", "any": ["59元"], "vital": False}])],
        "needs at least one vital fact",
        1,
    ),
    "no reason": ([line(answerable=False)], "why_unanswerable goes with answerable: false", 1),
    "reason although answerable": (
        [line(why_unanswerable="unsafe")],
        "why_unanswerable goes with answerable: false",
        1,
    ),
    "id taken": ([line(), line(id="b"), line()], "the id `freight-1` is taken by line 1", 3),
}


@pytest.mark.parametrize(("lines", "what", "number"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_line_is_named(tmp_path: Path, lines: list[str], what: str, number: int) -> None:
    path = a_file(tmp_path, *lines)
    with pytest.raises(CasesError) as caught:
        load_samples(path)
    assert what in caught.value.what
    assert caught.value.where == f"{path}:{number}"
    assert caught.value.fix


def test_a_key_is_named_once(tmp_path: Path) -> None:
    with pytest.raises(CasesError) as caught:
        load_samples(a_file(tmp_path, line(fcats=[])))
    assert caught.value.what.count("fcats") == 1


UNREADABLE = {"no lines": b"", "blank lines": b"\n \n", "not UTF-8": "退货".encode("gbk")}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_file_without_readable_cases(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(content)
    with pytest.raises(CasesError) as caught:
        load_samples(path)
    assert caught.value.where == str(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CasesError, match="cannot be read: No such file"):
        load_samples(tmp_path / "none.jsonl")


def test_golden_cases_are_those_tagged_so(tmp_path: Path) -> None:
    path = a_file(tmp_path, line(id="a", tags=["golden"]), line(id="b"), line(id="c", tags=["x"]))
    assert [sample.id for sample in golden(load_samples(path)[0])] == ["a"]


def test_without_the_tag_every_case_is_golden(tmp_path: Path) -> None:
    samples, _ = load_samples(a_file(tmp_path, line(id="a"), line(id="b")))
    assert golden(samples) == samples


def test_a_conversation_goes_into_the_query(tmp_path: Path) -> None:
    history = [{"role": "customer", "text": "我在新疆"}, {"role": "agent", "text": "您好"}]
    (sample,), _ = load_samples(a_file(tmp_path, line(history=history, split="test")))
    assert [(turn.role.value, turn.text) for turn in sample.query.history] == [
        ("customer", "我在新疆"),
        ("agent", "您好"),
    ]
