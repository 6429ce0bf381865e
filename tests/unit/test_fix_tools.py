"""Programs that own files: found outside of what is fixed, and told no more than they need."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pip_assay.errors import Unreadable
from pip_assay.fix.tools import Tools
from tests.fix_scene import Scene, scene


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Scene]:
    """Return a scene."""
    with scene(tmp_path) as made:
        yield made


def test_programs_are_found_outside_of_what_is_fixed(here: Scene, tmp_path: Path) -> None:
    """What is not there is told with the line that installs it; a program of the project itself is not taken."""
    tools = here.tools()
    assert tools.find("uv")
    for name, line in (("poetry", "pipx install poetry"), ("odd", "install odd")):
        with pytest.raises(Unreadable) as caught:
            tools.find(name)
        assert str(caught.value) == f"{name} is not on this machine; {line}"
    own = here.folder / "bin" / "poetry"
    own.parent.mkdir()
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    here.environ["PATH"] = f"{own.parent}{os.pathsep}{here.environ['PATH']}"
    with pytest.raises(Unreadable, match="poetry is not on this machine"):
        here.tools().find("poetry")
    far = tmp_path / "bin" / "poetry"
    far.parent.mkdir()
    own.rename(far)
    here.environ["PATH"] = str(far.parent)
    assert here.tools().find("poetry") == str(far)


def test_programs_see_no_variable_but_what_they_need(here: Scene, tmp_path: Path) -> None:
    """A secret of the person's environment is not passed on; what is added is, and errors are told."""
    show = tmp_path / "bin" / "show"
    show.parent.mkdir()
    show.write_text('#!/bin/sh\necho "$SECRET|$ADDED|$(pwd)"\n')
    show.chmod(0o755)
    here.environ["SECRET"] = "s3cret"
    ended = here.tools().run([str(show)], str(here.folder), added={"ADDED": "yes"})
    assert ended.out == f"|yes|{here.folder}\n"
    with pytest.raises(Unreadable, match="cannot be started"):
        here.tools().run([str(tmp_path / "gone")], str(here.folder))
    late = Tools(here.environ, str(here.folder), 0.0)
    show.write_text("#!/bin/sh\nwhile :; do :; done\n")
    with pytest.raises(Unreadable, match="took too long"):
        late.run([str(show)], str(here.folder))
