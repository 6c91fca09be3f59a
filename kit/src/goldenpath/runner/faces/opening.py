"""From settings to faces."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TextIO

from goldenpath.runner.faces.github import GithubFace
from goldenpath.runner.history import TestHistory
from goldenpath.runner.history.past import Past
from goldenpath.runner.seams import Face, FaceSettings
from goldenpath.runner.settings import UsageError


class FaceUnavailable(UsageError):
    """A face that was asked for cannot be shown here."""


def open_faces(
    settings: FaceSettings, history: TestHistory | None = None, *, out: TextIO | None = None, err: TextIO | None = None
) -> list[Face]:
    """The faces of a run. Progress goes to standard error when the record itself is to go to standard output."""
    out, err = out or sys.stdout, err or sys.stderr
    pasts = dict(history.pasts) if history is not None else {}
    told = err if settings.json is not None and str(settings.json) == "-" else out
    faces: list[Face] = [_progress(settings, told, pasts)]
    if settings.json is not None:
        from goldenpath.runner.faces.machine import JsonFace

        faces.append(JsonFace(settings.json, out))
    if settings.junit is not None:
        from goldenpath.runner.faces.junit import JUnitFace

        faces.append(JUnitFace(settings.junit))
    if settings.ctrf is not None:
        from goldenpath.runner.faces.ctrf import CtrfFace

        faces.append(CtrfFace(settings.ctrf))
    if settings.html is not None:
        from goldenpath.runner.faces.page import HtmlFace

        faces.append(HtmlFace(settings.html, pasts))
    if settings.github:
        faces.append(GithubFace(told))
    return faces


def _progress(settings: FaceSettings, stream: TextIO, pasts: dict[str, Past]) -> Face:
    if settings.progress == "json":
        from goldenpath.runner.faces.machine import JsonLinesFace

        return JsonLinesFace(stream)
    if settings.progress == "plain":
        from goldenpath.runner.faces.plain import PlainFace

        return PlainFace(stream, pasts, settings.performance)
    if settings.progress != "rich":
        raise FaceUnavailable(f"--progress {settings.progress!r}: it is one of rich, plain and json")
    if find_spec("rich") is None:
        raise FaceUnavailable("--progress rich needs rich: pip install 'goldenpath[live]', or use --progress plain")
    from goldenpath.runner.faces.live import LiveFace

    return LiveFace(stream, pasts, settings.performance)
