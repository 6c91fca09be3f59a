"""The order in which the services of a stack start."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

from goldenpath.services.errors import DefinitionError
from goldenpath.services.service import Service


def resolve(services: Iterable[str | Service]) -> dict[str, Service]:
    """The services by name; a bare name is the known service of that name."""
    graph: dict[str, Service] = {}
    for item in services:
        service = Service(item) if isinstance(item, str) else item
        if service.name in graph:
            raise DefinitionError(f"two services are named {service.name!r}; names must be unique within a stack")
        graph[service.name] = service
    if not graph:
        raise DefinitionError("a stack needs at least one service, as in ServiceStack('postgres', 'redis')")
    return graph


def levels(graph: dict[str, Service]) -> list[list[Service]]:
    """The services in waves: each wave needs only the waves before it."""
    for service in graph.values():
        for need in service.needs:
            if need not in graph:
                near = get_close_matches(need, graph, n=1)
                hint = f"did you mean {near[0]!r}?" if near else "add it to the stack"
                raise DefinitionError(
                    f"service {service.name!r} needs {need!r}, which is not in this stack ({', '.join(graph)}); {hint}"
                )
    sorter = TopologicalSorter({name: service.needs for name, service in graph.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " needs ".join(reversed(error.args[1]))
        raise DefinitionError(f"the services need each other in a circle: {circle}; one of them must go") from None
    waves = []
    while sorter.is_active():
        ready = set(sorter.get_ready())
        waves.append([service for name, service in graph.items() if name in ready])
        sorter.done(*ready)
    return waves
