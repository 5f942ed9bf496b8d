"""What pdfium draws on a page: glyphs that can be seen, ruling lines, pictures."""

import ctypes
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from ragkit.ingest.formats.pdf_glyphs import Glyph, Rules, unreadable

_BOLD = re.compile(r"bold|heavy|black|simhei", re.IGNORECASE)  # names of fonts that are
_BOLD_WEIGHT = 600
_SMALLEST = 2.0  # points; nobody reads smaller print
_WHITE = 250  # of 255, in red, green and blue
_THIN = 3.0  # points; a filled box this thin is a line
_LAYER = 0.5  # of a page: below a picture this large, unseen text is what was recognised in it
_MOST_OBJECTS = 50_000  # paths of one page; more are a drawing
_MOST_POINTS = 200  # of one path; more are a drawing
_INVISIBLE = 3  # text rendering modes of ISO 32000-1, table 106
_FILL_AND_STROKE = 2

Box = tuple[float, float, float, float]  # left, bottom, right, top, in units of the page
Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]


class Drawn(NamedTuple):
    """A page as seen with most of its text upright; counts are of characters.

    `picture` is the share of the page that its largest picture covers.
    """

    height: float
    glyphs: list[Glyph]
    rules: Rules
    hidden: int
    unreadable: int
    picture: float


class _Style(NamedTuple):
    """How a text object is drawn; `turn` is in quarter turns to the left, None when slanted."""

    drawn: int
    origin: Point  # of its first character; the others are on the same line
    size: float
    bold: bool
    turn: int | None
    invisible: bool
    white: bool


class _Letter(NamedTuple):
    char: str
    box: Box
    style: _Style


class _Paths(NamedTuple):
    strokes: list[tuple[Point, Point]]
    backgrounds: list[Box]
    pictures: list[Box]


def drawn_page(document: pypdfium2.PdfDocument, index: int) -> Drawn:
    """Page `index`, from 0. Raises `PdfiumError` if it is damaged."""
    with closing(document[index]) as page:
        bounds: Box = page.get_bbox()
        area = max((bounds[2] - bounds[0]) * (bounds[3] - bounds[1]), 1.0)
        with closing(page.get_textpage()) as text:
            letters = list(_letters(text))
        paths = _paths(page)
    picture = max((_overlap(box, bounds) / area for box in paths.pictures), default=0.0)
    seen = [each for each in letters if _is_seen(each, bounds, paths, picture)]
    turns = Counter(each.style.turn for each in seen if each.style.turn is not None)
    turn = max(turns, key=lambda each: (turns[each], -each), default=0)
    view = _view(bounds, turn)
    glyphs = [_glyph(each, view, turn) for each in seen]
    marks = sum(1 for each in letters if each.char.strip())
    return Drawn(
        height=bounds[2] - bounds[0] if turn % 2 else bounds[3] - bounds[1],
        glyphs=glyphs,
        rules=_rules(paths.strokes, view),
        hidden=marks - sum(1 for each in seen if each.char.strip()),
        unreadable=unreadable(glyphs),
        picture=min(picture, 1.0),
    )


def _letters(text: pypdfium2.PdfTextPage) -> Iterator[_Letter]:
    """The characters that the page draws; not the blanks and line ends that pdfium adds."""
    styles: dict[bytes, _Style] = {}  # by the address of the text object
    box = pdfium.FS_RECTF()
    for index in range(text.count_chars()):
        drawn = pdfium.FPDFText_GetTextObject(text, index)
        if not drawn:
            continue
        key = bytes(drawn)
        style = styles.get(key)
        if style is None:
            style = styles[key] = _style(text, index, drawn, len(styles))
        code = pdfium.FPDFText_GetUnicode(text, index)
        pdfium.FPDFText_GetLooseCharBox(text, index, box)
        yield _Letter(
            chr(code) if code <= 0x10FFFF else "\ufffd",
            (box.left, box.bottom, box.right, box.top),
            style,
        )


def _style(text: pypdfium2.PdfTextPage, index: int, drawn: object, order: int) -> _Style:
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text, index, matrix)
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(text, index, x, y)
    across = abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5
    colour = [ctypes.c_uint() for _ in range(4)]
    pdfium.FPDFText_GetFillColor(text, index, *colour)
    red, green, blue, alpha = (each.value for each in colour)
    mode = pdfium.FPDFTextObj_GetTextRenderMode(drawn)
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFFont_GetBaseFontName(pdfium.FPDFTextObj_GetFont(drawn), name, len(name))
    weight = pdfium.FPDFText_GetFontWeight(text, index)
    return _Style(
        drawn=order,
        origin=(x.value, y.value),
        size=pdfium.FPDFText_GetFontSize(text, index) * across,
        bold=weight >= _BOLD_WEIGHT
        or mode == _FILL_AND_STROKE
        or _BOLD.search(name.value.decode("latin-1")) is not None,
        turn=_turn(matrix.a, matrix.b),
        invisible=mode == _INVISIBLE or alpha == 0,
        white=mode == 0 and min(red, green, blue) >= _WHITE,
    )


def _turn(across: float, along: float) -> int | None:
    """The direction of a text in quarter turns to the left; None when it is slanted."""
    if abs(along) <= 0.1 * abs(across):
        return 0 if across >= 0 else 2
    if abs(across) <= 0.1 * abs(along):
        return 1 if along > 0 else 3
    return None


def _is_seen(letter: _Letter, bounds: Box, paths: _Paths, picture: float) -> bool:
    style = letter.style
    x, y = (letter.box[0] + letter.box[2]) / 2, (letter.box[1] + letter.box[3]) / 2
    if style.size < _SMALLEST or not _holds(bounds, x, y):
        return False
    if style.invisible:
        return picture >= _LAYER
    if style.white:
        return any(_holds(box, x, y) for box in (*paths.backgrounds, *paths.pictures))
    return True


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _overlap(box: Box, page: Box) -> float:
    width = min(box[2], page[2]) - max(box[0], page[0])
    height = min(box[3], page[3]) - max(box[1], page[1])
    return max(width, 0.0) * max(height, 0.0)


def _view(bounds: Box, turn: int) -> Callable[[Point], Point]:
    """From points of the page to points right and down from the corner where reading starts."""
    left, bottom, right, top = bounds
    views: tuple[Callable[[Point], Point], ...] = (
        lambda at: (at[0] - left, top - at[1]),
        lambda at: (at[1] - bottom, at[0] - left),
        lambda at: (right - at[0], at[1] - bottom),
        lambda at: (top - at[1], right - at[0]),
    )
    return views[turn]


def _glyph(letter: _Letter, view: Callable[[Point], Point], turn: int) -> Glyph:
    left, bottom, right, top = letter.box
    one, other = view((left, bottom))[0], view((right, top))[0]
    style = letter.style
    return Glyph(
        letter.char,
        min(one, other),
        max(one, other),
        view(style.origin)[1],
        style.size,
        style.bold,
        style.turn == turn,
        style.drawn,
    )


def _paths(page: pypdfium2.PdfPage) -> _Paths:
    found = _Paths([], [], [])
    for count, (shape, matrix) in enumerate(_objects(page)):
        if count > _MOST_OBJECTS:
            break
        kind = pdfium.FPDFPageObj_GetType(shape)
        if kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING):
            found.pictures.append(_bounds(shape, matrix))
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            _add_path(found, shape, matrix)
    return found


def _objects(page: pypdfium2.PdfPage) -> Iterator[tuple[object, Matrix]]:
    """Every object but text, those of nested forms too, each with what moves it to its place."""
    whole: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    top = [
        pdfium.FPDFPage_GetObject(page, index)
        for index in range(pdfium.FPDFPage_CountObjects(page))
    ]
    waiting = [(shape, whole, 0) for shape in reversed(top)]
    own = pdfium.FS_MATRIX()
    while waiting:
        shape, matrix, depth = waiting.pop()
        kind = pdfium.FPDFPageObj_GetType(shape)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            continue
        if kind != pdfium.FPDF_PAGEOBJ_FORM:
            yield shape, matrix
        elif depth < 8:
            pdfium.FPDFPageObj_GetMatrix(shape, own)
            inner = _product((own.a, own.b, own.c, own.d, own.e, own.f), matrix)
            for index in reversed(range(pdfium.FPDFFormObj_CountObjects(shape))):
                waiting.append((pdfium.FPDFFormObj_GetObject(shape, index), inner, depth + 1))


def _product(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def _moved(at: Point, matrix: Matrix) -> Point:
    a, b, c, d, e, f = matrix
    return a * at[0] + c * at[1] + e, b * at[0] + d * at[1] + f


def _bounds(shape: object, matrix: Matrix) -> Box:
    sides = [ctypes.c_float() for _ in range(4)]
    pdfium.FPDFPageObj_GetBounds(shape, *sides)
    left, bottom, right, top = (side.value for side in sides)
    corners = [_moved((x, y), matrix) for x in (left, right) for y in (bottom, top)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def _add_path(found: _Paths, shape: object, matrix: Matrix) -> None:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(shape, fill, stroke)
    colour = [ctypes.c_uint() for _ in range(4)]
    pdfium.FPDFPageObj_GetFillColor(shape, *colour)
    red, green, blue, alpha = (each.value for each in colour)
    filled = bool(fill.value) and alpha > 0 and min(red, green, blue) < _WHITE
    if filled:
        found.backgrounds.append(_bounds(shape, matrix))
    if not filled and not stroke.value:
        return
    own = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(shape, own)
    whole = _product((own.a, own.b, own.c, own.d, own.e, own.f), matrix)
    found.strokes.extend(
        (_moved(start, whole), _moved(end, whole)) for start, end in _straight(shape)
    )


def _straight(shape: object) -> Iterator[tuple[Point, Point]]:
    """The straight sides of a path; one with curves or very many sides has none."""
    count = pdfium.FPDFPath_CountSegments(shape)
    x, y = ctypes.c_float(), ctypes.c_float()
    outlines: list[list[Point]] = []
    if count > _MOST_POINTS:
        return
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(shape, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        if kind == pdfium.FPDF_SEGMENT_BEZIERTO:
            return
        if kind == pdfium.FPDF_SEGMENT_MOVETO or not outlines:
            outlines.append([])
        outlines[-1].append((x.value, y.value))
        if pdfium.FPDFPathSegment_GetClose(segment):
            outlines[-1].append(outlines[-1][0])
    for outline in outlines:
        yield from pairwise(outline)


def _rules(strokes: list[tuple[Point, Point]], view: Callable[[Point], Point]) -> Rules:
    upright: list[tuple[float, float, float]] = []
    flat: list[tuple[float, float, float]] = []
    for start, end in strokes:
        (x0, y0), (x1, y1) = sorted((view(start), view(end)))
        if x1 - x0 <= 1.0 and abs(y1 - y0) > _THIN:
            upright.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
        elif abs(y1 - y0) <= 1.0 and x1 - x0 > _THIN:
            flat.append(((y0 + y1) / 2, x0, x1))
    return Rules(tuple(upright), tuple(flat))
