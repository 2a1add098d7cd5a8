"""Every configuration shown in the documentation is good: config_pages_test.py ACQD SOURCE_DIR."""

import pathlib
import re
import subprocess
import sys
import tempfile


def main(acqd: pathlib.Path, source: pathlib.Path) -> None:
    shown = [(page, text) for page in [source / "README.md", *sorted((source / "docs").rglob("*.md"))]
             for text in re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)]
    if len(shown) < 2:
        sys.exit(f"only {len(shown)} configurations found")
    wrong = 0
    for page, text in shown:
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(text)
            file.flush()
            done = subprocess.run([acqd, "--check-config", file.name], text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
        print(f"{page.relative_to(source)}: {done.stdout.strip()}")
        wrong += done.returncode != 0
    sys.exit(wrong)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
