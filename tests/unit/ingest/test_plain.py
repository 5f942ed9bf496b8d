"""Plain text: paragraphs put together from cut lines, tables from bars and tabs, exact lines."""

import pytest

from ragkit.ingest.formats.plain import join, read_plain

WIDE = "本政策适用于本店全部商品，包括现货、预售和跨境商品，具体以商品页面标注的类"
PROSE = {  # id: (text, [(line, paragraph)])
    "one in each line": ("包邮。\n退货。", [(1, "包邮。"), (2, "退货。")]),
    "blank lines between": ("\n包邮\n\n\n退货\n", [(2, "包邮"), (5, "退货")]),
    "cut for lack of room": (f"{WIDE}\n目为准。\n退货。", [(1, f"{WIDE}目为准。"), (3, "退货。")]),
    "a title above": (f"退货政策\n{WIDE}\n目为准。", [(1, "退货政策"), (2, f"{WIDE}目为准。")]),
    "a clause begins": (f"{WIDE}\n第二条 退货。", [(1, WIDE), (2, "第二条 退货。")]),
    "an indent begins": (f"{WIDE}\n　　退货。", [(1, WIDE), (2, "退货。")]),
    "metadata begins": (f"{WIDE}\n版本：V2", [(1, WIDE), (2, "版本：V2")]),
    "a list begins": (f"{WIDE}\n- 退货", [(1, WIDE), (2, "- 退货")]),
    "English": (
        "Returns are free of charge within seven days\nof delivery.",
        [(1, "Returns are free of charge within seven days of delivery.")],
    ),
    "lines too long to be cut": (f"{WIDE * 3}\n退货", [(1, WIDE * 3), (2, "退货")]),
    "a rule of dashes": ("包邮。\n----------\n退货。", [(1, "包邮。"), (3, "退货。")]),
    "a clause with a tab": ("1.\t包邮。\n2.\t退货。", [(1, "1. 包邮。"), (2, "2. 退货。")]),
    "nothing": (" \n\n", []),
}


@pytest.mark.parametrize(("text", "found"), PROSE.values(), ids=PROSE.keys())
def test_paragraphs(text: str, found: list[tuple[int, str]]) -> None:
    blocks = read_plain(text).blocks
    assert [(block.place.line, block.text) for block in blocks] == found


TABLES = {  # id: (text, [(line, cells)], header rows)
    "tabs": ("地区\t运费\n新疆\t12元\n", [(1, "地区/运费"), (2, "新疆/12元")], None),
    "bars": ("|地区|运费|\n|新疆|12元|", [(1, "地区/运费"), (2, "新疆/12元")], None),
    "Markdown": (
        "| 地区 | 运费 |\n|---|:-:|\n| 新疆 | 12元 |",
        [(1, "地区/运费"), (3, "新疆/12元")],
        1,
    ),
    "drawn with signs": (
        "+----+----+\n|地区|运费|\n+----+----+\n|新疆|12元|\n+----+----+",
        [(2, "地区/运费"), (4, "新疆/12元")],
        None,
    ),
    "drawn with lines": (
        "┌──┬──┐\n│地区│运费│\n├──┼──┤\n│新疆│12元│\n└──┴──┘",
        [(2, "地区/运费"), (4, "新疆/12元")],
        None,
    ),
    "an empty cell": ("a\tb\tc\nd\t\te", [(1, "a/b/c"), (2, "d//e")], None),
}


@pytest.mark.parametrize(("text", "rows", "header"), TABLES.values(), ids=TABLES.keys())
def test_tables(text: str, rows: list[tuple[int, str]], header: int | None) -> None:
    [block] = read_plain(text).blocks
    assert block.grid is not None
    assert [(row.place.line, "/".join(row.cells)) for row in block.grid.rows] == rows
    assert block.grid.header_rows == header


def test_prose_around_a_table() -> None:
    blocks = read_plain("运费如下\n地区\t运费\n新疆\t12元\n节假日顺延。", first_line=5).blocks
    assert [(block.place.line, block.text) for block in blocks] == [
        (5, "运费如下"),
        (6, ""),
        (8, "节假日顺延。"),
    ]


def test_one_line_with_a_bar_is_no_table() -> None:
    [block] = read_plain("A|B 两款都包邮。").blocks
    assert block.text == "A|B 两款都包邮。"


SEAMS = {  # id: (left, right, joined)
    "Chinese": ("运", "费", "运费"),
    "English": ("seven", "days", "seven days"),
    "Chinese and English": ("支持", "iPhone", "支持iPhone"),
    "a word cut in two": ("twenty-", "four", "twenty-four"),
    "nothing on the left": ("", "费", "费"),
}


@pytest.mark.parametrize(("left", "right", "joined"), SEAMS.values(), ids=SEAMS.keys())
def test_join(left: str, right: str, joined: str) -> None:
    assert join(left, right) == joined


def test_a_long_file_is_read_in_one_pass() -> None:
    text = "第一条 买家承担运费。\n" * 20_000
    assert len(read_plain(text).blocks) == 20_000
