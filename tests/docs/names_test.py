"""What the documentation names exists: names_test.py SOURCE_DIR, or --self-test.

Every relative link leads to a file, every `Type::function()` is in a source file of ours, and the
README's table of what is in the box has every plug-in.
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "checks"))
from checks import main  # noqa: E402

SOURCES = ("dsp", "drivers", "daemon", "proto", "recording", "clients/cpp")


def has_function(code: str, kind: str, function: str) -> bool:
    if re.search(rf"\b{kind}::{function}\(", code):
        return True
    bodies = re.findall(rf"\b(?:class|struct) {kind}\b[^;{{]*{{(.*?)^ *}};", code, re.MULTILINE | re.DOTALL)
    return any(re.search(rf"\b{function}\(", body) for body in bodies)


def check(root: pathlib.Path) -> list[str]:
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    code = "\n".join(file.read_text() for folder in SOURCES
                     for file in (root / folder).rglob("*") if file.suffix in (".h", ".cpp"))
    problems = []
    links = names = 0
    for page in pages:
        text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if re.match(r"[a-z]+:", target):
                continue
            links += 1
            if not (page.parent / target).exists():
                problems.append(f"{page.relative_to(root)}: no file {target}")
        for kind, function in re.findall(r"`(\w+)::(\w+)\(\)`", text):
            names += 1
            if not has_function(code, kind, function):
                problems.append(f"{page.relative_to(root)}: there is no {kind}::{function}()")
    # The table of what is in the box follows the acq_add() lines.
    readme = (root / "README.md").read_text()
    for folder in ("dsp", "drivers"):
        for name in re.findall(r"^acq_add\(\w+ (\w+)\)", (root / folder / "CMakeLists.txt").read_text(), re.MULTILINE):
            if f"`{name}`" not in readme:
                problems.append(f"README.md: {name} is not in the box")
    if links < 20 or names < 10:
        problems.append(f"only {links} links and {names} names found: is this test looking at the pages?")
    return problems


PAGE = """[there](life.md#a) [far](https://host/gone.md) [gone](gone.md)
`Source::read()` `Source::run()` `Source::stop()` `Gone::read()`
```
[shown](in-code.md) `In::code()`
```
"""
CODE = """class Source : public Driver {
  void read();
};
void Source::run() {}
class Other {
  void stop();
};
"""
main(check, {"README.md": "| `fir` |", "docs/life.md": PAGE, "daemon/source.h": CODE,
             "dsp/CMakeLists.txt": "acq_add(BLOCK fir)\nacq_add(BLOCK iir)\n", "drivers/CMakeLists.txt": ""},
     ["no file gone.md", "no Source::stop()", "no Gone::read()", "iir is not in the box", "only 2 links and 4 names"])
