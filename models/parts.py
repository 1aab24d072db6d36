"""Where the published parts of a checkpoint are on this machine: a local path, or the hub's own cache.

Nothing here touches the network unless it is asked to: an ad must be described on a machine without one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

HUB_SOURCE = re.compile(r"hub:(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?")


class MissingPart(FileNotFoundError):
    """A published part of a checkpoint is not on this machine.

    Args:
        source: the part as the card names it.
        where: the folder or file that was looked for.
        missing: files that were looked for in vain; empty when the whole part is missing.
        command: what to type to get it; None for a local path.
        checkpoint: name of the checkpoint that needs the part, as far as it is known.
    """

    def __init__(
        self,
        source: str,
        where: str,
        missing: Sequence[str] = (),
        command: str | None = None,
        checkpoint: str | None = None,
    ) -> None:
        self.source, self.where, self.missing, self.command = source, where, tuple(missing), command
        owner = f"{checkpoint}: " if checkpoint else ""
        what = f"{', '.join(missing)} of {source}" if missing else source
        advice = f"download it with: {command}" if command else "put it there, or correct the path in checkpoint.json"
        super().__init__(f"{owner}missing {what} (looked in {where}); {advice}")

    def of(self, checkpoint: str) -> MissingPart:
        """The same error, its message beginning with the name of the checkpoint that needs the part."""
        return MissingPart(self.source, self.where, self.missing, self.command, checkpoint)


def is_published(source: str) -> bool:
    """Whether a card's part is a published one (``hub:…`` or a path) and not a folder of ``checkpoints/``."""
    return source.startswith("hub:") or "/" in source


def resolve(source: str, needs: Sequence[str] = (), base: Path | None = None, download: bool = False) -> Path:
    """Find a part on this machine.

    Args:
        source: ``hub:OWNER/NAME@REVISION`` (without ``@REVISION``: ``main``) or a path of a file or folder.
        needs: files that must be in the folder.
        base: the folder that a relative path starts from (the checkpoint's own, for a card); default the current one.
        download: fetch from the hub what its cache lacks.

    Returns:
        The folder or file.

    Raises:
        MissingPart: it, or one of ``needs``, is not on this machine; the message holds the download command.
        ValueError: ``source`` starts with ``hub:`` but names no repository.
    """
    if source.startswith("hub:"):
        return _in_hub_cache(source, needs, download)
    path = (base or Path()) / Path(source).expanduser()
    if not path.exists():
        raise MissingPart(source, str(path))
    missing = _absent(path, needs)
    if missing:
        raise MissingPart(source, str(path), missing)
    return path


def _in_hub_cache(source: str, needs: Sequence[str], download: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.errors import LocalEntryNotFoundError

    named = HUB_SOURCE.fullmatch(source)
    if named is None:
        raise ValueError(f"{source!r} is not hub:OWNER/NAME@REVISION")
    repo, revision = named["repo"], named["revision"] or "main"
    command = " ".join(["hf download", repo, *needs, "--revision", revision])
    patterns = list(needs) or None
    try:
        found = snapshot_download(repo, revision=revision, allow_patterns=patterns, local_files_only=not download)
    except LocalEntryNotFoundError as error:
        raise MissingPart(source, HF_HUB_CACHE, needs, command) from error
    missing = _absent(Path(found), needs)
    if missing:
        raise MissingPart(source, found, missing, command)
    return Path(found)


def _absent(folder: Path, needs: Sequence[str]) -> list[str]:
    return [name for name in needs if not (folder / name).is_file()]
