"""What stands at the top and foot of page after page: running heads, page numbers, watermarks."""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise, takewhile
from typing import NamedTuple

from ragkit.ingest.formats.pdf_layout import Item, Line

_ZONE = 0.12  # how much of a page, from its edges, can be margin
_MOST_LINES = 4  # of a running head; more that repeat are a form filled in again
_DIGITS = re.compile(r"\d+")
# A page number with words or marks around it: 第 3 页 共 9 页, - 3 -, 3/9, Page 3 of 9, P. 3, 3.
_PAGE = re.compile(
    r"第\s*\d+\s*页(?:\s*[/／,，、]?\s*[(（]?\s*共\s*\d+\s*页\s*[)）]?)?|"
    r"共\s*\d+\s*页\s*[/／,，、]?\s*第\s*\d+\s*页|"
    r"[-–—~·]\s*\d+\s*[-–—~·]|\d+\s*[/／]\s*\d+|[Pp](?:age|\.)?\s*\d+(?:\s*(?:of|/)\s*\d+)?|\d+"
)


_ONLY_PAGE = re.compile(r"第\s*1\s*页.*共\s*1\s*页.?|Page 1 of 1")


class _Edge(NamedTuple):
    """A line in the margin of a page."""

    item: Line
    page: int
    y: float


def running_heads(pages: Sequence[tuple[int, float, Sequence[Item]]]) -> set[int]:
    """The ids of the lines that repeat over pages, of pages given as (number, height, items).

    A line is one only if it stands in the margin, at the same height, on three pages (or on both of
    two) with the same text. A number in it may count the pages, where that is plain from its form.
    Lines that run across the page, as watermarks do, are compared wherever they stand.
    """
    groups: dict[tuple[str, int], list[_Edge]] = defaultdict(list)
    for number, height, items in pages:
        for line in _edges(items, height):
            y = line.segment.y if line.right else 0.0
            key = (_DIGITS.sub("#", re.sub(r"\s", "", line.text)), round(y / 4))
            groups[key].append(_Edge(line, number, y))
    least = 2 if len(pages) <= 4 else 3
    alike = [group for group in _alike(groups) if len({edge.page for edge in group}) >= least]
    if len(pages) == 1:
        alike = [edges for edges in groups.values() if _ONLY_PAGE.fullmatch(edges[0].item.text)]
    found = {id(edge.item) for group in alike for edge in group}
    # A page with a line or two has no distance of its own that says what is set apart.
    usual = _usual([step for _, _, items in pages for step in _steps(_upright(items))])
    return {each for _, height, items in pages for each in _outermost(items, height, found, usual)}


def _upright(items: Sequence[Item]) -> list[Line]:
    """The lines that are no watermarks, by their height."""
    lines = (item for item in items if isinstance(item, Line) and item.right)
    return sorted(lines, key=lambda line: line.segment.y)


def _steps(upright: Sequence[Line]) -> list[float]:
    steps = (below.segment.y - above.segment.y for above, below in pairwise(upright))
    return [step for step in steps if step > 1]


def _usual(steps: Sequence[float]) -> float:
    """How far lines usually stand apart, 0 if there are none."""
    return sorted(steps)[len(steps) // 4] if steps else 0.0


def _outermost(
    items: Sequence[Item], height: float, found: set[int], everywhere: float
) -> set[int]:
    """Those of the lines found that stand between the page's own lines and its edge, set apart.

    `everywhere` is how far lines stand apart on all pages together.
    """
    lines = [item for item in items if isinstance(item, Line)]
    kept = {id(line) for line in lines if not line.right and id(line) in found}
    upright = _upright(items)
    usual = min(_usual(_steps(upright)), everywhere)
    for side in (upright, upright[::-1]):
        outer = list(takewhile(lambda line: id(line) in found, side))
        for count in range(min(len(outer), _MOST_LINES), 0, -1):
            inner = side[count : count + 1]
            gap = abs(inner[0].segment.y - side[count - 1].segment.y) if inner else height
            if gap > 1.25 * usual or _PAGE.fullmatch(side[count - 1].text):
                kept |= {id(line) for line in side[:count]}
                break
    return kept


def _edges(items: Sequence[Item], height: float) -> list[Line]:
    lines = [item for item in items if isinstance(item, Line)]
    return [
        line
        for line in lines
        if not line.right or not _ZONE * height < line.segment.y < (1 - _ZONE) * height
    ]


def _alike(groups: dict[tuple[str, int], list[_Edge]]) -> list[list[_Edge]]:
    """Lines of the same form, by what is the same in them: all of it, or all but page numbers."""
    found: list[list[_Edge]] = []
    for (form, _), edges in groups.items():
        if "#" not in form:
            found.append(edges)
            continue
        counting: dict[tuple[object, ...], list[_Edge]] = defaultdict(list)
        for edge in edges:
            counting[_constant(edge, counted=_counts_pages(edge.item.text))].append(edge)
        found += counting.values()
    return found


def _counts_pages(text: str) -> bool:
    """Whether a line holds a page number in a form of its own, or at one of its ends."""
    return (
        _PAGE.fullmatch(text) is not None
        or re.search(r"第\s*\d+\s*页|\s\d+(?:\s*[/／]\s*\d+)?$|^\d+\s", text) is not None
    )


def _constant(edge: _Edge, *, counted: bool) -> tuple[object, ...]:
    """What has to be the same on every page: the numbers, and one of them less the page number."""
    numbers = [int(digits[:9]) for digits in _DIGITS.findall(edge.item.text)]
    if not counted:
        return tuple(numbers)
    # The page number is the last of the numbers that changes; 3/9 and 第3页共9页 have it first.
    place = 0 if re.search(r"\d\s*[/／]\s*\d|页.*页|of", edge.item.text) else len(numbers) - 1
    if re.search(r"^共", edge.item.text):
        place = len(numbers) - 1
    elif re.search(r"^\d+\s", edge.item.text):
        place = 0
    return (*numbers[:place], ("page", numbers[place] - edge.page), *numbers[place + 1 :])
