#!/usr/bin/env python3
"""Reads GNOME's help pages (Mallard XML) as titles, descriptions, readable text and links.

    pages.py HELP_DIR       prints one JSON object a line: name, title, desc, body, links, question

HELP_DIR is the language's folder of the unpacked package gnome-user-docs: usr/share/help/C for English.
"""

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Tuple

MALLARD = "{http://projectmallard.org/1.0/}"
CONDITIONAL = "{http://projectmallard.org/if/1.0/}"

# What a reader of the page does not see in its text: page data, editors' notes, navigation, pictures.
UNSEEN = {MALLARD + tag for tag in ("info", "comment", "links", "media", "desc", "subtitle")}
LISTS = {MALLARD + tag for tag in ("list", "steps", "terms", "tree", "table")}
VERBATIM = {MALLARD + tag for tag in ("screen", "code")}
LINES = {MALLARD + tag for tag in ("p", "title", "cite")}
JOINED = {MALLARD + "keyseq": "+", MALLARD + "guiseq": " > "}

LINK_TYPES = ("seealso", "guide", "topic")


class Page(NamedTuple):
    name: str  # document/page, such as gnome-help/printing-paperjam
    title: str
    desc: str  # one line about the page, kept out of its body
    body: str  # blocks with a blank line between; the items of a list are lines of one block
    links: List[Tuple[str, str]]  # (link type, name of the page it leads to)

    @property
    def question(self) -> bool:
        """Whether the description makes a fair question that this page answers: the user's guide, and no mere menu of pages."""
        return self.name.startswith("gnome-help/") and self.desc != "" and len(self.body) >= 200


def squeeze(text: str) -> str:
    return " ".join(text.split())


def inline(element: ElementTree.Element) -> str:
    """The text in an element with its markup taken away; white space as it stands."""
    if element.tag in JOINED:
        return JOINED[element.tag].join(squeeze(inline(child)) for child in element)
    parts = [element.text or ""]
    for child in element:
        parts.append(inline(child))
        parts.append(child.tail or "")
    return "".join(parts)


def shown(element: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """The children that a reader sees; of alternatives, the first."""
    for child in element:
        if child.tag == CONDITIONAL + "choose":
            yield from shown(child[0])
        elif child.tag == CONDITIONAL + "if":
            yield from shown(child)
        elif child.tag not in UNSEEN:
            yield child


def blocks(element: ElementTree.Element) -> Iterator[str]:
    """The paragraphs and the like. A section that has no text but its title is a heading of a menu, and is left out."""
    for child in shown(element):
        if child.tag in LINES:
            yield squeeze(inline(child))
        elif child.tag in VERBATIM:
            yield re.sub(r"\n\s*\n", "\n", inline(child)).strip()
        elif child.tag in LISTS:
            yield "\n".join(items(child))
        elif any(part.tag != MALLARD + "title" for part in shown(child)):
            yield from blocks(child)


def items(element: ElementTree.Element) -> Iterator[str]:
    """The lines of a list or table: one for each item or row, more when an item has more than one paragraph."""
    for child in shown(element):
        if child.tag == MALLARD + "tr":
            yield " | ".join(" ".join(blocks(cell)) for cell in child)
        elif child.tag == MALLARD + "item":
            yield from blocks(child)
        elif child.tag in LINES:
            yield squeeze(inline(child))
        else:
            yield from items(child)


def references(root: ElementTree.Element, document: str) -> Iterator[Tuple[ElementTree.Element, str]]:
    """The links to other pages, each with the name of the page it leads to."""
    for link in root.iter(MALLARD + "link"):
        page = link.get("xref", "").split("#")[0]
        if page:
            yield link, f"{document}/{page}"


def read_page(name: str, root: ElementTree.Element, titles: Dict[str, str]) -> Page:
    document = name.split("/")[0]
    links = set()
    for link, target in references(root, document):
        if target in titles and link.get("type") in LINK_TYPES:
            links.add((link.get("type"), target))
        elif not squeeze(inline(link)):  # such a link shows the title of the page it leads to
            link.text = titles.get(target, "")
    desc = root.find(f"{MALLARD}info/{MALLARD}desc")
    root.remove(root.find(MALLARD + "title"))
    body = "\n\n".join(block for block in blocks(root) if block)
    return Page(name, titles[name], "" if desc is None else squeeze(inline(desc)), body, sorted(links))


def read_pages(help_dir: Path) -> List[Page]:
    """Every page of every document, by name."""
    paths = sorted(help_dir.glob("*/*.page"))
    roots = {f"{path.parent.name}/{path.stem}": ElementTree.parse(path).getroot() for path in paths}
    titles = {name: squeeze(inline(root.find(MALLARD + "title"))) for name, root in roots.items()}
    return [read_page(name, root, titles) for name, root in roots.items()]


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for page in read_pages(Path(sys.argv[1])):
        print(json.dumps({**page._asdict(), "question": page.question}, ensure_ascii=False))


if __name__ == "__main__":
    main()
