#!/usr/bin/env python3
"""Makes docs/live-view.svg: the live view as it really looks, captured from a terminal.

    scripts/run builds the programs; then: python3 docs/capture_view.py [KEYS...]

Runs acqd on its built-in configuration and `acqctl watch` in tmux, sends the keys, captures the screen with its
colours, and draws it. Needs tmux.
"""

import html
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
COLUMNS, ROWS = 120, 36
CELL_W, CELL_H, MARGIN = 8.4, 17, 12
FOREGROUND, BACKGROUND = "#d8dee9", "#14171f"
COLOURS = ["#2e3440", "#e0606b", "#8fc97a", "#e5c07b", "#6ea4e8", "#c58fe0", "#5fc2cf", "#d8dee9",
           "#6b7487", "#f0808a", "#a9dd95", "#f0d399", "#93bdf5", "#d9b0ee", "#8adbe6", "#ffffff"]


def capture(keys: list[str]) -> list[str]:
    """The lines of the screen, with escape sequences."""
    with tempfile.TemporaryDirectory(prefix="acqd-") as folder:
        tmux = ["tmux", "-S", f"{folder}/tmux", "-f", "/dev/null"]
        command = f"env COLORTERM=truecolor {ROOT}/scripts/run --dir {folder}/run"
        subprocess.run([*tmux, "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), command], check=True)
        try:
            wait_for(pathlib.Path(f"{folder}/run/control"))
            time.sleep(6)
            for key in keys:
                subprocess.run([*tmux, "send-keys", key], check=True)
                time.sleep(0.5)
            time.sleep(3)
            done = subprocess.run([*tmux, "capture-pane", "-e", "-p", "-N"], check=True, text=True, stdout=subprocess.PIPE)
        finally:
            subprocess.run([*tmux, "send-keys", "q"], check=False)
            time.sleep(2)
            subprocess.run([*tmux, "kill-server"], check=False, stderr=subprocess.DEVNULL)
    return done.stdout.splitlines()


def wait_for(path: pathlib.Path) -> None:
    for _ in range(1200):
        if path.exists():
            return
        time.sleep(0.1)
    sys.exit(f"capture_view: {path} does not appear")


def colour(index: int) -> str:
    """One of the terminal's 256 colours."""
    if index < 16:
        return COLOURS[index]
    if index >= 232:
        grey = 8 + 10 * (index - 232)
        return f"#{grey:02x}{grey:02x}{grey:02x}"
    levels = [0, 95, 135, 175, 215, 255]
    index -= 16
    return "#{:02x}{:02x}{:02x}".format(levels[index // 36], levels[index // 6 % 6], levels[index % 6])


class Pen:
    """What the escape sequences so far have set."""

    def __init__(self) -> None:
        self.set([0])

    def set(self, codes: list[int]) -> None:
        codes = codes or [0]
        while codes:
            code = codes.pop(0)
            if code == 0:
                self.front, self.back, self.bold, self.dim, self.reverse = "", "", False, False, False
            elif code == 1:
                self.bold = True
            elif code == 2:
                self.dim = True
            elif code == 7:
                self.reverse = True
            elif code == 22:
                self.bold = self.dim = False
            elif code == 27:
                self.reverse = False
            elif code in (38, 48):
                kind = codes.pop(0)
                value = colour(codes.pop(0)) if kind == 5 else "#{:02x}{:02x}{:02x}".format(*[codes.pop(0) for _ in range(3)])
                self.front, self.back = (value, self.back) if code == 38 else (self.front, value)
            elif code in (39, 49):
                self.front, self.back = ("", self.back) if code == 39 else (self.front, "")
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.front = COLOURS[code - 30 if code < 90 else code - 82]
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.back = COLOURS[code - 40 if code < 100 else code - 92]

    def style(self) -> tuple[str, str, bool, bool]:
        front, back = self.front or FOREGROUND, self.back
        if self.reverse:
            front, back = back or BACKGROUND, front
        return front, back, self.bold, self.dim


def cells(line: str) -> list[tuple[str, tuple[str, str, bool, bool]]]:
    """The characters of a line, each with its style. The pen starts anew on each line, as tmux writes it."""
    pen, row = Pen(), []
    for part in re.split(r"(\x1b\[[0-9;:]*m)", line):
        if part.startswith("\x1b"):
            pen.set([int(c or 0) for c in re.split("[;:]", part[2:-1])])
        else:
            row += [(character, pen.style()) for character in part]
    return row


def dots(character: str, x: float, y: float, front: str) -> str:
    """A braille character: the fonts of browsers draw it differently, dots do not."""
    bits = ord(character) - 0x2800
    places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
    return "".join(
        f'<circle cx="{x + CELL_W * (0.27 + 0.46 * column):.1f}" cy="{y + CELL_H * (0.125 + 0.25 * row):.1f}" r="1.25" fill="{front}"/>'
        for bit, (column, row) in enumerate(places) if bits >> bit & 1)


def block(character: str, x: float, y: float, front: str) -> str:
    """A block element as a rectangle, without the seams that fonts leave."""
    code = ord(character)
    left = top = 0.0
    width = height = 1.0
    if code == 0x2580:
        height = 0.5
    elif code <= 0x2588:
        height = (code - 0x2580) / 8
        top = 1 - height
    elif code <= 0x258F:
        width = (0x2590 - code) / 8
    elif code == 0x2590:
        left = width = 0.5
    else:
        return ""
    return (f'<rect x="{x + left * CELL_W:.1f}" y="{y + top * CELL_H:.1f}" width="{width * CELL_W + 0.3:.1f}" '
            f'height="{height * CELL_H + 0.3:.1f}" fill="{front}"/>')


def draw_row(row: list[tuple[str, tuple[str, str, bool, bool]]], y: float) -> str:
    out, at = "", 0
    while at < len(row):
        character, style = row[at]
        front, back, bold, dim = style
        x = MARGIN + at * CELL_W
        end = at + 1
        special = 0x2580 <= ord(character) <= 0x2590 or 0x2800 <= ord(character) <= 0x28FF
        while not special and end < len(row) and row[end][1] == style and not 0x2580 <= ord(row[end][0]) <= 0x28FF:
            end += 1
        text = "".join(c for c, _ in row[at:end])
        if back:
            out += f'<rect x="{x:.1f}" y="{y}" width="{CELL_W * (end - at) + 0.3:.1f}" height="{CELL_H}" fill="{back}"/>'
        if 0x2800 <= ord(character) <= 0x28FF:
            out += dots(character, x, y, front)
        elif special:
            out += block(character, x, y, front)
        elif text.strip():
            out += (f'<text x="{x:.1f}" y="{y + 13}" textLength="{CELL_W * len(text):.1f}" fill="{front}"'
                    f'{" font-weight=" + chr(34) + "bold" + chr(34) if bold else ""}'
                    f'{" opacity=" + chr(34) + "0.65" + chr(34) if dim else ""}>{html.escape(text)}</text>')
        at = end
    return out


def draw(lines: list[str]) -> str:
    width, height = COLUMNS * CELL_W + 2 * MARGIN, len(lines) * CELL_H + 2 * MARGIN
    rows = "\n".join(draw_row(cells(line), MARGIN + i * CELL_H) for i, line in enumerate(lines))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">\n'
            f'<style>text {{ font: 14px "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre }}</style>\n'
            f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>\n{rows}\n</svg>\n')


if __name__ == "__main__":
    (ROOT / "docs/live-view.svg").write_text(draw(capture(sys.argv[1:])))
