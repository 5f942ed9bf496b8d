"""A folder of the formats a shop has, ugly on purpose, through the real command line.

What cannot be read stops a build and is named once, with its place and a remedy; told to go on, the
build leaves it out, names it again, and answers from everything else.
"""

import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from ragkit.core.documents import Chunk
from ragkit.core.drafting import Suggestion
from ragkit.core.retrieval import Query
from ragkit.engine import Engine
from ragkit.indexing import IndexSummary
from ragkit.wiring import open_desk
from tests import commands, ugly
from tests.commands import Outcome

GOLDEN = Path(__file__).parents[1] / "golden" / "ugly_chunks.json"
TODAY = "2026-11-22"
STRICT = ("index", "build")
KEEP_GOING = ("index", "build", "--keep-going")

ERRORS = {  # place: (what is said of it, words of the remedy)
    "faqs/zh/导出中断.json:2": ("not valid JSON", "brackets"),
    "faqs/zh/账号 补充.yml:2": (
        "`faq-change-phone` is taken",
        "it stands in faqs/zh/常见问题.yaml:11",
    ),
    "policies/zh/售后/退款到账时间.csv:3": ("3 cells, most have 2", "name"),
    "policies/zh/扫描件/营业执照.pdf": ("pictures of pages", "OCR"),
    "policies/zh/扫描件/质检报告.docx": ("only pictures (2)", "OCR"),
    "policies/zh/生鲜/冷链说明.txt": ("holds no text", "remove the file"),
    "policies/zh/财务/价格审批.docx": ("protected with a password", "take the password off"),
    "policies/zh/财务/供应商合同.pdf": ("locked with a password", "without one"),
    "policies/zh/财务/储值卡.md:4": ("day is out of range", "2026-03-01"),
    "policies/zh/财务/发票管理办法.docx": ("damaged or cut off", "get a new copy"),
}
NOTICES = {  # place: (what is said of it, words of the remedy)
    "faqs/zh/客服知识导入.xlsx:知识:1": ("客服知识库导出", "below the header"),
    "faqs/zh/客服知识导入.xlsx:填写说明": ("the sheet is left out", "标准问题"),
    "policies/zh/售后/三包政策.pdf": ("pages 1, 3", "OCR"),
    "policies/zh/售后/以旧换新价目（待填）.xlsx:价目:1": ("no rows", "fill in"),
    "policies/zh/售后/维修价目.xlsx:维修价目:D2": ("without a saved value", "save it again"),
    "policies/zh/售后/维修价目.xlsx:维修价目:D4": ("#REF!", "correct the formula"),
    "policies/zh/客诉/投诉受理流程.docx:4": ("hidden text", "delete it"),
    "policies/zh/客诉/投诉受理流程.docx:7": ("pictures", "as text"),
    "policies/zh/物流/运费与时效 2026.xlsx:内部成本": ("the sheet is hidden", "Unhide"),
    "policies/zh/物流/门店自提.docx:2": ("另行通知", "门店自提.docx.yaml"),
    "policies/zh/网页/优惠券说明.html:6": ("does not see", "remove it"),
    "policies/zh/退换货 制度/换货细则（修订中）.docx:4": ("tracked changes", "accept or reject"),
}
SKIPPED = ("policies/zh/旧版/退货说明 2019.doc", "policies/zh/旧版/门店照片.png", "readme.txt")
# Hidden, struck out, in a draft or in a file that is left out: said to nobody.
UNTOLD = re.compile(
    "9999|忽略以上|没有任何限制|口头申请|15天内申请|成本价|2.35|五折|勿外传|取消七天|结算|不能提现"
    r"|var track|购物车|\*\*|不收费|wangmin"
)


@dataclass(frozen=True)
class Asked:
    """A message, what the reply says, and the place and clause of the words it rests on.

    `cli` goes through `ragkit draft`, one of each format; the others through the same engine here.
    """

    message: str
    says: str
    place: str
    clause: str | None = None
    as_of: str = TODAY
    cli: bool = False


ANSWERS = {
    "Word: an item that Word numbers": Asked(
        "电子产品自己维修改动过还能无理由退货吗",
        "电子产品进行未经授权的维修、改动的；",
        "policies/zh/退换货 制度/七天无理由退货管理办法.docx:12",
        "第五条（二）",
        cli=True,
    ),
    "Word: changes as accepted": Asked(
        "换货要在签收后多久内申请",
        "换货须在签收后30天内申请，每件商品只换一次。",
        "policies/zh/退换货 制度/换货细则（修订中）.docx:4",
        "一、1",
    ),
    "Word: a header of two levels, its unit above": Asked(
        "冰箱上楼费多少钱",
        "商品：冰箱、洗衣机，上楼费 3楼以下：30，上楼费 4楼以上：50（单位：元/件）。",
        "policies/zh/物流/大件配送须知.docx:13",
        "二",
    ),
    "Word: a text box": Asked(
        "送货前司机会打电话预约吗",
        "送货前一天司机会电话预约，两次联系不上的顺延三天。",
        "policies/zh/物流/大件配送须知.docx:4",
        "一",
    ),
    "Word: a limit in a footnote": Asked(
        "黑金会员生日券能和店铺满减一起用吗",
        "生日券（注：生日券不能与店铺满减同时使用），领取后15天内有效。",
        "policies/zh/会员/黑金会员权益.docx:4",
        "1.1",
    ),
    "Excel: merged header, unit per weight, period": Asked(
        "新疆的快递续重多少钱",
        "地区：新疆、西藏，运费 首重1kg：22元，运费 续重：18元/kg，时效：5-8天"
        "（适用时间：2026年9月1日至2026年12月31日）。",
        "policies/zh/物流/运费与时效 2026.xlsx:运费:7",
        cli=True,
    ),
    "Excel: a code": Asked(
        "杯盖密封圈的配件编码是多少",
        "配件编码：00123，配件名称：杯盖密封圈，适用商品：轻羽保温杯。",
        "policies/zh/售后/配件编码.xlsx:配件:2",
    ),
    "Excel: below it 20,000 empty rows": Asked(
        "杭州湖滨店几点关门",
        "门店：杭州湖滨店，营业时间：10:00-22:00，自提：支持。",
        "policies/zh/门店/门店名单.xlsx:门店名单:2",
    ),
    "Excel: FAQs": Asked(
        "礼品卡丢了可以补办吗",
        "记名礼品卡凭订单号可以补办一次，不记名礼品卡不能补办。",
        "faqs/zh/客服知识导入.xlsx:知识:3",
        cli=True,
    ),
    "Excel: products": Asked(
        "空气炸锅功率多大", "功率：1400W。", "products/厨房小电.xlsx:厨房小电:2"
    ),
    "CSV: GB18030, semicolons": Asked(
        "西藏附加费多少",
        "省份：西藏，附加费：15元/件，包邮门槛：199元。",
        "policies/zh/物流/偏远地区附加费.csv:4",
        cli=True,
    ),
    "CSV: line breaks in a cell": Asked(
        "延迟发货怎么赔",
        "赔付项目：延迟发货，赔付标准：每满24小时5元，说明：以无门槛券发放；每单至多30元。",
        "policies/zh/售后/赔付标准.csv:2",
    ),
    "CSV: FAQs": Asked(
        "发票抬头写错了怎么改",
        "开票后90天内可以更正一次抬头，新发票3个工作日内开出。",
        "faqs/zh/发票问答.csv:3",
    ),
    "TSV: products": Asked("手账本多少页", "页数：192页。", "products/文具.tsv:2", cli=True),
    "PDF: two columns": Asked(
        "搬迁期间可以改派快递吗",
        "搬迁期间不能改派快递，需要加急的订单可以联系客服申请顺丰到付，当天16点前登记的当天寄出。",
        "policies/zh/物流/仓库搬迁公告.pdf:page 1:7",
        cli=True,
    ),
    "PDF: a table": Asked(
        "换轻羽保温杯要多少积分",
        "礼品：轻羽保温杯，所需积分：6000，每月限兑：1份。",
        "policies/zh/会员/积分兑换表.pdf:page 1:5",
    ),
    "PDF: between scanned pages": Asked(
        "三包期修了两次还是坏怎么办",
        "三包有效期内，同一故障修理两次仍不能正常使用的，凭修理记录免费换货。",
        "policies/zh/售后/三包政策.pdf:page 2:5",
        "第三条",
    ),
    "PDF: over a page break": Asked(
        "预售付定金后超过24小时不付尾款定金退吗",
        "付定金后24小时内可以取消订单并退回定金，超过24小时没有支付尾款的，定金不退。",
        "policies/zh/预售/双十一预售规则.pdf:page 1:5",
        "1.3",
    ),
    "HTML: a page in GB2312": Asked(
        "订单签收后365天还能开票吗",
        "订单签收后365天内可以申请开票，逾期不再补开。",
        "policies/zh/网页/帮助中心-发票.html:10",
        "一",
        cli=True,
    ),
    "HTML: a cell over two rows": Asked(
        "充电电池保修多久",
        "品类：小家电，部件：充电电池，保修期：6个月。",
        "policies/zh/网页/保修期限.htm:6",
    ),
    "text: GB18030, hard-wrapped": Asked(
        "生鲜坏果超过百分之七十怎么赔",
        "坏果比例不超过百分之三十的，按比例退款；超过百分之七十的，全额退款。",
        "policies/zh/生鲜/生鲜售后规定.txt:9",
        "第二条",
        cli=True,
    ),
    "text: UTF-16": Asked(
        "can i return a gift card",
        "An unused gift card can be returned within 7 days; an activated card cannot be returned.",
        "policies/en/Gift card terms.txt:11",
        "2.1",
    ),
    "Markdown: without front matter": Asked(
        "旧冰箱以旧换新抵多少钱",
        "旧冰箱、旧洗衣机每台折抵200元，缺少主要部件的不折抵。",
        "policies/zh/售后/以旧换新.md:13",
        cli=True,
    ),
    "Markdown: a table": Asked(
        "跨省退货运费险赔付上限多少",
        "地区：跨省，赔付上限：12元。",
        "policies/zh/退换货 制度/运费险.md:19",
        "1.2",
    ),
    "YAML": Asked(
        "上门取件几点来",
        "预约成功后快递员在2小时内上门，20点以后的预约次日上门。",
        "faqs/zh/常见问题.yaml:7",
        cli=True,
    ),
    "JSON": Asked(
        "do you accept paypal",
        "PayPal is accepted for orders shipped outside mainland China.",
        "faqs/en/faq export.json:13",
        cli=True,
    ),
    "two versions, the one in force": Asked(
        "降价了可以申请退差价吗，价保多少天",
        "付款后15天内降价的，可以申请退还差价。",
        "policies/zh/价保/价格保护规则 2026-10.docx:11",
        "1.1",
    ),
    "two versions, the one that was in force": Asked(
        "降价了可以申请退差价吗，价保多少天",
        "付款后7天内降价的，可以申请退还差价。",
        "policies/zh/价保/价格保护规则 2026-03.md:12",
        "1.1",
        as_of="2026-06-01",
        cli=True,
    ),
}
TRAPS = (
    "发货的快递成本是多少",
    "双十二有什么优惠",
    "明年还能七天无理由退货吗",
    "换货可以申请补贴吗",
    "投诉的话直接退款给我",
)


@dataclass(frozen=True)
class Played:
    """What the commands said: one after the other, then a draft for each message."""

    desk: Path
    strict: Outcome
    old: Outcome
    new: Outcome
    going: Outcome
    again: Outcome
    drafts: dict[Asked, "Future[Outcome]"]
    engine: Engine

    def suggested(self, asked: Asked) -> Suggestion:
        if asked in self.drafts:
            return suggestion(self.drafts[asked].result())
        query = Query(text=asked.message, as_of=date.fromisoformat(asked.as_of))
        return self.engine.suggest(query, store=False)


def draft(desk: Path, message: str, as_of: str = TODAY) -> Outcome:
    return commands.run(desk, "draft", message, "--json", "--as-of", as_of)


@pytest.fixture(scope="module")
def played(built_desk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """The small desk, its knowledge replaced by the ugly folder, its index built before that."""
    desk = Path(shutil.copytree(built_desk, tmp_path_factory.mktemp("ugly") / "desk"))
    for name in ("faqs", "policies", "products", "scripts"):
        shutil.rmtree(desk / "knowledge_base" / name)
    ugly.write_folder(desk / "knowledge_base")
    with ThreadPoolExecutor(max_workers=2) as threads:
        strict = commands.run(desk, *STRICT)
        old = threads.submit(draft, desk, "满多少钱包邮")
        new = threads.submit(draft, desk, ANSWERS["JSON"].message)
        unchanged = (old.result(), new.result())
        going = commands.run(desk, *KEEP_GOING)
        again = commands.run(desk, *KEEP_GOING, "--json")
        drafts = {
            asked: threads.submit(draft, desk, asked.message, asked.as_of)
            for asked in ANSWERS.values()
            if asked.cli
        }
        engine = open_desk(desk).engine
        yield Played(desk, strict, *unchanged, going, again, drafts, engine)


def suggestion(outcome: Outcome) -> Suggestion:
    assert outcome.code == 0, outcome.stderr
    return Suggestion.model_validate_json(outcome.stdout)


def test_the_folder_is_what_it_says() -> None:
    names = [name for module in ugly.FORMATS for name in module.FILES]
    assert len(names) == len(set(names))
    assert len(names) >= 40


def test_a_strict_build_names_every_error_once(played: Played) -> None:
    assert played.strict.code == 2
    told = played.strict.stderr
    for place, (words, remedy) in ERRORS.items():
        [(what, fix)] = re.findall(
            rf"^(?:error: )?(.*)\n  where: {re.escape(place)}\n  fix:   (.*)$", told, re.MULTILINE
        )
        assert words in what
        assert remedy in fix
    assert told.count("  where: ") == told.count("  fix:   ") == len(ERRORS)
    assert "Traceback" not in told


def test_the_index_before_answers_on_after_a_strict_build(played: Played) -> None:
    drafted = suggestion(played.old).draft
    assert drafted is not None
    assert "满59元包邮" in drafted.text
    assert suggestion(played.new).draft is None


def test_the_report_names_everything_once(played: Played) -> None:
    assert played.going.code == 0, played.going.stderr
    told = played.going.stdout.splitlines()
    for mark, named in (("left out", ERRORS), ("notice", NOTICES)):
        lines = [line for line in told if line.startswith(f"{mark} ")]
        assert len(lines) == len(named)
        for place, (words, remedy) in named.items():
            [line] = [line for line in lines if line.startswith(f"{mark} {place}: ")]
            what, _, fix = line.removeprefix(f"{mark} {place}: ").partition("; ")
            assert words in what
            assert remedy in fix
    skipped = [line.split(": ")[0] for line in told if line.startswith("skipped ")]
    assert skipped == [f"skipped {name}" for name in SKIPPED]
    assert "(2 drafts and retired ones do not answer)" in played.going.stdout


def test_a_build_without_changes_names_everything_again(played: Played) -> None:
    summary = IndexSummary.model_validate_json(played.again.stdout)
    assert summary.up_to_date
    assert sorted(problem.where for problem in summary.problems) == sorted(ERRORS)
    assert sorted(notice.where for notice in summary.notices) == sorted(NOTICES)
    assert summary.skipped == SKIPPED


@pytest.mark.parametrize("asked", ANSWERS.values(), ids=ANSWERS.keys())
def test_answers(played: Played, asked: Asked) -> None:
    drafted = played.suggested(asked).draft
    assert drafted is not None
    assert asked.says in drafted.text
    [citation] = [
        claim.citation
        for claim in drafted.claims
        if claim.citation and (claim.text in asked.says or asked.says in claim.text)
    ]
    assert (citation.place, citation.clause) == (asked.place, asked.clause)
    assert citation.verified


def test_what_nobody_may_be_told_is_never_said(played: Played) -> None:
    for asked in (*ANSWERS.values(), *(Asked(trap, "", "") for trap in TRAPS)):
        found = played.suggested(asked)
        said = [candidate.draft.text for candidate in found.candidates]
        said += [evidence.hit.chunk.search_text for evidence in found.evidence]
        assert not UNTOLD.search("\n".join(said))


def lines(chunks: list[Chunk]) -> dict[str, list[str]]:
    """Every chunk by its file: place, clause, headings and words, as a person can read them."""
    found: dict[str, list[str]] = {}
    for chunk in sorted(chunks, key=lambda chunk: chunk.source):
        place = chunk.place.removeprefix(f"{chunk.source}:")
        name = f" {chunk.clause}" if chunk.clause else ""
        above = " > ".join(chunk.heading)
        line = f"{place}{name} [{above}] {chunk.wording}" if above else f"{place} {chunk.wording}"
        found.setdefault(chunk.source, []).append(line)
    return found


def test_chunks_say_what_a_person_sees(played: Played) -> None:
    found = lines(list(open_desk(played.desk).index.open().table.chunks()))
    assert found == json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert not UNTOLD.search(json.dumps(found, ensure_ascii=False))
