"""What only shows across documents: ids, versions and links."""

from collections.abc import Sequence
from datetime import date

import pytest

from ragkit.core.documents import Document, DocumentKind, Part, PartKind, Scope, Validity
from ragkit.core.text import Locale, Span
from ragkit.ingest.consistency import Sketch, clashes, dangling_links, sketch

Days = tuple[date | None, date | None]
EVERYWHERE = Scope()
JAN, AUG, SEP = date(2026, 1, 1), date(2026, 8, 31), date(2026, 9, 1)


def a_document(
    name: str,
    line: int = 1,
    *,
    days: Days = (None, None),
    clause: str = "1.1",
    see: tuple[str, ...] = (),
    kind: DocumentKind = DocumentKind.POLICY,
    scope: Scope = EVERYWHERE,
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
        scope=scope,
        validity=Validity(effective_from=days[0], effective_to=days[1]),
    )


def clashing(documents: Sequence[Document], *before: Document) -> list[tuple[str, str, str]]:
    """What, where and fix of every clash of documents with each other and those there before."""
    there = [sketch(document) for document in before]

    def others(name: str) -> Sequence[Sketch]:
        return [each for each in there if each.id == name]

    found = clashes([sketch(document) for document in documents], others)
    return [(problem.what, problem.where, problem.fix) for problem in found]


VERSIONS: dict[str, tuple[Days, Days, bool]] = {  # id: (days of one, days of the other, clash?)
    "the day after": ((JAN, AUG), (SEP, None), False),
    "the other way round": ((SEP, None), (JAN, AUG), False),
    "the later start goes before": ((JAN, SEP), (SEP, None), False),
    "one inside the other": ((JAN, None), (AUG, SEP), False),
    "both open": ((JAN, None), (SEP, None), False),
    "no start and a later one": ((None, SEP), (SEP, None), False),
    "the same start": ((JAN, None), (JAN, AUG), True),
    "no day at all": ((None, None), (None, None), True),
    "both without a start": ((None, AUG), (None, SEP), True),
    "both without a start, one with no end": ((None, AUG), (None, None), True),
}


@pytest.mark.parametrize(("one", "other", "clash"), VERSIONS.values(), ids=VERSIONS.keys())
@pytest.mark.parametrize("indexed", [False, True], ids=["both new", "one indexed before"])
def test_versions(one: Days, other: Days, clash: bool, indexed: bool) -> None:
    first, second = a_document("p@1", 3, days=one), a_document("p@2", 7, days=other)
    found = clashing([second], first) if indexed else clashing([first, second])
    assert [where for _, where, _ in found] == (["policies/a.md:7"] if clash else [])
    assert all("two versions of `p` start on the same day" in what for what, _, _ in found)
    assert all("policies/a.md:3" in fix for _, _, fix in found)


def test_one_day_for_different_shops_is_no_clash() -> None:
    shop, live = Scope(shops=("杭州店",)), Scope(channels=("抖音",))
    scopes = (EVERYWHERE, shop, live)
    documents = [a_document(f"p@{n}", n + 1, scope=scope) for n, scope in enumerate(scopes)]
    assert clashing(documents) == []
    assert len(clashing([*documents, a_document("p@9", 9, scope=shop)])) == 1


@pytest.mark.parametrize("indexed", [False, True], ids=["both new", "one indexed before"])
def test_an_id_is_taken_once(indexed: bool) -> None:
    one, two, again = a_document("a", 3), a_document("b", 5), a_document("a", 7)
    found = clashing([two, again], one) if indexed else clashing([one, two, again])
    fix = "choose another; it stands in policies/a.md:3"
    assert found == [("the id `a` is taken", "policies/a.md:7", fix)]


def test_each_of_three_is_told() -> None:
    documents = [a_document("a", line) for line in (3, 5, 7)]
    places = [where for _, where, _ in clashing(documents)]
    assert places == ["policies/a.md:5", "policies/a.md:7", "policies/a.md:7"]


def test_a_version_is_taken_whatever_its_days() -> None:
    documents = [a_document("a@1", 3, days=(JAN, AUG)), a_document("a@1", 7, days=(SEP, None))]
    assert [what for what, _, _ in clashing(documents)] == ["the id `a@1` is taken"]


def test_an_id_is_taken_by_another_kind() -> None:
    documents = [
        a_document("a@1", 3, days=(JAN, AUG)),
        a_document("a", 7, days=(SEP, None), kind=DocumentKind.FAQ),
    ]
    assert [what for what, _, _ in clashing(documents)] == ["the id `a` is taken"]


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
    sketches = [sketch(document) for document in documents]
    names = set[str]().union(*(each.names for each in sketches))
    found = dangling_links(sketches, names.__contains__)
    problems = [(link, problem.what, problem.where) for link, problem in found]
    missing = [(link, f"`faq-a` rests on `{link}`, which does not exist", "policies/a.md:12")]
    assert problems == ([] if there else missing)


def test_nothing_wrong_with_nothing() -> None:
    assert list(clashes([])) == []
    assert list(dangling_links([], set[str]().__contains__)) == []
