"""A table row as it is said: each cell with the name of its column, its unit behind the number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ragkit.core.quantities import Unit, find_quantities
from ragkit.core.text import HAN, Locale

_SIGNS = ("¥", "￥", "$", "€", "£")  # these stand before the number
_BRACKETED = re.compile(
    r"\s*[（(\[]\s*(?:(?:单位|units?)\s*[:：]\s*)?(?P<unit>[^（）()\[\]]+)[）)\]]\s*$"
)
_SLASHED = re.compile(r"\s*[/／](?P<unit>[^/／]+)$")
# What is counted in money for each unit: 运费/kg.
_PRICED = re.compile(r"(?:费|费用|价|价格|金额|首重|续重|price|fee|cost)$", re.IGNORECASE)
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?!0\d)\d+(?:\.\d+)?"
_BARE = re.compile(
    rf"(?:[+\-−≥≤<>约满]|不超过|不低于|至少|最多)?\s*(?:{_NUMBER})(?:\s*[-~～–—至到]\s*(?:{_NUMBER}))?"
)
_END = "。！？.!?"


@dataclass(frozen=True)
class Column:
    """A column: its names from the top level down, and the unit they give, if any.

    运费（元） is `Column(("运费",), "元")`; a column without a name has the path `()`.
    """

    path: tuple[str, ...]
    unit: str | None = None


def column(*path: str, table_unit: str | None = None) -> Column:
    """A column of header cells, from the top level down; a unit in brackets or behind / is taken.

    `column("运费（元）")` is `Column(("运费",), "元")`; 价格（含税） has no unit. 续重/kg is
    counted in 元/kg below 运费（元） and in a table of 单位：元; elsewhere its unit is not known.
    """
    split: list[tuple[str, str | None]] = []
    for cell in map(_heading, path):
        short, found = _split_unit(cell)
        if found and not _is_money(found) and _SLASHED.search(cell):
            priced = _PRICED.search(short) is not None
            above = next((each for _, each in reversed(split) if each), None)
            above = above or (table_unit if priced else None)
            if above and _is_money(above):
                found = f"{above}/{found}"
                split = [(name, None) for name, _ in split]
            elif priced:
                short, found = cell, None
        split.append((short, found))
    unit = next((found for _, found in reversed(split) if found), None)  # the lowest level counts
    names: list[str] = []
    for cell, (short, found) in zip(path, split, strict=True):
        name = short if found in (None, unit) else _heading(cell)
        if name and name not in names[-1:]:
            names.append(name)
    return Column(tuple(names), unit)


def row_sentence(columns: Sequence[Column], cells: Sequence[str], locale: Locale) -> str:
    """A row said as a sentence: 地区：江浙沪，运费：6元。

    Every cell that is not empty is said with the name of its column; the unit of the column stands
    behind a bare number.
    """
    return _sentence(
        [_named(each, cell, locale) for each, cell in zip(columns, cells, strict=False) if cell],
        locale,
    )


def keyed_sentence(columns: Sequence[Column], cells: Sequence[str], locale: Locale) -> str:
    """A row of names and values in turn, 品牌：南枝，型号：X1。, behind a subheading or not."""
    start = len(columns) % 2
    pairs = zip(cells[start::2], cells[start + 1 :: 2], strict=True)
    said = [
        _named(_key(name, value), value, locale) if name and value else name or value
        for name, value in pairs
        if name or value
    ]
    return _sentence([*filter(None, cells[:start]), *said], locale)


def _key(name: str, value: str) -> Column:
    """The name beside a value; its unit is told with it where it cannot stand behind the value."""
    each = column(name)
    return each if _BARE.fullmatch(value) else Column((name,))


def _sentence(said: Sequence[str], locale: Locale) -> str:
    comma, stop = ("，", "。") if locale is Locale.ZH else (", ", ".")
    text = comma.join(said)
    return text if text.endswith(tuple(_END)) else text + stop


def _named(each: Column, cell: str, locale: Locale) -> str:
    colon = "：" if locale is Locale.ZH else ": "
    name, value = " ".join(each.path), cell
    if each.unit and _BARE.fullmatch(cell):
        value = _measured(cell, each.unit)
    elif each.unit and re.search(r"\d", cell) and each.unit.casefold() not in cell.casefold():
        name = label(each)
    return f"{name.rstrip('：:')}{colon}{value}" if name else value


def _measured(number: str, unit: str) -> str:
    if unit in _SIGNS:
        return f"{unit}{number}"
    word = unit.isascii() and unit[0].isalpha() and len(unit) > 2
    return f"{number} {unit}" if word else f"{number}{unit}"


def label(each: Column) -> str:
    name = " ".join(each.path)
    if not each.unit:
        return name
    return (
        f"{name}（{each.unit}）"
        if re.search(f"[{HAN}]", name + each.unit)
        else f"{name} ({each.unit})"
    )


def _split_unit(name: str) -> tuple[str, str | None]:
    for pattern in (_BRACKETED, _SLASHED):
        match = pattern.search(name)
        if match and match.start() and _is_unit(match["unit"].strip()):
            return name[: match.start()].strip(), match["unit"].strip()
    return name, None


def _is_money(unit: str) -> bool:
    if unit in _SIGNS:
        return True
    found = find_quantities(f"1{unit}")
    return len(found) == 1 and found[0].unit in (Unit.CNY, Unit.USD)


def _is_unit(text: str) -> bool:
    """Whether numbers are counted in it: 元, 元/件, kg, working days."""
    unit, *per = re.split(r"[/／]|每", text)
    if unit in _SIGNS:
        return not per
    found = find_quantities(f"1{unit}") or find_quantities(f"1 {unit}")
    return (
        bool(unit)
        and all(0 < len(each) <= 3 for each in per)
        and len(found) == 1
        and found[0].unit not in (Unit.NUMBER, Unit.CODE, Unit.DATE, Unit.CLOCK)
        and found[0].span.end - len(unit) in (1, 2)
    )


def columns_sentence(columns: Sequence[Column], locale: Locale) -> str:
    """What a table is about that has a header alone: 栏目：旧机型、折抵金额（元）。"""
    names = [label(each) for each in columns if each.path]
    return _sentence(
        [f"栏目：{'、'.join(names)}" if locale is Locale.ZH else f"Columns: {', '.join(names)}"],
        locale,
    )


def with_context(sentence: str, context: Sequence[str], locale: Locale) -> str:
    """地区：江浙沪，首重：6（单位：元）。"""
    if not context:
        return sentence
    if locale is Locale.ZH:
        return f"{sentence.removesuffix('。')}（{'，'.join(context)}）。"
    return f"{sentence.removesuffix('.')} ({', '.join(context)})."


def one_line(cell: str) -> str:
    """A cell without line breaks: 满59元\\n包邮 is said 满59元；包邮."""
    text = ""
    for line in filter(None, map(str.strip, cell.splitlines())):
        if text:
            han = re.search(f"[{HAN}]", text + line)
            text += (
                ("" if han else " ")
                if text[-1] in "。！？；，、：.!?;,:"
                else "；"
                if han
                else "; "
            )
        text += line
    return text


def _heading(cell: str) -> str:
    """A header without line breaks, which are there for its width alone."""
    text = ""
    for line in filter(None, map(str.strip, cell.splitlines())):
        text += " " if text and text[-1].isascii() and line[0].isascii() else ""
        text += line
    return text
