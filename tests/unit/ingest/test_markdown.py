"""Policies in Markdown: clauses and rows, none of them lost, each where its span and line say."""

import pytest

from ragkit.core.documents import PartKind
from ragkit.core.errors import KnowledgeError
from ragkit.core.text import Locale
from ragkit.ingest.markdown import policy_parts, split_front_matter, without_marks

TITLE = "运费规则"
TABLE = "| 地区 | 运费 |\n|---|---|\n"


def clauses(body: str) -> list[tuple[str | None, str]]:
    return [
        (part.clause, part.wording)
        for part in policy_parts(body, title=TITLE, first_line=1, locale=Locale.ZH, source="s")
    ]


BODIES = {  # id: (body, [(clause, wording)])
    "one after the other": ("1.1 包邮。\n1.2 运费。\n", [("1.1", "包邮。"), ("1.2", "运费。")]),
    "blank lines between": ("1.1 包邮。\n\n\n1.2 运费。", [("1.1", "包邮。"), ("1.2", "运费。")]),
    "Chinese marks after the number": (
        "1.1、包邮。\n1.2：运费。",
        [("1.1", "包邮。"), ("1.2", "运费。")],
    ),
    "three levels": ("1.1.1 包邮。", [("1.1.1", "包邮。")]),
    "as a list": ("- 1.1 包邮。\n- 1.2 运费。\n", [("1.1", "包邮。"), ("1.2", "运费。")]),
    "a clause over two lines": ("1.1 包邮，\n含偏远地区。", [("1.1", "包邮，\n含偏远地区。")]),
    "text before the first clause": (
        "适用于全店。\n1.1 包邮。",
        [(None, "适用于全店。"), ("1.1", "包邮。")],
    ),
    "an amount is no clause number": ("满1.5公斤加收。", [(None, "满1.5公斤加收。")]),
    "a list under a clause": (
        "1.1 不退的有：\n- 定制商品\n- 生鲜\n",
        [("1.1", "不退的有："), ("1.1", "定制商品"), ("1.1", "生鲜")],
    ),
    "a numbered list under a clause": (
        "1.1 步骤：\n1. 申请\n2. 寄回\n",
        [("1.1", "步骤："), ("1.1", "申请"), ("1.1", "寄回")],
    ),
    "a quotation": ("> 节假日顺延。\n", [(None, "节假日顺延。")]),
    "indented like code": ("## 1 包邮\n\n    1.1 包邮。\n", [("1.1", "包邮。")]),
    "a line of dashes below": (
        "1.1 包邮。\n---\n1.2 运费。\n",
        [("1.1", "包邮。"), ("1.2", "运费。")],
    ),
    "like the target of a link": ("[1]: 包邮", [(None, "[1]: 包邮")]),
    "a note in HTML is not told": ("<!-- 内部 -->\n\n1.1 包邮。", [("1.1", "包邮。")]),
    "a note over many lines": (
        "1.1 包邮。\n<!--\n1.9 内部\n\n1.10 内部\n-->\n1.2 运费。",
        [("1.1", "包邮。"), ("1.2", "运费。")],
    ),
    "under a tag": ("<br>\n1.2 退款3天到账。", [("1.2", "退款3天到账。")]),
    "within tags": (
        '<div class="a">\n1.1 包邮。\n1.2 运费。\n</div>\n1.3 退货。',
        [("1.1", "包邮。"), ("1.2", "运费。"), ("1.3", "退货。")],
    ),
    "tags on the same line": ("<p>1.1 包邮。</p>", [("1.1", "包邮。")]),
    "a tag left open": ("<div\n1.1 包邮。", [(None, "<div"), ("1.1", "包邮。")]),
    "a link is no tag": ("见<https://example.com>", [(None, "见<https://example.com>")]),
    "a new section ends the clause": (
        "## 1 a\n1.1 包邮。\n## 2 b\n另见活动页。\n",
        [("1.1", "包邮。"), (None, "另见活动页。")],
    ),
    "nothing": ("\n\n", []),
}


@pytest.mark.parametrize(("body", "found"), BODIES.values(), ids=BODIES.keys())
def test_clauses(body: str, found: list[tuple[str | None, str]]) -> None:
    assert clauses(body) == found


ROWS = {  # id: (body, [(clause, wording)])
    "under its clause": (
        f"2.3 如下表。\n\n{TABLE}| 江浙沪 | 6元 |\n| 新疆 | 12元 |\n",
        [
            ("2.3", "如下表。"),
            ("2.3", "地区：江浙沪，运费：6元。"),
            ("2.3", "地区：新疆，运费：12元。"),
        ],
    ),
    "without a blank line before": (
        f"2.3 如下表。\n{TABLE}| 江浙沪 | 6元 |\n",
        [("2.3", "如下表。"), ("2.3", "地区：江浙沪，运费：6元。")],
    ),
    "without a blank line after": (
        f"{TABLE}| 江浙沪 | 6元 |\n2.4 节假日顺延。\n",
        [(None, "地区：江浙沪，运费：6元。"), ("2.4", "节假日顺延。")],
    ),
    "an empty cell": (
        f"{TABLE}| | 6元 |\n| 江浙沪 | |\n",
        [(None, "运费：6元。"), (None, "地区：江浙沪。")],
    ),
    "an empty cell without a blank": (f"{TABLE}|| 6元 |\n", [(None, "运费：6元。")]),
    "an empty row": (f"{TABLE}| | |\n", []),
    "no pipes at the ends": (f"{TABLE}江浙沪 | 6元\n", [(None, "地区：江浙沪，运费：6元。")]),
    "a pipe in a cell": (f"{TABLE}| 江\\|浙 | 6元 |\n", [(None, "地区：江|浙，运费：6元。")]),
    "a blank cell too many": (
        f"{TABLE}| 江浙沪 | 6元 | |\n",
        [(None, "地区：江浙沪，运费：6元。")],
    ),
    "a cell too few": (f"{TABLE}| 江浙沪 |\n", [(None, "地区：江浙沪。")]),
    "a column without a name": (
        "| | 运费 |\n|---|---|\n| 江浙沪 | 6元 |\n",
        [(None, "江浙沪，运费：6元。")],
    ),
}


@pytest.mark.parametrize(("body", "found"), ROWS.values(), ids=ROWS.keys())
def test_rows(body: str, found: list[tuple[str | None, str]]) -> None:
    assert clauses(body) == found


def test_rows_with_more_cells_than_the_header() -> None:
    body = f"{TABLE}| 江浙沪 | 6元 | 加急 |\n| 新疆 | 12元 |\n| 西藏 | 15元 | 加急 | 20元 |\n"
    with pytest.raises(KnowledgeError) as raised:
        list(policy_parts(body, title=TITLE, first_line=11, locale=Locale.ZH, source="a.md"))
    assert [(problem.what, problem.where) for problem in raised.value.problems] == [
        ("the row has more cells than its table has columns", "a.md:13"),
        ("the row has more cells than its table has columns", "a.md:15"),
    ]


def test_a_comment_left_open() -> None:
    body = "1.1 包邮。\n<!-- 1.9 内部\n"
    with pytest.raises(KnowledgeError) as raised:
        list(policy_parts(body, title=TITLE, first_line=11, locale=Locale.ZH, source="a.md"))
    assert [problem.where for problem in raised.value.problems] == ["a.md:12"]


MARKS = {  # id: (text, as it reads)
    "stress": ("折抵**200元**，*缺件*不折抵，__请注意__。", "折抵200元，缺件不折抵，请注意。"),
    "sizes": ("尺寸30*20*10厘米，重2*3公斤", "尺寸30*20*10厘米，重2*3公斤"),
    "a name with underscores": ("order_id 和 __init", "order_id 和 __init"),
    "code": ("编码`00123`", "编码00123"),
    "a quotation": ("> 版本：V1\n> > 注意\n\n正文", "版本：V1\n注意\n\n正文"),
    "a link": ('见[运费规则](https://a.cn/f "运费")。', "见运费规则（https://a.cn/f）。"),
    "an English link": ("see [freight](https://a.cn/f)", "see freight (https://a.cn/f)"),
    "a link within the site": ("见[运费规则](../运费.md)。", "见运费规则。"),
    "a picture": ("![尺码表](a.png)", "尺码表"),
    "brackets alone": ("[元] (含税)", "[元] (含税)"),
    "a list": ("* 一\n* 二", "* 一\n* 二"),
}


@pytest.mark.parametrize(("text", "read"), MARKS.values(), ids=MARKS.keys())
def test_marks_of_stress_and_quotation(text: str, read: str) -> None:
    assert without_marks(text) == read


def test_rows_in_english() -> None:
    body = "| Region | Fee |\n|---|---|\n| Xinjiang | 12 yuan |\n"
    [row] = policy_parts(body, title="Freight", first_line=1, locale=Locale.EN, source="s")
    assert row.wording == "Region: Xinjiang, Fee: 12 yuan."


def test_spans_lines_and_headings() -> None:
    body = f"# {TITLE}\n\n## 1 运费\n1.1 满59元包邮。😀\n\n### 偏远\n1.2  如下。 \n{TABLE}"
    body += "| 新疆 | 12元 |\n"
    parts = list(policy_parts(body, title=TITLE, first_line=11, locale=Locale.ZH, source="s"))
    assert [(part.kind, part.span.of(body), part.line, part.heading) for part in parts] == [
        (PartKind.CLAUSE, "满59元包邮。😀", 14, (TITLE, "1 运费")),
        (PartKind.CLAUSE, "如下。", 17, (TITLE, "1 运费", "偏远")),
        (PartKind.ROW, "| 新疆 | 12元 |", 20, (TITLE, "1 运费", "偏远")),
    ]


def test_a_section_leaves_the_subsection_before_it() -> None:
    body = "## 1 甲\n### 1.1 乙\n1.1.1 一。\n## 2 丙\n2.1 二。\n"
    parts = policy_parts(body, title=TITLE, first_line=1, locale=Locale.ZH, source="s")
    assert [part.heading for part in parts] == [(TITLE, "1 甲", "1.1 乙"), (TITLE, "2 丙")]


def test_front_matter() -> None:
    text = "---\nid: a\ntitle: b\n---\n\n1.1 包邮。\n---\n"
    assert split_front_matter(text, source="s") == ("id: a\ntitle: b", "\n1.1 包邮。\n---\n", 5)


NO_FRONT = {"empty": "", "none": "# 规则\n1.1 包邮。\n", "left open": "---\nid: a\n\n1.1 包邮。\n"}


@pytest.mark.parametrize("text", NO_FRONT.values(), ids=NO_FRONT.keys())
def test_no_front_matter(text: str) -> None:
    with pytest.raises(KnowledgeError, match="does not start with front matter") as raised:
        split_front_matter(text, source="policies/a.md")
    assert raised.value.problems[0].where == "policies/a.md:1"
