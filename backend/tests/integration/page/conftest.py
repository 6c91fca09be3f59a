"""A real browser: Chromium, headless, spoken to over the DevTools protocol."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

PATIENCE = 60.0
NAVIGATIONS = 5
PICTURE_SCALE = 0.75
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--remote-debugging-port=0",
)


class PageError(AssertionError):
    """The page did not do what was expected of it, or a script of it failed."""


@dataclass
class Browser:
    """One browser process; its pages share cookies and storage as the tabs of a person do."""

    socket: ClientConnection
    _last: int = 0
    pages: dict[str, Page] = field(default_factory=dict)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Ask the browser to do something, and take note of what happens meanwhile."""
        self._last += 1
        number = self._last
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        self.socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        while True:
            told = json.loads(self.socket.recv(timeout=PATIENCE))
            if told.get("id") == number:
                if "error" in told:
                    raise PageError(f"{method}: {told['error']['message']}")
                return told["result"]
            if told.get("sessionId") in self.pages:
                self.pages[told["sessionId"]].happened(told["method"], told["params"])

    def open(self, url: str, *, width: int = 1280, height: int = 860) -> Page:
        """A new tab on this address."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "DOM"):
            page.call(f"{domain}.enable")
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        page.call("Page.navigate", url=url)
        return page


@dataclass
class Page:
    """One tab."""

    browser: Browser
    session: str
    complaints: list[str] = field(default_factory=list)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.call(method, self.session, **parameters)

    def happened(self, method: str, parameters: dict[str, Any]) -> None:
        """Scripts that fail and policies that are violated are kept; that a service is not there is part of a test."""
        if method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(parameters["exceptionDetails"]))
        elif method == "Log.entryAdded" and parameters["entry"]["source"] in {"security", "javascript"}:
            self.complaints.append(parameters["entry"]["text"])

    def value(self, expression: str) -> Any:
        """What an expression is worth in the page; promises are waited for."""
        told = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in told:
            raise PageError(f"{expression}: {json.dumps(told['exceptionDetails'])}")
        return told["result"].get("value")

    def until(self, condition: str, seconds: float = PATIENCE) -> None:
        """Return as soon as the condition holds in the page."""
        watch = f"""new Promise((resolve) => {{
            const over = performance.now() + {seconds * 1000};
            const look = () => {{
                let held = false;
                try {{ held = Boolean({condition}); }} catch {{ held = false; }}
                if (held || performance.now() > over) resolve(held); else setTimeout(look, 20);
            }};
            look();
        }})"""
        if not self._held(watch):
            seen = self.value("document.body.innerText")
            raise PageError(f"never held: {condition}\nthe page shows: {seen}\nit complains: {self.complaints}")

    def _held(self, watch: str) -> Any:
        """A page that is loaded anew meanwhile is asked again."""
        for _ in range(NAVIGATIONS):
            try:
                return self.value(watch)
            except PageError as error:
                if "navigated or closed" not in str(error):
                    raise
        raise PageError(f"loaded anew more than {NAVIGATIONS} times")

    def text(self, selector: str) -> str:
        """What an element shows."""
        return self.value(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def write(self, selector: str, text: str) -> None:
        """Type into a field as a person does."""
        self.value(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", text=text)

    def press(self, key: str, code: int, modifiers: int = 0) -> None:
        """Press a key on the element that has the focus."""
        plain = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        self.call("Input.dispatchKeyEvent", type="keyDown", **plain, **({"text": "\r"} if key == "Enter" else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **plain)

    def click(self, selector: str) -> None:
        """Click in the middle of an element, wherever it is on the screen."""
        place = self.value(
            f"""(() => {{
                const element = document.querySelector({json.dumps(selector)});
                element.scrollIntoView({{block: "center"}});
                const box = element.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2];
            }})()"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def choose_file(self, selector: str, path: Path) -> None:
        """Choose a file in a file field."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def reload(self) -> None:
        """Load the page anew."""
        self.value("window.stale = true")
        self.call("Page.reload")
        self.until("!window.stale && document.readyState === 'complete'")

    def picture(self, path: Path) -> None:
        """Save what the page shows as a PNG."""
        width, height = self.value("[innerWidth, innerHeight]")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": PICTURE_SCALE}
        taken = self.call("Page.captureScreenshot", format="png", clip=clip)
        path.write_bytes(base64.b64decode(taken["data"]))


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Callable[[], Browser]]:
    """Starts browsers, each with a profile of its own, and ends them."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(f"none of {', '.join(PROGRAMS)} is installed")
    with ExitStack() as stack:

        def start() -> Browser:
            profile = tmp_path / f"profile-{len(list(tmp_path.glob('profile-*')))}"
            profile.mkdir()
            command = [program, *SWITCHES, f"--user-data-dir={profile}", "about:blank"]
            process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
            stack.callback(_end, process)
            assert process.stderr is not None
            address = next(line.split()[-1] for line in process.stderr if line.startswith("DevTools listening on"))
            return Browser(stack.enter_context(connect(address, max_size=None, open_timeout=PATIENCE)))

        yield start


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(PATIENCE)
    assert process.stderr is not None
    process.stderr.close()
