"""The special methods a double answers, and what each answers until told otherwise."""

from __future__ import annotations

from typing import Any, Final

from goldenpath.doubles.marks import SELF, UNSET

UNARY: Final = ("neg", "pos", "abs", "invert", "round", "trunc", "floor", "ceil")
ARITHMETIC: Final = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow"),
    *("lshift", "rshift", "and", "xor", "or"),
)

ANSWERS: Final[dict[str, Any]] = {
    "__call__": UNSET,
    "__enter__": SELF,
    "__exit__": False,
    "__aenter__": SELF,
    "__aexit__": False,
    "__await__": UNSET,
    "__iter__": (),
    "__next__": UNSET,
    "__aiter__": (),
    "__anext__": UNSET,
    "__reversed__": (),
    "__len__": 0,
    "__length_hint__": 0,
    "__bool__": True,
    "__contains__": False,
    "__getitem__": UNSET,
    "__setitem__": None,
    "__delitem__": None,
    "__missing__": UNSET,
    "__int__": 1,
    "__index__": 1,
    "__float__": 1.0,
    "__complex__": 1j,
    "__fspath__": "double",
    "__bytes__": b"",
    "__get__": UNSET,
    "__set__": None,
    "__delete__": None,
    **dict.fromkeys(("__lt__", "__gt__", "__le__", "__ge__"), NotImplemented),
    **{f"__{name}__": UNSET for name in UNARY},
    **{f"__{side}{name}__": UNSET for name in ARITHMETIC for side in ("", "r", "i")},
}
"""UNSET answers like any other method; SELF is the double; the rest is returned."""

ALWAYS_ASYNC: Final = frozenset({"__aenter__", "__aexit__", "__anext__", "__await__"})
STREAMS: Final = {"__iter__": "sync", "__reversed__": "sync", "__aiter__": "async"}
STEPPERS: Final = {"__iter__": "__next__", "__reversed__": "__next__", "__aiter__": "__anext__"}
"""By which method a class shows that it is its own iterator."""

LOOSE: Final = (
    *("__enter__", "__exit__", "__aenter__", "__aexit__", "__iter__", "__aiter__", "__len__", "__bool__"),
    *("__contains__", "__getitem__", "__setitem__", "__delitem__", "__int__", "__index__", "__float__"),
)
"""The special methods of a value nothing is known about."""
