"""A made-up knowledge base of any size: policies in Markdown, FAQs in YAML, ten chunks a file.

Four of five files are policies of ten numbered clauses for one kind of goods of one brand; every
fifth holds two FAQs of four phrasings and an answer, each resting on a clause of the policy before.
Sentences are put together from pools of goods, conditions, amounts and periods, so texts differ as
those of a real shop do; the same seed writes the same files.
"""

import random
from dataclasses import dataclass
from itertools import product
from pathlib import Path

CLAUSES, SECTIONS, FAQS = 10, 3, 2
_GOODS = {
    "家居": "记忆棉枕 四件套 蚕丝被 实木床 床垫 窗帘 地毯 晾衣架 收纳箱 落地灯 藤编沙发 浴室柜",
    "厨房": "空气炸锅 电饭煲 破壁机 铸铁锅 保温杯 折叠水壶 刀具套装 净水器 咖啡机 洗碗机 砧板",
    "数码": "蓝牙耳机 移动电源 机械键盘 投影仪 行车记录仪 平板电脑 智能手表 路由器 手机壳 音箱",
    "服饰": "羽绒服 真丝衬衫 牛仔裤 运动鞋 羊绒围巾 冲锋衣 西装外套 棉拖鞋 泳衣 皮带 帆布包",
    "美妆": "精华液 防晒霜 卸妆膏 口红 面膜 洁面乳 气垫粉底 护手霜 香水 洗发水 剃须刀",
    "母婴": "婴儿推车 安全座椅 纸尿裤 配方奶粉 奶瓶 学步鞋 儿童餐椅 爬行垫 吸奶器 婴儿床",
    "生鲜": "车厘子 阳澄湖大闸蟹 冷鲜牛排 有机蔬菜 帝王鲑 榴莲 土鸡蛋 草莓 冰鲜虾仁 水蜜桃",
    "宠物": "猫粮 狗粮 猫砂 自动喂食器 宠物推车 猫爬架 牵引绳 宠物烘干箱 鱼缸 除毛梳",
    "大家电": "冰箱 滚筒洗衣机 空调 电视机 燃气灶 油烟机 热水器 干衣机 冷柜 新风机",
    "跨境": "鱼油胶囊 进口红酒 胶原蛋白 蛋白粉 手冲咖啡豆 羊毛脂面霜 乳铁蛋白 枫糖浆 橄榄油",
}
_FIRST = "云山木禾青海南北星月晨安乐优简初和知朴良松竹兰柏澄远清素暖拾"
_SECOND = "舍野岸语屿溪里集作物品田林匠居间仓坊度家原朵汐川庭序禾研"
_POOLS = {  # what stands in the places of a pattern
    "when": """
        签收之后 付款成功之后 收到补发之后 预约成功之后 审核通过之后 订单完成之后 仓库签收退件之后
        活动结束之后 首次通电之后 确认收货之后
    """,
    "cond": """
        包装未拆封的 吊牌和配件齐全的 开箱后发现少配件的 外箱有明显挤压的 表面有划痕但不影响使用的
        已经激活或通电的 使用过一次以上的 收货地址填写有误的 承运商确认丢件的
        物流超过三天没有更新的 与页面描述不符的 拍错颜色或规格的 参加满减活动购买的
        使用店铺券下单的 直播间下单的 以企业名义采购的 寄往偏远地区的 由家人代为签收的
        节假日期间提交申请的 同一订单含多件商品的
    """,
    "who": """
        您可以在订单页提交{act}申请 您可以联系在线客服办理{act} 由品牌售后为您办理{act}
        仓库会优先为您安排{act} 系统会自动发起{act} 门店也可以现场办理{act}
        金卡会员可以走{act}快速通道
    """,
    "act": """
        退货 换货 补发 退款 维修 上门取件 差价返还 改地址 开票 延保 安装预约 赠品补寄
    """,
    "limit": """
        期限为{n}天 我们在{n}小时内给出结果 最晚不超过{n}个工作日 每单只能办理{k}次
        每人每月限{k}件 需要在{n}天内寄出 款项在{n}个工作日内原路退回
    """,
    "money": """
        往返运费由我们承担，最高垫付{y}元 单件补贴不超过{y}元 实付满{y}元免收上门费
        每单收取{y}元服务费 按实付金额的{p}%赔付 折旧费按每天{p}%计算
        超出{k}公斤的部分每公斤加收{y}元 另赠面值{y}元的无门槛券
    """,
    "proof": """
        请同时上传外箱、面单和商品的照片 请保留{goods}的序列号标签 请提供开箱视频 请附上质检报告
        无需提供照片 请写明{brand}的订单编号 请先不要丢弃{goods}的包装
    """,
    "n": "1 2 3 5 7 10 12 15 20 24 30 36 48 60 72 90",
    "k": "1 2 3 4 5 6 7 8 9",
    "y": "5 6 8 10 12 15 18 20 29 39 49 59 88 99 129 159 299",
    "p": "1 2 3 5 8 10 15 20 30 50",
}
_TOPICS = """
    退换货 运费与配送 保修与维修 价格保护 预售与发货 发票与付款 赠品与优惠 破损与补发 会员权益
    安装与使用
"""
_HEADINGS = """
    适用范围 申请条件 处理时限 费用承担 办理方式 凭证要求 特别约定 例外情形
"""
_ASK = """
    {brand}的{goods}怎么{act} {goods}{cond}能{act}吗 买了{brand}{goods}想{act} {act}{goods}要多久
    {goods}{act}运费谁出 我的{goods}还没到可以{act}吗 {brand}{goods}过了几天还能不能{act}
    家里老人收的{goods}，{cond}怎么{act} {brand}客服在吗，{goods}要{act} {goods}{act}要拍照吗
"""
_OPENINGS = ["", "可以的，", "关于{act}：", "您好，{brand}{goods}是这样规定的：", "请放心，"]
_SENTENCES = [
    "{cond}{brand}{goods}，{when}{who}，{limit}。",
    "{cond}{brand}{goods}，{who}；{limit}，{money}。",
    "{brand}{goods}在{when}需要{act}的，{limit}。",
    "购买{brand}{goods}后{cond}，{money}。",
]
_MORE = [
    *("", "", "{proof}。", "{cond}除外。", "{who}，{proof}。"),
    "{brand}的{goods}{money}；{cond}，{limit}。",
]


@dataclass(frozen=True)
class Subject:
    """What one file is about."""

    number: int
    trade: str
    brand: str
    goods: str
    topic: str

    @property
    def id(self) -> str:
        return f"policy-{self.number:06d}"


@dataclass(frozen=True)
class Policy:
    """A file, and its clauses by number."""

    subject: Subject
    text: str
    clauses: dict[str, str]


def write(folder: Path, files: int, *, seed: int = 20261101) -> None:
    """Write a knowledge base of `files` files into `folder`."""
    draw = random.Random(seed)
    for kind in ("policies", "faqs"):
        (folder / kind).mkdir(parents=True)
    policy: Policy | None = None
    for subject in _subjects(files, draw):
        if policy is not None and subject.number % 5 == 4:
            path, text = folder / f"faqs/{subject.number:06d}.yaml", _faqs(policy, draw)
        else:
            policy = _policy(subject, draw)
            path, text = folder / f"policies/{subject.id}.md", policy.text
        path.write_text(text, encoding="utf-8")


def _subjects(files: int, draw: random.Random) -> list[Subject]:
    """No two alike: a brand, one of its goods, and what about it."""
    topics = _TOPICS.split()
    goods = [(trade, name) for trade, names in _GOODS.items() for name in names.split()]
    brands = [f"{first}{second}" for first, second in product(_FIRST, _SECOND) if first != second]
    everything = len(brands) * len(goods) * len(topics)
    found = []
    for number, place in enumerate(draw.sample(range(everything), files)):
        rest, topic = divmod(place, len(topics))
        brand, kind = divmod(rest, len(goods))
        found.append(Subject(number, goods[kind][0], brands[brand], goods[kind][1], topics[topic]))
    return found


def _fill(pattern: str, subject: Subject, draw: random.Random, act: str = "") -> str:
    """A pattern with every place filled, each time anew, save for an `act` that is given."""
    given = {"brand": subject.brand, "goods": subject.goods, "act": act}
    while "{" in pattern:
        before, _, rest = pattern.partition("{")
        name, _, after = rest.partition("}")
        filled = given.get(name) or draw.choice(_POOLS[name].split())
        pattern = f"{before}{filled}{after}"
    return pattern


def _policy(subject: Subject, draw: random.Random) -> Policy:
    title = f"{subject.brand}{subject.goods}{subject.topic}规则"
    month = draw.randint(1, 9)
    lines = [
        "---", f"id: {subject.id}", f"title: {title}", f'version: "2026-{month:02d}"', "locale: zh",
        f"category: [服务政策, {subject.trade}]", f"owner: {subject.trade}组",
        f"effective_from: 2026-{month:02d}-01", "review_by: 2027-06-30", "---", "", f"# {title}",
    ]  # fmt: skip
    sections, clauses = draw.sample(_HEADINGS.split(), SECTIONS), dict[str, str]()
    for number in range(CLAUSES):
        section, place = divmod(number, -(-CLAUSES // SECTIONS))
        if place == 0:
            lines += ["", f"## {section + 1} {sections[section]}"]
        name = f"{section + 1}.{place + 1}"
        clauses[name] = _fill(draw.choice(_SENTENCES) + draw.choice(_MORE), subject, draw)
        lines.append(f"{name} {clauses[name]}")
    return Policy(subject, "\n".join([*lines, ""]), clauses)


def _faqs(policy: Policy, draw: random.Random) -> str:
    subject = policy.subject
    lines = [
        "defaults:", "  locale: zh", f"  owner: {subject.trade}组", "  review_by: 2027-06-30",
        f"  effective_from: 2026-{draw.randint(1, 9):02d}-01", "items:",
    ]  # fmt: skip
    for name in draw.sample(sorted(policy.clauses), FAQS):
        says = policy.clauses[name]
        act = next((each for each in _POOLS["act"].split() if each in says), "办理")
        asked = [_fill(ask, subject, draw, act) for ask in draw.sample(_ASK.split(), 4)]
        lines += [
            f"  - id: faq-{subject.number:06d}-{name}",
            f"    question: {asked[0]}？",
            "    similar:",
            *(f"      - {ask}" for ask in asked[1:]),
            "    answer: |",
            f"      {_fill(draw.choice(_OPENINGS), subject, draw, act)}{says}",
            f"    category: [服务政策, {subject.trade}]",
            "    scene: after_sales.return_request",
            f"    see: [{subject.id}#{name}]",
        ]
    return "\n".join([*lines, ""])


@dataclass(frozen=True)
class Edit:
    """A policy with one clause rewritten, what a customer asks about it, and what is new in it."""

    path: Path
    before: str
    after: str
    question: str
    shows: str

    def do(self) -> None:
        self.path.write_text(self.after, encoding="utf-8")

    def undo(self) -> None:
        self.path.write_text(self.before, encoding="utf-8")


def edits(folder: Path, count: int) -> list[Edit]:
    """Each rewrites clause 2.1 of another policy of `folder`."""
    policies = sorted((folder / "policies").iterdir())
    paths = policies[:: max(1, len(policies) // count)][:count]
    return [_edit(path, number) for number, path in enumerate(paths)]


def _edit(path: Path, number: int) -> Edit:
    before = path.read_text(encoding="utf-8")
    title = before.partition("\ntitle: ")[2].partition("\n")[0]
    shows = f"每件另付{1000 + number}元"
    lines = [
        f"2.1 {title}：刻字定制{shows}，制作期为7天。" if line.startswith("2.1 ") else line
        for line in before.split("\n")
    ]
    return Edit(path, before, "\n".join(lines), f"{title}刻字定制每件要付多少元", shows)


def questions(folder: Path, count: int) -> list[str]:
    """The first question of each of `count` files of FAQs."""
    files = sorted((folder / "faqs").iterdir())[:count]
    texts = (file.read_text(encoding="utf-8") for file in files)
    return [text.partition("question: ")[2].partition("\n")[0] for text in texts]
