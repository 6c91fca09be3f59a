from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenpath.simulation import (
    CORRUPT,
    DROP,
    PASS,
    GilbertElliott,
    Message,
    Network,
    Rule,
    Verdict,
    close,
    delay,
    duplicate,
    reorder,
)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def message(**address: object) -> Message:
    defaults = {"type": "agent_started", "sender": "server", "receiver": "alice", "tenant": "acme", "run": "r1"}
    return Message(**{**defaults, **address})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdict", "kinds"),
    [
        (PASS, ()),
        (delay(0.2), ("delay",)),
        (DROP, ("drop",)),
        (duplicate(3), ("duplicate",)),
        (reorder(), ("reorder",)),
        (CORRUPT, ("corrupt",)),
        (close(1011), ("close",)),
        (delay(0.2) | duplicate() | CORRUPT, ("delay", "duplicate", "corrupt")),
        (duplicate() | DROP, ("drop",)),
    ],
)
def test_each_kind_of_verdict_is_given_by_a_rule_that_always_fires(verdict: Verdict, kinds: tuple[str, ...]) -> None:
    network = Network(Rule("it", verdict)) if kinds else Network()
    given_verdict = network.verdict(message())
    assert given_verdict.kinds == kinds
    assert given_verdict.faults == (("it",) if kinds else ())
    assert given_verdict.arrives is not bool({"drop", "close"} & set(kinds))


def test_the_verdicts_of_several_rules_are_joined_in_the_order_of_the_rules() -> None:
    network = Network(Rule("slow", delay(0.5)), Rule("slower", delay(0.25)), Rule("twice", duplicate(3)))
    assert network.verdict(message()) == Verdict(faults=("slow", "slower", "twice"), delay=0.75, copies=3)


@pytest.mark.parametrize(
    ("conditions", "concerned"),
    [
        ({"type": "agent_started"}, True),
        ({"type": "agent_*"}, True),
        ({"type": ["tool_*", "agent_started"]}, True),
        ({"type": "tool_*"}, False),
        ({"direction": "to_client"}, True),
        ({"direction": "to_server"}, False),
        ({"tenant": "acme"}, True),
        ({"tenant": ("globex", "initech")}, False),
        ({"run": "r?"}, True),
        ({"run": "r2"}, False),
        ({"type": "agent_*", "tenant": "acme", "run": "r2"}, False),
    ],
)
def test_a_rule_fires_only_where_all_its_conditions_hold(conditions: dict[str, object], concerned: bool) -> None:
    network = Network(Rule("loss", DROP, **conditions))  # type: ignore[arg-type]
    assert network.verdict(message()).dropped is concerned


def test_a_rule_acts_only_within_its_window_of_time() -> None:
    clock = Clock()
    network = Network(Rule("outage", DROP, between=(5, 9)), clock=clock)
    lost = []
    for second in range(12):
        clock.now = second
        if network.verdict(message()).dropped:
            lost.append(second)
    assert lost == [5, 6, 7, 8]


def test_a_rule_fires_no_more_often_than_it_may() -> None:
    network = Network(Rule("loss", DROP, times=2))
    assert [network.verdict(message()).dropped for _ in range(4)] == [True, True, False, False]
    assert network.fired == {"loss": 2}


def test_a_rule_may_be_a_function_of_the_message() -> None:
    network = Network(Rule("big ones", lambda asked: DROP if asked.size > 100 else PASS))
    assert [network.verdict(message(size=size)).dropped for size in (50, 150)] == [False, True]
    assert network.fired == {"big ones": 1}


def test_a_function_that_does_not_answer_with_a_verdict_is_named() -> None:
    network = Network(Rule("odd", lambda asked: None))  # type: ignore[arg-type,return-value]
    with pytest.raises(TypeError, match=r"rule 'odd' has to answer with a Verdict .*, got None"):
        network.verdict(message())


def test_the_rate_is_met_and_the_seed_decides_which() -> None:
    def lost(seed: int) -> list[bool]:
        network = Network(Rule("loss", DROP, 0.1), seed=seed)
        return [network.verdict(message()).dropped for _ in range(10_000)]

    assert lost(1) == lost(1)
    assert lost(1) != lost(2)
    assert 900 < sum(lost(1)) < 1_100


def test_what_a_seed_decides_is_the_same_on_every_machine_and_version() -> None:
    network = Network(Rule("loss", DROP, 0.5), Rule("late", jitter=1.0), seed=7)
    fates = "".join("x" if network.verdict(message()).dropped else "." for _ in range(24))
    assert fates == "x.xx.xx.x...x....x..xxxx"


def test_loss_in_bursts_loses_whole_spells_and_as_much_as_the_model_says() -> None:
    bursts, even = (
        Network(Rule("loss", DROP, rate), seed=3) for rate in (GilbertElliott(0.01, 0.25), 0.01 / (0.01 + 0.25))
    )

    def spells(network: Network) -> list[int]:
        lost = "".join("x" if network.verdict(message()).dropped else " " for _ in range(40_000))
        return [len(spell) for spell in lost.split()]

    in_bursts, evenly = spells(bursts), spells(even)
    assert sum(in_bursts) == pytest.approx(sum(evenly), rel=0.25)
    assert sum(in_bursts) / len(in_bursts) == pytest.approx(4, rel=0.2)
    assert sum(evenly) / len(evenly) < 1.2


def test_jitter_spreads_evenly_up_to_its_bound() -> None:
    network = Network(Rule("late", delay(1), jitter=0.5), seed=1)
    late = [network.verdict(message()).delay for _ in range(2_000)]
    assert 1 <= min(late) < 1.01
    assert 1.49 < max(late) < 1.5
    assert sum(late) / len(late) == pytest.approx(1.25, abs=0.02)


def test_each_corrupted_message_is_corrupted_in_its_own_way() -> None:
    network = Network(Rule("noise", CORRUPT))
    ways = {network.verdict(message()).corruption for _ in range(20)}
    assert len(ways) == 20
    assert 0 not in ways


def test_messages_queue_for_the_bandwidth_of_their_link() -> None:
    clock = Clock()
    network = Network(Rule("narrow", bandwidth=100), clock=clock)
    assert [network.verdict(message(size=50)).delay for _ in range(3)] == [0.5, 1.0, 1.5]
    assert network.verdict(message(size=50, receiver="bob")).delay == 0.5
    clock.now = 10
    assert network.verdict(message(size=200)).delay == 2.0


def test_a_partition_holds_what_concerns_its_endpoints_until_the_repair() -> None:
    network = Network()
    told: list[str] = []
    network.on_repair(lambda: told.append("repaired"))
    with network.partition("alice"):
        held = network.verdict(message())
        assert (held.held, held.faults, held.arrives) == (True, ("partition",), False)
        assert network.verdict(message(receiver="bob")) == PASS
        assert network.is_cut("server", "alice")
        assert not network.is_cut("server", "bob")
    assert network.verdict(message()) == PASS
    assert told == ["repaired"]
    assert network.fired == {"partition": 1}


def test_a_partition_without_names_cuts_everybody_off() -> None:
    network = Network()
    network.partition()
    network.partition("bob")
    assert network.verdict(message()).held
    network.repair()
    assert network.verdict(message(receiver="bob")) == PASS


def test_a_partition_by_tenant_leaves_the_other_tenants_alone() -> None:
    network = Network()
    network.partition("acme")
    assert network.verdict(message()).held
    assert not network.verdict(message(tenant="globex")).held


streams = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["alice", "bob"])), max_size=60)


@given(streams, st.integers(0, 2**32))
def test_taking_one_rule_away_leaves_the_firings_of_the_others_as_they_were(
    sent: list[tuple[str, str]], seed: int
) -> None:
    def firings(*rules: Rule) -> list[str]:
        network = Network(*rules, seed=seed)
        verdicts = [network.verdict(message(type=kind, receiver=receiver)) for kind, receiver in sent]
        return ["loss" if "loss" in verdict.faults else "" for verdict in verdicts]

    loss = Rule("loss", DROP, 0.3)
    assert firings(Rule("twice", duplicate(), 0.5), loss, Rule("late", jitter=2.0)) == firings(loss)


@given(streams, st.integers(0, 2**32))
def test_what_others_send_in_between_leaves_a_stream_its_chance(sent: list[tuple[str, str]], seed: int) -> None:
    def fates(traffic: list[tuple[str, str]]) -> list[Verdict]:
        network = Network(Rule("loss", DROP, 0.4), Rule("late", jitter=1.0, rate=0.5), seed=seed)
        return [network.verdict(message(type=kind, receiver=receiver)) for kind, receiver in traffic]

    alone = [each for each in sent if each == ("a", "alice")]
    assert [fate for each, fate in zip(sent, fates(sent), strict=True) if each == ("a", "alice")] == fates(alone)


def test_a_replay_of_some_faults_has_those_and_no_others() -> None:
    rules = Rule("loss", DROP, 0.3), Rule("twice", duplicate(), 0.3)

    def run(only: list[str] | None) -> Network:
        network = Network(*rules, seed=5, clock=Clock(), log=True, only=only)
        for _ in range(40):
            network.verdict(message())
        return network

    faults = run(None).faults
    assert faults is not None
    assert len(faults) > 10
    wanted = [faults[2].token, faults[7].token]
    assert run(wanted).faults == [faults[2], faults[7]]
    assert run([]).fired == {}


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (lambda: Rule("", DROP), "needs a name"),
        (lambda: Rule("x", DROP, rate=1.5), "rule 'x': rate is a probability from 0 to 1, got 1.5"),
        (lambda: Rule("x", DROP, rate=GilbertElliott(0.1, -1)), "rule 'x': rate.turn_good is a probability"),
        (lambda: Rule("x", jitter=-1.0), "rule 'x': jitter is 0 or more, got -1.0"),
        (lambda: Rule("x", bandwidth=float("inf")), "rule 'x': bandwidth is 0 or more, got inf"),
        (lambda: Rule("x", DROP, direction="up"), "rule 'x': direction is one of"),  # type: ignore[arg-type]
        (lambda: Rule("x", DROP, between=(3, 3)), "rule 'x': between is"),
        (lambda: Rule("x", DROP, times=0), "rule 'x': times is 1 or more, got 0"),
        (lambda: Rule("x"), "rule 'x' does nothing"),
        (lambda: delay(0), "delay takes a positive number of seconds, got 0"),
        (lambda: delay(float("nan")), "delay takes a positive number of seconds, got nan"),
        (lambda: duplicate(1), "duplicate takes 2 copies or more, got 1"),
        (lambda: reorder(0), "reorder takes a positive number of messages, got 0"),
        (lambda: close(99), "a WebSocket close code lies between 1000 and 4999, got 99"),
        (lambda: Network(Rule("x", DROP), Rule("x", CORRUPT)), "the name 'x' is taken"),
        (lambda: Network(Rule("partition", DROP)), "the name 'partition' is taken"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(broken: Callable[[], object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        broken()


def test_rules_come_and_go_while_the_network_is_in_use() -> None:
    network = Network()
    assert network.verdict(message()) == PASS
    network.add(Rule("loss", DROP))
    assert network.verdict(message()).dropped
    network.remove("loss")
    assert network.verdict(message()) == PASS
    with pytest.raises(KeyError, match="no rule is called 'loss'; there are: none"):
        network.remove("loss")
