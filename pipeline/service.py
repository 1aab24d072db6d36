"""The whole road of an ad: checks, masking, caption, unmasking, scores; every step timed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING, Any

from moderation.verdict import Bilingual, Verdict
from pipeline.ad import Ad
from pipeline.models import Models
from pipeline.prompt import task_for, write_prompt
from pipeline.result import Problem, Progress, Result
from pipeline.route import captioner_name, photos_for
from pipeline.settings import Settings, load_settings

if TYPE_CHECKING:
    from models.captioners.base import Captioner, Generation, Prompt
    from models.photo import Photo

MODERATION = ("photos", "text", "match")
STEPS = ("validate", *MODERATION, "mask", "diversity", "caption", "unmask", "scores")
GENERATION = ("mask", "diversity", "caption", "unmask")
JUDGES = ("text_moderator", "photo_moderator", "match_judge", "diversity_judge", "bert_scorer")

log = logging.getLogger(__name__)


@dataclass
class Draft:
    """An ad on its way: what came in and what is known so far."""

    ad: Ad
    checkpoint: str | None
    seed: int
    blanks: bool
    result: Result = field(default_factory=Result)

    @property
    def photos(self) -> list[Photo]:
        return self.result.photos


class Service:
    """Runs the steps in their order; the models behind them are loaded once and shared by all requests.

    Args:
        settings: which checkpoints to use; ``settings.json`` when left out.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or load_settings()
        self.models = Models(self.settings)

    def warm_up(self) -> Thread:
        """Load every model in the background, so that the page is up at once and the first ad is not slow."""
        thread = Thread(target=self._load_all, name="warm-up", daemon=True)
        thread.start()
        return thread

    def _load_all(self) -> None:
        models = self.models
        loads: list[Callable[[], Any]] = [
            lambda: models.encoder.encode_texts(["детские ботинки"]),
            lambda: models.captioner(self.settings.captioner),
            *(partial(getattr, models, name) for name in JUDGES),
        ]
        for load in loads:
            try:
                load()
            except (OSError, ValueError) as error:  # told again to whoever needs the model
                log.error("a model cannot be loaded: %s", error)

    def checkpoints(self) -> list[dict[str, Any]]:
        """Every captioner folder: name, family, title, photos (single, many), ready, why."""
        from models.checkpoint import list_captioners

        return [vars(info) for info in list_captioners()]

    def describe(self, ad: Ad, checkpoint: str | None = None, seed: int = 0, blanks: bool = False) -> Result:
        """Run the whole road; see ``run``."""
        *_, result = self.run(ad, checkpoint, seed, blanks)
        return result

    def run(
        self, ad: Ad, checkpoint: str | None = None, seed: int = 0, blanks: bool = False
    ) -> Iterator[Progress | Result]:
        """Yield ``Progress`` as steps begin and end and words are written, and the ``Result`` last.

        Args:
            ad: attributes, text and photo paths as handed in.
            checkpoint: folder name of a captioner; the default of the settings when None.
            seed: 0 takes the likeliest text; any other samples a variant, the same one for the same seed.
            blanks: leave ``__`` where a value is not known instead of erasing its words.
        """
        draft = Draft(ad, checkpoint, seed, blanks)
        timings = draft.result.timings
        started = perf_counter()
        for step in STEPS:
            if draft.result.status != "ok" and step not in MODERATION:
                break
            yield Progress(step)
            begun = perf_counter()
            yield from getattr(self, f"_{step}")(draft) or ()
            timings[step] = perf_counter() - begun
            yield Progress(step, timings[step])
            if draft.result.status in ("invalid", "empty"):
                break
        timings["moderation"] = sum(timings.get(step, 0.0) for step in MODERATION)
        timings["generation"] = sum(timings.get(step, 0.0) for step in GENERATION)
        timings["total"] = perf_counter() - started
        yield draft.result

    def _validate(self, draft: Draft) -> None:
        from pipeline.validate import validate

        checked = validate(draft.ad)
        draft.ad, draft.result.photos = checked.ad, checked.photos
        if checked.empty:
            draft.result.status = "empty"
            return
        draft.result.problems = [*checked.problems, *self._checkpoint_problems(draft)]
        if draft.result.problems:
            draft.result.status = "invalid"

    def _checkpoint_problems(self, draft: Draft) -> list[Problem]:
        """A captioner that cannot be loaded is told before anything is judged."""
        draft.result.checkpoint = captioner_name(self.settings, draft.checkpoint, draft.ad.photos)
        try:
            self.models.captioner(draft.result.checkpoint)
        except (OSError, ValueError) as error:
            message = Bilingual(f"Модель не загружена: {error}", f"The model cannot be loaded: {error}")
            return [Problem("checkpoint", message)]
        return []

    def _photos(self, draft: Draft) -> None:
        self._judge(draft, self.models.photo_moderator.judge(draft.photos))
        draft.result.models["photos"] = f"NudeNet {self.settings.nudenet}"

    def _text(self, draft: Draft) -> None:
        fields = {**draft.ad.attributes, "text": draft.ad.text}
        self._judge(draft, self.models.text_moderator.judge(fields))
        draft.result.models["text"] = f"toxicity/{self.settings.toxicity}"

    def _match(self, draft: Draft) -> None:
        self._judge(draft, self.models.match_judge.judge(draft.ad.full_text, draft.photos))
        draft.result.models["match"] = f"clip/{self.settings.clip}"

    @staticmethod
    def _judge(draft: Draft, verdicts: list[Verdict]) -> None:
        draft.result.verdicts += verdicts
        whole = [v for v in verdicts if v.photo is None] or verdicts
        if any(verdict.passed is False for verdict in whole):
            draft.result.status = "rejected"

    def _mask(self, draft: Draft) -> None:
        from masking import mask_ad

        draft.result.masked = mask_ad(draft.ad.attributes, draft.ad.text)

    def _diversity(self, draft: Draft) -> None:
        judge = self.models.diversity_judge
        value = judge.score(draft.ad.full_text, draft.photos)
        draft.result.diversity = {"score": value, "token": judge.token(value)}
        draft.result.models["diversity"] = f"diversity/{self.settings.diversity}"

    def _caption(self, draft: Draft) -> Iterator[Progress]:
        captioner = self.models.captioner(draft.result.checkpoint)
        prompt = self._prompt(draft, captioner)
        for attempt in range(2):
            generation = self._generation(draft, captioner, attempt)
            for text in captioner.stream(prompt, generation):
                draft.result.masked_text = text
                yield Progress("caption", text=text)
            verdicts = self.models.text_moderator.judge({"generated": draft.result.masked_text})
            if all(verdict.passed is not False for verdict in verdicts):
                return
        self._judge(draft, verdicts)
        draft.result.masked_text = ""

    def _prompt(self, draft: Draft, captioner: Captioner) -> Prompt:
        from models.captioners.base import Prompt

        text = draft.result.masked.text
        photos = photos_for(captioner, draft.photos, draft.ad.full_text, self.models.encoder)
        return Prompt(write_prompt(draft.result.diversity["token"], text, len(photos), task_for(text)), photos)

    def _generation(self, draft: Draft, captioner: Captioner, attempt: int) -> Generation:
        generation = captioner.defaults
        if draft.seed or attempt:
            generation = replace(generation, temperature=0.7, seed=draft.seed + 1_000 * attempt)
        if self.settings.only_input_placeholders:
            held = frozenset(f"<{span.slot}>" for span in draft.result.masked.spans)
            generation = replace(generation, allowed_placeholders=held)
        return generation

    def _unmask(self, draft: Draft) -> None:
        draft.result.text = fill(draft.result, draft.blanks)

    def _scores(self, draft: Draft) -> None:
        from pipeline.scores import score

        result = draft.result
        result.scores, used = score(self.models, draft.photos, draft.ad.full_text, result.text)
        result.models |= used


def fill(result: Result, blanks: bool) -> str:
    """The description with its values; ``blanks`` leaves ``__`` for placeholders the input does not hold."""
    from masking import restore

    return restore(result.masked_text, result.masked, blanks=blanks)
