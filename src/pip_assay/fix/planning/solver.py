"""One question to uv, in a scratch folder: which releases fit together, by the metadata of wheels alone.

A question about the nearest releases goes to the index, since offline uv takes a farther release that it has in its
cache for one that it has not. Whether anything fits at all is first asked of the cache, which takes a twentieth of
the time. That nothing does counts only once the index was asked, and if it is not for want of something in the cache.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pip_assay import files
from pip_assay.errors import Unreadable
from pip_assay.fix.nouns import Target, Wish
from pip_assay.fix.planning import lines, stubs
from pip_assay.fix.planning.questions import Pinned, Question, Solution
from pip_assay.fix.planning.remembered import SPENT
from pip_assay.fix.planning.stubs import Stubs
from pip_assay.model import INTERNAL
from pip_assay.sources.resolve import Index, process, sdists, uv_answer, wanted, words
from pip_assay.sources.resolve.nouns import Unfit, Wanted
from pip_assay.sources.resolve.uv import Uv, given, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from packaging.version import Version

    from pip_assay.net import Network

MOST = 100
"""So often uv is asked for one plan. All but a few of these questions are answered by its cache, in 0.05 s each."""

ROUNDS = 20
"""So often it is asked again for what is held, each time without what it has named as impossible to have."""

SECONDS = 60.0
"""For one answer; which releases would do without a project may else mean reading all of their metadata."""

FRESH = 120
"""Seconds for which what an index has said counts: one plan asks for the same hundred pages again and again."""

DAY = 24 * 60 * 60
UPDATE = "pip install --upgrade uv"

_FORK = re.compile(r"(?<=[\w\]])\{[^{}]*\}")
"""The fork of a project, as uv writes it: numpy{python_full_version >= '3.9'}==1.26.0."""

_SPLIT = re.compile(r"^for split \(markers: (.*?)\)(?: cause)?:")

_UNREACHED = re.compile("Failed to fetch|Request failed|error sending request|Could not connect")

_NEVER_THERE = "it is taken to fit as it is"
SLOW = "the resolver did not answer in time"


class UvSolver:
    """uv, asked about one target, with files in the folder `scratch` alone until `deadline` (monotonic seconds).

    `now` is in seconds since the epoch. Offline only uv's cache is used, and then the nearest release may not be known.

    indexes  what uv is told to look in: of the target, and of the user's own settings.
    every    whether each index counts for a project; else the first one that has it.
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
        self.indexes, self._environ = uv.settings(target.indexes, environ, uses_pip=target.uses_pip)
        self._offline = network.offline
        self._scratch = scratch
        self._deadline = deadline
        self._now = now
        self.every = self._environ.get("UV_INDEX_STRATEGY", "first-index") != "first-index"
        self._stubs = Stubs(os.path.join(scratch, "described"), self.indexes, network, every=self.every)
        self._below = target.below if target.universal else ""
        self._beyond = _beyond(os.path.join(scratch, "beyond"), self._below) if self._below else ()
        self._has_forks = bool(lines.forked(target))
        self._fixed = stubs.addresses(target.held, lines.unmovable(target), os.path.join(scratch, "fixed"))
        self._described: set[str] = set()
        self._offered: set[str] = set()
        self._left: dict[str, str] = {}
        self._young: set[str] = set()
        self._read: set[str] = set()
        self._is_cold = True

    def present(self) -> Solution:
        """Return what is held as a solution; what cannot be had is described, or left out, and a note says so.

        Raises:
            Unreadable: uv fails.
        """
        unmovable = lines.unmovable(self._target)
        held = {each.name for each in self._target.held if each.name not in unmovable}
        pinned = (Pinned(each.name, each.marker, each.version) for each in self._target.held if each.name in held)
        ahead = frozenset(self._target.ahead)
        question = Question(pinned=frozenset(pinned), relaxed=ahead, any_step=True, nearest=False)
        others = lines.unheld(self._target)
        for _ in range(ROUNDS):
            code, said = self._answer(question)
            if not code:
                break
            blamed = _blamed(said)
            named = {name: why for name, why in blamed.items() if name in held or name in others}
            fresh = named.keys() - self._left.keys() - self._described - self._young
            for name in sorted(fresh):
                self._without(name, named[name])
            lost = blamed.keys() & self._fixed.keys() or (set() if fresh else self._at_addresses())
            self._fixed = {name: each for name, each in self._fixed.items() if name not in lost}
            if not (fresh or lost):
                break
        self._tell((unmovable | lines.own(self._target)) - self._fixed.keys())
        return _refused(said) if code else lines.read(said, self._below, self._fixed)

    def _at_addresses(self) -> set[str]:
        """Return what may be the reason that nothing fits, because what it requires was not looked at before."""
        return {each.name for each in self._target.held if each.requires is None and each.name in self._fixed}

    def _tell(self, left: Iterable[str]) -> None:
        """Note what is left out of every question, because it cannot be moved and what it requires is not known."""
        own = lines.own(self._target)
        stay = {each.name for each in self._target.held if each.stays}
        for name in sorted(left):
            nowhere = "cannot be moved" if name in stay else "is of no index, or of no version that can be read"
            why = INTERNAL if name in own else nowhere
            self.notes.append(f"{name} {why}: {_NEVER_THERE}")

    def ask(self, question: Question) -> Solution:
        """Return the answer; a project without a wheel that fits is described by its source distributions.

        Raises:
            Unreadable: uv fails.
        """
        if self._has_forks and not question.nearest:
            question = question._replace(loose=True)
        while True:
            code, said = self._answer(question)
            if not code:
                return lines.read(said, self._below, self._fixed)
            if self._has_forks and not question.loose and said not in (SPENT, SLOW):
                question = question._replace(loose=True)
                continue
            named = {name for name, why in _blamed(said).items() if why == uv_answer.NO_WHEEL}
            missing = sorted((named & question.excluded.keys()) - self._offered)
            added = [self._describe(name, question.excluded[name]) for name in missing]
            if not any(added):
                return _refused(said)

    def _without(self, name: str, why: str) -> None:
        """Go on without the wheels of a held project: described, as young as they are, or left out."""
        versions = [each.version for each in self._target.held if each.name == name]
        if why == uv_answer.TOO_NEW:
            self._young.add(name)
        elif why == uv_answer.NO_WHEEL and versions:
            self._described.add(name)
            known = next((each.requires for each in self._target.inventory.dependencies if each.pin.name == name), ())
            for version in versions:
                self._stubs.held(name, version, (each.partition("==")[0] for each in known))
        else:
            self._left[name] = why
            people = wanted.people(Wanted(self._target.python, self._target.platform))
            told = " ".join(filter(None, (name, " and ".join(versions))))
            self.notes.append(f"{told}: {why.format(people)}, so {_NEVER_THERE}")

    def _describe(self, name: str, excluded: frozenset[str]) -> bool:
        """Return whether a project without wheels has releases now that uv may choose."""
        self._offered.add(name)
        least = min((lines.order(each.version) for each in self._target.held if each.name == name), default=None)

        def fits(version: "Version") -> bool:
            return str(version) not in excluded and (least is None or version >= least)

        return self._stubs.nearest(name, fits)

    def _answer(self, question: Question) -> tuple[int, str]:
        """Return uv's exit code, with what it has written where that is 0, else what it has said."""
        if not (question.nearest or self._offline):
            code, said = self._run(question, "--offline")
            if not (code and self._lacks(said)):
                return code, said
        code, said = self._run(question, *(["--offline"] if self._offline else []))
        self._is_cold = False
        if not code:
            self._read |= {each.name for each in lines.read(said, self._below, self._fixed).releases}
        elif self._offline and self._lacks(said):
            raise Unreadable("what a fix needs is not in the resolver's cache (--offline)", hint="drop --offline")
        return code, said

    def _lacks(self, said: str) -> bool:
        """Return whether a refusal that was given offline may be for want of what uv has not kept.

        So is any before an index was asked but one for what will be so tomorrow, as that a release has no wheel; and
        after that one for a project that no answer of an index was about.
        """
        blamed = _blamed(said)
        if self._is_cold and not (blamed and all(why in uv_answer.LASTING for why in blamed.values())):
            return True
        missing = (uv_answer.NOT_FOUND, uv_answer.NO_RELEASE)
        return _lacks_cache(said) or any(why in missing and each not in self._read for each, why in blamed.items())

    def _run(self, question: Question, *options: str) -> tuple[int, str]:
        if self.calls >= self.most:
            return 1, SPENT
        self.calls += 1
        left = self._left.keys() - question.excluded.keys()
        handed = lines.hand_over(self._target, question, self._wish.level, left, self._fixed)
        handed = handed._replace(wanted=(*handed.wanted, *self._beyond))
        for name, content in zip(("in.in", "c.txt", "o.txt", "out.txt"), _in_files(handed), strict=True):
            write(self._scratch, name, content)
        write(self._scratch, "uv.toml", _kept(self.indexes))
        indexes = self.indexes._replace(find_links=self.indexes.find_links + self._stubs.links())
        deadline = min(self._deadline, time.monotonic() + SECONDS)
        command = [*self._command(question), *options]
        try:
            ended = process.run(command, self._environ, self._scratch, deadline, given(indexes))
        except Unreadable as error:
            if self.calls == 1 or time.monotonic() >= self._deadline:
                raise Unreadable(error.what, hint="try again, or fix fewer targets at once") from None
            return 1, SLOW
        if ended.code == 0:
            return 0, self._written(handed.preferred)
        if "unexpected argument" in ended.err:
            raise self._too_old(ended.err)
        if not ended.err.strip():
            how = f"signal {-ended.code}" if ended.code < 0 else f"exit code {ended.code}"
            raise Unreadable(f"uv ended without a word ({how})", hint="try again; if it stays so, install uv anew")
        return ended.code, ended.err

    def _written(self, preferred: Sequence[str]) -> str:
        """Return the answer, which says of each release who asks for it: it is never what was there before."""
        path = os.path.join(self._scratch, "out.txt")
        before = "".join(f"{each}\n" for each in preferred)
        written = files.read_bytes(path, process.MOST).decode("utf-8", "replace") if os.path.isfile(path) else before
        if preferred and written == before:
            raise Unreadable("uv wrote no answer", hint="try again; if it stays so, install uv anew")
        return written

    def _command(self, question: Question) -> list[str]:
        target, wish = self._target, self._wish
        command = [
            self._uv.executable, "pip", "compile", "in.in", "-", "--output-file", "out.txt", "--constraint", "c.txt",
            "--override", "o.txt", "--resolution", "lowest-direct", "--quiet", "--color", "never", "--config-file",
            "uv.toml", "--python", sys.executable, "--no-python-downloads", "--no-header", "--annotation-style", "line",
        ]  # fmt: skip
        command += [] if wish.allow_build else ["--only-binary", ":all:"]
        command += ["--universal"] if target.universal else []
        command += ["--python-version", target.python] if target.python else []
        command += ["--python-platform", target.platform] if target.platform and not target.universal else []
        pre = "allow" if self.indexes.pre else "explicit" if question.most else ""
        command += ["--prerelease", pre] if pre else []
        command += [f"--allow-insecure-host={host}" for host in self.indexes.trusted_hosts]
        return command + self._dates(question)

    def _dates(self, question: Question) -> list[str]:
        """Return the options that leave out young releases: by the project's own setting, and by the cooldown.

        What settles a flaw is excepted of the cooldown alone; what is held, of both.
        """
        now = _moment(self._now)
        own = self._target.exclude_newer.text if self._target.exclude_newer and not question.any_age else ""
        is_cooled = self._wish.cooldown and not question.uncooled
        cool = _moment(self._now - self._wish.cooldown * DAY) if is_cooled else ""
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


def _kept(indexes: Index) -> Iterator[str]:
    """Yield the settings by which uv asks an index for a page once in a plan, also where the index allows no keeping.

    They take the place of any configuration of uv's.
    """
    from pip_assay.net import public_index

    for url in (indexes.url or public_index(), *indexes.extra):
        kept = f'"max-age={FRESH}"'
        if url.startswith(("https://", "http://")) and not indexes.none:
            default = "default = true\n" * (url not in indexes.extra)
            yield f"[[index]]\nurl = {json.dumps(url)}\n{default}cache-control = {{ api = {kept}, files = {kept} }}"


def _lacks_cache(said: str) -> bool:
    """Return whether an offline refusal may be for want of what uv has not kept; of a name with extras it says less."""
    text = words.unframed(said)
    is_offline = "network was disabled" in text or "Network connectivity is disabled" in text
    return is_offline or re.search(r"no versions of [\w.-]+\[", text) is not None


def _blamed(said: str) -> dict[str, str]:
    """Return the projects that a refusal names as impossible to have, and why; in a fork as well as anywhere."""
    return {name: why for name, (why, _) in uv_answer.blamed(_FORK.sub("", said)).items()}


def _in_files(handed: lines.Handed) -> Iterable[tuple[str, ...]]:
    return handed.wanted, handed.limits, handed.overrides, handed.preferred


def _refused(said: str) -> Solution:
    """Return that nothing fits, and why.

    Raises:
        Unreadable: uv failed for another reason.
    """
    if said in (SPENT, SLOW):
        return Solution(unfit=said, sure=False)
    error = uv_answer.refusal(_FORK.sub("", said))
    if isinstance(error, Unfit):
        return Solution(unfit=_SPLIT.sub(r"where \1:", error.what.removeprefix("no set of releases fits: ")))
    if _UNREACHED.search(said):
        raise Unreadable(error.what, hint="check the network, and the address of the index")
    raise Unreadable(error.what, hint=error.hint if "login" in error.what else "see what uv says")


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
