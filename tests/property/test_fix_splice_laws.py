"""Laws of splicing, over requirements files as people and tools write them; `packaging` says what they hold."""

import re
from collections.abc import Sequence
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pip_assay.fix.formats.spliced import Added, Splice, spliced
from pip_assay.sources.requirements import read

NAMES = ["flask", "Django", "zope.interface", "typing_extensions", "a", "A-b_c.d", "ruamel.yaml.clib"]
VERSIONS = ["1.0", "2.31.0", "1!2.0", "1.0a1", "1.0.post1", "0.1rc2", "1.0+cu.11", "10", "1.0.0"]
HEX = st.text("0123456789abcdef", min_size=4, max_size=8)
HASHES = st.lists(
    st.builds("{}:{}".format, st.sampled_from(["sha256", "sha384", "sha512"]), HEX), max_size=3, unique=True
)
ENDS = st.sampled_from(["\n", "\r\n"])


@st.composite
def pin(draw: st.DrawFn, end: str) -> str:
    """Draw the block of a pin."""
    name, version = draw(st.sampled_from(NAMES)), draw(st.sampled_from(VERSIONS))
    extras = draw(st.sampled_from(["", "[x]", "[x,Y_z]", " [async]"]))
    sign = draw(st.sampled_from(["==", " == ", "===", f"== \\{end} "]))
    bound = draw(st.sampled_from(["", "", ",<99", ", !=0.1"])) if sign != "===" else ""
    marker = draw(st.sampled_from(["", "", " ; python_version < '3.9'", ' ; sys_platform=="win32"']))
    between = draw(st.sampled_from([" ", f" \\{end}    ", f"\t \\{end} "]))
    hashes = "".join(f"{between}--hash={each}" for each in draw(HASHES))
    note = draw(
        st.sampled_from(["", "  # via web", f"{end}    # via web", f"{end}    # via{end}    #   a{end}    #   b"])
    )
    return f"{draw(st.sampled_from(['', '  ']))}{name}{extras}{sign}{version}{bound}{marker}{hashes}{note}"


@st.composite
def files(draw: st.DrawFn) -> str:
    """Draw a requirements file."""
    end = draw(ENDS)
    others = st.sampled_from(
        ["", "# a comment", "    # indented", "web>=1", "-e .", "--index-url https://index.example/simple",
         "x @ https://files.example/x-1.0.tar.gz", "# ends with a backslash \\", "./folder", "wild==1.*"]
    )  # fmt: skip
    blocks = draw(st.lists(st.one_of(pin(end), others), max_size=7))
    text = end.join(blocks) + draw(st.sampled_from(["", end]))
    return draw(st.sampled_from(["", "\ufeff"])) + text


def pins(text: str, folder: Path) -> Sequence[tuple[int, str, str, str, tuple[str, ...]]]:
    """Return the pins that the reader finds: line, name, version, marker, hashes."""
    path = folder / "requirements.txt"
    path.write_bytes(text.encode())
    return [
        (each.place.line, each.name, each.version, each.marker, each.hashes)
        for each in read([str(path)], {}).requirements
        if each.version and each.origin.kind == "index"
    ]


def oracle(text: str) -> list[tuple[str, str]]:
    """Return the pins as `packaging` reads them, of lines joined and rid of comments and options by hand."""
    joined = re.sub(r"\\\r?\n", "", text.removeprefix("\ufeff"))
    lines = (re.sub(r"(^|\s)#.*$", "", line).partition(" --hash")[0].strip() for line in joined.splitlines())
    found = [Requirement(line) for line in lines if line and not line.startswith(("-", ".")) and " @ " not in line]
    exact = [(each, [one for one in each.specifier if one.operator in {"==", "==="}]) for each in found]
    return [(canonicalize_name(each.name), one[0].version) for each, one in exact if one and "*" not in one[0].version]


@given(files())
def test_nothing_to_do_changes_nothing(text: str) -> None:
    """Without splices, a file is the same, byte for byte."""
    assert spliced(text, (), (), "r.txt") == text


@given(text=files())
def test_the_same_version_changes_nothing(text: str, tmp_path: Path) -> None:
    """To move every pin to where it is, with the hashes that it has in order, is no change."""
    found = pins(text, tmp_path)
    assume(all(hashes == tuple(sorted(hashes)) for *_, hashes in found))
    same = [Splice(line, version, version, hashes) for line, _, version, _, hashes in found]
    assert spliced(text, same, (), "r.txt") == text


@given(text=files(), data=st.data())
def test_exactly_the_planned_pins_change(text: str, data: st.DataObject, tmp_path: Path) -> None:
    """Read again, the file holds the planned releases and hashes, and all else as before: so says `packaging`, too."""
    assume("\\\n# " not in text and "backslash \\" not in text)
    found = pins(text, tmp_path)
    chosen = [each for each in found if data.draw(st.booleans())]
    new = data.draw(st.sampled_from(["3.0", "3.0rc1", "3!1.0"]))
    fresh = ("sha256:00ff",)
    splices = [Splice(line, old, new, fresh if hashes else ()) for line, _, old, _, hashes in chosen]
    made = spliced(text, splices, (), "r.txt")
    after = pins(made, tmp_path)
    wanted = [
        (name, new, marker, fresh if hashes else ()) if each in chosen else (name, version, marker, hashes)
        for each in found
        for _, name, version, marker, hashes in [each]
    ]
    assert [each[1:] for each in after] == wanted
    assert oracle(text) == [(name, version) for _, name, version, _, _ in found]
    assert oracle(made) == [(name, version) for name, version, _, _ in wanted]
    assert len(made) - len(made.replace(new, "")) >= len(new) * len(chosen)


@given(text=files(), data=st.data())
def test_lines_without_a_planned_pin_stay(text: str, data: st.DataObject, tmp_path: Path) -> None:
    """What is left of a file without the lines of the moved pins is the same before and after."""
    found = pins(text, tmp_path)
    assume(found)
    one = data.draw(st.sampled_from(list(found)))
    line, _, old, _, hashes = one
    made = spliced(text, [Splice(line, old, "3.0", ("sha256:00",) if hashes else ())], (), "r.txt")
    before, after = text.splitlines(keepends=True), made.splitlines(keepends=True)
    assert after[: line - 1] == before[: line - 1]
    tail = [each for each in found if each[0] > line]
    if tail:
        rest = len(before) - (tail[0][0] - 1)
        assert after[-rest:] == before[-rest:]
    removed = spliced(text, [Splice(line, old, "")], (), "r.txt")
    assert len(pins(removed, tmp_path)) == len(found) - 1


@given(text=files())
def test_what_comes_in_is_the_only_thing_that_comes_in(text: str, tmp_path: Path) -> None:
    """A new pin adds one requirement and removes none; the old text is what is left without it."""
    assume("backslash" not in text and not text.endswith("\\"))
    before = pins(text, tmp_path)
    made = spliced(text, (), (Added("plug", "plug==0.2", (), ("web",)),), "r.txt")
    after = pins(made, tmp_path)
    assert sorted(each[1:] for each in after) == sorted([*(each[1:] for each in before), ("plug", "0.2", "", ())])
    at = made.index("plug==0.2")
    assert text.startswith(made[:at].rstrip("\r\n")) or made[:at].startswith(text)
