"""Pins change, and not one byte beside them."""

import pytest

from pip_assay.errors import Unreadable
from pip_assay.fix.formats import spliced as module
from pip_assay.fix.formats.spliced import Added, Splice

NONE = "has hashes, and none is known of version 2.0; ask another index"
ODD = "has hashes that are not written as --hash=NAME:HEX; write them so"
A, B, C = (f"sha256:{letter * 64}" for letter in "abc")


def changed(text: str, *splices: Splice, added: tuple[Added, ...] = ()) -> str:
    """Return the text with pins changed, and new ones added."""
    return module.spliced(text, splices, added, "r.txt")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("web==1.0\n", "web==2.0\n"),
        ("web==1.0", "web==2.0"),
        ("web==1.0\r\n# by hand\r\n", "web==2.0\r\n# by hand\r\n"),
        ("\ufeffweb==1.0\n", "\ufeffweb==2.0\n"),
        ("\tWeb [ a, B ] == 1.0 ; os_name<'x'  # ==1.0\n", "\tWeb [ a, B ] == 2.0 ; os_name<'x'  # ==1.0\n"),
        ("WEB===1.0\n", "WEB===2.0\n"),
        ("web==1.0,<3 # capped\n", "web==2.0,<3 # capped\n"),
        ("web>=0.9,==1.0\n", "web>=0.9,==2.0\n"),
        ("web \\\n  == \\\n  1.0\n", "web \\\n  == \\\n  2.0\n"),
        ("web \\\r\n == \\\r\n 1.0\r\n", "web \\\r\n == \\\r\n 2.0\r\n"),
        ("web==1.0\x0cother==1.0\n", "web==2.0\x0cother==1.0\n"),
        (f"web==1.0 --hash={A}\n", f"web==2.0 --hash={B} --hash={C}\n"),
        (f"web==1.0 --hash {A} # via app\n", f"web==2.0 --hash={B} --hash={C} # via app\n"),
        (f"web==1.0 \\\n  --hash={A}\n    # via app\n", f"web==2.0 \\\n  --hash={B} \\\n  --hash={C}\n    # via app\n"),
        (f"web==1.0 \\\r\n\t--hash={A} \\\r\n\t--hash={B}\r\n", f"web==2.0 \\\r\n\t--hash={B} \\\r\n\t--hash={C}\r\n"),
        (
            f"web==1.0 ; os_name=='nt' \\\n    --hash=sha512:{'d' * 128} \\\n    --hash=sha384:{'e' * 96}",
            f"web==2.0 ; os_name=='nt' \\\n    --hash={B} \\\n    --hash={C}",
        ),
    ],
)  # fmt: skip
def test_the_version_and_the_hashes_change_alone(before: str, after: str) -> None:
    """Whatever stands around a pin stays: line ends, marks, white space, markers, comments, other bounds."""
    hashes = (C, B) if "--hash" in before else ()
    assert changed(before, Splice(1, "1.0", "2.0", hashes)) == after


def test_only_the_named_line_changes() -> None:
    """Of two lines that look alike the named one changes."""
    text = "web==1.0 ; os_name=='nt'\nweb==1.0 ; os_name!='nt'\n"
    assert changed(text, Splice(2, "1.0", "2.0")) == "web==1.0 ; os_name=='nt'\nweb==2.0 ; os_name!='nt'\n"


def test_a_pin_that_goes_takes_its_block_with_it() -> None:
    """A removed pin takes its hashes and its annotation along, and no comment of anybody else."""
    text = f"# top\nweb==1.0 \\\n    --hash={A}\n    # via\n    #   app\n# mine\ncore==1.0\n"
    assert changed(text, Splice(2, "1.0", "")) == "# top\n# mine\ncore==1.0\n"


@pytest.mark.parametrize(
    ("text", "splice", "words"),
    [
        ("web==1.1\n", Splice(1, "1.0", "2.0"), "r.txt:1: does not hold the version 1.0 any more; try again"),
        ("web==1.0.1\n", Splice(1, "1.0", "2.0"), "r.txt:1: does not hold the version 1.0 any more; try again"),
        ("web==1.0.*\n", Splice(1, "1.0", "2.0"), "r.txt:1: does not hold the version 1.0 any more; try again"),
        ("# web\n", Splice(1, "1.0", "2.0"), "r.txt:1: holds no requirement on this line any more; try again"),
        ("web==1.0 \\\n\n", Splice(2, "1.0", "2.0"), "r.txt:2: holds no requirement on this line any more; try again"),
        (f"web==1.0 --hash={A}", Splice(1, "1.0", "2.0"), f"r.txt:1: {NONE}"),
        (f'web==1.0 --hash="{A}"', Splice(1, "1.0", "2.0", (B,)), f"r.txt:1: {ODD}"),
    ],
)  # fmt: skip
def test_what_is_not_as_it_was_read_is_refused(text: str, splice: Splice, words: str) -> None:
    """A line that does not hold the pin, or hashes that nobody knows, are told with their place."""
    with pytest.raises(Unreadable) as caught:
        changed(text, splice)
    assert str(caught.value) == words


def test_a_file_of_another_encoding_is_refused() -> None:
    """What is not UTF-8 could not be written again as it was."""
    assert module.decoded("é".encode(), "r.txt") == "é"
    with pytest.raises(Unreadable, match=r"r\.txt: is not UTF-8, .*; save it as UTF-8"):
        module.decoded("é".encode("latin-1"), "r.txt")


PLUG = Added("plug", "plug==0.2", (B,), ("web",))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("app==1.0\nweb==1.0\n", "app==1.0\nplug==0.2\nweb==1.0\n"),
        ("web==1.0\n", "plug==0.2\nweb==1.0\n"),
        ("# head\n\nweb==1.0\n", "# head\n\nplug==0.2\nweb==1.0\n"),
        ("app==1.0", "app==1.0\nplug==0.2"),
        ("app==1.0\r\n", "app==1.0\r\nplug==0.2\r\n"),
        ("app==1.0\r", "app==1.0\rplug==0.2\r"),
        ("web==1.0\napp==1.0\n# end\n", "web==1.0\napp==1.0\n# end\nplug==0.2\n"),
        ("-e git+https://code.example/r\napp==1.0\n", "-e git+https://code.example/r\napp==1.0\nplug==0.2\n"),
        ("\ufeffApp==1.0\nWeb==1.0\n", "\ufeffApp==1.0\nplug==0.2\nWeb==1.0\n"),
        ("", "plug==0.2\n"),
        ("app==1.0  # via -r r.in\nweb==1.0\n", "app==1.0  # via -r r.in\nplug==0.2  # via web\nweb==1.0\n"),
        (
            f"app==1.0 \\\n    --hash={A}\n    # via -r r.in\nweb==1.0 \\\n    --hash={A}\n    # via app\n",
            (
                f"app==1.0 \\\n    --hash={A}\n    # via -r r.in\nplug==0.2 \\\n    --hash={B}\n    # via web\n"
                f"web==1.0 \\\n    --hash={A}\n    # via app\n"
            ),
        ),
    ],
)  # fmt: skip
def test_a_new_pin_is_written_as_the_others_are(before: str, after: str) -> None:
    """It comes where its name belongs, else at the end; with line ends, hashes and annotation as the file has them."""
    assert changed(before, added=(PLUG,)) == after


def test_several_that_ask_for_a_pin_are_listed_as_tools_do() -> None:
    """More than one asker is a list below "# via"."""
    text = "app==1.0\n    # via -r r.in\n"
    made = changed(text, added=(PLUG._replace(via=("app", "web")),))
    assert made == f"{text}plug==0.2\n    # via\n    #   app\n    #   web\n"


def test_a_bound_is_replaced_where_it_is_written_once() -> None:
    """A requirement without a pin is written otherwise where it is certain which text is meant."""
    assert module.replaced("a\nweb <2 # x\n", 2, "<2", ">=2", "r.in") == "a\nweb >=2 # x\n"
    for line, text in ((1, "a\n"), (1, "<2 <2\n"), (9, "<2\n")):
        with pytest.raises(Unreadable, match="so it was not widened; widen it by hand"):
            module.replaced(text, line, "<2", ">=2", "r.in")
