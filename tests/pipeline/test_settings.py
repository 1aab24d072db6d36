"""``settings.json`` and what a command line changes in it."""

import pytest
from pydantic import ValidationError

from pipeline.settings import load_settings


def test_a_change_that_is_none_leaves_what_is_written():
    written = load_settings()
    assert load_settings(runtime=None, precision=None) == written
    changed = load_settings(runtime="torch", precision="int8")
    assert (changed.runtime, changed.precision, changed.captioner) == ("torch", "int8", written.captioner)


def test_a_wrong_runtime_is_named():
    with pytest.raises(ValidationError, match="runtime"):
        load_settings(runtime="abacus")
