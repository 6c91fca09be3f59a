"""What crosses the border from outside: text that can be stored, and a plain word on what was wrong with the rest."""

from __future__ import annotations

from typing import Final

from pydantic import AfterValidator, ValidationError


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL character."""
    if "\x00" in text:
        raise ValueError("must not contain the NUL character")
    return text


Storable: Final = AfterValidator(_storable)
"""Stands last in an annotation, after the constraints: `Annotated[str, StringConstraints(…), Storable]`."""


def first_problem(invalid: ValidationError) -> str:
    """The field and what is wrong with it, without repeating what was sent."""
    error = invalid.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
