"""FAQs, scripts and products in YAML and JSON, some of it by hand and some by export."""

import json
from collections.abc import Callable

FAQS = """\
defaults: {locale: zh, owner: 售后组, effective_from: 2026-01-01}
items:
  - id: faq-pickup-time
    question: 上门取件什么时候来？
    similar: [快递员几点来取件, 取件要等多久]
    negative: [自己寄回可以吗]
    answer: 预约成功后快递员在2小时内上门，20点以后的预约次日上门。
    category: [操作指南, 物流]
    scene: after_sales.return
    see: [policy-freight-insurance#1.1]
  - id: faq-change-phone
    question: 怎么更换绑定的手机号？
    similar: [手机号换了怎么改, 想换个手机号登录]
    answer: 在“我的—设置—账号安全”里更换手机号，每30天可以更换一次。
    category: [操作指南, 账号]
"""
TAKEN = """\
items:
  - id: faq-change-phone
    locale: zh
    question: 换手机号收费吗？
    answer: 更换手机号不收费。
"""
ENGLISH = {
    "defaults": {"locale": "en"},
    "items": [
        {
            "id": "faq-paypal",
            "question": "Can I pay with PayPal?",
            "similar": ["do you take paypal", "paypal accepted?"],
            "answer": "PayPal is accepted for orders shipped outside mainland China.",
        }
    ],
}
SCRIPTS = """\
defaults: {locale: zh, owner: 客服培训组}
items:
  - id: script-pickup
    scene: after_sales.return
    emotion: 0
    when: 客户问上门取件，语气平常
    receive: 您好，取件的事我来帮您看。
    commit: 取件有变化，我会在这里告诉您。
"""
PRODUCTS = """\
defaults: {locale: zh}
items:
  - id: product-p3001
    name: 南枝云感四件套
    aliases: [四件套, P3001]
    price_cny: 399
    facts:
      面料: 面料为60支长绒棉。
      洗涤: 水温不超过40℃，不可漂白。
"""

FILES: dict[str, Callable[[], bytes]] = {
    "faqs/zh/常见问题.yaml": FAQS.encode,
    "faqs/zh/账号 补充.yml": TAKEN.encode,
    "faqs/en/faq export.json": json.dumps(ENGLISH, indent=2).encode,
    "faqs/zh/导出中断.json": lambda: '[\n  {"id": "faq-x", "question": "能到付吗？",\n'.encode(),
    "scripts/zh/取件.yaml": SCRIPTS.encode,
    "products/床品.yaml": PRODUCTS.encode,
}
