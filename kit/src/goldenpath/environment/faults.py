"""What can go wrong with an environment, each fault naming the variable or the line and never a value."""

from __future__ import annotations

from pathlib import Path


class EnvironmentFault(Exception):
    """Any fault of this room; its text is safe to print because it never holds the value of a variable."""


class InvalidVariable(EnvironmentFault, ValueError):
    """A name or a value that no process environment can hold."""


class ProtectedVariable(EnvironmentFault):
    """A change to a variable that was protected."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} is protected and was not changed; call unprotect({key!r}) first if it must change")
        self.key = key


class UnknownEnvironmentName(EnvironmentFault, ValueError):
    """The name of the environment is missing, or none that is known."""


class EnvFileError(EnvironmentFault, ValueError):
    """A `.env` file that cannot be read, with the line at fault."""

    def __init__(self, path: Path, line: int | None, problem: str) -> None:
        place = f"{path}:{line}" if line else f"{path}"
        super().__init__(f"{place}: {problem}")
        self.path = path
        self.line = line
        self.problem = problem


class UndeclaredRead(EnvironmentFault, AssertionError):
    """Guarded code read `os.environ` without declaring the variable."""

    def __init__(self, variable: str, place: str) -> None:
        what = "the whole of os.environ" if variable == "*" else f"os.environ[{variable!r}]"
        super().__init__(
            f"{place} reads {what} undeclared; read it through goldenpath.get_env(), set it in the test, "
            f'or declare it with @pytest.mark.env("{variable}")'
        )
        self.variable = variable
        self.place = place


class SecretPlanError(EnvironmentFault, ValueError):
    """A file of secrets to check that cannot be used."""


class MissingExtra(EnvironmentFault, ImportError):
    """A package that an optional part needs is not installed."""

    def __init__(self, needed_by: str, package: str, extra: str) -> None:
        super().__init__(f"{needed_by} needs {package}; install it with: pip install 'goldenpath[{extra}]'")
