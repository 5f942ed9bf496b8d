"""Workbooks and tables as text: merged headers, lost values, hidden sheets, other separators."""

import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import PatternFill

Cells = Sequence[Sequence[object]]


def _book(*sheets: tuple[str, Cells]) -> Any:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book


def _saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def freight() -> bytes:
    """Two visible sheets, a header of two levels with units, and one that nobody may be told."""
    fees: Cells = (
        ("2026年下半年快递运费表",),
        ("适用时间：2026年9月1日至2026年12月31日",),
        ("地区", "运费（元）", None, "时效（天）"),
        (None, "首重1kg", "续重/kg", None),
        ("江浙沪", 6, 2, "1-2"),
        ("华南", 8, 4, "2-3"),
        ("新疆、西藏", 22, 18, "5-8"),
        ("注：超过30公斤的包裹按大件计费。",),
    )
    carriers: Cells = (
        ("承运快递", "客服电话", "工作时间"),
        ("中通", "95311", "8:00-20:00"),
        ("顺丰", "95338", "24小时"),
    )
    cost: Cells = (("地区", "成本价（元）"), ("江浙沪", 2.35), ("新疆", 11.2))
    book = _book(("运费", fees), ("快递公司", carriers), ("内部成本", cost))
    sheet = book["运费"]
    for area in ("A1:D1", "A2:D2", "A3:A4", "B3:C3", "D3:D4", "A8:D8"):
        sheet.merge_cells(area)
    book["内部成本"].sheet_state = "hidden"
    return _saved(book)


def repairs() -> bytes:
    """Formulas that were never calculated, and one whose row is gone."""
    rows: Cells = (
        ("维修项目", "材料费（元）", "人工费（元）", "合计（元）"),
        ("更换保温杯密封圈", 5, 0, "=B2+C2"),
        ("更换空气炸锅发热管", 60, 40, 100),
        ("更换行李箱滚轮", 25, 15, "#REF!"),
    )
    book = _book(("维修价目", rows))
    book["维修价目"]["D4"].data_type = "e"
    return _saved(book)


def codes() -> bytes:
    """Codes that are text, and numbers shown with zeros before them."""
    rows: Cells = (("配件编码", "配件名称", "适用商品"), ("00123", "杯盖密封圈", "轻羽保温杯"))
    book = _book(("配件", rows))
    sheet = book["配件"]
    sheet.append((456, "炸篮提手", "空气炸锅4L"))
    sheet["A3"].number_format = "00000"
    return _saved(book)


def mostly_empty() -> bytes:
    """Two rows, and twenty thousand that somebody coloured."""
    rows: Cells = (
        ("门店", "营业时间", "自提"),
        ("杭州湖滨店", "10:00-22:00", "支持"),
        ("成都春熙路店", "10:30-21:30", "不支持"),
    )
    book = _book(("门店名单", rows))
    grey = PatternFill("solid", fgColor="FFEEEEEE")
    for row in range(4, 20_004):
        book["门店名单"].cell(row, 1).fill = grey
    return _saved(book)


def faqs() -> bytes:
    """An export of the old robot: one merged question with its phrasings below each other."""
    rows: Cells = (
        ("客服知识库导出", None, None, None, None, None, None),
        ("编号", "标准问题", "相似问法", "答案", "分类", "状态", "生效日期"),
        (
            "faq-lost-card",
            "礼品卡丢了能补吗？",
            "礼品卡找不到了怎么办",
            "记名礼品卡凭订单号可以补办一次，不记名礼品卡不能补办。",
            "服务政策/礼品卡",
            "已发布",
            date(2026, 1, 1),
        ),
        (None, None, "卡密弄丢了还能用吗", None, None, None, None),
        (
            "faq-gift-wrap",
            "可以代写贺卡吗？",
            "能帮我写张贺卡吗；送礼可以附卡片吗",
            "下单时在备注写明内容，我们免费手写贺卡，每张不超过50字。",
            "操作指南/礼品",
            "启用",
            "2026/2/1",
        ),
        (
            "faq-secret-sale",
            "双十二有什么优惠？",
            None,
            "双十二全场五折（方案未定，勿外传）。",
            "服务政策/活动",
            "草稿",
            None,
        ),
    )
    book = _book(("知识", rows), ("填写说明", (("请按模板填写，不要改动表头。",),)))
    sheet = book["知识"]
    sheet.merge_cells("A1:G1")
    for column in "ABDEFG":
        sheet.merge_cells(f"{column}3:{column}4")
    return _saved(book)


def products() -> bytes:
    rows: Cells = (
        ("编号", "商品名称", "别名", "售价（元）", "容量（L）", "功率（W）", "清洗"),
        ("product-p2001", "南枝空气炸锅", "炸锅、P2001", 299, 4.5, 1400, "炸篮可以放进洗碗机。"),
        ("product-p2002", "南枝电热水壶", "热水壶、P2002", "¥129.00", 1.7, 1800, None),
    )
    return _saved(_book(("厨房小电", rows)))


def scripts() -> bytes:
    rows: Cells = (
        ("场景", "情绪等级", "适用情形", "安抚", "告知", "承诺"),
        (
            "after_sales.repair",
            1,
            "商品用了几个月坏了，客户想维修",
            "用得好好的突然坏了，换谁都着急。",
            None,
            "我这就为您登记维修，24小时内发您寄修地址。",
        ),
    )
    return _saved(_book(("话术", rows)))


def _windows(text: str) -> bytes:
    """As Excel on a Chinese Windows saves text."""
    return text.replace("\n", "\r\n").encode("gb18030")


REMOTE = """\
偏远地区附加费
省份;附加费（元/件）;包邮门槛（元）
新疆;12;159
西藏;15;199
内蒙古;6;99
"""
COMPENSATION = """\
赔付项目,赔付标准,说明
延迟发货,每满24小时5元,"以无门槛券发放；
每单至多30元。"
缺货,商品价的10%,"最低5元，
最高100元。"
"""
ARRIVALS = """\
支付方式,退款到账时间
微信零钱,1个工作日内
信用卡,3-7个工作日,以发卡行为准
花呗
"""
INVOICES = """\
标准问题,相似问,答案,分类,场景,链接
电子发票发到哪里？,发票在哪下载|发票发哪个邮箱,电子发票开具后发送到您填写的邮箱，也可以在订单详情下载。,操作指南>发票,consult.invoice,https://help.example.com/invoice
发票抬头写错了怎么改？,抬头开错了,开票后90天内可以更正一次抬头，新发票3个工作日内开出。,操作指南>发票,consult.invoice,
"""
STATIONERY = """\
商品名称\t价格\t页数\t纸张
南枝手账本 A5\t39.9元\t192页\t内页为100克道林纸，钢笔书写不洇墨。
南枝中性笔 0.5mm\t2.5元\t\t
"""

FILES: dict[str, Callable[[], bytes]] = {
    "policies/zh/物流/运费与时效 2026.xlsx": freight,
    "policies/zh/售后/维修价目.xlsx": repairs,
    "policies/zh/售后/配件编码.xlsx": codes,
    "policies/zh/售后/以旧换新价目（待填）.xlsx": lambda: _saved(
        _book(("价目", (("旧机型", "折抵金额（元）", "成色要求"),)))
    ),
    "policies/zh/门店/门店名单.xlsx": mostly_empty,
    "faqs/zh/客服知识导入.xlsx": faqs,
    "products/厨房小电.xlsx": products,
    "scripts/安抚话术.xlsx": scripts,
    "policies/zh/物流/偏远地区附加费.csv": lambda: _windows(REMOTE),
    "policies/zh/售后/赔付标准.csv": lambda: b"\xef\xbb\xbf" + COMPENSATION.encode(),
    "policies/zh/售后/退款到账时间.csv": ARRIVALS.encode,
    "faqs/zh/发票问答.csv": lambda: _windows(INVOICES),
    "products/文具.tsv": STATIONERY.encode,
}
