"""Real instances of a real, frozen class that are also spied and take free attributes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from weakref import ref

from goldenpath.doubles.compiler import compile_spec, make
from goldenpath.doubles.failures import FailurePlan
from goldenpath.doubles.hints import raw
from goldenpath.doubles.instance import Double
from goldenpath.doubles.kinds.user_context import State

SPIED: Final = ("get_state", "set_state")
_SPIES: Final = "_goldenpath_spies"
_FROZEN: Final = "_goldenpath_frozen"
_PLAN: Final = "_goldenpath_plan"


class _Spy:
    """Reads as the recorder of a method; an assignment replaces it, as on any object."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else getattr(spies_of(instance), self._name)


class _Own:
    """A class's own state methods, on an instance that the spies must not keep alive."""

    __slots__ = ("_cls", "_instance")

    def __init__(self, cls: Any, instance: Any) -> None:
        self._cls = cls
        self._instance = ref(instance)

    def get_state(self, *args: Any, **kwargs: Any) -> Any:
        return self._cls.get_state(self._instance(), *args, **kwargs)

    def set_state(self, *args: Any, **kwargs: Any) -> Any:
        return self._cls.set_state(self._instance(), *args, **kwargs)


def spies_of(instance: Any) -> Any:
    """The double that records what is asked of a spied instance; a copy of the instance gets one of its own."""
    owner, spies = vars(instance).get(_SPIES, (None, None))
    if owner is None or owner() is not instance:
        cls = instance.__class__
        own = all(hasattr(cls, name) for name in SPIED)
        spec, behaviour = (cls, _Own(cls, instance)) if own else (State, State())
        spies = make(compile_spec(spec), behaviour=behaviour, interfere=vars(instance).get(_PLAN))
        vars(instance)[_SPIES] = ref(instance), spies
    return spies


def recording(made: Any) -> Any:
    """What records the calls of a thing the factory made: itself, or the spies of a real instance."""
    return made if isinstance(made, Double) else spies_of(made)


@lru_cache(maxsize=256)
def spied(cls: type) -> type:
    """A subclass of `cls` whose instances guard what they were born with as `cls` does, and take anything else."""
    declared = {name for base in cls.__mro__ for name in (*raw(base), *slots_of(base))}
    real: Any = cls

    def guarded(self: Any, name: str) -> bool:
        return name in declared or name in vars(self).get(_FROZEN, ())

    def set_attribute(self: Any, name: str, value: object) -> None:
        (real if guarded(self, name) else object).__setattr__(self, name, value)

    def delete_attribute(self: Any, name: str) -> None:
        (real if guarded(self, name) else object).__delattr__(self, name)

    namespace = {
        "__setattr__": set_attribute,
        "__delattr__": delete_attribute,
        "__class__": property(
            lambda self: cls, doc="The real class, so that the real `__eq__` and `replace` see a real one."
        ),
        "__doc__": cls.__doc__,
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
    }
    subclass = type(cls)(cls.__name__, (cls,), namespace)
    for name in SPIED:
        setattr(subclass, name, _Spy(name))
    return subclass


def slots_of(cls: type) -> tuple[str, ...]:
    """The slots a class body names; a single one may be written as a bare string."""
    slots = vars(cls).get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def build(cls: type, fields: Mapping[str, Any], attributes: Mapping[str, Any], plan: FailurePlan | None) -> Any:
    """Build a spied instance from its fields, and hang on it the attributes that the class has not."""
    instance = spied(cls)(**fields)
    vars(instance)[_FROZEN] = frozenset(vars(instance))
    if plan is not None:
        vars(instance)[_PLAN] = plan
    for name, value in attributes.items():
        if not hasattr(instance, name):
            setattr(instance, name, value)
    return instance
