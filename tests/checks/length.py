"""No file of code is longer than 500 lines, unless a decision in docs/adr names it."""
from checks import CODE, files, main

MOST_LINES = 500


def check(root):
    decisions = "".join(path.read_text() for path in root.glob("docs/adr/*.md"))
    problems = []
    for path in files(root, CODE):
        name, lines = str(path.relative_to(root)), len(path.read_text().splitlines())
        if lines > MOST_LINES and name not in decisions:
            problems.append(f"{name}: {lines} lines; at most {MOST_LINES}, or a line in docs/adr")
    return problems


LONG = "x\n" * (MOST_LINES + 1)
main(check, {"a.cpp": LONG, "b.py": LONG, "c.cpp": LONG, "d.h": "x\n" * MOST_LINES,
             "docs/adr/1.md": "c.cpp is long"}, ["a.cpp: 501 lines", "b.py: 501 lines"])
