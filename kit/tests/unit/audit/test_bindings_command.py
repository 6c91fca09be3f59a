from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

AGREES = """
class Tool:
    name: str
    description: str

    async def execute(self, *args, **parameters): ...

    def get_schema(self): ...
"""
DRIFTED = AGREES.replace("async def", "def")


def audit_bindings(folder: Path, shop: str, binding: str) -> tuple[int, str, str]:
    (folder / "shop.py").write_text(shop)
    (folder / "pyproject.toml").write_text(f'[tool.goldenpath.interfaces]\ntool = "{binding}"\n')
    command = [str(Path(sys.executable).with_name("goldenpath")), "audit", "--bindings"]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return answer.returncode, answer.stdout, answer.stderr


def test_a_bound_class_that_agrees_passes(tmp_path: Path) -> None:
    code, out, err = audit_bindings(tmp_path, AGREES, "shop:Tool")
    assert (code, err) == (0, ""), out


def test_a_bound_class_that_drifted_fails_and_is_named(tmp_path: Path) -> None:
    code, out, _ = audit_bindings(tmp_path, DRIFTED, "shop:Tool")
    assert code == 1
    assert "execute" in out


@pytest.mark.parametrize("binding", ["shop:Tol", "shopp:Tool", "nonsense"])
def test_a_binding_that_leads_nowhere_names_its_line(tmp_path: Path, binding: str) -> None:
    code, out, err = audit_bindings(tmp_path, AGREES, binding)
    assert code in {1, 2}
    assert "pyproject.toml:2" in out + err
    assert "Traceback" not in err
