"""Reading case files: one JSON object a line, every problem named with its line."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from ragkit.core.errors import CasesError
from ragkit.core.evaluating import Sample

GOLDEN = "golden"  # tag


def load_samples(path: Path) -> tuple[tuple[Sample, ...], str]:
    """The cases of a file in its order, and the hash of its content.

    Raises `CasesError` for the first line that is no valid case or repeats an id, and for a file
    without cases.
    """
    try:
        raw = path.read_bytes()
        # not splitlines(): JSON strings may hold U+2028 and other breaks of Unicode as they are
        lines = raw.decode("utf-8-sig").split("\n")
    except OSError as error:
        reason = error.strerror or str(error)
        raise CasesError(
            f"the cases cannot be read: {reason}",
            where=str(path),
            fix="name a file with `--cases FILE`, or run `ragkit init` for a desk with cases",
        ) from error
    except UnicodeDecodeError as error:
        raise CasesError("not UTF-8", where=str(path), fix="save the file as UTF-8") from error
    samples = tuple(_parse(path, lines))
    if not samples:
        raise CasesError(
            "the file holds no cases", where=str(path), fix="write one JSON object on each line"
        )
    return samples, hashlib.sha256(raw).hexdigest()[:16]


def golden(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """The cases that a change of the knowledge is compared on: those tagged so, or else all."""
    tagged = tuple(sample for sample in samples if GOLDEN in sample.tags)
    return tagged or tuple(samples)


def _parse(path: Path, lines: list[str]) -> Iterator[Sample]:
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        try:
            sample = Sample.model_validate_json(line)
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            name = ".".join(map(str, detail["loc"]))
            what = f"`{name}`: {detail['msg']}" if name else detail["msg"]
            raise CasesError(
                f"unknown key `{name}`" if detail["type"] == "extra_forbidden" else what,
                where=where,
                fix=f"known keys: {', '.join(Sample.model_fields)}",
            ) from error
        if sample.id in seen:
            raise CasesError(
                f"the id `{sample.id}` is taken by line {seen[sample.id]}",
                where=where,
                fix="give each case an id of its own; cases that ask the same share a `cluster`",
            )
        seen[sample.id] = number
        yield sample
