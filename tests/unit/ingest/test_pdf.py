"""PDF files: text in reading order, tables, what repeats on pages, and files that are no use."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from ragkit.core.errors import KnowledgeError
from ragkit.ingest.blocks import Article
from ragkit.ingest.formats.pdf import read_pdf

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
FULL = "商品签收后七天内可以申请无理由退货但退回的运费由您承担质量问题除外请放心"  # 35 characters
Draw = Callable[[Canvas], None]


def read(tmp_path: Path, *pages: Draw, **options: object) -> Article:
    canvas = Canvas(str(tmp_path / "rules.pdf"), pagesize=(595, 842), **options)
    for draw in pages:
        canvas.setFont("STSong-Light", 12)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return read_pdf(tmp_path / "rules.pdf", source="rules.pdf")


def lines(*texts: str, x: float = 72, top: float = 700) -> Draw:
    def draw(canvas: Canvas) -> None:
        for index, text in enumerate(texts):
            canvas.drawString(x, top - 18 * index, text)

    return draw


def both(*draws: Draw) -> Draw:
    def draw(canvas: Canvas) -> None:
        for each in draws:
            each(canvas)

    return draw


def picture(canvas: Canvas) -> None:
    canvas.drawImage(ImageReader(Image.new("RGB", (60, 84), (200, 200, 200))), 0, 0, 595, 842)


def texts(article: Article) -> list[str]:
    return [block.text for block in article.blocks]


PARAGRAPHS = {  # id: (the lines of a page, its paragraphs)
    "wrapped Chinese": ((FULL, "。另行通知。"), [f"{FULL}。另行通知。"]),
    "wrapped at a Latin word": ((FULL, "iPhone除外。"), [f"{FULL}iPhone除外。"]),
    "clause numbers": (
        (FULL, "第三条 退货", "另" + FULL[:34], "一、换货", "1.2 维修", "(1) 保修", "• 其他"),
        [FULL, "第三条 退货", "另" + FULL[:34], "一、换货", "1.2 维修", "(1) 保修", "• 其他"],
    ),
    "a short last line": (
        (FULL, "短行。", "新的一段。", FULL),
        [f"{FULL}短行。", "新的一段。", FULL],
    ),
    "radicals and ligatures": (("⻚⾯显⽰ ﬁne ｆｕｌｌ，",), ["页面显示 fine ｆｕｌｌ，"]),
    "hyphenation": (("We ship inter-", "nationally today."), ["We ship internationally today."]),
    "English words": (
        (
            "You can return every item that you have not used at all within thirty",
            "days of delivery.",
        ),
        ["You can return every item that you have not used at all within thirty days of delivery."],
    ),
    "an amount at the start of a line": ((FULL, "1.5公斤起。"), [f"{FULL}1.5公斤起。"]),
}


@pytest.mark.parametrize(("page", "found"), PARAGRAPHS.values(), ids=PARAGRAPHS.keys())
def test_paragraphs(tmp_path: Path, page: tuple[str, ...], found: list[str]) -> None:
    assert texts(read(tmp_path, lines(*page))) == found


def test_a_paragraph_goes_on_over_pages_but_not_over_a_picture(tmp_path: Path) -> None:
    first, last = lines(FULL), lines("并非退款。")
    assert texts(read(tmp_path, first, last)) == [f"{FULL}并非退款。"]
    article = read(tmp_path, first, picture, last)
    assert texts(article) == [FULL, "并非退款。"]
    assert [notice.what for notice in article.notices] == [
        "page 2 of the PDF: a picture without text, which was not read"
    ]


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = [f"左{n}商品签收后七天内可以申请退货" for n in range(1, 7)]
    right = [f"右{n}商品签收后七天内可以申请退货" for n in range(1, 7)]

    def draw(canvas: Canvas) -> None:
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            canvas.drawString(320, 650 - 18 * index, other)
            canvas.drawString(72, 650 - 18 * index, one)
        canvas.drawString(72, 450, f"通栏{FULL}")
        canvas.setFont("STSong-Light", 18)
        canvas.drawString(200, 700, "退换货规则全文公告通知")

    article = read(tmp_path, draw)
    heading, *rest = article.blocks
    assert (heading.text, heading.level) == ("退换货规则全文公告通知", 1)
    assert "".join(block.text for block in rest) == "".join([*left, *right, f"通栏{FULL}"])


TABLE = [("地区", "运费", "门槛"), ("江浙沪", "6元", "满59元"), ("新疆", "12元", "满99元")]


def test_a_table_by_its_gaps(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for index, row in enumerate(TABLE):
            for column, cell in enumerate(row):
                canvas.drawString(72 + 120 * column, 650 - 18 * index, cell)

    article = read(tmp_path, both(lines("运费如下："), draw, lines("以上含税。", top=560)))
    assert texts(article) == ["运费如下：", "", "以上含税。"]
    grid = article.blocks[1].grid
    assert grid is not None
    assert [row.cells for row in grid.rows] == TABLE
    assert [row.place.line for row in grid.rows] == [2, 3, 4]


def test_a_ruled_table_with_a_merged_cell(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for x in (72, 172, 300):
            canvas.line(x, 600, x, 690)
        canvas.line(72, 690, 300, 690)
        canvas.line(72, 660, 300, 660)
        canvas.line(172, 630, 300, 630)  # not below 江浙沪
        canvas.line(72, 600, 300, 600)
        for x, y, text in [(76, 670, "地区"), (176, 670, "运费"), (76, 640, "江浙沪")]:
            canvas.drawString(x, y, text)
        canvas.drawString(176, 646, "六元，满五十九")
        canvas.drawString(176, 633, "元包邮")
        canvas.drawString(176, 610, "八元")

    [block] = read(tmp_path, draw).blocks
    assert block.grid is not None
    assert [row.cells for row in block.grid.rows] == [
        ("地区", "运费"),
        ("江浙沪", "六元，满五十九元包邮"),
        ("江浙沪", "八元"),
    ]


def test_running_heads_go_and_nothing_else(tmp_path: Path) -> None:
    def page(number: int) -> Draw:
        return both(
            lines("南枝售后手册 2026版", top=810),
            lines(f"第{'一二三'[number - 1]}条 {FULL}。", "同一句话。"),
            lines(f"第 {number} 页 共 3 页", x=280, top=30),
        )

    article = read(tmp_path, page(1), page(2), page(3))
    clauses = [f"第{number}条 {FULL}。" for number in "一二三"]
    assert "".join(texts(article)) == "".join(f"{clause}同一句话。" for clause in clauses)
    assert {block.place.page for block in article.blocks} == {1, 2, 3}


def test_a_running_head_goes_from_a_page_of_one_line(tmp_path: Path) -> None:
    def page(*texts: str) -> Draw:
        return both(lines("南枝售后手册", top=815), lines(*texts, top=760))

    article = read(tmp_path, page(f"{FULL}。", "甲。", "乙。"), page("丙。", "丁。"), page("完。"))
    assert "".join(texts(article)) == f"{FULL}。甲。乙。丙。丁。完。"


def test_words_that_nobody_sees_are_left_out_and_named(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "退货")
        canvas.setFont("STSong-Light", 1)
        canvas.drawString(72, 650, "忽略")
        canvas.setFont("STSong-Light", 12)
        canvas.rect(72, 590, 200, 24, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(72, 640, "规则")
        canvas.drawString(76, 597, "白字黑底")

    article = read(tmp_path, draw)
    assert texts(article) == ["退货", "白字黑底"]
    assert ["4 characters" in notice.what for notice in article.notices] == [True]


def test_text_recognised_below_a_picture_is_read(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        picture(canvas)
        text = canvas.beginText(72, 700)
        text.setTextRenderMode(3)
        text.textOut("扫描件里识别出来的文字：签收后七天内可以申请无理由退货。")
        canvas.drawText(text)

    assert texts(read(tmp_path, draw)) == [
        "扫描件里识别出来的文字：签收后七天内可以申请无理由退货。"
    ]


def test_text_on_its_side(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(200, 100)
        canvas.rotate(90)
        canvas.setFont("Helvetica", 12)
        lines("First line.", "Second line.", x=0, top=0)(canvas)

    assert " ".join(texts(read(tmp_path, draw))) == "First line. Second line."


def test_pictures_of_pages(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="pictures of pages, no text"):
        read(tmp_path, picture, picture)


def test_a_page_without_anything(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="no text"):
        read(tmp_path, lambda canvas: None)


def test_locked(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="locked with a password"):
        read(tmp_path, lines("退货"), encrypt=StandardEncryption("secret", "owner"))


def test_locked_against_copying_alone_is_read(tmp_path: Path) -> None:
    article = read(tmp_path, lines("退货"), encrypt=StandardEncryption("", "owner", canCopy=0))
    assert texts(article) == ["退货"]


DAMAGED = {  # id: (what is done to the bytes, what is said)
    "empty": (lambda raw: b"", "empty"),
    "cut off": (lambda raw: raw[: len(raw) // 2], "cut off"),
    "another format": (lambda raw: b"PK\3\4" + raw[10:500], "no PDF"),
    "nonsense": (lambda raw: b"%PDF-1.4\n" + bytes(range(256)) * 9 + b"%%EOF", "damaged"),
}


@pytest.mark.parametrize(("damage", "what"), DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged(tmp_path: Path, damage: Callable[[bytes], bytes], what: str) -> None:
    read(tmp_path, lines("退货"))
    path = tmp_path / "rules.pdf"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(KnowledgeError, match=what):
        read_pdf(path, source="rules.pdf")


def test_a_form_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    drawing = Canvas(str(path))
    drawing.drawString(72, 700, "Refund form: enter your order number below.")
    drawing.acroForm.textfield(name="order", x=72, y=650, value="20260901")
    drawing.save()
    notices = [notice.what for notice in read_pdf(path, source="form.pdf").notices]
    assert notices == ["the PDF is a form; what is filled in was not read"]
