from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

import goldenpath
from goldenpath.cli import main
from goldenpath.cli.find.entry import KINDS, Entry
from goldenpath.cli.find.ranking import ranked
from goldenpath.cli.find.reading import File, read
from goldenpath.cli.find.toolkit import toolkit

SUITE = {
    "pyproject.toml": "[project]\nname = 'shop'\n",
    "shop/orders.py": "class Orders:\n    def place(self): ...\n",
    "tests/conftest.py": '''
        import pytest


        @pytest.fixture(name="paid_order")
        def make_paid_order(orders):
            """An order that has been paid for."""


        def wait_for_invoice(order, seconds=5):
            """Wait until the invoice of an order is there."""
    ''',
    "tests/doubles.py": '''
        class FakeGateway:
            """Takes every card."""


        class Mockingbird:
            """A bird."""
    ''',
    "tests/test_orders.py": "def test_it_is_paid(paid_order): ...\n",
    "tests/test_more.py": "def test_it_is_sent(paid_order): wait_for_invoice(paid_order)\n",
    "tests/broken.py": "def test_(:\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in SUITE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return tmp_path


def asked(capsys: pytest.CaptureFixture[str], shop: Path, *words: str) -> dict[str, list[str]]:
    code = main(["find", *words, "--in", str(shop), "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert code == (0 if answer["hits"] else 1)
    return {"names": [each["name"] for each in answer["found"]], "unread": answer["project"]["unread"]}


def test_a_fixture_of_the_project_is_found_under_its_own_name(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, shop, "paid", "order")["names"][0] == "paid_order"


def test_a_helper_is_found_by_what_its_docstring_says(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, shop, "invoice", "is", "there")["names"][0] == "wait_for_invoice"


def test_a_double_is_found_by_any_word_for_doubles(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for word in ("mock", "stub", "fake"):
        assert asked(capsys, shop, word, "gateway")["names"][0] == "FakeGateway"


def test_a_name_that_only_sounds_like_a_double_is_none() -> None:
    file = File("tests/doubles.py", "project", True)
    kinds = {entry.name: entry.kind for entry in read("class Mockingbird: ...\nclass FakeBird: ...\n", file)}
    assert kinds == {"Mockingbird": "helper", "FakeBird": "double"}


def test_a_misspelt_word_still_finds(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "wait_for_invoice" in asked(capsys, shop, "invioce")["names"]


def test_it_counts_the_other_files_that_mention_a_thing(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", "paid", "order", "--in", str(shop), "--most", "1"]) == 0
    assert "tests/conftest.py:6, mentioned in 2 other files" in capsys.readouterr().out


def test_a_file_that_is_no_python_is_named_and_hides_nothing_else(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = asked(capsys, shop, "paid", "order")
    assert answer["names"][0] == "paid_order"
    assert [each.partition(":")[0] for each in answer["unread"]] == ["tests/broken.py"]


def test_what_nothing_answers_ends_in_one(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["find", "zebra", "--in", str(shop)]) == 1
    assert capsys.readouterr().out.startswith("nothing answers 'zebra', neither in the toolkit nor in the project's 6 ")


def test_a_place_that_is_no_folder_and_a_number_of_nothing_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["find", "x", "--in", str(tmp_path / "gone")]) == 2
    assert "is no folder; name the project with --in DIR" in capsys.readouterr().err
    assert main(["find", "x", "--most", "0"]) == 2
    assert "--most takes a number from 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("fresh database per test", "database"),
        ("check the order of events", "WebSocketAssertions.assert_event_order"),
        ("fake llm", "SSotMockFactory.create_llm_client_mock"),
        ("bad network", "Network"),
        ("virtual time", "Simulation"),
        ("environment variables", "get_env"),
        ("start postgres in a container", "start_containers"),
    ],
)
def test_the_toolkit_answers_what_a_newcomer_asks(question: str, answer: str) -> None:
    assert answer in [hit.entry.name for hit in ranked(question, toolkit())[:8]]


def test_every_public_name_of_the_toolkit_can_be_found_by_its_name() -> None:
    entries = list(toolkit())
    assert {entry.name for entry in entries} >= set(goldenpath._HOME)
    assert {entry.kind for entry in entries} <= set(KINDS)


def test_what_more_files_use_comes_first() -> None:
    rare, common = Entry("fixture", "order", "", "a.py:1", uses=0), Entry("fixture", "order", "", "b.py:1", uses=9)
    assert [hit.entry for hit in ranked("order", [rare, common])] == [common, rare]


@given(st.text(max_size=40))
def test_any_question_at_all_is_answered_or_not(question: str) -> None:
    entries = [Entry("fixture", "paid_order", "An order that has been paid for.", "tests/conftest.py:5")]
    assert [hit.entry for hit in ranked(question, entries)] in ([], entries)
