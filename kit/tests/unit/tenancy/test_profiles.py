from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from goldenpath.tenancy import HIPAA, PROFILES, Canary, Check, LeakSearch, Profile


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_value_of_every_class_is_planted_and_each_is_found_again(profile: Profile) -> None:
    acme, globex = Canary("acme", seed=1), Canary("globex", seed=1)
    planted, other = profile.plant(acme), profile.plant(globex)
    assert planted.keys() == other.keys() == {each.id for each in profile.classes}
    eyes = LeakSearch(acme, globex).eyes_of("globex")
    assert eyes.value("own", other) == []
    for id_, value in planted.items():
        assert [leak.label for leak in eyes.value("rows", [value])] == [f"{profile.name} {id_}"], value


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_every_class_and_check_names_its_place_in_the_text_of_the_regime(profile: Profile) -> None:
    for row in (*profile.classes, *profile.checks):
        assert row.cites
        assert row.title
    assert len({row.id for row in (*profile.classes, *profile.checks)}) == len(profile.classes) + len(profile.checks)


def test_hipaa_has_the_eighteen_identifiers() -> None:
    assert "".join(each.id for each in HIPAA.classes) == "ABCDEFGHIJKLMNOPQR"


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_check_holds_only_when_all_of_its_places_were_searched(profile: Profile) -> None:
    acme, globex = Canary("acme", seed=1), Canary("globex", seed=1)
    profile.plant(acme)
    profile.plant(globex)
    search = LeakSearch(acme, globex)
    eyes = search.eyes_of("globex")
    assert not profile.judge(search.report).ok
    eyes.response("GET /", (404, {}, b"none"))
    eyes.value("rows", ["none"])
    eyes.frames("socket", ["none"])
    eyes.calls("tool", [("none",)])
    eyes.logs("log", ["none"])
    eyes.sql("statements", ["SELECT 1"])
    assert "nothing was searched in cache" in profile.judge(search.report).explain()
    eyes.cache("keys", {"none": 1})
    eyes.files("this file", __file__)
    verdict = profile.judge(search.report)
    assert verdict.ok, verdict.explain()
    assert "a test aid: neither legal advice nor a certification" in verdict.explain()
    assert {check["state"] for check in verdict.to_json()["checks"]} == {"held"}


def test_a_leak_breaks_the_checks_that_speak_of_its_place_and_its_rule() -> None:
    acme, globex = Canary("acme", seed=1), Canary("globex", seed=1)
    planted = HIPAA.plant(acme)
    search = LeakSearch(acme, globex)
    search.eyes_of("globex").logs("log", [planted["G"]])
    verdict = HIPAA.judge(search.report)
    broken = [result for result in verdict.results if result.state == "broken"]
    assert [result.id for result in broken] == ["H4"]
    assert broken[0].broken_by[0].label == "hipaa G"
    assert "not planted, so that nothing can be said about it: names" in verdict.explain()
    suite = ET.fromstring(verdict.to_junit())
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("7", "1", "6")
    assert planted["G"] not in verdict.explain() + verdict.to_junit()


def test_a_profile_of_ones_own_names_places_and_rules_that_there_are() -> None:
    check = Check("X1", "title", "asks", "cites", ("responses",))
    with pytest.raises(ValueError, match="own X1 names 'responses', which is no place and no rule"):
        Profile("own", "My own", (), (check,))
