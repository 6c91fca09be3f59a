"""For any signature and any call: the double accepts exactly what binding to the real method accepts."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenpath.doubles import double

NAMES = ["a", "b", "c", "d"]
WRAPPERS = {"method": "{body}", "static": "    @staticmethod\n{body}", "class": "    @classmethod\n{body}"}


@st.composite
def parameters(draw: st.DrawFn) -> str:
    """The text between the parentheses of a valid `def`."""
    kinds = draw(st.lists(st.sampled_from(["positional", "either", "keyword"]), max_size=4))
    names = dict(zip(NAMES, kinds, strict=False))
    text: list[str] = []
    optional = False
    for kind in ("positional", "either"):
        for name in (name for name, its in names.items() if its == kind):
            optional = optional or draw(st.booleans())
            text.append(f"{name}=None" if optional else name)
        if kind == "positional" and text:
            text.append("/")
    keywords = [f"{name}=None" if draw(st.booleans()) else name for name, its in names.items() if its == "keyword"]
    if draw(st.booleans()):
        text.append("*args")
    elif keywords:
        text.append("*")
    text += keywords
    if draw(st.booleans()):
        text.append("**kwargs")
    return ", ".join(text)


CALLS = st.lists(
    st.tuples(
        st.lists(st.integers(), max_size=5).map(tuple),
        st.dictionaries(st.sampled_from([*NAMES, "e", "self", "args"]), st.integers(), max_size=4),
    ),
    min_size=1,
    max_size=6,
)


def class_with(signature: str, wrapper: str, prefix: str) -> type:
    receiver = {"method": "self_", "static": "", "class": "cls_"}[wrapper]
    every = ", ".join(part for part in (receiver, signature) if part)
    body = f"    {prefix}def f({every}): ...\n"
    namespace: dict[str, Any] = {}
    exec("class Real:\n" + WRAPPERS[wrapper].format(body=body), namespace)
    made: type = namespace["Real"]
    return made


@settings(deadline=None)
@given(parameters(), st.sampled_from(sorted(WRAPPERS)), st.sampled_from(["", "async "]), CALLS)
def test_a_double_accepts_exactly_what_the_real_signature_binds(
    signature: str, wrapper: str, prefix: str, calls: list[tuple[tuple[int, ...], dict[str, int]]]
) -> None:
    real = class_with(signature, wrapper, prefix)
    bind = inspect.signature(real().f).bind
    d = double(real)
    accepted = 0
    for args, kwargs in [*calls, *calls]:
        try:
            bind(*args, **kwargs)
        except TypeError:
            with pytest.raises(TypeError, match=r"Real\.f\(.*\) does not accept this call"):
                d.f(*args, **kwargs)
            continue
        answer = d.f(*args, **kwargs)
        if prefix:
            answer.close()
        accepted += 1
        assert tuple(d.f.call_args) == (args, kwargs)
        d.f.assert_called_with(*args, **kwargs)
    assert d.f.call_count == accepted


@settings(deadline=None)
@given(parameters(), CALLS)
def test_two_spellings_of_a_call_compare_equal_when_they_bind_the_same(
    signature: str, calls: list[tuple[tuple[int, ...], dict[str, int]]]
) -> None:
    real = class_with(signature, "method", "")
    bind = inspect.signature(real().f).bind
    d = double(real)
    bound = []
    for args, kwargs in calls:
        try:
            bound.append((bind(*args, **kwargs), args, kwargs))
        except TypeError:
            continue
    for made, args, kwargs in bound:
        d.f(*args, **kwargs)
        for other, other_args, other_kwargs in bound:
            if (other.args, other.kwargs) == (made.args, made.kwargs):
                d.f.assert_called_with(*other_args, **other_kwargs)
            else:
                with pytest.raises(AssertionError):
                    d.f.assert_called_with(*other_args, **other_kwargs)
