#!/usr/bin/env python3
"""Turns Debian's own material into the rows of a helpdesk, in files that PostgreSQL's COPY reads.

    rows.py ORGANIZATION HELP_DIR OUT_DIR DOC_DIR...

ORGANIZATION is the UUID that owns the rows, HELP_DIR holds the help pages (see pages.py), the DOC_DIRs hold changelogs, as
/usr/share/doc does. The ids follow from the names, so that the same row has the same id in each run.
"""

import json
import sys
import uuid
from pathlib import Path
from typing import Iterable, Tuple

from changelogs import Fix, read_changelogs
from packages import Package, read_packages
from pages import Page, read_pages

ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": None})


def write(path: Path, rows: Iterable[Tuple[str, ...]]) -> None:
    """Writes COPY's text format: a line for each row, tabs between the columns."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write("\t".join(value.translate(ESCAPES) for value in row) + "\n")


class Rows:
    """The rows of one organization; the columns are in the order of schema.sql."""

    def __init__(self, organization: str) -> None:
        self.organization = organization

    def id(self, source_type: str, name: str) -> str:
        return str(uuid.uuid5(uuid.UUID(self.organization), f"{source_type}/{name}"))

    def kb_article(self, page: Page) -> Tuple[str, ...]:
        return (self.id("kb", page.name), self.organization, page.title, page.body, "public", page.desc)

    def kb_links(self, page: Page) -> Iterable[Tuple[str, ...]]:
        for edge_type, target in page.links:
            yield (self.organization, self.id("kb", page.name), self.id("kb", target), edge_type)

    def asset(self, package: Package) -> Tuple[str, ...]:
        metadata = package._asdict()
        name, section = metadata.pop("name"), metadata.pop("section")
        asset = self.id("asset", f"{name}:{package.architecture}")
        return (asset, self.organization, name, section, json.dumps(metadata, ensure_ascii=False))

    def ticket(self, fix: Fix) -> Tuple[str, ...]:
        bugs = ", ".join("#" + bug for bug in fix.bugs)
        return (
            self.id("ticket", f"{fix.package}/{fix.version}/{bugs}/{fix.text}"),
            self.organization,
            f"{fix.package}: {fix.summary}",
            f"{fix.details}\n\nDebian bug {bugs} in {fix.package}.".strip(),
            f"Fixed in {fix.package} {fix.version} by {fix.author} on {fix.date}.",
            "resolved",
        )


def main() -> None:
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    rows = Rows(sys.argv[1])
    pages = read_pages(Path(sys.argv[2]))
    out = Path(sys.argv[3])
    write(out / "kb_articles.tsv", map(rows.kb_article, pages))
    write(out / "kb_links.tsv", (link for page in pages for link in rows.kb_links(page)))
    write(out / "assets.tsv", map(rows.asset, read_packages()))
    write(out / "tickets.tsv", map(rows.ticket, read_changelogs(map(Path, sys.argv[4:]))))


if __name__ == "__main__":
    main()
