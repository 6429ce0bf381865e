"""The guard that pip runs under: it can start no other program, and so neither build nor clone.

It is needed: "--only-binary :all:" holds for what pip finds in indexes, and not for an address that a wheel's metadata
names. Such an sdist pip would build, and such a repository it would clone. (Audit events: PEP 578.)
"""

GUARDED = "pip-assay lets pip start no other program"

GUARD = f"""
import runpy, sys
def refuse(event, arguments):
    if event in starts:
        raise PermissionError("{GUARDED}")
starts = {{"subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
          "os.startfile", "pty.spawn"}}
sys.path.append(sys.argv.pop(1))
sys.addaudithook(refuse)
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""
