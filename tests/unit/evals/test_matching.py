"""Whether a reply says a fact: by value, as a whole, and not its opposite."""

import pytest

from ragkit.evals.matching import says

SAID = {  # id: (reply, a wording it contains)
    "same words": ("支持七天无理由退货。", "支持七天无理由"),
    "seven days, digits": ("签收后7天内可退", "七天"),
    "seven days, Han": ("签收后七天内可退", "7天"),
    "a week": ("签收后一周内可退", "7天"),
    "hours": ("签收后168小时内可退", "7天"),
    "blank before the unit": ("签收后 7 天内可退", "7天内可退"),
    "blanks between Han": ("签收后 七天 内可退", "七天内可退"),
    "line break": ("我们会\n为您退款", "为您退款"),
    "full width and traditional": ("簽收後７天內可退", "签收后7天内可退"),
    "amount before a Han word": ("买3件包邮", "3件"),
    "amount between Han words": ("买3件包邮", "买3件包邮"),
    "range with a hyphen": ("1-3个工作日到账", "1到3个工作日"),
    "range with a wave": ("1～3 个工作日到账", "1-3个工作日"),
    "range in Han": ("一至三个工作日到账", "1-3个工作日"),
    "range with both units": ("1个工作日到3个工作日", "1-3个工作日"),
    "range in English": ("within three to five business days", "3-5 working days"),
    "money sign": ("满¥59包邮", "满59元"),
    "number of any unit": ("满59元就包邮", "59"),
    "discount without units": ("满200元减20元", "满200减20"),
    "percent": ("打八折", "80%"),
    "day within a date": ("2026年11月1日发货", "11月1日"),
    "clock": ("每天上午十点开始", "10:00"),
    "any case": ("FREE returns", "free return"),
    "second wording hit": ("本店不支持退货，但支持换货", "支持换货"),
    "asserted after a negated one": ("不支持退货的除外，支持退货", "支持退货"),
    "特别 is no negation": ("我们特别支持退货", "支持退货"),
    "分别 is no negation": ("两单会分别退款", "退款"),
    "double negation": ("我们不得不退款", "退款"),
    "the wording itself is negated": ("本店不支持退货", "不支持退货"),
}


@pytest.mark.parametrize(("reply", "wording"), SAID.values(), ids=SAID.keys())
def test_a_reply_says_a_fact(reply: str, wording: str) -> None:
    assert says(reply, [wording])


NOT_SAID = {  # id: (reply, a wording it does not contain)
    "other words": ("支持换货", "支持退货"),
    "不": ("本店不支持退货", "支持退货"),
    "暂不": ("暂不支持退货", "支持退货"),
    "无法": ("无法退款", "退款"),
    "没有": ("没有运费险", "运费险"),
    "未": ("未发货", "发货"),
    "并非": ("并非质量问题", "质量问题"),
    "别": ("请别拒收", "拒收"),
    "negation and a blank": ("不 支持退货", "支持退货"),
    "traditional": ("不支持退貨", "支持退货"),
    "not": ("This is not covered.", "covered"),
    "cannot": ("It cannot be returned.", "be returned"),
    "don't": ("We don't offer refunds.", "offer refunds"),
    "don’t": ("We don’t offer refunds.", "offer refunds"),
    "no": ("There is no return fee.", "return fee"),
    "never": ("We never charge it.", "charge it"),
    "not before an amount": ("It is not 7 days.", "7 days"),
    "opposite inside a word": ("The colour is unavailable.", "available"),
    "70 in 170": ("满170元可用", "70元"),
    "70 in 170 without unit": ("满170可用", "70"),
    "70 in 700": ("满700元可用", "70元"),
    "70 in 70.5": ("满70.5元可用", "70元"),
    "3 in 2.3": ("约2.3公斤", "3公斤"),
    "7 in 17": ("17天内可退", "7天内可退"),
    "working days": ("7个工作日内", "7天"),
    "other unit": ("满59件", "59元"),
    "digits of a code": ("iPhone59有货", "59"),
    "digits of a date": ("11月1日", "1101"),
    "other day": ("2026年11月1日", "1月1日"),
    "number without the unit asked for": ("满59包邮", "59元"),
    "empty reply": ("", "退款"),
    "empty wording": ("可以退款", " "),
}


@pytest.mark.parametrize(("reply", "wording"), NOT_SAID.values(), ids=NOT_SAID.keys())
def test_a_reply_does_not_say_a_fact(reply: str, wording: str) -> None:
    assert not says(reply, [wording])


def test_any_one_wording_is_enough() -> None:
    assert says("邮费您出", ["运费自理", "邮费您出"])
    assert not says("邮费您出", ["运费自理", "运费您出"])
    assert not says("邮费您出", [])


def test_signs_in_a_wording_are_no_pattern() -> None:
    assert says("售价（含税）", ["（含税）"])
    assert not says("售价含税", ["售价.*含税", "含(税)"])
