"""A first look at an installed pip-assay, without anything of this folder: `python tests/smoke.py PIP-ASSAY`."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

RECORD = {
    "id": "PYSEC-2000-1",
    "modified": "2026-01-01T00:00:00Z",
    "aliases": ["CVE-2000-1"],
    "summary": "A flaw in a demonstration",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "demonstration"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}],
        }
    ],
}


def main(command: str) -> int:
    """Return 0 when the installed command imports a record, finds it, and audits its own environment."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "records").mkdir()
        (root / "records" / "record.json").write_text(json.dumps(RECORD), encoding="utf-8")
        (root / "records" / "modified_id.csv").write_text("", encoding="utf-8")  # so it is all there is
        (root / "requirements.txt").write_text("demonstration==1.0\n", encoding="utf-8")
        environ = {**os.environ, "PIP_ASSAY_CACHE": str(root / "cache"), "PIP_ASSAY_MAX_DB_AGE": "99999"}

        def run(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [command, *arguments], cwd=root, env=environ, capture_output=True, text=True, check=False
            )

        imported = run("db", "import", "records")
        assert imported.returncode == 0, imported
        found = run("-r", "requirements.txt", "--no-deps", "-f", "json")
        assert found.returncode == 1, found
        (finding,) = json.loads(found.stdout)["findings"]
        assert (finding["id"], finding["score"], finding["fixed_in"]) == ("PYSEC-2000-1", 9.8, ["2.0"]), finding
        own = run("--python", str(Path(command).parent.parent), "--offline", "--no-bundled")
        assert own.returncode == 0, own
        whole = run("--python", str(Path(command).parent.parent), "--offline")
        assert whole.returncode in (0, 1), whole  # this machine's Python may have known flaws
        for option in ("--version", "--help"):
            assert run(option).returncode == 0
        print(own.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
