"""--since: targets as they were at a git commit, from real repositories, also from hostile ones."""

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pip_assay import baselines, files, flow
from pip_assay.baselines import chosen, history, past
from pip_assay.baselines.chosen import Asked
from pip_assay.errors import AssayError, Unreadable, UsageError
from pip_assay.look_up import Answers, look_up
from pip_assay.model import Dependency, Finding
from pip_assay.records import Advisory
from pip_assay.settings import Outside, Settings
from pip_assay.sources import resolve
from pip_assay.sources.history import commit as commits
from pip_assay.sources.history import program
from pip_assay.sources.resolve import Question, Resolved
from tests import samples
from tests.transcripts import NOW, RECORDS, Person, Said, copy

GIT = shutil.which("git") or ""
pytestmark = pytest.mark.skipif(not GIT, reason="git is not here")

SPRING = "2026-04-01T12:00:00Z"  # after the records were published
CHRISTMAS = "2025-12-24T12:00:00Z"  # before
LOCK = "alpha==1.2\nclean==1.0\n"


class Repository:
    """A git repository that a test makes, with the real program."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main", *options)

    def git(self, *arguments: str, given: bytes = b"", day: str = SPRING) -> str:
        """Return what git says."""
        who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
               for what, value in (("NAME", "A"), ("EMAIL", "a@example.org"), ("DATE", day))}  # fmt: skip
        environ = {**os.environ, **who, "GIT_CONFIG_NOSYSTEM": "1", "GIT_ALLOW_PROTOCOL": "file"}
        done = subprocess.run(
            [GIT, *arguments], cwd=self.folder, env=environ, input=given, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def commit(self, contents: Mapping[str, str | bytes | None], day: str = SPRING) -> str:
        """Return the commit of these files; None removes one."""
        for name, content in contents.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "--all", "--force", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", "change", day=day)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Person:
    """Somebody in an empty folder, with a database, whose temporary files have a folder of their own."""
    one = Person(copy("nothing", tmp_path), monkeypatch, capfd)
    for path in list(one.folder.iterdir()):
        if path.is_file():
            path.unlink()
    one.types("db", "import", "records", "--db", str(tmp_path / "advisories.db"))
    shutil.rmtree(one.folder / "records")
    monkeypatch.setenv("PIP_ASSAY_DB", str(tmp_path / "advisories.db"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return one


@pytest.fixture
def repository(person: Person) -> Repository:
    return Repository(person.folder)


AUDIT = ("--offline", "--no-deps", "-f", "json")


def changes(said: Said) -> dict[str, set[str]]:
    """What an audit says of each project."""
    found: dict[str, set[str]] = {}
    for each in json.loads(said.stdout)["findings"]:
        found.setdefault(each["package"]["name"], set()).add(each["change"])
    return found


def test_what_was_there_is_known_and_what_came_is_introduced(person: Person, repository: Repository) -> None:
    """A pull request that adds a flawed package fails; one that touches nothing of that passes, with all shown."""
    repository.commit({"requirements.txt": LOCK})
    said = person.types(*AUDIT, "--since", "HEAD", ".")
    assert (said.code, changes(said)) == (0, {"alpha": {"known"}})
    repository.commit({"requirements.txt": f"# moved\n{LOCK}beta==0.9\n"})
    said = person.types(*AUDIT, "--since", "HEAD~1", ".")
    assert (said.code, changes(said)) == (1, {"alpha": {"known"}, "beta": {"introduced"}})
    assert {each["rule"] for each in json.loads(said.stdout)["findings"]} == {"", "--since HEAD~1: known"}


def test_what_was_published_later_is_newly_published(person: Person, repository: Repository) -> None:
    """The records came out in January: at Christmas nobody could know of them."""
    repository.commit({"requirements.txt": LOCK}, day=CHRISTMAS)
    said = person.types(*AUDIT, "--since", "HEAD", ".")
    assert (said.code, changes(said)) == (0, {"alpha": {"newly published"}})
    said = person.types(*AUDIT, "--since", "HEAD", ".", "--baseline-fails", "new")
    assert said.code == 1


def test_malware_that_was_there_fails(person: Person, repository: Repository) -> None:
    """Exit 4, whatever was there before."""
    repository.commit({"requirements.txt": "delta==1.0\n"})
    said = person.types(*AUDIT, "--since", "HEAD", ".")
    assert (said.code, changes(said)) == (4, {"delta": {"known"}})


def test_work_that_is_not_committed_counts(person: Person, repository: Repository) -> None:
    """What is audited is what lies in the folder; HEAD is what was there before."""
    repository.commit({"requirements.txt": LOCK})
    Path("requirements.txt").write_text("beta==0.9\n", encoding="utf-8")
    assert changes(person.types(*AUDIT, "--since", "HEAD", "requirements.txt")) == {"beta": {"introduced"}}


@pytest.mark.parametrize("reference", ["main", "HEAD", "v1", "v1^{commit}", "HEAD^0", "short", "long", "heads/main"])
def test_whatever_names_a_commit_is_taken(reference: str, person: Person, repository: Repository) -> None:
    """A branch, a tag (annotated too), a hash or a part of one, and git's own ways to say it."""
    made = repository.commit({"requirements.txt": LOCK})
    repository.git("tag", "--annotate", "--message", "one", "v1")
    repository.git("gc", "--quiet")
    named = {"short": made[:10], "long": made}.get(reference, reference)
    assert changes(person.types(*AUDIT, "--since", named, ".")) == {"alpha": {"known"}}


# --- what is read of a commit --------------------------------------------------------------------

LAYOUTS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "included": (
        {"service/requirements.txt": "-r ../shared/base.txt\n-c limits.pip\nclean==1.0\n",
         "shared/base.txt": "alpha==1.2\n", "service/limits.pip": "beta==0.9\n"},
        ("service",),
    ),
    "chain": ({"a.txt": "-r b/b.txt\n", "b/b.txt": "--requirement=c/c.txt\n", "b/c/c.txt": "alpha==1.2\n"}, ("a.txt",)),
    "requirements folder": (
        {"requirements/base.in": "alpha==1.2\n", "requirements/deep/dev.txt": "beta==0.9\n"}, (".",),
    ),
    "another name": ({"needs.list": "alpha==1.2\n"}, ("-r", "needs.list")),
    "two files": ({"one.txt": "alpha==1.2\n", "two.txt": "beta==0.9\n"}, ("-r", "one.txt", "-r", "./two.txt")),
    "setup.cfg": (
        {"setup.cfg": "[options]\ninstall_requires = file: needs/all.txt\n", "needs/all.txt": "alpha==1.2\n"}, (".",),
    ),
    "dynamic": (
        {"pyproject.toml": '[project]\nname = "x"\ndynamic = ["dependencies"]\n[tool.setuptools.dynamic]\n'
         'dependencies = { file = ["deps.txt"] }\n', "deps.txt": "alpha==1.2\n"}, (".",),
    ),
    "script": ({"tool.py": "# /// script\n# dependencies = [\"alpha==1.2\"]\n# ///\n", "other.py": "x = 1\n"}, (".",)),
    "sbom": (
        {"app-sbom.json": json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
            {"type": "library", "name": "alpha", "version": "1.2", "purl": "pkg:pypi/alpha@1.2"}]})}, (".",),
    ),
    "by content": (
        {"deps.lock": 'version = 1\nrequires-python = ">=3.8"\n\n[[package]]\nname = "alpha"\nversion = "1.2"\n'
         'source = { registry = "https://index.example/simple" }\n'}, ("deps.lock",),
    ),
    "odd names": ({"a b/requirements über.txt": "alpha==1.2\n", "a b/x\ty.txt": "y\n"}, ("a b",)),
    "tree": (
        {"requirements.txt": "alpha==1.2\n", "a/requirements.txt": "beta==0.9\n", "a/b/c/pylock.toml":
         'lock-version = "1.0"\ncreated-by = "me"\n[[packages]]\nname = "gamma"\nversion = "1.0"\n',
         "node_modules/x/requirements.txt": "alpha==1.2\n"},
        ("-R", "."),
    ),
    "workspace": (
        {"uv.lock": 'version = 1\nrequires-python = ">=3.8"\n\n[[package]]\nname = "alpha"\nversion = "1.2"\n'
         'source = { registry = "https://index.example/simple" }\n\n[[package]]\nname = "part"\nversion = "1.0"\n'
         'source = { editable = "part" }\n', "part/pyproject.toml": '[project]\nname = "part"\nversion = "1.0"\n'
         'dependencies = ["alpha"]\n', "other/requirements.txt": "beta==0.9\n"},
        ("--recursive", ".", "--no-dev"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_past_is_what_a_checkout_holds(
    layout: str, person: Person, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is found at a commit is what an audit of git's own checkout of it finds, in every layout."""
    monkeypatch.setattr(history, "BATCH", 1 if layout == "tree" else 8)
    contents, arguments = LAYOUTS[layout]
    repository.commit(contents)
    repository.git("worktree", "add", "--quiet", "--detach", str(person.folder.parent / "checkout"))
    repository.commit(dict.fromkeys(contents, "") | {"requirements.txt": "zeta==1.0\n"})
    os.chdir(person.folder.parent / "checkout")
    found = {(each["target"], each["id"]) for each in json.loads(person.types(*AUDIT, *arguments).stdout)["findings"]}
    assert found
    os.chdir(person.folder)
    repository.git("checkout", "--quiet", "--detach", "main~1")
    said = person.types(*AUDIT, "--since", "main~1", *arguments)
    again = {(each["target"], each["id"]): each["change"] for each in json.loads(said.stdout)["findings"]}
    assert {each: again.get(each) for each in found} == dict.fromkeys(found, "known")


@pytest.mark.parametrize(
    "typed", ["requirements.txt", "./requirements.txt", "../inner/requirements.txt", "absolute", "."]
)
def test_a_target_is_found_however_it_is_named(typed: str, person: Person, repository: Repository) -> None:
    """From a folder inside of the repository, by a relative or an absolute path."""
    repository.commit({"inner/requirements.txt": LOCK, "requirements.txt": "beta==0.9\n"})
    os.chdir("inner")
    named = str(person.folder / "inner" / "requirements.txt") if typed == "absolute" else typed
    assert changes(person.types(*AUDIT, "--since", "HEAD", named)) == {"alpha": {"known"}}


def test_files_that_limit_what_is_resolved_are_those_of_then(
    person: Person, repository: Repository, tmp_path: Path
) -> None:
    """A change of a constraints file introduces what it lets in; one outside of the repository is as it is."""
    (tmp_path / "outside.txt").write_text("clean==1.0\n", encoding="utf-8")
    repository.commit({"a.txt": LOCK, "limits.txt": "alpha==1.1\n"})
    repository.commit({"limits.txt": "alpha==1.2\n", "more.txt": "clean==1.0\n"})
    settings = Settings(
        targets=("a.txt",), since="HEAD~1", constraints=("limits.txt", "more.txt", str(tmp_path / "outside.txt"))
    )
    with past.Past(settings, Outside(os.environ, str(person.folder), NOW)) as then:
        read, missing, outside = (then.limit(each) for each in settings.constraints)
        assert Path(read).read_text(encoding="utf-8") == "alpha==1.1\n"
        assert (missing, outside) == ("", str(tmp_path / "outside.txt"))


def test_what_was_not_there_is_introduced_and_told(person: Person, repository: Repository) -> None:
    """A new file: everything in it is introduced; files that are gone are nobody's business."""
    repository.commit({"old.txt": LOCK})
    repository.commit({"old.txt": None, "requirements.txt": LOCK, "web/requirements.txt": LOCK})
    said = person.types(*AUDIT, "--since", "HEAD~1", "requirements.txt", "web")
    assert changes(said) == {"alpha": {"introduced"}}
    assert "pip-assay: requirements.txt: was not there at HEAD~1, so all of it is introduced" in said.stderr
    assert "pip-assay: web: was not there at HEAD~1" in said.stderr


def test_two_repositories_are_each_their_own(person: Person) -> None:
    """A target is compared with the commit of the repository that holds it."""
    Repository(person.folder / "one").commit({"requirements.txt": LOCK})
    other = Repository(person.folder / "two")
    other.commit({"requirements.txt": "clean==1.0\n"})
    other.commit({"requirements.txt": "beta==0.9\n"})
    Repository(person.folder / "one").commit({})
    said = person.types(*AUDIT, "--since", "HEAD~1", "one", "two")
    assert changes(said) == {"alpha": {"known"}, "beta": {"introduced"}}


def test_a_repository_of_sha256_and_a_linked_worktree_are_read(person: Person, tmp_path: Path) -> None:
    """Neither the kind of hash nor a ".git" that is a file matters."""
    repository = Repository(tmp_path / "large", "--object-format=sha256")
    repository.commit({"requirements.txt": LOCK})
    repository.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    os.chdir(tmp_path / "linked")
    assert (tmp_path / "linked" / ".git").is_file()
    assert changes(person.types(*AUDIT, "--since", "main", ".")) == {"alpha": {"known"}}


def test_nothing_is_written_but_a_folder_that_is_removed(
    person: Person, repository: Repository, tmp_path: Path
) -> None:
    """Neither the repository nor its checkout changes, by a byte or a time; no temporary file stays."""
    repository.commit({"requirements.txt": LOCK, "uv.lock": "broken"})
    Path("requirements.txt").write_text("beta==0.9\n", encoding="utf-8")

    def state() -> dict[str, tuple[int, str]]:
        return {
            str(path): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in sorted(person.folder.rglob("*")) if path.is_file()
        }  # fmt: skip

    old = state()
    assert person.types(*AUDIT, "--since", "HEAD", ".").code == 3
    assert state() == old
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize("fault", [KeyboardInterrupt, Unreadable("x")])
def test_no_temporary_file_survives_an_end(
    fault: BaseException, person: Person, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C and a fault, in the middle of writing or of reading, leave nothing behind."""
    repository.commit({"requirements.txt": LOCK})

    def ends(*_: object) -> None:
        raise fault

    for where, name in ((flow, "judge"), (chosen, "named_in"), (past, "_put")):
        with monkeypatch.context() as patch:
            patch.setattr(where, name, ends)
            assert person.types(*AUDIT, "--since", "HEAD", ".").code in {3, 130}
        assert not list((tmp_path / "temporary").iterdir())


def test_names_of_ones_own_are_not_looked_up_as_they_were(
    person: Person, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 3: what the settings of now keep at home is kept at home, whatever those of then said."""
    repository.commit({"requirements.txt": LOCK, "pyproject.toml": "[tool.ruff]\n"})
    repository.commit({"pyproject.toml": '[tool.pip-assay]\ninternal = ["alpha"]\n'})
    asked: list[Dependency] = []

    def spy(dependencies: list[Dependency], settings: Settings, outside: Outside) -> Answers:
        asked.extend(dependencies)
        return look_up(dependencies, settings, outside)

    monkeypatch.setattr(flow, "look_up", spy)
    person.types(*AUDIT, "--since", "HEAD~1", ".")
    assert {each.pin.name for each in asked} == {"clean"}


def test_no_resolver_is_asked_for_names_of_ones_own_as_they_were(
    person: Person, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was required then is resolved without what the settings of now, nearest to the file, call one's own."""
    repository.commit({"requirements.txt": "alpha\nclean\n", "part/requirements.txt": "alpha\nbeta\n"})
    repository.commit({"pip-assay.toml": 'internal = ["alpha"]\n', "part/pip-assay.toml": 'internal = ["beta"]\n'})
    asked: list[set[str]] = []

    def spy(question: Question, **_: object) -> Resolved:
        asked.append({root.name for root in question.roots})
        return Resolved((), (), "")

    monkeypatch.setattr(resolve, "resolve", spy)
    person.types("--since", "HEAD~1", "requirements.txt")
    person.types("--since", "HEAD~1", "-r", "part/requirements.txt")
    person.types("--since", "HEAD~1", "--recursive", ".")
    assert asked[:4] == [{"clean"}, {"clean"}, {"alpha"}, {"alpha"}]
    assert sorted(map(sorted, asked[4:])) == [["alpha"], ["alpha"], ["clean"], ["clean"]]


def test_the_past_that_could_not_be_audited_is_told(person: Person, repository: Repository) -> None:
    """A lock that was broken then: what it held looks introduced, and a person learns why."""
    repository.commit({"pylock.toml": "lock-version = 3"})
    repository.commit(
        {"pylock.toml": 'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "beta"\nversion = "0.9"\n'}
    )
    said = person.types(*AUDIT, "--since", "HEAD~1", ".")
    assert changes(said) == {"beta": {"introduced"}}
    assert "the audit of HEAD~1 is incomplete; what it did not see counts as introduced" in said.stderr


def test_what_is_read_as_it_is_now_is_not_the_past(person: Person, repository: Repository, tmp_path: Path) -> None:
    """An absolute path leads out of the past: into the repository it is left out, elsewhere it is the same file."""
    (tmp_path / "elsewhere.txt").write_text("gamma==1.0\n", encoding="utf-8")
    names = f"-r {person.folder}/shared.txt\n-r {tmp_path}/elsewhere.txt\n-r {(person.folder / 'url.txt').as_uri()}\n"
    repository.commit({"requirements.txt": f"{names}delta==1.0\n", "shared.txt": "clean==1.0\n", "url.txt": ""})
    repository.commit({"shared.txt": "alpha==1.2\n", "url.txt": "beta==0.9\n"})
    said = person.types(*AUDIT, "--since", "HEAD~1", "requirements.txt")
    assert changes(said) == {
        "alpha": {"introduced"}, "beta": {"introduced"}, "gamma": {"known"}, "delta": {"known"},
    }  # fmt: skip


# --- what cannot be had --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ("--since", "nowhere", "."),
            2,
            "'nowhere' names no commit here; see: git branch --all; or fetch it: git fetch",
        ),
        (("--since", "0" * 40, "."), 2, "names no commit here"),
        (("--since=--output=x", "."), 2, "'--output=x' names no commit; name a branch"),
        (("--since", "a\nb", "."), 2, "names no commit"),
        (("--since", "HEAD:requirements.txt", "."), 2, "names no commit"),
        (("--since", "HEAD HEAD", "."), 2, "names no commit"),
        (("--since", "^HEAD", "."), 2, "names no commit"),
        (("--since", "HEAD", "--tools", "x"), 2, "--since goes with files and folders of a git repository"),
        (("--since", "HEAD", "--path", ".", "x"), 2, "--since goes with files and folders of a git repository"),
        (("--since", "HEAD", "-"), 2, "-: is nothing that --since can read from git"),
        (("--since", "HEAD", "x.whl"), 2, "x.whl: is nothing that --since can read from git"),
        (("--since", "HEAD", "-r", "https://index.example/r.txt"), 2, "is nothing that --since can read from git"),
        (("--since", "HEAD", "environment"), 2, "environment: is nothing that --since can read from git"),
        (("--since", "HEAD", ".."), 2, "..: is in no git repository"),
    ],
)
def test_what_cannot_be_had_is_told(
    arguments: tuple[str, ...], code: int, said: str, person: Person, repository: Repository
) -> None:
    """One sentence with what to do, and no report."""
    repository.commit({"requirements.txt": LOCK, "environment/pyvenv.cfg": "home = /usr/bin\n"})
    answer = person.types(*AUDIT, *arguments)
    assert (answer.code, answer.stdout) == (code, "")
    assert said in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert ";" in answer.stderr


def test_a_shallow_clone_says_what_to_fetch(person: Person, tmp_path: Path) -> None:
    """The usual state of a build server: the sentence has the command that helps, and it does help."""
    full = Repository(tmp_path / "full")
    full.commit({"requirements.txt": LOCK})
    full.git("branch", "stable")
    full.commit({"requirements.txt": "beta==0.9\n"})
    full.git("clone", "--quiet", "--depth=1", f"file://{full.folder}", str(tmp_path / "shallow"))
    os.chdir(tmp_path / "shallow")
    said = person.types(*AUDIT, "--since", "origin/stable", ".")
    assert said.code == 2
    assert "'origin/stable' is not in this shallow clone; fetch it: git fetch --depth=1 origin stable" in said.stderr
    shallow = Repository(tmp_path / "shallow")
    shallow.git("fetch", "--quiet", "--depth=1", "origin", "stable")
    assert changes(person.types(*AUDIT, "--since", "FETCH_HEAD", ".")) == {"beta": {"introduced"}}


def test_a_partial_clone_fetches_nothing(person: Person, tmp_path: Path) -> None:
    """What a clone left out is not fetched: the audit ends, and says how to have it."""
    full = Repository(tmp_path / "full")
    full.git("config", "uploadpack.allowFilter", "true")
    full.commit({"requirements.txt": LOCK})
    full.commit({"requirements.txt": "beta==0.9\n"})
    full.git("clone", "--quiet", "--filter=blob:none", f"file://{full.folder}", str(tmp_path / "partial"))
    os.chdir(tmp_path / "partial")
    said = person.types(*AUDIT, "--since", "HEAD~1", ".")
    assert said.code == 3
    assert "requirements.txt: is not held by the repository as it was at that commit" in said.stderr


def test_without_git_there_is_no_past(person: Person, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 3, and the other way is named."""
    repository.commit({"requirements.txt": LOCK})
    monkeypatch.setenv("PATH", "")
    said = person.types(*AUDIT, "--since", "HEAD", ".")
    assert (said.code, said.stdout) == (3, "")
    assert "the git program was not found" in said.stderr
    assert "--baseline FILE" in said.stderr


def test_links_and_submodules_are_told(person: Person, tmp_path: Path) -> None:
    """Neither is followed; where one would be read, a person learns that it counts as introduced."""
    inner = Repository(tmp_path / "inner")
    inner.commit({"requirements.txt": LOCK})
    repository = Repository(person.folder)
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.folder), "parts/inner")
    repository.commit({"all.txt": "beta==0.9\n", "docs/x.txt": "x\n"})
    Path("requirements.txt").symlink_to("all.txt")
    Path("README.md").symlink_to("all.txt")
    repository.commit({})
    said = person.types(*AUDIT, "--since", "HEAD", "-R", ".")
    assert changes(said) == {"alpha": {"introduced"}, "beta": {"introduced"}}
    assert "requirements.txt: is a link at HEAD, not followed there; what it names is introduced" in said.stderr
    assert "parts/inner: is a submodule, not read at HEAD; what it holds is introduced" in said.stderr
    assert "README" not in said.stderr
    said = person.types(*AUDIT, "--since", "HEAD", "all.txt")
    assert changes(said) == {"beta": {"known"}}
    assert "link" not in said.stderr
    assert "submodule" not in said.stderr
    assert changes(person.types(*AUDIT, "--since", "HEAD", "parts/inner")) == {"alpha": {"known"}}


def test_what_is_too_large_is_not_read(person: Person, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file above the limit is told and left out; more than the limit of all together ends the audit."""
    repository.commit({"requirements.txt": LOCK, "big-requirements.txt": LOCK + "#" * 4000})
    monkeypatch.setattr(files, "LIMIT", 3000)
    said = person.types(*AUDIT, "--since", "HEAD", ".")
    assert "big-requirements.txt: is larger than 3.0 kB there, and was not read" in said.stderr
    monkeypatch.setattr(files, "LIMIT", 64_000_000)
    monkeypatch.setattr(past, "TOTAL", 3000)
    said = person.types(*AUDIT, "--since", "HEAD", ".")
    assert said.code == 3
    assert "has more than 3.0 kB to read at that commit" in said.stderr


def test_a_tree_without_end_is_cut(person: Person, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit of a few objects may list billions of files: the list is bounded, and git is ended."""
    monkeypatch.setattr(commits, "LIST_LIMIT", 1_000_000)
    tree = repository.git(
        "mktree", given=b"100644 blob " + repository.git("hash-object", "-w", "--stdin").encode() + b"\tx\n"
    )
    for _ in range(12):
        entries = "".join(f"040000 tree {tree}\t{letter}\n" for letter in "abcdefghij")
        tree = repository.git("mktree", given=entries.encode())
    made = repository.git("commit-tree", tree, "-m", "bomb")
    said = person.types(*AUDIT, "--since", made, ".")
    assert said.code == 3
    assert "git lists more than 1.0 MB" in said.stderr


def test_git_that_takes_too_long_is_ended(
    person: Person, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A configuration that includes a pipe nobody writes into would hold git for ever."""
    repository.commit({"requirements.txt": LOCK})
    os.mkfifo(repository.folder / ".git" / "pipe")
    with (repository.folder / ".git" / "config").open("a", encoding="utf-8") as file:
        file.write("[include]\n\tpath = pipe\n")
    monkeypatch.setattr(program, "SECONDS", 0.3)
    said = person.types(*AUDIT, "--since", "HEAD", ".")
    assert said.code == 3
    assert "git took too long and was ended" in said.stderr


# --- hostile repositories ------------------------------------------------------------------------


def _hooks(repository: Repository, trap: str) -> None:
    hooks = repository.folder / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman", "pre-auto-gc"):
        (hooks / name).write_text(f"#!/bin/sh\n{trap}\n", encoding="utf-8")
        (hooks / name).chmod(0o755)
    repository.git("config", "core.hooksPath", str(hooks))


def _fsmonitor(repository: Repository, trap: str) -> None:
    repository.git("config", "core.fsmonitor", trap)
    repository.git("config", "core.untrackedCache", "true")


def _filters(repository: Repository, trap: str) -> None:
    repository.git("config", "filter.x.smudge", trap)
    repository.git("config", "filter.x.clean", trap)
    repository.git("config", "filter.x.process", trap)
    repository.git("config", "diff.x.textconv", trap)
    (repository.folder / ".git" / "info").mkdir(exist_ok=True)
    (repository.folder / ".git" / "info" / "attributes").write_text("* filter=x diff=x\n", encoding="utf-8")


def _programs(repository: Repository, trap: str) -> None:
    for name in ("core.pager", "pager.ls-tree", "pager.cat-file", "pager.rev-parse", "core.editor", "core.sshCommand",
                 "core.askPass", "core.gitProxy", "gpg.program", "credential.helper", "core.alternateRefsCommand",
                 "interactive.diffFilter", "sequence.editor", "diff.external"):  # fmt: skip
        repository.git("config", name, trap)
    for name in ("ls-tree", "cat-file", "rev-parse"):
        repository.git("config", f"alias.{name}", f"!{trap}")


def _promisor(repository: Repository, trap: str) -> None:
    """What is missing is to be fetched by a command, as the repository's own settings allow."""
    repository.git("config", "extensions.partialClone", "origin")
    repository.git("config", "core.repositoryFormatVersion", "1")
    repository.git("config", "remote.origin.url", f"ext::sh -c {trap.replace(' ', '% ')}")
    repository.git("config", "remote.origin.promisor", "true")
    repository.git("config", "remote.origin.uploadpack", trap)
    repository.git("config", "protocol.ext.allow", "always")
    repository.git("config", "protocol.allow", "always")
    blob = repository.git("rev-parse", "HEAD:requirements.txt")
    path = repository.folder / ".git" / "objects" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.unlink()


def _on_path(repository: Repository, trap: str) -> None:
    for folder in (repository.folder, repository.folder / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / "git").write_text(f"#!/bin/sh\n{trap}\n", encoding="utf-8")
        (folder / "git").chmod(0o755)


TRAPS: dict[str, Callable[[Repository, str], None]] = {
    "hooks": _hooks, "fsmonitor": _fsmonitor, "filters": _filters, "programs": _programs, "promisor": _promisor,
    "on path": _on_path,
}  # fmt: skip


@pytest.mark.parametrize("kind", TRAPS)
def test_no_repository_has_anything_run(
    kind: str, person: Person, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise 2: whatever its configuration, files and folders name, no program of the repository is started."""
    made = repository.commit({"requirements.txt": LOCK, ".gitattributes": "* filter=x diff=x\n", "bin/x": ""})
    run = tmp_path / "it-ran"
    TRAPS[kind](repository, f"touch {run}")
    search = (".", str(person.folder), "bin", str(person.folder / "bin"), os.environ["PATH"])
    monkeypatch.setenv("PATH", os.pathsep.join(search))
    for name in (
        "GIT_SSH_COMMAND",
        "GIT_EXTERNAL_DIFF",
        "GIT_PAGER",
        "GIT_PROXY_COMMAND",
        "GIT_ASKPASS",
        "GIT_EXEC_PATH",
    ):
        monkeypatch.setenv(name, str(person.folder / "bin") if name == "GIT_EXEC_PATH" else f"touch {run}")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    for fixed in (program.FIXED, {key: value for key, value in program.FIXED.items() if "LAZY" not in key}):
        monkeypatch.setattr(program, "FIXED", fixed)  # git before 2.45 does not know GIT_NO_LAZY_FETCH
        said = person.types(*AUDIT, "--since", made, ".")
        assert not run.exists()
        assert (said.code == 3) if kind == "promisor" else (changes(said) == {"alpha": {"known"}})


def test_the_trap_of_a_promisor_is_one(repository: Repository, tmp_path: Path) -> None:
    """The other side: git by itself, asked for the same object, does run what such a repository names."""
    made = repository.commit({"requirements.txt": LOCK})
    run = tmp_path / "it-ran"
    _promisor(repository, f"touch {run}")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run([GIT, "-c", "protocol.allow=never", "cat-file", "-p", f"{made}:requirements.txt"],
                   cwd=repository.folder, env=environ, capture_output=True, check=False)  # fmt: skip
    assert run.exists()


def test_a_replaced_object_is_not_taken(person: Person, repository: Repository) -> None:
    """Replacements are notes of whoever owns the clone: what the commit itself holds is read."""
    made = repository.commit({"requirements.txt": LOCK})
    other = repository.commit({"requirements.txt": "clean==1.0\n"})
    repository.git("replace", made, other)
    Path("requirements.txt").write_text(LOCK, encoding="utf-8")
    assert changes(person.types(*AUDIT, "--since", made, ".")) == {"alpha": {"known"}}


def test_a_bare_repository_in_a_tree_is_not_taken_for_the_tree(person: Person, tmp_path: Path) -> None:
    """What merely looks like the inside of ".git" is a folder as any other; its settings are read by nobody."""
    outer = Repository(person.folder)
    outer.commit({"requirements.txt": LOCK})
    bare = Repository(tmp_path / "bare", "--bare")
    shutil.copytree(bare.folder, person.folder / "inner", ignore=shutil.ignore_patterns("hooks"))
    outer.commit({"inner/requirements.txt": "beta==0.9\n"})
    assert changes(person.types(*AUDIT, "--since", "HEAD", "inner")) == {"beta": {"known"}}
    (person.folder / "inner" / ".git").write_text("gitdir: nowhere\n", encoding="utf-8")
    said = person.types(*AUDIT, "--since", "HEAD", "inner")
    assert (said.code, said.stdout) == (2, "")
    assert "FOLDER/inner: is no git repository that can be read" in said.stderr
    (person.folder / "inner" / ".git").unlink()
    (person.folder / "inner" / ".git").mkdir()
    outer.git("push", "--quiet", str(person.folder / "inner"), "main")
    said = person.types(*AUDIT, "--since", "main", "inner")
    assert (said.code, said.stdout) == (3, "")
    assert "FOLDER/inner: cannot be read by git (cannot use bare repository" in said.stderr


def test_no_program_of_the_current_folder_is_started(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who audits another folder from a strange one does not start what lies in either."""
    other = Repository(tmp_path / "other")
    other.commit({"requirements.txt": LOCK})
    run = tmp_path / "it-ran"
    for folder in (person.folder, other.folder):
        (folder / "git").write_text(f"#!/bin/sh\ntouch {run}\n", encoding="utf-8")
        (folder / "git").chmod(0o755)
    search = (str(person.folder), str(other.folder), os.environ["PATH"])
    monkeypatch.setenv("PATH", os.pathsep.join(search))
    assert changes(person.types(*AUDIT, "--since", "HEAD", str(other.folder))) == {"alpha": {"known"}}
    assert not run.exists()


def test_the_repository_of_somebody_else_is_not_read(
    person: Person, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check of the owner that git makes holds; the sentence says how to trust it, and that does help."""
    repository.commit({"requirements.txt": LOCK})
    real = program.surroundings

    def as_other(*given: object) -> dict[str, str]:
        return {**real(*given), "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}  # type: ignore[arg-type]

    monkeypatch.setattr(program, "surroundings", as_other)
    said = person.types(*AUDIT, "--since", "HEAD", ".")
    assert said.code == 3
    assert "belongs to somebody else, so git does not read it; if you trust it: git config --global" in said.stderr
    repository.git("config", "--global", "--add", "safe.directory", str(person.folder))
    assert changes(person.types(*AUDIT, "--since", "HEAD", ".")) == {"alpha": {"known"}}


def raw_tree(repository: Repository, entries: list[tuple[bytes, bytes, str]]) -> str:
    """Return a tree that git itself would refuse to make."""
    content = b"".join(mode + b" " + name + b"\0" + bytes.fromhex(found) for mode, name, found in entries)
    return repository.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=content)


def test_no_name_of_a_tree_leaves_the_folder(person: Person, repository: Repository, tmp_path: Path) -> None:
    """Names that climb, that are absolute, that a folder has too, or that come twice: nothing is written elsewhere."""
    blob = repository.git("hash-object", "-w", "--stdin", given=LOCK.encode())
    evil = repository.git("hash-object", "-w", "--stdin", given=str(tmp_path / "aim").encode())
    inner = raw_tree(repository, [(b"100644", b"requirements.txt", blob)])
    up = raw_tree(repository, [(b"40000", b"..", inner), (b"100644", b"..\\requirements.txt", blob)])
    tree = raw_tree(
        repository,
        [
            (b"40000", b"..", inner), (b"40000", b".git", inner), (b"40000", b"requirements", up),
            (b"100644", f"{tmp_path}/absolute-requirements.txt".encode(), blob),
            (b"100644", b"../../../up-requirements.txt", blob), (b"100644", b"a/requirements.txt", blob),
            (b"100644", b"a", blob), (b"120000", b"linked", evil), (b"40000", b"linked", inner),
            (b"100644", b"requirements.txt", blob), (b"40000", b"requirements.txt", inner),
            (b"100644", b"\xff\xfe-requirements.txt", blob), (b"100644", b"C:requirements.txt", blob),
        ],
    )  # fmt: skip
    made = repository.git("commit-tree", tree, "-m", "hostile")
    (tmp_path / "aim").mkdir()
    Path("requirements.txt").write_text(LOCK, encoding="utf-8")
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    settings = Settings(targets=(".",), recursive=True, since=made)
    with past.Past(settings, Outside(os.environ, str(person.folder), NOW)) as then:
        written = sorted(path for path in (tmp_path / "temporary").rglob("*") if path.is_file())
        assert written
        assert not any(path.is_symlink() for path in (tmp_path / "temporary").rglob("*"))
        room = then.path(".")
        assert all(path.resolve().is_relative_to(room) for path in written)
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before
    assert changes(person.types(*AUDIT, "--since", made, ".")) == {"alpha": {"known"}}


def test_a_commit_without_a_date_makes_everything_new(person: Person, repository: Repository) -> None:
    """In doubt about the time, what is found is newly published: the stricter of the two."""
    tree = repository.commit({"requirements.txt": LOCK}) and repository.git("rev-parse", "HEAD^{tree}")
    text = f"tree {tree}\nauthor A <a@example.org> 1 +0000\ncommitter A <a@example.org> soon\n\nx\n"
    made = repository.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", given=text.encode())
    assert changes(person.types(*AUDIT, "--since", made, ".")) == {"alpha": {"newly published"}}


# --- small parts ---------------------------------------------------------------------------------


def test_a_finding_is_new_when_no_record_was_out() -> None:
    """The earliest of a finding's records counts; one that does not say when it came out is not taken for old."""

    def of(*published: str) -> Finding:
        records = tuple(Advisory(f"X-{number}", published=text) for number, text in enumerate(published))
        return samples.finding(samples.dependency("a", "1"), "X-0")._replace(advisories=records)

    assert history.is_new(of("2026-01-02T00:00:00Z"), "2026-01-01T00:00:00Z")
    assert not history.is_new(of("2026-01-01T00:00:00Z"), "2026-01-01T00:00:00Z")
    assert not history.is_new(of("2026-01-02T00:00:00Z", "2025-01-01T00:00:00Z"), "2026-01-01T00:00:00Z")
    assert not history.is_new(of("2026-01-01T01:00:00+02:00"), "2026-01-01T00:00:00Z")
    assert history.is_new(of("", "soon"), "2026-01-01T00:00:00Z")


NAMES = st.sampled_from(
    ["requirements.txt", "a.txt", "x.py", "uv.lock", "bom.json", "a.whl", "Dockerfile", "data.json"]
)
FOLDERS = st.lists(st.sampled_from(["a", "b", "requirements", "node_modules", ".git"]), max_size=3).map("/".join)


@given(
    st.lists(st.tuples(FOLDERS, NAMES).map(lambda each: "/".join(filter(None, each))), unique=True),
    FOLDERS,
    st.booleans(),
)
def test_what_is_chosen_lies_where_it_is_asked_for(held: list[str], top: str, recursive: bool) -> None:
    """Law: chosen are files of the commit in or below the folder that is asked for, and never an archive."""
    found = chosen.first(Asked((top,), recursive), held)
    for each in held:
        below = each.startswith(f"{top}/") or not top
        parts = each.removeprefix(f"{top}/" if top else "").split("/")[:-1]
        looked_into = (
            not {"node_modules", ".git"}.intersection(parts) if recursive else parts[:1] in ([], ["requirements"])
        )
        name = each.rpartition("/")[2]
        of_kind = name in {"requirements.txt", "x.py", "uv.lock", "bom.json"} or (
            name == "a.txt" and "requirements" in each.split("/")[:-1]
        )
        assert (each in found) == (below and looked_into and of_kind)


def test_words_that_name_files_are_followed_where_files_are_named() -> None:
    """Requirements and manifests name other files; a lock or a Python file does not."""
    held = {"a/b.txt", "c.txt", "a/setup.cfg"}
    names = {"b.txt", "c.txt", "setup.cfg"}
    for path in ("a/requirements.txt", "a/setup.cfg", "a/pyproject.toml", "a/list"):
        content = b"-r b.txt\n-c../c.txt\n--requirement=../c.txt x/b.txt\nfile: ../../../c.txt"
        assert chosen.named_in(path, content, held, names) == {"a/b.txt", "c.txt"}
    for path in ("a/uv.lock", "a/x.py"):
        assert chosen.named_in(path, b"b.txt", held, names) == set()


def test_an_answer_that_is_not_what_was_asked_for_is_refused(
    person: Person, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sizes and contents are asked for apart; where they do not fit, nothing is taken from it."""
    repository.commit({"requirements.txt": LOCK})
    real = commits._sizes
    monkeypatch.setattr(commits, "_sizes", lambda *given: {name: size + 1 for name, size in real(*given).items()})
    said = person.types(*AUDIT, "--since", "HEAD", ".")
    assert said.code == 3
    assert "git does not give what the repository should hold" in said.stderr


def test_a_program_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    """What is called git and is none ends in a sentence."""
    git = program.Git(str(tmp_path / "git"), str(tmp_path), {}, 1e12)
    with pytest.raises(AssayError, match="git cannot be started"):
        git.said(("rev-parse",), 1)


def test_the_words_of_git_that_are_not_known_do_not_hide_that_it_fails(person: Person, repository: Repository) -> None:
    """A repository that git cannot read at all is told as such."""
    repository.commit({"requirements.txt": LOCK})
    (repository.folder / ".git" / "HEAD").unlink()
    said = person.types(*AUDIT, "--since", "HEAD", ".")
    assert said.code == 2
    assert "is no git repository that can be read" in said.stderr


def test_what_is_neither_is_left_to_the_audit(person: Person, repository: Repository) -> None:
    """A target that is not there now is the audit's own problem; its past is not asked for."""
    repository.commit({"requirements.txt": LOCK})
    assert person.types(*AUDIT, "--since", "HEAD", "requirements.txt", "gone.txt").code == 3


def test_no_settings_mean_no_baseline() -> None:
    """Where nothing is named, nothing was there before, and nothing is read."""
    assert baselines.before(Settings(), Outside({}, "/", NOW)) is None
    with pytest.raises(UsageError):
        baselines.before(Settings(baseline="a", since="b"), Outside({}, "/", NOW))


def test_the_environment_that_is_meant_where_nothing_is_named_has_no_past() -> None:
    """Without a target, the audit is of an environment, which no repository holds."""
    with pytest.raises(UsageError, match="--since goes with files and folders"):
        baselines.before(Settings(since="HEAD"), Outside({}, "/", NOW))


PAGE = Path(__file__).resolve().parents[2] / "docs" / "baseline.md"
SHOWN = re.compile(r"<!-- shown: (\w+) -->\n```console\n\$ pip-assay ([^\n]*)\n(.*?)```", re.DOTALL)


def test_the_page_shows_what_is_printed(
    person: Person, repository: Repository, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """The page on baselines tells of this repository, and each of its transcripts is what the command prints there."""
    monkeypatch.setenv("COLUMNS", "100")
    for path in RECORDS.glob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["id"] == "PYSEC-2026-3":
            record["published"] = "2026-11-20T08:00:00Z"
        (person.folder.parent / path.name).write_text(json.dumps(record), encoding="utf-8")
    person.types("db", "import", *map(str, sorted(person.folder.parent.glob("*.json"))))
    repository.commit({"requirements.txt": "alpha==1.2\nbeta==0.9\nclean==1.0\n"}, day="2026-06-01T12:00:00Z")
    repository.git("checkout", "--quiet", "-b", "branch")
    repository.commit({"requirements.txt": "alpha==1.2\nbeta==0.9\nclean==1.0\ngamma==1.0\n"})

    def produced(block: re.Match[str]) -> str:
        repository.git("checkout", "--quiet", block[1])
        said = person.types(*shlex.split(block[2]))
        assert (said.code, said.stderr) == ({"branch": 1, "main": 0}[block[1]], "")
        return f"<!-- shown: {block[1]} -->\n```console\n$ pip-assay {block[2]}\n{said.stdout}```"

    text = PAGE.read_text(encoding="utf-8")
    now, count = SHOWN.subn(produced, text)
    if request.config.getoption("--update"):
        PAGE.write_text(now, encoding="utf-8")
    assert (count, now) == (2, PAGE.read_text(encoding="utf-8"))
