"""Values that are sent whole once and changed by patches from then on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from goldenpath.contracts.clause import Act, Case, Clause, Event, Run
from goldenpath.contracts.json_patch import PatchError, patched
from goldenpath.contracts.paths import getter

REMEMBERED: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class Patching(Clause):
    """`snapshot` events carry a value, `delta` events a patch that applies to it.

    With a `key` there are many such values. Until a value was seen, nothing can be said of its patches. `replaces` is
    the flag by which a snapshot says that it does not overwrite; `initially` is where else a first value may stand.
    """

    name: str
    snapshot: str
    value: str
    delta: str
    patch: str
    key: str = ""
    replaces: str = ""
    initially: tuple[str, str] | None = None

    def acts(self, slot: int) -> Mapping[str, Act]:
        key_of = getter(self.key)

        def take(case: Case, run: Run, event: Event) -> None:
            key = (self.name, key_of(event))
            if self.value not in event or (self.key and not isinstance(key[1], str)):
                return
            if self.replaces and event.get(self.replaces) is False and key in case.known:
                return
            if len(case.known) < REMEMBERED or key in case.known:
                case.known[key] = event[self.value]
            else:
                case.give_up(
                    f"more than {REMEMBERED} values were sent: whether patches of later ones apply is not known"
                )

        def change(case: Case, run: Run, event: Event) -> None:
            key = (self.name, key_of(event))
            if self.key and not isinstance(key[1], str):
                return
            if key not in case.known:
                return
            try:
                case.known[key] = patched(case.known[key], event.get(self.patch))
            except PatchError as error:
                case.object_to("EC601", f"the patch of the {self.name} does not apply: {error}", path=self.patch)

        acts = {self.snapshot: Act(take), self.delta: Act(change)}
        if self.initially is not None:
            type_, path = self.initially
            first = getter(path)

            def begin(case: Case, run: Run, event: Event) -> None:
                value = first(event)
                if value is not None:
                    case.known[self.name, None] = value

            acts[type_] = Act(begin, unless=f"{path.split('.')[0]!r} not in event")
        return acts
