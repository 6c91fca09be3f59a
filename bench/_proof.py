"""How every proof is run: options, figures, evidence, and an exit code that says whether it held."""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from _measuring import machine

ROOT = Path(__file__).resolve().parents[1]
EVIDENCE = ROOT / "docs" / "evidence"
PROVEN = ("backend/src", "kit/src", "bench")


def options(claim: str | None) -> argparse.ArgumentParser:
    """What all proofs take."""
    parser = argparse.ArgumentParser(description=claim)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--short", action="store_true", help="a minute of it instead of all")
    parser.add_argument("--seed", type=int, default=1, help="repeats the schedule")
    parser.set_defaults(digest=digest(), own=False)
    parser.add_argument("--evidence", action="store_true", help="keep the figures under docs/evidence")
    return parser


def tell(name: str, chosen: argparse.Namespace, figures: Mapping[str, object], held: bool) -> int:
    """Print the figures, keep them where that was asked for, and return 0 only if the proof held."""
    mode = "short" if chosen.short else "long"
    record = {
        "mode": "of one's own" if chosen.own else mode,
        **figures,
        "held": held,
        "machine": machine(),
        "digest": chosen.digest,
    }
    if chosen.evidence:
        EVIDENCE.joinpath(f"{name}.json").write_text(json.dumps(record, indent=2) + "\n")
    if chosen.json:
        print(json.dumps(record))
    else:
        for figure, value in record.items():
            print(f"{figure:24} {value}")
    sys.stdout.flush()
    return 0 if held else 1


def digest() -> str:
    """One number for what was proven: all tracked sources of the backend, the toolkit and the benches."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", *PROVEN], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    whole = hashlib.sha256()
    for name in sorted(filter(None, listed)):
        path = ROOT / name
        if path.is_file():
            whole.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return f"sha256:{whole.hexdigest()}"
