"""Personal data: found in every spelling, and not where a number only looks like it."""

import pytest

from ragkit.core.personal import PersonalKind, find_personal, masked

MOBILE, ID, CARD = PersonalKind.MOBILE, PersonalKind.ID_NUMBER, PersonalKind.BANK_CARD
EMAIL, ADDRESS = PersonalKind.EMAIL, PersonalKind.ADDRESS

FOUND = {  # id: (text, what is found, in order)
    "a mobile number": ("联系电话13800138000谢谢", [(MOBILE, "13800138000")]),
    "in groups, with the country code": (
        "call +86 138-0013-8000 please",
        [(MOBILE, "+86 138-0013-8000")],
    ),
    "full-width digits": ("打１３８００１３８０００", [(MOBILE, "１３８００１３８０００")]),
    # 11010519491231002X is the example of GB 11643-1999.
    "an identity number": ("身份证11010519491231002X，已核对", [(ID, "11010519491231002X")]),
    "its check letter small": ("11010519491231002x", [(ID, "11010519491231002x")]),
    "a card in fours": ("卡号4111 1111 1111 1111", [(CARD, "4111 1111 1111 1111")]),
    "a card in one": ("6222020000000000000 is it", [(CARD, "6222020000000000000")]),
    "a mailbox for anybody": ("发到zhangsan@qq.com就行", [(EMAIL, "zhangsan@qq.com")]),
    "a mailbox abroad": ("write to J.Smith@Gmail.com.", [(EMAIL, "J.Smith@Gmail.com")]),
    "a name before an address": (
        "张三 浙江省杭州市西湖区文三路100号3幢201室",
        [(ADDRESS, "浙江省杭州市西湖区文三路100号3幢201室")],
    ),
    "a label and a name": (
        "收件人：李小明，上海市延安西路1228弄2号楼301室",
        [(ADDRESS, "上海市延安西路1228弄2号楼301室")],
    ),
    "a title behind the address": (
        "寄杭州市文三路100号 王女士收",
        [(ADDRESS, "寄杭州市文三路100号")],
    ),
    "an English address": (
        "Mr Smith, 221 Baker Street, London",
        [(ADDRESS, "221 Baker Street")],
    ),
    "two in one text": (
        "13800138000，邮箱a1@163.com",
        [(MOBILE, "13800138000"), (EMAIL, "a1@163.com")],
    ),
}

NOT_FOUND = {
    "the hotline": "客服热线400-000-0618，服务时间9:00至21:00",
    "a landline": "0571-88886666",
    "within an order number": "订单2026112213800138000",
    "within a tracking number": "SF13800138000",
    "masked already": "手机号138****8000",
    "twelve digits": "138001380001",
    "no such series": "12800138000",
    "an identity number with a wrong check": "110105194912310021",
    "an identity number with no birthday": "110105194913310026",
    "a card with a wrong check": "4111 1111 1111 1112",
    "a bar code": "6901234567892",  # EAN-13: no issuer of cards begins so
    "zeros": "4000000000000000 0000",
    "the shop's own mailbox": "service@nanzhi.com",
    "a host that only begins so": "a@qq.com.nanzhi.cn",
    "the shop's address": "退货寄到：浙江省嘉兴市秀洲区南枝路18号 南枝集市退货仓",
    "a company beside an address": "Nanzhi Market Return Warehouse, 18 Nanzhi Road, Jiaxing",
    "an address without a name": "北京市朝阳区建国路88号，邮编100022",
    "a name without an address": "高先生的订单",
    "a date and a time": "2026-11-22 13:00",
    "a decimal": "比值1.13800138000",
    "nothing": "",
}


@pytest.mark.parametrize(("text", "found"), FOUND.values(), ids=FOUND.keys())
def test_found(text: str, found: list[tuple[PersonalKind, str]]) -> None:
    assert [(each.kind, each.span.of(text)) for each in find_personal(text)] == found


@pytest.mark.parametrize("text", NOT_FOUND.values(), ids=NOT_FOUND.keys())
def test_not_found(text: str) -> None:
    assert find_personal(text) == ()


def test_every_wrong_check_digit_is_told_apart() -> None:
    digits = "1101051949123100"
    right = [c for c in "0123456789X" if find_personal(f"{digits}2{c}")]
    assert right == ["X"]


@pytest.mark.parametrize("text", [text for text, _ in FOUND.values()], ids=FOUND.keys())
def test_a_masked_value_is_found_no_more(text: str) -> None:
    for each in find_personal(text):
        shown = masked(each, text)
        assert "****" in shown
        assert each.span.of(text) not in shown
        assert find_personal(shown) == ()
