"""Follows a page to the letter: walkthrough_test.py PAGE SOURCE_DIR WORK_DIR TARGET=TEST_FILTER...

Copies the source tree, writes the files that the page shows, adds its lines, builds each TARGET with
the page's plug-in alone in the registry, and runs the tests.
"""

import pathlib
import re
import shutil
import subprocess
import sys

FILE = re.compile(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
ITEM = re.compile(r"^in `([^`\n]+)`, in the list `(\w+)`:\n\n```cpp\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^In `([^`\n]+)`[^\n]*:\n\n```cmake\n(acq_add\((\w+) \w+\))\n```", re.MULTILINE)


def run(*command: object, cwd: pathlib.Path) -> None:
    done = subprocess.run([str(c) for c in command], cwd=cwd, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-8000:]}")


def main(page: pathlib.Path, source: pathlib.Path, work: pathlib.Path, programs: list[str]) -> None:
    text = page.read_text()
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(source, work, ignore=shutil.ignore_patterns("build", ".git", ".venv", "__pycache__"))
    files = FILE.findall(text)
    lines = LINE.findall(text)
    if len(files) < 2 or len(lines) != 1:
        sys.exit(f"{page}: {len(files)} files and {len(lines)} lines to add; at least 2 and exactly 1 were expected")
    for path, content in files:
        if (work / path).exists():
            sys.exit(f"{page}: {path} is in the tree already: choose an example that is not")
        (work / path).write_text(content)
    where, line, kind = lines[0]
    cmake = work / where
    # The other plug-ins would only cost time.
    others = re.compile(rf"^acq_add\({kind} .*\)$", re.MULTILINE)
    cmake.write_text(others.sub("", cmake.read_text()).replace(f"acq_registry({kind}", f"{line}\nacq_registry({kind}"))
    for where, name, item in ITEM.findall(text):
        listing = (work / where).read_text()
        (work / where).write_text(re.sub(rf"( {name}\[\] = {{\n)", lambda m: m[1] + item, listing, count=1))
    run("cmake", "--preset", "dev", cwd=work)
    for program in programs:
        target, tests = program.split("=")
        run("cmake", "--build", "build/dev", "--target", target, cwd=work)
        done = subprocess.run([work / "build/dev" / target, f"--gtest_filter={tests}"], text=True, stdout=subprocess.PIPE)
        print(done.stdout)
        if done.returncode != 0 or not re.search(r"\[  PASSED  \] [1-9]", done.stdout):
            sys.exit(f"{page}: the tests it shows do not pass")
    shutil.rmtree(work)


if __name__ == "__main__":
    page, source, work = map(pathlib.Path, sys.argv[1:4])
    main(page, source, work, sys.argv[4:])
