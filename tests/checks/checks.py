"""What the checks of the tree share.

A check is a script with check(root), which returns a list of problems. It is run as

    SCRIPT ROOT          prints the problems of the tree, and fails when there are any
    SCRIPT --self-test   runs on a small wrong tree instead, and fails unless it finds what is wrong
"""
import sys
import tempfile
from pathlib import Path

CODE = {".h", ".cpp", ".py", ".cmake", ".proto", ".in", ".sh", ".toml", ""}
SKIPPED = {"build", "corpus", "node_modules", "data", "vectors"}


def files(root, suffixes=None):
    """Every file that people write, with its path from the root; without hidden and built ones."""
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") or path.name in SKIPPED or path.name.endswith(".egg-info"):
            continue
        if path.is_dir():
            yield from files(path, suffixes)
        elif suffixes is None or path.suffix in suffixes or path.name == "CMakeLists.txt":
            yield path


def self_test(check, tree, expected):
    """Whether `check` finds in `tree` ({path: text}) exactly the problems that hold these words."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in tree.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = check(root)
    missing = [words for words in expected if not any(words in problem for problem in found)]
    if missing or len(found) != len(expected):
        sys.exit(f"the check does not work: expected {expected}, found {found}")


def main(check, tree, expected):
    if sys.argv[1] == "--self-test":
        return self_test(check, tree, expected)
    problems = check(Path(sys.argv[1]).resolve())
    print("\n".join(problems) or "no problems")
    sys.exit(1 if problems else 0)
