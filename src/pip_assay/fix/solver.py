"""One question to uv, in a scratch folder: which releases fit together, by the metadata of wheels alone.

A question about the nearest releases goes to the index, since offline uv takes a farther release that it has in its
cache for one that it has not. Whether anything fits at all is first asked of the cache, which takes a twentieth of
the time; an answer that says that something was not there does not count.
"""

import os
import re
import sys
import time
from collections.abc import Iterable, Mapping

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix import lines
from pip_assay.fix.nouns import Target, Wish
from pip_assay.fix.questions import Pinned, Question, Solution
from pip_assay.fix.stubs import Stubs
from pip_assay.sources.resolve import process, sdists, uv_answer, wanted, words
from pip_assay.sources.resolve.nouns import Unfit, Wanted
from pip_assay.sources.resolve.uv import Uv, given, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from packaging.version import Version

    from pip_assay.net import Network

MOST = 40
"""So often uv is asked for one plan."""

ROUNDS = 20
"""So often it is asked again for what is held, each time without what it has named as impossible to have."""

SECONDS = 60.0
"""For one answer; which releases would do without a project may else mean reading all of their metadata."""

DAY = 24 * 60 * 60
UPDATE = "pip install --upgrade uv"

_NEVER_THERE = "it is taken to fit as it is"
SPENT = f"it was not tried, because the resolver had been asked {MOST} times"
SLOW = "it was not found in time"


class UvSolver:
    """uv, asked about one target, with files in the folder `scratch` alone until `deadline` (monotonic seconds).

    `now` is in seconds since the epoch. Offline only uv's cache is used, and then the nearest release may not be known.
    """

    def __init__(
        self, uv: Uv, target: Target, wish: Wish, environ: Mapping[str, str], network: "Network", scratch: str,
        deadline: float, now: float,
    ) -> None:  # fmt: skip
        self.calls = 0
        self.most = MOST
        self.notes: list[str] = []
        self._uv = uv
        self._target = target
        self._wish = wish
        self._indexes, self._environ = uv.settings(target.indexes, environ, uses_pip=target.uses_pip)
        self._offline = network.offline
        self._scratch = scratch
        self._deadline = deadline
        self._now = now
        every = self._environ.get("UV_INDEX_STRATEGY", "first-index") != "first-index"
        self._stubs = Stubs(os.path.join(scratch, "described"), self._indexes, network, every=every)
        self._below = target.below if target.universal else ""
        self._beyond = _beyond(os.path.join(scratch, "beyond"), self._below) if self._below else ()
        self._has_forks = bool(lines.forked(target))
        self._described: set[str] = set()
        self._offered: set[str] = set()
        self._left: dict[str, str] = {}
        self._young: set[str] = set()

    def present(self) -> Solution:
        """Return what is held as a solution; what cannot be had is described, or left out, and a note says so.

        Raises:
            Unreadable: uv fails.
        """
        unmovable = lines.unmovable(self._target)
        held = {each.name: each for each in self._target.held if each.name not in unmovable}
        pinned = frozenset(Pinned(each.name, each.marker, each.version) for each in self._target.held)
        question = Question(pinned=pinned, any_step=True, nearest=False)
        for name in sorted(unmovable):
            self.notes.append(f"{name} is of no index, or of no version that can be read: {_NEVER_THERE}")
        for _ in range(ROUNDS):
            code, said = self._answer(question)
            if not code:
                return lines.read(said, self._below)
            named = {name: why for name, (why, _) in uv_answer.blamed(said).items() if name in held}
            fresh = named.keys() - self._left.keys() - self._described - self._young
            if not fresh:
                break
            for name in sorted(fresh):
                self._without(name, held[name].version, named[name])
        return _refused(said)

    def ask(self, question: Question) -> Solution:
        """Return the answer; a project without a wheel that fits is described by its source distributions.

        Raises:
            Unreadable: uv fails.
        """
        while True:
            code, said = self._answer(question)
            if not code:
                return lines.read(said, self._below)
            if self._has_forks and not question.loose:
                question = question._replace(loose=True)
                continue
            named = {name for name, (why, _) in uv_answer.blamed(said).items() if why == uv_answer.NO_WHEEL}
            missing = sorted((named & question.excluded.keys()) - self._offered)
            added = [self._describe(name, question.excluded[name]) for name in missing]
            if not any(added):
                return _refused(said)

    def _without(self, name: str, version: str, why: str) -> None:
        """Go on without the wheel of a held release: described, as young as it is, or left out."""
        if why == uv_answer.TOO_NEW:
            self._young.add(name)
        elif why == uv_answer.NO_WHEEL:
            self._described.add(name)
            known = next((each.requires for each in self._target.inventory.dependencies if each.pin.name == name), ())
            self._stubs.held(name, version, (each.partition("==")[0] for each in known))
        else:
            self._left[name] = why
            people = wanted.people(Wanted(self._target.python, self._target.platform))
            self.notes.append(f"{name} {version}: {why.format(people)}, so {_NEVER_THERE}")

    def _describe(self, name: str, excluded: frozenset[str]) -> bool:
        """Return whether a project without wheels has releases now that uv may choose."""
        self._offered.add(name)
        least = min((lines.order(each.version) for each in self._target.held if each.name == name), default=None)

        def fits(version: "Version") -> bool:
            return str(version) not in excluded and (least is None or version >= least)

        return self._stubs.nearest(name, fits)

    def _answer(self, question: Question) -> tuple[int, str]:
        """Return uv's exit code, with what it has written where that is 0, else what it has said."""
        if not question.nearest and not self._offline:
            code, said = self._run(question, "--offline")
            if not code or not _lacks_cache(said):
                return code, said
        code, said = self._run(question, *(["--offline"] if self._offline else []))
        if code and self._offline and _lacks_cache(said):
            raise Unreadable("what a fix needs is not in the resolver's cache (--offline)", hint="drop --offline")
        return code, said

    def _run(self, question: Question, *options: str) -> tuple[int, str]:
        if self.calls >= self.most:
            return 1, SPENT
        self.calls += 1
        left = self._left.keys() - question.excluded.keys()
        handed = lines.hand_over(self._target, question, self._wish.level, left)
        handed = handed._replace(wanted=(*handed.wanted, *self._beyond))
        for name, content in zip(("in.in", "c.txt", "o.txt", "out.txt"), _in_files(handed), strict=True):
            write(self._scratch, name, content)
        indexes = self._indexes._replace(find_links=self._indexes.find_links + self._stubs.links())
        deadline = min(self._deadline, time.monotonic() + SECONDS)
        command = [*self._command(question), *options]
        try:
            ended = process.run(command, self._environ, self._scratch, deadline, given(indexes))
        except Unreadable:
            if self.calls == 1 or time.monotonic() >= self._deadline:
                raise
            return 1, SLOW
        if ended.code == 0:
            written = files.read_bytes(os.path.join(self._scratch, "out.txt"), process.MOST)
            return 0, written.decode("utf-8", "replace")
        if "unexpected argument" in ended.err:
            raise self._too_old(ended.err)
        return ended.code, ended.err

    def _command(self, question: Question) -> list[str]:
        target, wish = self._target, self._wish
        command = [
            self._uv.executable, "pip", "compile", "in.in", "-", "--output-file", "out.txt", "--constraint", "c.txt",
            "--override", "o.txt", "--resolution", "lowest-direct", "--quiet", "--color", "never", "--no-config",
            "--python", sys.executable, "--no-python-downloads", "--no-header", "--annotation-style", "line",
        ]  # fmt: skip
        command += [] if wish.allow_build else ["--only-binary", ":all:"]
        command += ["--universal"] if target.universal else []
        command += ["--python-version", target.python] if target.python else []
        command += ["--python-platform", target.platform] if target.platform and not target.universal else []
        pre = "allow" if self._indexes.pre else "explicit" if question.most else ""
        command += ["--prerelease", pre] if pre else []
        command += [f"--allow-insecure-host={host}" for host in self._indexes.trusted_hosts]
        return command + self._dates(question)

    def _dates(self, question: Question) -> list[str]:
        """Return the options that leave out young releases: by the project's own setting, and by the cooldown.

        What settles a flaw is excepted of the cooldown alone; what is held, of both.
        """
        now = _moment(self._now)
        own = self._target.exclude_newer.text if self._target.exclude_newer and not question.any_age else ""
        cool = _moment(self._now - self._wish.cooldown * DAY) if self._wish.cooldown else ""
        is_moment = own[:4].isdigit()  # uv takes "30 days" as well
        latest = cool if cool and (not own or (is_moment and cool < own)) else own
        if not latest:
            return []
        excepted = dict.fromkeys(question.fresh, own or now) if latest == cool else {}
        excepted |= dict.fromkeys(self._young, now)
        options = [("--exclude-newer-package", f"{name}={moment}") for name, moment in sorted(excepted.items())]
        return ["--exclude-newer", latest, *(word for option in options for word in option)]

    def _too_old(self, said: str) -> Unreadable:
        version = self._uv.version(self._environ, self._scratch, self._deadline)
        option = words.one_line(said.partition("'")[2].partition("'")[0])
        return Unreadable(f"{version} is too old for a fix: it does not know {option}", hint=UPDATE)


def _beyond(folder: str, below: str) -> tuple[str, ...]:
    """Return what is asked for above the last Python of a target, with its wheel made."""
    from pathlib import Path

    sdists.write(folder, sdists.Static(lines.BEYOND, "0", ()))
    (wheel,) = Path(folder).absolute().iterdir()
    return (lines.beyond(wheel.as_uri(), below),)


def _lacks_cache(said: str) -> bool:
    """Return whether an offline refusal may be for want of what uv has not kept; of a name with extras it says less."""
    text = words.unframed(said)
    return "network was disabled" in text or re.search(r"no versions of [\w.-]+\[", text) is not None


def _in_files(handed: lines.Handed) -> Iterable[tuple[str, ...]]:
    return handed.wanted, handed.limits, handed.overrides, handed.preferred


def _refused(said: str) -> Solution:
    """Return that nothing fits, and why.

    Raises:
        Unreadable: uv failed for another reason.
    """
    if said in (SPENT, SLOW):
        return Solution(unfit=said)
    error = uv_answer.refusal(said)
    if isinstance(error, Unfit):
        return Solution(unfit=error.what.removeprefix("no set of releases fits: "))
    raise error


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
