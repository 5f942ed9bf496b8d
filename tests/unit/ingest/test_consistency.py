"""What only shows across documents: ids, versions and links."""

from datetime import date

import pytest

from ragkit.core.documents import Document, DocumentKind, Part, PartKind, Validity
from ragkit.core.text import Locale, Span
from ragkit.ingest.consistency import clashes, dangling_links

Days = tuple[date | None, date | None]
JAN, AUG, SEP = date(2026, 1, 1), date(2026, 8, 31), date(2026, 9, 1)


def a_document(
    name: str,
    line: int = 1,
    *,
    days: Days = (None, None),
    clause: str = "1.1",
    see: tuple[str, ...] = (),
    kind: DocumentKind = DocumentKind.POLICY,
) -> Document:
    """`name` is an id, or id@version."""
    key, _, version = name.partition("@")
    part = Part(
        kind=PartKind.CLAUSE, span=Span(start=0, end=2), line=line, wording="包邮", clause=clause
    )
    return Document(
        id=key,
        version=version or None,
        kind=kind,
        locale=Locale.ZH,
        title="规则",
        text="包邮",
        source="policies/a.md",
        line=line,
        parts=(part,),
        see=see,
        validity=Validity(effective_from=days[0], effective_to=days[1]),
    )


VERSIONS: dict[str, tuple[Days, Days, bool]] = {  # id: (days of one, days of the other, clash?)
    "the day after": ((JAN, AUG), (SEP, None), False),
    "the other way round": ((SEP, None), (JAN, AUG), False),
    "the same day": ((JAN, SEP), (SEP, None), True),
    "one inside the other": ((JAN, None), (AUG, SEP), True),
    "no day at all": ((None, None), (None, None), True),
    "no start": ((None, AUG), (SEP, None), False),
    "no start, no end": ((None, SEP), (SEP, None), True),
    "both open": ((JAN, None), (SEP, None), True),
}


@pytest.mark.parametrize(("one", "other", "clash"), VERSIONS.values(), ids=VERSIONS.keys())
def test_versions(one: Days, other: Days, clash: bool) -> None:
    documents = [a_document("p@1", 3, days=one), a_document("p@2", 7, days=other)]
    problems = list(clashes(documents))
    assert [problem.where for problem in problems] == (["policies/a.md:7"] if clash else [])
    assert all("two versions of `p` apply on the same day" in p.what for p in problems)
    assert all("policies/a.md:3" in problem.fix for problem in problems)


def test_an_id_is_taken_once() -> None:
    documents = [a_document("a", 3), a_document("b", 5), a_document("a", 7)]
    [problem] = clashes(documents)
    assert (problem.what, problem.where) == ("the id `a` is taken", "policies/a.md:7")
    assert "policies/a.md:3" in problem.fix


def test_a_version_is_taken_whatever_its_days() -> None:
    documents = [a_document("a@1", 3, days=(JAN, AUG)), a_document("a@1", 7, days=(SEP, None))]
    assert [problem.what for problem in clashes(documents)] == ["the id `a@1` is taken"]


def test_an_id_is_taken_by_another_kind() -> None:
    documents = [
        a_document("a@1", 3, days=(JAN, AUG)),
        a_document("a", 7, days=(SEP, None), kind=DocumentKind.FAQ),
    ]
    assert [problem.what for problem in clashes(documents)] == ["the id `a` is taken"]


LINKS = {  # id: (link, does it lead anywhere?)
    "document": ("policy-a", True),
    "clause": ("policy-a#1.1", True),
    "clause of one version": ("policy-a#2.1", True),
    "no such document": ("policy-b", False),
    "no such clause": ("policy-a#9.9", False),
    "clause of another document": ("faq-a#2.1", False),
    "a version is no link": ("policy-a@1", False),
    "a clause is named in full": ("policy-a#1", False),
}


@pytest.mark.parametrize(("link", "there"), LINKS.values(), ids=LINKS.keys())
def test_links(link: str, there: bool) -> None:
    documents = [
        a_document("policy-a@1", days=(JAN, AUG)),
        a_document("policy-a@2", days=(SEP, None), clause="2.1"),
        a_document("faq-a", 12, see=("policy-a", link)),
    ]
    problems = [(problem.what, problem.where) for problem in dangling_links(documents)]
    missing = [(f"`faq-a` rests on `{link}`, which does not exist", "policies/a.md:12")]
    assert problems == ([] if there else missing)


def test_nothing_wrong_with_nothing() -> None:
    assert list(clashes([])) == list(dangling_links([])) == []
