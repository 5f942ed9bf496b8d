"""What the columns of FAQ, script and product tables are called, and how their cells are read."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ragkit.core.folding import fold
from ragkit.core.text import Locale, detect_locale
from ragkit.ingest.saying import column, row_sentence

Cell = str | tuple[str, ...] | tuple[dict[str, str], ...]

# Field: its names in the header, folded.
_ARTICLE = {
    "id": "编号|条目编号|知识编号|id",
    "locale": "语言|语种|locale|language",
    "category": "分类|类目|类别|知识分类|category",
    "owner": "负责人|责任人|维护人|owner",
    "review_by": "复核日期|复审日期|review by|review date",
    "status": "状态|发布状态|status",
    "shops": "店铺|适用店铺|shop|shops",
    "channels": "渠道|适用渠道|channel|channels",
    "effective_from": "生效日期|生效时间|开始日期|effective from|valid from",
    "effective_to": "失效日期|失效时间|到期日期|结束日期|有效期至|effective to|valid until",
    "see": "参见|依据|see",
    "links": "链接|相关链接|link|links|url",
}
_FAQ = {
    "question": "标准问题|标准问|标准问法|问题|question|standard question",
    "similar": "相似问题|相似问法|相似问|similar|similar question|similar questions",
    "negative": "反例|否定问法|negative|negative question|negative questions",
    "answer": "答案|标准答案|回答|answer",
    "supplement": "补充|补充说明|supplement",
    "scene": "场景|scene",
}
_SCRIPT = {
    "scene": "场景|scene",
    "emotion": "情绪|情绪等级|情绪级别|emotion",
    "segment": "人群|客群|客户类型|segment",
    "experiment": "实验|experiment",
    "when": "适用情形|适用情况|情形|when|situation",
    "receive": "接住情绪|安抚|共情|receive",
    "inform": "告知|说明信息|信息|inform",
    "commit": "承诺|行动|承诺行动|commit",
}
_PRODUCT = {
    "name": "商品名称|产品名称|商品|名称|name|product|product name",
    "aliases": "别名|别称|简称|alias|aliases",
    "price_cny": "价格|售价|单价|price|price cny",
}
# Columns that only count the rows.
_COUNTING = frozenset(("序号", "no", "no.", "#"))
_YUAN = frozenset(("元", "yuan", "rmb", "cny", "¥", "￥", "人民币"))

_WORDS = {
    "status": {
        "draft": "草稿|待审核|待发布|审核中|未发布",
        "approved": "已发布|发布|已审核|启用|已启用|生效|上线|已上线|published|active",
        "retired": "停用|已停用|下线|已下线|作废|失效|disabled|archived|inactive",
    },
    "locale": {"zh": "中文|简体中文|汉语|zh-cn|chinese", "en": "英文|英语|en-us|en-gb|english"},
    "segment": {
        "any": "不限|全部|通用|all",
        "price": "价格敏感",
        "quality": "品质|注重品质",
        "experience": "体验|注重体验",
        "new": "新客|新客户",
        "vip": "会员|老客",
        "overseas": "海外|境外",
    },
}
_ITEMS = re.compile(r"[\n|｜；;]")
_NAMES = re.compile(r"[\n|｜；;、,，]")
_LINKS = re.compile(r"[\n|｜；]")
_LEVELS = re.compile(r"[>＞/／\n]")
_MARK = re.compile(r"(?:\d{1,2}\s*[.、)）]|[-•·*])\s*")
_LINK = re.compile(
    r"\[(?P<title>[^\]]*)\]\((?P<target>\S+)\)|(?P<before>.*?)(?P<url>https?://\S+)(?P<after>.*)"
)
_DAY = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]+00:00(?::00)?)?"
    r"|(\d{4})(\d\d)(\d\d)"
)


@dataclass(frozen=True)
class Kind:
    """A kind of entry table: its columns by folded name, and how its rows are told apart.

    `required` fields need a column; an id is made of the `named` fields. `open` tables keep
    columns of any name, as facts.
    """

    prefix: str
    fields: Mapping[str, str]
    own: frozenset[str]
    required: tuple[str, ...]
    named: tuple[str, ...]
    open: bool = False

    @property
    def title(self) -> str:
        return self.named[0]

    def field(self, header: str) -> str | None:
        """The field of a column: None if its name is unknown, `""` if it only counts the rows."""
        name = fold(re.sub(r"[\s_]+", " ", header)).strip(" *:")
        if name in _COUNTING:
            return ""
        said = column(header)
        yuan = "/" not in fold(said.path[-1]) if said.path else True  # 单价/kg is no price
        yuan = yuan and (said.unit is None or fold(said.unit) in _YUAN)
        for each in (name, re.sub(r"\s*[(\[].*[)\]]$", "", name), re.sub(r"/\S+$", "", name)):
            each = each if each in self.fields else re.sub(r"\s*\d{1,2}$", "", each)
            found = self.fields.get(each)
            if found is not None:
                return None if found == "price_cny" and not yuan else found
        return None

    def names(self, fields: Sequence[str] = ()) -> str:
        """The fields, or some of them, with the first name of each, for people."""
        first: dict[str, str] = {}
        for name, field in self.fields.items():
            first.setdefault(field, name)
        return ", ".join(f"{first[field]} ({field})" for field in fields or first)


def _kind(prefix: str, own: Mapping[str, str], required: str, named: str, **more: bool) -> Kind:
    fields = {
        fold(name): field
        for each in (own, _ARTICLE)
        for field, names in each.items()
        for name in (*names.split("|"), field.replace("_", " "))
    }
    return Kind(
        prefix, fields, frozenset(own), tuple(required.split()), tuple(named.split()), **more
    )


FAQS = _kind("faq", _FAQ, "question answer", "question")
SCRIPTS = _kind(
    "script", _SCRIPT, "scene emotion when receive commit", "when scene emotion segment"
)
PRODUCTS = _kind("product", _PRODUCT, "name price_cny", "name", open=True)


def read_cell(field: str, text: str) -> Cell:
    """The value of a cell that is not empty, as the entry models take it."""
    if field in _READERS:
        return _READERS[field](text)
    words = _WORDS.get(field)
    return _word(words, text) if words else text


def fact_label(header: str) -> str:
    """The name of a column without its unit."""
    return " ".join(column(header).path)


def fact(header: str, text: str, locale: Locale) -> str:
    """A fact as it can be told: 500 under 容量（ml） is 容量：500ml。 A sentence stays as it is."""
    if text.endswith(("。", "！", ".", "!")):
        return text
    return row_sentence([column(header)], [text], locale)


def language(text: str) -> Locale:
    """The language of a text, Chinese if it has no words."""
    return detect_locale(text) or Locale.ZH


def _word(words: Mapping[str, str], text: str) -> str:
    """The value a word stands for, or the text itself: then the entry model names it."""
    folded = fold(text).strip()
    return next((value for value, names in words.items() if folded in names.split("|")), folded)


def _items(text: str) -> tuple[str, ...]:
    """Several texts in a cell, without the marks of a numbered list."""
    items = [item.strip() for item in _ITEMS.split(text) if item.strip()]
    if len(items) > 1 and all(_MARK.match(item) for item in items):
        items = [_MARK.sub("", item, count=1) for item in items]
    return tuple(dict.fromkeys(filter(None, items)))


def _parts(pattern: re.Pattern[str]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.strip() for part in pattern.split(text) if part.strip()))

    return read


def _links(text: str) -> tuple[dict[str, str], ...]:
    """`https://…`, `运费规则 https://…` or `[运费规则](https://…)`."""
    return tuple(_link(part.strip()) for part in _LINKS.split(text) if part.strip())


def _link(text: str) -> dict[str, str]:
    match = _LINK.fullmatch(text)
    if match is None:
        return {"url": text}
    if match["target"]:
        return {"url": match["target"], "title": match["title"]}
    return {"url": match["url"], "title": f"{match['before']}{match['after']}".strip(" ：:")}


def _day(text: str) -> str:
    """2026/9/1, 2026年9月1日 and 20260901 as 2026-09-01; anything else in quotes, as no day."""
    match = _DAY.fullmatch(text)
    if match is None:
        return f"“{text}”"  # bare digits would be read as seconds since 1970
    year, month, day = (each for each in match.groups() if each)
    return f"{year}-{month:0>2}-{day:0>2}"


def _price(text: str) -> str:
    """89元, ¥89.00 and 1,299 as a number."""
    return re.sub(
        r"(?<=\d),(?=\d{3})|^[¥￥]\s*|\s*(?:元|yuan|rmb|cny)$", "", text, flags=re.IGNORECASE
    )


_READERS: dict[str, Callable[[str], Cell]] = {
    **dict.fromkeys(("similar", "negative", "aliases"), _items),
    **dict.fromkeys(("shops", "channels", "see"), _parts(_NAMES)),
    **dict.fromkeys(("review_by", "effective_from", "effective_to"), _day),
    "category": _parts(_LEVELS),
    "links": _links,
    "price_cny": _price,
}
