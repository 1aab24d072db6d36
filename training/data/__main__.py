"""``python -m training data COMMAND``: builds, checks and shows data sets of ads."""

from __future__ import annotations

from training.dispatch import dispatch

COMMANDS = {
    "build": ("training.data.build", "write a data set by a recipe (recipes/*.yaml)"),
    "leaks": ("training.data.leaks", "near-copies of photos that are in two splits of a data set"),
    "eda": ("training.data.eda.report", "what is inside a data set: report.html and report.md"),
    "run": ("training.data.engine.run", "put videos or a data set through the steps, at any scale"),
    "bench": ("training.data.engine.bench", "the same synthetic videos on both engines, timed"),
}


def main() -> None:
    dispatch("python -m training data", __doc__, COMMANDS)


if __name__ == "__main__":
    main()
