"""Parts of published checkpoints: found on this machine or named with the way to get them."""

from pathlib import Path

import pytest

from models.parts import MissingPart, resolve

REPO = "hub:ai-forever/ruclip-vit-base-patch32-224@main"


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Path:
    """A hub cache in its own layout with one file of one repository."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    repo = tmp_path / "models--ai-forever--ruclip-vit-base-patch32-224"
    snapshot = repo / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("a" * 40)
    return snapshot


def test_hub_part_is_found_in_the_cache(hub):
    assert resolve(REPO, ["config.json"]) == hub
    assert resolve("hub:ai-forever/ruclip-vit-base-patch32-224") == hub, "the revision defaults to main"


def test_incomplete_hub_part_names_the_file_and_the_command(hub):
    with pytest.raises(MissingPart) as caught:
        resolve(REPO, ["config.json", "bpe.model"])
    assert caught.value.missing == ("bpe.model",)
    assert (
        caught.value.command
        == "hf download ai-forever/ruclip-vit-base-patch32-224 config.json bpe.model --revision main"
    )
    assert caught.value.command in str(caught.value)


def test_absent_hub_part_never_touches_the_network(hub, monkeypatch):
    import socket

    def no_network(*_):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    with pytest.raises(MissingPart, match="hf download owner/absent --revision 1f2e"):
        resolve("hub:owner/absent@1f2e")


def test_local_parts(tmp_path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "a.bin").write_bytes(b"1")
    assert resolve("weights", ["a.bin"], base=tmp_path) == tmp_path / "weights"
    assert resolve(str(tmp_path / "weights" / "a.bin")) == tmp_path / "weights" / "a.bin"
    with pytest.raises(MissingPart, match=r"b\.bin of weights"):
        resolve("weights", ["b.bin"], base=tmp_path)
    with pytest.raises(MissingPart, match="elsewhere") as caught:
        resolve("elsewhere", base=tmp_path)
    assert str(caught.value.of("my-model")).startswith("my-model: missing elsewhere")


def test_a_malformed_hub_source_is_refused():
    with pytest.raises(ValueError, match="OWNER/NAME"):
        resolve("hub:just-a-name")
