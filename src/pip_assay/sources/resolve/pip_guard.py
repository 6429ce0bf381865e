"""The code that starts pip: under a guard, and with the markers of another Python or platform where one is asked for.

Under the guard pip can start no other program, and so neither build nor clone. It is needed: "--only-binary :all:"
holds for what pip finds in indexes, and not for an address that a wheel's metadata names. Such an sdist pip would
build, and such a repository it would clone. (Audit events: PEP 578.)

pip evaluates markers for the Python that runs it, whatever --python-version and --platform say. So that Python is told
to answer as the other one would; a pip in which that has no effect is not used.
"""

from collections.abc import Mapping

GUARDED = "pip-assay lets pip start no other program"
ONE_PYTHON = "this pip evaluates markers for the running Python alone"

_START = """
import runpy, sys
sys.path.append(sys.argv.pop(1))
"""

_GUARD = f"""
def refuse(event, arguments):
    if event in starts:
        raise PermissionError("{GUARDED}")
starts = {{"subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
          "os.startfile", "pty.spawn"}}
sys.addaudithook(refuse)
"""

_MARKERS = f"""
from pip._vendor.packaging import markers
markers.default_environment = lambda: dict(asked)
told = (f'{{name}} == "{{asked[name]}}"' for name in ("python_full_version", "os_name", "sys_platform"))
if not markers.Marker(" and ".join(told)).evaluate():
    sys.exit("ERROR: {ONE_PYTHON}")
"""

_RUN = """
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def code(environment: Mapping[str, str], *, build: bool) -> str:
    """Return what `python -c` runs, with the folder or wheel of pip as the first argument.

    `environment` is a marker environment, empty for the running one's; `build` says whether pip may start programs.
    """
    markers = f"asked = {dict(environment)!r}{_MARKERS}" if environment else ""
    return _START + ("" if build else _GUARD) + markers + _RUN
