"""What the documentation names exists: names_test.py SOURCE_DIR.

Every relative link leads to a file, and every `Type::function()` is in a source file of ours.
"""

import pathlib
import re
import sys


def main(source: pathlib.Path) -> None:
    pages = [*source.glob("*.md"), *(source / "docs").rglob("*.md")]
    code = "\n".join(file.read_text() for folder in ("dsp", "drivers", "daemon", "proto", "clients/cpp")
                     for file in (source / folder).rglob("*") if file.suffix in (".h", ".cpp"))
    problems = []
    links = names = 0
    for page in pages:
        text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            links += 1
            if not (page.parent / target).exists():
                problems.append(f"{page.relative_to(source)}: no file {target}")
        for kind, function in re.findall(r"`(\w+)::(\w+)\(\)`", text):
            names += 1
            in_class = re.search(rf"\b(?:class|struct) {kind}\b[^;]*?{{.*?\b{function}\(", code, re.DOTALL)
            if not (re.search(rf"\b{kind}::{function}\(", code) or in_class):
                problems.append(f"{page.relative_to(source)}: there is no {kind}::{function}()")
    # The table of what is in the box follows the acq_add() lines.
    readme = (source / "README.md").read_text()
    for folder in ("dsp", "drivers"):
        for name in re.findall(r"^acq_add\(\w+ (\w+)\)", (source / folder / "CMakeLists.txt").read_text(), re.MULTILINE):
            if f"`{name}`" not in readme:
                problems.append(f"README.md: {name} is not in the box")
    if links < 20 or names < 10:
        problems.append(f"only {links} links and {names} names found: is this test looking at the pages?")
    sys.exit("\n".join(problems) or 0)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
