"""Settings: what wins over what, and where a wrong one was set."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from ragkit.core.errors import SettingsError
from ragkit.core.text import Locale
from ragkit.settings import find_root, load


def a_desk(folder: Path, toml: str) -> Path:
    (folder / "ragkit.toml").write_text(toml, encoding="utf-8")
    return folder


def test_defaults_need_no_file(tmp_path: Path) -> None:
    settings = load(tmp_path, environment={})
    assert settings.path(settings.knowledge_base) == tmp_path / "knowledge_base"
    assert settings.time_zone == "Asia/Shanghai"
    assert settings.embedder.path is None


ORDER = {  # id: (file, environment, flags, evidence_documents)
    "default": ("", {}, {}, 5),
    "file over default": ("4", {}, {}, 4),
    "environment over file": ("4", {"RAGKIT_RETRIEVAL__EVIDENCE_DOCUMENTS": "3"}, {}, 3),
    "flag over environment": (
        "4",
        {"RAGKIT_RETRIEVAL__EVIDENCE_DOCUMENTS": "3"},
        {"retrieval.evidence_documents": 2},
        2,
    ),
    "flag that was not given": ("4", {}, {"retrieval.evidence_documents": None}, 4),
    "other variables": ("", {"RAGKITX": "1", "PATH": "/bin"}, {}, 5),
}


@pytest.mark.parametrize(
    ("number", "environment", "flags", "expected"), ORDER.values(), ids=ORDER.keys()
)
def test_order(
    tmp_path: Path,
    number: str,
    environment: Mapping[str, str],
    flags: Mapping[str, object],
    expected: int,
) -> None:
    toml = f"[retrieval]\nevidence_documents = {number}\ntop_k = 7\n" if number else ""
    settings = load(a_desk(tmp_path, toml), environment=environment, flags=flags)
    assert settings.retrieval.evidence_documents == expected
    assert settings.retrieval.top_k == (7 if number else 20)  # its neighbour is left alone


def test_every_kind_of_value_can_come_from_the_environment(tmp_path: Path) -> None:
    environment = {
        "RAGKIT_STATE": "var/state",
        "RAGKIT_DRAFT__DEFAULT_LOCALE": "en",
        "RAGKIT_DRAFT__MAX_OVERLAP": "0.5",
        "RAGKIT_EMBEDDER__PATH": "models/mine",
    }
    settings = load(tmp_path, environment=environment)
    assert settings.state == Path("var/state")
    assert settings.draft.default_locale is Locale.EN
    assert settings.draft.max_overlap == 0.5
    assert settings.embedder.path == Path("models/mine")


def test_an_empty_path_of_the_embedding_is_none(tmp_path: Path) -> None:
    assert load(a_desk(tmp_path, '[embedder]\npath = ""\n'), environment={}).embedder.path is None


def test_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    desk = a_desk(tmp_path, '\ufefftime_zone = "Europe/Berlin"\n')
    assert load(desk, environment={}).time_zone == "Europe/Berlin"


FILES = {  # id: (ragkit.toml, line, words)
    "unknown key": ('# desk\n\ntime_zon = "UTC"\n', 3, "unknown setting `time_zon`"),
    "unknown key in a table": (
        "[draft]\nmax_scripts = 3\ntop_k = 5\n",
        3,
        "unknown setting `draft.top_k`",
    ),
    "key of another table": ("top_k = 1\n[retrieval]\ntop_k = 5\n", 1, "unknown setting `top_k`"),
    "unknown table": ("[ingest]\n\n[retreival]\npool = 20\n", 4, "unknown setting `retreival`"),
    "unknown empty table": ("[ingest]\n[retreival]\n", 2, "unknown setting `retreival`"),
    "table with a note behind": ("[draft]  # replies\ntop_k = 5\n", 2, "`draft.top_k`"),
    "dotted key": ("ingest.max_chars = 100\ndraft.top_k = 5\n", 2, "`draft.top_k`"),
    "text for a number": ('[retrieval]\ntop_k = "viele"\n', 2, "`retrieval.top_k`: input should"),
    "too small": ("[retrieval]\npool = 20\ntop_k = 0\n", 3, "greater than or equal to 1"),
    "value for a group": ("time_zone = 'UTC'\ndraft = 5\n", 2, "`draft`: is a group of settings"),
    "list for a path": ("knowledge_base = [1]\n", 1, "`knowledge_base`"),
    "time zone that is none": ('time_zone = "Asia/Nanzhi"\n', 1, "'Asia/Nanzhi' is no time zone"),
    "time zone that is a folder": ('time_zone = "Asia"\n', 1, "'Asia' is no time zone"),
    "the desk itself": ('root = "/elsewhere"\n', 1, "unknown setting `root`"),
    "broken TOML": ("[draft]\nmax_scripts = \n", 2, "not valid TOML"),
    "text without quotes": ("\n\ntime_zone = Asia/Shanghai\n", 3, "not valid TOML"),
    "key twice": ("state = 'a'\nstate = 'b'\n", 2, "not valid TOML"),
}


@pytest.mark.parametrize(("toml", "line", "words"), FILES.values(), ids=FILES.keys())
def test_wrong_files(tmp_path: Path, toml: str, line: int, words: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(a_desk(tmp_path, toml), environment={})
    assert words in raised.value.what
    assert raised.value.where == f"{tmp_path / 'ragkit.toml'}:{line}"
    assert raised.value.fix


VARIABLES = {  # id: (variable, value, words)
    "unknown": ("RAGKIT_TOP_K", "5", "unknown setting `top_k`"),
    "unknown in a group": ("RAGKIT_DRAFT__TOP_K", "5", "unknown setting `draft.top_k`"),
    "unknown group": ("RAGKIT_RETREIVAL__TOP_K", "5", "unknown setting `retreival`"),
    "too deep": ("RAGKIT_STATE__PATH", "5", "`state`"),
    "a group": ("RAGKIT_DRAFT", "5", "is a group of settings"),
    "no number": ("RAGKIT_RETRIEVAL__TOP_K", "viele", "`retrieval.top_k`"),
    "no name": ("RAGKIT_", "5", "unknown setting"),
    "the desk itself": ("RAGKIT_ROOT", "/elsewhere", "unknown setting `root`"),
}


@pytest.mark.parametrize(("name", "value", "words"), VARIABLES.values(), ids=VARIABLES.keys())
def test_wrong_variables(tmp_path: Path, name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(a_desk(tmp_path, "[retrieval]\ntop_k = 5\n"), environment={name: value})
    assert words in raised.value.what
    assert raised.value.where == f"environment variable {name}"
    assert raised.value.fix


def test_a_wrong_flag_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        load(tmp_path, environment={}, flags={"draft.max_scripts": 0})
    assert raised.value.where == "flag for draft.max_scripts"


def test_an_unknown_setting_comes_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        load(a_desk(tmp_path, "[retrieval]\ntopk = 5\n"), environment={})
    assert raised.value.fix == "known here: evidence_documents, evidence_per_document, pool, top_k"


def test_a_file_that_is_no_utf8(tmp_path: Path) -> None:
    (tmp_path / "ragkit.toml").write_bytes("# a\n# 店铺\n".encode("gb18030"))
    with pytest.raises(SettingsError, match="not UTF-8") as raised:
        load(tmp_path, environment={})
    assert raised.value.where.endswith("ragkit.toml:2")


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "ragkit.toml").mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path, environment={})


def test_the_desk_is_found_from_inside(tmp_path: Path) -> None:
    outer, inner = tmp_path, tmp_path / "branch"
    (inner / "knowledge_base" / "faqs").mkdir(parents=True)
    a_desk(outer, "")
    assert find_root(inner / "knowledge_base" / "faqs") == inner
    assert find_root(inner) == inner
    assert find_root(outer) == outer


def test_no_desk(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no desk here"):
        find_root(tmp_path)


def test_a_misspelt_folder_is_not_the_desk_around_it(tmp_path: Path) -> None:
    a_desk(tmp_path, "")
    with pytest.raises(SettingsError, match="no such folder"):
        find_root(tmp_path / "brnach")


def test_a_pipe_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "ragkit.toml")
    with pytest.raises(SettingsError, match="no regular file"):
        load(tmp_path, environment={})


def test_a_path_with_a_nul_character_is_named(tmp_path: Path) -> None:
    (tmp_path / "ragkit.toml").write_text('state = "a\\u0000b"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="NUL"):
        load(tmp_path, environment={})
