"""What each row of a table is: caption, header, data, note.

Formats seldom say it. The guesses are careful in one direction: a row that is taken for the wrong
thing is still told, as a caption, a name or a note; none is dropped but a repeated header.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.core.quantities import find_quantities
from ragkit.core.text import HAN
from ragkit.ingest.blocks import Grid, Place, Row
from ragkit.ingest.heads import HeadLine, is_head_line, is_head_row

_MAX_LEVELS = 4
_NOTE = re.compile(
    r"[（(【\[]?(?:注|备注|附注|说明|特别说明|温馨提示|提示|notes?|remarks?)\s*\d*[】\])）]?\s*[:：.、]|[*＊※]",
    re.IGNORECASE,
)
_BARE_NOTE = re.compile(r"(?:注|备注|附注|说明|notes?|remarks?)\s*[:：]?", re.IGNORECASE)
# Lines that belong to a whole table: the unit of its numbers, the days on which it holds.
UNIT_LINE = re.compile(
    r"(?:(?:计量|金额|货币)?单位|units?)\s*[:：]\s*[^\s（）()；;，,。]+", re.IGNORECASE
)
_PERIOD_NAME = r"(?:生效|执行|实施|适用|有效|活动|截止|失效)(?:日期|时间|期间|期限|期)"
PERIOD = re.compile(
    rf"{_PERIOD_NAME}\s*[:：为]?\s*[^）)；;。\n]*\d[^）)；;。\n]*"
    r"|[自从][^）)；;。\n]*\d[^）)；;。\n]*起(?:开始)?(?:执行|生效|实施|施行)?"
    r"|截[至止][^）)；;。\n]*\d[^）)；;。\n]*"
    r"|(?:effective|valid)(?:\s+(?:from|until|through|to|as of))?\s*:?[^);.\n]*\d[^);.\n]*"
    r"|as of\s[^);.\n]*\d[^);.\n]*",
    re.IGNORECASE,
)
_CONTEXT_NAME = re.compile(rf"(?:{_PERIOD_NAME}|(?:计量|金额|货币)?单位)\s*[:：]?")
# First cells of tables that have no header: 营业时间 | 9:00-21:00.
_KEY_WORDS = (
    "品牌 型号 规格 货号 材质 材料 成分 颜色 容量 重量 净重 毛重 净含量 尺寸 尺码 产地 保质期 "
    "保修期 质保期 质保 功率 电压 适用人群 营业时间 工作时间 服务时间 客服时间 服务热线 客服电话 "
    "客服热线 电话 热线 手机 邮箱 微信 地址 退货地址 公司地址 收件人 联系人 联系电话 邮编 发货地 "
    "发货时间 商品名称 产品名称 商品编号 上市时间 生产日期 brand model size colour color material "
    "weight capacity origin warranty phone telephone email address recipient postcode voltage power"
)
_KEYS = {*_KEY_WORDS.split(), "opening hours", "business hours", "return address", "product name"}
# Answers that fill a whole row of a comparison without being its heading.
_ANSWER_WORDS = "是 否 有 无 免费 包邮 支持 不支持 可以 不可以 yes no free - — / √ × ✓ ✗"
_ANSWERS = frozenset(_ANSWER_WORDS.split())
_SECTION = re.compile(r"[（(]?[一二三四五六七八九十\d]+[）)、.．]|.*[:：]$")


@dataclass(frozen=True)
class Note:
    """A line of a table that is no row of it, and its place: 注：节假日顺延。"""

    text: str
    place: Place


@dataclass(frozen=True)
class Layout:
    """The rows of a table by what they are; blank ones are left out.

    Each data row comes with the subheading above it, `""` for none. `keyed` tables have no header
    and name the cell beside each name instead: 营业时间 | 9:00-21:00.
    """

    caption: tuple[Note, ...]
    header: tuple[Row, ...]
    rows: tuple[tuple[str, Row], ...]
    notes: tuple[Note, ...]
    keyed: bool


def lay_out(grid: Grid) -> Layout:
    """Tell the rows of a table apart. `grid.header_rows` wins over every guess."""
    stripped = _without_blank_columns(grid.rows)
    given = grid.header_rows
    if given is not None:
        given = sum(any(row.cells) for row in stripped[:given])
    rows = [row for row in stripped if any(row.cells)]
    width = max((_width(row) for row in rows), default=0)
    caption: list[Note] = []
    while rows and (line := _caption(rows, width)) is not None:
        caption.append(line)
        del rows[0]
        if given:
            given = given - 1 or None  # the format marked only the title: guess the rest
    levels, keyed = _levels(rows, width, given)
    header = tuple(rows[:levels])
    body = [row for row in rows[levels:] if not _repeats(row, header)]
    data, notes = _body(body, width, keyed=keyed)
    return Layout(tuple(caption), header, tuple(data), tuple(notes), keyed)


def holds_for_all(text: str) -> bool:
    """Whether a text is the unit or the period of a table, such as 单位：元."""
    return UNIT_LINE.match(text) is not None or PERIOD.match(text) is not None


def is_value(cell: str) -> bool:
    """Whether a cell reads like a value, not a name: an amount, a time, an address, a sentence."""
    if len(cell) > 60 or len(re.findall(f"[{HAN}]", cell)) > 20 or cell.endswith(("。", "！")):
        return True
    if re.search(r"https?://|www\.|\S@\S+\.\w|\d{7,}", cell):
        return True
    rest, end = "", 0
    for quantity in find_quantities(cell):
        if quantity.span.start >= end:
            rest += cell[end : quantity.span.start]
        end = max(end, quantity.span.end)
    return (
        end > 0
        and re.sub(r"[\s\d满约≥≤<>~～\-–—至到:：.,/+%()内以¥￥$]", "", rest + cell[end:]) == ""
    )


def _without_blank_columns(rows: Sequence[Row]) -> list[Row]:
    stripped = [tuple(cell.strip() for cell in row.cells) for row in rows]
    used = {index for cells in stripped for index, cell in enumerate(cells) if cell}
    return [
        Row(tuple(cell for index, cell in enumerate(cells) if index in used), row.place)
        for cells, row in zip(stripped, rows, strict=True)
    ]


def _width(row: Row) -> int:
    return max((index for index, cell in enumerate(row.cells, 1) if cell), default=0)


def _cell(row: Row, index: int) -> str:
    return row.cells[index] if index < len(row.cells) else ""


def _distinct(row: Row) -> list[str]:
    return list(dict.fromkeys(cell for cell in row.cells if cell))


def _spans(row: Row, width: int) -> bool:
    """Whether one text fills the whole width, as a merged cell does."""
    return width > 1 and _width(row) == width and len(set(row.cells[:width])) == 1


def _caption(rows: Sequence[Row], width: int) -> Note | None:
    """The first row as a line over the table, if it is one."""
    row, texts = rows[0], _distinct(rows[0])
    if all(
        holds_for_all(text) or _NOTE.match(text) or is_head_line(HeadLine(text, row.place.line))
        for text in texts
    ):
        return Note("　".join(texts), row.place)
    if len(rows) > 1 and is_head_row(row.cells):
        held = [cell.strip("：: ") for cell in row.cells if cell]
        pairs = zip(held[::2], held[1::2], strict=True)
        return Note("　".join(f"{name}：{value}" for name, value in pairs), row.place)
    if width > 2 and len(texts) == 2 and _CONTEXT_NAME.fullmatch(texts[0]):
        return Note(f"{texts[0].rstrip('：: ')}：{texts[1]}", row.place)
    if width > 1 and len(texts) == 1 and (len(rows) > 1 or _spans(row, width)):
        merged = row.cells.count(texts[0]) > 1
        return Note(texts[0], row.place) if not (merged and is_value(texts[0])) else None
    return None


def _levels(rows: Sequence[Row], width: int, given: int | None) -> tuple[int, bool]:
    """How many rows are the header, and whether each row names its own cells instead."""
    if given is not None:
        return min(given, len(rows)), given == 0 and width == 2
    if not rows:
        return 0, False
    if _keyed(rows, width):
        return 0, True
    if _is_data(rows):
        return 0, False
    levels = 1
    while levels < min(len(rows), _MAX_LEVELS) and _continues(rows, levels, width):
        levels += 1
    return levels, False


def _keyed(rows: Sequence[Row], width: int) -> bool:
    """Whether the cells of even columns name the cells beside them."""
    if width not in (2, 4):
        return False
    named = [
        all(_cell(row, column).rstrip("：:").casefold() in _KEYS for column in range(0, width, 2))
        and not any(_cell(row, column).casefold() in _KEYS for column in range(1, width, 2))
        for row in rows
    ]
    if named[0] and (sum(named) > 1 or (width == 2 and len(rows) == 1)):
        return True
    name, value = _cell(rows[0], 0), _cell(rows[0], 1)
    return width == 2 and bool(name) and not is_value(name) and is_value(value)


def _shape(cell: str) -> str:
    return re.sub(r"\d+(?:[.,]\d+)*", "9", cell)


def _is_data(rows: Sequence[Row]) -> bool:
    """Whether the first row reads like those below it: 6元 over 12元 is no name."""
    first = rows[0]
    if len(rows) == 1:
        return len(first.cells) == 1 or any(is_value(cell) for cell in first.cells)
    for above, below in zip(first.cells, rows[1].cells, strict=False):
        if above.endswith("。") or (len(first.cells) == 1 and is_value(above)):
            return True
        year = re.fullmatch(r"(?:19|20)\d\d年?", above)
        if (
            re.search(r"\d", above)
            and not year
            and above != below
            and _shape(above) == _shape(below)
        ):
            return True
    return False


def _continues(rows: Sequence[Row], level: int, width: int) -> bool:
    """Whether the row at `level` holds the names below a header that runs over several columns."""
    upper = [_cell(rows[level - 1], column) for column in range(width)]
    lower = [_cell(rows[level], column) for column in range(width)]
    pairs = list(zip(upper, lower, strict=True))
    if "" in upper[1:] and level + 1 < len(
        rows
    ):  # not merged: 地区 | 运费 | - over - | 首重 | 续重
        below_gaps = [name for gap, name in pairs[1:] if not gap]
        if all(below_gaps) and any(name and not below for name, below in pairs):
            return not any(is_value(name) for name in lower if name)
    run = [
        bool(upper[i])
        and (upper[i] == "".join(upper[i - 1 : i]) or upper[i : i + 2] == [upper[i]] * 2)
        for i in range(width)
    ]
    names = [name for inside, name in zip(run, lower, strict=True) if inside]
    if not names or not all(names) or len(set(names)) == 1:
        return False
    beside = [pair for inside, pair in zip(run, pairs, strict=True) if not inside]
    if any(below not in ("", name) for name, below in beside):
        return False
    merged_down = any(name and name == below for name, below in beside)
    return merged_down or not any(is_value(name) for name in names)


def _repeats(row: Row, header: Sequence[Row]) -> bool:
    """Whether a row is the header again, as on every page of a print."""
    return any(row.cells == level.cells for level in header)


def _body(
    rows: Sequence[Row], width: int, *, keyed: bool
) -> tuple[list[tuple[str, Row]], list[Note]]:
    """Data rows, each with the subheading above it, and notes."""
    data: list[tuple[str, Row]] = []
    notes: list[Note] = []
    heading, unused = "", None
    for row in rows:
        note = _note(row, width, keyed=keyed)
        if note is not None:
            notes.append(Note(note, row.place))
        elif _is_heading(row, width):
            notes += [unused] if unused else []  # nothing stands below it
            heading = row.cells[0]
            unused = Note(heading, row.place)
        else:
            data.append((heading, row))
            unused = None
    return data, [*notes, *([unused] if unused else [])]


def _note(row: Row, width: int, *, keyed: bool) -> str | None:
    texts = _distinct(row)
    if len(texts) == 1 and (_NOTE.match(texts[0]) or (width > 1 and holds_for_all(texts[0]))):
        return texts[0]
    if len(texts) == 2 and not keyed and row.cells[0] and _BARE_NOTE.fullmatch(texts[0]):
        return f"{texts[0].rstrip('：: ')}：{texts[1]}"
    return None


def _is_heading(row: Row, width: int) -> bool:
    if not _spans(row, width) or row.cells[0].casefold() in _ANSWERS or is_value(row.cells[0]):
        return False
    return width > 2 or _SECTION.match(row.cells[0]) is not None
