"""setup.cfg and setup.py: what setuptools is told, read and never run."""

import sys
from pathlib import Path

import pytest

from pip_assay.model import Place
from pip_assay.sources import manifests
from pip_assay.sources.manifest import Manifest


def read(folder: Path, name: str, text: str) -> Manifest:
    """Read a file of that name and text."""
    path = folder / name
    path.write_text(text)
    return manifests.read(str(path))


def by_group(found: Manifest) -> dict[str, list[str]]:
    """Return the texts of the roots by their group."""
    groups: dict[str, list[str]] = {}
    for root in found.roots:
        groups.setdefault(root.group, []).append(root.text)
    return groups


def places(found: Manifest) -> list[tuple[str, int, int]]:
    """Return the name, line and column of each root."""
    return [(root.name, root.place.line, root.place.column) for root in found.roots]


def whats(found: Manifest) -> list[tuple[str, int]]:
    """Return the words and the line of each problem."""
    return [(each.what, each.place.line if each.place else -1) for each in found.problems]


def test_setup_cfg(tmp_path: Path) -> None:
    """Lists over several lines, comments in them, lists in one line, and values that name others."""
    (tmp_path / "more.txt").write_text("eta==1\n")
    found = read(
        tmp_path,
        "setup.cfg",
        """[metadata]
name = My-Own
[options]
python_requires = >=3.9
install-requires =
    Alpha>=1 ; python_version > "3"
    # not this
\tbeta[x] # why
setup_requires = gamma; delta>=2
tests_require = file: more.txt, absent.txt
[options.extras_require]
fast = epsilon
All =
    %(fast)s
    zeta
    my_own[fast]
[tool:pytest]
addopts = -x
""",
    )
    assert by_group(found) == {
        "runtime": ['Alpha>=1 ; python_version > "3"', "beta[x]"],
        "build": ["gamma", "delta>=2"],
        "group:test": ["eta==1"],
        "extra:fast": ["epsilon"],
        "extra:all": ["epsilon", "zeta"],
    }
    assert places(found) == [
        ("alpha", 6, 5), ("beta", 8, 2), ("gamma", 9, 18), ("delta", 9, 25), ("eta", 1, 1), ("epsilon", 12, 8),
        ("epsilon", 12, 8), ("zeta", 15, 5),
    ]  # fmt: skip
    assert found.python == ">=3.9"
    assert [each.gap for each in found.problems] == ["missing"]


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("[flake8]\nx = 1\n", "has no [options], so it names no dependencies", 0),
        ("[options]\ninstall_requires =\n    >=1\n", "is not a requirement that begins with a name", 3),
        ("[options]\ninstall_requires =\n    a >== 1\n", "a is not a requirement that can be read", 3),
        ("[options]\nnonsense\n", "is neither a section nor an option", 2),
        ("x = 1\n[options]\n", "is neither a section nor an option", 1),
        ("[options]\ninstall_requires = file: /etc/passwd\n", "outside of its own folder, which was not read", 2),
    ],
)
def test_setup_cfg_that_is_wrong(tmp_path: Path, text: str, what: str, line: int) -> None:
    """What cannot be read is a problem with its line."""
    found = read(tmp_path, "setup.cfg", text)
    assert (found.roots, len(found.problems)) == ((), 1)
    assert what in whats(found)[0][0]
    assert whats(found)[0][1] == line


def test_options_without_requirements(tmp_path: Path) -> None:
    """A setup.cfg of a project that requires nothing is no problem."""
    assert read(tmp_path, "setup.cfg", "[options]\npackages = find:\n") == Manifest(groups=("runtime",))


def test_setup_py(tmp_path: Path) -> None:
    """Lists, names, sums, tables, files and small functions are followed, each text to its line."""
    (tmp_path / "requirements.txt").write_text("eta==1\n# no\ntheta\n")
    found = read(
        tmp_path,
        "setup.py",
        """import os
from setuptools import setup
HERE = os.path.abspath(os.path.dirname(__file__))
base = ["Alpha>=1",
        'beta[x]']
base.append("gamma; os_name == 'nt'")
base += ("delta",)
VERSION = ">=2"
def lines(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return [line.strip() for line in file.readlines() if line.strip() and not line.startswith("#")]
extras = dict(fast=["epsilon"], test=["zeta"])
extras["more"] = [f"kappa{VERSION}", *["iota"]]
setup_arguments = {"python_requires": ">=3.9", "setup_requires": "lambda1 mu".split()}
if __name__ == "__main__":
    setup(
        name="own",
        install_requires=base + lines("requirements.txt"),
        extras_require={":python_version < '3'": ["nu"], "x:os_name == 'nt'": ["xi>1"], 'self': 'own[fast]', **extras},
        tests_require='''
            omicron  # why
            pi
        ''',
        **setup_arguments,
    )
""",
    )
    assert by_group(found) == {
        "runtime": ["Alpha>=1", "beta[x]", "gamma; os_name == 'nt'", "delta", "eta==1", "theta",
                    "nu ; python_version < '3'"],
        "build": ["lambda1", "mu"],
        "group:test": ["omicron", "pi"],
        "extra:x": ["xi>1 ; os_name == 'nt'"],
        "extra:self": ["epsilon"],
        "extra:fast": ["epsilon"],
        "extra:test": ["zeta"],
        "extra:more": ["kappa>=2", "iota"],
    }  # fmt: skip
    assert (found.python, found.problems) == (">=3.9", ())
    assert {
        ("alpha", 4, 10),
        ("beta", 5, 10),
        ("gamma", 6, 14),
        ("eta", 1, 1),
        ("theta", 3, 1),
        ("omicron", 21, 13),
    } <= {*places(found)}


def test_places_in_a_program(tmp_path: Path) -> None:
    """A requirement's place is where the program spells its name, also behind other letters and in long texts."""
    text = 'setup(name="é", install_requires=["Alpha>=1", r"beta" ">1"], '
    text += 'tests_require="""\n  gamma\n  # c\n  delta # d""")\n'
    found = read(tmp_path, "setup.py", text)
    assert places(found) == [("alpha", 1, 36), ("beta", 1, 49), ("gamma", 2, 3), ("delta", 4, 3)]


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("setup(x=1, install_requires=read())", "install_requires is computed when it runs", 1),
        ("setup(x=1, install_requires=[\nos.environ['X']])", "an item of install_requires is computed", 2),
        ("setup(x=1, **options())", "an argument of setup() is computed", 1),
        ("setup(x=1,\n extras_require={name(): []})", "an extra of extras_require is computed", 2),
        ("setup(x=1, install_requires=['>=1'])", "not a requirement that begins with a name", 1),
        ("setup(x=1, install_requires=['a >== 1'])", "a is not a requirement that can be read", 1),
        ("setup(x=1, install_requires=7)", "install_requires is computed", 1),
        ("setup(pbr=True)", "put together by pbr", 1),
        ("setup()", "leaves everything to setup.cfg or pyproject.toml", 1),
        ("print 'python 2'", "is not a program of Python 3", 1),
        ("x = 1", "has no call of setup()", 0),
        ("(" * 5000, "", 1),
        ("setup(x=1, install_requires=" + "+".join(["['a']"] * 5000) + ")", "nested too deeply", 0),
    ],
)
def test_setup_py_that_cannot_be_followed(
    tmp_path: Path, text: str, what: str, line: int, request: pytest.FixtureRequest
) -> None:
    """What only running it could tell is a problem with its line, and it is not run."""
    # Libraries that other tests import raise the limit for everybody.
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    request.addfinalizer(lambda: sys.setrecursionlimit(before))
    found = read(tmp_path, "setup.py", text)
    assert found.roots == ()
    assert what in whats(found)[0][0]
    assert whats(found)[0][1] == line


@pytest.mark.parametrize(
    "change",
    [
        "if x:\n    base.append('b')\n", "if x:\n    base += ['b']\n", "for each in x:\n    base.extend(each)\n",
        "def change():\n    base.append('b')\nchange()\n", "try:\n    base.remove('a')\nexcept E:\n    pass\n",
        "def change(given):\n    given.append('b')\nchange(base)\n", "base.insert(0, 'b')\n",
        "while x:\n    base[0] = 'b'\n", "base += computed()\n", "base.append(computed())\n",
    ],
)  # fmt: skip
def test_what_a_branch_may_change_is_said(tmp_path: Path, change: str) -> None:
    """A list that a branch, a loop or a function may change keeps what is known of it, with a problem."""
    found = read(tmp_path, "setup.py", f"base = ['a']\n{change}setup(x=1, install_requires=base)\n")
    assert by_group(found) == {"runtime": ["a"]}
    assert ["is computed when it runs" in what for what, _ in whats(found)] == [True]


@pytest.mark.parametrize("change", ["if x:\n    base = ['b']\n", "import base\nbase = base.x\n", "base = x or base\n"])
def test_a_name_that_may_mean_something_else(tmp_path: Path, change: str) -> None:
    """A name that is bound anew to what is not known is not known."""
    found = read(tmp_path, "setup.py", f"base = ['a']\n{change}setup(x=1, install_requires=base)\n")
    assert found.roots == ()
    assert ["is computed when it runs" in what for what, _ in whats(found)] == [True]


def test_a_call_inside_of_a_function(tmp_path: Path) -> None:
    """A function is followed with the names as they are at the end of the program."""
    text = """def main(version):
    options = dict(install_requires=base, extras_require={"x": [version]})
    setup(**options)
base = ["a"]
base.append("b")
main("1")
"""
    found = read(tmp_path, "setup.py", text)
    assert by_group(found) == {"runtime": ["a", "b"]}
    assert [line for _, line in whats(found)] == [1]


def test_a_program_that_would_grow_without_end(tmp_path: Path) -> None:
    """Sums that double, functions that call each other and loops cost no more than a bound."""
    text = "a = ['x']\nt = 'y'\n" + "a = a + a\nt = t + t\na += a\n" * 60
    text += "def f(n):\n    return f(n) + f(n)\ndef g():\n    return g()\nb = f(1)\nc = g()\n"
    found = read(tmp_path, "setup.py", text + "setup(x=1, install_requires=a + b + c)\n")
    assert found.problems


def test_nothing_is_run(tmp_path: Path) -> None:
    """Reading a setup.py does not do what it says."""
    flag = tmp_path / "flag"
    read(tmp_path, "setup.py", f"open({str(flag)!r}, 'w').write('x')\nsetup(x=1, install_requires=['a'])\n")
    assert not flag.exists()


def test_a_file_outside(tmp_path: Path) -> None:
    """A program that reads its requirements from elsewhere on the disk is not followed there."""
    found = read(tmp_path, "setup.py", "setup(x=1, install_requires=open('/etc/passwd').read().split('\\n'))\n")
    assert (found.roots, whats(found)) == ((), [("names a file outside of its own folder, which was not read", 1)])
    assert found.problems[0].place == Place(str(tmp_path / "setup.py"), 1)


OUT_OF_SIGHT = [
    "try:\n    from deps import req\nexcept ImportError:\n    pass",
    "from deps import req",
    "import deps as req",
    "read_into(req)",
    "read_into(dest=req)",
    "list.extend(req, ['alpha'])",
    "req.__iadd__(['alpha'])",
    "m = req.append\nm('alpha')",
    "(lambda q: q.append('alpha'))(req)",
    "match [['alpha']]:\n    case [req]:\n        pass",
    "try:\n    pass\nexcept ValueError as req:\n    pass",
    "def setup(**k):\n    pass",
]


@pytest.mark.parametrize("code", OUT_OF_SIGHT)
def test_what_is_changed_out_of_sight_is_a_problem(code: str, tmp_path: Path) -> None:
    """A list that looks empty and that something else gets hold of is not taken for one that asks for nothing."""
    text = f"from setuptools import setup\nreq = []\n{code}\nsetup(name='x', install_requires=req)\n"
    (tmp_path / "setup.py").write_text(text, encoding="utf-8")
    found = manifests.read(str(tmp_path / "setup.py"))
    assert found.problems


def test_what_is_in_plain_sight_is_none(tmp_path: Path) -> None:
    """Assignments, additions and the built-in functions that only look are followed, and raise no doubt."""
    text = (
        "import os, sys\nfrom setuptools import find_packages, setup\nreq = ['alpha']\nreq.append('beta')\n"
        "req += ['gamma']\nextra = {'fast': sorted(req)}\nprint(len(req))\n"
        "setup(name='x', packages=find_packages(), install_requires=req, extras_require=extra)\n"
    )
    (tmp_path / "setup.py").write_text(text, encoding="utf-8")
    found = manifests.read(str(tmp_path / "setup.py"))
    assert found.problems == ()
    assert {root.name for root in found.roots} == {"alpha", "beta", "gamma"}
