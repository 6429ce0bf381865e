"""A dry run of an install, by uv: whether what was written can be installed, with its hashes. Nothing is installed."""

import sys
from collections.abc import Collection, Sequence

from pip_assay.errors import Unreadable
from pip_assay.fix.nouns import Target
from pip_assay.fix.planning import lines
from pip_assay.fix.tools import Tools
from pip_assay.sources.resolve import uv_answer, words
from pip_assay.sources.resolve.uv import given, write

ROUNDS = 10


def install(
    paths: Sequence[str], target: Target, tools: Tools, folder: str, *, needs: bool = True, hashed: bool = False,
    limits: str = "", without: Collection[str] = (),
) -> tuple[tuple[str, ...], tuple[str, ...]]:  # fmt: skip
    """Return what was tried, and what is wrong. What has no wheel, and would have to be built, is left out and told.

    paths   requirements files of nothing but releases, in or below `folder`, in which uv may write.
    needs   whether what they need is installed as well; without it they are taken as a part of what is there.
    hashed  whether every release must have a hash.
    limits  a file of constraints in the folder.
    without  names of projects that are taken to be there, whoever needs them.
    """
    what = "an install with hashes (dry run by uv)" if hashed else "an install (dry run by uv)"
    left: set[str] = set()
    without = {*without, *lines.own(target)}
    try:
        uv, indexes, seen = tools.uv(target.indexes)
        for _ in range(ROUNDS):
            write(folder, "left-out.txt", (f'{name} ; python_version < "0"' for name in sorted({*left, *without})))
            command = [uv, *_words(target), *([] if needs else ["--no-deps"])]
            command += ["--require-hashes"] if hashed and not left else []
            command += ["--prerelease", "allow"] if indexes.pre else []
            command += ["--constraint", limits] if limits else []
            command += [f"--allow-insecure-host={host}" for host in indexes.trusted_hosts]
            command += [word for path in ("-", *paths) for word in ("-r", path)]
            ended = tools.ask_uv(command, folder, given(indexes), seen)
            if not ended.code:
                return (_told(what, left),), ()
            blamed = _without_wheel(ended.err) - left
            if not blamed:
                return (what,), (f"{what} fails: {words.one_line(words.unframed(ended.err))}",)
            left |= blamed
    except Unreadable as error:
        return (), (f"{what} could not be tried: {error.what}",)
    return (), (f"{what} could not be tried: too much of it has no wheel",)


def _words(target: Target) -> list[str]:
    return [
        "pip", "install", "--dry-run", "--quiet", "--color", "never", "--no-config", "--only-binary", ":all:",
        "--python", sys.executable, "--no-python-downloads", "--target", "nowhere", "--override", "left-out.txt",
        *(["--python-version", target.python] if target.python else []),
        *(["--python-platform", target.platform] if target.platform else []),
    ]  # fmt: skip


def _without_wheel(said: str) -> set[str]:
    """Return the projects that a refusal names as having no wheel: any other is a fault of what was written."""
    return {name for name, (why, _) in uv_answer.blamed(said).items() if why == uv_answer.NO_WHEEL}


def _told(what: str, left: set[str]) -> str:
    return f"{what}, without {', '.join(sorted(left))}, of which no wheel is known" if left else what
