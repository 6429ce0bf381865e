"""The options of a requirements file, read as pip's own option parser reads them."""

import os
import re

from pip_assay.values import NamedTuple

_TAKES_VALUE = {
    "--index-url": True, "--pypi-url": True, "--extra-index-url": True, "--no-index": False, "--constraint": True,
    "--requirement": True, "--editable": True, "--find-links": True, "--no-binary": True, "--only-binary": True,
    "--prefer-binary": False, "--require-hashes": False, "--no-require-hashes": False, "--pre": False,
    "--all-releases": True, "--only-final": True, "--trusted-host": True, "--use-feature": True, "--hash": True,
    "--config-settings": True,
}  # fmt: skip
_SHORT = {
    "-i": "--index-url", "-c": "--constraint", "-r": "--requirement", "-e": "--editable", "-f": "--find-links",
    "-C": "--config-settings",
}  # fmt: skip
_HASHES = re.compile(r"(?:--hash=sha(?:256|384|512):[0-9a-fA-F]+ *)+")
_STRONG = ("sha256:", "sha384:", "sha512:")


class Options(NamedTuple):
    """What all the files read together say about the whole install.

    The addresses are as written, with credentials and ${VARIABLES} filled in, for the resolver alone: its text form
    does not show them. An empty `index_url` means that no file names one.
    """

    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    no_index: bool = False
    find_links: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    only_binary: tuple[str, ...] = ()
    prefer_binary: bool = False
    pre: bool = False
    all_releases: tuple[str, ...] = ()
    only_final: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    require_hashes: bool = False
    no_require_hashes: bool = False

    def __repr__(self) -> str:
        return f"<Options: {', '.join(name for name, value in self._asdict().items() if value) or 'none'}>"


class Given(NamedTuple):
    """The options of one line: (long name, value) pairs, the words that are none, and the first that is wrong."""

    pairs: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    wrong: str = ""

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of that option, in order."""
        return tuple(value for option, value in self.pairs if option == name)


def split(line: str) -> tuple[str, str]:
    """Return what stands before the first space-separated word that begins with "-", and the rest."""
    if line.startswith("-"):
        return "", line
    text, dash, rest = line.partition(" -")
    return text.strip(), dash.strip() + rest


def parse(text: str) -> Given:
    """Return the options in the text."""
    if _HASHES.fullmatch(text):
        return Given(tuple(("--hash", word[7:]) for word in text.split()))
    try:
        words = _words(text)
    except ValueError:
        return Given(wrong="has a quotation mark without its partner")
    pairs: list[tuple[str, str]] = []
    others: list[str] = []
    wrong = ""
    words.reverse()
    while words:
        word = words.pop()
        if word == "--":
            others += reversed(words)
            break
        if word[:1] != "-" or word == "-":
            others.append(word)
            continue
        name, value, problem = _option(word, words)
        wrong = wrong or problem
        if not problem:
            pairs.append((name, value))
    return Given(tuple(pairs), tuple(others), wrong)


def _words(text: str) -> list[str]:
    if any(mark in text for mark in "'\"\\"):
        import shlex

        return shlex.split(text)
    return [word for word in re.split(r"[ \t\r\n]+", text) if word]


def _option(word: str, following: list[str]) -> tuple[str, str, str]:
    """Return long name, value and what is wrong; a value that stands apart is taken from the end of `following`."""
    if word.startswith("--"):
        written, equals, value = word.partition("=")
        name, attached = _long(written), bool(equals)
    else:
        written, value = word[:2], word[2:]
        name, attached = _SHORT.get(written, ""), bool(value)
    if not name:
        return "", "", f"has an option that pip does not know: {written}"
    if not _TAKES_VALUE[name]:
        return name, "", f"gives {written} a value, which it does not take" if attached else ""
    if not attached:
        if not following:
            return name, "", f"gives {written} no value"
        value = following.pop()
    if name == "--hash" and not value.startswith(_STRONG):
        return name, "", "has a --hash that does not begin with sha256:, sha384: or sha512:"
    return "--index-url" if name == "--pypi-url" else name, value, ""


def _long(written: str) -> str:
    """Return the option's full name; the beginning of a name is enough where only one has it, as in pip."""
    if written in _TAKES_VALUE:
        return written
    possible = [name for name in _TAKES_VALUE if name.startswith(written)]
    return possible[0] if len(possible) == 1 else ""


def after(options: Options, given: Given, folder: str) -> Options:
    """Return the options as they are after a line of options in a file of that folder.

    As in pip, a line that names an index forgets those before it, and one that wants none forgets them for good; only
    the first --find-links of a line counts, and is taken from the file's folder if it is there.
    """
    names = {name for name, _ in given.pairs}
    no_index = options.no_index or "--no-index" in names
    index_url, extra = options.index_url, options.extra_index_urls
    if named := given.values("--index-url")[-1:]:
        index_url, extra = named[0], ()
    extra += given.values("--extra-index-url")
    links = [_found(link, folder) for link in given.values("--find-links")[:1]]
    return Options(
        index_url="" if no_index else index_url,
        extra_index_urls=() if no_index else extra,
        no_index=no_index,
        find_links=(*options.find_links, *links),
        no_binary=options.no_binary + given.values("--no-binary"),
        only_binary=options.only_binary + given.values("--only-binary"),
        prefer_binary=options.prefer_binary or "--prefer-binary" in names,
        pre=options.pre or "--pre" in names,
        all_releases=options.all_releases + given.values("--all-releases"),
        only_final=options.only_final + given.values("--only-final"),
        trusted_hosts=options.trusted_hosts + given.values("--trusted-host"),
        require_hashes=options.require_hashes or "--require-hashes" in names,
        no_require_hashes=options.no_require_hashes or "--no-require-hashes" in names,
    )


def _found(link: str, folder: str) -> str:
    inside = os.path.join(os.path.abspath(folder), link)
    return inside if os.path.exists(inside) else link
