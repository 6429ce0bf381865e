"""`python -m pip_assay` is `pip-assay`."""

from pip_assay.cli import run

if __name__ == "__main__":
    run()
