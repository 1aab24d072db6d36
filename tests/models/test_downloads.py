"""Checkpoints of published parts: listed as to be downloaded, fetched when asked, refused by name without a hub."""

import pytest

from models import parts
from models.checkpoint import list_captioners, write_card
from models.downloads import download_captioner, published_parts
from models.parts import MissingPart

HUB = "hub:nobody/nothing-here@main"


def card(root, name, **fields):
    fields = {"family": "ruclipcap", "title": {"ru": "т", "en": "t"}, "photos": "many", "weights": "", **fields}
    write_card(root / "captioners" / name, fields)
    return {info.name: info for info in list_captioners(root)}[name]


def test_parts_of_parts_are_found(tmp_path):
    write_card(tmp_path / "clip/ruclip", {"family": "ruclip", "source": HUB})
    write_card(tmp_path / "vision/vit", {"family": "vit", "source": "../../vit"})
    for vision, expected in (("clip/ruclip", HUB), ("vit", "../../vit")):
        found = {"parts": {"vision": vision, "language": "hub:a/b"}, "source": "./x.pt"}
        names = [name for name, _ in published_parts(tmp_path / "captioners/c", found)]
        assert names == ["./x.pt", expected, "hub:a/b"]


def test_a_part_of_the_hub_can_be_downloaded_a_lost_path_cannot(tmp_path):
    info = card(tmp_path, "hub", parts={"language": HUB})
    assert not info.ready and info.download
    assert "hf download nobody/nothing-here" in info.why
    info = card(tmp_path, "path", source="../../lost.pt")
    assert not info.ready and not info.download
    assert "lost.pt" in info.why
    with pytest.raises(MissingPart, match=r"path: missing .*lost\.pt"):
        download_captioner("path", tmp_path)


def test_downloading_makes_it_ready(tmp_path, monkeypatch):
    card(tmp_path, "hub", parts={"language": HUB})
    fetched = tmp_path / "hub-cache"

    def answer(source, needs, download):
        if download:
            fetched.mkdir()
        if not fetched.is_dir():
            raise MissingPart(source, "cache", needs, "hf download nobody/nothing-here")
        return fetched

    monkeypatch.setattr(parts, "_in_hub_cache", answer)
    download_captioner("hub", tmp_path)
    assert [info.ready for info in list_captioners(tmp_path)] == [True]


def test_without_network_the_message_names_the_part_and_the_command(tmp_path, monkeypatch):
    card(tmp_path, "hub", parts={"language": HUB})

    def no_network(*_, **__):
        raise OSError("no route to host")

    real = parts._in_hub_cache
    monkeypatch.setattr(parts, "_in_hub_cache", lambda s, n, d: no_network() if d else real(s, n, d))
    with pytest.raises(MissingPart, match=r"hub: missing hub:nobody/nothing-here.*hf download"):
        download_captioner("hub", tmp_path)
