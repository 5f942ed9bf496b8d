"""Workbooks and CSV files as people save them: what shows is read, what is left out is named."""

import io
import time
import zipfile
from datetime import datetime, timedelta
from datetime import time as clock
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from ragkit.core.errors import KnowledgeError
from ragkit.core.text import Locale
from ragkit.ingest.blocks import Article, BlockKind
from ragkit.ingest.formats.cells import Value, shown
from ragkit.ingest.formats.delimited import read_delimited
from ragkit.ingest.formats.sheets import read_workbook
from ragkit.ingest.tables import read_table


def filled(*rows: tuple[object, ...]) -> Worksheet:
    sheet = Workbook().active
    for row in rows:
        sheet.append(row)
    return sheet


def read(tmp_path: Path, book: Workbook) -> Article:
    path = tmp_path / "运费.xlsx"
    book.save(path)
    return read_workbook(path, source="policies/运费.xlsx")


def grids(article: Article) -> list[list[tuple[str, ...]]]:
    return [[row.cells for row in block.grid.rows] for block in article.blocks if block.grid]


def texts(article: Article) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text) for block in article.blocks]


def problem(raised: pytest.ExceptionInfo[KnowledgeError]) -> str:
    [only] = raised.value.problems
    assert only.fix
    return f"{only.where}: {only.what}"


CELLS: dict[str, tuple[Value, str, str]] = {  # id: (value, number format, shown)
    "whole": (6.0, "General", "6"),
    "cents": (59.9, "0.00", "59.9"),
    "noise of binary fractions": (0.1 + 0.2, "General", "0.3"),
    "huge": (1e20, "General", "100000000000000000000"),
    "beyond every number": (float("inf"), "0000", "inf"),
    "a code of zeros": (123, "00000", "00123"),
    "a telephone number": (13800138000, "000-0000-0000", "138-0013-8000"),
    "percent": (0.05, "0%", "5%"),
    "percent that is shown rounded": (0.055, "0%", "5.5%"),
    "yuan sign": (6, '"¥"#,##0.00', "¥6"),
    "yuan sign of a country": (6, "[$¥-804]#,##0.00", "¥6"),
    "accounts": (-6, "_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ", "-¥6"),
    "unit in the format": (59.9, '0"元"', "59.9元"),
    "text before and behind": (7, '"满"0"元"', "满7元"),
    "free of charge": (0, '0"元";;"包邮"', "包邮"),
    "shown in thousands": (12000, '0.0,"K"', "12000"),
    "shown in ten thousands": (12000, r'0\.0,"万"', "12000"),
    "a fraction": (0.5, "# ?/?", "0.5"),
    "conditions": (5, '[>=10]0"高";0"低"', "5"),
    "day": (datetime(2026, 9, 1), "yyyy/m/d", "2026-09-01"),
    "day and time": (datetime(2026, 9, 1, 18, 30), "m/d/yy h:mm", "2026-09-01 18:30"),
    "month": (datetime(2026, 9, 1), 'yyyy"年"m"月"', "2026-09"),
    "time": (clock(9, 0), "h:mm", "09:00"),
    "hours": (timedelta(hours=48), "[h]:mm", "48:00"),
    "yes": (True, "General", "是"),
    "text": ("00123", "General", "00123"),
}


@pytest.mark.parametrize(("value", "form", "text"), CELLS.values(), ids=CELLS.keys())
def test_cells_as_they_are_shown(value: Value, form: str, text: str) -> None:
    assert shown(value, form, Locale.ZH) == text


def test_cells_of_a_real_workbook(tmp_path: Path) -> None:
    sheet = filled(("项目", "值"), ("货号", "00123"), ("编码", 123), ("税率", 0.05), ("含税", True))
    sheet.append(("自", datetime(2026, 9, 1)))
    sheet["B3"].number_format = "00000"
    sheet["B4"].number_format = "0%"
    [grid] = grids(read(tmp_path, sheet.parent))
    assert [value for _, value in grid[1:]] == ["00123", "00123", "5%", "是", "2026-09-01"]


def test_booleans_in_english(tmp_path: Path) -> None:
    [grid] = grids(read(tmp_path, filled(("Item", "Free"), ("Returns", False)).parent))
    assert grid[1] == ("Returns", "no")


def computed(book: Workbook, cells: dict[str, str]) -> bytes:
    """A workbook with saved values of its formulas, as Excel writes them."""
    raw = io.BytesIO()
    book.save(raw)
    packed = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            content = source.read(name).decode("utf-8", "surrogateescape")
            for before, after in cells.items() if "sheet1" in name else ():
                assert before in content
                content = content.replace(before, after)
            target.writestr(name, content.encode("utf-8", "surrogateescape"))
    return packed.getvalue()


def test_formula_cells_give_values(tmp_path: Path) -> None:  # ragflow #2406
    sheet = filled(("地区", "运费", "备注"), ("江浙沪", "=2*3", '=""'))
    path = tmp_path / "a.xlsx"
    saved = {
        '<c r="B2"><f>2*3</f><v></v></c>': '<c r="B2"><f>2*3</f><v>6</v></c>',
        '<c r="C2"><f>""</f><v></v></c>': '<c r="C2" t="str"><f>""</f><v></v></c>',
    }
    path.write_bytes(computed(sheet.parent, saved))
    article = read_workbook(path, source="a.xlsx")
    assert grids(article) == [[("地区", "运费", "备注"), ("江浙沪", "6", "")]]
    assert article.notices == ()  # a formula that gives an empty text has been computed


def test_formulas_without_a_value_are_named(tmp_path: Path) -> None:
    sheet = filled(("地区", "运费"), *((f"地区{n}", f"={n}*2") for n in range(2, 15)))
    sheet.title = "运费"
    [notice] = read(tmp_path, sheet.parent).notices
    assert notice.where == "policies/运费.xlsx:运费:B2"
    assert "B2, B3, " in notice.what
    assert "B11 and 3 more" in notice.what
    assert notice.fix == "open it in Excel and save it again"


def test_error_values_are_named(tmp_path: Path) -> None:
    sheet = filled(("地区", "运费"), ("江浙沪", "#N/A"), ("新疆", "#REF!"))
    article = read(tmp_path, sheet.parent)
    assert grids(article) == [[("地区", "运费"), ("江浙沪", ""), ("新疆", "")]]
    [notice] = article.notices
    assert notice.where == "policies/运费.xlsx:Sheet:B2"
    assert "B2 (#N/A), B3 (#REF!)" in notice.what


def test_merged_cells_repeat_their_value(tmp_path: Path) -> None:
    sheet = filled(
        ("2026年运费表",), ("地区", "运费", None), (None, "首重", "续重"),
        ("华东", "6元", "2元"), (None, "7元", "3元"),
    )  # fmt: skip
    for area in ("A1:F1", "A2:A3", "B2:C2", "A4:A5"):
        sheet.merge_cells(area)
    [block] = read(tmp_path, sheet.parent).blocks
    assert block.grid is not None
    table = read_table(block.grid, locale=Locale.ZH, source="s")
    assert table.caption == ("2026年运费表",)
    assert [(row.text, row.place.line, row.place.sheet) for row in table.rows] == [
        ("地区：华东，运费 首重：6元，运费 续重：2元。", 4, "Sheet"),
        ("地区：华东，运费 首重：7元，运费 续重：3元。", 5, "Sheet"),
    ]


def test_several_sheets_load_with_no_row_lost(tmp_path: Path) -> None:  # ragflow PR #4123
    book = Workbook()
    book.remove(book.active)
    for name in ("运费", "时效", "空"):
        sheet = book.create_sheet(name)
        if name != "空":
            for row in (("地区", name), *((f"地区{n}", f"{n}") for n in range(300))):
                sheet.append(row)
    article = read(tmp_path, book)
    assert [len(grid) for grid in grids(article)] == [301, 301]
    assert [text for kind, text in texts(article) if kind is BlockKind.HEADING] == ["运费", "时效"]


def test_several_tables_on_one_sheet(tmp_path: Path) -> None:
    sheet = filled(
        ("运费表",), (),
        ("地区", "运费", None, "承运商", "电话"), ("江浙沪", "6元", None, "顺丰", "95338"), (), (),
        ("会员", "折扣"), ("金卡", "9折"), (), ("以上自2026年9月1日起执行",),
    )  # fmt: skip
    article = read(tmp_path, sheet.parent)
    assert grids(article) == [
        [("地区", "运费"), ("江浙沪", "6元")],
        [("承运商", "电话"), ("顺丰", "95338")],
        [("会员", "折扣"), ("金卡", "9折")],
    ]
    assert [block.grid.caption for block in article.blocks if block.grid] == [("运费表",), (), ()]
    assert [block.place.line for block in article.blocks] == [3, 3, 7, 10]
    assert texts(article)[-1] == (BlockKind.PARAGRAPH, "以上自2026年9月1日起执行")


def test_hidden_parts_are_left_out_and_named(tmp_path: Path) -> None:
    sheet = filled(
        ("地区", "运费", "成本"),
        ("江浙沪", "6元", "3元"),
        ("停用", "9元", "4元"),
        ("新疆", "12元", "8元"),
    )
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["C"].hidden = True
    secret = sheet.parent.create_sheet("内部")
    secret.append(("底价", 1))
    secret.sheet_state = "hidden"
    sheet.parent.create_sheet("空的").sheet_state = "veryHidden"
    article = read(tmp_path, sheet.parent)
    assert grids(article) == [[("地区", "运费"), ("江浙沪", "6元"), ("新疆", "12元")]]
    assert [(each.where.rpartition(":")[2], each.what) for each in article.notices] == [
        ("Sheet", "hidden row is left out: 3"),
        ("Sheet", "hidden column is left out: C"),
        ("内部", "the sheet is hidden, and left out"),
    ]


def test_comments_are_not_read(tmp_path: Path) -> None:
    sheet = filled(("地区", "运费"), ("江浙沪", "6元"))
    sheet["B2"].comment = Comment("内部：成本3元", "财务")
    assert grids(read(tmp_path, sheet.parent)) == [[("地区", "运费"), ("江浙沪", "6元")]]


def test_a_sheet_that_is_formatted_to_its_end_is_read_at_once(tmp_path: Path) -> None:
    sheet = filled(("地区", "运费"), *((f"地区{n}", f"{n}元") for n in range(10)))
    sheet.cell(1_048_576, 16_384).font = Font(bold=True)
    sheet.merge_cells("F1:F1000")
    sheet.parent.save(tmp_path / "a.xlsx")
    started = time.perf_counter()
    article = read_workbook(tmp_path / "a.xlsx", source="a.xlsx")
    assert time.perf_counter() - started < 2
    assert [len(grid) for grid in grids(article)] == [11]


def test_tables_far_apart(tmp_path: Path) -> None:
    sheet = filled(("地区", "运费"), ("江浙沪", "6元"))
    sheet.cell(1_000_000, 16_000, "注：顺延")
    article = read(tmp_path, sheet.parent)
    assert grids(article) == [[("地区", "运费"), ("江浙沪", "6元")]]
    assert texts(article)[-1] == (BlockKind.PARAGRAPH, "注：顺延")
    assert article.blocks[-1].place.line == 1_000_000


def saved(sheet: Worksheet) -> bytes:
    raw = io.BytesIO()
    sheet.parent.save(raw)
    return raw.getvalue()


def packed(**parts: str) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return raw.getvalue()


WHOLE = saved(filled(("地区", "运费"), ("江浙沪", "6元")))
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
UNREADABLE = {  # id: (bytes, words)
    "empty file": (b"", "the file is empty"),
    "empty workbook": (saved(filled()), "the workbook shows no text"),
    "only blanks": (saved(filled(("  ", None))), "the workbook shows no text"),
    "encrypted": (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted with a password"),
    "an .xls file under a new name": (OLE, "an old Excel file (.xls)"),
    "a web page under a new name": (b"<html><table>", "the file is a web page"),
    "a CSV file under a new name": ("地区,运费".encode(), "the file is no workbook"),
    "cut short": (WHOLE[: len(WHOLE) // 2], "the workbook is damaged"),
    "cut at its end": (WHOLE[:-30], "the workbook is damaged"),
    "another package": (packed(word__document="<a/>"), "no Excel workbook"),
    "a package without its list": (packed(xl__workbook="<a/>"), "the workbook is damaged"),
    "broken within": (WHOLE.replace(b"PK\x03\x04", b"PK\x03\x05", 3), "the workbook is damaged"),
}


@pytest.mark.parametrize(("raw", "words"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_no_workbook(tmp_path: Path, raw: bytes, words: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(raw)
    with pytest.raises(KnowledgeError) as raised:
        read_workbook(path, source="policies/a.xlsx")
    told = problem(raised)
    assert told.startswith("policies/a.xlsx: ")
    assert words in told


def test_everything_hidden_is_a_problem(tmp_path: Path) -> None:
    sheet = filled(("地区", "运费"))
    sheet.row_dimensions[1].hidden = True
    with pytest.raises(KnowledgeError, match="all of it is left out"):
        read(tmp_path, sheet.parent)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<a/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(201):
                part.write(b" " * 1_000_000)
    path = tmp_path / "a.xlsx"
    path.write_bytes(raw.getvalue())
    assert path.stat().st_size < 1_000_000
    with pytest.raises(KnowledgeError, match="unpacks to 201 MB"):
        read_workbook(path, source="a.xlsx")


def csv(tmp_path: Path, raw: bytes) -> Article:
    path = tmp_path / "a.csv"
    path.write_bytes(raw)
    return read_delimited(path, source="policies/a.csv")


TABLE = [("编号", "运费"), ("00123", "6,5元")]
DELIMITED = {  # id: (bytes, rows)
    "comma": ('编号,运费\n00123,"6,5元"\n'.encode(), TABLE),
    "semicolon": ("编号;运费\n00123;6,5元\n".encode(), TABLE),
    "tab": ("编号\t运费\n00123\t6,5元\n".encode(), TABLE),
    "bar": ("编号|运费\n00123|6,5元\n".encode(), TABLE),
    "told by Excel": ("sep=;\n编号;运费\n00123;6,5元\n".encode(), TABLE),
    "byte order mark": ('\ufeff编号,运费\r\n00123,"6,5元"\r\n'.encode(), TABLE),
    "Chinese Windows": ('编号,运费\r\n00123,"6,5元"\r\n'.encode("gb18030"), TABLE),
    "Unicode text of Excel": ("\ufeff编号\t运费\r\n00123\t6,5元\r\n".encode("utf-16-le"), TABLE),
    "quotes and line breaks": (
        '问题,答案\n"说""包邮""的","满59元\n包邮"\n'.encode(),
        [("问题", "答案"), ('说"包邮"的', "满59元\n包邮")],
    ),
    "bars within cells": (
        "问题,相似\n包邮,多少包邮|几元包邮|满多少包邮\n".encode(),
        [("问题", "相似"), ("包邮", "多少包邮|几元包邮|满多少包邮")],
    ),
    "blank cells at the end": (
        "编号,运费\n1,6元,,\n".encode(),
        [("编号", "运费"), ("1", "6元")],
    ),
}


@pytest.mark.parametrize(("raw", "rows"), DELIMITED.values(), ids=DELIMITED.keys())
def test_delimited(tmp_path: Path, raw: bytes, rows: list[tuple[str, ...]]) -> None:
    assert grids(csv(tmp_path, raw)) == [rows]


def test_lines_of_a_csv_with_line_breaks_in_cells(tmp_path: Path) -> None:
    article = csv(tmp_path, '问题,答案\na,"1\n2"\nb,3\n\nc,4\n'.encode())
    places = [row.place.line for block in article.blocks if block.grid for row in block.grid.rows]
    assert places == [1, 2, 4, 6]


BAD_CSV = {  # id: (text, line, words)
    "empty": ("", None, "the file holds no text"),
    "only commas": (",,\n,,\n", None, "the file holds no text"),
    "a comma without quotes": (
        "地区,运费\n新疆,12元\n江浙沪,6,5元\n",
        3,
        "the row has 3 cells, most have 2",
    ),
    "a cell too few": ("a,b,c\n1,2,3\n4,5\n6,7,8\n", 3, "the row has 2 cells, most have 3"),
    "a quote left open": ('问题,答案\na,b\n"c,d\ne,f\n', 3, "the row cannot be read"),
    "text behind a quote": ('问题,答案\n"a"b,c\n', 2, "the row cannot be read"),
}


@pytest.mark.parametrize(("text", "line", "words"), BAD_CSV.values(), ids=BAD_CSV.keys())
def test_bad_csv(tmp_path: Path, text: str, line: int | None, words: str) -> None:
    with pytest.raises(KnowledgeError) as raised:
        csv(tmp_path, text.encode())
    told = problem(raised)
    assert told.startswith("policies/a.csv" + (f":{line}: " if line else ": "))
    assert words in told


def test_a_title_and_a_note_in_a_csv(tmp_path: Path) -> None:
    raw = "2026年运费表\n地区,运费\n江浙沪,6元\n注：节假日顺延\n".encode()
    [block] = csv(tmp_path, raw).blocks
    assert block.grid is not None
    table = read_table(block.grid, locale=Locale.ZH, source="s")
    assert table.caption == ("2026年运费表",)
    assert [row.text for row in table.rows] == ["地区：江浙沪，运费：6元。"]
    assert [note.text for note in table.notes] == ["注：节假日顺延"]
