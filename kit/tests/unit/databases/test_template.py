from __future__ import annotations

from pathlib import Path

import pytest

from goldenpath.databases import Template, TemplateError


def test_the_key_of_sql_files_follows_their_names_order_and_contents(tmp_path: Path) -> None:
    first, second = tmp_path / "001.sql", tmp_path / "002.sql"
    first.write_text("create table a ()")
    second.write_text("create table b ()")
    key = Template.of_sql(tmp_path).key
    assert Template.of_sql(first, second).key == key
    assert Template.of_sql(second, first).key != key
    second.write_text("create table c ()")
    assert Template.of_sql(tmp_path).key != key


def test_contents_moved_from_one_file_to_the_next_make_another_key(tmp_path: Path) -> None:
    keys = set()
    for parts in (("ab", "c"), ("a", "bc")):
        for name, text in zip(("1.sql", "2.sql"), parts, strict=True):
            (tmp_path / name).write_text(text)
        keys.add(Template.of_sql(tmp_path).key)
    assert len(keys) == 2


def test_a_folder_without_sql_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"there is no \.sql file in"):
        Template.of_sql(tmp_path)


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="does not exist, so a template cannot depend on it"):
        Template.of_command(["true"], inputs=[tmp_path / "alembic"])


def test_the_key_of_a_function_follows_its_source_and_its_inputs(tmp_path: Path) -> None:
    def one(url: str) -> None:
        """Migrate nothing."""

    def two(url: str) -> None:
        """Migrate nothing, otherwise."""

    (tmp_path / "input").write_text("1")
    keys = [Template.of_function(one).key, Template.of_function(two).key]
    keys.append(Template.of_function(one, inputs=[tmp_path]).key)
    (tmp_path / "input").write_text("2")
    keys.append(Template.of_function(one, inputs=[tmp_path]).key)
    assert len(set(keys)) == 4


def test_a_function_without_source_needs_a_version() -> None:
    namespace: dict[str, object] = {}
    exec("def migrate(url): pass", namespace)
    with pytest.raises(TemplateError, match="give version= to name its state"):
        Template.of_function(namespace["migrate"])  # type: ignore[arg-type]
    assert Template.of_function(namespace["migrate"], version="3").key  # type: ignore[arg-type]


def test_a_command_that_fails_shows_its_last_words() -> None:
    template = Template.of_command(
        ["sh", "-c", "echo migrating $DATABASE_URL; echo no such table >&2; exit 3"], inputs=[]
    )
    with pytest.raises(TemplateError, match=r"ended with 3:\nno such table"):
        template.migrate("postgresql://h/d")
