"""One command line of many commands, each a module with a ``main`` that is imported when it is called."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Mapping


def dispatch(prog: str, about: str | None, commands: Mapping[str, tuple[str, str]]) -> None:
    """Run the command named first on the command line; what follows it, ``--help`` included, belongs to the command.

    Args:
        prog: how the command line is called.
        commands: name -> (module, one line about it).
    """
    listing = "\n".join(f"  {name:14} {line}" for name, (_, line) in commands.items())
    parser = argparse.ArgumentParser(
        prog=prog, description=about, epilog=listing, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=commands)
    command = parser.parse_args(sys.argv[1:2]).command
    sys.argv = [f"{prog} {command}", *sys.argv[2:]]
    importlib.import_module(commands[command][0]).main()
