"""What the benchmark found: one table, as text, Markdown, JSON and a picture."""

import dataclasses
import json
import pathlib
import platform
import statistics


@dataclasses.dataclass
class Figure:
    """One line of the table. `ratio` is how many times better than the peer, or as the row says."""

    row: str
    what: str
    unit: str
    ours: list
    peer: list = dataclasses.field(default_factory=list)
    peer_name: str = ""
    better: str = "more"  # or "less"
    aim: str = ""
    met: object = None  # a function of (ours, peer, ratio), or None
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

    def verdict(self):
        if self.met is None:
            return ""
        return "yes" if self.met(self.value(), self.peer_value(), self.ratio()) else "NO"

    def as_dict(self):
        return {"row": self.row, "what": self.what, "unit": self.unit, "value": self.value(), "runs": self.ours,
                "peer": self.peer_name, "peer_value": self.peer_value(), "peer_runs": self.peer,
                "ratio": self.ratio(), "aim": self.aim, "met": self.verdict(), "note": self.note}


def number(value):
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


def machine():
    cpu = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.processor())
    cores = sum(line.startswith("processor") for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines())
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) // 1_000_000
    return f"{cores} cores of {cpu}, {memory} GB, Linux {platform.release()}"


def markdown(figures):
    lines = ["| # | what | figure | peer | | ratio | aim | met |", "|---|---|---|---|---|---|---|---|"]
    for figure in figures:
        ratio = f"{figure.ratio():.2f}" if figure.ratio() else ""
        lines.append(f"| {figure.row} | {figure.what} | {number(figure.value())} {figure.unit} | "
                     f"{number(figure.peer_value())} | {figure.peer_name} | {ratio} | {figure.aim} | "
                     f"{figure.verdict()} |")
    return "\n".join(lines)


def write(figures, directory):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "bench.json").write_text(json.dumps(
        {"machine": machine(), "figures": [figure.as_dict() for figure in figures]}, indent=1) + "\n")
    (directory / "bench.md").write_text(f"{machine()}\n\n{markdown(figures)}\n")
    (directory / "bench.svg").write_text(picture(figures))


def picture(figures):
    """Bars of the ratios to the peers, on a logarithmic scale, as SVG."""
    import math
    shown = [figure for figure in figures if figure.ratio()]
    height, left, width = 26, 430, 480
    top = max([math.log10(max(figure.ratio(), 1.0)) for figure in shown] + [1])
    bottom = min([math.log10(min(figure.ratio(), 1.0)) for figure in shown] + [-1])
    scale = width / (top - bottom)
    zero = left - bottom * scale
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 110}" height="{height * len(shown) + 50}" '
           'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="white"/>',
           '<text x="10" y="20" font-weight="bold">times better than the peer (logarithmic; line: equal)</text>']
    for index, figure in enumerate(shown):
        y = 34 + index * height
        length = math.log10(figure.ratio()) * scale
        colour = "#2a7" if length >= 0 else "#c55"
        label = f"{figure.row}: {figure.what} / {figure.peer_name}".replace("&", "&amp;").replace("<", "&lt;")
        out.append(f'<text x="10" y="{y + 14}">{label[:64]}</text>'
                   f'<rect x="{min(zero, zero + length):.0f}" y="{y + 2}" width="{abs(length):.0f}" '
                   f'height="{height - 8}" fill="{colour}"/>'
                   f'<text x="{max(zero, zero + length) + 5:.0f}" y="{y + 14}">{figure.ratio():.2f}</text>')
    out.append(f'<line x1="{zero:.0f}" y1="30" x2="{zero:.0f}" y2="{height * len(shown) + 40}" stroke="black"/></svg>')
    return "\n".join(out) + "\n"
