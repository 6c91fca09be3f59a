"""Draw what the benchmarks recorded: `python bench/_plots.py [FILE]` writes docs/pictures/bench-ratios.svg."""

from __future__ import annotations

import sys
from math import ceil, log10
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs" / "_site"))

from claims import CLAIMS, TIMES, Claim  # noqa: E402

PICTURE = ROOT / "docs" / "pictures" / "bench-ratios.svg"
LABELS, BARS, RIGHT, TOP, ROW = 430, 380, 90, 40, 30


def drawn() -> str:
    """A bar per ratio that was recorded, on a logarithmic axis, with a line at its floor."""
    claims = [claim for claim in CLAIMS if claim.unit == TIMES and claim.least and claim.figure is not None]
    most = max(10, *(claim.figure for claim in claims if claim.figure is not None))
    decades = ceil(log10(most))
    width, height = LABELS + BARS + RIGHT, TOP + ROW * len(claims) + 30

    def x(ratio: float) -> float:
        return LABELS + BARS * max(log10(ratio), 0) / decades

    parts = [f'<text x="{LABELS}" y="18" font-weight="bold">times the peer, logarithmic</text>']
    for power in range(decades + 1):
        at = x(10.0**power)
        parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP - 6}" y2="{height - 24}" stroke="#ddd"/>')
        parts.append(f'<text x="{at:.1f}" y="{height - 8}" text-anchor="middle">{10**power:,}</text>')
    for number, claim in enumerate(claims):
        parts += bar(claim, TOP + ROW * number, x)
    style = 'font-family="sans-serif" font-size="12" fill="#222"'
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    background = '<rect width="100%" height="100%" fill="white"/>'
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{background}\n{body}\n</svg>\n'


def bar(claim: Claim, top: int, x: object) -> list[str]:
    """One claim: its words, its bar, its figure, its floor."""
    assert claim.figure is not None
    assert callable(x)
    end, floor, middle = x(claim.figure), x(claim.floor), top + 14
    digits = 1 if claim.figure < 10 else 0
    words = claim.what.replace("`", "")
    return [
        f'<text x="{LABELS - 8}" y="{middle}" text-anchor="end">{words}</text>',
        f'<rect x="{LABELS}" y="{top + 2}" width="{end - LABELS:.1f}" height="16" fill="#0b6e4f"/>',
        f'<line x1="{floor:.1f}" x2="{floor:.1f}" y1="{top - 2}" y2="{top + 22}" stroke="#c0392b" stroke-width="2"/>',
        f'<text x="{end + 6:.1f}" y="{middle}">{claim.figure:,.{digits}f}</text>',
    ]


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else PICTURE).write_text(drawn())
