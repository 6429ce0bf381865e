"""A plan carried out in an environment by the real uv: all of it, or what was there is put back, also when stopped."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pip_assay import cli
from pip_assay.errors import Unreadable
from pip_assay.fix import steps
from pip_assay.fix.formats import environment as module
from pip_assay.fix.formats import environment_change, environment_held, environment_kept
from pip_assay.fix.nouns import Outcome, Plan, Wish
from pip_assay.fix.tools import Tools
from pip_assay.reports.fixing import Fixing, wording
from pip_assay.sources.resolve.process import Ended
from tests.environment_scene import contents, environment_scene, installed, site, target
from tests.fix_scene import Scene, plan
from tests.server import Reply

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the paths and signals are those of POSIX")

BEFORE = {"app": "1.0", "web": "1.0", "core": "1.0"}
MOVES = ("core 1.0 2.0", "plug - 0.2 web", "web 1.0 2.0")
CLASHING = ("web 1.0 2.0", "plug - 0.2 web")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Return a scene with a virtual environment "env" that holds app, web and core 1.0."""
    with environment_scene(tmp_path, "app==1.0", "web==1.0", "core==1.0") as made:
        monkeypatch.chdir(made.folder)
        yield made


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def number(request: pytest.FixtureRequest) -> Iterator[int]:
    """Return a signal that stops what is under way."""
    before = signal.signal(request.param, signal.default_int_handler)
    yield int(request.param)
    signal.signal(request.param, before)


def after_each(monkeypatch: pytest.MonkeyPatch, act: Callable[[list[str]], None]) -> None:
    """Have something happen after each run of uv, which is told its words."""
    real = Tools.run

    def run(self: Tools, command: list[str], *arguments: object) -> Ended:
        ended = real(self, command, *arguments)  # type: ignore[arg-type]
        act(command)
        return ended

    monkeypatch.setattr(Tools, "run", run)


def apply(here: Scene, *moves: str) -> None:
    """Carry out a plan."""
    module.apply(plan(target(here), *moves), here.tools(), here.said.append)


@pytest.mark.parametrize("moment", ["install", "check"])
def test_what_is_stopped_while_it_changes_is_put_back(
    here: Scene, monkeypatch: pytest.MonkeyPatch, number: int, moment: str
) -> None:
    """Every file is as it was, the signal goes through, and what was done is told with it."""
    before = contents(here)
    seen: list[str] = []

    def stop(command: list[str]) -> None:
        seen.extend(command[2:3] if "--target" not in command else ())
        if seen[-1:] == [moment] and "install" in seen and installed(here) != BEFORE:
            signal.raise_signal(number)

    after_each(monkeypatch, stop)
    with pytest.raises(KeyboardInterrupt) as caught:
        apply(here, *MOVES)
    assert caught.value.__notes__ == ["env: what was there was put back"]
    assert here.said == ["putting back what was in env"]
    assert contents(here) == before
    assert installed(here) == BEFORE


def test_what_is_stopped_before_it_changes_anything_is_left(
    here: Scene, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """While the new releases are fetched, nothing is held back, and nothing is there to put back."""
    before = contents(here)
    after_each(monkeypatch, lambda command: signal.raise_signal(number) if "--target" in command else None)
    with pytest.raises(KeyboardInterrupt) as caught:
        apply(here, *MOVES)
    assert caught.value.__notes__ == ["env: nothing was changed"]
    assert contents(here) == before


def test_what_is_stopped_when_it_cannot_be_put_back_is_told(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the reason is a signal, a person learns what to do."""

    def stop(command: list[str]) -> None:
        if command[2] == "install" and "--target" not in command and "--reinstall" not in command:
            signal.raise_signal(signal.SIGINT)

    after_each(monkeypatch, stop)
    lose(here, monkeypatch, "web")
    with pytest.raises(KeyboardInterrupt) as caught:
        apply(here, *MOVES)
    [note] = caught.value.__notes__
    assert note.endswith("could be put back, which you do with: uv pip install --reinstall --no-deps web==1.0")
    assert installed(here) == {"app": "1.0", "core": "1.0", "web": "2.0"}


def lose(here: Scene, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Have no files kept of a project, and the index without its old release."""
    real = environment_kept.keep

    def keep(metadata: str, prefix: str, folder: str) -> tuple[environment_kept.Kept, ...]:
        kept = real(metadata, prefix, folder)
        return () if os.path.basename(folder) == name else kept

    monkeypatch.setattr(environment_kept, "keep", keep)
    forget(here, name)


def forget(here: Scene, name: str) -> None:
    """Have the index, and uv's cache, without the release 1.0 of a project."""
    page = here.server.script[f"/simple/{name}/"]
    assert isinstance(page, Reply)
    body = str(page.body).replace(f"{name}-1.0-py3", f"{name}-0.1-py3")
    here.server.script[f"/simple/{name}/"] = page._replace(body=body)
    here.environ["UV_CACHE_DIR"] = str(here.folder.parent / "fresh")


def test_what_no_index_has_any_more_is_put_back(here: Scene) -> None:
    """The files were kept, so that nobody has to have the old releases, nor to build them."""
    before = contents(here)
    forget(here, "web")
    with pytest.raises(Unreadable, match="what was there was put back"):
        apply(here, *CLASHING)
    assert contents(here) == before


def test_what_cannot_be_put_back_is_named_and_the_rest_is(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """One project that is lost does not stop the others, and what came in goes last."""
    lose(here, monkeypatch, "core")
    real = environment_change._Changing.clashes
    count = 0

    def clashes(self: environment_change._Changing) -> dict[str, str]:
        nonlocal count
        count += 1
        return real(self) if count == 1 else {"web": "The package `web` does not do."}

    monkeypatch.setattr(environment_change._Changing, "clashes", clashes)
    with pytest.raises(Unreadable) as caught:
        apply(here, *MOVES)
    told = "not all that was there could be put back, which you do with: "
    assert caught.value.hint == f"{told}uv pip install --reinstall --no-deps core==1.0"
    assert installed(here) == {"app": "1.0", "web": "1.0", "core": "2.0"}


def test_a_release_that_is_half_there_is_taken_away(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Metadata without a RECORD, as an ended installer leaves them, do not stay beside what was there."""
    before = contents(here)

    def break_it(command: list[str]) -> None:
        for each in site(here).glob("web-2.0.dist-info/RECORD") if command[2] == "install" else ():
            each.unlink()

    after_each(monkeypatch, break_it)
    with pytest.raises(Unreadable, match="what was there was put back"):
        apply(here, *CLASHING)
    assert contents(here) == before


def test_files_that_are_not_in_the_environment_are_not_kept(here: Scene) -> None:
    """A RECORD may name any file of the machine: none of them is linked to, or put anywhere."""
    record = site(here) / "web-1.0.dist-info" / "RECORD"
    outside = here.put("mine.txt", "mine")
    record.write_text(f"{here.folder / outside},,\n{record.read_text()}")
    kept = environment_kept.keep(str(record.with_name("METADATA")), "env", str(here.folder / "env" / ".kept"))
    assert {each.place for each in kept} == {str(each.resolve()) for each in record.parent.iterdir()}
    assert environment_held.not_recorded(str(record.with_name("METADATA"))) == ""


def test_what_was_written_before_a_stop_is_told(here: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files change before environments do, and stay changed."""
    here.put("r.txt", "core==1.0\nweb==1.0\n")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "apply", stop)
    settings = here.settings._replace(requirements=("r.txt",))
    with pytest.raises(KeyboardInterrupt) as caught:
        steps.fix(settings, here.outside, Wish(), writing=True)
    assert caught.value.__notes__ == ["r.txt: was written"]
    assert here.text("r.txt") == "core==2.0\nplug==0.2\nweb==2.0\n"


def test_the_command_line_tells_what_a_stop_has_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], here: Scene
) -> None:
    """Before it ends by the signal; Ctrl-C is exit code 130."""

    def stop(*_: object, **__: object) -> None:
        stopped = KeyboardInterrupt()
        stopped.add_note("env: what was there was put back")
        raise stopped

    monkeypatch.setattr(steps, "fix", stop)
    assert cli.main(["fix", "env", "--write", "--db", here.settings.database]) == 130
    assert capsys.readouterr().err == "pip-assay: env: what was there was put back\npip-assay: stopped\n"


def test_nothing_was_written_is_said_only_where_that_is_so(here: Scene) -> None:
    """What a program has tried to carry out tells itself what is there now."""
    told = "env: it failed; not all that was there could be put back"
    outcome = Outcome(Plan(target(here)), faults=(told,))
    assert wording.faults(outcome) == [f"{told}; nothing was written"]
    assert wording.faults(outcome._replace(tried=True)) == [told]
    done = steps.fix(here.settings, here.outside, Wish(), writing=False)
    fixing = Fixing(done.report, (outcome,), (done.outcomes[0].plan.settled,), writing=True)
    assert wording.closing(fixing) == "The finding stays; nothing was written."
    assert wording.closing(fixing._replace(outcomes=(outcome._replace(tried=True),))) == "The finding stays."
