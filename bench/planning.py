"""Plan a fix and prove it, and print how long each took, as JSON: `python -m bench.planning FILE DATABASE PYTHON`."""

import json
import os
import sys
import time

from pip_assay.fix import steps
from pip_assay.fix.nouns import Wish
from pip_assay.settings import Outside, Settings

PROVING = "writing the plan into a copy"
"""How the message begins with which planning ends."""


def main(file: str, database: str, python: str) -> None:
    """Print seconds of the plan, and of the plan with its proof, solver calls, changes and settled flaws."""
    ended: list[float] = []

    def say(text: str) -> None:
        if text.startswith(PROVING):
            ended.append(time.perf_counter())

    settings = Settings(
        requirements=(file,), database=database, python_version=python, max_database_age=1e6, no_config=True,
        cache=os.environ["PIP_ASSAY_CACHE"],
    )  # fmt: skip
    begin = time.perf_counter()
    done = steps.fix(settings, Outside(os.environ, os.getcwd(), time.time(), say=say), Wish(), writing=False)
    end = time.perf_counter()
    (outcome,) = done.outcomes
    plan = outcome.plan
    measured = {
        "plan": (ended[0] if ended else end) - begin, "whole": end - begin, "calls": plan.calls, "most": plan.most,
        "changes": len(plan.changes), "settled": len(plan.settled),
    }  # fmt: skip
    sys.stdout.write(json.dumps(measured))


if __name__ == "__main__":
    main(*sys.argv[1:])
