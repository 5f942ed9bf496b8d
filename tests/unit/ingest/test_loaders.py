"""Knowledge files as documents: every part lies where its span says, every mistake has a line."""

import io
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from ragkit.core.documents import Document, DocumentKind, PartKind
from ragkit.core.errors import KnowledgeError
from ragkit.core.protocols import Loader
from ragkit.core.text import Locale
from ragkit.ingest.loaders import FaqLoader, ProductLoader, ScriptLoader
from ragkit.ingest.policies import PolicyLoader
from ragkit.testing import desks

FAQ = """\
defaults: {locale: zh, effective_from: 2026-03-01}
items:
  - id: faq-a
    question: 满多少包邮？
    similar:
      - 多少起包邮
    answer: |
      满59元包邮。
      不满收6元。
    supplement: 新疆满159元。
    category: [服务政策]
    scene: consult.freight
    see: [policy-freight#1.1]
"""
SCRIPT = """\
defaults: {locale: zh}
items:
  - id: script-a
    scene: complaint.service
    emotion: 2
    when: 客户生气
    receive: 抱歉。
    inform: 订单{order.id}由{order.carrier}承运。
    commit: 24小时内答复您。
"""
PRODUCT = """\
defaults: {locale: zh}
items:
  - id: product-a
    name: 保温杯
    aliases: [P1001]
    price_cny: 89
    facts:
      材质: 内胆为316不锈钢。
"""
POLICY = desks.POLICY_NEW
LOADERS: dict[str, Loader] = {
    "faq": FaqLoader(),
    "script": ScriptLoader(),
    "product": ProductLoader(),
    "policy": PolicyLoader(),
}
GOOD = {"faq": FAQ, "script": SCRIPT, "product": PRODUCT, "policy": POLICY}


def workbook(rows: Sequence[Sequence[str]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def load(path: Path, kind: str, text: str) -> tuple[Document, ...]:
    path.write_text(text, encoding="utf-8")
    return LOADERS[kind].load(path, source=f"{kind}/file").documents


def told(document: Document) -> list[tuple[PartKind, str, int]]:
    return [(part.kind, part.span.of(document.text), part.line) for part in document.parts]


def test_faq(path: Path) -> None:
    [document] = load(path, "faq", FAQ)
    assert told(document) == [
        (PartKind.QUESTION, "满多少包邮？", 4),
        (PartKind.QUESTION, "多少起包邮", 6),
        (PartKind.ANSWER, "满59元包邮。\n不满收6元。", 8),
        (PartKind.SUPPLEMENT, "新疆满159元。", 10),
    ]
    assert (document.key, document.kind, document.title) == (
        "faq-a",
        DocumentKind.FAQ,
        "满多少包邮？",
    )
    assert (document.source, document.line) == ("faq/file", 3)
    assert document.see == ("policy-freight#1.1",)
    assert document.validity.effective_from == date(2026, 3, 1)


def test_script(path: Path) -> None:
    [document] = load(path, "script", SCRIPT)
    assert [part.kind for part in document.parts] == [
        PartKind.SITUATION,
        PartKind.RECEIVE,
        PartKind.INFORM,
        PartKind.COMMIT,
    ]
    assert told(document)[2][1:] == ("订单{order.id}由{order.carrier}承运。", 8)
    assert document.script is not None
    assert (document.script.emotion, document.script.segment) == (2, "any")


PRICES = {  # id: (price in the file, locale, the sentence)
    "whole": ("89", "zh", "保温杯：89元。"),
    "with cents": ("89.90", "zh", "保温杯：89.9元。"),
    "all its digits": ("12999.99", "zh", "保温杯：12999.99元。"),
    "a million": ("1000000", "zh", "保温杯：1000000元。"),
    "English": ("19.5", "en", "保温杯: 19.5 yuan."),
}


@pytest.mark.parametrize(("price", "locale", "sentence"), PRICES.values(), ids=PRICES.keys())
def test_price(path: Path, price: str, locale: str, sentence: str) -> None:
    text = PRODUCT.replace("price_cny: 89", f"price_cny: {price}").replace("zh", locale)
    [document] = load(path, "product", text)
    assert [part.wording for part in document.parts_of(PartKind.FACT)] == [
        sentence,
        "内胆为316不锈钢。",
    ]


def test_product(path: Path) -> None:
    [document] = load(path, "product", PRODUCT)
    assert told(document)[:2] == [(PartKind.NAME, "保温杯", 4), (PartKind.NAME, "P1001", 5)]
    assert told(document)[3] == (PartKind.FACT, "内胆为316不锈钢。", 8)
    assert document.parts[3].heading == ("材质",)
    assert document.locale is Locale.ZH


def test_policy(path: Path) -> None:
    [document] = load(path, "policy", POLICY)
    assert (document.id, document.version) == ("policy-freight", "2026-09")
    assert document.key == "policy-freight@2026-09"
    clause, table, row, _ = document.parts
    assert clause.span.of(document.text) == "单笔订单优惠后满59元包邮，不满59元收6元运费。"
    assert POLICY.split("\n")[clause.line - 1] == f"1.1 {clause.wording}"
    assert (table.clause, row.clause) == ("1.2", "1.2")
    assert row.wording == "地区：江浙沪，运费：6元，包邮门槛：满59元。"
    assert POLICY.split("\n")[row.line - 1] == row.span.of(document.text)
    assert row.heading == ("运费与配送规则", "1 包邮与运费")


WRONG = {  # id: (kind, replace, by, line, words)
    "unknown key": ("faq", "similar:", "simlar:", 6, "unknown key `simlar`"),
    "unknown key in the defaults": ("faq", "locale: zh", "locale: zh, local: zh", 1, "`local`"),
    "upper case in an id": ("faq", "faq-a", "FAQ-A", 3, "`id`"),
    "locale that is none": ("faq", "locale: zh", "locale: fr", 1, "`locale`"),
    "question of blanks": ("faq", "满多少包邮？", '"  "', 4, "`question`"),
    "phrasing of blanks": ("faq", "- 多少起包邮", '- " "', 6, "`similar.0`"),
    "scene that is none": ("faq", "consult.freight", "freight", 12, "`scene`"),
    "day as text": ("faq", "2026-03-01", "三月一日", 1, "`effective_from` is not a date"),
    "unknown slot": ("script", "{order.id}", "{order.number}", 8, "unknown slot order.number"),
    "slot left open": ("script", "{order.id}", "{order.id", 8, "a brace stands alone"),
    "brace left over": ("script", "内答复您", "}内答复您", 9, "a brace stands alone"),
    "emotion out of range": ("script", "emotion: 2", "emotion: 4", 5, "`emotion`"),
    "segment that is none": ("script", "emotion: 2", "emotion: 2\n    segment: x", 6, "`segment`"),
    "layer missing": ("script", "    commit: 24小时内答复您。\n", "", 3, "`commit` is missing"),
    "price of nothing": ("product", "89", "0", 6, "`price_cny`"),
    "price without end": ("product", "89", ".inf", 6, "`price_cny`"),
    "price below a cent": ("product", "89", "89.999", 6, "`price_cny`"),
    "fact without text": ("product", "内胆为316不锈钢。", "", 8, "`facts.材质` is not text"),
    "facts as a list": ("product", "材质: 内", "- 内", 8, "`facts` is not a mapping"),
    "policy without front matter": ("policy", "---\nid", "id", 1, "front matter"),
    "version that is a day": ("policy", "2026-09\n", "2026-09-01\n", 4, "`version` is not text"),
    "policy that ends before it starts": (
        "policy", "review_by", "effective_to: 2026-08-31\nreview_by", 9, "ends before it starts"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "old", "new", "line", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_files(path: Path, kind: str, old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD[kind]
    with pytest.raises(KnowledgeError) as raised:
        load(path, kind, GOOD[kind].replace(old, new, 1))
    [problem] = raised.value.problems
    assert problem.where == f"{kind}/file:{line}"
    assert words in problem.what
    assert problem.fix


def test_the_day_it_starts_may_be_the_day_it_ends(path: Path) -> None:
    text = FAQ.replace("2026-03-01}", "2026-03-01, effective_to: 2026-03-01}")
    [document] = load(path, "faq", text)
    assert document.validity.covers(date(2026, 3, 1))


def test_every_problem_of_every_item_is_named(path: Path) -> None:
    text = "items:\n  - id: a\n    locale: zh\n  - id: b\n    locale: zh\n    emotion: 9\n"
    with pytest.raises(KnowledgeError) as raised:
        load(path, "script", text)
    missing = ["scene", "emotion", "when", "receive", "commit"]
    assert [(p.where, p.what) for p in raised.value.problems if "missing" in p.what] == [
        *(("script/file:2", f"`{name}` is missing") for name in missing),
        *(("script/file:4", f"`{name}` is missing") for name in missing if name != "emotion"),
    ]
    assert [p.where for p in raised.value.problems if "missing" not in p.what] == ["script/file:6"]


def test_a_mistake_in_the_defaults_is_told_once(path: Path) -> None:
    second = SCRIPT.partition("items:\n")[2].replace("script-a", "script-b")
    with pytest.raises(KnowledgeError) as raised:
        load(path, "script", SCRIPT.replace("locale: zh", "locale: fr") + second)
    assert [problem.where for problem in raised.value.problems] == ["script/file:1"]


def test_a_policy_without_text_is_a_problem(path: Path) -> None:
    with pytest.raises(KnowledgeError, match="no text below its front matter") as raised:
        load(path, "policy", POLICY[: POLICY.index("# 运费")])
    assert raised.value.problems[0].where == "policy/file:11"


TABLE = (
    "编号,语言,标准问题,相似问题,答案,补充,分类,场景,参见,生效日期\n"
    "faq-a,zh,满多少包邮？,多少起包邮,满59元包邮。,新疆满159元。,服务政策,consult.freight,"
    "policy-freight#1.1,2026-03-01\n"
)
FORMATS = {  # suffix: bytes of the file
    ".yaml": FAQ.replace("\n      不满收6元。", "").encode(),
    ".yml": FAQ.replace("\n      不满收6元。", "").encode(),
    ".json": json.dumps(
        [
            {
                "id": "faq-a",
                "locale": "zh",
                "question": "满多少包邮？",
                "similar": ["多少起包邮"],
                "answer": "满59元包邮。",
                "supplement": "新疆满159元。",
                "category": ["服务政策"],
                "scene": "consult.freight",
                "see": ["policy-freight#1.1"],
                "effective_from": "2026-03-01",
            }
        ]
    ).encode(),
    ".csv": TABLE.encode("gb18030"),
    ".tsv": TABLE.replace(",", "\t").encode("utf-16"),
    ".xlsx": workbook([line.split(",") for line in TABLE.splitlines()]),
    ".XLSM": workbook([line.split(",") for line in TABLE.splitlines()]),
}


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_says_the_same(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"faq{suffix}"
    path.write_bytes(FORMATS[suffix])
    [document] = FaqLoader().load(path, source="faqs/faq").documents
    assert [(kind, text) for kind, text, _ in told(document)] == [
        (PartKind.QUESTION, "满多少包邮？"),
        (PartKind.QUESTION, "多少起包邮"),
        (PartKind.ANSWER, "满59元包邮。"),
        (PartKind.SUPPLEMENT, "新疆满159元。"),
    ]
    assert (document.id, document.locale, document.scene) == ("faq-a", Locale.ZH, "consult.freight")
    assert document.category == ("服务政策",)
    assert document.see == ("policy-freight#1.1",)
    assert document.validity.effective_from == date(2026, 3, 1)
    in_book = suffix.casefold() in (".xlsx", ".xlsm")
    assert {part.sheet for part in document.parts} == {"Sheet" if in_book else None}


@pytest.mark.parametrize("kind", ["faq", "script", "product"])
def test_loaders_take_every_format_of_entries(kind: str) -> None:
    assert {suffix.casefold() for suffix in FORMATS} == set(LOADERS[kind].suffixes)


def test_wrong_json_has_a_line(tmp_path: Path) -> None:
    path = tmp_path / "faq.json"
    path.write_text('[\n{"id": "a",\n"locale": "fr", "question": "?", "answer": "!"}]', "utf-8")
    with pytest.raises(KnowledgeError) as raised:
        FaqLoader().load(path, source="faqs/a.json")
    assert [problem.where for problem in raised.value.problems] == ["faqs/a.json:3"]


def test_no_items_are_no_documents(path: Path) -> None:
    assert load(path, "faq", "items: []\n") == ()
