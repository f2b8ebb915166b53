"""Reads this machine's installed Debian packages as a helpdesk's assets."""

import subprocess
from typing import Iterator, NamedTuple

FIELDS = ("Package", "Architecture", "Version", "Section", "Description")
INSTALLED = "ii"
FIELD_END, RECORD_END = "\x1f", "\x1e"  # the ASCII separators: a description has lines of its own


class Package(NamedTuple):
    name: str
    architecture: str
    version: str
    section: str
    summary: str
    description: str


def read_packages() -> Iterator[Package]:
    """The installed packages, by name and architecture."""
    record = FIELD_END.join("${%s}" % field for field in ("db:Status-Abbrev", *FIELDS)) + RECORD_END
    output = subprocess.run(["dpkg-query", "--show", "--showformat", record], check=True, capture_output=True)
    for line in output.stdout.decode(errors="replace").split(RECORD_END)[:-1]:
        status, *fields, text = line.split(FIELD_END)
        if status.strip() == INSTALLED:
            summary, _, description = text.partition("\n")
            yield Package(*fields, summary, paragraphs(description))


def paragraphs(description: str) -> str:
    """Debian's form of a long description (each line indented, a lone dot for a blank line) as plain paragraphs."""
    lines = (line.strip() for line in description.splitlines())
    return "\n".join("" if line == "." else line for line in lines)
