"""``python -m training.photo_false_alarms``: what photo moderation says about photos known to be decent.

Every photo of ``../shared/data/clothes`` was looked at when its texts were written: none of them is indecent, so each
rejection is a false alarm. The thresholds of ``moderation/photo_policy.json`` rest on the scores printed here.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from moderation.photos import PhotoModerator, PhotoPolicy, judge_paths
from training.clothes import SHARED


def summary(lines: Iterable[dict[str, Any]], policy: PhotoPolicy) -> dict[str, Any]:
    """Count photos, rejections and warnings; of each rejecting class the five highest scores, one a photo.

    Args:
        lines: of ``moderation.photos.judge_paths``.
        policy: names the rejecting classes.
    """
    photos, unreadable, rejected = 0, 0, 0
    warned: Counter[str] = Counter()
    scores: dict[str, list[float]] = {name: [] for name in policy.rejects}
    for line in lines:
        photos += 1
        unreadable += "error" in line
        rejected += line["rejected"] is True
        warned.update({detection["class"] for detection in line["warnings"]})
        for name in policy.rejects:
            seen = [detection["score"] for detection in line["detections"] if detection["class"] == name]
            scores[name] += [max(seen)] if seen else []
    return {
        "photos": photos,
        "unreadable": unreadable,
        "rejected": rejected,
        "warned_photos_by_class": dict(warned.most_common()),
        "rejecting_classes": {
            name: {
                "rejects_from": policy.rejects[name],
                "photos": len(found),
                "highest": [round(score, 3) for score in sorted(found, reverse=True)[:5]],
            }
            for name, found in scores.items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.photo_false_alarms", description=__doc__)
    parser.add_argument("--photos", type=Path, default=SHARED / "clothes" / "photos", help="folder of decent photos")
    parser.add_argument("--model", default="320n", help="320n or the path of a NudeNet ONNX file")
    parser.add_argument("--out", type=Path, help="also write a line a photo")
    arguments = parser.parse_args()
    moderator = PhotoModerator(arguments.model)
    paths = sorted(path for path in arguments.photos.iterdir() if path.suffix.lower() in (".jpg", ".png", ".gif"))
    lines = []
    for line in judge_paths(moderator, paths):
        lines.append(line)
        if len(lines) % 500 == 0:
            print(f"{len(lines)} of {len(paths)}", file=sys.stderr)
    if arguments.out:
        arguments.out.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    print(json.dumps(summary(lines, moderator.policy), ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
