"""Making, remembering, verifying and resetting doubles, whatever their kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from goldenpath.doubles.behaviours import sifted
from goldenpath.doubles.compiler import compile_spec, make
from goldenpath.doubles.contexts import fields_of
from goldenpath.doubles.failures import CONDITIONS, FailurePlan, plan_of
from goldenpath.doubles.interfaces import Interfaces
from goldenpath.doubles.kinds import user_context as contexts
from goldenpath.doubles.kinds.kind import Kind
from goldenpath.doubles.kinds.user_context import State
from goldenpath.doubles.registry import Registry
from goldenpath.doubles.spied import build, recording
from goldenpath.doubles.touch import tape_of
from goldenpath.doubles.verifying import complaints


class Workshop:
    """The back room of a factory."""

    def __init__(self, clock: Callable[[], float], interfaces: Interfaces) -> None:
        self._clock = clock
        self._interfaces = interfaces
        self._registry = Registry()

    def make(
        self, kind: Kind, behaviour: object, conditions: Mapping[str, Any], plan: FailurePlan | None = None
    ) -> Any:
        """Make a double of a kind that does what `behaviour` does until it is scripted otherwise."""
        start = self._clock()
        real = self._interfaces.real(kind.name)
        if real is None:
            return self._assemble(start, kind.name, kind.interface, behaviour, conditions, plan)
        return self._assemble(start, kind.name, real, sifted(behaviour, real), conditions, plan)

    def make_of(self, spec: type, conditions: Mapping[str, Any], attributes: Mapping[str, Any]) -> Any:
        """Make a double of any class, with attributes set on it."""
        made = self._assemble(self._clock(), spec.__name__, spec, None, conditions, None)
        for name, value in attributes.items():
            setattr(made, name, value)
        return made

    def _assemble(
        self,
        start: float,
        name: str,
        spec: type,
        behaviour: object,
        conditions: Mapping[str, Any],
        plan: FailurePlan | None,
    ) -> Any:
        compiled = compile_spec(spec, open_attributes=True)
        tenant = None
        if conditions:
            tenant = conditions.get("tenant")
            plan = plan or plan_of(name, spec, conditions)
            made = make(compiled, behaviour=behaviour, interfere=plan, tenant=tenant)
            made.tenant = tenant
        else:
            made = make(compiled, behaviour=behaviour)
        self._registry.add(name, made, self._clock() - start, plan, tenant)
        return made

    def interface(self, kind: Kind) -> type:
        """The class a kind is compiled from."""
        return self._interfaces.real(kind.name) or kind.interface

    def make_context(
        self, kind: str, ids: Mapping[str, str | None], more: Mapping[str, Any], new_id: Callable[[str], str]
    ) -> Any:
        """Make a spied instance of the bound user context, or of the built-in one."""
        start = self._clock()
        cls = self.interface(contexts.KIND)
        conditions = {name: more[name] for name in more if name in CONDITIONS}
        fields = {name: more[name] for name in more if name not in CONDITIONS}
        plan = plan_of(kind, State, conditions)
        tenant = conditions.get("tenant")
        owned = {**ids, "tenant": tenant}
        context = build(cls, fields_of(cls, {**owned, "tenant_id": tenant}, fields, new_id), owned, plan)
        self._registry.add(kind, context, self._clock() - start, plan, tenant)
        return context

    def made_for(self, tenant: str | None, kind: str | None) -> list[Any]:
        """The living doubles of a tenant, and of a kind if one is named."""
        return [
            double for entry, double in self._registry.alive() if entry.tenant == tenant and kind in (None, entry.kind)
        ]

    def statistics(self) -> dict[str, Any]:
        """The tally of what was made, and of what lives."""
        kinds = {kind: _row(tally.count, tally.seconds) for kind, tally in self._registry.made.items()}
        for entry, made in self._registry.alive():
            row = kinds.setdefault(entry.kind, _row(0, 0.0))
            row["alive"] += 1
            row["calls"] += tape_of(recording(made)).count()
        total = {name: sum(kind[name] for kind in kinds.values()) for name in ("made", "seconds", "alive", "calls")}
        return {**total, "kinds": kinds}

    def verify(self) -> int:
        """Check that every call was awaited and every planned failure happened."""
        doubles = list(self._registry.alive())
        found = [
            f"{entry.kind}{f' of {entry.tenant}' if entry.tenant else ''}: {complaint}"
            for entry, double in doubles
            for complaint in complaints(recording(double), entry.plan)
        ]
        if found:
            raise AssertionError("\n".join(["the doubles are not as the test left them to be:", *found]))
        return len(doubles)

    def reset(self) -> int:
        """Forget calls, tallies and what was drawn from seeds."""
        doubles = list(self._registry.alive())
        for entry, made in doubles:
            recording(made).reset_mock()
            if entry.plan is not None:
                entry.plan.restart()
        self._registry.start_anew()
        return len(doubles)


def _row(made: int, seconds: float) -> dict[str, Any]:
    return {"made": made, "seconds": seconds, "alive": 0, "calls": 0}
