"""Schema changes of the review store, append-only; applied by `upgrade`."""

from pathlib import Path
from threading import Lock

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

_LOCK = Lock()  # Alembic keeps what it is working on in globals


def upgrade(connection: sa.Connection) -> None:
    """Bring the tables of a database to the newest schema, within the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _LOCK:
        command.upgrade(config, "head")
