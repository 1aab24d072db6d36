"""Starts the page: ``python app.py --host 127.0.0.1 --port 7860``; ``--help`` lists the rest."""

from __future__ import annotations

import argparse
import atexit
import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
TRUE = {"1", "true", "yes", "on"}
OPTIONS = {
    "checkpoint": ((), "captioner chosen at start"),
    "lang": (("ru", "en"), "language of the page; by default English for an English browser, otherwise Russian"),
    "runtime": (("torch", "openvino"), "what runs the captioners; by default as settings.json says"),
    "precision": (("f32", "bf16", "int8"), "of openvino; by default as settings.json says"),
}
BUSY = (
    "Порт {port} занят или недоступен: выберите другой, например --port {other}.\n"
    "Port {port} is busy or not allowed: choose another, for example --port {other}."
)
NO_LINK = (
    "Публичной ссылки нет: для неё нужен интернет, а сервер ссылок недоступен. Страница открыта локально.\n"
    "There is no public link: it needs the Internet, and its server could not be reached. The page is open locally."
)


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; what it lacks comes from ``APP_*`` environment variables."""
    env = os.environ
    parser = argparse.ArgumentParser(description="Ad descriptions from photos: the page.")
    parser.add_argument("--host", default=env.get("APP_HOST", "127.0.0.1"), help="address to listen on (APP_HOST)")
    parser.add_argument("--port", type=int, default=env.get("APP_PORT", "7860"), help="port to listen on (APP_PORT)")
    parser.add_argument(
        "--share",
        action=argparse.BooleanOptionalAction,
        default=env.get("APP_SHARE", "").lower() in TRUE,
        help="also ask for a public link, which needs the Internet (APP_SHARE)",
    )
    for name, (choices, meaning) in OPTIONS.items():
        variable = f"APP_{name.upper()}"
        default = env.get(variable) or None
        parser.add_argument(f"--{name}", choices=choices or None, default=default, help=f"{meaning} ({variable})")
        if choices and default not in (None, *choices):
            parser.error(f"{variable} must be {' or '.join(choices)}, not {default}")
    return parser.parse_args(argv)


def keep_private() -> None:
    """Give uploads a folder of their own, removed at the end, and switch off everything that calls home."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    if "GRADIO_TEMP_DIR" not in os.environ:
        folder = tempfile.mkdtemp(prefix="ad-photos-")
        os.environ["GRADIO_TEMP_DIR"] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def launch(page: Any, host: str, port: int | None, share: bool = False) -> tuple[str, str | None]:
    """Start serving; returns the local address and the public one, if there is one.

    Raises:
        OSError: the port is taken.
    """
    from ui.theme import HEAD, theme

    _, address, public = page.launch(
        server_name=host,
        server_port=port,
        share=share,
        theme=theme(),
        head=HEAD,
        favicon_path=ROOT / "ui" / "favicon.png",
        blocked_paths=[str(ROOT)],
        max_file_size="25mb",
        enable_monitoring=False,
        run_history=False,
        ssr_mode=False,
        footer_links=["api"],
        quiet=True,
        prevent_thread_lock=True,
    )
    return address, public


def main(argv: Sequence[str] | None = None) -> None:
    """Build the page, start it, print its address and serve until interrupted."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    args = arguments(argv)
    keep_private()
    from pipeline import Service, load_settings, read_cases
    from ui.page import build

    service = Service(load_settings(runtime=args.runtime, precision=args.precision))
    known = [checkpoint["name"] for checkpoint in service.checkpoints()]
    if args.checkpoint and args.checkpoint not in known:
        sys.exit(f"Нет модели {args.checkpoint}. / There is no checkpoint {args.checkpoint}. {', '.join(known)}")
    page = build(service, read_cases(), args.lang, args.checkpoint)
    try:
        address, public = launch(page, args.host, args.port, args.share)
    except OSError:
        sys.exit(BUSY.format(port=args.port, other=args.port + 1))
    print(f"Страница / The page: {address}", flush=True)
    if args.share:
        print(f"Публичная ссылка / Public link: {public}" if public else NO_LINK, flush=True)
    service.warm_up()
    page.block_thread()


if __name__ == "__main__":
    main()
