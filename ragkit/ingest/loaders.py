"""From knowledge files of entries to documents: FAQs, scripts and products."""

from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from ragkit.core.documents import Document, DocumentKind, Loaded, PartKind, ScriptProfile
from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.text import Locale
from ragkit.ingest import records
from ragkit.ingest.entries import (
    EntryModel,
    FaqEntry,
    ProductEntry,
    ScriptEntry,
    TextBuilder,
    make_document,
)


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


class FaqLoader:
    """Reads faqs/*.yaml."""

    suffixes: ClassVar[tuple[str, ...]] = (".yaml", ".yml")

    def load(self, path: Path, *, source: str) -> Loaded:
        items = _read_items(path, FaqEntry, source)
        return Loaded(documents=tuple(self._one(item, entry, source) for item, entry in items))

    def _one(self, item: FaqEntry, entry: records.Entry, source: str) -> Document:
        built = TextBuilder()
        built.add(PartKind.QUESTION, item.question, line=entry.line("question"))
        for index, similar in enumerate(item.similar):
            built.add(PartKind.QUESTION, similar, line=entry.line("similar", index))
        for index, negative in enumerate(item.negative):
            built.add(PartKind.NEGATIVE, negative, line=entry.line("negative", index))
        built.add(PartKind.ANSWER, item.answer, line=entry.line("answer"))
        built.add(PartKind.SUPPLEMENT, item.supplement, line=entry.line("supplement"))
        return make_document(
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

    def load(self, path: Path, *, source: str) -> Loaded:
        items = _read_items(path, ScriptEntry, source)
        return Loaded(documents=tuple(self._one(item, entry, source) for item, entry in items))

    def _one(self, item: ScriptEntry, entry: records.Entry, source: str) -> Document:
        built = TextBuilder()
        built.add(PartKind.SITUATION, item.when, line=entry.line("when"))
        for kind in (PartKind.RECEIVE, PartKind.INFORM, PartKind.COMMIT):
            built.add(kind, getattr(item, kind), line=entry.line(kind))
        return make_document(
            item,
            entry,
            built,
            kind=DocumentKind.SCRIPT,
            title=item.when,
            scene=item.scene,
            script=ScriptProfile(
                emotion=item.emotion, segment=item.segment, experiment=item.experiment
            ),
            source=source,
        )


class ProductLoader:
    """Reads products/*.yaml."""

    suffixes: ClassVar[tuple[str, ...]] = (".yaml", ".yml")
    _PRICE: ClassVar[dict[Locale, str]] = {Locale.ZH: "{}：{}元。", Locale.EN: "{}: {} yuan."}

    def load(self, path: Path, *, source: str) -> Loaded:
        items = _read_items(path, ProductEntry, source)
        return Loaded(documents=tuple(self._one(item, entry, source) for item, entry in items))

    def _one(self, item: ProductEntry, entry: records.Entry, source: str) -> Document:
        built = TextBuilder()
        built.add(PartKind.NAME, item.name, line=entry.line("name"))
        for index, alias in enumerate(item.aliases):
            built.add(PartKind.NAME, alias, line=entry.line("aliases", index))
        price = self._PRICE[item.locale].format(item.name, _plain(item.price_cny))
        built.add(PartKind.FACT, price, line=entry.line("price_cny"), heading=("price",))
        for label, fact in item.facts.items():
            built.add(PartKind.FACT, fact, line=entry.line("facts", label), heading=(label,))
        return make_document(
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
