"""A small desk as files, for tests that need a real one: index, draft and eval run in a second."""

import json
import shutil
from pathlib import Path

FAQS = """\
defaults:
  locale: zh
  owner: 物流组
  review_by: 2027-03-31
  effective_from: 2026-01-01
items:
  - id: faq-free-shipping
    question: 满多少钱包邮？
    similar:
      - 多少起包邮
      - 运费怎么算呀
      - 买一件要不要出邮费
    answer: |
      单笔订单优惠后满59元包邮，不满59元收6元运费。
    category: [服务政策, 物流]
    scene: consult.freight
    see: [policy-freight#1.1]
  - id: faq-stalled
    question: 快递好几天没有更新物流怎么办？
    similar:
      - 物流三天没动了
      - 我的包裹卡在中转站不动了啥情况
      - 都4天了快递还在同一个地方 你们管不管
    answer: |
      物流超过48小时没有新记录时，我们会向承运快递核实，并在24小时内答复您。
      超过72小时仍没有更新，您可以选择补发或全额退款。
    category: [操作指南, 物流]
    scene: after_sales.logistics_stalled
    see: [policy-freight]
  - id: faq-invoice
    question: 可以开发票吗？
    similar:
      - 怎么开票
      - 公司报销要发票
      - 电子发票在哪里下载
    answer: 确认收货后在订单详情页申请，24小时内开出电子发票。
    category: [操作指南, 发票]
    scene: consult.invoice
    see: []
"""

POLICY_OLD = """\
---
id: policy-freight
title: 运费与配送规则
version: 2026-01
locale: zh
category: [服务政策, 物流]
owner: 物流组
effective_from: 2026-01-01
effective_to: 2026-08-31
review_by: 2027-03-31
---

# 运费与配送规则

## 1 包邮与运费
1.1 单笔订单优惠后满69元包邮，不满69元收8元运费。
"""

POLICY_NEW = """\
---
id: policy-freight
title: 运费与配送规则
version: 2026-09
locale: zh
category: [服务政策, 物流]
owner: 物流组
effective_from: 2026-09-01
review_by: 2027-03-31
---

# 运费与配送规则

## 1 包邮与运费
1.1 单笔订单优惠后满59元包邮，不满59元收6元运费。
1.2 各地运费如下表。

| 地区 | 运费 | 包邮门槛 |
|---|---|---|
| 江浙沪 | 6元 | 满59元 |
| 新疆 | 12元 | 满159元 |
"""

SCRIPTS = """\
defaults: {locale: zh, owner: 客服培训组, review_by: 2027-03-31, effective_from: 2026-01-01}
items:
  - id: script-freight-calm
    scene: consult.freight
    emotion: 0
    segment: any
    when: 顾客问运费，语气平常
    receive: 您好，运费我给您说清楚。
    commit: 还想凑单的话告诉我差多少，我帮您看。
  - id: script-stalled-anxious
    scene: after_sales.logistics_stalled
    emotion: 1
    segment: any
    when: 物流几天没更新，客户着急，还没要求退款
    receive: 让您等着急了，真抱歉。
    inform: 我看到您的订单{order.id}由{order.carrier}承运。
    commit: 我现在就去联系快递核实，最晚24小时内在这里答复您。
"""

PRODUCTS = """\
defaults: {locale: zh, owner: 商品组, review_by: 2027-03-31, effective_from: 2026-01-01}
items:
  - id: product-p1001
    name: 南枝轻羽保温杯 500ml
    aliases: [保温杯, P1001]
    category: [产品知识, 家居]
    price_cny: 89
    facts:
      材质: 内胆为316不锈钢，杯盖为食品级PP。
    see: []
"""

RULES = """\
defaults: {locale: zh, category: absolute_claim, severity: block, basis: 广告法第九条}
items:
  - id: absolute.best
    version: 1
    patterns: ['全网最低']
    message: “全网最低”是绝对化用语。
    rewrite: 价格以商品页显示为准。
    hit: [这是全网最低价。]
    miss: [价格以商品页显示为准。]
"""

CASE = {
    "id": "freight-01",
    "cluster": "freight",
    "lang": "zh",
    "question": "满多少钱包邮",
    "as_of": "2026-10-01",
    "relevant": [{"doc": "faq-free-shipping", "grade": 2}],
    "facts": [{"id": "from-59", "any": ["满59元"]}],
}

FILES = {
    "knowledge_base/faqs/zh/delivery.yaml": FAQS,
    "knowledge_base/policies/zh/policy-freight-2026-01.md": POLICY_OLD,
    "knowledge_base/policies/zh/policy-freight-2026-09.md": POLICY_NEW,
    "knowledge_base/scripts/zh/scripts.yaml": SCRIPTS,
    "knowledge_base/products/zh.yaml": PRODUCTS,
    "knowledge_base/rules/zh/absolute_claims.yaml": RULES,
    "eval/cases.jsonl": json.dumps(CASE, ensure_ascii=False) + "\n",
    "ragkit.toml": 'time_zone = "Asia/Shanghai"\n',
}


def write_desk(folder: Path, *, prompts: Path) -> Path:
    """Write the small desk into `folder` (new or empty), with a copy of the templates `prompts`."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shutil.copytree(prompts, folder / "prompts")
    return folder
