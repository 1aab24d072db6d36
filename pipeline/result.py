"""What the service hands back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from models.photo import Photo
from moderation.verdict import Bilingual, Language, Verdict

if TYPE_CHECKING:
    from masking.mask import Masked

Status = Literal["ok", "rejected", "invalid", "empty"]


@dataclass(frozen=True)
class Problem:
    """One broken rule of the input (step 0).

    Attributes:
        rule: its short name, for example ``too_many_photos``.
        message: what is wrong and what to do.
        file: the file it is about.
    """

    rule: str
    message: Bilingual
    file: str | None = None


@dataclass(frozen=True)
class Progress:
    """A step that has begun (``seconds is None``) or ended, or the words written so far."""

    step: str
    seconds: float | None = None
    text: str = ""


@dataclass
class Result:
    """The description and its proof.

    Attributes:
        status: ``ok``; ``rejected`` by a check; ``invalid`` input; ``empty`` form.
        text: the description with its values (or blanks); empty unless ``ok``.
        masked_text: what the captioner wrote, placeholders kept.
        diversity: ``{"score": float, "token": "<SINGLE>" | "<VARIATIVE>"}``.
        verdicts: of every check, in the order they ran.
        timings: seconds by step, and ``moderation``, ``generation``, ``total``.
        scores: see ``pipeline/scores.py``; None where a score does not apply.
        models: which model computed what, by the name of the step or score: a folder of ``checkpoints``, or NudeNet.
        checkpoint: the captioner that wrote.
        problems: of the input, all at once.
        photos: the decoded photos, for the page.
        masked: the masked input, from which values come back.
    """

    status: Status = "ok"
    text: str = ""
    masked_text: str = ""
    diversity: dict[str, Any] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    checkpoint: str | None = None
    problems: list[Problem] = field(default_factory=list)
    photos: list[Photo] = field(default_factory=list)
    masked: Masked | None = None

    def to_json(self, language: Language = "ru") -> dict[str, Any]:
        return {
            "status": self.status,
            "text": self.text,
            "masked_text": self.masked_text,
            "diversity": self.diversity,
            "verdicts": [verdict.to_json(language) for verdict in self.verdicts],
            "timings": self.timings,
            "scores": self.scores,
            "models": self.models,
            "checkpoint": self.checkpoint,
            "problems": [{"rule": p.rule, "message": p.message.to(language), "file": p.file} for p in self.problems],
        }
