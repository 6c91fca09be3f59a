from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goldenpath.environment import EnvFileError, IsolatedEnvironment, ProtectedVariable
from goldenpath.environment.dotenv import read_env_file


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / ".env"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A=1", {"A": "1"}),
        ("A=", {"A": ""}),
        ("A=''\nB=\"\"\n", {"A": "", "B": ""}),
        ("# note\n\n  export A = 1  # why\n", {"A": "1"}),
        ("A=a b\tc  \n", {"A": "a b\tc"}),
        ("A=x#y\nB= # only a note\nC=#z", {"A": "x#y", "B": "", "C": "#z"}),
        ("A=it's", {"A": "it's"}),
        ("A='single \\n $X' # note", {"A": "single \\n $X"}),
        ('A="line\\nnext \\"q\\" \\\\ \\$"', {"A": 'line\nnext "q" \\ $'}),
        ("A='-----BEGIN\nkey\n-----END'\nB=2", {"A": "-----BEGIN\nkey\n-----END", "B": "2"}),
        ("A=$HOME\nB=${A}\nC=$(id)\nD=`id`", {"A": "$HOME", "B": "${A}", "C": "$(id)", "D": "`id`"}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        (b"\xef\xbb\xbfA=1", {"A": "1"}),
        ("A=a=b==", {"A": "a=b=="}),
        ("", {}),
        ("\n# only notes", {}),
    ],
)
def test_what_a_file_says(tmp_path: Path, text: str | bytes, values: dict[str, str]) -> None:
    read = read_env_file(written(tmp_path, text))
    assert {key: value for key, (value, _) in read.items()} == values


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("A=1\n\nnonsense\nB=2", 3, "expected NAME=value"),
        ("1A=1", 1, "expected NAME=value"),
        ("A=1\n=x", 2, "expected NAME=value"),
        ("A=1\nB=2\nA=3", 3, "A is defined twice, first on line 1"),
        ("X=\nA='open\nstill\n", 2, "the value of A opens with ' and no ' closes it"),
        ('A="open', 1, 'opens with " and no " closes it'),
        ("A='x\ny' z", 2, "something follows the closing ' of A"),
        ('A="one\ntwo \\q"', 2, "A holds an unknown escape"),
        (b"A=1\nB=\xff\n", 2, "is not UTF-8"),
        ("A=1\nB=a\0b", 2, "the value of B holds a NUL character"),
    ],
)
def test_what_cannot_be_understood_names_the_file_and_the_line(
    tmp_path: Path, text: str | bytes, line: int, problem: str
) -> None:
    path = written(tmp_path, text)
    env = IsolatedEnvironment({})
    with pytest.raises(EnvFileError) as caught:
        env.load_file(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert problem in str(caught.value)
    assert (caught.value.path, caught.value.line) == (path, line)
    assert env.all() == {}


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(EnvFileError, match=r"nowhere\.env: cannot be read: No such file"):
        IsolatedEnvironment({}).load_file(tmp_path / "nowhere.env")


def test_existing_values_win_empty_ones_too_and_the_source_is_the_line(tmp_path: Path) -> None:
    path = written(tmp_path, "A=file\nB=file\n\nC=file\n")
    env = IsolatedEnvironment({"A": "process", "B": ""})
    assert env.load_file(path) == ("C",)
    assert env.all() == {"A": "process", "B": "", "C": "file"}
    assert env.source_of("C") == f"{path}:4"


def test_a_file_that_would_set_a_protected_variable_sets_nothing(tmp_path: Path) -> None:
    env = IsolatedEnvironment({})
    env.protect("B")
    with pytest.raises(ProtectedVariable):
        env.load_file(written(tmp_path, "A=1\nB=2"))
    assert env.all() == {}


VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=40)


@given(st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True), VALUES, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_survives_in_double_quotes(tmp_path: Path, values: dict[str, str]) -> None:
    escaped = {key: value.replace("\\", "\\\\").replace('"', '\\"') for key, value in values.items()}
    text = "".join(f'{key}="{value}"\n' for key, value in escaped.items())
    read = read_env_file(written(tmp_path, text))
    assert {key: value for key, (value, _) in read.items()} == values


@given(st.text("AB=\"'\\ #\n\t$x", max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_read_or_refused_with_a_line_that_exists(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    line: int | None = 1
    try:
        read_env_file(path)
    except EnvFileError as error:
        line = error.line
    assert line is not None
    assert 1 <= line <= text.count("\n") + 1
