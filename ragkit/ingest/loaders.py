"""From knowledge files of entries to documents: FAQs, scripts and products."""

from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from ragkit.core.documents import Document, DocumentKind, Loaded, PartKind, ScriptProfile
from ragkit.core.errors import KnowledgeError, Problem
from ragkit.core.text import Locale
from ragkit.ingest import entry_tables, records
from ragkit.ingest.columns import FAQS, PRODUCTS, SCRIPTS, Kind
from ragkit.ingest.entries import (
    EntryModel,
    FaqEntry,
    ProductEntry,
    ScriptEntry,
    TextBuilder,
    make_document,
)
from ragkit.ingest.formats.delimited import read_rows
from ragkit.ingest.json_records import parse_json

_SUFFIXES = (".yaml", ".yml", ".json", ".csv", ".tsv", ".xlsx", ".xlsm")
Items = list[tuple[EntryModel, records.Entry]]


def _read_items(
    path: Path, model: type[EntryModel], kind: Kind, source: str
) -> tuple[Items[EntryModel], list[Problem]]:
    """Every valid item of a file, and notices; raises `KnowledgeError` with all its problems."""
    found, notices = _entries(path, kind, source)
    items: Items[EntryModel] = []
    problems: list[Problem] = []
    for entry in found:
        here = source if entry.sheet is None else f"{source}:{entry.sheet}"
        try:
            items.append((records.validate(model, entry.value, source=here, line=entry), entry))
        except KnowledgeError as error:
            problems += error.problems
    if problems:
        # A mistake in `defaults` shows in every item, and is told once.
        raise KnowledgeError({(each.where, each.what): each for each in problems}.values())
    return items, notices


def _entries(path: Path, kind: Kind, source: str) -> tuple[list[records.Entry], list[Problem]]:
    """The items of a file as they stand, by its suffix; what is no other format is YAML."""
    match _suffix(path):
        case ".csv" | ".tsv":
            return entry_tables.entries(read_rows(path, source=source), kind, source=source)
        case ".xlsx" | ".xlsm":
            # openpyxl takes a while to load, and many knowledge bases have no workbook
            from ragkit.ingest.formats.sheets import read_sheets

            return entry_tables.entries(read_sheets(path, source=source), kind, source=source)
    text = records.read_text(path, source=source)
    parse = parse_json if _suffix(path) == ".json" else records.parse_yaml
    return records.entries(parse(text, source=source), source=source), []


def _suffix(path: Path) -> str:
    return path.suffix.casefold()


class FaqLoader:
    """Reads faqs/ in YAML and JSON, and in tables with an entry in each row."""

    suffixes: ClassVar[tuple[str, ...]] = _SUFFIXES

    def load(self, path: Path, *, source: str) -> Loaded:
        items, notices = _read_items(path, FaqEntry, FAQS, source)
        documents = tuple(self._one(item, entry, source) for item, entry in items)
        return Loaded(documents=documents, notices=tuple(notices))

    def _one(self, item: FaqEntry, entry: records.Entry, source: str) -> Document:
        built = TextBuilder(entry.sheet)
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
    """Reads scripts/ in YAML and JSON, and in tables with an entry in each row."""

    suffixes: ClassVar[tuple[str, ...]] = _SUFFIXES

    def load(self, path: Path, *, source: str) -> Loaded:
        items, notices = _read_items(path, ScriptEntry, SCRIPTS, source)
        documents = tuple(self._one(item, entry, source) for item, entry in items)
        return Loaded(documents=documents, notices=tuple(notices))

    def _one(self, item: ScriptEntry, entry: records.Entry, source: str) -> Document:
        built = TextBuilder(entry.sheet)
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
    """Reads products/ in YAML and JSON, and in tables with an entry in each row."""

    suffixes: ClassVar[tuple[str, ...]] = _SUFFIXES
    _PRICE: ClassVar[dict[Locale, str]] = {Locale.ZH: "{}：{}元。", Locale.EN: "{}: {} yuan."}

    def load(self, path: Path, *, source: str) -> Loaded:
        items, notices = _read_items(path, ProductEntry, PRODUCTS, source)
        documents = tuple(self._one(item, entry, source) for item, entry in items)
        return Loaded(documents=documents, notices=tuple(notices))

    def _one(self, item: ProductEntry, entry: records.Entry, source: str) -> Document:
        built = TextBuilder(entry.sheet)
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
