"""PDF files: columns, tables, running headers, and pages that are pictures."""

import io
from collections.abc import Callable, Sequence

from PIL import Image
from reportlab.lib import colors
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table

_FONT = "STSong-Light"
Draw = Callable[[Canvas], None]
pdfmetrics.registerFont(UnicodeCIDFont(_FONT))


def _pdf(*pages: Draw, password: str | None = None) -> bytes:
    out = io.BytesIO()
    encrypt = StandardEncryption(password, strength=128) if password else None
    canvas = Canvas(out, pagesize=(595, 842), encrypt=encrypt, invariant=True)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _lines(
    canvas: Canvas, texts: Sequence[str], *, x: float = 72, top: float = 760, size: float = 11
) -> None:
    canvas.setFont(_FONT, size)
    for index, text in enumerate(texts):
        canvas.drawString(x, top - 1.6 * size * index, text)


def _picture(canvas: Canvas) -> None:
    page = ImageReader(Image.new("RGB", (60, 84), (225, 222, 215)))
    canvas.drawImage(page, 0, 0, 595, 842)


def notice() -> bytes:
    """Two columns: read across, every sentence would be mixed with its neighbour."""

    def page(canvas: Canvas) -> None:
        _lines(canvas, ["仓库搬迁期间发货公告"], x=200, top=790, size=18)
        left = [
            "自2026年11月10日起，杭州一号仓",
            "搬迁至嘉兴，搬迁期间现货订单的",
            "发货时限由48小时延长到96小时。",
            "预售订单不受影响，仍按商品页面",
            "写明的时间发货。",
        ]
        right = [
            "搬迁期间不能改派快递，需要加急",
            "的订单可以联系客服申请顺丰到付，",
            "当天16点前登记的当天寄出。",
            "客户不愿意等待的，可以随时取消",
            "订单，退款在24小时内原路退回。",
        ]
        _lines(canvas, left, x=60, top=740)
        _lines(canvas, right, x=320, top=740)

    return _pdf(page)


def points() -> bytes:
    """A ruled table with a title over it."""
    rows = [
        ["礼品", "所需积分", "每月限兑（份）"],
        ["南枝帆布袋", "1500", "2"],
        ["轻羽保温杯", "6000", "1"],
        ["10元无门槛券", "1000", "5"],
    ]

    def page(canvas: Canvas) -> None:
        _lines(canvas, ["积分兑换礼品表"], x=230, size=16)
        _lines(canvas, ["积分只能由本人兑换，兑换后不能退回积分。"], top=720)
        style = [
            ("FONT", (0, 0), (-1, -1), _FONT, 11),
            ("GRID", (0, 0), (-1, -1), 0.5, colors.black),
        ]
        table = Table(rows, colWidths=[150, 120, 120], style=style)
        table.wrapOn(canvas, 400, 400)
        table.drawOn(canvas, 80, 580)

    return _pdf(page)


def warranty() -> bytes:
    """A page of text between two that were put on the scanner."""

    def page(canvas: Canvas) -> None:
        _lines(canvas, ["国家三包政策说明"], x=210, top=790, size=18)
        text = [
            "第一条 自签收之日起七日内，商品出现性能故障的，客户可以选择退货、",
            "换货或者修理。",
            "第二条 第八日至第十五日内出现性能故障的，客户可以选择换货或者修理。",
            "第三条 三包有效期内，同一故障修理两次仍不能正常使用的，凭修理记录",
            "免费换货。",
        ]
        _lines(canvas, text, top=740)

    return _pdf(_picture, page, _picture)


def presale() -> bytes:
    """The same header and footer on each page; a clause that goes on behind the break."""
    texts = [
        [
            "2026年双十一预售规则",
            "1.1 预售商品的定金可以抵扣尾款，具体金额以商品页面为准。",
            "1.2 尾款支付时间为2026年10月31日20时至11月3日24时。",
            "1.3 付定金后24小时内可以取消订单并退回定金，超过24小时没有支付",
        ],
        [
            "尾款的，定金不退。",
            "1.4 付清尾款后15天内发货。",
        ],
        ["1.5 因本店缺货不能发货的，双倍返还定金。"],
    ]

    def page(number: int) -> Draw:
        def draw(canvas: Canvas) -> None:
            _lines(canvas, ["南枝集市客服中心 内部资料 请勿外传"], x=180, top=815, size=9)
            _lines(canvas, texts[number - 1], top=760)
            _lines(canvas, [f"第 {number} 页 共 {len(texts)} 页"], x=260, top=30, size=9)

        return draw

    return _pdf(*(page(number + 1) for number in range(len(texts))))


def contract() -> bytes:
    return _pdf(lambda canvas: _lines(canvas, ["供应商结算价格"]), password="nanzhi2026")


FILES: dict[str, Callable[[], bytes]] = {
    "policies/zh/物流/仓库搬迁公告.pdf": notice,
    "policies/zh/会员/积分兑换表.pdf": points,
    "policies/zh/会员/积分兑换表.pdf.yaml": (
        "id: policy-points\n"
        "title: 积分兑换规则\n"
        "version: 2026-07\n"
        "category: [服务政策, 会员]\n"
        "effective_from: 2026-07-01\n"
    ).encode,
    "policies/zh/售后/三包政策.pdf": warranty,
    "policies/zh/预售/双十一预售规则.pdf": presale,
    "policies/zh/扫描件/营业执照.pdf": lambda: _pdf(_picture),
    "policies/zh/财务/供应商合同.pdf": contract,
}
