"""Reads Debian changelogs; each item that closes a bug is a ticket that was resolved."""

import gzip
import re
from itertools import islice
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, NamedTuple, Tuple

NEWEST_PER_PACKAGE = 4

HEADER = re.compile(r"(?P<package>[a-z0-9][a-z0-9.+-]+) \((?P<version>[^)\s]+)\)")
SIGNATURE = re.compile(r" -- (?P<name>.*?) <[^>]*>  \w+, (?P<date>[\d]+ \w+ \d+)")
BULLET = re.compile(r"\s+[*+-]\s+")
CONTRIBUTOR = re.compile(r"\s+\[ .* \]$")
BUG = r"(?:bug)?#?\s?\d+"
CLOSES = re.compile(rf"[(\[]?\bcloses:?\s*({BUG}(?:,\s*{BUG})*)[)\]]?\.?", re.IGNORECASE)
SENTENCE_END = re.compile(r"(?<=[.;])\s+")


class Fix(NamedTuple):
    package: str  # the source package
    version: str  # the first version without the bug
    bugs: Tuple[str, ...]
    text: str
    author: str
    date: str

    @property
    def summary(self) -> str:
        return SENTENCE_END.split(self.text, maxsplit=1)[0].rstrip(".;:")

    @property
    def details(self) -> str:
        return SENTENCE_END.sub("\0", self.text, count=1).partition("\0")[2]


def read_changelogs(doc_dirs: Iterable[Path]) -> List[Fix]:
    """The newest fixes of each source package, each once however many packages carry the changelog."""
    newest: Dict[str, List[Fix]] = {}
    for path in changelogs(doc_dirs):
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as file:
            header = HEADER.match(file.readline())  # none in an upstream project's own changelog
            if header and header["package"] not in newest:
                file.seek(0)
                newest[header["package"]] = list(islice(fixes(file), NEWEST_PER_PACKAGE))
    # Packages that were one package once share the older part of their changelogs.
    return list(dict.fromkeys(fix for package in sorted(newest) for fix in newest[package]))


def changelogs(doc_dirs: Iterable[Path]) -> List[Path]:
    """A package has changelog.Debian.gz, or changelog.gz when it is Debian's own; binary rebuilds and news do not count."""
    names = ("changelog.Debian.gz", "changelog.gz")
    found = {path.resolve() for folder in doc_dirs for name in names for path in folder.glob(f"*/{name}")}
    return sorted(path for path in found if path.is_file())


def fixes(lines: Iterable[str]) -> Iterator[Fix]:
    """The items that close bugs, newest first."""
    header, items = None, []
    for line in lines:
        signature = SIGNATURE.match(line)
        if HEADER.match(line):
            header, items = HEADER.match(line), []
        elif header and signature:
            for item in items:
                yield from fix(item, header, signature)
            header = None
        elif BULLET.match(line):
            items.append(BULLET.sub("", line, count=1))
        elif items and not CONTRIBUTOR.match(line):
            items[-1] += line


def fix(item: str, header: re.Match, signature: re.Match) -> Iterator[Fix]:
    bugs = tuple(bug for closes in CLOSES.findall(item) for bug in re.findall(r"\d+", closes))
    text = " ".join(CLOSES.sub(" ", item).split())
    if bugs and text:
        yield Fix(header["package"], header["version"], bugs, text, signature["name"], signature["date"])
