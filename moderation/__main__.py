"""``python -m moderation COMMAND``: the judges of an ad, one at a time; prints UTF-8 JSON lines."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def match(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Lines ``photo, text`` with ``cosine, probability, accepted``; each line is an ad of one photo."""
    from models.clip.factory import load_encoder
    from moderation.match import MatchJudge
    from moderation.pairs import match_pairs

    judge = MatchJudge(load_encoder(arguments.encoder))
    return match_pairs(judge, read_jsonl(arguments.jsonl), arguments.photos)


def text(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Lines ``text`` with ``score, rejected``."""
    from moderation.text import TextModerator

    moderator = TextModerator(arguments.classifier)
    for record in read_jsonl(arguments.jsonl):
        score = moderator.score(record["text"])
        yield record | {"score": score, "rejected": score >= moderator.classifier.threshold}


def photos(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """A line a file: ``path, rejected, warnings, detections``; a file that is no photo has an ``error`` beside."""
    from moderation.photos import PhotoModerator, judge_paths

    return judge_paths(PhotoModerator(arguments.model), arguments.paths)


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Read one object a line; raises ValueError naming the line that is not."""
    lines = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if line.strip():
            try:
                lines.append(json.loads(line))
            except json.JSONDecodeError as error:
                raise ValueError(f"{path}, line {number}: not JSON ({error})") from error
    return lines


def print_jsonl(records: Iterable[dict[str, Any]]) -> None:
    for record in records:
        print(json.dumps(record, ensure_ascii=False))


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m moderation", description=__doc__)
    commands = top.add_subparsers(required=True)

    command = commands.add_parser("match", help="do photo and text belong together?")
    command.add_argument("--jsonl", type=Path, required=True, help="lines with photo and text")
    command.add_argument("--photos", type=Path, required=True, help="folder of the photos")
    command.add_argument("--encoder", default="builtin", help="folder in checkpoints/clip")
    command.set_defaults(run=match)

    command = commands.add_parser("text", help="is the text decent?")
    command.add_argument("--jsonl", type=Path, required=True, help="lines with text")
    command.add_argument("--classifier", default="builtin", help="folder in checkpoints/toxicity")
    command.set_defaults(run=text)

    command = commands.add_parser("photos", help="is anything on the photos indecent?")
    command.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    command.add_argument("--model", default="320n", help="320n, or the path of a NudeNet ONNX file (640m.onnx)")
    command.set_defaults(run=photos)
    return top


def main() -> None:
    arguments = parser().parse_args()
    try:
        print_jsonl(arguments.run(arguments))
    except (OSError, ValueError) as error:
        sys.exit(f"{parser().prog}: {error}")


if __name__ == "__main__":
    main()
