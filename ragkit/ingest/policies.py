"""From policy files to documents: front matter and numbered clauses in Markdown."""

from pathlib import Path
from typing import ClassVar

from ragkit.core.documents import DocumentKind, Loaded
from ragkit.core.errors import KnowledgeError, Problem
from ragkit.ingest import records
from ragkit.ingest.entries import PolicyEntry, TextBuilder, make_document
from ragkit.ingest.markdown import policy_parts, split_front_matter


class PolicyLoader:
    """Reads policies/*.md: front matter, then numbered clauses and tables under headings."""

    suffixes: ClassVar[tuple[str, ...]] = (".md",)

    def load(self, path: Path, *, source: str) -> Loaded:
        front, body, body_line = split_front_matter(
            records.read_text(path, source=source), source=source
        )
        located = records.parse_yaml(front, source=source, first_line=2)
        item = records.validate(PolicyEntry, located.value, source=source, line=located)
        entry = records.Entry({}, located, ())
        built = TextBuilder()
        built.text = body
        built.parts = list(
            policy_parts(
                body, title=item.title, first_line=body_line, locale=item.locale, source=source
            )
        )
        if not built.parts:
            raise KnowledgeError(
                [
                    Problem(
                        "the policy has no text below its front matter",
                        where=f"{source}:{body_line}",
                        fix="write numbered clauses (`1.1 ...`) under `## ` headings",
                    )
                ]
            )
        fields = {"kind": DocumentKind.POLICY, "title": item.title, "version": item.version}
        document = make_document(item, entry, built, source=source, **fields)
        return Loaded(documents=(document,))
