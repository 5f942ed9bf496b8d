"""From blocks to a policy: clauses under the names people cite, sections, tables, metadata."""

from datetime import date

import pytest

from ragkit.core.documents import Part, PartKind
from ragkit.core.text import Locale
from ragkit.ingest.articles import LONGEST_SECTION, Reading, read_items, title_of
from ragkit.ingest.blocks import Article, Block, BlockKind, Grid, Place, Row
from ragkit.ingest.clauses import find_marker
from ragkit.ingest.heads import HeadLine, days, is_head_line, read_head
from ragkit.ingest.outline import outline, top

TITLE = "退货政策"


def h(text: str, level: int = 1, number: str | None = None) -> Block:
    return Block(BlockKind.HEADING, Place(1), text, level, number)


def p(text: str, number: str | None = None, line: int = 1) -> Block:
    return Block(BlockKind.PARAGRAPH, Place(line), text, number=number)


def t(*rows: str, line: int = 1, caption: tuple[str, ...] = ()) -> Block:
    cells = [Row(tuple(row.split("|")), Place(line + index)) for index, row in enumerate(rows)]
    return Block(BlockKind.TABLE, Place(line), grid=Grid(tuple(cells), caption=caption))


def read(*blocks: Block, title: str = TITLE, locale: Locale = Locale.ZH) -> Reading:
    return read_items(outline(Article(blocks)), title=title, locale=locale, source="s")


def clauses(*blocks: Block) -> list[tuple[str | None, str]]:
    return [(part.clause, part.wording) for part in read(*blocks).parts]


MARKERS = {  # id: (text, label, the text behind it); a label of None: no number
    "a clause of a law": ("第五条 买家承担运费。", "第五条", "买家承担运费。"),
    "without a blank": ("第十二条买家承担。", "第十二条", "买家承担。"),
    "with digits": ("第 12 条　买家承担。", "第12条", "买家承担。"),
    "put in later": ("第五条之一 买家承担。", "第五条之一", "买家承担。"),
    "a clause that begins with a rank": ("第二条 第八日起收费。", "第二条", "第八日起收费。"),
    "a paragraph of a clause spoken of": ("第二条第一款不适用。", None, ""),
    "a clause spoken of": ("第五条所称商品不含定制。", None, ""),
    "clauses spoken of": ("第五条和第六条不适用。", None, ""),
    "an English article": ("Article 5 Returns are free.", "Article 5", "Returns are free."),
    "an English section": ("Section 3: returns", "Section 3", "returns"),
    "a section spoken of": ("Section 3 and Section 4 apply.", None, ""),
    "one": ("一、退货", "一", "退货"),
    "past ten": ("十二、退货", "十二", "退货"),
    "second-tier cities": ("一、二线城市包邮。", None, ""),
    "in brackets": ("（一）退货", "（一）", "退货"),
    "in narrow brackets": ("(二) 退货", "（二）", "退货"),
    "a digit": ("1. 退货", "1", "退货"),
    "a digit with a Chinese comma": ("1、退货", "1", "退货"),
    "months": ("7、8月不发货。", None, ""),
    "a digit in brackets": ("(1) 退货", "(1)", "退货"),
    "a digit before a bracket": ("1）退货", "(1)", "退货"),
    "a hotline in brackets": ("（12315）可投诉。", None, ""),
    "in a circle": ("①退货", "①", "退货"),
    "a letter": ("(a) returns", "(a)", "returns"),
    "two levels": ("1.1 满59元包邮。", "1.1", "满59元包邮。"),
    "two levels without a blank": ("1.1满59元包邮。", "1.1", "满59元包邮。"),
    "three levels": ("1.1.2 退货", "1.1.2", "退货"),
    "a weight": ("1.5公斤以下包邮。", None, ""),
    "a weight with a blank": ("1.5 公斤以下包邮。", None, ""),
    "a price": ("12.5元起。", None, ""),
    "a discount": ("3.5折起。", None, ""),
    "a shopping day": ("11.11 大促期间顺延。", None, ""),
    "a date": ("2026.9.1 起包邮。", None, ""),
    "a duration behind a number": ("3. 5天内退款。", "3", "5天内退款。"),
    "days": ("3-5天到账。", None, ""),
    "a chapter": ("第二章 退货", "第二章", "退货"),
    "a lesson": ("第一节课免费。", None, ""),
    "prose": ("买家承担运费。", None, ""),
}


@pytest.mark.parametrize(("text", "label", "rest"), MARKERS.values(), ids=MARKERS.keys())
def test_numbers(text: str, label: str | None, rest: str) -> None:
    marker = find_marker(text)
    assert (marker and marker.label) == label
    assert marker is None or text[marker.end :] == rest


NAMES = {  # id: (blocks, [(clause, wording)])
    "items below a clause": (
        [p("第五条 不退的商品："), p("（一）定制商品；"), p("（二）鲜活商品。"), p("第六条 无。")],
        [
            ("第五条", "不退的商品："),
            ("第五条（一）", "定制商品；"),
            ("第五条（二）", "鲜活商品。"),
            ("第六条", "无。"),
        ],
    ),
    "a clause and its first item in one line": (
        [p("第五条（一）定制商品。"), p("（二）鲜活商品。")],
        [("第五条（一）", "定制商品。"), ("第五条（二）", "鲜活商品。")],
    ),
    "four levels": (
        [
            p("一、退货条件如下。"), p("（一）下列情形。"),
            p("1. 商品完好。"), p("（1）吊牌在。"), p("2. 在7天内。"),
        ],
        [
            ("一", "退货条件如下。"),
            ("一（一）", "下列情形。"),
            ("一（一）1", "商品完好。"),
            ("一（一）1（1）", "吊牌在。"),
            ("一（一）2", "在7天内。"),
        ],
    ),
    "digits below a Chinese number": (
        [p("一、步骤如下。"), p("1. 申请。")],
        [("一", "步骤如下。"), ("一、1", "申请。")],
    ),
    "items below 1.1": (
        [p("1.1 不退的有："), p("（1）定制。"), p("1.2 其他。")],
        [("1.1", "不退的有："), ("1.1(1)", "定制。"), ("1.2", "其他。")],
    ),
    "English": (
        [p("Article 5 We pay for:"), p("(a) damage;"), p("(b) delay."), p("(i) a day late.")],
        [
            ("Article 5", "We pay for:"),
            ("Article 5(a)", "damage;"),
            ("Article 5(b)", "delay."),
            ("Article 5(b)(i)", "a day late."),
        ],
    ),
    "a paragraph goes on with its clause": (
        [p("第五条 买家承担运费。"), p("质量问题除外。")],
        [("第五条", "买家承担运费。"), ("第五条", "质量问题除外。")],
    ),
    "automatic numbers": (
        [p("买家承担运费。", "第一条"), p("定制商品。", "（一）"), p("包邮。", "第二条")],
        [("第一条", "买家承担运费。"), ("第一条（一）", "定制商品。"), ("第二条", "包邮。")],
    ),
    "an automatic number before an amount": (
        [p("个月内包退。", "1"), p("公斤以下包邮。", "1.5")],
        [("1", "个月内包退。"), ("1.5", "公斤以下包邮。")],
    ),
    "an automatic number of another kind": ([p("申请。", "步骤A")], [("步骤A", "申请。")]),
    "clauses within a block": (
        [p("1.1 包邮。\n1.2 运费\n另计。")],
        [("1.1", "包邮。"), ("1.2", "运费\n另计。")],
    ),
    "a chapter is no clause": ([h("第一章 总则"), p("全店适用。")], [(None, "全店适用。")]),
    "items below a chapter": ([h("第一章 总则"), p("（一）全店。")], [("第一章（一）", "全店。")]),
    "a heading is a clause": ([h("第五条 运费"), p("买家承担。")], [("第五条", "买家承担。")]),
    "a section ends the clause": (
        [h("a"), p("1.1 包邮。"), h("b"), p("另见活动页。")],
        [("1.1", "包邮。"), (None, "另见活动页。")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("blocks", "found"), NAMES.values(), ids=NAMES.keys())
def test_clauses(blocks: list[Block], found: list[tuple[str | None, str]]) -> None:
    assert clauses(*blocks) == found


def paths(*blocks: Block) -> list[tuple[str, ...]]:
    return [part.heading for part in read(*blocks).parts]


HEADINGS = {  # id: (lines of a text without styles, heading path of its last part)
    "chapters and clauses": (
        ["第一章 总则", "第一条 全店适用。", "第二章 退货", "第二条 七天内。"],
        ("第二章 退货",),
    ),
    "sections of a chapter": (
        ["第一章 退货", "第一节 条件", "第一条 七天内。"],
        ("第一章 退货", "第一节 条件"),
    ),
    "Chinese numbers": (
        ["一、适用范围", "全店商品适用。", "二、退货", "七天内可退。"],
        ("二、退货",),
    ),
    "digits": (["1 适用范围", "全店商品适用。", "2 退货", "2.1 七天内可退。"], ("2 退货",)),
    "two levels of digits": (
        ["1 退货", "1.1 条件", "签收后七天内可以退货。"],
        ("1 退货", "1.1 条件"),
    ),
    "numbers with a full stop": (
        ["1. 适用范围", "全店商品适用。", "2. 退货", "2.1 七天内可退。", "3. 完", "全文完。"],
        ("3. 完",),
    ),
    "steps are no headings": (["1. 打开订单", "点击退款。"], ()),
    "a list is no heading": (["一、现货商品", "二、预售商品", "三、跨境商品"], ()),
    "the last of a list": (
        ["1.1 现货商品", "1.2 预售商品", "一般都可以退货的。"],
        ("1.2 预售商品",),
    ),
    "a rule is no heading": (["一、全场满59元包邮", "新疆、西藏、内蒙古等地区除外。"], ()),
    "a list behind a colon": (
        ["第二条 不支持退货的商品：", "（一）定制商品；"],
        ("不支持退货的商品：",),
    ),
    "the sentence that leads in": (
        ["第二条 生鲜除外。下列商品不退：", "（一）定制商品；"],
        ("下列商品不退：",),
    ),
    "behind a list": (["第二条 不退的商品：", "（一）定制商品；", "第三条 其他可退。"], ()),
    "a long line that leads in": (["第二条 " + "商品" * 30 + "：", "（一）定制商品；"], ()),
    "a sentence that leads in": (["一、下列商品不退", "（一）定制商品；"], ()),
}


@pytest.mark.parametrize(("lines", "path"), HEADINGS.values(), ids=HEADINGS.keys())
def test_headings_without_style(lines: list[str], path: tuple[str, ...]) -> None:
    assert paths(*map(p, [TITLE, *lines]))[-1] == (TITLE, *path)


def test_headings_with_style_are_not_second_guessed() -> None:
    blocks = [h(TITLE), h("运费", 2), p("一、适用范围"), p("全店商品适用。")]
    assert [part.wording for part in read(*blocks).parts] == ["适用范围", "全店商品适用。"]


def test_a_heading_style_on_a_clause_does_not_hide_it() -> None:
    assert clauses(h("1.1 满59元包邮。"), h("1.2 运费6元。")) == [
        ("1.1", "满59元包邮。"),
        ("1.2", "运费6元。"),
    ]


def test_a_heading_with_nothing_below_is_told() -> None:
    assert clauses(h(TITLE), h("定制商品不退", 2), h("运费", 2), p("6元。")) == [
        (None, "定制商品不退"),
        (None, "6元。"),
    ]


def test_the_text_and_the_places() -> None:
    reading = read(
        h(TITLE), p("买家承担运费。", "第一条", line=3), t("地区|运费", "新疆|12元", line=4)
    )
    assert reading.text == (
        "退货政策\n第一条 买家承担运费。\n| 地区 | 运费 |\n|---|---|\n| 新疆 | 12元 |\n"
    )
    clause, row = reading.parts
    assert (clause.line, clause.span.of(reading.text)) == (3, "买家承担运费。")
    assert (row.kind, row.line, row.clause) == (PartKind.ROW, 5, "第一条")
    assert row.span.of(reading.text) == "| 新疆 | 12元 |"
    assert row.wording == "地区：新疆，运费：12元。"


def test_pages_and_sheets_go_with_their_parts() -> None:
    place = Place(7, page=3, sheet="运费")
    [part] = read(Block(BlockKind.PARAGRAPH, place, "包邮。")).parts
    assert (part.line, part.page, part.sheet) == (7, 3, "运费")


def around(reading: Reading, part: Part) -> str | None:
    return part.parent.of(reading.text) if part.parent else None


def test_a_clause_is_read_with_its_section() -> None:
    reading = read(h(TITLE), h("运费", 2), p("1.1 包邮。"), p("1.2 运费。"), h("a", 2), p("b。"))
    assert [around(reading, part) for part in reading.parts] == [
        "1.1 包邮。\n1.2 运费。",
        "1.1 包邮。\n1.2 运费。",
        None,
    ]


def test_in_a_long_section_an_item_is_read_with_its_clause() -> None:
    long = "字" * LONGEST_SECTION
    reading = read(p("第一条 不退："), p("（一）定制。"), p(f"第二条 {long}"), p("第三条 完。"))
    assert [around(reading, part) for part in reading.parts] == [
        "第一条 不退：\n（一）定制。",
        "第一条 不退：\n（一）定制。",
        None,
        None,
    ]


def test_a_row_is_read_with_its_table_and_no_note_is_lost() -> None:
    blocks = [
        p("见下表。"),
        p("表1 运费标准"),
        p("单位：元"),
        t("地区|运费", "新疆|12", "注：节假日顺延。|注：节假日顺延。"),
    ]
    reading = read(*blocks)
    _, row, note = reading.parts
    whole = around(reading, row)
    assert whole is not None
    for line in (
        "表1 运费标准",
        "单位：元",
        "| 地区 | 运费 |",
        "| 新疆 | 12 |",
        "注：节假日顺延。",
    ):
        assert line in whole
    assert (note.kind, note.wording) == (PartKind.CLAUSE, "注：节假日顺延。")
    assert around(reading, note) == whole


def test_a_table_of_a_header_alone_keeps_its_columns_and_is_named() -> None:
    table = Grid((Row(("地区", "运费（元）"), Place(1)),), header_rows=1)
    reading = read(Block(BlockKind.TABLE, Place(1), grid=table))
    [part] = reading.parts
    assert (part.kind, part.wording) == (PartKind.ROW, "栏目：地区、运费（元）。")
    assert [notice.where for notice in reading.notices] == ["s:1"]


def test_the_name_of_a_table_stands_above_its_rows_and_its_unit_does_not() -> None:
    caption = ("2026年运费表", "单位：元", "生效日期：2026-09-01", "版本：V2")
    [part] = read(t("地区|运费", "江浙沪|6", caption=caption)).parts
    assert part.heading == (TITLE, "2026年运费表")


HEADS = {  # id: (line, fields)
    "version": ("版本：V2.1", {"version": "V2.1"}),
    "version in brackets": ("【版本】：V2", {"version": "V2"}),
    "version without colon": ("Version 2.1", {"version": "2.1"}),
    "version in bold": ("**版本**：V2.1", {"version": "V2.1"}),
    "the word in a sentence": ("版本升级后效果更好", {}),
    "two in a line": (
        "版本号: 2.1 生效日期：2026年9月1日",
        {"version": "2.1", "effective_from": date(2026, 9, 1)},
    ),
    "in a sentence": (
        "本规则自 2026 年 9 月 1 日起正式施行。",
        {"effective_from": date(2026, 9, 1)},
    ),
    "made and in force": (
        "（2026年8月1日发布，自2026年9月1日起施行）",
        {"effective_from": date(2026, 9, 1)},
    ),
    "when it was written": (
        "更新时间：2026-02-10　生效日期：2026-02-15",
        {"effective_from": date(2026, 2, 15)},
    ),
    "a period": (
        "有效期：2026-09-01 至 2026-12-31",
        {"effective_from": date(2026, 9, 1), "effective_to": date(2026, 12, 31)},
    ),
    "an end": ("有效期至：2026/12/31", {"effective_to": date(2026, 12, 31)}),
    "no end": ("有效期：长期", {}),
    "from a day on": ("有效期：自2026-09-01起", {"effective_from": date(2026, 9, 1)}),
    "English": ("Effective date: September 1, 2026", {"effective_from": date(2026, 9, 1)}),
    "an English sentence": (
        "This policy takes effect on 1 Sep 2026.",
        {"effective_from": date(2026, 9, 1)},
    ),
    "a number and an owner": (
        "编号：KF-2026-003　归口部门：售后部",
        {"id": "KF-2026-003", "owner": "售后部"},
    ),
    "a person": ("负责人：张三", {"owner": "张三"}),
    "prose": ("为保障消费者权益，制定本政策。", {}),
}


@pytest.mark.parametrize(("line", "fields"), HEADS.values(), ids=HEADS.keys())
def test_metadata_lines(line: str, fields: dict[str, object]) -> None:
    head = read_head([HeadLine(line, 4)], source="a.docx")
    assert (dict(head.values), head.notices) == (fields, ())


def test_of_a_field_that_stands_twice_the_first_counts() -> None:
    head = read_head([HeadLine("版本：V2", 1), HeadLine("版本：V1", 2)], source="s")
    assert (head.values, head.lines) == ({"version": "V2"}, {"version": 1})


@pytest.mark.parametrize("text", ["即日起", "2026年2月30日"])
def test_a_day_that_cannot_be_read_is_told(text: str) -> None:
    head = read_head([HeadLine(f"生效日期：{text}", 4)], source="policies/a.docx")
    assert head.values == {}
    [notice] = head.notices
    assert text in notice.what
    assert notice.where == "policies/a.docx:4"
    assert "a.docx.yaml" in notice.fix
    assert not is_head_line(HeadLine(f"生效日期：{text}", 4))


def test_days() -> None:
    text = "2026年9月1日、2026-9-2、2026/09/03、2026.9.4、September 5, 2026、6 Sep 2026、2026-02-30"
    assert days(text) == [date(2026, 9, day) for day in range(1, 7)]


def test_metadata_stands_in_the_text_and_is_told_to_nobody() -> None:
    blocks = [p(TITLE), p("负责人：张三"), t("版本|V2|编号|A-1"), p("第一条 包邮。")]
    reading = read(*blocks)
    assert "负责人：张三" in reading.text
    assert "V2" in reading.text
    [part] = reading.parts
    assert part.wording == "包邮。"
    assert around(reading, part) == "第一条 包邮。"


def test_metadata_is_read_above_the_first_clause_alone() -> None:
    blocks = [p(TITLE), p("版本：V2"), t("编号|A-1"), p("第一条 包邮。"), p("有效期：2026-09-01")]
    lines = [line for _, line in top(outline(Article(tuple(blocks))))]
    head = read_head(lines, source="s")
    assert head.values == {"version": "V2", "id": "A-1"}


TABLES = {  # id: rows of a table that is no metadata
    "goods": ["商品|版本|有效期", "水杯|V1|30天", "围巾|V2|60天"],
    "changes made": ["版本|日期|修订人", "V1.0|2025-01-01|张三", "V2.0|2026-01-01|李四"],
}


@pytest.mark.parametrize("rows", TABLES.values(), ids=TABLES.keys())
def test_a_table_that_is_no_metadata(rows: list[str]) -> None:
    table = t(*rows)
    assert list(top(outline(Article((table,))))) == []


TITLES = {  # id: (blocks, title)
    "a heading": ([h(TITLE), p("包邮。")], TITLE),
    "the first line": ([p(TITLE), p("第一条 包邮。")], TITLE),
    "a numbered heading is none": ([h("第一章 总则"), p("包邮。")], None),
    "a sentence is none": ([p("全店包邮。"), p("第一条 包邮。")], None),
    "metadata is none": ([p("版本：V2"), p("第一条 包邮。")], None),
    "a price is none": ([p("满59元包邮"), p("新疆除外。")], None),
}


@pytest.mark.parametrize(("blocks", "title"), TITLES.values(), ids=TITLES.keys())
def test_title(blocks: list[Block], title: str | None) -> None:
    assert title_of(outline(Article(tuple(blocks)))) == title


def test_nothing() -> None:
    assert read() == Reading("", ())
    assert read(p(" \n "), t("|")) == Reading("", ())
