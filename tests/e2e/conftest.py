"""The sample shop as a new user gets it: made by `ragkit init`, used through the command line."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from ragkit.cli import init
from tests import commands

Run = Callable[..., commands.Outcome]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with the sample shop, its index built."""
    desk = tmp_path_factory.mktemp("shop") / "desk"
    init.init(desk)
    built = commands.run(desk, "index", "build")
    assert built.code == 0, built.stderr
    return desk


@pytest.fixture(scope="session")
def cli(shop: Path) -> Run:
    """Run a command on the sample shop, as 小林."""
    return partial(commands.run, shop, environment={"RAGKIT_REVIEW__REVIEWER": "小林"})
