"""The service behind the page; models load when they are first needed."""

from moderation.photos import blurred
from pipeline.ad import Ad
from pipeline.result import Problem, Progress, Result
from pipeline.service import Service, fill
from pipeline.settings import Settings, load_settings
from pipeline.test_cases import Case, read_cases

__all__ = [
    "Ad",
    "Case",
    "Problem",
    "Progress",
    "Result",
    "Service",
    "Settings",
    "blurred",
    "fill",
    "load_settings",
    "read_cases",
]
