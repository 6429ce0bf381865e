"""Requirements as dependencies, as they stand: pins, duplicates, constraints, hashes, and what compiled files say."""

import io

import pytest

from pip_assay.model import Dependency, Inventory, Origin, Pin, Place
from pip_assay.sources import requirements
from pip_assay.sources.requirements import Requirements


def read_text(text: str) -> Requirements:
    """The text, read as a file."""
    return requirements.read(["-"], {}, None, io.BytesIO(text.encode()))


def listed(text: str, *, skip_editable: bool = False, require_hashes: bool = False) -> Inventory:
    """The inventory of the text as a file."""
    found = read_text(text)
    return requirements.inventory(found, target="-", skip_editable=skip_editable, require_hashes=require_hashes)


def pins(inventory: Inventory) -> list[str]:
    """Each dependency in words."""
    return [f"{each.pin} ({each.skipped})" if each.skipped else str(each.pin) for each in inventory.dependencies]


def problems(inventory: Inventory) -> list[str]:
    """Each problem as a person reads it, after its gap."""
    return [
        ": ".join(filter(None, (problem.gap, str(problem.place), problem.subject, problem.what))) + f"; {problem.hint}"
        for problem in inventory.problems
    ]


def test_a_pin_is_a_dependency() -> None:
    """All that the line says is in the dependency."""
    inventory = listed("Zope.Interface[x]==5.0 ; python_version < '3' --hash=sha256:aa")
    assert inventory == Inventory(
        "-",
        "requirements",
        (
            Dependency(
                Pin("PyPI", "zope-interface", "5.0"),
                Place("-", 1, 1),
                groups=("runtime",),
                direct=True,
                hashes=("sha256:aa",),
                marker="python_version < '3'",
                spelling="Zope.Interface",
            ),
        ),
    )


def test_what_has_no_certain_version_is_listed_with_the_reason() -> None:
    """Open ranges and addresses without a version are dependencies, skipped, and each a problem."""
    inventory = listed("flask>=2\npkg @ git+https://u:pw@code.example/r\nhttps://u:pw@files.example/x.zip\n-e ./folder")
    assert pins(inventory) == [
        "flask (has no pinned version)",
        "pkg (URL requirements cannot be pinned to a specific package version)",
        "https://files.example/x.zip (could not deduce package version from URL requirement)",
        "-e ./folder (could not deduce package version from URL requirement)",
    ]
    hint = "install it, and audit the environment"
    assert problems(inventory) == [
        "unpinned: -:1: flask: has no pinned version; pin it with ==",
        f"unpinned: -:2: pkg: URL requirements cannot be pinned to a specific package version; {hint}",
        f"unpinned: -:3: https://files.example/x.zip: could not deduce package version from URL requirement; {hint}",
        f"unpinned: -:4: -e ./folder: could not deduce package version from URL requirement; {hint}",
    ]


def test_editables_are_skipped_on_request() -> None:
    """--skip-editable lists an editable with pip-audit's words, and that is no problem."""
    inventory = listed("-e git+https://code.example/r#egg=Thing\nflask==1.0", skip_editable=True)
    assert pins(inventory) == ["thing (requirement marked as editable)", "flask 1.0"]
    assert inventory.problems == ()


def test_equal_requirements_are_one_dependency() -> None:
    """One release is listed once, with the hashes of all its lines, and applies where any of them does."""
    inventory = listed(
        "flask==1.0 --hash=sha256:aa\nFlask[x]==1.0.0 --hash=sha256:bb --hash=sha256:aa\n"
        "a==1; os_name=='x' --hash=sha256:cc\na==1; os_name=='y' --hash=sha256:cc\n"
    )
    assert pins(inventory) == ["flask 1.0", "a 1"]
    assert inventory.dependencies[0].hashes == ("sha256:aa", "sha256:bb")
    assert inventory.dependencies[0].place.line == 1
    assert inventory.dependencies[1].marker == "(os_name=='x') or (os_name=='y')"
    assert inventory.problems == ()


def test_the_same_release_from_elsewhere_is_another_dependency() -> None:
    """A file on the disk is not the release of the index, whatever its name says."""
    inventory = listed("./flask-1.0-py3-none-any.whl\nflask==1.0")
    assert [(str(each.pin), each.origin.kind) for each in inventory.dependencies] == [
        ("flask 1.0", "path"), ("flask 1.0", "index"),
    ]  # fmt: skip


def test_two_versions_of_one_project_are_both_listed() -> None:
    """A contradiction under one marker is a problem that names both places; branches of markers are none."""
    inventory = listed(
        "django==1.0\nDjango==2.0\nnumpy==1; os_name=='x'\nnumpy==2; os_name!='x'\nnumpy==3; os_name=='x'"
    )
    assert pins(inventory) == ["django 1.0", "django 2.0", "numpy 1", "numpy 2", "numpy 3"]
    assert problems(inventory) == [
        "duplicate: -:2: django: is pinned twice: 2.0 here and 1.0 at -:1; keep one of the two",
        "duplicate: -:5: numpy: is pinned twice: 3 here and 1 at -:3; keep one of the two",
    ]


def test_an_open_requirement_has_the_version_of_the_pin_beside_it() -> None:
    """A name without a version that another line pins wherever it applies is that line's dependency."""
    inventory = listed("flask[async]\nflask==1.0\nb>=1; os_name=='x'\nb==2\nc\nc==1; os_name=='x'")
    assert pins(inventory) == ["flask 1.0", "b 2", "c (has no pinned version)", "c 1"]
    assert inventory.dependencies[0].place.line == 2


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ("Flask==1.0", "flask 1.0"),
        ("flask==1.0\nflask==1.0.0", "flask 1.0"),
        ("flask<2", "flask (has no pinned version)"),
        ("flask==1.0; os_name=='x'", "flask (has no pinned version)"),
        ("flask==1.0\nflask==2.0", "flask (has no pinned version)"),
        ("other==1", "flask (has no pinned version)"),
    ],
)
def test_a_constraint_pins_what_is_required_and_is_no_requirement(limits: str, expected: str) -> None:
    """An install takes just the version that a constraint names; a constraint alone installs nothing."""

    def fetch(_: str) -> bytes:
        return limits.encode()

    found = requirements.read(["-"], {}, fetch, io.BytesIO(b"flask>=0.5\n-c https://files.example/limits.txt"))
    inventory = requirements.inventory(found, target="-")
    assert pins(inventory) == [expected]
    assert inventory.dependencies[0].place == Place("-", 1, 1)


@pytest.mark.parametrize(
    ("text", "flag", "expected"),
    [
        ("requests==1.0\nflask==2.0 --hash=sha256:aa", False, ["requirement requests==1.0 does not contain a hash"]),
        ("--require-hashes\nrequests==1.0", False, ["requirement requests==1.0 does not contain a hash"]),
        ("requests==1.0", True, ["requirement requests==1.0 does not contain a hash"]),
        ("requests==1.0\nflask==2.0 --hash=sha256:aa\n--no-require-hashes", False, []),
        ("https://files.example/x-1.0-py3-none-any.whl#sha256=aa", True, []),
        ("requests==1.0", False, []),
    ],
)
def test_one_hash_wants_all(text: str, flag: bool, expected: list[str]) -> None:
    """Where a flag, an option or one hash asks for hashes, each requirement without one is a problem, as in pip."""
    inventory = listed(text, require_hashes=flag)
    assert [problem.what for problem in inventory.problems] == expected
    assert all(not each.skipped for each in inventory.dependencies)


def test_problems_of_reading_are_problems_of_the_inventory() -> None:
    """What could not be read is said again where the dependencies are listed."""
    assert problems(listed("a==1\nno good")) == [
        'unreadable: -:2: is no requirement that pip can read: "no good"; write NAME==VERSION'
    ]


# --- compiled files ---

PIP_COMPILE = """#
# This file is autogenerated by pip-compile with Python 3.11
# by the following command:
#
#    pip-compile --output-file=requirements.txt requirements.in
#
"""
UNSAFE = "# The following packages are considered to be unsafe in a requirements file:\n"
UV = """# This file was autogenerated by uv via the following command:
#    uv pip compile requirements.in -o requirements.txt
"""
SPLIT = """\
click==8.1.3 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via
    #   -c limits.txt
    #   black
    #   Flask
colorama==0.4.6 ; sys_platform == 'win32' --hash=sha256:aa
    # via click
flask==2.3.2 --hash=sha256:aa
    # via -r requirements.in
black==23.3.0 --hash=sha256:aa
    # via my-project (pyproject.toml)
"""
ON_THE_LINE = """\
click==8.1.3              # via black, flask, -c limits.txt
colorama==0.4.6 ; sys_platform == 'win32'  # via click
flask==2.3.2              # via -r requirements.in
black==23.3.0             # via my-project (pyproject.toml)
"""
EXPORTED = """\
black==23.3.0
    # via my-project
click==8.1.3
    # via
    #   black
    #   flask

colorama==0.4.6 ; sys_platform == 'win32'
    # via click
    #   a note of somebody's
    # from https://index.example/simple
flask==2.3.2
    # via my-project
"""


@pytest.mark.parametrize("head", [PIP_COMPILE, UV])
@pytest.mark.parametrize("body", [SPLIT, ON_THE_LINE, EXPORTED])
def test_annotations_say_who_asks_for_what(head: str, body: str) -> None:
    """The "via" comments of pip-compile and uv give the edges, and which projects are asked for by name."""
    found = read_text(head + body)
    inventory = requirements.inventory(found, target="-")
    assert {each.pin.name: (each.direct, each.requires) for each in inventory.dependencies} == {
        "click": (False, ("colorama",)),
        "colorama": (False, ()),
        "flask": (True, ("click",)),
        "black": (True, ("click",)),
    }
    assert found.compiled
    assert found.complete()
    assert inventory.problems == ()


def test_what_uv_was_given_on_its_standard_input_is_direct() -> None:
    """Beside what it was asked for on standard input uv writes nothing."""
    inventory = listed(f"{UV}flask==2.3.2\nclick==8.1.3\n    # via flask\n")
    assert [each.direct for each in inventory.dependencies] == [True, False]


def test_without_annotations_nobody_knows_what_is_direct() -> None:
    """A compiled file without "via" comments cannot tell what was asked for; a file written by hand can."""
    assert [each.direct for each in listed(f"{UV}flask==2.3.2\nclick==8.1.3\n").dependencies] == [None, None]
    assert [each.direct for each in listed("flask==2.3.2  # via nobody\n").dependencies] == [True]


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("flask==1.0 --hash=sha256:aa\nhttps://files.example/x.zip#sha256=bb", True),
        ("flask==1.0\nclick==1.0 --hash=sha256:aa", False),
        ("flask --hash=sha256:aa", False),
        ("flask==1.0", False),
        (f"{UV}flask==1.0\n-e ./folder\n", True),
        (f"{UV}flask>=1.0\n", False),
        (f"\nflask==1.0\n{UV}", False),
        (f"{UV}flask==1.0\n-r https://files.example/other.txt", True),
        (UV.replace("compile", "compile --no-deps") + "flask==1.0", False),
        (f"{UV}flask==1.0\n\n# The following packages were excluded from the output:\n# setuptools\n", False),
        (
            f"{PIP_COMPILE}flask==1.0\n\n{UNSAFE}# pip\n",
            False,
        ),
        (
            f"{PIP_COMPILE}flask==1.0\n\n{UNSAFE}pip==23\n",
            True,
        ),
        ("--require-hashes\nflask==1.0", True),
    ],
)
def test_a_file_is_complete_by_itself_or_not(text: str, complete: bool) -> None:
    """Complete is what has hashes throughout, or what pip-compile or uv wrote without leaving anything out."""
    found = read_text(text)
    assert found.complete() == complete
    assert found.complete(no_deps=True)
    assert found.complete(require_hashes=True)


def test_a_file_beside_a_compiled_one_is_not_complete() -> None:
    """A requirement written by hand may bring in what the compiled file does not list."""
    found = requirements.read(
        ["https://files.example/a", "https://files.example/b"],
        {},
        lambda url: (UV if url.endswith("a") else "").encode() + b"x==1",
    )
    assert not found.compiled
    assert not found.complete()
    assert found.requirements[0].origin == Origin()
