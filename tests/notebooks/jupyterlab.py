"""JupyterLab in a real browser, for the workbench: started by `snapkit lab`, ended by its pid."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import Page

BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# No pop-up that covers the page, and every cell in it, seen or not.
SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}
PATIENCE = 60.0  # for the server, and for the kernel [s]
UNFINISHED = (
    "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
    ".filter(one => !/\\d/.test(one.textContent)).length"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running `snapkit lab`; `url` is JupyterLab's, `token` lets in."""

    url: str
    token: str
    process: subprocess.Popen[bytes]


@contextmanager
def jupyterlab(folder: Path, store: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """Start `snapkit lab`, and end it.

    Args:
        folder: An empty one, for all that Jupyter writes.
        store: The snapshots.
        environment: More variables for kernels.
    """
    token = secrets.token_hex(16)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, values in SETTINGS.items():
        file = folder / "settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), "utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "DATABASE", "SNAPKIT"))}
    jupyter = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "snapkit", "lab", "--no-browser", "--store", str(store),
             "--dir", str(folder / "notebooks"), "--", f"--port={port}", "--allow-root",
             "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
             "--expose-app-in-browser"],
            cwd=folder,
            env=kept | {k: str(folder / v) for k, v in jupyter.items()} | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        _await(lambda: _answers(f"{url}/api/status?token={token}"), folder / "log")
        yield Server(url=url, token=token, process=process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _await(is_done: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_done():
        assert time.monotonic() < deadline, log.read_text("utf-8", errors="replace")
        time.sleep(0.1)


@contextmanager
def opened_notebook(
    server: Server,
    chromium: str,
    folder: Path,
    *,
    name: str = "workbench.ipynb",
    dark: bool = False,
) -> Iterator[Page]:
    """Open a notebook, run all its cells, and wait until they are done.

    Args:
        server: What `jupyterlab` gave.
        chromium: The browser's program.
        folder: An empty one, for the browser.
        name: The notebook's.
        dark: Whether in JupyterLab's dark theme.
    """
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(folder),
            executable_path=chromium,
            headless=True,
            args=BROWSER_ARGUMENTS,
            viewport={"width": 1400, "height": 1000},
        )
        page = context.pages[0]
        page.goto(f"{server.url}/lab/tree/notebooks/{name}?token={server.token}&reset")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        if dark:
            page.evaluate(
                "window.jupyterapp.commands.execute('apputils:change-theme', "
                "{theme: 'JupyterLab Dark'})"
            )
        sessions = f"{server.url}/api/sessions?token={server.token}"
        deadline = time.monotonic() + PATIENCE
        while not _is_idle(page.request.get(sessions).json()):
            assert time.monotonic() < deadline, "the kernel does not start"
            page.wait_for_timeout(100)
        page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_function(f"{UNFINISHED} === 0", timeout=PATIENCE * 1000)
        yield page
        context.close()


def _is_idle(sessions: list[dict[str, dict[str, str]]]) -> bool:
    return [one["kernel"]["execution_state"] for one in sessions] == ["idle"]
