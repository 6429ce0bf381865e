"""`python -m pip_assay` is `pip-assay`."""

import sys

from pip_assay.cli import main

if __name__ == "__main__":
    sys.exit(main())
