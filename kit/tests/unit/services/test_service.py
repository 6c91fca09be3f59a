from __future__ import annotations

import pytest

from goldenpath.services import DefinitionError, Service


def test_a_known_service_needs_nothing_but_its_name() -> None:
    assert [Service(name).kind for name in ("postgres", "redis", "clickhouse")] == ["postgres", "redis", "clickhouse"]


def test_a_second_server_of_a_kind_has_a_name_of_its_own() -> None:
    assert Service("billing", kind="postgres").kind == "postgres"


@pytest.mark.parametrize("name", ["Postgres", "", "1st", "a b", "a/b", "x" * 31, "../up"])
def test_a_name_that_could_not_be_a_file_or_variable_name_is_refused(name: str) -> None:
    with pytest.raises(DefinitionError, match="cannot name a service"):
        Service(name, command=["true"])


def test_an_unknown_service_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(DefinitionError, match="no service 'postgress'; did you mean 'postgres'"):
        Service("postgress")


def test_an_unknown_kind_is_refused_with_the_kinds_there_are() -> None:
    with pytest.raises(DefinitionError, match=r"no kind 'mysql'.*postgres, redis, clickhouse, command, image, address"):
        Service("db", kind="mysql")


@pytest.mark.parametrize("wrong", [{"command": ["true"], "url": "http://h"}, {"image": "busybox", "url": "http://h"}])
def test_what_runs_already_has_neither_a_command_nor_an_image(wrong: dict[str, object]) -> None:
    with pytest.raises(DefinitionError, match="neither command= nor image="):
        Service("web", **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"command": "python -m web"}, {"command": ["true"], "needs": "postgres"}])
def test_one_string_where_a_list_is_due_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(DefinitionError, match="lists of strings"):
        Service("web", **wrong)  # type: ignore[arg-type]


def test_a_command_may_be_given_to_an_image() -> None:
    assert Service("box", image="busybox", command=["true"]).kind == "image"


def test_a_known_service_from_an_image_of_yours_is_still_of_its_kind() -> None:
    assert Service("postgres", image="registry.example/postgres:17").kind == "postgres"


def test_an_empty_command_is_refused() -> None:
    with pytest.raises(DefinitionError, match="empty command"):
        Service("web", command=[])
