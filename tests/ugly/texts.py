"""Plain text and Markdown, in the encodings and with the line breaks people leave behind."""

from collections.abc import Callable

FRESH = """\
              生鲜商品售后规定

    文号：NZ-FRESH-03
    生效日期：2026年6月18日
    有效期至：2026年12月31日

第一条  生鲜商品签收后二十四小时内可以反馈坏果，反馈时请提供
商品和面单在同一画面的照片。
第二条  坏果比例不超过百分之三十的，按比例退款；超过百分之
七十的，全额退款。
第三条  下列情形不属于坏果：
  （一）口味与个人预期不一致的；
  （二）表皮有自然斑痕的。
"""
GIFT_CARDS = """\
Gift card terms

Version: 2.1
Effective from: 1 January 2026

1. Validity
1.1 A gift card is valid for 36 months from the day it was bought.
1.2 The balance of an expired card can be moved to a new card once.

2. Refunds
2.1 An unused gift card can be returned within 7 days; an activated card cannot be returned.
"""
INSURANCE = """\
---
id: policy-freight-insurance
title: 退货运费险说明
version: 2026-04
locale: zh
category: [服务政策, 退换货]
effective_from: 2026-04-01
---

# 退货运费险说明

## 1 赔付
1.1 投保运费险的订单退货后，保险公司在72小时内赔付，每单至多12元。
1.2 各地的赔付上限如下表。

| 地区 | 赔付上限（元） |
|---|---|
| 同省 | 8 |
| 跨省 | 12 |
"""
TRADE_IN = """\
# 家电以旧换新

> 版本：V1.0
> 生效日期：2026-08-15

## 一、参加方式

- 下单时勾选**以旧换新**，填写旧机的品牌和型号。
- 新机送到时，师傅当场验机并带走旧机。

## 二、折抵

旧冰箱、旧洗衣机每台折抵*200元*，缺少主要部件的不折抵。
"""
PRICE_GUARANTEE_OLD = """\
---
id: price-guarantee
title: 价格保护规则
version: 2026-03
effective_from: 2026-03-01
effective_to: 2026-09-30
---

# 价格保护规则

## 1 价保期
1.1 付款后7天内降价的，可以申请退还差价。
1.2 每件商品只能申请1次价保。
"""
DRAFT = """\
---
id: policy-no-return
title: 取消无理由退货（讨论稿）
status: draft
---

# 取消无理由退货（讨论稿）

1.1 自2027年起取消七天无理由退货，仅限质量问题退货。
"""
WRONG_DAY = """\
---
id: policy-cards
title: 储值卡规则
effective_from: 2026-02-30
---

1.1 储值卡充值后不能提现。
"""
SHIPPING = """\
# International shipping

Effective from: 2026-06-01

## 1 Duties

1.1 Duties and import taxes are paid by the recipient on delivery.

## 2 Delivery times

| Destination | Working days |
|---|---|
| Japan | 4-6 |
| Germany | 8-12 |
"""

FILES: dict[str, Callable[[], bytes]] = {
    "policies/zh/生鲜/生鲜售后规定.txt": lambda: FRESH.replace("\n", "\r\n").encode("gb18030"),
    "policies/en/Gift card terms.txt": lambda: GIFT_CARDS.encode("utf-16"),
    "policies/zh/生鲜/冷链说明.txt": lambda: b"",
    "policies/zh/退换货 制度/运费险.md": INSURANCE.encode,
    "policies/zh/售后/以旧换新.md": TRADE_IN.encode,
    "policies/zh/价保/价格保护规则 2026-03.md": PRICE_GUARANTEE_OLD.encode,
    "policies/zh/草稿/取消无理由退货.md": DRAFT.encode,
    "policies/zh/财务/储值卡.md": WRONG_DAY.encode,
    "policies/en/International shipping.md": SHIPPING.encode,
    "readme.txt": "知识库由知识运营组维护。\n".encode,
}
