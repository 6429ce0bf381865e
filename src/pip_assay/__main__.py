"""`python -m pip_assay` is `pip-assay`.

Python looks for modules in the current folder first when it is started so, and that may be the audited one: the folder
is taken out before anything else is imported. (`python -P -m pip_assay` does not put it in.)
"""

import os
import sys

if sys.path and not sys.flags.safe_path and sys.path[0] in ("", os.getcwd()):
    here = sys.path.pop(0)
    if not any(os.path.isdir(os.path.join(each, "pip_assay")) for each in sys.path):
        sys.path.append(here)  # a checkout's own src

from pip_assay.cli import run

if __name__ == "__main__":
    run()
