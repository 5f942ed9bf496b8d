"""Personal data in running text: numbers, mailboxes and addresses that lead to one person.

Shapes with a check digit are checked, so that an order number is no identity number. What is
masked already (138****8000) is found nowhere.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from enum import StrEnum

from ragkit.core.folding import FoldedText, fold_with_origins
from ragkit.core.text import HAN, Record, Span


class PersonalKind(StrEnum):
    """What of a person it is."""

    MOBILE = "mobile"
    ID_NUMBER = "id_number"
    BANK_CARD = "bank_card"
    EMAIL = "email"
    ADDRESS = "address"  # with the name of a person beside it


class PersonalData(Record):
    """One such datum; `span` is raw, without the blanks around it."""

    kind: PersonalKind
    span: Span


# A number stands alone: no letter, digit or decimal point goes on with it.
_BEFORE, _AFTER = r"(?<![a-z0-9_])(?<![0-9][.-])", r"(?![a-z0-9_*]|[.-][0-9])"
_GAP = "[ -]?"
# Mobile numbers of mainland China: 1, then 3 to 9, eleven digits (工信部 码号资源), with or without
# the country code, written in groups of 3-4-4.
_MOBILE = re.compile(rf"{_BEFORE}(?:(?:\+|00)?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}{_AFTER}")
# Resident identity numbers (GB 11643-1999): six digits of a place, the birthday, three digits in
# order and a check character; one may be written in groups.
_ID = re.compile(rf"{_BEFORE}[1-8]\d{{5}}{_GAP}(?:18|19|20)\d{{6}}{_GAP}\d{{3}}[\dx]{_AFTER}")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10x98765432"
# Payment cards, digits alone or in fours (ISO/IEC 7812-1): 13 to 19 digits, the last by Luhn.
_CARD = re.compile(
    rf"{_BEFORE}(?:\d{{4}}(?:[ -]\d{{4}}){{2,3}}(?:[ -]\d{{1,4}})?|3\d{{3}}[ -]\d{{6}}[ -]\d{{5}}"
    rf"|\d{{13,19}}){_AFTER}"
)
# Who issues which numbers, and how long they are (ISO/IEC 7812 registry): UnionPay, Visa,
# Mastercard, American Express, JCB.
_ISSUERS = tuple(
    (re.compile(prefix), lengths)
    for prefix, lengths in (
        ("62", range(16, 20)),
        ("4", (13, 16, 19)),
        ("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),
        ("3[47]", (15,)),
        ("35(?:2[89]|[3-8])", (16,)),
    )
)
# Hosts that give mailboxes to anybody. One of a shop's own host leads to the shop.
_FREE_HOSTS = (
    r"(?:vip\.)?(?:qq|163|126|sina|sohu|188)\.com|(?:foxmail|139|aliyun|tom|21cn|gmail|hotmail"
    r"|icloud|me|aol|gmx|zoho)\.com|yeah\.net|(?:sina|189|wo)\.cn|(?:outlook|live|msn|yahoo|ymail)"
    r"\.(?:com|cn|co\.uk|co\.jp|fr|de|com\.cn|com\.hk|com\.tw)|proton(?:mail\.com|\.me)"
)
_EMAIL = re.compile(
    rf"(?<![a-z0-9._%+-])[a-z0-9][a-z0-9._%+-]{{0,63}}@(?:{_FREE_HOSTS})(?![a-z0-9-]|\.[a-z])"
)
# 路, 街 … with a number at the door: 文三路100号, 建设大道6弄2号, 3幢201室.
_STREET = re.compile(
    rf"[{HAN}]{{0,24}}?[{HAN}](?:路|街|大道|巷|弄|胡同|里|村|镇)[{HAN}a-z0-9]{{0,6}}?"
    rf"\d{{1,5}}(?:-\d{{1,4}})?(?:号|弄)(?:[{HAN}a-z0-9 -]{{0,16}}\d{{1,5}}(?:室|房|户|号|楼|层))?"
)
_ENGLISH_STREET = re.compile(
    r"(?<![\w.])\d{1,5}[a-z]? (?:[a-z]+ ){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr"
    r"|boulevard|blvd)(?![a-z])"
)
# The hundred commonest family names, about 85 % of people (公安部 全国姓名报告 2020), and the
# commonest of two characters.
_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏"
    "苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武"
    "钱戴严莫孔向常汤"
)
_NAME = rf"(?:[{_FAMILY}][{HAN}]{{1,2}}|(?:欧阳|上官|司马|诸葛|皇甫|尉迟)[{HAN}]{{1,2}})"
_LABEL = "(?:收件人|收货人|联系人|姓名|寄件人|户主)"
_HONOUR = "(?:先生|女士|小姐|阿姨|大爷|同学|老师)"
# A name is set off by marks or blanks, or has a label before it or a title behind it: 王 alone
# begins many words.
_PERSON = re.compile(
    rf"(?:{_LABEL}[^\w]{{0,2}}{_NAME}(?![{HAN}])|(?<![\w])[{_FAMILY}][{HAN}]{{0,2}}{_HONOUR}"
    rf"|(?:(?<=^)|(?<=[^\w])){_NAME}(?=[^\w]|$))"
)
# Two capitals begin a company too: an English name needs a title or a label.
_ENGLISH_PERSON = re.compile(
    r"(?<![\w.])(?:(?:Mr|Mrs|Ms|Miss|Dr)\.?|(?:[Nn]ame|[Rr]ecipient|[Rr]eceiver|[Aa]ttn):?)"
    r" [A-Z][a-z]+"
)
_BESIDE = 24  # characters between a name and the address it belongs to


def find_personal(text: str) -> tuple[PersonalData, ...]:
    """Every personal datum of a text, in order, none within another."""
    folded = fold_with_origins(text)
    found: list[PersonalData] = []
    for data in (*_numbers(folded), *_mailboxes(folded), *_addresses(folded)):
        if not any(_touch(data.span, other.span) for other in found):
            found.append(data)
    return tuple(sorted(found, key=lambda each: each.span.start))


def masked(data: PersonalData, text: str) -> str:
    """The datum with its middle replaced by `****`, so that it can be found but not used."""
    raw = data.span.of(text).replace("\n", " ")
    shown = min(3, len(raw) // 3)
    return f"{raw[:shown]}****{raw[-1]}"


def _touch(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _numbers(folded: FoldedText) -> Iterator[PersonalData]:
    """Numbers, the longer shapes first."""
    shapes: tuple[tuple[PersonalKind, re.Pattern[str], Callable[[str], bool]], ...] = (
        (PersonalKind.ID_NUMBER, _ID, _is_id),
        (PersonalKind.BANK_CARD, _CARD, _is_card),
        (PersonalKind.MOBILE, _MOBILE, lambda _: True),
    )
    for kind, pattern, holds in shapes:
        for match in pattern.finditer(folded.text):
            if holds(re.sub("[ -]", "", match[0])):
                yield PersonalData(kind=kind, span=folded.raw_span(*match.span()))


def _is_id(number: str) -> bool:
    """Whether the birthday is a day and the last character the check of the others."""
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    weighted = sum(int(d) * w for d, w in zip(number[:17], _ID_WEIGHTS, strict=True))
    return _ID_CHECKS[weighted % 11] == number[17]


def _is_card(number: str) -> bool:
    """Whether a number is as long as its issuer's are, and its last digit the check."""
    issued = any(p.match(number) and len(number) in lengths for p, lengths in _ISSUERS)
    return issued and len(set(number)) > 1 and _luhn(number)


def _luhn(number: str) -> bool:
    """ISO/IEC 7812-1 annex B: every second digit from the right doubled, the sum ends in 0."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2]]
    return (sum(doubled) + sum(map(int, number[::-2]))) % 10 == 0


def _mailboxes(folded: FoldedText) -> Iterator[PersonalData]:
    for match in _EMAIL.finditer(folded.text):
        yield PersonalData(kind=PersonalKind.EMAIL, span=folded.raw_span(*match.span()))


def _addresses(folded: FoldedText) -> Iterator[PersonalData]:
    """Addresses with a door number that have the name of a person beside them."""
    for pattern in (_STREET, _ENGLISH_STREET):
        for match in pattern.finditer(folded.text):
            span = folded.raw_span(*match.span())
            around = folded.raw[max(0, span.start - _BESIDE) : span.end + _BESIDE]
            if _person(around, span.of(folded.raw)):
                yield PersonalData(kind=PersonalKind.ADDRESS, span=span)


def _person(around: str, address: str) -> bool:
    before, _, after = around.partition(address)
    return any(
        person.search(side) for person in (_PERSON, _ENGLISH_PERSON) for side in (before, after)
    )
