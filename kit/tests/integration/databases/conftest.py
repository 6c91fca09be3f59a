from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goldenpath.databases import DatabaseTestUtility, Template
from goldenpath.services import ServiceStack

SCHEMA = """
CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE,
                       shout text GENERATED ALWAYS AS (upper(name)) STORED);
CREATE TABLE invoice (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                      customer bigint NOT NULL REFERENCES customer ON DELETE CASCADE, cents bigint NOT NULL);
CREATE TABLE event (day date NOT NULL, what text) PARTITION BY RANGE (day);
CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE vehicle (id int, wheels int);
CREATE TABLE car (doors int) INHERITS (vehicle);
CREATE TABLE "Odd Name" (id serial PRIMARY KEY, payload jsonb);
CREATE TABLE promise (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);
INSERT INTO customer (name) VALUES ('acme'), ('globex');
INSERT INTO invoice (customer, cents) VALUES (1, 100), (2, 250);
INSERT INTO event VALUES ('2026-05-01', 'opened');
INSERT INTO vehicle VALUES (9, 2);
INSERT INTO car VALUES (1, 4, 5);
"""


@pytest.fixture(scope="session")
def stack() -> Iterator[ServiceStack]:
    with ServiceStack("postgres", "redis") as stack:
        yield stack


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    migrations = tmp_path_factory.mktemp("migrations")
    (migrations / "001.sql").write_text(SCHEMA)
    return Template.of_sql(migrations)


@pytest.fixture(scope="session")
def shared(stack: ServiceStack, template: Template) -> Iterator[DatabaseTestUtility]:
    with DatabaseTestUtility(stack, template=template) as utility:
        yield utility


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    (tmp_path / "001.sql").write_text(SCHEMA)
    return tmp_path
