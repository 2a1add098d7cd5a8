"""Installs acqd.dsp with pip and runs the README's five lines: readme_dsp_test.py SOURCE_DIR FOLDER."""

import os
import pathlib
import re
import subprocess
import sys


def main(source: pathlib.Path, folder: pathlib.Path) -> None:
    pieces = re.findall(r"^```python\n(.*?)^```", (source / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (snippet,) = (piece for piece in pieces if "acqd.dsp" in piece)
    if len(snippet.splitlines()) != 5:
        sys.exit(f"the README promises five lines of Python; there are {len(snippet.splitlines())}")
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                    "--no-build-isolation", "--upgrade", "--target", folder, source / "clients" / "python_dsp"],
                   check=True)
    done = subprocess.run([sys.executable, "-W", "error", "-c", snippet], env={**os.environ, "PYTHONPATH": str(folder)},
                          check=True, capture_output=True, text=True, timeout=60)
    print(done.stdout)
    frequency, bin_hz = (float(word) for word in re.findall(r"[\d.]+", done.stdout))
    if not (abs(frequency - 50) < 0.1 and abs(bin_hz - 50) < 2):
        sys.exit("the README's sine of 50 Hz was not found")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]))
