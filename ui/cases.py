"""Buttons of the ready ads: pressing one fills the form."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from gradio.utils import get_upload_folder

from pipeline.test_cases import Case


def endpoint(case: Case) -> str:
    """Name of the case's endpoint: ``case_`` and the folder name in letters, digits and underscores."""
    return "case_" + re.sub(r"\W+", "_", case.name).strip("_")


def filled(case: Case) -> tuple[dict[str, str], str, list[Path]]:
    """Attributes, text and photos of a case for the form.

    The photos are copied to the folder Gradio serves uploads from, because the project's own folder is not served.
    """
    folder = Path(get_upload_folder()) / "cases" / case.name
    folder.mkdir(parents=True, exist_ok=True)
    copies = [Path(shutil.copy2(photo, folder / photo.name)) for photo in case.ad.photos]
    return dict(case.ad.attributes), case.ad.text, copies
