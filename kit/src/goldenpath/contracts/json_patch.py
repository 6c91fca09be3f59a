"""RFC 6902 patches, applied without touching what they are applied to."""

from __future__ import annotations

from typing import Any

from goldenpath.contracts.shape import shown


class PatchError(Exception):
    """A patch cannot be applied."""


def patched(document: Any, patch: object) -> Any:
    """The document after the patch; only what lies on the way to a change is copied."""
    if not isinstance(patch, list):
        raise PatchError(f"a patch is an array, not {shown(patch)}")
    for operation in patch:
        if not isinstance(operation, dict):
            raise PatchError(f"an operation is an object, not {shown(operation)}")
        document = applied(document, operation)
    return document


def applied(document: Any, operation: dict[str, Any]) -> Any:
    """The document after one operation."""
    name, path = operation.get("op"), steps(operation.get("path"))
    if name in ("add", "replace", "test") and "value" not in operation:
        raise PatchError(f"{name} needs a value")
    if name == "add":
        return added(document, path, operation["value"])
    if name == "remove":
        return removed(document, path)
    if name == "replace":
        found(document, path)
        return replaced(document, path, operation["value"])
    if name == "test":
        if not same(found(document, path), operation["value"]):
            raise PatchError(f"{operation['path'] or 'the whole'} is not {shown(operation['value'])}")
        return document
    if name in ("move", "copy"):
        source = steps(operation.get("from"))
        value = found(document, source)
        if name == "copy":
            return added(document, path, value)
        if path[: len(source)] == source and path != source:
            raise PatchError("a value cannot be moved into itself")
        return added(removed(document, source), path, value)
    raise PatchError(f"there is no operation {shown(name)}")


def steps(pointer: object) -> list[str]:
    """The steps of a JSON pointer (RFC 6901)."""
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise PatchError(f"{shown(pointer)} is no JSON pointer")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def position(array: list[Any], step: str, *, end: bool = False) -> int:
    """The index that a step names in an array; with `end` it may be the one behind the last."""
    if end and step == "-":
        return len(array)
    if not (step.isascii() and step.isdigit()) or (step[0] == "0" and step != "0") or len(step) > 18:
        raise PatchError(f"{shown(step)} is no index")
    if int(step) >= len(array) + end:
        raise PatchError(f"index {step} is outside an array of {len(array)}")
    return int(step)


def child(document: Any, step: str) -> Any:
    """What stands one step further down."""
    if isinstance(document, list):
        return document[position(document, step)]
    if isinstance(document, dict) and step in document:
        return document[step]
    raise PatchError(f"there is no {shown(step)}")


def found(document: Any, path: list[str]) -> Any:
    """What stands at the end of the path."""
    for step in path:
        document = child(document, step)
    return document


def replaced(document: Any, path: list[str], value: Any) -> Any:
    """The document with another value at a path whose parent exists."""
    parents = [document]
    for step in path[:-1]:
        parents.append(child(parents[-1], step))
    for parent, step in zip(reversed(parents), reversed(path), strict=False):
        value = with_child(parent, step, value)
    return value


def with_child(parent: Any, step: str, value: Any) -> Any:
    """A copy of the parent in which a child is another."""
    if isinstance(parent, list):
        index = position(parent, step)
        return [*parent[:index], value, *parent[index + 1 :]]
    if isinstance(parent, dict):
        return {**parent, step: value}
    raise PatchError(f"{shown(parent)} has nothing inside it")


def added(document: Any, path: list[str], value: Any) -> Any:
    """The document with a value put in at the path."""
    if not path:
        return value
    parent = found(document, path[:-1])
    if not isinstance(parent, list):
        return replaced(document, path, value)
    index = position(parent, path[-1], end=True)
    return replaced(document, path[:-1], [*parent[:index], value, *parent[index:]])


def removed(document: Any, path: list[str]) -> Any:
    """The document without what stands at the path."""
    found(document, path)
    if not path:
        return None
    parent = found(document, path[:-1])
    if isinstance(parent, list):
        index = position(parent, path[-1])
        return replaced(document, path[:-1], [*parent[:index], *parent[index + 1 :]])
    return replaced(document, path[:-1], {name: value for name, value in parent.items() if name != path[-1]})


def same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: true is not 1, but 1.0 is."""
    pairs = [(one, other)]
    while pairs:
        left, right = pairs.pop()
        if isinstance(left, bool) is not isinstance(right, bool):
            return False
        if isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                return False
            pairs += [(value, right[name]) for name, value in left.items()]
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            pairs += zip(left, right, strict=True)
        elif isinstance(left, (dict, list)) or isinstance(right, (dict, list)) or left != right:
            return False
    return True
