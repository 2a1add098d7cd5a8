"""docs/instruments.md names every driver, and tells of it what its source and its registry entry say.

instruments_page_test.py ACQD ACQCTL SOURCE_DIR [--write]    --write brings the page up to date
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

BEGIN, END = "<!-- drivers: generated -->\n", "<!-- end -->\n"
# Of a driver's header, and how the page calls them.
FACTS = {"Delivers": "delivers", "Loss": "losses it reports", "Stamps": "time", "Unplug": "unplugged",
         "Settings": "values of settings", "Errors": "refuses, cannot"}


def header_facts(source):
    """The items of the comment a driver begins with, each in one line."""
    facts, key = {}, ""
    for line in source.splitlines():
        if not line.startswith("//"):
            break
        found = re.match(r"// ([A-Z]\w+) {2,}(\S.*)", line)
        if found:
            key = found.group(1)
            facts[key] = found.group(2).strip()
        elif key and line.startswith("//   "):
            facts[key] += " " + line[2:].strip()
        else:
            key = ""
    return facts


def settings_text(settings):
    return ", ".join(f"`{one['name']}`" + (f" ({one['unit']})" if one["unit"] not in ("", "1") else "")
                     for one in settings)


def section(name, summary, settings, facts):
    live = [one for one in settings if one["live"]]
    rows = [(title, facts[key]) for key, title in FACTS.items() if key in facts]
    rows.append(("settings", settings_text([one for one in settings if not one["live"]]) or "none"))
    rows.append(("settings that change while it runs", settings_text(live) or "none"))
    table = "".join(f"| {title} | {text.replace('|', chr(92) + '|')} |\n" for title, text in rows)
    return f"### `{name}`: {summary}\n\n| | |\n|---|---|\n{table}"


def ask(acqctl, control, *words):
    run = subprocess.run([acqctl, "--json", "--control", control, *words], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def registry(acqd, acqctl):
    """Name, summary and settings of every driver this program is built with."""
    with tempfile.TemporaryDirectory() as folder:
        # No instrument: one with the name of a driver would be described in its place.
        config = pathlib.Path(folder, "empty.toml")
        config.write_text("")
        daemon = subprocess.Popen([acqd, "--config", config, "--runtime-dir", folder], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        control = f"ipc://{folder}/control"
        try:
            deadline = time.monotonic() + 20
            while not os.path.exists(f"{folder}/control") and time.monotonic() < deadline:
                time.sleep(0.05)
            known = ask(acqctl, control, "drivers")
            for name, summary in zip(known["names"], known["texts"]):
                described = ask(acqctl, control, "drivers", name)["plug_in"]
                yield name, summary, described["params"]
        finally:
            daemon.terminate()
            daemon.wait()


def main(acqd, acqctl, source, writes):
    page = source / "docs/instruments.md"
    text = page.read_text()
    wrong, sections = [], []
    tested = re.findall(r"^\| `(\w+)` \|", text[: text.index(BEGIN)], re.M)
    for name, summary, settings in registry(acqd, acqctl):
        facts = header_facts((source / f"drivers/sources/{name}.cpp").read_text())
        wrong += [f"drivers/sources/{name}.cpp says nothing under {key}"
                  for key in ("Delivers", "Loss", "Stamps") if key not in facts]
        if name not in tested:
            wrong.append(f"docs/instruments.md does not say how {name} was tested")
        sections.append(section(name, summary, settings, facts))
    wanted = text[: text.index(BEGIN) + len(BEGIN)] + "\n" + "\n".join(sections) + "\n" + text[text.index(END):]
    if writes:
        page.write_text(wanted)
    elif wanted != text:
        wrong.append("docs/instruments.md is not what the drivers say: run tests/docs/instruments_page_test.py "
                     "ACQD ACQCTL SOURCE_DIR --write")
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main(*(pathlib.Path(word) for word in sys.argv[1:4]), "--write" in sys.argv)
