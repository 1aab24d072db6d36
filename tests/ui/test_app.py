import os
import socket
import subprocess
import sys

import pytest

import app


def test_arguments_come_from_the_command_line_then_the_environment(monkeypatch):
    for name in ("HOST", "PORT", "SHARE", "CHECKPOINT", "LANG"):
        monkeypatch.delenv(f"APP_{name}", raising=False)
    args = app.arguments([])
    assert (args.host, args.port, args.share, args.checkpoint, args.lang) == ("127.0.0.1", 7860, False, None, None)
    environment = {"HOST": "0.0.0.0", "PORT": "8001", "SHARE": "1", "CHECKPOINT": "clothes", "LANG": "en"}
    for name, value in environment.items():
        monkeypatch.setenv(f"APP_{name}", value)
    args = app.arguments([])
    assert (args.host, args.port, args.share, args.checkpoint, args.lang) == ("0.0.0.0", 8001, True, "clothes", "en")
    args = app.arguments(["--host", "localhost", "--port", "9", "--no-share", "--checkpoint", "x", "--lang", "ru"])
    assert (args.host, args.port, args.share, args.checkpoint, args.lang) == ("localhost", 9, False, "x", "ru")


@pytest.mark.parametrize(("name", "value"), [("APP_LANG", "de"), ("APP_PORT", "many")])
def test_a_wrong_environment_is_a_wrong_call(monkeypatch, capsys, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as error:
        app.arguments([])
    assert error.value.code == 2 and value in capsys.readouterr().err


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.Popen:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "app.py", *arguments], cwd=app.ROOT, env=env, **pipes)


def test_a_busy_port_is_told_clearly():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        out, err = run("--port", str(port)).communicate(timeout=300)
    assert f"Порт {port} занят" in err and f"Port {port} is busy" in err
    assert "Traceback" not in err and out == ""


def test_an_unknown_checkpoint_is_told_before_the_page_starts():
    process = run("--checkpoint", "нет-такой")
    _, err = process.communicate(timeout=300)
    assert process.returncode == 1 and "нет-такой" in err and "Traceback" not in err


def test_a_link_that_cannot_be_had_leaves_the_local_page(monkeypatch, fake_parts):
    """No network is simulated: the tunnel's set-up fails as it does without one."""
    from gradio import networking

    from tests.ui.fake import FakeService
    from ui.page import build

    def no_network(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setattr(networking, "setup_tunnel", no_network)
    page = build(FakeService(), [])
    try:
        address, public = app.launch(page, "127.0.0.1", None, share=True)
        assert address.startswith("http://127.0.0.1:") and public is None
    finally:
        page.close()


def test_photos_do_not_outlive_the_page(tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    environment.pop("GRADIO_TEMP_DIR", None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = run("--port", str(port), env=environment)
    assert "http://" in process.stdout.readline()
    folders = list(tmp_path.glob("ad-photos-*"))
    assert len(folders) == 1
    process.terminate()
    process.communicate(timeout=60)
    assert not folders[0].exists()
