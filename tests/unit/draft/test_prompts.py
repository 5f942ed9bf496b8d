import shutil
from pathlib import Path

import pytest

from ragkit.core.errors import KnowledgeError
from ragkit.core.text import Locale
from ragkit.draft.prompts import ANSWERS, VARIABLES, Template, load_templates


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Every template, each with all the variables it may use."""
    for locale in Locale:
        (tmp_path / locale).mkdir()
        for name, variables in VARIABLES.items():
            text = "".join(f"{{{variable}}}\n" for variable in sorted(variables))
            (tmp_path / locale / f"{name}.txt").write_text(text, encoding="utf-8")
    return tmp_path


PARSED = {  # id: (text, lines)
    "one variable": ("{answer}", (("", "answer", ""),)),
    "two lines": ("{receive}\n{answer}", (("", "receive", ""), ("", "answer", ""))),
    "literal text": ("亲，{answer}哦", (("亲，", "answer", "哦"),)),
    "side by side": ("{receive}{answer}", (("", "receive", "", "answer", ""),)),
    "no variable": ("祝您生活愉快", (("祝您生活愉快",),)),
    "a blank line": ("{answer}\n\n谢谢", (("", "answer", ""), ("",), ("谢谢",))),
}


@pytest.mark.parametrize(("text", "lines"), PARSED.values(), ids=PARSED.keys())
def test_parsing(text: str, lines: tuple[tuple[str, ...], ...]) -> None:
    assert Template.parse("grounded", text).lines == lines


def test_variables_come_in_their_order() -> None:
    template = Template.parse("grounded", "{receive}\n亲，{answer}{policy}\n{commit}")
    assert template.variables == ("receive", "answer", "policy", "commit")


def test_every_template_of_every_language(folder: Path) -> None:
    templates = load_templates(folder)
    for locale in Locale:
        for name, variables in VARIABLES.items():
            assert set(templates.get(locale, name).variables) == variables


def test_line_ends_and_marks_of_editors_are_no_text(folder: Path) -> None:
    path = folder / "zh" / "short.txt"
    path.write_bytes("\ufeff\n亲，{answer}\r\n{policy}\r\n\n".encode())
    assert load_templates(folder).get(Locale.ZH, "short").lines == (
        ("亲，", "answer", ""),
        ("", "policy", ""),
    )


def test_the_hash_tells_texts_apart(folder: Path) -> None:
    before = load_templates(folder).hash
    assert load_templates(folder).hash == before
    (folder / "en" / "short.txt").write_text("{policy}\n{answer}\n")
    assert load_templates(folder).hash != before


UNKNOWN = {  # id: (template, text, what, line)
    "misspelt": ("grounded", "{answer}\n{anwser}\n", "{anwser}", 2),
    "of another template": ("short", "{answer}\n{commit}\n", "{commit}", 2),
    "empty": ("script", "{}\n{inform}\n", "{}", 1),
    "a slot": ("script", "{inform}\n\n{order.eta}\n", "{order.eta}", 3),
}


@pytest.mark.parametrize(("name", "text", "what", "line"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_unknown_variables(folder: Path, name: str, text: str, what: str, line: int) -> None:
    (folder / "zh" / f"{name}.txt").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_templates(folder)
    (problem,) = caught.value.problems
    assert problem.what == f"unknown variable `{what}`"
    assert problem.where == f"{folder.name}/zh/{name}.txt:{line}"
    assert problem.fix == f"use {', '.join(sorted(VARIABLES[name]))}"


LACKING = {  # id: (template, text)
    "policy alone": ("short", "{policy}\n"),
    "all but the answer": ("grounded", "{receive}\n{policy}\n{commit}\n"),
    "a script that tells nothing": ("script", "{receive}\n{commit}\n"),
    "a letter": ("short", "祝您生活愉快"),
    "empty": ("grounded", ""),
}


@pytest.mark.parametrize(("name", "text"), LACKING.values(), ids=LACKING.keys())
def test_a_template_without_its_answer(folder: Path, name: str, text: str) -> None:
    (folder / "zh" / f"{name}.txt").write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_templates(folder)
    (problem,) = caught.value.problems
    assert problem.what == f"the template lacks `{{{ANSWERS[name]}}}`"
    assert problem.where == f"{folder.name}/zh/{name}.txt"


def test_every_problem_is_named_at_once(folder: Path) -> None:
    (folder / "zh" / "short.txt").unlink()
    (folder / "zh" / "script.txt").write_bytes("{receive}你好".encode("gb18030"))
    (folder / "en" / "short.txt").write_text("{a}{b}")
    with pytest.raises(KnowledgeError) as caught:
        load_templates(folder)
    assert {(p.where.partition("/")[2], p.what) for p in caught.value.problems} == {
        ("zh/short.txt", "the template cannot be read: No such file or directory"),
        ("zh/script.txt", "the template cannot be read: not UTF-8"),
        ("en/short.txt:1", "unknown variable `{a}`"),
        ("en/short.txt:1", "unknown variable `{b}`"),
        ("en/short.txt", "the template lacks `{answer}`"),
    }


def test_no_folder(folder: Path) -> None:
    shutil.rmtree(folder / "en")
    with pytest.raises(KnowledgeError) as caught:
        load_templates(folder)
    assert len(caught.value.problems) == len(VARIABLES)
