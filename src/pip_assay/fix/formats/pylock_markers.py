"""The markers of all that a pylock.toml holds: as uv resolves exactly these releases for every platform.

What has no wheel is handed to uv as a wheel of its metadata alone, and what cannot be had is left out, with the marker
that it has. Nothing is built.
"""

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence

from pip_assay import net
from pip_assay.errors import Unreadable
from pip_assay.fix.nouns import Plan, Target
from pip_assay.fix.planning import lines
from pip_assay.fix.planning.stubs import Stubs
from pip_assay.fix.tools import Tools
from pip_assay.sources.resolve import uv_answer
from pip_assay.sources.resolve.uv import given, write
from pip_assay.values import NamedTuple

ROUNDS = 20
"""So often uv is asked again, each time without what it has named as impossible to have."""

_FILES = ("in.in", "-", "-c", "pins.txt", "--override", "left-out.txt", "--only-binary", ":all:", "--no-config")


class Final(NamedTuple):
    """A release that is there after a plan."""

    name: str
    version: str
    marker: str


def pinned(release: Final) -> str:
    """Return a release as a line of a requirements file."""
    return f"{release.name}=={release.version}" + (f" ; {release.marker}" if release.marker else "")


def with_markers(final: Sequence[Final], plan: Plan, command: Sequence[str], tools: Tools) -> list[Final]:
    """Return the releases with the markers that the whole of them has: what stays may be needed elsewhere by now.

    Where uv gives a project the same marker before and after, what is written stays. `command` is that of a compile.

    Raises:
        Unreadable: uv cannot tell them.
    """
    target = plan.target
    held = [Final(each.name, each.version, each.marker) for each in target.held]
    before = _markers(held, [each.text for each in target.roots], target, command, tools)
    widened = {each.place: each.new for each in plan.relaxed}
    after = _markers(final, [widened.get(each.place, each.text) for each in target.roots], target, command, tools)
    written = {(each.name, before.get(each[:2])): each.marker for each in held}
    return [
        each._replace(marker=written.get((each.name, found := after.get(each[:2], each.marker)), found))
        for each in final
    ]


def _markers(
    releases: Iterable[Final], roots: Sequence[str], target: Target, command: Sequence[str], tools: Tools
) -> Mapping[tuple[str, str], str]:
    """Return the marker of each release; those of what is left out are not told."""
    left = {each.name for each in target.held if not each.plain}
    pins = {name: [each for each in releases if each.name == name] for name in sorted({each.name for each in releases})}
    _, indexes, seen = tools.uv(target.indexes, uses_pip=target.uses_pip)
    with tempfile.TemporaryDirectory(prefix="pip-assay-", ignore_cleanup_errors=True) as scratch:
        stubs = _stubs(scratch, target, tools)
        described: set[str] = set()
        for _ in range(ROUNDS):
            listed = [pinned(each) for name in pins.keys() - left for each in pins[name]]
            write(scratch, "pins.txt", sorted(listed))
            write(scratch, "left-out.txt", (f'{name} ; python_version < "0"' for name in sorted(left)))
            write(scratch, "in.in", roots or sorted(listed))
            known = indexes._replace(find_links=indexes.find_links + stubs.links())
            ended = tools.run([*command, *_FILES], scratch, given(known), seen)
            if not ended.code:
                return {(each.name, each.version): each.marker for each in lines.read(ended.out).releases}
            blamed = {name: why for name, (why, _) in uv_answer.blamed(ended.err).items() if name in pins.keys() - left}
            unbuilt = {name for name, why in blamed.items() if why == uv_answer.NO_WHEEL} - described
            if not blamed:
                break
            for each in (each for name in sorted(unbuilt) for each in pins[name]):
                stubs.held(each.name, each.version, ())
            described |= unbuilt
            left |= blamed.keys() - unbuilt
    error = uv_answer.refusal(ended.err)
    what = f"uv cannot tell the markers of what it locks: {error.what}"
    raise Unreadable(what, target.inventory.target, "lock it again with the tool that wrote it")


def _stubs(scratch: str, target: Target, tools: Tools) -> Stubs:
    _, indexes, seen = tools.uv(target.indexes, uses_pip=target.uses_pip)
    every = seen.get("UV_INDEX_STRATEGY", "first-index") != "first-index"
    network = net.network(tools.environ, offline=tools.offline)
    return Stubs(os.path.join(scratch, "described"), indexes, network, every=every)
