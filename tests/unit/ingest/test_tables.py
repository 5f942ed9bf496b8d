"""Tables as sentences: header, caption and notes are found, and every cell is said."""

import pytest

from ragkit.core.errors import KnowledgeError
from ragkit.core.text import Locale
from ragkit.ingest.blocks import Grid, Place, Row
from ragkit.ingest.saying import Column, column
from ragkit.ingest.tables import Table, read_table


def grid(text: str, *, header_rows: int | None = None, caption: tuple[str, ...] = ()) -> Grid:
    """A table drawn as lines, its cells between bars."""
    rows = tuple(
        Row(tuple(cell.strip() for cell in line.split("|")), Place(line=number))
        for number, line in enumerate(text.split("\n"), start=1)
    )
    return Grid(rows, header_rows=header_rows, caption=caption)


def read(text: str, *, locale: Locale = Locale.ZH, header_rows: int | None = None) -> Table:
    return read_table(grid(text, header_rows=header_rows), locale=locale, source="运费.csv")


COLUMNS = {  # id: (header cells, top level first; path, unit)
    "plain": (("运费",), ("运费",), None),
    "unit in brackets": (("运费（元）",), ("运费",), "元"),
    "unit in western brackets": (("运费(元/件)",), ("运费",), "元/件"),
    "per unit of the level above": (("运费（元）", "续重/kg"), ("运费", "续重"), "元/kg"),
    "another unit below": (("包裹（件）", "重量/kg"), ("包裹（件）", "重量"), "kg"),
    "a price whose currency is not said": (("单价/kg",), ("单价/kg",), None),
    "unit by name": (("重量（单位：kg）",), ("重量",), "kg"),
    "unit behind a slash": (("时效/天",), ("时效",), "天"),
    "unit at the top level": (("运费（元）", "首重"), ("运费", "首重"), "元"),
    "two levels of two units": (("Fee ($)", "运费（元）"), ("Fee ($)", "运费"), "元"),
    "working days": (("Delivery (working days)",), ("Delivery",), "working days"),
    "currency sign": (("Price ($)",), ("Price",), "$"),
    "brackets that hold no unit": (("价格（含税）",), ("价格（含税）",), None),
    "slash between two names": (("电话/传真",), ("电话/传真",), None),
    "sizes": (("尺码（S/M/L）",), ("尺码（S/M/L）",), None),
    "a name on two lines": (("运\n费\n（元）",), ("运费",), "元"),
    "English on two lines": (("Delivery\ntime",), ("Delivery time",), None),
    "merged down": (("地区", "地区"), ("地区",), None),
    "no name": (("",), (), None),
}


@pytest.mark.parametrize(("cells", "path", "unit"), COLUMNS.values(), ids=COLUMNS.keys())
def test_columns(cells: tuple[str, ...], path: tuple[str, ...], unit: str | None) -> None:
    assert column(*cells) == Column(path, unit)


UNITS = {  # id: (header, cell, said)
    "bare number": ("运费（元）", "6", "运费：6元。"),
    "with cents": ("运费/元", "59.9", "运费：59.9元。"),
    "thousands": ("价格（元）", "1,299", "价格：1,299元。"),
    "range": ("时效（天）", "3-5", "时效：3-5天。"),
    "threshold": ("包邮门槛（元）", "满59", "包邮门槛：满59元。"),
    "unit in the cell": ("运费（元）", "6元", "运费：6元。"),
    "more than a number": ("运费（元）", "6起", "运费（元）：6起。"),
    "no number": ("运费（元）", "包邮", "运费：包邮。"),
    "a code is no amount": ("数量（件）", "00123", "数量（件）：00123。"),
    "percent": ("折扣（%）", "5", "折扣：5%。"),
    "sign before": ("价格（¥）", "89", "价格：¥89。"),
    "per piece": ("续重（元/kg）", "2", "续重：2元/kg。"),
}


@pytest.mark.parametrize(("header", "cell", "said"), UNITS.values(), ids=UNITS.keys())
def test_units_stand_behind_the_number(header: str, cell: str, said: str) -> None:
    assert [row.text for row in read(f"{header}\n{cell}", header_rows=1).rows] == [said]


SAID = {  # id: (table, sentences)
    "plain": (
        "地区|运费\n江浙沪|6元\n新疆|12元",
        ["地区：江浙沪，运费：6元。", "地区：新疆，运费：12元。"],
    ),
    "two levels": (
        "地区|运费（元）|运费（元）\n地区|首重|续重\n江浙沪|6|2",
        ["地区：江浙沪，运费 首重：6元，运费 续重：2元。"],
    ),
    "two levels, not merged": (
        "地区|运费|\n|首重|续重\n江浙沪|6元|2元\n新疆|12元|8元",
        [
            "地区：江浙沪，运费 首重：6元，运费 续重：2元。",
            "地区：新疆，运费 首重：12元，运费 续重：8元。",
        ],
    ),
    "three levels": (
        "地区|运费|运费|运费\n地区|首重|首重|续重\n地区|顺丰|中通|续重\n江浙沪|12元|6元|2元",
        ["地区：江浙沪，运费 首重 顺丰：12元，运费 首重 中通：6元，运费 续重：2元。"],
    ),
    "two levels over every column": (
        "运费|运费|时效|时效\n首重|续重|最快|最慢\n6元|2元|1天|3天",
        ["运费 首重：6元，运费 续重：2元，时效 最快：1天，时效 最慢：3天。"],
    ),
    "names that repeat are one level": (
        "渠道|电话|电话\n客服|企业微信|QQ",
        ["渠道：客服，电话：企业微信，电话：QQ。"],
    ),
    "amounts as names": (
        "重量|1kg|2kg\n江浙沪|6元|8元",
        ["重量：江浙沪，1kg：6元，2kg：8元。"],
    ),
    "years as names": (
        "项目|2025|2026\n退货数|120|98",
        ["项目：退货数，2025：120，2026：98。"],
    ),
    "merged down": (
        "地区|省份|运费\n华东|江苏|6元\n华东|浙江|6元",
        ["地区：华东，省份：江苏，运费：6元。", "地区：华东，省份：浙江，运费：6元。"],
    ),
    "subheadings": (
        "省份|运费|时效\n一、华东|一、华东|一、华东\n江苏|6元|2天\n二、西北|二、西北|二、西北\n新疆|12元|7天",
        [
            "一、华东，省份：江苏，运费：6元，时效：2天。",
            "二、西北，省份：新疆，运费：12元，时效：7天。",
        ],
    ),
    "equal answers are no subheading": (
        "首重|续重|保价\n包邮|包邮|包邮\n6元|2元|1元",
        ["首重：包邮，续重：包邮，保价：包邮。", "首重：6元，续重：2元，保价：1元。"],
    ),
    "unit and period of the whole table": (
        "2026年运费表|2026年运费表|2026年运费表\n单位：元||自2026年9月1日起执行\n"
        "地区|首重|续重\n江浙沪|6|2",
        ["地区：江浙沪，首重：6，续重：2（单位：元，自2026年9月1日起执行）。"],
    ),
    "unit within the title": (
        "运费表（单位：元）|运费表（单位：元）\n地区|运费\n江浙沪|6",
        ["地区：江浙沪，运费：6（单位：元）。"],
    ),
    "period in cells of its own": (
        "生效日期|2026-09-01|\n地区|首重|续重\n江浙沪|6元|2元",
        ["地区：江浙沪，首重：6元，续重：2元（生效日期：2026-09-01）。"],
    ),
    "a column that is called like a period": (
        "活动|生效日期|失效日期\n国庆|2026-10-01|2026-10-07",
        ["活动：国庆，生效日期：2026-10-01，失效日期：2026-10-07。"],
    ),
    "names and values": (
        "营业时间|9:00-21:00\n地址|杭州市余杭区",
        ["营业时间：9:00-21:00。", "地址：杭州市余杭区。"],
    ),
    "names and values without a number": (
        "品牌|南枝\n产地|杭州\n容量|500ml",
        ["品牌：南枝。", "产地：杭州。", "容量：500ml。"],
    ),
    "names of values with a unit": (
        "运费（元）|6\n容量（ml）|见瓶身",
        ["运费：6元。", "容量（ml）：见瓶身。"],
    ),
    "names and values side by side": (
        "品牌|南枝|型号|X1\n产地|杭州|容量|500ml",
        ["品牌：南枝，型号：X1。", "产地：杭州，容量：500ml。"],
    ),
    "product names are no names of values": (
        "商品名称|品牌|颜色|库存\n保温杯|南枝|白|有",
        ["商品名称：保温杯，品牌：南枝，颜色：白，库存：有。"],
    ),
    "no header": (
        "江浙沪|6元|满59元\n新疆|12元|满159元",
        ["江浙沪，6元，满59元。", "新疆，12元，满159元。"],
    ),
    "one column": ("不支持退货\n定制商品\n生鲜", ["不支持退货：定制商品。", "不支持退货：生鲜。"]),
    "the header again, as on each page": (
        "地区|运费\n江浙沪|6元\n地区|运费\n新疆|12元",
        ["地区：江浙沪，运费：6元。", "地区：新疆，运费：12元。"],
    ),
    "blank rows and columns": (
        "|||\n地区||运费|\n|||\n江浙沪||6元|",
        ["地区：江浙沪，运费：6元。"],
    ),
    "a cell that is a sentence": (
        "问题|说明\n退货|7天内可退。",
        ["问题：退货，说明：7天内可退。"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), SAID.values(), ids=SAID.keys())
def test_rows(text: str, said: list[str]) -> None:
    assert [row.text for row in read(text).rows] == said


def test_codes_stay_text() -> None:  # ragflow #8782
    assert [row.text for row in read("编号|运费\n00123|6元").rows] == ["编号：00123，运费：6元。"]


def test_a_header_alone_keeps_its_schema() -> None:  # ragflow PR #19509
    table = read("地区|运费（元）")
    assert table.columns == (Column(("地区",)), Column(("运费",), "元"))
    assert table.rows == ()
    assert table.lines == ("| 地区 | 运费（元） |", "|---|---|")


def test_every_row_repeats_its_header() -> None:  # ragflow #5888
    rows = read("地区|运费\n" + "\n".join(f"地区{n}|{n}元" for n in range(1, 500))).rows
    assert len(rows) == 499
    assert all(row.text.startswith("地区：") and "，运费：" in row.text for row in rows)


GIVEN = {  # id: (table, header rows, sentences)
    "one, though it looks like data": ("江浙沪|6元\n新疆|12元", 1, ["江浙沪：新疆，6元：12元。"]),
    "none": ("地区|运费\n江浙沪|6元", 0, ["地区：运费。", "江浙沪：6元。"]),
    "two": ("地区|运费\n省份|元\n江苏|6", 2, ["地区 省份：江苏，运费 元：6。"]),
    "the title alone": (
        "运费表|运费表\n地区|运费\n江浙沪|6元", 1, ["地区：江浙沪，运费：6元。"]
    ),
    "more than there are": ("地区|运费", 5, []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "count", "said"), GIVEN.values(), ids=GIVEN.keys())
def test_given_header_rows_win(text: str, count: int, said: list[str]) -> None:
    assert [row.text for row in read(text, header_rows=count).rows] == said


NOTES = {  # id: (last row, note)
    "merged": ("注：节假日顺延。|注：节假日顺延。|注：节假日顺延。", "注：节假日顺延。"),
    "in one cell": ("备注：偏远地区另计||", "备注：偏远地区另计"),
    "with a number": ("注1、节假日顺延||", "注1、节假日顺延"),
    "with a star": ("*偏远地区另计||", "*偏远地区另计"),
    "in English": ("Note: no delivery on holidays||", "Note: no delivery on holidays"),
    "beside its name": ("备注|偏远地区另计|偏远地区另计", "备注：偏远地区另计"),
    "a line over the whole width": ("偏远地区另计|偏远地区另计|偏远地区另计", "偏远地区另计"),
}


@pytest.mark.parametrize(("last", "note"), NOTES.values(), ids=NOTES.keys())
def test_notes_are_no_rows(last: str, note: str) -> None:
    table = read(f"地区|首重|续重\n江浙沪|6元|2元\n{last}")
    assert [row.text for row in table.rows] == ["地区：江浙沪，首重：6元，续重：2元。"]
    assert [(each.text, each.place.line) for each in table.notes] == [(note, 3)]


def test_a_period_below_the_table_holds_for_its_rows() -> None:
    table = read("地区|运费\n江浙沪|6元\n有效期至2026年12月31日|")
    assert table.rows[0].text == "地区：江浙沪，运费：6元（有效期至2026年12月31日）。"


def test_a_row_with_one_cell_is_still_a_row() -> None:
    assert [row.text for row in read("地区|运费\n江浙沪|6元\n西藏|").rows][1:] == ["地区：西藏。"]


def test_the_whole_table_as_markdown() -> None:
    table = read_table(
        grid("单位：元|\n地区|运费\n江\\浙|6\n注：顺延|", caption=("运费表",)),
        locale=Locale.ZH,
        source="s",
    )
    assert table.caption == ("运费表", "单位：元")
    assert table.lines == (
        "运费表",
        "单位：元",
        "| 地区 | 运费 |",
        "|---|---|",
        "| 江\\浙 | 6 |",
        "注：顺延",
    )
    assert [row.place.line for row in table.rows] == [3]


def test_a_bar_and_a_line_break_in_a_cell() -> None:
    rows = (Row(("地区", "说明"), Place(1)), Row(("江|浙", "满59元\n包邮"), Place(2)))
    [row] = read_table(Grid(rows), locale=Locale.ZH, source="s").rows
    assert row.line == "| 江\\|浙 | 满59元；包邮 |"
    assert row.text == "地区：江|浙，说明：满59元；包邮。"


def test_rows_longer_than_the_header() -> None:
    with pytest.raises(KnowledgeError) as raised:
        read("地区|运费\n江浙沪|6元|加急\n新疆|12元|\n西藏|15元|加急")
    assert [(problem.what, problem.where) for problem in raised.value.problems] == [
        ("the row has more cells than its table has columns", "运费.csv:2"),
        ("the row has more cells than its table has columns", "运费.csv:4"),
    ]


def test_places_of_problems_name_sheet_and_page() -> None:
    for place, where in ((Place(2, sheet="运费"), "a:运费:2"), (Place(2, page=3), "a:page 3:2")):
        rows = (Row(("地区", "运费"), Place(1)), Row(("江苏", "6元", "2天"), place))
        with pytest.raises(KnowledgeError) as raised:
            read_table(Grid(rows, header_rows=1), locale=Locale.ZH, source="a")
        assert raised.value.problems[0].where == where


def test_in_english() -> None:
    table = read("Unit: yuan|\nRegion|Fee (yuan)|Days\nXinjiang|12|3-5 days", locale=Locale.EN)
    assert [row.text for row in table.rows] == [
        "Region: Xinjiang, Fee: 12 yuan, Days: 3-5 days (Unit: yuan)."
    ]


EMPTY = {"no rows": Grid(()), "blank rows": Grid((Row(("", " "), Place(1)), Row((), Place(2))))}


@pytest.mark.parametrize("empty", EMPTY.values(), ids=EMPTY.keys())
def test_nothing(empty: Grid) -> None:
    table = read_table(empty, locale=Locale.ZH, source="s")
    assert (table.columns, table.rows, table.lines) == ((), (), ())
