"""Plots as small SVG files, made by hand: bars for one case, lines for a case that grows."""

import html
import re

WIDTH, BAR, LEFT, RIGHT = 760, 24, 250, 120
OURS, THEIRS, LIMIT = "#d1495b", "#6c8ead", "#9aa0a6"


def write(folder, parts):
    """A file of bars for each case, named by it; only cases with two entries or more."""
    folder.mkdir(parents=True, exist_ok=True)
    for _, cases in parts:
        for case in cases:
            shown = [entry for entry in case.entries if entry.samples]
            if len(shown) > 1:
                name = re.sub(r"[^a-z0-9]+", "-", case.name.lower()).strip("-")
                (folder / f"{name}.svg").write_text(bars(case, shown))


def bars(case, shown):
    factor = 1000 if case.unit == "ms" else 1
    longest = max(entry.summary()["p75"] for entry in shown) * factor
    scale = (WIDTH - LEFT - RIGHT) / longest
    height = 34 + BAR * len(shown) + 8
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
             f'font-family="sans-serif" font-size="13">',
             f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
             f'<text x="8" y="20" font-weight="bold">{html.escape(case.name)} [{case.unit}]</text>']
    for number, entry in enumerate(shown):
        found = entry.summary()
        y = 34 + BAR * number
        width = found["median"] * factor * scale
        low, high = (LEFT + found[key] * factor * scale for key in ("p25", "p75"))
        color = (OURS if entry.name.startswith("axle") else
                 LIMIT if entry.name.startswith("limit") else THEIRS)
        value = found["median"] * factor
        parts += [
            f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{html.escape(entry.name)}</text>',
            f'<rect x="{LEFT}" y="{y + 3}" width="{width:.1f}" height="{BAR - 8}" fill="{color}"/>',
            f'<path d="M{low:.1f} {y + 11}H{high:.1f}" stroke="#222"/>',
            f'<text x="{max(high, LEFT + width) + 6:.1f}" y="{y + 15}">{value:.4g}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
