"""What the benchmark found: one table, as text, Markdown, JSON and a picture."""

import dataclasses
import json
import math
import pathlib
import statistics

from machine import machine


@dataclasses.dataclass
class Figure:
    """One line of the table: a figure, its peer's, and how many times better ours is (`ratio`). The aim is met when the
    ratio is at least `ratio_aim` and the value within `limit`, whichever are given."""

    row: str
    what: str
    unit: str
    ours: list  # one value a run
    peer: list = dataclasses.field(default_factory=list)
    peer_name: str = ""
    better: str = "more"  # or "less"
    aim: str = ""
    ratio_aim: float = 0.0
    limit: float = 0.0
    note: str = ""

    def value(self):
        return statistics.median(self.ours)

    def peer_value(self):
        return statistics.median(self.peer) if self.peer else None

    def ratio(self):
        """Above 1: ours is better."""
        peer = self.peer_value()
        if not peer or not self.value():
            return None
        return self.value() / peer if self.better == "more" else peer / self.value()

    def met(self):
        if not self.aim:
            return ""
        good = not self.ratio_aim or (self.ratio() or 0) >= self.ratio_aim
        if self.limit:
            good = good and (self.value() >= self.limit if self.better == "more" else self.value() <= self.limit)
        return "yes" if good else "NO"

    def as_dict(self):
        return {"row": self.row, "what": self.what, "unit": self.unit, "value": self.value(), "runs": self.ours,
                "peer": self.peer_name, "peer_value": self.peer_value(), "peer_runs": self.peer,
                "ratio": self.ratio(), "aim": self.aim, "met": self.met(), "note": self.note}

    def key(self):
        return f"{self.row}|{self.what}|{self.peer_name}"


def number(value):
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


def markdown(figures, before=None):
    """`before`: key() -> value of an earlier run, for a column of its own."""
    lines = [f"| # | what | figure |{' before |' if before else ''} peer | | ratio | aim | met | runs | |",
             f"|---|---|---|{'---|' if before else ''}---|---|---|---|---|---|---|"]
    for figure in figures:
        ratio = f"{figure.ratio():.2f}" if figure.ratio() else ""
        earlier = f" {number(before.get(figure.key()))} |" if before else ""
        lines.append(f"| {figure.row} | {figure.what} | {number(figure.value())} {figure.unit} |{earlier} "
                     f"{number(figure.peer_value())} | {figure.peer_name} | {ratio} | {figure.aim} | {figure.met()} | "
                     f"{len(figure.ours)} | {figure.note} |")
    return "\n".join(lines)


def read_before(file):
    if not file:
        return None
    figures = json.loads(pathlib.Path(file).read_text())["figures"]
    return {f"{figure['row']}|{figure['what']}|{figure['peer']}": figure["value"] for figure in figures}


def write(figures, directory, before=None, took=0.0):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    about = machine()
    (directory / "bench.json").write_text(json.dumps(
        {"machine": about, "seconds": round(took), "figures": [figure.as_dict() for figure in figures]}, indent=1) + "\n")
    facts = "\n".join(f"- {name}: {value}" for name, value in about.items())
    (directory / "bench.md").write_text(f"{facts}\n\nThe whole run took {took / 60:.0f} minutes. Medians; `runs` of "
                                        f"each.\n\n{markdown(figures, before)}\n")
    (directory / "bench.svg").write_text(picture(figures))


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def picture(figures):
    """Bars of the ratios to the peers, on a logarithmic scale, as SVG; a tick where the aim is."""
    shown = [figure for figure in figures if figure.ratio()]
    height, left, width = 26, 560, 480
    logs = [math.log10(value) for figure in shown for value in (figure.ratio(), figure.ratio_aim or 1.0)]
    top, bottom = max([*logs, 1.0]), min([*logs, -0.5])
    scale = width / (top - bottom)
    zero = left - bottom * scale
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 90}" height="{height * len(shown) + 50}" '
           'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="white"/>',
           '<text x="10" y="20" font-weight="bold">Times better than the peer (logarithmic; line: equal; tick: aim)'
           '</text>']
    for index, figure in enumerate(shown):
        y = 34 + index * height
        length = math.log10(figure.ratio()) * scale
        colour = {"yes": "#2a7", "NO": "#c55"}.get(figure.met(), "#89a")
        label = escaped(f"{figure.row}: {figure.what} / {figure.peer_name}"[:84])
        out.append(f'<text x="10" y="{y + 14}">{label}</text>'
                   f'<rect x="{min(zero, zero + length):.0f}" y="{y + 2}" width="{max(abs(length), 1):.0f}" '
                   f'height="{height - 8}" fill="{colour}"/>'
                   f'<text x="{max(zero, zero + length) + 5:.0f}" y="{y + 14}">{figure.ratio():.2f}</text>')
        if figure.ratio_aim:
            x = zero + math.log10(figure.ratio_aim) * scale
            out.append(f'<line x1="{x:.0f}" y1="{y - 1}" x2="{x:.0f}" y2="{y + height - 3}" stroke="#137" '
                       'stroke-width="2"/>')
    out.append(f'<line x1="{zero:.0f}" y1="30" x2="{zero:.0f}" y2="{height * len(shown) + 40}" stroke="black"/></svg>')
    return "\n".join(out) + "\n"
