"""The head of a policy as people write it: version, dates, number and owner above the clauses."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from ragkit.core.errors import Problem
from ragkit.core.text import HAN

_KEYS = {  # field of PolicyEntry: the words that stand for it in the head of a policy
    "version": "版本号|版本|版次|Version",
    "effective_from": (
        "生效日期|生效时间|实施日期|实施时间|施行日期|执行日期|启用日期|生效日"
        "|Effective date|Effective from|Effective"
    ),
    "effective_to": (
        "失效日期|失效时间|终止日期|截止日期|废止日期|有效期至|有效期限至|有效期截止"
        "|Expiry date|Expiration date|Expires on|Expires|Valid until|Effective until|Effective to"
    ),
    "period": "有效期限|有效期间|有效期|执行期限|适用时间|Validity period|Validity|Valid",
    "id": "文件编号|制度编号|规则编号|政策编号|文档编号|编号|文号|Document number|Document no\\.?",
    "owner": (
        "归口管理部门|归口部门|归口单位|归口|负责部门|责任部门|主责部门|负责人|责任人"
        "|Document owner|Policy owner|Owner"
    ),
    "review_by": "复审日期|复核日期|下次复审|下次评审日期|Review by|Next review",
    # Days of the text, not of what it says.
    "written": (
        "更新时间|更新日期|发布时间|发布日期|修订时间|修订日期|制定日期|编制日期|印发日期"
        "|Last updated|Last modified|Updated on|Updated|Published on|Published"
    ),
}
_NAMED = "|".join(f"(?P<{name}>{words})" for name, words in _KEYS.items())
_KEY = re.compile(rf"(?:{_NAMED})\s*[】\]*]*\s*[:：]\s*\**\s*", re.IGNORECASE)
_KEY_ALONE = re.compile(rf"[【\[]?(?:{_NAMED})[】\]]?\s*[:：]?", re.IGNORECASE)
# 版本 V2.1: without a colon only where nothing but a version or a day follows.
_SPACED = re.compile(rf"(?:{_NAMED})\s+(?=[Vv]?\d[\w.年月日/-]*\s*$)", re.IGNORECASE)
_LEAD = re.compile(r"[\s>*#【\[（(•·-]*")
_VALUE_END = re.compile(r"\s{2,}|[\t\u3000|｜；;]|。|$")
_DAY = re.compile(
    r"(?P<year>\d{4})\s*(?:年|[-/.])\s*(?P<month>\d{1,2})\s*(?:月|[-/.])\s*(?P<day>\d{1,2})"
    r"(?!\d)\s*日?"
    r"|(?P<month_en>[A-Z][a-z]{2,8})\.?\s+(?P<day_en>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year_en>\d{4})"
    r"|(?P<day_gb>\d{1,2})\s+(?P<month_gb>[A-Z][a-z]{2,8})\.?,?\s+(?P<year_gb>\d{4})"
)
_IN_FORCE = re.compile(
    rf"自\s*(?P<day>{re.sub('[?]P<[a-z_]+>', '?:', _DAY.pattern)})\s*(?:零时|0时|00:00)?\s*"
    r"起\s*(?:正式|开始)?\s*(?:施行|实施|生效|执行|适用|启用)"
    r"|(?:takes?|comes?|taking|coming) (?:effect|into force) (?:on|from) (?P<day_en>[\w ,.]{8,24})"
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_OPEN = re.compile(
    r"长期|永久|无|至今|不限|待定|[-—/]*$|n/?a|none|open|indefinite|long[- ]term", re.IGNORECASE
)
_VERSION = re.compile(r"\d|[版稿]$|^[A-Za-z]$")  # the header 版本 | 日期 says none
_ANY_TEXT = frozenset(("id", "version", "owner", "written"))  # what is no day is told to nobody
_LONGEST_LINE = 120  # characters: what is longer is prose
_LONGEST_VALUE = 60
_MOST_ROWS = 8


@dataclass(frozen=True)
class HeadLine:
    """A line, or a row of a table, above the first clause."""

    text: str
    line: int
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Head:
    """What the head of a document says, by field of PolicyEntry, and on which line."""

    values: Mapping[str, str | date] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[Problem, ...] = ()


def read_head(lines: Iterable[HeadLine], *, source: str) -> Head:
    """Read `lines`; of a field that stands twice the first counts.

    A date that cannot be read is left out and told in a notice: the policy would else apply from
    and to any day without a word.
    """
    values: dict[str, str | date] = {}
    places: dict[str, int] = {}
    notices: list[Problem] = []
    for line in lines:
        for name, text in _fields(line):
            found = _read(name, text)
            if not found and not _OPEN.match(text) and name not in _ANY_TEXT:
                notices.append(
                    Problem(
                        f"no day could be read from “{text[:_LONGEST_VALUE]}”",
                        where=f"{source}:{line.line}",
                        fix="write it as 2026-09-01, or set effective_from and effective_to in a"
                        f" file {source.rpartition('/')[2]}.yaml beside it",
                    )
                )
            for key, value in found.items():
                if key == "written":
                    continue
                values.setdefault(key, value)
                places.setdefault(key, line.line)
    return Head(values, places, tuple(notices))


def is_head_line(line: HeadLine) -> bool:
    """Whether a line says metadata that can be read, such as 版本：V2.1, and so is told to nobody.

    The sentence that a policy takes effect on a day is none: customers ask for that day.
    """
    if _IN_FORCE.search(" ".join((line.text, *line.cells))):
        return False
    found = list(_fields(line))
    return bool(found) and all(_read(name, text) or _OPEN.match(text) for name, text in found)


def is_head_table(rows: Sequence[HeadLine]) -> bool:
    """Whether a table says metadata: a few rows, at least every other one with a field."""
    return len(rows) <= _MOST_ROWS and 2 * sum(map(is_head_line, rows)) >= len(rows)


def is_head_row(cells: Sequence[str]) -> bool:
    """Whether the cells are fields and their values in turn, and nothing else: 版本 | V2.1.

    编号 | 运费 is none: a value that can be anything counts beside a version or a day alone.
    """
    held = [cell.strip() for cell in cells if cell.strip()]
    names, values = held[::2], held[1::2]
    keys = [_KEY_ALONE.fullmatch(name) for name in names]
    return (
        len(names) == len(values)
        and all(key and _read(_name(key), value) for key, value in zip(keys, values, strict=True))
        and any(key and _name(key) not in ("id", "owner") for key in keys)
    )


def days(text: str) -> list[date]:
    """Every day named in `text`, in order: 2026年9月1日, 2026-9-1, September 1, 2026.

    A day that no calendar has, such as February 30, is left out.
    """
    found = []
    for match in _DAY.finditer(text):
        group = match.groupdict()
        year = group["year"] or group["year_en"] or group["year_gb"]
        month = group["month"] or _month(group["month_en"] or group["month_gb"])
        day = group["day"] or group["day_en"] or group["day_gb"]
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return found


def _month(name: str) -> int:
    short = name[:3].lower()
    return _MONTHS.index(short) + 1 if short in _MONTHS else 0


def _fields(line: HeadLine) -> Iterable[tuple[str, str]]:
    """Names of fields and what stands behind them."""
    if line.cells:
        yield from _cell_fields(line.cells)
        return
    text = line.text.strip()
    if len(text) > _LONGEST_LINE:
        return
    start = _LEAD.match(text)
    begin = start.end() if start else 0
    keys = list(_KEY.finditer(text, begin))
    if keys and keys[0].start() == begin:
        for index, key in enumerate(keys):
            stop = keys[index + 1].start() if index + 1 < len(keys) else len(text)
            end = _VALUE_END.search(text, key.end(), stop)
            value = text[key.end() : end.start() if end else stop]
            yield _name(key), value.strip(" ，,、；;）)】]*")
        return
    spaced = _SPACED.match(text, begin)
    if spaced:
        yield _name(spaced), text[spaced.end() :].strip()
    for match in _IN_FORCE.finditer(text):
        yield "effective_from", match["day"] or match["day_en"]


def _cell_fields(cells: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    """版本 | V2.1 | 生效日期 | 2026-09-01, and 版本：V2.1 within a cell."""
    distinct = [cell for index, cell in enumerate(cells) if cell not in cells[:index]]
    for index, cell in enumerate(distinct):
        key = _KEY_ALONE.fullmatch(cell.strip())
        if key is None:
            yield from _fields(HeadLine(cell, 1))
        elif index + 1 < len(distinct) and not _KEY_ALONE.fullmatch(distinct[index + 1].strip()):
            yield _name(key), distinct[index + 1].strip()


def _name(match: re.Match[str]) -> str:
    return next(name for name in _KEYS if match[name])


def _read(name: str, text: str) -> dict[str, str | date]:
    """The fields of PolicyEntry that `text` gives; empty when it is none of their kind."""
    if not text or len(text) > _LONGEST_VALUE:
        return {}
    if name == "version" and not _VERSION.search(text):
        return {}
    if name in ("version", "owner"):
        return {name: re.sub(rf"(?<=[\d{HAN}])\s+(?=[\d{HAN}])", "", text)}
    if name == "id":
        return {name: text}
    found = days(text)
    if not found:
        return {}
    if name != "period":
        return {name: found[0]}
    if len(found) > 1:
        return {"effective_from": found[0], "effective_to": found[1]}
    ends = re.match(r"\s*(?:至|到|截至|until|to)|.*(?:止|为止|前)\s*$", text, re.IGNORECASE)
    return {"effective_to" if ends else "effective_from": found[0]}
