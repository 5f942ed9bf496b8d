"""What tests of several folders share: the small desk, its index built."""

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from ragkit.testing import desks
from tests import commands

# A busy machine is no failure.
settings.register_profile("ragkit", deadline=None)
settings.load_profile("ragkit")

PROMPTS = Path(__file__).parents[1] / "prompts"


@pytest.fixture(scope="session")
def built_desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small desk with one generation of its index; only to be read."""
    desk = desks.write_desk(tmp_path_factory.mktemp("small") / "desk", prompts=PROMPTS)
    outcome = commands.run(desk, "index", "build")
    assert outcome.code == 0, outcome.stderr
    return desk


@pytest.fixture
def desk(built_desk: Path, tmp_path: Path) -> Path:
    """A copy of the small desk with its index, to be changed."""
    return Path(shutil.copytree(built_desk, tmp_path / "desk"))
