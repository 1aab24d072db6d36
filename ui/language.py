"""Which language the page speaks, and components that can say their texts again in the other one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import gradio as gr

from pipeline.result import Bilingual, Language

Built = TypeVar("Built")


def language_of(request: gr.Request | None, forced: Language | None = None) -> Language:
    """English for a browser whose first language is English, otherwise Russian; ``forced`` wins over both."""
    if forced:
        return forced
    accepted = request.headers.get("accept-language", "") if request else ""
    return "en" if accepted.strip().lower().startswith("en") else "ru"


def said(value: Any, language: Language) -> Any:
    """Put every ``Bilingual`` inside ``value`` (also in mappings) into one language."""
    if isinstance(value, Bilingual):
        return value.to(language)
    if isinstance(value, Mapping):
        return {key: said(item, language) for key, item in value.items()}
    return value


def _has_words(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_words(item) for item in value.values())
    return isinstance(value, Bilingual)


class Words:
    """Builds components in one language and remembers which of their texts to change for another.

    Gradio's own ``gr.I18n`` is not used: in 6.31 its markers leak into the API description of public events and
    cannot be serialised there.
    """

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._spoken: list[tuple[Any, dict[str, Any]]] = []

    def __call__(self, component: type[Built], *args: Any, **kwargs: Any) -> Built:
        """Build ``component``; keyword arguments may be ``Bilingual`` or hold some."""
        built = component(*args, **said(kwargs, self.language))
        spoken = {key: value for key, value in kwargs.items() if _has_words(value)}
        if spoken:
            self._spoken.append((built, spoken))
        return built

    @property
    def components(self) -> list[Any]:
        """Every component that says something, in the order of ``updates``."""
        return [component for component, _ in self._spoken]

    def updates(self, language: Language) -> list[Any]:
        """What to send the ``components`` so that they speak ``language``."""
        if language == self.language:
            return [gr.skip() for _ in self._spoken]
        return [gr.update(**said(spoken, language)) for _, spoken in self._spoken]
