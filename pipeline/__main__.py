"""``python -m pipeline describe | validate | checkpoints | diversity``: JSON on stdout, progress on stderr."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from pipeline.ad import Ad


class AdFile(BaseModel):
    """The file ``--ad`` names; numbers are taken as the seller wrote them."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    attributes: dict[str, str] = {}
    text: str = ""


def describe(arguments: argparse.Namespace) -> None:
    from pipeline.result import Progress
    from pipeline.service import Service
    from pipeline.settings import load_settings

    given = AdFile.model_validate_json(arguments.ad.read_text(encoding="utf-8-sig")) if arguments.ad else AdFile()
    ad = Ad(given.attributes, given.text, tuple(arguments.photo))
    service = Service(load_settings(runtime=arguments.runtime, precision=arguments.precision))
    for event in service.run(ad, arguments.checkpoint, arguments.seed, arguments.blanks):
        if not isinstance(event, Progress):
            print_json(event.to_json(arguments.lang))
        elif event.seconds is not None:
            print(f"{event.step}: {event.seconds:.2f} s", file=sys.stderr)


def validate(arguments: argparse.Namespace) -> None:
    from pipeline.validate import validate_paths

    print_lines(validate_paths(arguments.paths))


def checkpoints(arguments: argparse.Namespace) -> None:
    from pipeline.service import Service

    print_json(Service().checkpoints())


def diversity(arguments: argparse.Namespace) -> None:
    from pipeline.diversity import score_lines

    with arguments.jsonl.open(encoding="utf-8-sig") as lines:
        print_lines(score_lines((json.loads(line) for line in lines if line.strip()), arguments.photos))


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_lines(values: Iterable[dict[str, Any]]) -> None:
    for value in values:
        print(json.dumps(value, ensure_ascii=False), flush=True)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m pipeline", description=__doc__)
    commands = top.add_subparsers(required=True)

    command = commands.add_parser("describe", help="the whole road of one ad")
    command.add_argument("--ad", type=Path, help='JSON file: {"attributes": {…}, "text": "…"}')
    command.add_argument("--photo", type=Path, action="extend", nargs="+", default=[], metavar="P")
    command.add_argument("--checkpoint", metavar="NAME", help="captioner folder; the default of settings.json")
    command.add_argument("--seed", type=int, default=0, help="0: the likeliest text; others: variants")
    command.add_argument("--blanks", action="store_true", help="leave __ where a value is not known")
    command.add_argument("--lang", choices=("ru", "en"), default="ru", help="language of the messages")
    command.add_argument("--runtime", choices=("torch", "openvino"), help="what runs the captioner; else settings.json")
    command.add_argument("--precision", choices=("f32", "bf16", "int8"), help="of openvino; else settings.json")
    command.set_defaults(run=describe)

    command = commands.add_parser("validate", help="are these photos acceptable?")
    command.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    command.set_defaults(run=validate)

    command = commands.add_parser("checkpoints", help="the captioners on offer")
    command.set_defaults(run=checkpoints)

    command = commands.add_parser("diversity", help="one item or several?")
    command.add_argument("--jsonl", type=Path, required=True, help="lines with text? and photos?")
    command.add_argument("--photos", type=Path, default=Path(), help="folder of the photos")
    command.set_defaults(run=diversity)
    return top


def main() -> None:
    arguments = parser().parse_args()
    try:
        arguments.run(arguments)
    except (OSError, ValueError) as error:
        sys.exit(f"{parser().prog}: {error}")


if __name__ == "__main__":
    main()
