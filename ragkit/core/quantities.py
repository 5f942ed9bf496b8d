"""Numbers in running text, read so that equal amounts compare equal: 七天, 7 天, 一周, 168小时.

A small parser anchored on a digit run and its unit: no number is read out of 一起, 万一 or 第一次.
Shared by the number check of drafts and by the fact matcher of evaluations.
"""

import re
from decimal import Context, Decimal
from enum import StrEnum

from ragkit.core.folding import FoldedText, fold_with_origins
from ragkit.core.numerals import DIGIT_VALUES, HAN_DIGITS, NUMBER, SCALES, han_number
from ragkit.core.numerals import number as read_number
from ragkit.core.text import Record, Span


class Unit(StrEnum):
    """Unit classes; amounts of different classes never compare equal (工作日 is not 天)."""

    HOURS = "hours"
    WORKDAYS = "workdays"
    MONTHS = "months"
    CNY = "cny"
    USD = "usd"
    RATIO = "ratio"  # 1 = 100 %
    GRAMS = "grams"
    MILLILITRES = "millilitres"
    MILLIMETRES = "millimetres"
    WATTS = "watts"
    CELSIUS = "celsius"
    DATE = "date"  # yyyymmdd
    MONTH_DAY = "month_day"  # mmdd, no year said
    CLOCK = "clock"  # minutes after midnight
    CODE = "code"  # telephone and article numbers, spelled in `noun`: equal letter by letter
    COUNT = "count"  # with the counted noun in `noun`
    NUMBER = "number"  # no unit said


class Quantity(Record):
    """One amount: its raw span, its value in the base of its unit, a noun for counts and codes."""

    span: Span
    value: Decimal
    unit: Unit
    noun: str = ""

    def same_as(self, other: "Quantity") -> bool:
        """Whether both say the same amount; a number without unit agrees with any unit.

        A date agrees with the same day said without its year; two codes only letter by letter.
        """
        if {self.unit, other.unit} == {Unit.DATE, Unit.MONTH_DAY}:
            return self.value % 10_000 == other.value % 10_000
        if self.unit is other.unit is Unit.CODE:
            return self.noun == other.noun
        if self.value != other.value:
            return False
        if Unit.NUMBER in (self.unit, other.unit):
            return True
        return self.unit == other.unit and self.noun == other.noun

    @property
    def canonical(self) -> str:
        """One spelling for every way to say this amount, such as `168hours` or `0.8ratio`.

        The year of a date stands apart, so that the day alone is found in it: `2026 1101date`.
        """
        match self.unit:
            case Unit.CODE:
                return f"{self.noun}code"
            case Unit.DATE:
                return f"{self.value // 10_000} {self.value % 10_000}date"
            case Unit.MONTH_DAY:
                return f"{self.value}date"
            case _:
                return f"{self.value.normalize():f}{self.noun or self.unit}"


Amount = tuple[Decimal, Unit, str]  # value, unit, noun

# Spelling -> (unit, factor to its base). Durations: 1 day = 24 hours, 1 week = 7 days, 半个月 = 15
# days; months and years stay months, as no number of days equals a month. 折: 8折 = 80 %.
# Products are rounded to 20 digits, so that 90 minutes are 1.5 hours.
_ROUNDED = Context(prec=20)
_UNITS: dict[str, tuple[Unit, Decimal]] = {}


def _spell(unit: Unit, factor: str | Decimal, spellings: str) -> None:
    _UNITS.update(dict.fromkeys(spellings.split("|"), (unit, Decimal(factor))))


_spell(Unit.HOURS, Decimal(1) / 3600, "秒|秒钟|second|seconds|sec|secs")
_spell(Unit.HOURS, Decimal(1) / 60, "分钟|minute|minutes|min|mins")
_spell(Unit.HOURS, "1", "小时|个小时|钟头|个钟头|hour|hours|hr|hrs|h")
_spell(Unit.HOURS, "24", "天|日|自然日|个自然日|day|days|calendar day|calendar days")
_spell(Unit.HOURS, "168", "周|星期|个星期|礼拜|个礼拜|week|weeks")
_spell(
    Unit.WORKDAYS,
    "1",
    "工作日|个工作日|working day|working days|business day|business days|workdays",
)
_spell(Unit.MONTHS, "1", "个月|month|months")
_spell(Unit.MONTHS, "12", "年|year|years")
_spell(Unit.CNY, "1", "元|块|块钱|圆|人民币|元人民币|yuan|rmb|cny")
_spell(Unit.CNY, "0.1", "角|毛|毛钱")
_spell(Unit.USD, "1", "美元|美金|dollar|dollars|usd")
_spell(Unit.RATIO, "0.01", "%|percent|per cent|个百分点")
_spell(Unit.RATIO, "0.1", "折|成")
_spell(Unit.GRAMS, "1", "克|g|gram|grams")
_spell(Unit.GRAMS, "1000", "kg|公斤|千克|kilogram|kilograms")
_spell(Unit.GRAMS, "500", "斤")
_spell(Unit.MILLILITRES, "1", "ml|毫升")
_spell(Unit.MILLILITRES, "1000", "l|升|litre|litres|liter|liters")
_spell(Unit.MILLIMETRES, "1", "mm|毫米")
_spell(Unit.MILLIMETRES, "10", "cm|厘米|公分")
_spell(Unit.MILLIMETRES, "1000000", "km|公里|千米|kilometre|kilometres")
_spell(Unit.MILLIMETRES, "1000", "m|米|metre|metres|meter|meters")
_spell(Unit.WATTS, "1", "w|瓦")
_spell(Unit.CELSIUS, "1", "°c|摄氏度|度")
_COUNTERS = (
    "件|次|张|份|人|位|款|台|包|片|瓶|箱|倍|级|个|双|套|条|只|颗|册|抽|分|积分|期|码|寸|英寸|岁|"
    "盒|袋|罐|支|枚|桶|粒|pieces|piece|pcs|items|item|times|points|copies"
)
_SPELLINGS = sorted([*_UNITS, *_COUNTERS.split("|")], key=len, reverse=True)
_LATIN_UNIT = "|".join(
    re.escape(unit) for unit in _SPELLINGS if unit[-1] in "abcdefghijklmnopqrstuvwxyz"
)
_OTHER_UNIT = "|".join(
    re.escape(unit) for unit in _SPELLINGS if not unit[-1].isascii() or unit == "%"
)
# Words that begin like a unit: 满99包邮, 一周年, 3成人票, and headings such as 2.1 秒杀.
_NO_UNIT = "包[邮退含换赔税修]|周年|成[人员功本交立]|分[之期别]|支[付持]|秒杀|次[日年月]|条[件款]"
# A Latin unit ends where its word ends: 5 m is a length, 5 more is not.
_UNIT = (
    rf"(?:个 (?:工作日|自然日)|(?:{_LATIN_UNIT})(?![a-z])"
    rf"|(?!{_NO_UNIT})(?:{_OTHER_UNIT}))"
)
# 晚一点, 3点建议 and 3点5折 are no times.
_NO_CLOCK = "[点都也儿]|\\d?[折倍]|建议|说明|要求|注意|原因|意见|好处|优[点势]"
_DAY_PART = "凌晨|清晨|早晨|早上|上午|中午|下午|傍晚|晚上|夜里|半夜"
_MERIDIEM = r"(?:[ap]m|[ap]\.m\.)(?![a-z])"
_SMALL = rf"(?:\d{{1,2}}|[{HAN_DIGITS}]{{1,3}})"

_PATTERN = re.compile(
    "|".join(
        [
            # words: the number behind them starts anew
            r"[万统唯之同逐任某单]一(?![百千万亿]|元(?!素)|块钱)|双十[一二]|十万火急",
            rf"(?P<year>\d{{4}}|[{HAN_DIGITS}]{{4}}) ?(?:年|[-/.]) ?(?P<month>{_SMALL}) ?"
            rf"(?:月|[-/.]) ?(?P<day>{_SMALL})(?!\d)(?: ?[日号])?",
            rf"(?P<month2>{_SMALL}) ?月 ?(?P<day2>{_SMALL}) ?[日号]",
            rf"(?P<currency>[¥$]|(?<![a-z])(?:rmb|cny|usd)|人民币) ?(?P<money>{NUMBER})"
            r"(?: ?(?P<money_scale>m|mn|bn)(?![a-z\d]))?",
            r"\d+(?:\.\d+){2,}",  # clause and version numbers
            r"(?P<code>0\d{2,3}-\d{7,8}|\d+(?:-\d+){2,}|(?<![a-z\d])[a-z]+-?\d+[a-z\d]*"
            r"(?:[-.]\d+)*|\d{8,})",
            rf"(?:(?P<part>{_DAY_PART}) ?)?(?P<hour>\d{{1,2}}):(?P<minute>[0-5]\d)(?!\d)"
            rf"(?::[0-5]\d)?(?: ?(?P<meridiem>{_MERIDIEM}))?",
            rf"(?P<hour4>\d{{1,2}}) ?(?P<meridiem4>{_MERIDIEM})",
            rf"(?:(?P<part2>{_DAY_PART}) ?(?P<hour2>{_SMALL})"
            r"|(?P<part3>[早晚])?(?P<hour3>\d{1,2}|(?<=[早晚])(?:[六七八九]|十[一二]?)))"
            rf" ?点(?!{_NO_CLOCK})(?:(?P<half_hour>半)|钟|整"
            rf"| ?(?P<minute2>{_SMALL}) ?分|(?P<minute3>[0-5]\d)(?!\d))?",
            rf"(?P<parts>{NUMBER})分之(?P<share>{NUMBER})|(?P<all>百分百)",
            rf"(?:零下 ?|(?<!\d)[-−])(?P<below>{NUMBER}) ?(?:°c|摄氏度|度)",
            r"半(?: ?(?P<half_unit>个?月|年|天|日|个?小时|个?钟头))",
            r"\bhalf[ -](?:an? )?(?P<half_english>month|year|day|hour)\b",
            rf"(?P<and_a_half>{NUMBER})(?: ?个半 ?(?P<half_of>月|小时|钟头|星期|礼拜)"
            r"| and a half (?P<half_of_english>hours|days|weeks|months|years))",
            rf"(?P<low>{NUMBER}) ?(?:(?:(?P<low_unit>{_UNIT}) ?)?(?:[-–—~]{{1,2}}|至|到|\bto\b)"
            r"|(?:或者?|和|\b(?:and|or)\b)) ?"
            rf"(?P<high>{NUMBER})[ -]?(?P<range_unit>{_UNIT})",
            rf"(?P<value>{NUMBER})(?:[ -]?(?P<unit>{_UNIT})(?P<and_half>半(?!年|月|天|个))?)?",
        ]
    )
)
_HALF_UNITS = {
    "月": (Unit.HOURS, Decimal(360)),
    "年": (Unit.MONTHS, Decimal(6)),
    "天": (Unit.HOURS, Decimal(12)),
    "日": (Unit.HOURS, Decimal(12)),
    "小时": (Unit.HOURS, Decimal("0.5")),
    "钟头": (Unit.HOURS, Decimal("0.5")),
}
_HALF_UNITS |= {
    english: _HALF_UNITS[han]
    for english, han in {"month": "月", "year": "年", "day": "天", "hour": "小时"}.items()
}
_MONEY_SCALES = {None: 1, "m": 10**6, "mn": 10**6, "bn": 10**9}  # $5m
# Number words that are an amount without a unit: 退您五十, two hundred; not 一起, 十一, a million.
_ALONE = re.compile(
    rf"[{''.join(DIGIT_VALUES)}]{{1,2}}[{''.join(SCALES)}]|十[二三四五六七八九万亿]"
    r"|(?!an? )[a-z -]+ ?(?:hundred|thousand|million|billion)"
)
_ENGLISH_PLURALS = {"pieces": "piece", "pcs": "piece", "items": "item"}
_ORDINAL = re.compile(r"第\s?$")
_DEADLINE = re.compile(r"\s?[之以]?[内前]")  # 第7天内 is within 7 days
_LIST_MARK = re.compile(r"\(?\d{1,2}(?:\.\d{1,2}(?=\s)|\.(?!\d)|[、)](?!\s*\d+、))")
_CIRCLED = re.compile(r"[\u2460-\u249b]")  # ①, ⑴, ⒈


def _measured(number: Decimal, unit: str | None) -> Amount:
    if unit is None:
        return number, Unit.NUMBER, ""
    unit = unit.replace("个 ", "个")
    if unit not in _UNITS:
        return number, Unit.COUNT, _ENGLISH_PLURALS.get(unit, unit)
    kind, factor = _UNITS[unit]
    if unit == "折" and number >= 10:  # 85折 is 8.5折
        factor = Decimal("0.01")
    if unit == "年" and number >= 1900:
        return number, Unit.NUMBER, ""
    return _ROUNDED.multiply(number, factor), kind, ""


def _read(match: re.Match[str]) -> list[Amount]:
    """What one match of `_PATTERN` says: `[]` when it only looks like an amount."""
    group = match.groupdict()
    if group["code"]:
        return _code(group["code"])
    if group["month"] or group["month2"] or group["hour"] or group["hour4"] or match["hour2"]:
        # 2026-13-45 or 25:00: digits that must still stand in a source
        dated = _read_date(group) or _read_clock(group)
        return [dated] if dated else _code(match.group())
    if group["hour3"]:
        clock = _read_clock(group)
        return [clock or (Decimal(_small(group["hour3"]) or 0), Unit.NUMBER, "")]
    if group["money"]:
        number = read_number(group["money"])
        dollars = group["currency"] in ("$", "usd")
        unit = Unit.USD if dollars else Unit.CNY
        scale = _MONEY_SCALES[group["money_scale"]]
        return [] if number is None else [(number * scale, unit, "")]
    if group["all"] or group["parts"]:
        return _read_share(group)
    if group["below"]:
        number = read_number(group["below"])
        return [] if number is None else [(-number, Unit.CELSIUS, "")]
    half = _read_half(group)
    if half:
        return half
    if group["low"]:
        return _read_range(group)
    return _read_single(group) if group["value"] else []


def _code(text: str) -> list[Amount]:
    spelled = re.sub(r"[\s:/-]", "", text)
    digits = re.search(r"\d+(?:\.\d+)?", spelled)
    return [(Decimal(digits.group()), Unit.CODE, spelled)] if digits else []


def _read_date(group: dict[str, str | None]) -> Amount | None:
    month, day = _small(group["month"] or group["month2"]), _small(group["day"] or group["day2"])
    if month is None or day is None or not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    if group["year"] is None:
        return Decimal(month * 100 + day), Unit.MONTH_DAY, ""
    year = _small(group["year"]) or 0
    return Decimal((year * 100 + month) * 100 + day), Unit.DATE, ""


def _read_clock(group: dict[str, str | None]) -> Amount | None:
    hour = _small(group["hour"] or group["hour2"] or group["hour3"] or group["hour4"])
    minute = _small(group["minute"] or group["minute2"] or group["minute3"]) or 0
    if hour is None:
        return None
    part = group["part"] or group["part2"] or group["part3"] or ""
    part = (group["meridiem"] or group["meridiem4"] or part).replace(".", "")
    hour = _hour_of_day(hour, part)
    minutes = hour * 60 + (30 if group["half_hour"] else minute)
    return (Decimal(minutes), Unit.CLOCK, "") if minutes <= 24 * 60 and minute < 60 else None


def _hour_of_day(hour: int, part: str) -> int:
    """`hour` as a part of the day means it: 下午3点 is 15, 晚上12点 is 24, 凌晨12点 is 0."""
    if part in ("凌晨", "半夜", "am") and hour == 12:
        return 0
    if part in ("晚上", "夜里", "晚") and (5 <= hour <= 12):
        return hour + 12
    if part in ("下午", "傍晚", "pm") and hour < 12:
        return hour + 12
    return hour + 12 if part == "中午" and hour <= 3 else hour


def _read_share(group: dict[str, str | None]) -> list[Amount]:
    if group["all"]:
        return [(Decimal(1), Unit.RATIO, "")]
    parts, share = group["parts"] or "", group["share"] or ""
    whole = Decimal(SCALES[parts]) if parts in SCALES else read_number(parts)
    number = Decimal(100) if share == "百" else read_number(share)
    if not whole or number is None:
        return []
    return [(_ROUNDED.divide(number, whole), Unit.RATIO, "")]


def _read_half(group: dict[str, str | None]) -> list[Amount]:
    """半年, half a day, 一个半小时, two and a half hours."""
    alone = group["half_unit"] or group["half_english"]
    if alone:
        unit, value = _HALF_UNITS[alone.removeprefix("个")]
        return [(value, unit, "")]
    if not group["and_a_half"]:
        return []
    whole = read_number(group["and_a_half"])
    unit_of = f"个{group['half_of']}" if group["half_of"] else group["half_of_english"]
    return [] if whole is None else [_measured(whole + Decimal("0.5"), unit_of)]


def _small(text: str | None) -> int | None:
    number = read_number(text) if text else None
    return None if number is None else int(number)


def _read_range(group: dict[str, str | None]) -> list[Amount]:
    first, last, unit = group["low"] or "", group["high"] or "", group["range_unit"]
    digits = re.match(r"[\d.,]+", last)
    if digits and not group["low_unit"] and re.fullmatch(r"[\d.,]+", first):
        low, high = read_number(first), read_number(digits.group())
        if low is not None and high is not None and low < high:
            first += last[digits.end() :]  # 5-6 million, 5-6万元: both ends are so large
    low, high = read_number(first), read_number(last)
    ends = [(low, group["low_unit"] or unit), (high, unit)]
    return [_measured(number, end_unit) for number, end_unit in ends if number is not None]


def _read_single(group: dict[str, str | None]) -> list[Amount]:
    text, unit = group["value"] or "", group["unit"]
    number = read_number(text)
    if number is None:
        return _read_approximation(text, unit)
    if not text[0].isdigit():
        if unit is None and not _ALONE.match(text):
            return []  # 一下, one of them: words, not amounts
        if unit is not None and number == 1 and unit not in _UNITS:
            return []  # 一个
    value, kind, noun = _measured(number, unit)
    if group["and_half"] and unit in _UNITS:
        value += _UNITS[unit][1] / 2
    return [(value, kind, noun)]


def _read_approximation(text: str, unit: str | None) -> list[Amount]:
    """Both ends of 两三天 and 三四十元; 八五折 is no approximation but 8.5折.

    English number words in no order, such as `five twenty`, are kept as they are spelled.
    """
    if "a" <= text[0] <= "z":
        return [(Decimal(0), Unit.CODE, text)] if unit else []
    if unit is None and not _ALONE.match(text):
        return []
    if not all(char in DIGIT_VALUES for char in text[:2]) or len(text) < 2:
        return []
    if unit == "折" and len(text) == 2:
        digits = "".join(str(DIGIT_VALUES[char]) for char in text)
        return [_measured(Decimal(digits), unit)]
    ends = [han_number(char + text[2:]) for char in text[:2]]
    return [_measured(end, unit) for end in ends if end is not None]


def _is_mark(folded: FoldedText, match: re.Match[str]) -> bool:
    """Whether a match is an ordinal (第3次, 2nd), a list or clause number, or vague (几十)."""
    text, start = folded.text, match.start()
    if _ORDINAL.search(text[max(0, start - 2) : start]):
        unit = match["unit"] or match["range_unit"]
        return unit not in _UNITS or not _DEADLINE.match(text, match.end())
    if text[max(0, start - 1) : start] in ("几", "数") and match.group()[0] in "十百千万":
        return True
    if match["value"] is None or match["unit"] is not None:
        return False
    if _CIRCLED.match(folded.raw, folded.origins[start]):
        return True
    if match.group()[-1].isdigit() and re.match(r"(?:st|nd|rd|th)\b", text[match.end() :][:3]):
        return True
    return _is_list_mark(text, start)


def _is_list_mark(text: str, start: int) -> bool:
    """Whether a list mark such as `2.`, `2、`, `(2)` or `3.1 ` begins here, or with the bracket."""
    start -= text[max(0, start - 1) : start] == "("
    mark = _LIST_MARK.match(text, start)
    if mark is None:
        return False
    before = text[text.rfind("\n", 0, start) + 1 : start].rstrip()
    if not before:
        return True
    # within a line: …如下：1、打开订单；2、点击退款
    return before[-1] in ":;。!?" and mark.group()[-1] in "、)"


def find_quantities(text: str) -> tuple[Quantity, ...]:
    """Every amount in a text, in order, with raw spans; ordinals, steps and idioms are left out.

    A range (3-5天, 两三天) gives both its ends with the span of the whole.
    """
    folded = fold_with_origins(text)
    found = []
    for match in _PATTERN.finditer(folded.text):
        if _is_mark(folded, match):
            continue
        span = folded.raw_span(*match.span())
        found += [
            Quantity(span=span, value=value, unit=unit, noun=noun)
            for value, unit, noun in _read(match)
        ]
    return tuple(found)


def normalise_quantities(text: str) -> str:
    """The folded text with every amount in one spelling: 七天, 7 天 and 一周 all read alike.

    Amounts are set off by a blank on both sides, so that 70 is never found inside 170.
    """
    folded = fold_with_origins(text)
    pieces, end = [], 0
    for match in _PATTERN.finditer(folded.text):
        amounts = [] if _is_mark(folded, match) else _read(match)
        if not amounts:
            continue
        spellings = [
            Quantity(span=Span(start=0, end=1), value=value, unit=unit, noun=noun).canonical
            for value, unit, noun in amounts
        ]
        pieces += [folded.text[end : match.start()], f" {' - '.join(spellings)} "]
        end = match.end()
    return "".join([*pieces, folded.text[end:]])
