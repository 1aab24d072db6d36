"""``python -m training data COMMAND``: builds, checks and shows data sets of ads."""

from __future__ import annotations

import argparse
import importlib
import sys

COMMANDS = {
    "build": ("training.data.build", "write a data set by a recipe (recipes/*.yaml)"),
    "leaks": ("training.data.leaks", "near-copies of photos that are in two splits of a data set"),
    "eda": ("training.data.eda.report", "what is inside a data set: report.html and report.md"),
    "run": ("training.data.engine.run", "put videos or a data set through the steps, at any scale"),
    "bench": ("training.data.engine.bench", "the same synthetic videos on both engines, timed"),
}


def main() -> None:
    listing = "\n".join(f"  {name:14} {about}" for name, (_, about) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m training data", epilog=listing, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=COMMANDS)
    arguments = parser.parse_args(sys.argv[1:2])  # the rest, --help included, belongs to the command
    sys.argv = [f"python -m training data {arguments.command}", *sys.argv[2:]]
    importlib.import_module(COMMANDS[arguments.command][0]).main()


if __name__ == "__main__":
    main()
