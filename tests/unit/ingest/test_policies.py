"""Policies of every format as documents: what describes them, and where each field comes from."""

from datetime import date
from pathlib import Path

import docx
import openpyxl
import pytest
from reportlab.pdfgen import canvas

from ragkit.core.documents import Document, DocumentKind, PartKind
from ragkit.core.errors import KnowledgeError
from ragkit.core.text import Locale
from ragkit.ingest.policies import PolicyLoader, sidecars

CLAUSE = "单笔订单满59元包邮。"


def load(path: Path) -> Document:
    [document] = PolicyLoader().load(path, source=f"policies/{path.name}").documents
    return document


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def write_docx(path: Path, *lines: str) -> Path:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(str(path))
    return path


def write_xlsx(path: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "运费"
    for row in (["地区", "运费"], ["江浙沪", "6元"], ["新疆", "12元"]):
        book.active.append(row)
    second = book.create_sheet("赔付")
    for row in (["延误", "赔付"], ["24小时", "5元"], ["48小时", "10元"]):
        second.append(row)
    book.save(path)
    return path


def write_pdf(path: Path) -> Path:
    page = canvas.Canvas(str(path))
    page.drawString(72, 760, "1.1 Orders over 59 yuan ship free of charge.")
    page.save()
    return path


def test_word(tmp_path: Path) -> None:
    path = write_docx(
        tmp_path / "退货政策 2026版.docx",
        *(
            "退货政策",
            "版本：V2.1",
            "生效日期：2026年9月1日",
            "归口部门：售后部",
            f"第一条 {CLAUSE}",
        ),
    )
    document = load(path)
    assert (document.id, document.version, document.title) == (
        "退货政策-2026版",
        "V2.1",
        "退货政策",
    )
    assert (document.kind, document.locale) == (DocumentKind.POLICY, Locale.ZH)
    assert (document.owner, document.validity.effective_from) == ("售后部", date(2026, 9, 1))
    [part] = document.parts
    assert (part.clause, part.wording, part.line) == ("第一条", CLAUSE, 5)
    assert part.span.of(document.text) == part.wording


SAME = {  # id: (file name, content)
    "text": ("包邮.txt", f"包邮政策\n1.1 {CLAUSE}\n"),
    "text in GB18030": ("包邮.TXT", f"包邮政策\n1.1 {CLAUSE}\n".encode("gb18030")),
    "Markdown": ("包邮.md", f"# 包邮政策\n\n1.1 {CLAUSE}\n"),
    "Markdown by its long name": ("包邮.markdown", f"# 包邮政策\n\n1.1 {CLAUSE}\n"),
    "HTML": ("包邮.html", f"<html><body><h1>包邮政策</h1><p>1.1 {CLAUSE}</p></body></html>"),
    "HTML by its short name": ("包邮.htm", f"<h1>包邮政策</h1><p>1.1 {CLAUSE}</p>"),
}


@pytest.mark.parametrize(("name", "content"), SAME.values(), ids=SAME.keys())
def test_every_text_format_gives_the_same(tmp_path: Path, name: str, content: str | bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    document = load(path)
    assert (document.id, document.title) == ("包邮", "包邮政策")
    assert [(part.clause, part.wording) for part in document.parts] == [("1.1", CLAUSE)]


def test_pdf(tmp_path: Path) -> None:
    document = load(write_pdf(tmp_path / "Free shipping.pdf"))
    [part] = document.parts
    assert (document.id, document.locale) == ("free-shipping", Locale.EN)
    assert (part.clause, part.page) == ("1.1", 1)


def test_a_workbook_has_a_section_for_each_sheet(tmp_path: Path) -> None:
    document = load(write_xlsx(tmp_path / "运费表.xlsx"))
    assert document.title == "运费表"
    assert [(part.kind, part.sheet, part.line, part.heading) for part in document.parts] == [
        (PartKind.ROW, "运费", 2, ("运费表", "运费")),
        (PartKind.ROW, "运费", 3, ("运费表", "运费")),
        (PartKind.ROW, "赔付", 2, ("运费表", "赔付")),
        (PartKind.ROW, "赔付", 3, ("运费表", "赔付")),
    ]
    assert document.parts[1].wording == "地区：新疆，运费：12元。"


@pytest.mark.parametrize(("name", "sign"), [("a.csv", ","), ("a.tsv", "\t")])
def test_delimited(tmp_path: Path, name: str, sign: str) -> None:
    path = write(tmp_path / name, f"地区{sign}运费\n新疆{sign}12元\n西藏{sign}15元\n")
    assert [(part.line, part.wording) for part in load(path).parts] == [
        (2, "地区：新疆，运费：12元。"),
        (3, "地区：西藏，运费：15元。"),
    ]


HEAD = f"退货政策\n版本：V1\n负责人：张三\n1.1 {CLAUSE}\n"


def test_a_field_comes_from_the_first_place_that_gives_it(tmp_path: Path) -> None:
    path = write(tmp_path / "退货.txt", f"---\nversion: V2\ntitle: 二\n---\n{HEAD}")
    write(tmp_path / "退货.txt.yaml", "title: 三\n")
    document = load(path)
    assert (document.title, document.version, document.owner) == ("三", "V2", "张三")
    assert (document.id, document.parts[0].line) == ("退货", 8)


def test_the_number_of_a_policy_is_its_id(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "退货 终稿.docx", "退货政策", "编号：KF-2026-003", f"1.1 {CLAUSE}")
    assert load(path).id == "kf-2026-003"


def test_the_head_of_markdown(tmp_path: Path) -> None:
    text = f"# 退货政策\n\n**版本**：V2\n- 生效日期：2026-09-01\n\n## 1 包邮\n1.1 {CLAUSE}\n"
    document = load(write(tmp_path / "a.md", text))
    assert (document.version, document.validity.effective_from) == ("V2", date(2026, 9, 1))
    assert document.text == text.replace("**", "")
    assert [part.wording for part in document.parts] == [CLAUSE]


WORKBOOK_HEADS: dict[str, list[tuple[str | None, ...]]] = {  # id: rows above the header
    "in one row": [("版本：V2", None, "生效日期：2026-09-01")],
    "beside their names": [("版本", "V2"), ("生效日期", "2026-09-01")],
    "beside their names in one row": [("版本", "V2", "生效日期", "2026-09-01")],
}


@pytest.mark.parametrize("above", WORKBOOK_HEADS.values(), ids=WORKBOOK_HEADS.keys())
def test_the_head_of_a_workbook_stands_above_its_table(
    tmp_path: Path, above: list[tuple[str | None, ...]]
) -> None:
    book = openpyxl.Workbook()
    for row in (("运费表",), *above, ("地区", "运费（元）"), ("新疆", 9)):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    document = load(tmp_path / "a.xlsx")
    assert (document.version, document.validity.effective_from) == ("V2", date(2026, 9, 1))
    assert [part.heading for part in document.parts] == [("a", "运费表")]
    assert document.parts[0].wording == "地区：新疆，运费：9元（生效日期：2026-09-01）。"


IDS = {  # id: (file name, article id)
    "Chinese with a blank": ("退货政策 2026版.txt", "退货政策-2026版"),
    "capitals and marks": ("Return_Policy (V2.1).txt", "return-policy-v2-1"),
    "full-width": ("退货（Ａ版）.txt", "退货-a版"),
    "accents in two code points": ("cafe\u0301.txt", "café"),
    "dots": ("a.b.txt", "a-b"),
}


@pytest.mark.parametrize(("name", "expected"), IDS.values(), ids=IDS.keys())
def test_id_from_the_file_name(tmp_path: Path, name: str, expected: str) -> None:
    assert load(write(tmp_path / name, f"1.1 {CLAUSE}")).id == expected


def test_a_title_from_the_file_name(tmp_path: Path) -> None:
    assert load(write(tmp_path / "退货 2026.txt", f"1.1 {CLAUSE}")).title == "退货 2026"


def test_names_of_sidecars() -> None:
    assert sidecars("policies/a.docx") == ("policies/a.docx.yaml", "policies/a.docx.yml")


WRONG = {  # id: (files, where, words)
    "an unknown key in the sidecar": (
        {"a.txt": HEAD, "a.txt.yaml": "titel: 三\n"},
        "policies/a.txt.yaml:1",
        "unknown key `titel`",
    ),
    "a day that is none in the sidecar": (
        {"a.txt": HEAD, "a.txt.yaml": "title: 三\neffective_from: 明天\n"},
        "policies/a.txt.yaml:2",
        "`effective_from` is not a date",
    ),
    "a list as a sidecar": (
        {"a.txt": HEAD, "a.txt.yaml": "- a\n"},
        "policies/a.txt.yaml:1",
        "expected keys and values",
    ),
    "two sidecars": (
        {"a.txt": HEAD, "a.txt.yaml": "title: a\n", "a.txt.yml": "title: b\n"},
        "policies/a.txt.yml",
        "two sidecars",
    ),
    "a head that ends before it starts": (
        {"a.txt": f"政策\n生效日期：2026-09-01\n失效日期：2026-08-01\n1.1 {CLAUSE}\n"},
        "policies/a.txt:3",
        "ends before it starts",
    ),
    "front matter without its first line": (
        {"a.md": f"id: a\ntitle: b\n---\n1.1 {CLAUSE}\n"},
        "policies/a.md:1",
        "front matter",
    ),
    "front matter left open": (
        {"a.md": f"---\nid: a\n1.1 {CLAUSE}\n"},
        "policies/a.md:1",
        "front matter",
    ),
    "no text": ({"a.txt": " \n\n"}, "policies/a.txt", "no text"),
    "no text but metadata": ({"a.txt": "版本：V2\n负责人：张三\n"}, "policies/a.txt", "no text"),
    "no text in Markdown": ({"a.md": "# 退货\n"}, "policies/a.md", "no text"),
    "no name": ({"___.txt": HEAD}, "policies/___.txt:1", "`id`"),
}


@pytest.mark.parametrize(("files", "where", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_files(tmp_path: Path, files: dict[str, str], where: str, words: str) -> None:
    for name, text in files.items():
        write(tmp_path / name, text)
    name = next(iter(files))
    with pytest.raises(KnowledgeError) as raised:
        PolicyLoader().load(tmp_path / name, source=f"policies/{name}")
    [problem] = raised.value.problems
    assert problem.where == where
    assert words in problem.what
    assert problem.fix


def test_an_empty_word_file(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "a.docx", "", " ")
    with pytest.raises(KnowledgeError, match="no text"):
        load(path)


def test_a_sidecar_mends_what_the_head_says_wrong(tmp_path: Path) -> None:
    text = f"政策\n生效日期：2026-09-01\n失效日期：2026-08-01\n1.1 {CLAUSE}\n"
    path = write(tmp_path / "a.txt", text)
    write(tmp_path / "a.txt.yaml", "effective_to: 2026-12-31\n")
    assert load(path).validity.effective_to == date(2026, 12, 31)


def test_notices_of_a_format_and_of_the_head_come_through(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("退货政策")
    document.add_paragraph("生效日期：即日起")
    hidden = document.add_paragraph(f"1.1 {CLAUSE}").add_run("内部")
    hidden.font.hidden = True
    document.save(str(tmp_path / "a.docx"))
    loaded = PolicyLoader().load(tmp_path / "a.docx", source="policies/a.docx")
    assert [notice.where for notice in loaded.notices] == ["policies/a.docx:3", "policies/a.docx:2"]
    assert loaded.documents[0].parts[-1].wording == CLAUSE


@pytest.mark.parametrize("suffix", [".doc", ".wps", ".rtf", ".odt", ".ppt", ".pptx", ".yaml"])
def test_formats_that_are_not_read(suffix: str) -> None:
    assert suffix not in PolicyLoader.suffixes
