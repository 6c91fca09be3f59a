from __future__ import annotations

from pathlib import Path

import pytest

from goldenpath.probe import Scenario, ScenarioError, builtin_names, load_scenario, parse_scenario

LEAST = 'name = "mine"\n[ask]\nmessage = "hi {canary}"\n'


def refused(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "mine.toml")
    return str(caught.value)


def test_the_least_scenario_has_a_name_and_a_message() -> None:
    scenario = parse_scenario(LEAST)
    assert (scenario.name, scenario.ask.message, scenario.contract) == ("mine", "hi {canary}", "golden-path")
    assert scenario.beyond_its_limits() == ""
    assert (scenario.login, scenario.resume) == ((), None)


@pytest.mark.parametrize("name", ["agent-backend", "ag-ui"])
def test_a_built_in_scenario_is_well_formed_and_within_its_limits(name: str) -> None:
    scenario = load_scenario(name)
    assert (scenario.name, scenario.beyond_its_limits()) == (name, "")
    assert name in builtin_names()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = ", "mine.toml: Invalid value"),
        ('nam = "mine"', "mine.toml, line 1: a scenario has no 'nam'; did you mean 'name'?"),
        ('name = "mine"', "mine.toml, line 1: a scenario needs 'ask'"),
        ('name = 3\n[ask]\nmessage = "hi"', "mine.toml, line 1: name should be a string, not 3"),
        ('name = "m"\n[ask]\n', "mine.toml, line 2: [ask] needs 'message': a table, or a string"),
        (f'transport = "carrier"\n{LEAST}', "line 1: transport should be one of websocket, sse, not 'carrier'"),
        (f'contract = "golden-pth"\n{LEAST}', "line 1: there is no contract 'golden-pth'; did you mean 'golden-path'?"),
        (f"{LEAST}[load]\n\nusers = 1.5", "line 6: load.users should be an integer of 1 or more, not 1.5"),
        (f"{LEAST}[load]\nusers = true", "line 5: load.users should be an integer of 1 or more, not True"),
        (f"{LEAST}[load]\nrate = 0", "line 5: load.rate should be a number of 0.01 or more, not 0"),
        (f"{LEAST}[load]\nrat = 3", "line 5: [load] has no 'rat'; did you mean 'rate'?"),
        (f"{LEAST}[faults]\ngarbage = 1", "line 5: faults.garbage should be true or false, not 1"),
        (f"{LEAST}[connect]\nquery = {{a = 1}}", "line 5: connect.query should be a table of strings"),
        (f"{LEAST}[fields]\nrefusals = 'x'", "line 5: fields.refusals should be a list of strings, not 'x'"),
        (f"{LEAST}[[login]]\nname = 'x'", "line 4: a login step needs 'url'"),
        (f"{LEAST}[login]\nurl = 'x'", "line 4: write each login step as a table, under [[login]]"),
        (f"{LEAST}[[login]]\nurl = '/x'\nexpect = ['a']", "line 6: login.expect should be a list of integers"),
        (f"{LEAST}[[login]]\nurl = '/x'\nmethod = 'FETCH'", "line 6: login.method should be one of POST, GET"),
        (f"{LEAST}[[login]]\nurl = '/x'\ncapture = {{t = '$.'}}", "line 6: '$.' is no path: write one like"),
        (f"{LEAST}[connect]\nquery = {{t = '{{tocken}}'}}", "nothing gives {tocken} a value before it is used here"),
        (f"{LEAST}[[look]]\nurl = '/{{theirs.thread}}'", "line 4: nothing gives {theirs.thread} a value"),
        (f"{LEAST}[resume]\nreset = 'reset'", "line 4: [resume] needs 'message'"),
        (f'transport = "sse"\n{LEAST}[resume]\nmessage = "x"', "line 5: [resume] is for WebSockets"),
    ],
)
def test_an_error_names_the_line_the_key_and_what_was_expected(text: str, told: str) -> None:
    assert told in refused(text)


def test_a_value_must_be_captured_before_it_is_used() -> None:
    steps = "[[login]]\nurl = '/a'\nheaders = {A = '{token}'}\n[[login]]\nurl = '/b'\ncapture = {token = '$.t'}\n"
    assert "line 4: nothing gives {token} a value" in refused(LEAST + steps)
    turned = "[[login]]\nurl = '/b'\ncapture = {token = '$.t'}\n[[login]]\nurl = '/a'\nheaders = {A = '{token}'}\n"
    assert len(parse_scenario(LEAST + turned).login) == 2


def test_others_may_use_what_the_first_of_the_tenant_captures_later() -> None:
    steps = (
        "[[login]]\nwho = 'others'\nurl = '/users'\nheaders = {A = '{first.token}'}\n"
        "[[login]]\nurl = '/login'\ncapture = {token = '$.t'}\n"
    )
    assert parse_scenario(LEAST + steps).login[0].who == "others"


def test_the_file_of_a_contract_is_looked_for_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "order.toml").write_text('name = "order"\nfirst = ["a"]\nlast = ["a"]\n[events.a]\n')
    (tmp_path / "mine.toml").write_text(f'contract = "order.toml"\n{LEAST}')
    assert load_scenario(str(tmp_path / "mine.toml")).contract == str(tmp_path / "order.toml")


def test_a_file_that_is_not_there_and_a_name_nobody_knows_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"no\.toml cannot be read: No such file"):
        load_scenario(str(tmp_path / "no.toml"))
    with pytest.raises(ScenarioError, match="there is no scenario 'agent-backnd'; did you mean 'agent-backend'"):
        load_scenario("agent-backnd")


@pytest.mark.parametrize(
    ("load", "processes", "told"),
    [
        ("tenants = 20\nusers = 20", 1, "connections 400, limits.connections is 200"),
        ("tenants = 5\nusers = 20", 3, "connections 300, limits.connections is 200"),
        ("rate = 51", 1, "rate 51, limits.rate is 50"),
        ("duration = 120\nramp = 1", 1, "duration 121, limits.duration is 120"),
    ],
)
def test_a_load_beyond_the_limits_is_named(load: str, processes: int, told: str) -> None:
    scenario: Scenario = parse_scenario(f"{LEAST}[load]\n{load}\n")
    assert told in scenario.beyond_its_limits(processes)
