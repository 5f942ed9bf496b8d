"""HTML of any kind is read without an exception, and every visible word is found in order."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ragkit.ingest.blocks import Article
from ragkit.ingest.formats.html import read_html

PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "<p>",
                "</p>",
                "<div>",
                "</div>",
                "<table>",
                "<tr>",
                "<td colspan=3>",
                "<th rowspan=0>",
            ),
            *(
                "</table>",
                "<ol start=x>",
                "<li>",
                "</ol>",
                "<br>",
                "<b>",
                "<!--",
                "-->",
                "<![CDATA[",
            ),
            *("<script>", "</script>", "<p hidden>", "&nbsp;", "&#0;", "&", "<", ">", '"', "<?xml"),
            *(
                "退货",
                " ",
                "\n",
                "\0",
                "Yes",
                "<title>",
                "<pre>",
                "</pre>",
                "<caption>",
                "<img alt=x>",
            ),
        ]
    ),
    max_size=30,
).map("".join)
WORDS = st.integers(0, 9_999).map(lambda number: f"词{number}号")
TREES = st.recursive(
    WORDS,
    lambda inner: st.tuples(
        st.sampled_from(["div", "section", "ul", "b", "main", "article"]),
        st.lists(inner, min_size=1, max_size=4),
    ).map(lambda made: f"<{made[0]}>{' '.join(made[1])}</{made[0]}>"),
    max_leaves=12,
)


def read(page: str) -> Article:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_bytes(page.encode())
        return read_html(path, source="page.html")


@given(st.text() | PIECES)
def test_no_page_raises(page: str) -> None:
    article = read(page)
    assert all(block.text.strip() or block.grid for block in article.blocks)
    assert all(block.place.line >= 1 for block in article.blocks)


@given(TREES)
def test_visible_words_are_found_in_order(page: str) -> None:
    seen = " ".join(block.text for block in read(page).blocks)
    words = [word + "号" for word in "".join(_plain(page)).split("号")[:-1]]
    assert "".join(seen.split()) == "".join(words)


@given(st.lists(st.lists(WORDS, min_size=2, max_size=2), min_size=2, max_size=5))
def test_cells_are_found_where_they_stand(rows: list[list[str]]) -> None:
    table = "".join("<tr>" + "".join(f"<td>{cell}" for cell in row) for row in rows)
    [block] = read(f"<table>{table}</table>").blocks
    assert block.grid is not None
    assert [list(row.cells) for row in block.grid.rows] == rows


def _plain(page: str) -> list[str]:
    """The page without its tags and blanks."""
    return [piece.partition(">")[2].replace(" ", "") for piece in f">{page}".split("<")]
