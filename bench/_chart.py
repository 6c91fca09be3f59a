"""A small line chart, both axes logarithmic, written as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 420, 300, 62, 34, 118, 44
COLOURS = ("#0b6e4f", "#c0392b", "#8e6c1f", "#34495e")


def chart(title: str, across: Sequence[int], lines: Mapping[str, Sequence[float]], left: int = 0) -> str:
    """One chart as an SVG group, `left` pixels from the edge; the x values are those measured, and labelled."""
    values = [value for line in lines.values() for value in line]
    low, high = floor(log10(min(values))), ceil(log10(max(values)))

    def x(value: float) -> float:
        span = log10(across[-1]) - log10(across[0])
        return LEFT + (WIDTH - LEFT - RIGHT) * (log10(value) - log10(across[0])) / span

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (log10(value) - low) / (high - low)

    parts = [f'<text x="{LEFT}" y="18" font-weight="bold">{title}</text>']
    for power in range(low, high + 1):
        at, label = y(10.0**power), f"{10.0**power:,.0f}" if power >= 0 else f"{10.0**power:g}"
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{label}</text>')
    below = f'y="{HEIGHT - BOTTOM + 16}" text-anchor="middle"'
    parts += [f'<text x="{x(value):.1f}" {below}>{value}</text>' for value in across]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">methods of the spec, both axes logarithmic</text>'
    )
    for colour, line in zip(COLOURS, lines.values(), strict=False):
        points = " ".join(f"{x(value):.1f},{y(figure):.1f}" for value, figure in zip(across, line, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x(v):.1f}" cy="{y(f):.1f}" r="3" fill="{colour}"/>'
            for v, f in zip(across, line, strict=True)
        ]
    for (name, at), colour in zip(apart({name: y(line[-1]) for name, line in lines.items()}), COLOURS, strict=False):
        parts.append(f'<text x="{WIDTH - RIGHT + 8}" y="{at + 4:.1f}" fill="{colour}">{name}</text>')
    return f'<g transform="translate({left} 0)">{"".join(parts)}</g>'


def apart(labels: Mapping[str, float], least: float = 13) -> list[tuple[str, float]]:
    """Labels at their heights, moved down where they would overlap; in the order given."""
    placed: dict[str, float] = {}
    for name in sorted(labels, key=lambda name: labels[name]):
        placed[name] = max(labels[name], *(at + least for at in placed.values()), 0)
    return [(name, placed[name]) for name in labels]


def page(*charts: str) -> str:
    """Charts side by side, as a file."""
    size = f'width="{WIDTH * len(charts)}" height="{HEIGHT}" viewBox="0 0 {WIDTH * len(charts)} {HEIGHT}"'
    style = 'font-family="sans-serif" font-size="11" fill="#222"'
    background = '<rect width="100%" height="100%" fill="white"/>'
    body = "\n".join(charts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{background}\n{body}\n</svg>\n'
