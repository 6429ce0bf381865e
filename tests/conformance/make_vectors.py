"""Write random pairs of versions, and what the reference implementation of their order says of each pair.

    python tests/conformance/make_vectors.py rpm > tests/conformance/vectors/rpm.txt

and likewise `dpkg`, `apk` and `semver`. What it asks is the program `rpm` (4.16 or newer), `dpkg` or `apk` (3 or
newer), or the package semver from the index. The pairs depend on the seed alone: a vector changes only if the answer
does. Versions that the implementation refuses are left out.
"""

import importlib
import importlib.metadata
import random
import subprocess
import sys
from collections.abc import Callable, Iterator

PAIRS = 2000
SEED = 11

Pair = tuple[str, str]

_NUMBERS = ("0", "1", "2", "9", "10", "07", "300")
_SIGNS = ("", "", ".", ".1", ".0", ".00", "~", "^", "_", "+", "a", "b1", "rc", "~rc2", "^git5", "..", "20240131", "Z")
_RELEASES = ("", "", "-0", "-1", "-01", "-2", "-10", "-1~a", "-1.el8", "-1.el8_6", "-1.el8_10", "-15.module+el8.4.0+1")
_DEBIAN_SIGNS = (*(each for each in _SIGNS if each not in {"^", "_", "^git5"}), "-", ":2", "~~", "+dfsg", "-1")
_DEBIAN_REVISIONS = ("", "", "-0", "-1", "-1+b1", "-1+deb12u1", "-1+deb12u10", "-1ubuntu0.1", "-1~bpo12+1", "-2")
_APK_NUMBERS = ("", ".0", ".1", ".9", ".10", ".01", ".00", ".010", ".100")
_APK_SUFFIXES = tuple(
    f"_{word}{number}"
    for word in ("alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p")
    for number in ("", "0", "1", "01", "20240131")
)
_IDENTIFIERS = ("", ".0", ".1", ".10", ".a", ".alpha", ".beta-2", ".1a", ".A", ".-", ".999")

SLOTS: dict[str, list[tuple[str, ...]]] = {
    "rpm": [("", "", "0:", "1:", "02:"), _NUMBERS, *4 * [_SIGNS], _RELEASES],
    "dpkg": [("", "0:", "1:", "02:"), _NUMBERS, *4 * [_DEBIAN_SIGNS], _DEBIAN_REVISIONS],
    "apk": [
        _NUMBERS, *2 * [_APK_NUMBERS], ("", "", "a", "b", "z"), *2 * [(*len(_APK_SUFFIXES) * ("",), *_APK_SUFFIXES)],
        ("", "", "", "~0", "~0a", "~ff"), ("", "-r0", "-r00", "-r1", "-r01", "-r10"),
    ],
    "semver": [
        *2 * [("0.", "1.", "2.", "10.", "300.")], ("0", "1", "10", "99999"), ("", "-0", "-1", "-rc", "-alpha", "-x-1"),
        *2 * [_IDENTIFIERS], ("", "", "", "+1", "+a-b.c"),
    ],
}  # fmt: skip
"""What a version of each order is put together from: one choice for each place."""


def pairs(order: str) -> Iterator[Pair]:
    """Yield pairs of versions, most of them alike but for one or two places."""
    source = random.Random(SEED)
    while True:
        one = [source.choice(choices) for choices in SLOTS[order]]
        places = source.sample(range(len(one)), source.choice((1, 1, 1, 2, 2, len(one))))
        other = [source.choice(SLOTS[order][at]) if at in places else part for at, part in enumerate(one)]
        yield "".join(one), "".join(other)


def _asked(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def by_rpm(one: str, other: str) -> str:
    return {"-1": "<", "0": "=", "1": ">"}[_asked("rpm", "--eval", f'%{{lua: print(rpm.vercmp("{one}", "{other}"))}}')]


def by_dpkg(one: str, other: str) -> str:
    signs = {"lt": "<", "eq": "=", "gt": ">"}
    asked = {sign: subprocess.run(["dpkg", "--compare-versions", one, word, other], capture_output=True, check=False)
             for word, sign in signs.items()}  # fmt: skip
    return "".join(sign for sign, answer in asked.items() if answer.returncode == 0 and not answer.stderr)


def by_apk(one: str, other: str) -> str:
    return "" if _asked("apk", "version", "--check", one, other) else _asked("apk", "version", "--test", one, other)


def by_semver(one: str, other: str) -> str:
    version = importlib.import_module("semver").Version
    if not (version.is_valid(one) and version.is_valid(other)):
        return ""
    return "=><"[version.parse(one).compare(other)]


REFERENCES: dict[str, Callable[[str, str], str]] = {
    "rpm": by_rpm, "dpkg": by_dpkg, "apk": by_apk, "semver": by_semver,
}  # fmt: skip


def main(order: str) -> None:
    """Print the vectors of one order."""
    is_package = order == "semver"
    release = f"semver {importlib.metadata.version(order)}" if is_package else _asked(order, "--version").split("\n")[0]
    print(f"# {release}: {PAIRS} pairs, seed {SEED}, by tests/conformance/make_vectors.py {order}")
    written: set[Pair] = set()
    for pair in pairs(order):
        if pair[0] == pair[1] or pair in written:
            continue
        if sign := REFERENCES[order](*pair):
            written.add(pair)
            print(pair[0], sign, pair[1])
        if len(written) == PAIRS:
            return


if __name__ == "__main__":
    main(sys.argv[1])
