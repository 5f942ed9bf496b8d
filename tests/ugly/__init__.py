"""A knowledge base as a Chinese shop would drop it into a folder: every format, ugly on purpose.

Each module holds files of some formats, made with the real libraries: name -> content.
"""

from pathlib import Path

from tests.ugly import entries, pages, pdfs, sheets, texts, word

FORMATS = (word, sheets, pdfs, pages, texts, entries)


def write_folder(folder: Path) -> None:
    """Write the whole knowledge base into `folder`, with a link that leads back up into it."""
    for module in FORMATS:
        for name, make in module.FILES.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(make())
    (folder / "policies/zh/归档").symlink_to(folder / "policies", target_is_directory=True)
