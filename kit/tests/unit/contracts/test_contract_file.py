from __future__ import annotations

import re
from pathlib import Path

import pytest

from goldenpath.contracts import AG_UI, GOLDEN_PATH, ContractError, load_contract, parse_contract
from goldenpath.contracts.presets import contract_named

ORDERS = """\
name = "orders"
run_key = "order"
first = ["placed"]
last = ["shipped"]
terminal = ["cancelled"]
required = ["paid"]
outside = ["ping"]

[events.placed]
order = "non-empty string"
"note?" = "string"
items = "array of object"

[events.paid]
order = "non-empty string"
amount = "number >= 0"   # in the shop's currency
by = ["card", "invoice"]
parcel = "string or integer"

[events.shipped]
order = "any"
at = { town = "string", "street?" = "string" }

[events.cancelled]
order = "any"

[events.ping]

[transitions]
placed = ["paid", "cancelled"]

[[pairing]]
name = "payment"
key = "parcel"
opens = "paid"
closes = ["shipped"]

[[gap]]
seconds = 5
of = ["shipped"]

[severities]
EC209 = "warning"
"""


def placed(**fields: object) -> dict[str, object]:
    return {"type": "placed", "order": "o1", "items": [], **fields}


PAID = {"type": "paid", "order": "o1", "amount": 5, "by": "card", "parcel": "p"}
SHIPPED = {"type": "shipped", "order": "o1", "at": {"town": "Bern"}, "parcel": "p"}


def test_a_contract_in_toml_checks_like_one_in_python(tmp_path: Path) -> None:
    (tmp_path / "orders.toml").write_text(ORDERS)
    contract = load_contract(tmp_path / "orders.toml")
    assert contract.check([placed(), {"type": "ping"}, PAID, SHIPPED]).ok
    report = contract.check([placed(note=7), PAID | {"by": "cash", "amount": -1}, SHIPPED | {"at": {}}])
    assert [violation.rule for violation in report.violations] == ["EC105", "EC106", "EC106", "EC104"]
    assert [violation.path for violation in report.violations] == ["note", "amount", "by", "at.town"]


def test_a_closed_contract_refuses_other_fields() -> None:
    contract = parse_contract("closed = true\n" + ORDERS)
    assert contract.check([placed(colour="red"), PAID, SHIPPED]).violations[0].rule == "EC107"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('first = ["placed"]', 'first = ["plced"]', 3, "first names 'plced'.*did you mean 'placed'"),
        ('first = ["placed"]', 'first = "placed"', 3, "first should be a list of event types"),
        ('name = "orders"', "name = 7", 1, "name should be a string, not 7"),
        ('required = ["paid"]', 'requird = ["paid"]', 6, "no 'requird'.*did you mean 'required'"),
        ('items = "array of object"', 'items = "array of thing"', 12, "'thing' is no kind of value"),
        ('amount = "number >= 0"', 'amount = "number >= 1.2.3"', 16, "'1.2.3' is no number"),
        ('by = ["card", "invoice"]', "by = [1]", 17, "is no shape"),
        ('town = "string"', 'town = "strng"', 22, "'strng' is no kind"),
        ("[events.ping]", "[events.ping]\nsent = 1", 28, "1 is no shape"),
        ("[transitions]", "[transitions]\nshipped = 3", 30, "shipped should be a list"),
        ('placed = ["paid", "cancelled"]', 'placed = ["pad"]', 30, "transitions names 'pad'"),
        ('closes = ["shipped"]', 'closes = ["sent"]', 32, "pairing names 'sent'"),
        ('key = "parcel"', 'kye = "parcel"', 34, "a pairing has no 'kye'.*did you mean 'key'"),
        ('key = "parcel"', "", 32, "a pairing needs 'key'"),
        ('key = "parcel"', "key = 3", 34, "key should be a string, not 3"),
        ("seconds = 5", 'seconds = "5"', 39, "seconds should be a number"),
        ('EC209 = "warning"', 'EC209 = "loud"', 43, "EC209 is 'loud'"),
        ('EC209 = "warning"', 'EC999 = "off"', 43, "there is no rule 'EC999'"),
        ('last = ["shipped"]\n', "", 1, "a contract needs 'last'"),
        ('last = ["shipped"]', "last = []", 4, "last needs at least one type"),
        ('outside = ["ping"]', 'outside = ["placed"]', 7, "cannot be both"),
    ],
)
def test_an_error_names_the_line_and_what_mends_it(old: str, new: str, line: int, message: str) -> None:
    assert old in ORDERS
    with pytest.raises(ContractError, match=rf"(?s)shop\.toml.*line {line}\b.*{message}"):
        parse_contract(ORDERS.replace(old, new, 1), "shop.toml")


def test_a_text_that_is_no_toml_is_refused_with_its_line() -> None:
    with pytest.raises(ContractError, match=r"shop\.toml: .*line 2"):
        parse_contract('name = "orders"\nfirst = oops\n', "shop.toml")


def test_events_must_be_tables() -> None:
    with pytest.raises(ContractError, match="line 5: ping should be a table of its fields"):
        parse_contract('name = "n"\nfirst = ["a"]\nlast = ["a"]\n[events]\nping = 3\n')


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=re.escape(f"{tmp_path}/no.toml cannot be read: No such file")):
        load_contract(tmp_path / "no.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(ContractError, match="is not UTF-8"):
        load_contract(tmp_path / "x.toml")


def test_presets_have_names() -> None:
    assert contract_named("GOLDEN_PATH") is contract_named("golden-path") is GOLDEN_PATH
    assert contract_named("ag-ui") is AG_UI
    with pytest.raises(ContractError, match="there is no contract 'ag-iu'; did you mean 'ag-ui'"):
        contract_named("ag-iu")
