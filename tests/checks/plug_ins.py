"""acq_add() configures with a source and its test, and refuses, by name, what is missing or wrong."""
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE, TEST = "dsp/blocks/smooth.cpp", "tests/dsp/smooth_test.cpp"
DRIVER, DRIVER_TEST = "drivers/sources/box.cpp", "tests/drivers/box_test.cpp"
CASES = [  # what is there, what CMake is told, the words of the refusal (none: it configures)
    ([SOURCE, TEST], "acq_add(BLOCK smooth)", None),
    ([TEST], "acq_add(BLOCK smooth)", f"{SOURCE} is missing"),
    ([SOURCE], "acq_add(BLOCK smooth)", f"{TEST} is missing"),
    ([DRIVER, DRIVER_TEST], "acq_add(DRIVER box)", None),
    ([DRIVER_TEST], "acq_add(DRIVER box)", f"{DRIVER} is missing"),
    ([DRIVER], "acq_add(DRIVER box)", f"{DRIVER_TEST} is missing"),
    ([SOURCE, TEST], "acq_add(BLOCK smooth)\nacq_add(BLOCK smooth)", "added twice"),
    ([SOURCE, TEST], "acq_add(STEP smooth)", "unknown kind 'STEP'"),
]


def configure(rules, present, lines):
    """What CMake says to a project of these files; nothing when it configures."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in present:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("")
        (root / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.25)\nproject(tiny NONE)\ninclude({rules})\n{lines}\n")
        run = subprocess.run(["cmake", "-S", root, "-B", root / "out"], capture_output=True, text=True)
        return "" if run.returncode == 0 else " ".join(run.stderr.split())


def main(root):
    problems = []
    for present, lines, words in CASES:
        said = configure(root / "cmake/AcqPlugIns.cmake", present, lines)
        if said and words is None or words is not None and words not in said:
            problems.append(f"{lines!r} with {present}: wanted {words!r}, got {said!r}")
    sys.exit("\n".join(problems) or 0)


main(Path(sys.argv[1]).resolve())
