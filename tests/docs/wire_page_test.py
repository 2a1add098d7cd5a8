"""Every field, verb, code and limit of the wire is on its page: wire_page_test.py SOURCE_DIR."""

import pathlib
import re
import sys


def message(text: str, name: str) -> list[str]:
    """The field names of a message, those of a oneof included."""
    body = re.search(rf"^message {name} {{\n(.*?)^}}", text, re.MULTILINE | re.DOTALL)
    assert body, name
    return re.findall(r"^\s+(?:repeated |optional )?[\w.]+(?:<[^>]*>)? (\w+) = \d+;", body[1], re.MULTILINE)


def main(source: pathlib.Path) -> None:
    page = (source / "docs/wire.md").read_text()
    named = set(re.findall(r"`([\w.]+)`", page))
    frame = (source / "proto/acq/v1/frame.proto").read_text()
    control = (source / "proto/acq/v1/control.proto").read_text()
    limits = (source / "proto/limits.h").read_text()
    codes = re.search(r"enum Code {(.*?)}", control, re.DOTALL)
    assert codes
    wanted = {
        "field of FrameHeader": message(frame, "FrameHeader"),
        "field of Request": message(control, "Request"),
        "code": [c.lower() for c in re.findall(r"(\w+) = \d+;", codes[1])],
        "limit": re.findall(r"constexpr [\w:]+ (k\w+) =", limits),
    }
    missing = [f"{kind} {name}" for kind, names in wanted.items() for name in names if name not in named]
    assert all(len(names) > 4 for names in wanted.values()), wanted
    gone = [name for name in named if re.fullmatch(r"k[A-Z]\w+", name) and name not in wanted["limit"]]
    if missing or gone:
        sys.exit(f"docs/wire.md does not name: {missing}; names what does not exist: {gone}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
