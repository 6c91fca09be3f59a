from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_backend.llm import Facts, Untrusted, check_sentence, check_whole

FACTS = Facts(
    (
        "You spent $1,234.50 in all.",
        "By team, support is the dearest of 3: $900.00 (73%).",
        "Cache repeated prompts: $12.00 at low risk, team support.",
        "Cap the output: $34.00 at high risk, team legal.",
        "The records run from 2026-08-01 to 2026-10-29, 20,711 calls.",
        "Your goal of 20 % is reached.",
    ),
    frozenset({"support", "legal", "atlas-2"}),
)


@pytest.mark.parametrize(
    "sentence",
    [
        *FACTS.sentences,
        "In total, $1234.50 were spent.",
        "With 73 percent, support leads.",
        "From 2026-08-01 to 2026-10-29 there were 20711 calls (your goal of 20% is reached).",
        "One team stands out.",
        "For legal, a cap on the output brings $34.",
    ],
)
def test_a_sentence_that_says_what_was_computed_passes(sentence: str) -> None:
    check_sentence(sentence, FACTS)
    with pytest.raises(Untrusted):
        check_sentence(f"{sentence} And $7.77 more.", FACTS)


@pytest.mark.parametrize(
    "sentence",
    [
        "You spent $1,234.51 in all.",
        "You spent 1,234.50 in all.",
        "You saved 73.",
        "You could save $20.",
        "The goal of -20 % is reached.",
        "About 1.2k dollars were spent.",
        "You spent $12e2.",
        "You spent $1,2,3,4.50.",
        "You spent ½ of it.",
        "You spent $\u0661\u0662.",
        "The year 2027 will be better.",
        "It happened on 2026-08-02.",
    ],
)
def test_a_number_that_was_not_computed_is_caught(sentence: str) -> None:
    with pytest.raises(Untrusted, match="number that was not computed"):
        check_sentence(sentence, FACTS)


@pytest.mark.parametrize("sentence", ["You can save half of it.", "Spend DOUBLED.", "About twenty-five teams."])
def test_a_number_in_words_is_a_number(sentence: str) -> None:
    with pytest.raises(Untrusted, match="number in words"):
        check_sentence(sentence, FACTS)


@pytest.mark.parametrize("sentence", ["For legal, a cache brings $12.", "support would save $34 by a cap."])
def test_a_right_number_beside_the_wrong_name_is_caught(sentence: str) -> None:
    with pytest.raises(Untrusted, match="a name it does not belong to"):
        check_sentence(sentence, FACTS)


@pytest.mark.parametrize(
    "sentence",
    [
        "<img src=x onerror=alert(1)>",
        "See [this](http://evil.example).",
        "**Bold** claim.",
        "`code`",
        "Go to https://evil.example now.",
        "# Heading",
        "a &lt;b",
        "left\u202eright",
        "zero\u200bwidth",
        "bell\x07",
    ],
)
def test_markup_links_and_hidden_characters_are_caught(sentence: str) -> None:
    with pytest.raises(Untrusted, match="markup"):
        check_sentence(sentence, FACTS)


@given(st.decimals(min_value=0, max_value=10**7, places=2))
def test_no_amount_but_the_computed_ones_passes(amount: object) -> None:
    computed = {"1234.50", "900.00", "12.00", "34.00"}
    if str(amount) in computed:
        return
    with pytest.raises(Untrusted):
        check_sentence(f"You could save ${amount} a month.", FACTS)


@given(st.text(max_size=200))
def test_any_text_passes_or_is_untrusted_and_nothing_else(text: str) -> None:
    verdicts = []
    for _ in range(2):
        try:
            check_sentence(text, FACTS)
            verdicts.append("")
        except Untrusted as untrusted:
            verdicts.append(str(untrusted))
    assert verdicts[0] == verdicts[1]


def test_a_whole_text_tells_every_amount_and_every_verdict_as_it_stands() -> None:
    facts = Facts(FACTS.sentences, FACTS.names, frozenset({FACTS.sentences[-1]}))
    check_whole(" ".join(FACTS.sentences), facts)
    without_an_amount = " ".join(FACTS.sentences[1:])
    with pytest.raises(Untrusted, match="leaves out a figure"):
        check_whole(without_an_amount, facts)
    for turned in ("Your goal of 20 % is not reached.", "Your goal was 20 %."):
        with pytest.raises(Untrusted, match="changes a verdict"):
            check_whole(" ".join([*FACTS.sentences[:-1], turned]), facts)
