"""A tree of many projects, as a monorepo is: the same real lock with other pins, among files that are no targets."""

import shutil
from pathlib import Path

LOCKS = 1000
OTHERS = 100
"""Other files beside each lock, every second of them Python."""


def make(lock: Path, folder: Path, locks: int) -> Path:
    """Return a tree of so many locks; it is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    text = lock.read_text()
    for number in range(locks):
        project = folder / f"team{number % 20}" / f"service{number}"
        (project / "src").mkdir(parents=True)
        (project / "uv.lock").write_text(text.replace('version = "4.2.', f'version = "4.{number % 40}.'))
        (project / "pyproject.toml").write_text('[project]\nname = "service"\nversion = "1"\n')
        for other in range(OTHERS):
            ending = "py" if other % 2 else "json"
            (project / "src" / f"part{other}.{ending}").write_text("words = 1\n")
    return folder
