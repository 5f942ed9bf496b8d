"""Whether a file is a Word file that can be opened, before anything of it is unpacked."""

import io
import zipfile

from ragkit.core.errors import KnowledgeError, Problem

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # compound files: .doc, and .docx with a password
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MAX_XML = 128 * 2**20  # bytes of XML unpacked; a book of 1000 pages has some 20 MiB
_MAX_PACKAGE = 1024 * 2**20  # bytes of everything unpacked, pictures too
AGAIN = "open it in Word or WPS and save it again as .docx; if it does not open, get a new copy"
_SAVE = "open it in Word or WPS and save it as .docx (Word Document)"


def check_package(raw: bytes, source: str) -> None:
    """Raises `KnowledgeError` for what is no Word file, and for one that unpacks to too much."""
    if not raw:
        raise unreadable("the file is empty (0 bytes)", source, "save it again, or remove it")
    if raw.startswith(_OLE):
        if _ENCRYPTED in raw:
            raise unreadable(
                "the Word file is protected with a password",
                source,
                "open it in Word, take the password off (File > Info > Protect Document), save it",
            )
        raise unreadable("this is a file of Word 97-2003 (.doc) with another name", source)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, LookupError, RuntimeError) as error:
        cut = raw.startswith(b"PK")
        what = "the Word file is damaged or cut off" if cut else "this is no Word file"
        raise unreadable(what, source, AGAIN if cut else _SAVE) from error
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names or not any(name.startswith("word/") for name in names):
        raise unreadable("this is a zip file, but no Word file", source)
    xml = sum(each.file_size for each in entries if each.filename.endswith((".xml", ".rels")))
    if xml > _MAX_XML or sum(each.file_size for each in entries) > _MAX_PACKAGE:
        raise unreadable(
            f"the Word file unpacks to too much ({xml // 2**20} MiB of text and layout)",
            source,
            "split it into several files, and remove what is no text",
        )


def unreadable(what: str, source: str, fix: str = _SAVE) -> KnowledgeError:
    """The error that says why a Word file is not read."""
    return KnowledgeError([Problem(what, where=source, fix=fix)])
