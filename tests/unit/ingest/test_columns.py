"""Entries from tables: which column is which field, what a cell says, what is named as wrong."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from ragkit.core.documents import Document, Loaded, PartKind, Status
from ragkit.core.errors import KnowledgeError
from ragkit.core.protocols import Loader
from ragkit.core.text import Locale
from ragkit.ingest.columns import FAQS, PRODUCTS, SCRIPTS, Kind, read_cell
from ragkit.ingest.loaders import FaqLoader, ProductLoader, ScriptLoader

LOADERS: dict[str, Loader] = {
    "faq": FaqLoader(),
    "script": ScriptLoader(),
    "product": ProductLoader(),
}
Rows = Sequence[Sequence[object]]

HEADERS: dict[str, tuple[Kind, str, str | None]] = {  # id: (kind, header, field)
    "Chinese": (FAQS, "标准问题", "question"),
    "short": (FAQS, "问题", "question"),
    "English": (FAQS, "Standard Question", "question"),
    "the field itself": (FAQS, "review_by", "review_by"),
    "spaces for the underline": (FAQS, "Effective From", "effective_from"),
    "with a star": (FAQS, "答案*", "answer"),
    "with a remark": (FAQS, "答案（必填）", "answer"),
    "with a western remark": (FAQS, "相似问题(用|分隔)", "similar"),
    "numbered": (FAQS, "相似问题3", "similar"),
    "on two lines": (FAQS, "标准\n问题", None),
    "wide letters": (FAQS, "ＩＤ", "id"),
    "traditional characters": (FAQS, "標準問題", "question"),
    "row numbers": (FAQS, "序号", ""),
    "unknown": (FAQS, "内部备注", None),
    "a field of another kind": (FAQS, "情绪", None),
    "of a script": (SCRIPTS, "情绪", "emotion"),
    "price with its unit": (PRODUCTS, "价格（元）", "price_cny"),
    "price behind a slash": (PRODUCTS, "售价/元", "price_cny"),
    "price per weight": (PRODUCTS, "单价/kg", None),
    "price in another currency": (PRODUCTS, "价格（美元）", None),
    "a fact": (PRODUCTS, "容量（ml）", None),
}


@pytest.mark.parametrize(("kind", "header", "field"), HEADERS.values(), ids=HEADERS.keys())
def test_headers(kind: Kind, header: str, field: str | None) -> None:
    assert kind.field(header) == field


CELLS = {  # id: (field, cell, value)
    "items on lines": ("similar", "多久发货\n几天发货", ("多久发货", "几天发货")),
    "items between bars": ("similar", "多久发货|几天发货", ("多久发货", "几天发货")),
    "items between semicolons": ("negative", "多久发货；几天发货;", ("多久发货", "几天发货")),
    "an item twice": ("similar", "发货|发货", ("发货",)),
    "a numbered list": ("similar", "1、多久发货\n2、几天发货", ("多久发货", "几天发货")),
    "one that begins with a number": ("similar", "7.5折还能用券吗", ("7.5折还能用券吗",)),
    "an answer is one text": ("answer", "一；二|三\n四", "一；二|三\n四"),
    "levels": ("category", "服务政策 > 物流 / 时效", ("服务政策", "物流", "时效")),
    "shops": ("shops", "旗舰店、专营店，outlet", ("旗舰店", "专营店", "outlet")),
    "day with slashes": ("effective_from", "2026/9/1", "2026-09-01"),
    "day in Chinese": ("effective_to", "2026年12月31日", "2026-12-31"),
    "day of digits": ("review_by", "20260901", "2026-09-01"),
    "day at midnight": ("review_by", "2026-09-01 00:00:00", "2026-09-01"),
    "no day": ("review_by", "86400", "“86400”"),
    "draft": ("status", "草稿", "draft"),
    "published": ("status", "已发布", "approved"),
    "retired": ("status", "停用", "retired"),
    "status in English": ("status", "Approved", "approved"),
    "Chinese": ("locale", "中文", "zh"),
    "English": ("locale", "EN", "en"),
    "price with a sign": ("price_cny", "¥1,299.00", "1299.00"),
    "price with a unit": ("price_cny", "89元", "89"),
    "bare link": ("links", "https://a.cn/b;c", ({"url": "https://a.cn/b;c"},)),
    "link with a title": (
        "links", "运费：https://a.cn", ({"url": "https://a.cn", "title": "运费"},)
    ),
    "link in Markdown": (
        "links", "[运费](https://a.cn)", ({"url": "https://a.cn", "title": "运费"},)
    ),
}  # fmt: skip


@pytest.mark.parametrize(("field", "cell", "value"), CELLS.values(), ids=CELLS.keys())
def test_cells(field: str, cell: str, value: object) -> None:
    read = read_cell(field, cell)
    if field == "links":
        read = tuple({key: text for key, text in link.items() if text} for link in read)  # type: ignore[union-attr]
    assert read == value


def load(tmp_path: Path, kind: str, *sheets: Rows) -> Loaded:
    book = Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"表{number}")
        for row in rows:
            sheet.append(row)
    path = tmp_path / "a.xlsx"
    book.save(path)
    return LOADERS[kind].load(path, source="a.xlsx")


def told(document: Document) -> list[tuple[PartKind, str, int]]:
    return [(part.kind, part.span.of(document.text), part.line) for part in document.parts]


def test_faqs(tmp_path: Path) -> None:
    header = (
        "序号",
        "问题",
        "相似问题1",
        "相似问题2",
        "反例",
        "答案",
        "状态",
        "失效日期",
        "负责人",
    )
    row = (
        1,
        "满多少包邮？",
        "多少包邮",
        "几元包邮",
        "新疆包邮吗",
        "满59元包邮。",
        "草稿",
        "2026/12/31",
        "物流组",
    )
    loaded = load(tmp_path, "faq", [header, (), row])
    [document] = loaded.documents
    assert told(document) == [
        (PartKind.QUESTION, "满多少包邮？", 3),
        (PartKind.QUESTION, "多少包邮", 3),
        (PartKind.QUESTION, "几元包邮", 3),
        (PartKind.NEGATIVE, "新疆包邮吗", 3),
        (PartKind.ANSWER, "满59元包邮。", 3),
    ]
    assert {part.sheet for part in document.parts} == {"表1"}
    assert (document.line, document.status, document.owner) == (3, Status.DRAFT, "物流组")
    assert document.validity.effective_to == date(2026, 12, 31)
    assert loaded.notices == ()


def test_an_id_survives_an_edited_answer(tmp_path: Path) -> None:
    def made(question: str, answer: str) -> str:
        [document] = load(tmp_path, "faq", [("问题", "答案"), (question, answer)]).documents
        return document.id

    first = made("满多少包邮？", "满59元包邮。")
    assert first.startswith("faq-")
    assert len(first) == len("faq-") + 8
    assert made("满多少包邮？", "满69元包邮。") == first
    assert made("滿多少 包郵？", "满59元包邮。") == first  # the same question for whoever asks
    assert made("满几件包邮？", "满59元包邮。") != first


def test_the_locale_is_that_of_the_question(tmp_path: Path) -> None:
    rows = [
        ("question", "answer"),
        ("How do I return it?", "Within 7 days."),
        ("怎么退？", "7天内。"),
    ]
    loaded = load(tmp_path, "faq", rows)
    assert [document.locale for document in loaded.documents] == [Locale.EN, Locale.ZH]


def test_phrasings_below_a_merged_question(tmp_path: Path) -> None:
    rows = [
        ("问题", "相似问题", "答案"),
        ("多久发货", "几天发货", "48小时内。"),
        ("多久发货", "啥时候发", "48小时内。"),
        (None, "今天发吗", None),
        ("怎么退", "能退吗", "7天内可退。"),
    ]
    first, second = load(tmp_path, "faq", rows).documents
    assert told(first) == [
        (PartKind.QUESTION, "多久发货", 2),
        (PartKind.QUESTION, "几天发货", 2),
        (PartKind.QUESTION, "啥时候发", 3),
        (PartKind.QUESTION, "今天发吗", 4),
        (PartKind.ANSWER, "48小时内。", 2),
    ]
    assert told(second)[0] == (PartKind.QUESTION, "怎么退", 5)


def test_scripts(tmp_path: Path) -> None:
    header = ("场景", "情绪", "客群", "适用情形", "安抚", "告知", "承诺")
    row = (
        "complaint.service",
        2,
        "新客",
        "客户生气",
        "抱歉。",
        "订单{order.id}。",
        "24小时内答复您。",
    )
    [document] = load(tmp_path, "script", [header, row]).documents
    assert [kind for kind, _, _ in told(document)] == [
        PartKind.SITUATION, PartKind.RECEIVE, PartKind.INFORM, PartKind.COMMIT
    ]  # fmt: skip
    assert document.script is not None
    assert (document.script.emotion, document.script.segment) == (2, "new")
    assert document.id.startswith("script-")


def test_unknown_columns_of_products_are_facts(tmp_path: Path) -> None:
    header = ("商品名称", "别名", "价格（元）", "容量（ml）", "材质", "货号")
    row = ("保温杯", "轻羽杯；P1001", 89.9, 500, "内胆为316不锈钢。", "00123")
    [document] = load(tmp_path, "product", [header, row]).documents
    assert [(part.heading, part.wording) for part in document.parts] == [
        ((), "保温杯"),
        ((), "轻羽杯"),
        ((), "P1001"),
        (("price",), "保温杯：89.9元。"),
        (("容量",), "容量：500ml。"),
        (("材质",), "内胆为316不锈钢。"),
        (("货号",), "货号：00123。"),
    ]


def test_a_header_alone_is_no_entry(tmp_path: Path) -> None:
    assert load(tmp_path, "faq", [("问题", "答案")]) == Loaded(documents=())


def test_what_is_no_table_of_entries_is_named(tmp_path: Path) -> None:
    faqs = [("常见问题",), ("问题", "答案"), ("怎么退", "7天内可退。")]
    loaded = load(tmp_path, "faq", [("说明",), ("本表由客服组维护",)], faqs)
    assert [document.title for document in loaded.documents] == ["怎么退"]
    assert [(each.where, each.what.partition(",")[0]) for each in loaded.notices] == [
        ("a.xlsx:表1", "no row names the columns of a faq table"),
        ("a.xlsx:表2:1", "above the header"),
    ]


SCRIPT_HEADER = ("场景", "情绪", "适用情形", "安抚", "承诺")
WRONG: dict[str, tuple[str, Rows, list[tuple[str, str]]]] = {  # id: (kind, rows, problems)
    "unknown column": (
        "faq",
        [("问题", "答案", "内部备注"), ("a", "b", "c")],
        [("a.xlsx:表1:1", "unknown column `内部备注`")],
    ),
    "column missing": (
        "faq", [("问题", "相似问题"), ("a", "b")], [("a.xlsx:表1:1", "no column is `answer`")]
    ),
    "two columns for one field": (
        "faq",
        [("问题", "答案", "回答"), ("a", "b", "c")],
        [("a.xlsx:表1:1", "two columns are `answer`")],
    ),
    "two facts of one name": (
        "product",
        [("名称", "价格", "容量（ml）", "容量（L）"), ("杯", 1, 500, 0.5)],
        [("a.xlsx:表1:1", "two columns are called `容量`")],
    ),
    "column without a name": (
        "faq",
        [("问题", "答案", None), ("a", "b", None), ("c", "d", "内部")],
        [("a.xlsx:表1:3", "`内部` stands in a column without a name")],
    ),
    "no header at all": (
        "faq", [("怎么退", "7天内可退。")], [("a.xlsx", "no row names the columns of a faq table")]
    ),
    "every wrong cell": (
        "faq",
        [("编号", "语言", "问题", "答案", "复核日期", "状态"),
         ("FAQ_1", "法语", "a", "b", "下月", "随便"), ("x", "zh", "a", "", "", "")],
        [("a.xlsx:表1:2", "`id`"), ("a.xlsx:表1:2", "`locale`"),
         ("a.xlsx:表1:2", "`review_by` is not a date"), ("a.xlsx:表1:2", "`status`"),
         ("a.xlsx:表1:3", "`answer` is missing")],
    ),
    "unknown slot": (
        "script",
        [SCRIPT_HEADER, ("complaint.service", 1, "生气", "抱歉", "{order.number}")],
        [("a.xlsx:表1:2", "`commit`: unknown slot order.number")],
    ),
    "emotion as a word": (
        "script",
        [SCRIPT_HEADER, ("complaint.service", "很生气", "x", "y", "z")],
        [("a.xlsx:表1:2", "`emotion`")],
    ),
    "no price": (
        "product",
        [("名称", "价格", "材质"), ("杯", "面议", "钢")],
        [("a.xlsx:表1:2", "`price_cny`")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "rows", "wrong"), WRONG.values(), ids=WRONG.keys())
def test_wrong_tables(tmp_path: Path, kind: str, rows: Rows, wrong: list[tuple[str, str]]) -> None:
    with pytest.raises(KnowledgeError) as raised:
        load(tmp_path, kind, rows)
    problems = raised.value.problems
    assert [problem.where for problem in problems] == [where for where, _ in wrong]
    for problem, (_, words) in zip(problems, wrong, strict=True):
        assert words in problem.what
        assert problem.fix


def test_rows_of_a_csv_shorter_than_the_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("问题,相似问题,答案\na,b,c\n满59元\n包邮,x,\n", encoding="utf-8")
    with pytest.raises(KnowledgeError) as raised:
        FaqLoader().load(path, source="a.csv")
    assert [(each.where, each.what) for each in raised.value.problems] == [
        ("a.csv:3", "the row has 1 cells, the header 3")
    ]
