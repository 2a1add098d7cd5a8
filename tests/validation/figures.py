"""Draws one case of an operation's vectors: what went in, and what came out."""

import dataclasses
import html
import math

WIDTH, HEIGHT, MARGIN, GAP = 640, 130, 46, 26
MOST = 320  # columns drawn
INK = {"input": "#3465a4", "output": "#c4500b"}
MOST_RESULTS = 8


@dataclasses.dataclass
class Figure:
    svg: str
    caption: str


def example(files):
    """Of the first case that shows something: input beside output or results. None without vectors."""
    for vectors in files:
        for case in vectors.cases:
            before = case.arrays.get("input") or case.arrays.get("x")
            after = case.arrays.get("output") or case.arrays.get("expected")
            if before is None or before.size < 8:
                continue
            panels = [("input", before, case)] + ([("output", after, case)] if after is not None and after.size > 1 else [])
            results = case.arrays.get("results") or case.arrays.get("parameters")
            if len(panels) == 1 and results is None:
                continue
            return draw(vectors, case, panels, results)
    return None


def draw(vectors, case, panels, results):
    caption = f"case {case.name} of {vectors.operation}.vec"
    if case.params:
        caption += ", " + ", ".join(f"{name} {value}" for name, value in case.params.items())
    height = len(panels) * (HEIGHT + GAP) + 14 + (18 if results else 0)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="11">',
             f'<rect width="{WIDTH}" height="{height}" fill="white"/>']
    for row, (title, array, _) in enumerate(panels):
        parts += panel(title, array, row * (HEIGHT + GAP) + 8)
    if results is not None:
        shown = ", ".join(f"{value:.5g}" for value in results.values[:MOST_RESULTS])
        more = ", …" if results.size > MOST_RESULTS else ""
        parts.append(f'<text x="{MARGIN}" y="{height - 8}">results: {shown}{more}</text>')
    return Figure("\n".join([*parts, "</svg>", ""]), html.escape(caption, quote=False))


def panel(title, array, top):
    """One graph of the first row, its range at the left."""
    values = array.rows()[0]
    finite = [value for value in values if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if low == high:
        low, high = low - 1, high + 1
    parts = [f'<rect x="{MARGIN}" y="{top}" width="{WIDTH - MARGIN - 10}" height="{HEIGHT}" fill="none" stroke="#bbb"/>',
             f'<text x="{MARGIN}" y="{top + HEIGHT + 13}">{title}: {len(values)} values</text>']
    for value, y in ((high, top + 9), (low, top + HEIGHT)):
        parts.append(f'<text x="{MARGIN - 4}" y="{y}" text-anchor="end">{value:.3g}</text>')
    for line in lines_of(values):
        points = " ".join(f"{MARGIN + (WIDTH - MARGIN - 10) * at / max(len(values) - 1, 1):.1f},"
                          f"{top + HEIGHT - HEIGHT * (value - low) / (high - low):.1f}" for at, value in line)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{INK[title]}" stroke-width="1.2"/>')
    return parts


def lines_of(values):
    """The values as lines of (index, value), interrupted where one is not finite; of many values the least and
    the largest of each column."""
    step = max(1, len(values) // MOST)
    lines, line = [], []
    for start in range(0, len(values), step):
        column = values[start : start + step]
        finite = [(value, start + k) for k, value in enumerate(column) if math.isfinite(value)]
        if not finite:
            if line:
                lines.append(line)
            line = []
            continue
        ends = sorted({(at, value) for value, at in (min(finite), max(finite))})
        line += ends
    return lines + [line] if line else lines
