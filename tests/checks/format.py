"""Every C++ file looks as clang-format leaves it."""
import re
import subprocess

from checks import files, main


def check(root):
    sources = [str(path.relative_to(root)) for path in files(root, {".h", ".cpp"}) if path.suffix in (".h", ".cpp")]
    run = subprocess.run(["clang-format-19", "--dry-run", *sources], cwd=root, capture_output=True, text=True)
    places = re.findall(r"^(\S+?:\d+):\d+: (?:warning|error): code should be clang-formatted", run.stderr, re.M)
    if run.returncode != 0 and not places:
        return [f"clang-format-19: {run.stderr.strip()}"]
    first = {place.split(":")[0]: place for place in reversed(places)}
    return [f"{place}: not as clang-format-19 leaves it" for place in sorted(first.values())]


main(check, {".clang-format": "BasedOnStyle: Google\n", "a.cpp": "int  x ;\nint  y ;\n", "b.h": "int x;\n"}, ["a.cpp:1"])
