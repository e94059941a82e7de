"""Plots as small SVG files, made by hand: bars for one case, lines for a case that grows."""

import html
import math
import re

WIDTH, BAR, LEFT, RIGHT = 760, 24, 250, 120
OURS, THEIRS, LIMIT = "#d1495b", "#6c8ead", "#9aa0a6"


def write(folder, parts):
    """A file of bars for each case and one of lines for each series, named by them."""
    folder.mkdir(parents=True, exist_ok=True)
    series = {}
    for _, cases in parts:
        for case in cases:
            shown = [entry for entry in case.entries if entry.samples]
            if case.series:
                series.setdefault(case.series, []).append(case)
            elif len(shown) > 1:
                (folder / file_name(case.name)).write_text(bars(case, shown))
    for title, cases in series.items():
        (folder / file_name(title)).write_text(lines(title, cases))


def file_name(title):
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") + ".svg"


def color_of(name):
    return OURS if name.startswith("axle") else LIMIT if name.startswith("limit") else THEIRS


def opening(title, height):
    return [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'font-family="sans-serif" font-size="13">',
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            f'<text x="8" y="20" font-weight="bold">{html.escape(title)}</text>']


def bars(case, shown):
    factor = 1000 if case.unit == "ms" else 1
    longest = max(entry.summary()["p75"] for entry in shown) * factor
    scale = (WIDTH - LEFT - RIGHT) / longest
    height = 34 + BAR * len(shown) + 8
    parts = opening(f"{case.name} [{case.unit}]", height)
    for number, entry in enumerate(shown):
        found = entry.summary()
        y = 34 + BAR * number
        width = found["median"] * factor * scale
        low, high = (LEFT + found[key] * factor * scale for key in ("p25", "p75"))
        value = found["median"] * factor
        parts += [
            f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{html.escape(entry.name)}</text>',
            f'<rect x="{LEFT}" y="{y + 3}" width="{width:.1f}" height="{BAR - 8}" fill="{color_of(entry.name)}"/>',
            f'<path d="M{low:.1f} {y + 11}H{high:.1f}" stroke="#222"/>',
            f'<text x="{max(high, LEFT + width) + 6:.1f}" y="{y + 15}">{value:.4g}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def lines(title, cases):
    """Both axes are logarithmic; a size of 0 stands where the smallest other one would be halved."""
    least = min((case.size for case in cases if case.size), default=1)
    found = {}
    for case in cases:
        for entry in case.entries:
            if entry.samples:
                point = (max(case.size, least / 2), entry.summary()["median"] * 1000)
                found.setdefault(entry.name, []).append(point)
    sizes = [size for points in found.values() for size, _ in points]
    times = [time for points in found.values() for _, time in points]
    height, top, bottom, left, right = 380, 40, 340, 70, WIDTH - 230

    def place(value, low, high, begin, end):
        share = (math.log(value) - math.log(low)) / ((math.log(high) - math.log(low)) or 1)
        return begin + share * (end - begin)

    def at(size, time):
        return (place(size, min(sizes), max(sizes), left, right),
                place(time, min(times), max(times), bottom, top))

    parts = opening(f"{title} [ms]", height)
    for exponent in range(math.floor(math.log10(min(times))), math.ceil(math.log10(max(times))) + 1):
        if min(times) <= 10**exponent <= max(times):
            y = at(min(sizes), 10**exponent)[1]
            parts.append(f'<path d="M{left} {y:.1f}H{right}" stroke="#ddd"/>'
                         f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{10**exponent:g}</text>')
    for case in cases:
        x = at(max(case.size, least / 2), min(times))[0]
        parts.append(f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{case.size}</text>')
    taken = []
    for name, points in sorted(found.items(), key=lambda item: -item[1][-1][1]):
        path = "L".join("{:.1f} {:.1f}".format(*at(*point)) for point in points)
        y = max([at(*points[-1])[1], *(other + 16 for other in taken)])
        taken = [y]
        parts.append(f'<path d="M{path}" fill="none" stroke="{color_of(name)}" stroke-width="2"/>'
                     f'<text x="{right + 8}" y="{y + 4:.1f}">{html.escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])
