"""Which files a knowledge base has, whatever else lies about in its folders."""

import hashlib
import os
from pathlib import Path

import pytest

from ragkit.ingest.files import find_files


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


FOUND: dict[str, tuple[list[str], list[str]]] = {  # id: (files, names of those found)
    "nothing": ([], []),
    "in order of their names": (
        ["scripts/a.yaml", "faqs/b.yaml", "faqs/a/z.yaml", "faqs/a.yaml"],
        ["faqs/a.yaml", "faqs/a/z.yaml", "faqs/b.yaml", "scripts/a.yaml"],
    ),
    "Chinese names and spaces": (["faqs/运费 规则（新）.xlsx"], ["faqs/运费 规则（新）.xlsx"]),
    "rule packs are not documents": (
        ["rules/zh/a.yaml", "faqs/rules/a.yaml"],
        ["faqs/rules/a.yaml"],
    ),
    "hidden files and folders": (["faqs/.a.yaml", ".git/config", "faqs/.cache/a.yaml"], []),
    "open in an office": (["faqs/~$运费.docx", "faqs/.~lock.a.xlsx#", "faqs/~WRL0001.tmp"], []),
    "of unknown formats": (["faqs/a.mp4", "README"], ["README", "faqs/a.mp4"]),
}


@pytest.mark.parametrize(("names", "found"), FOUND.values(), ids=FOUND.keys())
def test_found_files(tmp_path: Path, names: list[str], found: list[str]) -> None:
    write(tmp_path, *names)
    assert list(find_files(tmp_path)) == found


def test_no_folder_has_no_files(tmp_path: Path) -> None:
    assert find_files(tmp_path / "missing") == {}
    write(tmp_path, "file")
    assert find_files(tmp_path / "file") == {}


def test_size_and_time_are_those_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, "faqs/a.yaml")
    path = tmp_path / "faqs" / "a.yaml"
    os.utime(path, ns=(1, 1_700_000_000_123_456_789))
    file = find_files(tmp_path)["faqs/a.yaml"]
    assert (file.path, file.sidecar) == (path, None)
    assert (file.size, file.mtime_ns) == (11, 1_700_000_000_123_456_789)


SIDECARS: dict[str, tuple[list[str], dict[str, str | None]]] = {
    # id: (files, the sidecar of each found)
    "of a Word file": (["p/a.docx", "p/a.docx.yaml"], {"p/a.docx": "p/a.docx.yaml"}),
    "with the short suffix": (["p/a.pdf", "p/a.pdf.yml"], {"p/a.pdf": "p/a.pdf.yml"}),
    "of a YAML file": (["p/a.yaml", "p/a.yaml.yaml"], {"p/a.yaml": "p/a.yaml.yaml"}),
    "without its file": (["p/a.docx.yaml"], {"p/a.docx.yaml": None}),
    "in another folder": (["p/a.docx", "a.docx.yaml"], {"a.docx.yaml": None, "p/a.docx": None}),
    "two of them: none is lost": (
        ["p/a.md", "p/a.md.yaml", "p/a.md.yml"],
        {"p/a.md": "p/a.md.yml", "p/a.md.yaml": None},
    ),
    "a file without a suffix has none": (
        ["faqs/freight", "faqs/freight.yaml"],
        {"faqs/freight": None, "faqs/freight.yaml": None},
    ),
}


@pytest.mark.parametrize(("names", "sidecars"), SIDECARS.values(), ids=SIDECARS.keys())
def test_sidecars(tmp_path: Path, names: list[str], sidecars: dict[str, str | None]) -> None:
    write(tmp_path, *names)
    found = find_files(tmp_path)
    told = {
        name: file.sidecar.relative_to(tmp_path).as_posix() if file.sidecar else None
        for name, file in found.items()
    }
    assert told == sidecars


def test_a_changed_sidecar_is_a_changed_file(tmp_path: Path) -> None:
    write(tmp_path, "p/a.docx", "p/a.docx.yaml")
    os.utime(tmp_path / "p/a.docx", ns=(5, 5))
    os.utime(tmp_path / "p/a.docx.yaml", ns=(9, 9))
    before = find_files(tmp_path)["p/a.docx"]
    assert (before.size, before.mtime_ns) == (8 + 13, 9)
    digest = before.sha256()
    (tmp_path / "p/a.docx.yaml").write_text("p/a.docx.yamL", encoding="utf-8")
    assert find_files(tmp_path)["p/a.docx"].sha256() != digest


def test_the_hash_is_that_of_the_hashes(tmp_path: Path) -> None:
    """What one file loses at its end does not stand at the beginning of the other."""
    write(tmp_path, "p/a.md", "p/a.md.yaml", "p/b.md")
    inner = [hashlib.sha256(name.encode()).digest() for name in ("p/a.md", "p/a.md.yaml")]
    found = find_files(tmp_path)
    assert found["p/a.md"].sha256() == hashlib.sha256(b"".join(inner)).hexdigest()
    plain = hashlib.sha256(hashlib.sha256(b"p/b.md").digest()).hexdigest()
    assert found["p/b.md"].sha256() == plain


def test_links_to_files_and_folders_are_followed_once(tmp_path: Path) -> None:
    write(tmp_path, "kb/faqs/a.yaml", "elsewhere/b.yaml")
    kb = tmp_path / "kb"
    (kb / "faqs" / "linked").symlink_to(tmp_path / "elsewhere")
    (kb / "faqs" / "loop").symlink_to(kb)
    (kb / "faqs" / "c.yaml").symlink_to(tmp_path / "elsewhere" / "b.yaml")
    assert list(find_files(kb)) == ["faqs/a.yaml", "faqs/c.yaml", "faqs/linked/b.yaml"]


def test_links_that_lead_nowhere_are_told(tmp_path: Path) -> None:
    write(tmp_path, "faqs/a.yaml")
    (tmp_path / "faqs" / "gone.yaml").symlink_to(tmp_path / "missing")
    (tmp_path / "faqs" / "self.yaml").symlink_to(tmp_path / "faqs" / "self.yaml")
    found = find_files(tmp_path)
    assert list(found) == ["faqs/a.yaml", "faqs/gone.yaml", "faqs/self.yaml"]
    for name in ("faqs/gone.yaml", "faqs/self.yaml"):
        assert (found[name].size, found[name].mtime_ns) == (-1, -1)
        with pytest.raises(OSError):
            found[name].sha256()


def test_a_name_of_an_old_archive_is_found_and_can_be_written(tmp_path: Path) -> None:
    """Zip files from Windows hold names in GBK; 运费 is D4 CB B7 D1 there."""
    faqs = tmp_path / "faqs"
    faqs.mkdir()
    raw = os.fsencode(faqs) + b"/\xd4\xcb\xb7\xd1.yaml"
    with open(raw, "wb") as file:  # noqa: PTH123 - a name that is no text
        file.write(b"abc")
    [(name, found)] = find_files(tmp_path).items()
    assert name == "faqs/\\xd4\u02f7\\xd1.yaml"  # CB B7 happens to be a letter in UTF-8
    assert name.encode()
    assert found.path.read_bytes() == b"abc"
    assert found.size == 3


def test_a_deep_tree(tmp_path: Path) -> None:
    name = "/".join(["faqs", *("d" * 10 for _ in range(60)), "a.yaml"])
    write(tmp_path, name)
    assert list(find_files(tmp_path)) == [name]
