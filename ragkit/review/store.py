"""The review store on SQLite: SQLAlchemy Core over tables that Alembic made."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ragkit.core.drafting import Suggestion
from ragkit.core.errors import RagkitError, StoreUnavailable
from ragkit.core.reviewing import Decision, ReviewItem, ReviewState
from ragkit.review.queue import DecisionRefused, apply

_HELD = "another program holds it: try again when that has ended"
_UNUSABLE = (
    "check that the folder can be written and the disk is not full; if the file is damaged, "
    "move it away and keep it"
)
SCHEMA = "0001"  # the newest migration

_metadata = sa.MetaData()
_items = sa.Table(
    "review_items",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", sa.String(40), nullable=False),
    sa.Column("suggestion_id", sa.String(64), nullable=False, unique=True),
    sa.Column("suggestion", sa.Text, nullable=False),
    sa.Index("review_items_by_state", "state", "id"),
)
_decisions = sa.Table(
    "review_decisions",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("item_id", sa.Integer, sa.ForeignKey("review_items.id"), nullable=False),
    sa.Column("item_version", sa.Integer, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("text_sha256", sa.String(64)),
    sa.UniqueConstraint("item_id", "item_version"),
)


class SqlReviewStore:
    """Review items in one SQLite file, made on first use.

    Write-ahead log with full synchronisation: what `put` and `decide` return is on disk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._guarded():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
            sa.event.listen(self._engine, "connect", _configure)
            sa.event.listen(self._engine, "begin", _begin_immediate)
            self._migrate()

    def _migrate(self) -> None:
        """Bring the tables to `SCHEMA`; Alembic is loaded only when they are not there yet.

        One transaction from the look to the last table: of many that open a new store at once, one
        makes the tables and the others wait for it.
        """
        with self._engine.begin() as connection:
            names = sa.inspect(connection).get_table_names()
            if "alembic_version" in names:
                found = connection.execute(
                    sa.text("SELECT version_num FROM alembic_version")
                ).scalar()
                if found == SCHEMA:
                    return
                if found is not None and found > SCHEMA:
                    raise StoreUnavailable(
                        f"the review store has schema {found}, ragkit knows {SCHEMA}",
                        where=str(self._path),
                        fix="upgrade ragkit",
                    )
            from ragkit.review.migrations import upgrade

            upgrade(connection)

    def put(self, suggestion: Suggestion) -> int:
        with self._guarded(), self._engine.begin() as connection:
            found = connection.execute(
                sa.select(_items.c.id).where(_items.c.suggestion_id == suggestion.id)
            ).scalar()
            if found is not None:  # the same suggestion twice is one item
                return int(found)
            result = connection.execute(
                _items.insert().values(
                    state=ReviewState.QUEUED,
                    version=1,
                    created_at=suggestion.created_at.astimezone(UTC).isoformat(),
                    suggestion_id=suggestion.id,
                    suggestion=suggestion.model_dump_json(),
                )
            )
            key = result.inserted_primary_key
            return int(key[0]) if key else 0

    def get(self, item_id: int) -> ReviewItem:
        with self._guarded(), self._reader() as connection:
            row = connection.execute(_items.select().where(_items.c.id == item_id)).one_or_none()
            if row is None:
                raise KeyError(item_id)
            return self._item(connection, row)

    def list(self, state: ReviewState | None = None, *, limit: int = 50) -> tuple[ReviewItem, ...]:
        query = _items.select().order_by(_items.c.id).limit(limit)
        if state is not None:
            query = query.where(_items.c.state == state)
        with self._guarded(), self._reader() as connection:
            return tuple(self._item(connection, row) for row in connection.execute(query))

    def count(self, state: ReviewState | None = None) -> int:
        query = sa.select(sa.func.count()).select_from(_items)
        if state is not None:
            query = query.where(_items.c.state == state)
        with self._guarded(), self._reader() as connection:
            return int(connection.execute(query).scalar_one())

    def _reader(self) -> sa.Connection:
        return self._engine.connect().execution_options(reads=True)

    def decide(self, item: ReviewItem, decision: Decision) -> ReviewItem:
        decided = apply(item, decision)
        with self._guarded(), self._engine.begin() as connection:
            written = connection.execute(
                _items.update()
                .where(_items.c.id == item.id)
                .where(_items.c.state == item.state)
                .where(_items.c.version == item.version)
                .values(state=decided.state, version=decided.version)
            )
            if written.rowcount != 1:
                raise DecisionRefused(
                    "somebody else decided while you were looking",
                    where=f"review item {item.id}",
                    fix="look at it again with `ragkit review show`",
                )
            text = decision.text
            connection.execute(
                _decisions.insert().values(
                    item_id=item.id,
                    item_version=decided.version,
                    decision=decision.model_dump_json(),
                    text_sha256=hashlib.sha256(text.encode()).hexdigest() if text else None,
                )
            )
        return decided

    def _item(self, connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> ReviewItem:
        values = row._mapping
        item_id = values["id"]
        query = (
            sa.select(_decisions.c.decision)
            .where(_decisions.c.item_id == item_id)
            .order_by(_decisions.c.id)
        )
        decisions = connection.execute(query).scalars()
        try:
            suggestion = Suggestion.model_validate_json(str(values["suggestion"]))
            return ReviewItem(
                id=item_id,
                state=ReviewState(values["state"]),
                version=values["version"],
                created_at=datetime.fromisoformat(str(values["created_at"])),
                suggestion=suggestion.model_copy(update={"review_item": item_id}),
                reasons=tuple(dict.fromkeys(f.category for f in suggestion.verdict.findings)),
                decisions=tuple(Decision.model_validate_json(text) for text in decisions),
            )
        except ValueError as error:
            raise StoreUnavailable(
                f"review item {item_id} cannot be read: of another version, or changed",
                where=str(self._path),
                fix="read it with the ragkit that wrote it; `ragkit review show` reads the others",
            ) from error

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Any failure of the database or its file is `StoreUnavailable`."""
        try:
            yield
        except RagkitError:
            raise
        except (SQLAlchemyError, OSError, ValueError) as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise StoreUnavailable(
                f"the review store cannot be used: {reason}",
                where=str(self._path),
                fix=_HELD if "locked" in reason else _UNUSABLE,
            ) from error


def _configure(connection: object, _record: object) -> None:
    """Connection set-up: explicit transactions, write-ahead log, full synchronisation."""
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: sa.Connection) -> None:
    """Take the write lock at once: a transaction that reads first cannot be overtaken.

    Connections that only read say so, and do not wait for writers.
    """
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
