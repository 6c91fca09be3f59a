"""`double(spec)`: the one way to a test double."""

from __future__ import annotations

import sys
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, UnionType
from typing import Any, Final, get_origin

from goldenpath.doubles.compiler import COMPILED, compile_instance, compile_spec, double_of_function, make
from goldenpath.doubles.recorder import Held
from goldenpath.doubles.vocabulary import configure

FUNCTIONS: Final = (FunctionType, MethodType, BuiltinFunctionType, partial)


def double(
    spec: Any,
    /,
    *,
    name: str | None = None,
    strict: bool = True,
    wraps: Any = None,
    snapshot_args: bool = False,
    **attributes: Any,
) -> Any:
    """A test double of a class, a Protocol, an instance or a function: it looks like it, and records every call.

    Calls are checked against the real signatures; async methods are awaitable and sync ones are not; names the spec
    does not have are refused unless `strict` is off. `wraps` is a real object to call through to; `snapshot_args`
    keeps copies of the arguments instead of the arguments; `attributes` are set on the double, dotted ones too.
    """
    try:
        compiled = COMPILED.get((spec, strict, not strict))
    except TypeError:
        compiled = None  # an instance that cannot be hashed
    made: Any
    if compiled is None and isinstance(spec, FUNCTIONS):
        made = double_of_function(spec, name=name, wraps=wraps, snapshot_args=snapshot_args)
    elif compiled is not None and name is None and wraps is None and not snapshot_args:
        made = compiled()
    else:
        compiled = compiled or compiled_from(spec, strict)
        made = make(compiled, name=name, wraps=wraps, snapshot_args=snapshot_args)
    if attributes:
        configure(made, attributes)
    return made


def compiled_from(spec: Any, strict: bool) -> Any:
    """The double class of whatever can be a spec."""
    origin = get_origin(spec)
    if isinstance(origin, type) and origin is not UnionType:
        spec = origin
    if isinstance(spec, Held) or is_mock(spec):
        raise TypeError(f"{spec!r} is a double already; name the class it stands for")
    if isinstance(spec, type) and spec.__module__ != "typing":
        return compile_spec(spec, strict=strict, open_attributes=not strict)
    if type(spec).__module__ in ("builtins", "typing") or isinstance(spec, (type, UnionType)):
        raise TypeError(f"a spec is a class, a Protocol, a function or an instance of a class, not {spec!r}")
    return compile_instance(spec, strict=strict, open_attributes=not strict)


def is_mock(spec: Any) -> bool:
    """Whether something is a mock of unittest.mock, which need not even be imported."""
    mock = sys.modules.get("unittest.mock")
    return mock is not None and issubclass(type(spec), mock.NonCallableMock)
