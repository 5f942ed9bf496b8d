"""Amounts in running text: what is equal, what is kept apart, and what is no amount at all."""

from decimal import Decimal

import pytest

from ragkit.core.numerals import han_number
from ragkit.core.quantities import Unit, find_quantities, normalise_quantities


def amounts(text: str) -> list[tuple[str, str, Unit, str]]:
    return [
        (amount.span.of(text), f"{amount.value.normalize():f}", amount.unit, amount.noun)
        for amount in find_quantities(text)
    ]


def agree(left: str, right: str) -> bool:
    """Whether two texts say the same amounts, one by one."""
    ours, theirs = find_quantities(left), find_quantities(right)
    assert ours, left
    assert theirs, right
    return len(ours) == len(theirs) and all(map(lambda a, b: a.same_as(b), ours, theirs))


EQUAL = [
    ("七天", "7天"),
    ("7天", "7 天"),
    ("7天", "一周"),
    ("7天", "168小时"),
    ("7天", "7日"),
    ("7天", "七个自然日"),
    ("7天", "７天"),
    ("一周", "1个星期"),
    ("48小时", "2天"),
    ("四十八小时", "两天"),
    ("12个月", "一年"),
    ("半个月", "15天"),
    ("半月", "15天"),
    ("一年半", "18个月"),
    ("两年半", "30个月"),
    ("半年", "6个月"),
    ("半天", "12小时"),
    ("半小时", "30分钟"),
    ("半个小时", "30分钟"),
    ("一个半小时", "1.5小时"),
    ("一个半小时", "90分钟"),
    ("1 个半小时", "1.5小时"),
    ("两个半月", "2.5个月"),
    ("三天半", "84小时"),
    ("60秒", "1分钟"),
    ("3个工作日", "三个工作日"),
    ("3 个 工作日", "3工作日"),
    ("1-3个工作日", "1到3个工作日"),
    ("1-3个工作日", "一至三个工作日"),
    ("1-3个工作日", "1~3 个工作日"),
    ("1-3个工作日", "1—3个工作日"),
    ("1-3个工作日", "1个工作日到3个工作日"),
    ("3-5天", "三到五天"),
    ("两三天", "2-3天"),
    ("3或5天", "3天或5天"),
    ("¥1,299.00", "1299元"),
    ("1299元", "1299块"),
    ("1299元", "一千二百九十九元"),
    ("￥59", "59元"),
    ("59元", "59块钱"),
    ("59元", "人民币59元"),
    ("RMB 59", "59 yuan"),
    ("两百元", "200元"),
    ("3百元", "300元"),
    ("1.2万元", "12000元"),
    ("两万五千元", "25000元"),
    ("5毛", "0.5元"),
    ("两三百元", "200-300元"),
    ("满200减20", "满200元减20元"),
    ("满99包邮", "满99元包邮"),
    ("8折", "80%"),
    ("八折", "80%"),
    ("85折", "8.5折"),
    ("八五折", "85折"),
    ("八点五折", "85折"),
    ("三成", "30%"),
    ("百分之五", "5%"),
    ("12%", "12.0%"),
    ("5个百分点", "5%"),
    ("百分之百", "100%"),
    ("百分百", "100%"),
    ("千分之五", "0.5%"),
    ("二分之一", "50%"),
    ("三分之一", "3分之1"),
    ("1 kg", "1公斤"),
    ("1kg", "2斤"),
    ("1㎏", "1000克"),
    ("3千克", "3公斤"),
    ("0.5L", "500ml"),
    ("500毫升", "0.5升"),
    ("1.5米", "150cm"),
    ("150厘米", "1500mm"),
    ("−10℃", "零下10度"),
    ("-10℃", "零下十度"),
    ("10:00", "上午十点"),
    ("10:00", "上午 10 点"),
    ("10:30", "10点半"),
    ("10:30", "10点30分"),
    ("15:00", "下午3点"),
    ("15:00", "下午3:00"),
    ("15:00", "3 pm"),
    ("15:30", "3:30 p.m."),
    ("9:00", "9am"),
    ("20:00", "晚8点"),
    ("20:00", "晚上八点"),
    ("12:00", "中午12点"),
    ("13:00", "中午1点"),
    ("24:00", "晚上12点"),
    ("0:00", "凌晨12点"),
    ("2026年11月1日", "2026-11-01"),
    ("2026年11月1日", "2026/11/1"),
    ("2026年11月1日", "2026.11.01"),
    ("2026年11月1日", "二〇二六年十一月一日"),
    ("2026年11月1日", "2026 年 11 月 1 日"),
    ("12月15日", "十二月十五号"),
    ("2026年11月1日", "11月1日"),
    ("138-0013-8000", "13800138000"),
    ("两件", "2件"),
    ("seven days", "7天"),
    ("a seven-day return", "7 days"),
    ("one week", "7 days"),
    ("24 hours", "twenty-four hours"),
    ("48 hours", "two days"),
    ("thirty days", "30天"),
    ("3-5 business days", "three to five working days"),
    ("between 3 and 5 days", "3 to 5 days"),
    ("2-year", "24 months"),
    ("half a year", "6 months"),
    ("half an hour", "30 minutes"),
    ("two and a half hours", "2.5小时"),
    ("20 percent", "20%"),
    ("one hundred pieces", "100 pieces"),
    ("1 piece", "1 pcs"),
    ("two hundred fifty dollars", "250 dollars"),
    ("two hundred and fifty dollars", "$250"),
    ("one hundred twenty yuan", "120元"),
    ("one-hundred-twenty yuan", "120元"),
    ("a hundred and twenty yuan", "120元"),
    ("three thousand dollars", "$3,000"),
    ("two thousand yuan", "两千元"),
    ("one thousand and two hundred yuan", "1200元"),
    ("two million three hundred thousand and five yuan", "2300005元"),
    ("twenty-five hundred dollars", "2500 dollars"),
    ("between one hundred and two hundred yuan", "100-200元"),
    ("between one thousand and two thousand yuan", "1000-2000元"),
    ("2k yuan", "2000元"),
    ("$2k", "2 thousand dollars"),
    ("$5 million", "$5,000,000"),
    ("$5m", "$5,000,000"),
    ("$1.5bn", "1.5 billion dollars"),
    ("5-6 million dollars", "5000000-6000000 dollars"),
    ("5-6万元", "5万元-6万元"),
    ("赔您三百", "赔您300元"),
    ("每单一百元", "100元"),
    ("任一百元", "100元"),
    ("同一百件", "100件"),
    ("每单一元", "1元"),
    ("第7天内到账", "7天"),
    ("第三天内", "3天"),
    ("第三天之前", "3天"),
    ("第3-5天内", "3-5天"),
]


@pytest.mark.parametrize(("left", "right"), EQUAL, ids=[" = ".join(pair) for pair in EQUAL])
def test_equal_amounts(left: str, right: str) -> None:
    assert agree(left, right)
    assert agree(right, left)


APART = [
    ("7天", "7个工作日"),
    ("7天", "8天"),
    ("7天", "70天"),
    ("70元", "170元"),
    ("30天", "1个月"),
    ("1年", "365天"),
    ("48小时", "72小时"),
    ("3-5天", "3-7天"),
    ("5元", "5%"),
    ("5元", "5件"),
    ("5件", "5份"),
    ("59元", "$59"),
    ("85折", "15%"),
    ("八折", "二折"),
    ("10℃", "零下10度"),
    ("1公斤", "1斤"),
    ("500ml", "500g"),
    ("2026-11-01", "2025-11-01"),
    ("2026-11-01", "11月2日"),
    ("10:00", "晚上10点"),
    ("24:00", "24小时"),
    ("13800138000", "13800138001"),
    ("SKU-A100", "SKU-B100"),
    ("v1.2", "v12"),
    ("两百五十元", "二百零五元"),
    ("7 days", "7 business days"),
    ("5 m", "5 mm"),
    ("$5 million", "$5"),
    ("$5 m", "5 m"),
    ("2k yuan", "2 yuan"),
    ("several hundred dollars", "100 dollars"),
    ("half a million dollars", "1000000 dollars"),
    ("twenty five five dollars", "5 dollars"),
    ("five twenty dollars", "20 dollars"),
    ("two hundred hundred dollars", "200 dollars"),
]


@pytest.mark.parametrize(("left", "right"), APART, ids=[" ≠ ".join(pair) for pair in APART])
def test_amounts_kept_apart(left: str, right: str) -> None:
    assert not agree(left, right)
    assert not agree(right, left)


def test_a_number_without_unit_agrees_with_any_unit() -> None:
    assert agree("59", "59元")
    assert agree("59件", "59")
    assert not agree("59", "60元")


NOTHING = [
    "我们一起看看",
    "万一不合适",
    "第一次下单",
    "第3次",
    "第 3 条",
    "第七天",
    "一定",
    "一直",
    "一下",
    "统一发货",
    "唯一",
    "一个",
    "一件",
    "千万不要",
    "三心二意",
    "一二线城市",
    "五一和十一",
    "双十一",
    "双十二",
    "十万火急",
    "同一天",
    "单一元素",
    "第3次内",
    "第二十条",
    "上百种",
    "thanks a million",
    "one two three",
    "下周一",
    "周一至周五",
    "四川",
    "百度",
    "晚一点回复",
    "几十元",
    "十几天",
    "一周年",
    "1、打开订单",
    "2. 点击退款",
    "(3) 提交",
    "①提交",
    "3.1 退货条件",
    "1.2.1 支付",
    "1.5 支付定金",
    "2.1 秒杀价",
    "one of them",
    "no one",
    "the 1st time",
    "for the 2nd",
    "",
    "   ",
]


@pytest.mark.parametrize("text", NOTHING)
def test_words_that_are_no_amounts(text: str) -> None:
    assert amounts(text) == []


N, HOURS, CNY = Unit.NUMBER, Unit.HOURS, Unit.CNY
FOUND = {  # id: (text, the amounts in it, in order)
    "inside a sentence": ("签收后7天内可退", [("7天", "168", HOURS, "")]),
    "raw span of folded text": ("满２００元 减", [("２００元", "200", CNY, "")]),
    "both ends of a range": (
        "约3-5天到",
        [("3-5天", "72", HOURS, ""), ("3-5天", "120", HOURS, "")],
    ),
    "threshold and discount": ("满200减20", [("200", "200", N, ""), ("20", "20", N, "")]),
    "amount behind an idiom": ("万一三天没到", [("三天", "72", HOURS, "")]),
    "amount behind a word": ("统一两天内", [("两天", "48", HOURS, "")]),
    "amount behind a list mark": ("1、7天无理由", [("7天", "168", HOURS, "")]),
    "amount behind a numbered line": ("退货\n2. 3天内", [("3天", "72", HOURS, "")]),
    "marks within a line": (
        "如下：1、打开订单；2、3天内提交",
        [("3天", "72", HOURS, "")],
    ),
    "enumeration is no list": (
        "可选：3、6、12期",
        [("3", "3", N, ""), ("6", "6", N, ""), ("12期", "12", Unit.COUNT, "期")],
    ),
    "date at the start of a line": (
        "2026.11.01 起",
        [("2026.11.01", "20261101", Unit.DATE, "")],
    ),
    "date with a time": (
        "2026-11-01 10:00:00",
        [("2026-11-01", "20261101", Unit.DATE, ""), ("10:00:00", "600", Unit.CLOCK, "")],
    ),
    "end of the day": ("至24:00", [("24:00", "1440", Unit.CLOCK, "")]),
    "opening hours": (
        "早9点到晚9点",
        [("早9点", "540", Unit.CLOCK, ""), ("晚9点", "1260", Unit.CLOCK, "")],
    ),
    "no such hour": ("25:00", [("25:00", "2500", Unit.CODE, "2500")]),
    "no such day": ("2026-13-45", [("2026-13-45", "20261345", Unit.CODE, "20261345")]),
    "telephone": ("400-800-1234", [("400-800-1234", "4008001234", Unit.CODE, "4008001234")]),
    "order number": ("单号20231205001", [("20231205001", "20231205001", Unit.CODE, "20231205001")]),
    "article number": ("SKU12345有货", [("SKU12345", "12345", Unit.CODE, "sku12345")]),
    "Latin behind the unit": (
        "7天VIP送3件T恤",
        [("7天", "168", HOURS, ""), ("3件", "3", Unit.COUNT, "件")],
    ),
    "Latin unit ends its word": ("5 more", [("5", "5", N, "")]),
    "year": ("2026年", [("2026年", "2026", N, "")]),
    "points of advice are no hour": ("以下3点建议", [("3", "3", N, "")]),
    "adults are no tenths": ("3成人票", [("3", "3", N, "")]),
    "Han numeral without a unit": ("退您五十", [("五十", "50", N, "")]),
    "threshold in Han": ("满五十包邮", [("五十", "50", N, "")]),
    "both in Han": ("满三百减五十", [("三百", "300", N, ""), ("五十", "50", N, "")]),
    "ten thousands": ("赔你两万", [("两万", "20000", N, "")]),
    "a teen": ("减十五", [("十五", "15", N, "")]),
    "about as much": ("赔您两三百", [("两三百", "200", N, ""), ("两三百", "300", N, "")]),
    "English words without a unit": ("refund you two hundred", [("two hundred", "200", N, "")]),
    "no number in order": (
        "five twenty dollars",
        [("five twenty dollars", "0", Unit.CODE, "five twenty")],
    ),
    "digits of another script": ("٣天", [("٣天", "72", HOURS, "")]),
}


@pytest.mark.parametrize(("text", "expected"), FOUND.values(), ids=FOUND.keys())
def test_amounts_found(text: str, expected: list[tuple[str, str, Unit, str]]) -> None:
    assert amounts(text) == expected


HAN_NUMBERS = {
    "零": "0",
    "十": "10",
    "十五": "15",
    "二十": "20",
    "一百零五": "105",
    "一百二": "120",
    "一百二十": "120",
    "一千零五十": "1050",
    "两千五": "2500",
    "一万": "10000",
    "一万零三百": "10300",
    "两万五": "25000",
    "十二万三千": "123000",
    "一亿两千万": "120000000",
    "二〇二六": "2026",
    "三点五": "3.5",
    "零点八": "0.8",
    "两三": None,
    "三四十": None,
    "万": None,
    "元": None,
    "": None,
}


@pytest.mark.parametrize(("text", "value"), HAN_NUMBERS.items(), ids=HAN_NUMBERS.keys())
def test_chinese_numerals(text: str, value: str | None) -> None:
    assert han_number(text) == (None if value is None else Decimal(value))


NORMAL = {  # id: (texts that read alike, how)
    "duration": (["七天", "7 天", "一周", "168小时"], " 168hours "),
    "range": (["1-3个工作日", "一到三个工作日"], " 1workdays - 3workdays "),
    "discount": (["八折", "80%", "百分之八十"], " 0.8ratio "),
    "within words": (["签收后七天内", "簽收後7天內"], "签收后 168hours 内"),
    "day with its year": (["2026年11月1日", "2026-11-01"], " 2026 1101date "),
    "day": (["11月1日", "十一月一号"], " 1101date "),
    "no amount": (["第一次一起退", "第一次一起退"], "第一次一起退"),
}


@pytest.mark.parametrize(("texts", "expected"), NORMAL.values(), ids=NORMAL.keys())
def test_amounts_read_alike(texts: list[str], expected: str) -> None:
    assert {normalise_quantities(text) for text in texts} == {expected}


LONG = {
    "Han numerals": "一" * 20_000,
    "scales": "亿" * 20_000,
    "digits": "1" * 20_000,
    "grouped digits": "1,111" * 4_000,
    "hyphens": "1-" * 10_000,
    "number words": "two hundred and " * 2_000,
    "letters": "a" * 20_000,
    "blank lines before amounts": "\n" * 10_000 + "1 " * 5_000,
    "amounts on one line": "7天" * 10_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_long_input_is_read_to_its_end(text: str) -> None:
    spans = [quantity.span for quantity in find_quantities(text)]
    assert all(span.end <= len(text) for span in spans)
    assert len(find_quantities(f"{text}。8元")) == len(spans) + 1
