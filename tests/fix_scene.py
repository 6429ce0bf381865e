"""A project, an index of tiny wheels on the loopback interface, and advisories: all that a fix needs, and no more."""

import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pip_assay import flow
from pip_assay.advisories import build
from pip_assay.fix import steps
from pip_assay.fix.formats import requirements
from pip_assay.fix.nouns import Change, Plan, Target, Wish
from pip_assay.fix.tools import Tools
from pip_assay.model import Inventory
from pip_assay.settings import Outside, Settings
from tests.osv_export import archive, record
from tests.resolving import uv_executable
from tests.server import Reply, Server
from tests.wheel_folder import metadata, wheel

Releases = Mapping[str, Iterable[str]]
"""What each release requires: {"web 1.0": ["core>=1"]}."""

RELEASES: Releases = {
    "core 1.0": [], "core 1.1": [], "core 2.0": [], "web 1.0": ["core"], "web 1.5": ["core>=1.1"],
    "web 2.0": ["core>=2", "plug"], "web 2.1": ["core>=2", "plug"], "plug 0.1": [], "plug 0.2": [], "app 1.0": ["web"],
    "other-thing 1.0": [],
}  # fmt: skip
FIXED = {"web": "2.0"}
"""By project, the first release without its flaw: PYSEC-WEB."""


class Scene:
    """A project's folder, which is the current one, and what a fix of it is told."""

    def __init__(self, folder: Path, server: Server, settings: Settings, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self.server = server
        self.settings = settings
        self.environ = dict(environ)
        self.said: list[str] = []

    @property
    def outside(self) -> Outside:
        """The world as a fix knows it."""
        return Outside(self.environ, str(self.folder), time.time(), say=self.said.append)

    def put(self, name: str, text: str | bytes) -> str:
        """Write a file of the project, and return its path as a person would name it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    def text(self, name: str) -> str:
        """Return what a file of the project holds, with its line ends."""
        return (self.folder / name).read_bytes().decode()

    def hashes(self, release: str) -> str:
        """Return the hash of a release's only file, as a requirements file has it."""
        name, version = release.split()
        found = next((self.folder.parent / "links").glob(f"{name.replace('-', '_')}-{version}-*.whl"))
        return f"sha256:{hashlib.sha256(found.read_bytes()).hexdigest()}"

    def fix(self, *names: str, writing: bool = False, wish: Wish = Wish(), **settings: object) -> steps.Fixed:  # noqa: B008
        """Return what a fix of files does that are named with -r."""
        about = self.settings._replace(requirements=names)._replace(**settings)  # type: ignore[arg-type]
        return steps.fix(about, self.outside, wish, writing=writing)

    def target(self, *names: str, **settings: object) -> Target:
        """Return what requirements files hold for a fix."""
        about = self.settings._replace(requirements=names)._replace(**settings)  # type: ignore[arg-type]
        return requirements.read(self.inventory(*names, **settings), about, self.outside)

    def inventory(self, *names: str, **settings: object) -> Inventory:
        """Return what an install of requirements files would bring in."""
        about = self.settings._replace(requirements=names)._replace(**settings)  # type: ignore[arg-type]
        return flow.read(about, self.outside)[0]

    def tools(self, *, offline: bool = False) -> Tools:
        """Return what starts programs."""
        return Tools(self.environ, str(self.folder), time.monotonic() + 60, offline=offline)


@contextmanager
def scene(
    tmp_path: Path, releases: Releases = RELEASES, flaws: Mapping[str, str] = FIXED, *, hashed: bool = True
) -> Iterator[Scene]:
    """Give a scene below a folder; without `hashed` its index tells no hashes."""
    links, folder = tmp_path / "links", tmp_path / "project"
    for release, requires in releases.items():
        name, version = release.split()
        wheel(links, name, version, requires)
    folder.mkdir()
    script: dict[str, Reply] = {}
    for name in {each.split()[0] for each in releases}:
        wheels = sorted(links.glob(f"{name.replace('-', '_')}-*.whl"))
        marks = {each: f"#sha256={hashlib.sha256(each.read_bytes()).hexdigest()}" if hashed else "" for each in wheels}
        page = "".join(
            f'<a href="/files/{each.name}{marks[each]}" data-core-metadata="true">{each.name}</a>' for each in wheels
        )
        script[f"/simple/{name}/"] = Reply(page, headers={"Content-Type": "text/html"})
        script |= {f"/files/{each.name}.metadata": Reply(metadata(each)) for each in wheels}
        script |= {f"/files/{each.name}": Reply(each.read_bytes()) for each in wheels}
    records = [record(f"PYSEC-{name.upper()}", name, fixed=fixed) for name, fixed in flaws.items()]
    database = str(tmp_path / "advisories.db")
    build.build(database, [archive(tmp_path / "all.zip", *records)], now=time.time())
    environ = {
        "PATH": os.path.dirname(uv_executable()), "HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path / "uv"),
        "UV_HTTP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull,
    }  # fmt: skip
    with Server(script) as server:
        settings = Settings(
            database=database, cache=str(tmp_path / "cache"), max_database_age=1e9, no_config=True,
            index_url=f"{server.url}/simple", no_bundled=True,
        )  # fmt: skip
        yield Scene(folder, server, settings, environ)


def plan(target: Target, *moves: str, **about: object) -> Plan:
    """Return a plan of moves: "web 1.0 2.0", "plug - 0.2 web" for what comes in for web, "core 1.0 -" for what goes.

    A marker may follow: "web 1.0 2.0 ; python_version < '3.9'"; then it is the release of that marker that moves.
    """
    changes = []
    for each in moves:
        text, _, marker = each.partition(" ; ")
        name, old, new, *needed = text.split()
        held = [one for one in target.held if one.name == name and one.version == old]
        places = tuple(one.place for one in held if len(held) == 1 or one.marker == marker)
        made = Change(name, old.strip("-"), new.strip("-"), needed_by=tuple(needed), places=places, marker=marker)
        changes.append(made)
    return Plan(target, tuple(changes))._replace(**about)  # type: ignore[arg-type]
