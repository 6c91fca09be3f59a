from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest


def get(backend: Any, path: str, **headers: str) -> httpx2.Response:
    return httpx2.get(backend.url + path, headers=headers, timeout=30)


def test_the_page_names_only_files_that_are_there_and_holds_no_inline_script_or_style(backend: Any) -> None:
    page = get(backend, "/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    names = re.findall(r"(?:src|href)=\"(/[^\"#]*)\"", page.text)
    assert {"/page/main.js", "/page/style.css"} <= set(names)
    for name in names:
        assert get(backend, name).status_code == 200
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", page.text)


def test_every_module_that_a_module_imports_is_there_and_none_makes_markup_of_text(backend: Any) -> None:
    waiting, seen = ["main.js"], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        module = get(backend, f"/page/{name}")
        assert (module.status_code, module.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|Function\(", module.text)
        waiting += re.findall(r"from \"\./([\w.]+)\"", module.text)
    assert len(seen) > 5


@pytest.mark.parametrize("path", ["/", "/page/main.js", "/page/style.css", "/page/mark.svg"])
def test_every_file_comes_under_the_strict_policy_and_is_not_sent_twice(backend: Any, path: str) -> None:
    answer = get(backend, path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = get(backend, path, **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fpages.py", "%2e%2e/pages.py", "__init__.py", "main.js%00"])
def test_nothing_but_the_files_of_the_page_is_served(backend: Any, name: str) -> None:
    assert get(backend, f"/page/{name}").status_code == 404
