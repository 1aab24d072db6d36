"""Every model of the service, loaded once, when it is first needed."""

from __future__ import annotations

from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

from pipeline.settings import Settings

if TYPE_CHECKING:
    from metrics.bert_scorer import BertScorer
    from models.captioners.base import Captioner
    from models.clip.base import ImageTextEncoder
    from moderation.match import MatchJudge
    from moderation.photos import PhotoModerator
    from moderation.text import TextModerator
    from pipeline.diversity import DiversityJudge


class Models:
    """Lazily loaded judges, encoders and captioners; safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = RLock()

    def __getattribute__(self, name: str) -> Any:
        """Load one model at a time: two requests must not load the same one twice."""
        if isinstance(getattr(type(self), name, None), cached_property) and name not in self.__dict__:
            with self._lock:
                return super().__getattribute__(name)
        return super().__getattribute__(name)

    @cached_property
    def photo_moderator(self) -> PhotoModerator:
        from moderation.photos import PhotoModerator

        return PhotoModerator(self.settings.nudenet)

    @cached_property
    def text_moderator(self) -> TextModerator:
        from moderation.text import TextModerator

        return TextModerator(self.settings.toxicity)

    @cached_property
    def encoder(self) -> ImageTextEncoder:
        from models.clip.factory import load_encoder

        return load_encoder(self.settings.clip)

    @cached_property
    def match_judge(self) -> MatchJudge:
        from moderation.match import MatchJudge

        return MatchJudge(self.encoder)

    @cached_property
    def diversity_judge(self) -> DiversityJudge:
        from pipeline.diversity import DiversityJudge

        return DiversityJudge(self.settings.diversity)

    @cached_property
    def bert_scorer(self) -> BertScorer:
        from metrics.bert_scorer import BertScorer

        return BertScorer(self.settings.bertscore)

    def captioner(self, name: str) -> Captioner:
        """Raises FileNotFoundError or ValueError saying which checkpoint lacks what."""
        from models.checkpoint import load_captioner

        with self._lock:
            return load_captioner(name, runtime=self.settings.runtime, precision=self.settings.precision)
