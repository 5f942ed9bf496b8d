"""What holds for every article: spans slice the text, and nothing of a paragraph is lost."""

from hypothesis import given
from hypothesis import strategies as st

from ragkit.core.documents import PartKind
from ragkit.core.text import Locale
from ragkit.ingest.articles import Reading, read_items
from ragkit.ingest.blocks import Article, Block, BlockKind, Grid, Place, Row
from ragkit.ingest.clauses import find_marker
from ragkit.ingest.formats.plain import read_plain
from ragkit.ingest.formats.word_numbering import worded
from ragkit.ingest.heads import HeadLine, days, read_head
from ragkit.ingest.outline import outline, untold

PIECES = [
    *(
        "第一章",
        "第五条",
        "（一）",
        "(2)",
        "1.1",
        "1.",
        "一、",
        "①",
        "(a)",
        "Article 5",
        "7",
        "1.5",
    ),
    *(
        "公斤",
        "元",
        "天",
        "退货",
        "包邮",
        "版本：",
        "V2",
        "生效日期：",
        "2026年9月1日",
        "注：",
        "表1",
    ),
    *(
        "。",
        "，",
        "：",
        ":",
        ";",
        " ",
        "\u3000",
        "\t",
        "|",
        "\n",
        "-",
        "---",
        "+",
        "│",
        "\r",
        "\x0b",
    ),
]
LINES = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
ANY_TEXT = st.text(st.characters(), max_size=40) | LINES  # lone surrogates too
NUMBERS = st.none() | st.sampled_from(["第一条", "1.", "1", "（一）", "•", "%", "步骤A", " "])
PROSE = st.builds(
    Block,
    st.sampled_from([BlockKind.PARAGRAPH, BlockKind.HEADING]),
    st.builds(Place, st.integers(1, 99)),
    ANY_TEXT,
    st.integers(0, 4),
    NUMBERS,
)


@st.composite
def grids(draw: st.DrawFn) -> Block:
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(LINES, min_size=width, max_size=width), max_size=4))
    grid = Grid(tuple(Row(tuple(cells), Place(1)) for cells in rows))
    return Block(BlockKind.TABLE, Place(1), grid=grid)


BLOCKS = st.lists(PROSE | grids(), max_size=8).map(tuple)


def reading(article: Article) -> Reading:
    return read_items(outline(article), title="退货", locale=Locale.ZH, source="s")


def bare(text: str) -> str:
    """The text without white space; what UTF-8 cannot write becomes a question mark."""
    return "".join(text.encode("utf-8", "replace").decode().split())


@given(BLOCKS)
def test_every_part_is_a_slice_of_the_text(blocks: tuple[Block, ...]) -> None:
    read = reading(Article(blocks))
    end = 0
    for part in read.parts:
        assert part.span.start >= end
        end = part.span.end
        piece = part.span.of(read.text)
        assert piece == piece.strip()
        if part.kind is not PartKind.ROW:
            assert part.wording == piece
        if part.parent:
            assert part.parent.start <= part.span.start
            assert part.parent.end >= part.span.end
            assert part.parent.of(read.text).strip()


@given(st.lists(PROSE, max_size=8))
def test_no_character_of_a_paragraph_is_lost(blocks: list[Block]) -> None:
    read = reading(Article(tuple(blocks)))
    written = [f"{block.number or ''}{block.text}" for block in blocks if bare(block.text)]
    assert bare(read.text) == bare("".join(written))


@given(st.lists(PROSE, max_size=8))
def test_every_paragraph_is_a_part_but_for_its_number(blocks: list[Block]) -> None:
    items = outline(Article(tuple(blocks)))
    metadata = untold(items)
    expected = [
        bare(item.text[item.start :])
        for index, item in enumerate(items)
        if item.kind is BlockKind.PARAGRAPH and index not in metadata
    ]
    read = read_items(items, title="退货", locale=Locale.ZH, source="s")
    assert [bare(part.wording) for part in read.parts] == [text for text in expected if text]


@given(st.lists(ANY_TEXT, max_size=8).map("\n".join))
def test_plain_text_keeps_every_character(text: str) -> None:
    article = read_plain(text)
    drawn = set("|│┃｜-=+_*~:─━═—┌┬┐├┼┤└┴┘╔╦╗╠╬╣╚╩╝")
    read = "".join(
        "".join("".join(row.cells) for row in block.grid.rows) if block.grid else block.text
        for block in article.blocks
    )
    wanted = [char for char in text if not char.isspace() and char not in drawn]
    assert [char for char in read if not char.isspace() and char not in drawn] == wanted
    lines = [block.place.line for block in article.blocks]
    assert lines == sorted(lines)
    reading(article)


@given(ANY_TEXT)
def test_markers_and_days_are_read_of_any_text(text: str) -> None:
    marker = find_marker(text, heading=True)
    assert marker is None or 0 < marker.end <= len(text)
    days(text)
    read_head([HeadLine(text, 1), HeadLine("", 2, (text, text))], source="s")


@given(st.integers(), st.text(max_size=8))
def test_any_count_has_a_wording(count: int, form: str) -> None:
    for each in (form, "chineseCounting", "chineseCountingThousand", "upperRoman", "cardinalText"):
        assert worded(min(count, 10**6), each) or each == "none"
