"""Draws bar charts as SVG, with nothing but text."""
import math
from xml.sax.saxutils import escape

from .measure import WORKLOADS, median
from .servers import OURS

WIDTH, BAR, GAP, LEFT, RIGHT, TOP = 860, 16, 5, 160, 70, 56
OWN_COLOUR, OTHER_COLOUR, TEXT, FAINT = "#2563a8", "#a9b4c2", "#1f2733", "#6b7684"


def bar_length(value, low, high):
    """On a logarithmic scale, from the least value's decade to the greatest."""
    return (math.log10(value) - low) / (high - low)


def cpu_plot(results, names):
    """One group of bars for each workload: the server's CPU time for an operation."""
    groups = []
    for workload in WORKLOADS:
        bars = [(name, value) for name in names if (value := median(results[workload.key][name], "cpu_us"))]
        groups.append((f"{workload.title}, µs per {workload.operation}", bars))
    values = [value for _, bars in groups for _, value in bars]
    low, high = math.floor(math.log10(min(values)) * 2) / 2, math.ceil(math.log10(max(values)) * 2) / 2
    low -= 0.25  # so that the least value has a bar, too

    parts, y = [], TOP
    for title, bars in groups:
        parts.append(text(12, y + 12, title, weight="bold"))
        y += 24
        for name, value in bars:
            length = bar_length(value, low, high) * (WIDTH - LEFT - RIGHT)
            colour = OWN_COLOUR if name == OURS else OTHER_COLOUR
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2" fill="{colour}"/>')
            parts.append(text(LEFT - 8, y + 12, name, anchor="end"))
            parts.append(text(LEFT + length + 6, y + 12, f"{value:.2f}" if value < 10 else f"{value:.0f}", fill=FAINT))
            y += BAR + GAP
        y += 14
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" '
            'font-family="system-ui, sans-serif" font-size="12" role="img" aria-labelledby="title">',
            '<title id="title">Server CPU time per operation</title>',
            f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>',
            text(12, 26, "Server CPU time per operation (logarithmic scale; shorter is better)", size=15)]
    return "\n".join(head + parts + ["</svg>", ""])


OTHERS = ("#c2703d", "#5b8c5a", "#8a6fb0", "#6b7684")


def brief(count, thousand):
    for power, letter in ((2, "M"), (1, "k")):
        if count >= thousand ** power:
            return f"{count // thousand ** power}{letter.upper() + 'i' if thousand == 1024 else letter}"
    return str(count)


def scaling_plot(results):
    """A small chart for each series, both scales logarithmic."""
    width, height, columns, left, bottom = 290, 214, 3, 62, 34
    rows = math.ceil(len(results) / columns)
    names = list(dict.fromkeys(name for _, lines in results for name in lines))
    colours = {name: OWN_COLOUR if name == OURS else OTHERS[(number - 1) % len(OTHERS)]
               for number, name in enumerate(sorted(names, key=lambda name: name != OURS))}
    top = 64
    parts, x = [], 12
    for name, colour in colours.items():
        parts.append(f'<line x1="{x}" x2="{x + 18}" y1="44" y2="44" stroke="{colour}" stroke-width="2"/>')
        parts.append(text(x + 24, 48, name, size=11))
        x += 44 + 7 * len(name)
    for number, (series, lines) in enumerate(results):
        every = [point for points in lines.values() for point in points]
        if not every:
            continue
        x0, y0 = (number % columns) * width, top + (number // columns) * height
        low, high = math.floor(math.log10(min(v for _, v in every))), math.ceil(math.log10(max(v for _, v in every)))
        high = max(high, low + 1)
        counts = sorted({count for count, _ in every})
        first, last = math.log10(counts[0]), math.log10(counts[-1])

        def place(count, value):
            across = (math.log10(count) - first) / ((last - first) or 1)
            up = (math.log10(value) - low) / (high - low)
            return x0 + left + across * (width - left - 24), y0 + height - bottom - up * (height - bottom - 36)

        parts.append(text(x0 + 12, y0 + 14, f"{series.title}, µs per {series.operation}", weight="bold", size=11))
        for exponent in range(low, high + 1):
            _, y = place(counts[0], 10 ** exponent)
            parts.append(f'<line x1="{x0 + left}" x2="{x0 + width - 24}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e7ec"/>')
            label = f"{10 ** exponent:,}" if exponent >= 0 else f"{10.0 ** exponent:g}"
            parts.append(text(x0 + left - 6, y + 4, label, anchor="end", fill=FAINT, size=10))
        for name in sorted(lines, key=lambda name: name == OURS):  # ours on top
            places = [place(*point) for point in lines[name]]
            parts.append(f'<polyline fill="none" stroke="{colours[name]}" stroke-width="2" points="'
                         + " ".join(f"{x:.1f},{y:.1f}" for x, y in places) + '"/>')
            for (x, y), (count, value) in zip(places, lines[name]):
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colours[name]}"/>')
                if name == OURS:
                    parts.append(text(x, y - 7, f"{value:,.0f}" if value >= 100 else f"{value:.3g}", anchor="middle",
                                      fill=FAINT, size=10))
        for count in counts:
            x, _ = place(count, 10 ** low)
            parts.append(text(x, y0 + height - bottom + 14, brief(count, 1024 if series.unit == "bytes" else 1000), anchor="middle", fill=FAINT, size=10))
        parts.append(text(x0 + width - 24, y0 + height - bottom + 27, series.unit, anchor="end", fill=FAINT, size=10))
    whole, tall = width * columns, top + rows * height
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {tall}" width="{whole}" height="{tall}" '
            'font-family="system-ui, sans-serif" role="img" aria-labelledby="title">',
            '<title id="title">Server CPU time per operation as things grow</title>',
            f'<rect width="{whole}" height="{tall}" fill="#ffffff"/>',
            text(12, 24, "Server CPU time per operation as things grow (both scales logarithmic)", size=15)]
    return "\n".join(head + parts + ["</svg>", ""])


def text(x, y, words, anchor="start", fill=TEXT, weight="normal", size=12):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" font-weight="{weight}" '
            f'font-size="{size}">{escape(words)}</text>')
