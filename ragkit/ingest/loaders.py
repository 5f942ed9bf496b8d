"""From knowledge files to documents: one loader per folder of the knowledge base."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import ConfigDict, Field, field_validator

from ragkit.core.documents import (
    Document,
    DocumentKind,
    Part,
    PartKind,
    ScriptProfile,
    Validity,
)
from ragkit.core.drafting import SLOT, SLOTS
from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.text import Locale, Record, Span
from ragkit.ingest import records
from ragkit.ingest.markdown import policy_parts, split_front_matter

_ID = r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$"
_SCENE = r"^(?:consult|after_sales|complaint|dispute)\.[a-z_]+$"
EntryModel = TypeVar("EntryModel", bound="_Entry")
Text = Annotated[str, Field(min_length=1)]


class _Entry(Record):
    """What every article carries."""

    model_config = ConfigDict(str_strip_whitespace=True)

    id: str = Field(pattern=_ID)
    locale: Locale
    category: tuple[str, ...] = ()
    owner: str | None = None
    review_by: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    see: tuple[str, ...] = ()

    @property
    def validity(self) -> Validity:
        return Validity(effective_from=self.effective_from, effective_to=self.effective_to)

    @field_validator("effective_to")
    @classmethod
    def _in_order(cls, value: date | None, info: object) -> date | None:
        start = getattr(info, "data", {}).get("effective_from")
        if value is not None and start is not None and value < start:
            raise ValueError(f"ends before it starts ({start})")
        return value


class FaqEntry(_Entry):
    """An item of faqs/*.yaml."""

    question: Text
    similar: tuple[Text, ...] = ()
    answer: Text
    supplement: str | None = None
    category: tuple[str, ...] = Field(min_length=1)
    scene: str = Field(pattern=_SCENE)


class ScriptEntry(_Entry):
    """An item of scripts/*.yaml."""

    scene: str = Field(pattern=_SCENE)
    emotion: int = Field(ge=0, le=3)
    segment: Literal["any", "price", "quality", "experience", "new", "vip", "overseas"] = "any"
    when: Text
    receive: Text
    inform: str | None = None
    commit: Text

    @field_validator("receive", "inform", "commit")
    @classmethod
    def _known_slots(cls, value: str | None) -> str | None:
        unknown = sorted({slot for slot in SLOT.findall(value or "") if slot not in SLOTS})
        if unknown:
            raise ValueError(f"unknown slot {', '.join(unknown)}; known: {', '.join(SLOTS)}")
        if set("{}") & set(SLOT.sub("", value or "")):
            raise ValueError("a brace stands alone; write a slot like {order.id}")
        return value


class ProductEntry(_Entry):
    """An item of products/*.yaml."""

    name: Text
    aliases: tuple[Text, ...] = ()
    price_cny: Decimal = Field(gt=0, allow_inf_nan=False, decimal_places=2)
    facts: dict[str, Text] = Field(min_length=1)


class PolicyEntry(_Entry):
    """The front matter of policies/*.md."""

    title: Text
    version: Text
    effective_from: date


class _TextBuilder:
    """Puts a document's text together and remembers where each part of it lies."""

    def __init__(self) -> None:
        self.text = ""
        self.parts: list[Part] = []

    def add(
        self, kind: PartKind, text: str | None, *, line: int, heading: tuple[str, ...] = ()
    ) -> None:
        text = (text or "").strip()
        if not text:
            return
        start = len(self.text)
        self.text += f"{text}\n"
        span = Span(start=start, end=start + len(text))
        self.parts.append(Part(kind=kind, span=span, line=line, wording=text, heading=heading))


def _read_items(
    path: Path, model: type[EntryModel], source: str
) -> list[tuple[EntryModel, records.Entry]]:
    """Every valid item of a YAML file; raises `KnowledgeError` with the problems of all of them."""
    located = records.parse_yaml(records.read_text(path, source=source), source=source)
    items: list[tuple[EntryModel, records.Entry]] = []
    problems: list[Problem] = []
    for entry in records.entries(located, source=source):
        try:
            items.append((records.validate(model, entry.value, source=source, line=entry), entry))
        except KnowledgeError as error:
            problems += error.problems
    if problems:
        # A mistake in `defaults` shows in every item, and is told once.
        raise KnowledgeError({(each.where, each.what): each for each in problems}.values())
    return items


def _document(
    item: _Entry, entry: records.Entry, built: _TextBuilder, **fields: object
) -> Document:
    return Document.model_validate(
        {
            "id": item.id,
            "locale": item.locale,
            "text": built.text,
            "line": entry.line(),
            "parts": tuple(built.parts),
            "category": item.category,
            "see": item.see,
            "owner": item.owner,
            "review_by": item.review_by,
            "validity": item.validity,
            **fields,
        }
    )


class FaqLoader:
    """Reads faqs/*.yaml."""

    suffixes: ClassVar[tuple[str, ...]] = (".yaml", ".yml")

    def load(self, path: Path, *, source: str) -> tuple[Document, ...]:
        return tuple(
            self._one(item, entry, source) for item, entry in _read_items(path, FaqEntry, source)
        )

    def _one(self, item: FaqEntry, entry: records.Entry, source: str) -> Document:
        built = _TextBuilder()
        built.add(PartKind.QUESTION, item.question, line=entry.line("question"))
        for index, similar in enumerate(item.similar):
            built.add(PartKind.QUESTION, similar, line=entry.line("similar", index))
        built.add(PartKind.ANSWER, item.answer, line=entry.line("answer"))
        built.add(PartKind.SUPPLEMENT, item.supplement, line=entry.line("supplement"))
        return _document(
            item,
            entry,
            built,
            kind=DocumentKind.FAQ,
            title=item.question,
            scene=item.scene,
            source=source,
        )


class ScriptLoader:
    """Reads scripts/*.yaml."""

    suffixes: ClassVar[tuple[str, ...]] = (".yaml", ".yml")

    def load(self, path: Path, *, source: str) -> tuple[Document, ...]:
        return tuple(
            self._one(item, entry, source) for item, entry in _read_items(path, ScriptEntry, source)
        )

    def _one(self, item: ScriptEntry, entry: records.Entry, source: str) -> Document:
        built = _TextBuilder()
        built.add(PartKind.SITUATION, item.when, line=entry.line("when"))
        for kind in (PartKind.RECEIVE, PartKind.INFORM, PartKind.COMMIT):
            built.add(kind, getattr(item, kind), line=entry.line(kind))
        return _document(
            item,
            entry,
            built,
            kind=DocumentKind.SCRIPT,
            title=item.when,
            scene=item.scene,
            script=ScriptProfile(emotion=item.emotion, segment=item.segment),
            source=source,
        )


class ProductLoader:
    """Reads products/*.yaml."""

    suffixes: ClassVar[tuple[str, ...]] = (".yaml", ".yml")
    _PRICE: ClassVar[dict[Locale, str]] = {Locale.ZH: "{}：{}元。", Locale.EN: "{}: {} yuan."}

    def load(self, path: Path, *, source: str) -> tuple[Document, ...]:
        return tuple(
            self._one(item, entry, source)
            for item, entry in _read_items(path, ProductEntry, source)
        )

    def _one(self, item: ProductEntry, entry: records.Entry, source: str) -> Document:
        built = _TextBuilder()
        built.add(PartKind.NAME, item.name, line=entry.line("name"))
        for index, alias in enumerate(item.aliases):
            built.add(PartKind.NAME, alias, line=entry.line("aliases", index))
        price = self._PRICE[item.locale].format(item.name, _plain(item.price_cny))
        built.add(PartKind.FACT, price, line=entry.line("price_cny"), heading=("price",))
        for label, fact in item.facts.items():
            built.add(PartKind.FACT, fact, line=entry.line("facts", label), heading=(label,))
        return _document(
            item,
            entry,
            built,
            kind=DocumentKind.PRODUCT,
            title=item.name,
            scene="consult.product_info",
            source=source,
        )


def _plain(amount: Decimal) -> str:
    """An amount as it is written: 89, 89.9, never 8.9E+1."""
    whole, _, cents = f"{amount:.2f}".partition(".")
    cents = cents.rstrip("0")
    return f"{whole}.{cents}" if cents else whole


class PolicyLoader:
    """Reads policies/*.md: front matter, then numbered clauses and tables under headings."""

    suffixes: ClassVar[tuple[str, ...]] = (".md",)

    def load(self, path: Path, *, source: str) -> tuple[Document, ...]:
        front, body, body_line = split_front_matter(
            records.read_text(path, source=source), source=source
        )
        located = records.parse_yaml(front, source=source, first_line=2)
        item = records.validate(PolicyEntry, located.value, source=source, line=located)
        entry = records.Entry({}, located, ())
        built = _TextBuilder()
        built.text = body
        built.parts = list(
            policy_parts(
                body, title=item.title, first_line=body_line, locale=item.locale, source=source
            )
        )
        if not built.parts:
            raise KnowledgeError(
                [
                    Problem(
                        "the policy has no text below its front matter",
                        where=f"{source}:{body_line}",
                        fix="write numbered clauses (`1.1 ...`) under `## ` headings",
                    )
                ]
            )
        fields = {"kind": DocumentKind.POLICY, "title": item.title, "version": item.version}
        return (_document(item, entry, built, source=source, **fields),)
