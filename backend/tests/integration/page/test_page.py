"""The golden path as a person walks it: in a real browser, on a real service, with real stores."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from agent_backend.usage import UsageGenerator, csv_lines

PATIENCE = 30.0
QUESTION = "Cut our cost by 20 % without hurting latency"
READY = "document.querySelector('#line').dataset.state === 'ready'"
REPORTED = "document.querySelector('.answer:not(.draft) .chart')"


class Service:
    """An instance that can be stopped and started again at the same address."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def start(self) -> str:
        command = [sys.executable, "-m", "agent_backend", "serve", "--port", str(self.port)]
        self._process = subprocess.Popen(
            command, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        url = json.loads(self._process.stdout.readline())["url"]
        self.port = int(url.rpartition(":")[2])
        return url

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


@pytest.fixture
def database_url(migrated_database: Callable[[], str]) -> str:
    return migrated_database()


@pytest.fixture
def service(database_url: str, working_env: Callable[[str], dict[str, str]]) -> Iterator[Service]:
    made = Service(working_env(database_url))
    yield made
    made.stop()


@contextmanager
def agents_held(database_url: str) -> Iterator[None]:
    """While this lasts, whoever reads usage records waits."""
    with psycopg.connect(database_url) as connection:
        connection.execute("LOCK TABLE usage_records IN ACCESS EXCLUSIVE MODE")
        yield


def register(page: Any, tenant: str) -> None:
    page.until("!document.querySelector('#door').hidden")
    page.click("input[value=register] + span")
    for field, text in (("tenant", tenant), ("email", "ada@example.test"), ("password", "correct horse")):
        page.write(f"#door-form [name={field}]", text)
    page.click("#door-form button")
    page.until(READY)


def import_file(page: Any, path: Path, stored: str) -> None:
    page.click("#open-upload")
    page.choose_file("#file", path)
    page.until(f"document.querySelector('#upload-state').innerText.includes('{stored} lines stored')")


def ask(page: Any, question: str) -> None:
    page.write("#question", question)
    page.press("Enter", 13)


@pytest.fixture
def usage_file(tmp_path: Path) -> Path:
    """Thirty days of a company's calls, and two lines that are broken."""
    path = tmp_path / "usage.csv"
    records = UsageGenerator(7, days=30)
    path.write_text("".join(csv_lines(records)) + "not,a,record\n2026-08-01T00:00:00Z,a,b,-1,1,1,1,,,\n")
    return path


def test_a_person_walks_the_golden_path(
    browser: Callable[[], Any], service: Service, database_url: str, usage_file: Path, tmp_path: Path
) -> None:
    url, lines = service.start(), usage_file.read_text().count("\n") - 3
    window = browser()
    page = window.open(url)
    register(page, f"acme-{secrets.token_hex(4)}")
    page.picture(tmp_path / "welcome.png")

    import_file(page, usage_file, f"{lines:,}")
    assert page.text("#upload-state").endswith("2 left out.")
    problems = " ".join(page.text("#upload-errors").split())
    assert f"{lines + 2} has 3 fields where the header has 10" in problems
    assert f"{lines + 3} prompt_tokens: Input should be greater than or equal to 0" in problems
    page.picture(tmp_path / "import.png")
    page.click("#close-upload")

    with agents_held(database_url):
        ask(page, QUESTION)
        page.until("document.querySelector('.step.tool[data-state=working]')")
        follower = window.open(url)
        follower.until(READY)
        assert page.text(".step.tool .what") == "data_availability(intent: savings)"
        follower.until("document.querySelector('#threads button')")
        follower.click("#threads button")
        follower.until("document.querySelector('.step.tool[data-state=working]')")
        page.picture(tmp_path / "live.png")
    page.until(REPORTED)
    follower.until(REPORTED)
    assert follower.text(".answer .prose") == page.text(".answer .prose")

    page.click(".path summary")
    agents = page.value("[...new Set([...document.querySelectorAll('.step .who')].map((who) => who.innerText))]")
    assert agents == ["supervisor", "triage", "optimization", "actions"]
    assert page.value("document.querySelectorAll('.step.tool[data-state=done]').length") == 7
    told = page.text(".answer .prose")
    assert told.startswith("You spent $")
    assert "Your goal of 20 % is" in told
    tables = page.value("[...document.querySelectorAll('#messages caption')].map((caption) => caption.innerText)")
    assert tables == ["Savings", "Spend by model"]
    page.picture(tmp_path / "path.png")
    page.click(".path summary")
    page.value("document.querySelector('#messages').scrollTop = 0")
    page.picture(tmp_path / "report.png")

    page.reload()
    page.until(f"{READY} && {REPORTED}")
    assert page.text(".answer .prose") == told
    assert page.text("#threads") == QUESTION
    page.click(".path summary")
    page.until("document.querySelectorAll('.step.tool[data-state=done]').length === 7")
    assert page.text(".answer .prose") == told
    assert page.complaints == follower.complaints == []


def test_a_run_is_followed_through_a_restart_of_the_service(
    browser: Callable[[], Any], service: Service, database_url: str, usage_file: Path, tmp_path: Path
) -> None:
    page = browser().open(service.start())
    register(page, f"acme-{secrets.token_hex(4)}")
    import_file(page, usage_file, f"{usage_file.read_text().count(chr(10)) - 3:,}")
    page.click("#close-upload")
    with agents_held(database_url):
        ask(page, QUESTION)
        page.until("document.querySelector('.step.tool[data-state=working]')")
        service.stop()
        page.until("document.querySelector('#line').dataset.state === 'lost'")
        page.picture(tmp_path / "lost.png")
        service.start()
        page.until(READY)
        page.until("document.querySelector('.step.note')?.innerText.includes('resumed after event')")
    page.until(REPORTED)
    assert page.value("document.querySelectorAll('article.run').length") == 1
    assert "Your goal of 20 % is" in page.text(".answer .prose")
    page.click(".path summary")
    page.value("document.querySelector('#messages').scrollTop = 0")
    page.picture(tmp_path / "resumed.png")
    [(events, numbers)] = _counted(database_url)
    assert events == numbers
    assert page.complaints == []


def test_a_run_that_is_stopped_is_shown_as_stopped_after_a_reload_as_well(
    browser: Callable[[], Any], service: Service, database_url: str
) -> None:
    page = browser().open(service.start())
    register(page, f"acme-{secrets.token_hex(4)}")
    with agents_held(database_url):
        ask(page, "What do we spend?")
        page.until("document.querySelector('.step.tool[data-state=working]')")
        page.click("#cancel")
        page.until("document.querySelector('.path summary').innerText === 'Stopped'")
    assert page.value("document.querySelector('#cancel').hidden")
    page.reload()
    page.until("document.querySelector('.path summary')?.innerText === 'Stopped'")
    assert page.text(".panel.failure") != ""
    assert page.complaints == []


def test_what_a_user_wrote_is_shown_as_text_whatever_it_looks_like(
    browser: Callable[[], Any], service: Service, usage_file: Path, tmp_path: Path
) -> None:
    markup = "<img src=x onerror=document.title='broken'>"
    path = tmp_path / "markup.csv"
    path.write_text(f"{usage_file.read_text().splitlines()[0]}\n2026-08-01T00:00:00Z,{markup},b,1,1,1,1,,,\n")
    page = browser().open(service.start())
    register(page, f"acme-{secrets.token_hex(4)}")
    import_file(page, path, "1")
    page.click("#close-upload")
    ask(page, f"Which team spends most? {markup}")
    page.until(REPORTED)
    assert markup in page.text(".answer .prose")
    assert markup in page.text(".mine")
    assert markup in page.text("table")
    assert page.value("[document.images.length, document.title]") == [2, "Spend advisor"]
    markup_of_text = "(() => { try { document.body.innerHTML = 'x'; return 'set'; } catch { return 'refused'; } })()"
    assert page.value(markup_of_text) == "refused"


def test_the_page_works_by_keyboard_remembers_the_theme_and_logs_out_in_every_tab(
    browser: Callable[[], Any], service: Service, tmp_path: Path
) -> None:
    url, window = service.start(), browser()
    page = window.open(url)
    register(page, f"acme-{secrets.token_hex(4)}")
    page.value("document.querySelector('#theme').focus()")
    before = page.value("document.documentElement.dataset.theme")
    page.press("Enter", 13)
    page.until(f"document.documentElement.dataset.theme !== '{before}'")
    page.reload()
    page.until(READY)
    assert page.value("document.documentElement.dataset.theme") != before
    page.value("document.querySelector('#open-upload').focus()")
    page.press("Enter", 13)
    page.until("document.querySelector('#upload').open")
    page.press("Escape", 27)
    page.until("!document.querySelector('#upload').open && document.activeElement.id === 'open-upload'")
    unnamed = """[...document.querySelectorAll('button, input, textarea, [role=log], dialog, nav')].filter((element) =>
        !(element.innerText || element.labels?.length || element.getAttribute('aria-label')
          || element.getAttribute('aria-labelledby'))).length"""
    assert page.value(unnamed) == 0
    other = window.open(url)
    other.until(READY)
    page.click("#leave")
    for tab in (page, other):
        tab.until("!document.querySelector('#door').hidden")


def test_an_operator_sees_the_instance_at_work_and_has_no_desk(
    browser: Callable[[], Any], service: Service, database_url: str, tmp_path: Path
) -> None:
    url, tenant = service.start(), f"acme-{secrets.token_hex(4)}"
    user = browser().open(url)
    register(user, f"globex-{secrets.token_hex(4)}")
    assert user.value("document.querySelector('#open-operator').hidden")
    ask(user, "A secret question")
    user.until("document.querySelector('.answer:not(.draft)')")
    operator = browser().open(url)
    register(operator, tenant)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "UPDATE users SET role = 'operator' WHERE tenant_id = (SELECT id FROM tenants WHERE name = %s)", [tenant]
        )
    operator.reload()
    operator.until("document.querySelector('#operator .state.ok')")
    shown = operator.text("#operator-body")
    assert "PostgreSQL ok" in shown
    assert "ins_" in operator.text("#operator table")
    assert "completed" in shown
    assert "Nothing has failed." in shown
    assert "secret" not in shown
    operator.picture(tmp_path / "operator.png")
    operator.click("#close-operator")
    operator.until("!document.querySelector('#door').hidden")
    assert user.complaints == operator.complaints == []


def _counted(database_url: str) -> list[tuple[Any, ...]]:
    """How many events the one run has, and which number the last of them bears."""
    with psycopg.connect(database_url) as connection:
        return connection.execute("SELECT count(*), max(seq) FROM run_events GROUP BY run_id").fetchall()
