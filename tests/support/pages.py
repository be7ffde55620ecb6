"""The repository's Markdown pages: their links, headings and code."""

import posixpath
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import PurePosixPath
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from scavenger_ops.toolchain import ROOT

PARSER = MarkdownIt("commonmark").enable("table")
HTML_LINK = re.compile(r"""\b(?:href|src|srcset)=["']([^"'\s]+)""")
HTML_ANCHOR = re.compile(r"""\b(?:id|name)=["']([^"']+)["']""")


@cache
def repository_files() -> frozenset[str]:
    """Return the paths of all files that are, or would be, in a commit.

    Git uses an empty index in a temporary folder, because a source archive has no index.
    """
    with TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "--quiet", "--bare", folder], check=True)  # noqa: S607 - the user's own
        command = ["git", f"--git-dir={folder}", f"--work-tree={ROOT}", "ls-files", "--others", "--exclude-standard"]
        listed = subprocess.run([*command, "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return frozenset(path for path in listed.split("\0") if (ROOT / path).is_file())


@cache
def repository_paths() -> frozenset[str]:
    """Return the paths of these files and of their folders."""
    folders = {str(folder) for path in repository_files() for folder in PurePosixPath(path).parents}
    return repository_files() | folders


@dataclass(frozen=True)
class Link:
    """The target of a link or picture: the path of a page or file from the root, and an anchor there, if any."""

    written: str
    path: str
    anchor: str


@dataclass(frozen=True)
class Fence:
    """A fenced block: its language, if it names one, and its text."""

    language: str
    text: str
    is_closed: bool


class DocPage:
    """A Markdown file, by its path from the root of the repository."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @cached_property
    def _tokens(self) -> list[Token]:
        return PARSER.parse(self.text)

    def _inline(self) -> Iterator[Token]:
        for token in self._tokens:
            yield from token.children or []

    @cached_property
    def links(self) -> list[Link]:
        """All links and pictures that point into the repository. URLs are not checked."""
        attributes = {"link_open": "href", "image": "src"}
        written = [str(token.attrs[attributes[token.type]]) for token in self._inline() if token.type in attributes]
        html = [token.content for token in (*self._tokens, *self._inline()) if token.type.startswith("html")]
        written += [target for each in html for target in HTML_LINK.findall(each)]
        return [self._link(target) for target in written if not (urlsplit(target).scheme or target.startswith("//"))]

    def _link(self, target: str) -> Link:
        parts = urlsplit(target)
        named = posixpath.join(posixpath.dirname(self.path), unquote(parts.path))
        return Link(target, posixpath.normpath(named) if parts.path else self.path, unquote(parts.fragment))

    @cached_property
    def anchors(self) -> set[str]:
        """The anchors that a link to this page can have."""
        anchors = set(HTML_ANCHOR.findall(self.text))
        seen: Counter[str] = Counter()
        for opened, heading in zip(self._tokens, self._tokens[1:], strict=False):
            if opened.type == "heading_open":
                slug = github_slug("".join(token.content for token in heading.children or []))
                anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
                seen[slug] += 1
        return anchors

    @cached_property
    def codes(self) -> list[str]:
        """All inline code. A line break in it is a space."""
        return [token.content for token in self._inline() if token.type == "code_inline"]

    @cached_property
    def fences(self) -> list[Fence]:
        """All fenced blocks."""
        return [self._fence(token) for token in self._tokens if token.type == "fence"]

    def _fence(self, token: Token) -> Fence:
        assert token.map
        begin, end = token.map
        # Without a closing line, the block reaches to the end of the page.
        last_line = self.text.splitlines()[end - 1].strip(" >")
        return Fence(token.info.strip(), token.content, end - 1 > begin and last_line.startswith(token.markup))

    @cached_property
    def paragraphs(self) -> list[str]:
        """All text that is neither a code block nor HTML: one entry for each paragraph, cell and heading."""
        return [token.content for token in self._tokens if token.type == "inline"]


def github_slug(heading: str) -> str:
    """Return GitHub's anchor of a heading's text: words, digits and hyphens, with hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@cache
def pages() -> dict[str, DocPage]:
    """Return all pages, by path."""
    paths = sorted(path for path in repository_files() if path.endswith(".md"))
    return {path: DocPage(path, (ROOT / path).read_text()) for path in paths}


def current_pages() -> list[DocPage]:
    """Return all pages except those that also name things that no longer exist."""
    return [page for path, page in pages().items() if path not in ("CHANGELOG.md", "docs/how-to/upgrade.md")]
