"""Templates of replies: loaded from `prompts/<locale>/`, their variables checked at once."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.text import Locale

_VARIABLE = re.compile(r"\{([^{}]*)\}")
# Template -> the variables it may use.
VARIABLES: Mapping[str, frozenset[str]] = {
    "grounded": frozenset({"receive", "answer", "policy", "commit"}),
    "short": frozenset({"answer", "policy"}),
    "script": frozenset({"receive", "inform", "commit"}),
}
# Template -> the variable it cannot do without: what the customer asked for.
ANSWERS: Mapping[str, str] = {"grounded": "answer", "short": "answer", "script": "inform"}


@dataclass(frozen=True)
class Template:
    """A layout: lines of literal text and the names of the blocks that go between, in order.

    The pieces of a line alternate: literal, variable, literal, …, literal.
    """

    name: str
    lines: tuple[tuple[str, ...], ...]

    @classmethod
    def parse(cls, name: str, text: str) -> "Template":
        return cls(name, tuple(tuple(_VARIABLE.split(line)) for line in text.split("\n")))

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(variable for line in self.lines for variable in line[1::2])


@dataclass(frozen=True)
class Templates:
    """The templates of every locale, and a hash of their texts for signatures."""

    by_name: Mapping[tuple[Locale, str], Template]
    hash: str

    def get(self, locale: Locale, name: str) -> Template:
        return self.by_name[locale, name]


def load_templates(folder: Path) -> Templates:
    """Load every template in `VARIABLES` for every locale.

    Raises `KnowledgeError` naming each file that is missing, uses a variable it may not or lacks
    its answer.
    """
    templates: dict[tuple[Locale, str], Template] = {}
    problems: list[Problem] = []
    digest = hashlib.sha256()
    for locale in Locale:
        for name, known in VARIABLES.items():
            path = folder / locale / f"{name}.txt"
            where = f"{folder.name}/{locale}/{name}.txt"
            try:
                text = path.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
                problems.append(
                    Problem(
                        f"the template cannot be read: {reason}",
                        where=where,
                        fix="restore it, as `ragkit init` writes it",
                    )
                )
                continue
            digest.update(f"{locale}/{name}\0{text}\0".encode())
            template = Template.parse(name, text.strip("\n"))
            problems += [*_unknown(template, known, text, where), *_lacking(template, where)]
            templates[locale, name] = template
    if problems:
        raise KnowledgeError(problems)
    return Templates(templates, digest.hexdigest()[:16])


def _unknown(template: Template, known: frozenset[str], text: str, where: str) -> list[Problem]:
    return [
        Problem(
            f"unknown variable `{{{name}}}`",
            where=f"{where}:{text[: text.index(f'{{{name}}}')].count(chr(10)) + 1}",
            fix=f"use {', '.join(sorted(known))}",
        )
        for name in dict.fromkeys(template.variables)
        if name not in known
    ]


def _lacking(template: Template, where: str) -> list[Problem]:
    answer = ANSWERS[template.name]
    if answer in template.variables:
        return []
    return [
        Problem(
            f"the template lacks `{{{answer}}}`",
            where=where,
            fix="add it where the reply answers the question",
        )
    ]
