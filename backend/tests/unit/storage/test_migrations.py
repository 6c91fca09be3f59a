from __future__ import annotations

import pytest

from agent_backend.storage import MigrationError
from agent_backend.storage.migrations.migration import Migration, pending, read_migrations
from agent_backend.storage.stores import address

FIRST, SECOND = Migration(1, "first", "SELECT 1"), Migration(2, "second", "SELECT 2")


def test_the_files_of_this_program_are_in_the_order_of_their_numbers() -> None:
    versions = [migration.version for migration in read_migrations()]
    assert versions == sorted(set(versions))
    assert read_migrations()[0].label == "0001_first_tables"


def test_a_number_that_is_left_out_is_no_gap() -> None:
    later = Migration(20, "later", "SELECT 20")
    assert pending([(20, later.checksum)], [FIRST, SECOND, later]) == [FIRST, SECOND]
    with pytest.raises(MigrationError, match=r"version 21, newer than this program \(version 20\)"):
        pending([(21, "")], [FIRST, later])


def test_what_was_not_applied_is_pending_in_order() -> None:
    assert pending([], [FIRST, SECOND]) == [FIRST, SECOND]
    assert pending([(1, FIRST.checksum)], [FIRST, SECOND]) == [SECOND]
    assert pending([(1, FIRST.checksum), (2, SECOND.checksum)], [FIRST, SECOND]) == []


def test_a_migration_that_changed_after_it_was_applied_is_refused_by_name() -> None:
    with pytest.raises(MigrationError, match=r"migration 1 \(first\) was changed"):
        pending([(1, SECOND.checksum)], [FIRST, SECOND])


def test_a_database_newer_than_the_program_is_refused() -> None:
    with pytest.raises(MigrationError, match=r"version 3, newer than this program \(version 2\)"):
        pending([(3, "")], [FIRST, SECOND])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://user:p@ss@host:5432/db", "host:5432"),
        ("redis://:secret@host", "host"),
        ("unix:///run/redis.sock", "/run/redis.sock"),
        ("postgresql://user@/db?host=/run/postgresql", "/db"),
    ],
)
def test_an_address_shows_neither_user_nor_password(url: str, shown: str) -> None:
    assert address(url) == shown
