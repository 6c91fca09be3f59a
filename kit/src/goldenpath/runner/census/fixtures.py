"""How many times a test runs because the fixtures it uses have parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goldenpath.runner.census.facts import Fixture, Module


class Cupboard:
    """The fixtures that a file's tests can reach: its own, then those of the conftests above it."""

    def __init__(self, modules: Sequence[Module]) -> None:
        self._fixtures: dict[tuple[str, str], list[Fixture]] = {}
        self._automatic: list[Fixture] = []
        for number, module in enumerate(modules):
            for fixture in module.fixtures:
                if number == 0 or not fixture.owner:
                    self._fixtures.setdefault((fixture.owner, fixture.name), []).append(fixture)
                    if fixture.automatic:
                        self._automatic.append(fixture)
        self.interesting = any(row.times > 1 or not row.exact for rows in self._fixtures.values() for row in rows)
        """Whether any of them can change a number."""

    def multiplier(self, wants: Iterable[str], owners: Sequence[str]) -> tuple[int, bool]:
        """The product of the parameters of all fixtures that a test reaches, and whether all could be counted."""
        times, exact = 1, True
        reached: set[Fixture] = set()
        todo = [(name, 0) for name in wants]
        todo.extend((each.name, 0) for each in self._automatic if not each.owner or each.owner in owners)
        while todo:
            name, level = todo.pop()
            rows = self._rows(name, owners)
            if level >= len(rows) or rows[level] in reached:
                continue
            fixture = rows[level]
            reached.add(fixture)
            times *= fixture.times
            exact = exact and fixture.exact
            todo.extend((each, level + 1 if each == name else 0) for each in fixture.wants)
        return times, exact

    def _rows(self, name: str, owners: Sequence[str]) -> list[Fixture]:
        """Every fixture of a name, the nearest first: one may build on the one that it overrides."""
        return [row for owner in (*owners, "") for row in self._fixtures.get((owner, name), ())]
