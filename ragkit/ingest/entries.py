"""What each kind of article carries, as hand-written files and tables give it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from pydantic import ConfigDict, Field, field_validator

from ragkit.core.documents import Document, Link, Part, PartKind, Scope, Status, Validity
from ragkit.core.drafting import SLOT, SLOTS
from ragkit.core.text import Locale, Record, Span
from ragkit.ingest import records

# Letters of any script, as files named 退货政策 give their name to an article.
_ID = r"^[^\W_A-Z]+(?:[-.][^\W_A-Z]+)*$"
_SCENE = r"^(?:consult|after_sales|complaint|dispute)\.[a-z_]+$"
EntryModel = TypeVar("EntryModel", bound="ArticleEntry")
Text = Annotated[str, Field(min_length=1)]


class ArticleEntry(Record):
    """What every article carries."""

    model_config = ConfigDict(str_strip_whitespace=True)

    id: str = Field(pattern=_ID)
    locale: Locale
    category: tuple[str, ...] = ()
    owner: str | None = None
    review_by: date | None = None
    status: Status = Status.APPROVED
    shops: tuple[Text, ...] = ()
    channels: tuple[Text, ...] = ()
    effective_from: date | None = None
    effective_to: date | None = None
    see: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def scope(self) -> Scope:
        return Scope(shops=self.shops, channels=self.channels)

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


class FaqEntry(ArticleEntry):
    """An item of faqs/*.yaml."""

    question: Text
    similar: tuple[Text, ...] = ()
    negative: tuple[Text, ...] = ()
    answer: Text
    supplement: str | None = None
    scene: str | None = Field(default=None, pattern=_SCENE)


class ScriptEntry(ArticleEntry):
    """An item of scripts/*.yaml."""

    scene: str = Field(pattern=_SCENE)
    emotion: int = Field(ge=0, le=3)
    segment: Literal["any", "price", "quality", "experience", "new", "vip", "overseas"] = "any"
    experiment: str | None = None
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


class ProductEntry(ArticleEntry):
    """An item of products/*.yaml."""

    name: Text
    aliases: tuple[Text, ...] = ()
    price_cny: Decimal = Field(gt=0, allow_inf_nan=False, decimal_places=2)
    facts: dict[str, Text] = Field(default_factory=dict)


class PolicyEntry(ArticleEntry):
    """The front matter of policies/*.md."""

    title: Text
    version: Text | None = None


class TextBuilder:
    """Puts a document's text together and remembers where each part of it lies."""

    def __init__(self, sheet: str | None = None) -> None:
        self.sheet = sheet
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
        part = Part(kind=kind, span=span, line=line, wording=text, heading=heading)
        self.parts.append(part.model_copy(update={"sheet": self.sheet}))


def make_document(
    item: ArticleEntry, entry: records.Entry, built: TextBuilder, **fields: object
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
            "links": item.links,
            "owner": item.owner,
            "review_by": item.review_by,
            "status": item.status,
            "scope": item.scope,
            "validity": item.validity,
            **fields,
        }
    )
