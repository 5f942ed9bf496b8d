import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ragkit.core.errors import StoreUnavailable
from ragkit.core.protocols import ReviewStore
from ragkit.core.reviewing import Action, ReviewItem, ReviewState
from ragkit.review import store as module
from ragkit.review.queue import DecisionRefused
from ragkit.review.store import SCHEMA, SqlReviewStore
from ragkit.testing.builders import a_decision, a_suggestion
from ragkit.testing.contracts import ReviewStoreContract

_NOBODY = 65534


class TestSqlReviewStore(ReviewStoreContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Callable[[], ReviewStore]:
        return lambda: SqlReviewStore(tmp_path / "review.sqlite")


def test_the_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "desk" / "review.sqlite"
    SqlReviewStore(path).put(a_suggestion())
    assert path.stat().st_size > 0


@pytest.mark.parametrize("name", ["what?", "50% off#1", "南枝 集市"])
def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "review.sqlite"
    SqlReviewStore(path).put(a_suggestion())
    assert path.is_file()
    assert len(SqlReviewStore(path).list()) == 1


@pytest.mark.parametrize("shared", [True, False], ids=["one store", "a store each"])
def test_of_eight_deciding_at_once_exactly_one_wins(tmp_path: Path, shared: bool) -> None:
    path = tmp_path / "review.sqlite"
    store = SqlReviewStore(path)
    item = store.get(store.put(a_suggestion()))
    stores = [store if shared else SqlReviewStore(path) for _ in range(8)]

    def decide(number: int) -> ReviewItem | None:
        decision = a_decision(Action.EDIT, f"第{number}种说法", actor=f"客服{number}")
        try:
            return stores[number].decide(item, decision)
        except DecisionRefused:
            return None

    with ThreadPoolExecutor(8) as pool:
        decided = [each for each in pool.map(decide, range(8)) if each]
    assert len(decided) == 1
    assert store.get(item.id) == decided[0]


def test_eight_opening_a_new_store_at_once(tmp_path: Path) -> None:
    path = tmp_path / "review.sqlite"

    def put(number: int) -> int:
        return SqlReviewStore(path).put(a_suggestion(id=f"s{number}"))

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(put, range(8)))
    assert sorted(ids) == [item.id for item in SqlReviewStore(path).list()]
    assert len(set(ids)) == 8


def test_what_put_returned_survives_sigkill(tmp_path: Path) -> None:
    path = tmp_path / "review.sqlite"
    script = (
        "import sys, time; from pathlib import Path\n"
        "from ragkit.review.store import SqlReviewStore\n"
        "from ragkit.testing.builders import a_suggestion\n"
        "print(SqlReviewStore(Path(sys.argv[1])).put(a_suggestion()), flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        item = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert SqlReviewStore(path).get(item).suggestion.id == "suggestion-1"


DAMAGED = {
    "text": b"this is no database, but some longer text" * 10,
    "cut off": b"SQLite format 3\0",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "review.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreUnavailable) as caught:
        SqlReviewStore(path).put(a_suggestion())
    assert caught.value.where == str(path)
    assert path.read_bytes() == content


def test_a_store_damaged_while_open(tmp_path: Path) -> None:
    path = tmp_path / "review.sqlite"
    item = SqlReviewStore(path).put(a_suggestion())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE review_items SET suggestion = '{'")
    connection.close()
    store = SqlReviewStore(path)
    for read in (lambda: store.get(item), store.list):
        with pytest.raises(StoreUnavailable):
            read()


def test_a_store_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "review.sqlite"
    SqlReviewStore(path).put(a_suggestion())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StoreUnavailable, match="has schema 9999"):
        SqlReviewStore(path)


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "desk").write_text("")
    with pytest.raises(StoreUnavailable):
        SqlReviewStore(tmp_path / "desk" / "review.sqlite")


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """Take the right to write in `folder`, also from root."""
    is_root = os.geteuid() == 0
    folder.chmod(0o555)
    if is_root:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may look into, which `tmp_path` is not."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def test_a_read_only_folder(open_folder: Path) -> None:
    SqlReviewStore(open_folder / "elsewhere.sqlite")  # loads what it needs while it may
    with without_rights(open_folder), pytest.raises(StoreUnavailable, match="cannot be used"):
        SqlReviewStore(open_folder / "review.sqlite")
    with without_rights(open_folder), pytest.raises(StoreUnavailable):
        SqlReviewStore(open_folder / "new" / "review.sqlite")
    names = {path.name.removesuffix("-wal").removesuffix("-shm") for path in open_folder.iterdir()}
    assert names == {"elsewhere.sqlite"}


def test_a_folder_that_becomes_read_only_loses_nothing(open_folder: Path) -> None:
    path = open_folder / "review.sqlite"
    store = SqlReviewStore(path)
    item = store.get(store.put(a_suggestion(id="a")))
    store._engine.dispose()
    path.chmod(0o444)
    with without_rights(open_folder):
        with pytest.raises(StoreUnavailable):
            store.put(a_suggestion(id="b"))
        with pytest.raises(StoreUnavailable):
            store.decide(item, a_decision())
        store._engine.dispose()
    path.chmod(0o644)
    assert [(each.id, each.state) for each in SqlReviewStore(path).list()] == [
        (item.id, ReviewState.QUEUED)
    ]


def test_the_migrations_make_the_tables_we_write(tmp_path: Path) -> None:
    path = tmp_path / "review.sqlite"
    SqlReviewStore(path)
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, module._metadata) == []
        assert context.get_current_revision() == SCHEMA
    engine.dispose()


def test_reading_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "review.sqlite"
    store = SqlReviewStore(path)
    item = store.put(a_suggestion())
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    assert store.get(item).state is ReviewState.QUEUED
    assert len(store.list()) == 1
    writer.close()


def test_an_item_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "review.sqlite"
    store = SqlReviewStore(path)
    whole, broken = store.put(a_suggestion()), store.put(a_suggestion(id="another"))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE review_items SET suggestion = '{}' WHERE id = ?", (broken,))
    connection.close()
    with pytest.raises(StoreUnavailable, match=f"review item {broken} cannot be read"):
        store.get(broken)
    assert store.get(whole).id == whole
