#!/usr/bin/env python3
"""Writes docs/validation.md, a page for each operation, and its figure, drawn from the vectors.

    pages.py                      writes them anew
    pages.py --check              says which are not what it would write
    pages.py --errors RESULT.xml  stores the worst errors that validation_test has met, then writes

The pages follow from files of this tree alone: the headers of dsp/blocks, the vectors, definitions.toml,
parameters.tsv, which is what the blocks declare (parameters_test.cpp sees to that), and errors.json, which keeps what "validation_test --gtest_output=xml:RESULT.xml" found on the machine
that wrote it. Times are in docs/performance.md.
"""

import argparse
import json
import re
import sys
import tomllib
import xml.etree.ElementTree
from pathlib import Path

import figures
from vector_files import read_vectors

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ERRORS = HERE / "errors.json"
PARAMETERS = HERE / "parameters.tsv"
FOLDER = ROOT / "docs" / "validation"
KEYS = ("In", "Out", "Params", "Latency", "Cost", "Errors", "Numerics", "Gaps", "Source", "Checked")
WIDTH = 9  # of the column of keys in a block's header
PEERS = ("sigima_", "allantools_")


def header_of(text):
    """The first line of a block's header, and its {key: lines}."""
    comment = re.match(r"(//[^\n]*\n)*", text)[0].splitlines()
    found, key = {}, None
    for line in comment[1:]:
        body = line[3:]
        word = body[:WIDTH].strip()
        if word:
            key = word
            found[key] = []
        if key and body:
            found[key].append(body[WIDTH:])
    return comment[0][3:].split(": ", 1)[1], found


def blocks():
    return re.findall(r"acq_add\(BLOCK (\w+)\)", (ROOT / "dsp/CMakeLists.txt").read_text())


def vectors_by_block(names):
    """block -> the files of vectors about it: those that name it, and those of its plain function."""
    found = {name: [] for name in names}
    for path in sorted((HERE / "vectors").glob("*.vec")):
        vectors = read_vectors(path)
        stem = path.stem
        for peer in PEERS:
            stem = stem.removeprefix(peer)
        name = vectors.block or re.sub(r"_f64$", "", stem)
        vectors.oracle = oracle_of(path.stem, vectors.oracle)
        if name in found:
            found[name].append(vectors)
    for files in found.values():
        files.sort(key=lambda vectors: vectors.operation.startswith(PEERS))
    return found


def oracle_of(stem, versions):
    """Who gave the numbers: the package that the file is named by, else all that made it."""
    peer = next((peer for peer in PEERS if stem.startswith(peer)), None)
    return next(part for part in versions.split(", ") if part.startswith(peer[:-1])) if peer else versions


def sentence(lines):
    return " ".join(line.strip() for line in lines)


def cell(text):
    return text.replace("|", "\\|")


def evidence(files, errors):
    """A row for each file: who says so, over how many cases, what is allowed and what was seen."""
    rows = ["| vectors | oracle | cases | values | largest tolerance | worst error, part of it |", "|---|---|---|---|---|---|"]
    for vectors in files:
        absolute = max(case.values.get("absolute", 0) for case in vectors.cases)
        relative = max(case.values.get("relative", 0) for case in vectors.cases)
        values = sum(array.size for case in vectors.cases for name, array in case.arrays.items()
                     if name in ("output", "results", "expected", "parameters"))
        tolerance = " + ".join(part for part in (f"{absolute:.2g}" if absolute else "", f"{relative:.2g} of the value"
                                                 if relative else "") if part) or "none: equal"
        rows.append(f"| [{vectors.operation}](../../tests/validation/vectors/{vectors.operation}.vec) | {vectors.oracle} | "
                    f"{len(vectors.cases)} | {values} | {tolerance} | {errors.get(vectors.operation, 'not stored')} |")
    reasons = sorted({case.texts["why"] for vectors in files for case in vectors.cases if case.texts.get("why")})
    return rows + [""] + [f"- {reason}" for reason in reasons]


def parameters():
    """block -> rows of name, kind or choices, range, unit, default, meaning."""
    found = {}
    for line in PARAMETERS.read_text().splitlines():
        block, *row = line.split("\t")
        found.setdefault(block, []).append(row)
    return found


def parameter_table(rows):
    if not rows:
        return ["None."]
    lines = ["| name | kind | range | unit | default | meaning |", "|---|---|---|---|---|---|"]
    return lines + ["| " + " | ".join(cell(part) for part in row) + " |" for row in rows]


def datalab_of(name, files, differences):
    if name in differences:
        return differences[name]
    if any(vectors.operation.startswith("sigima_") for vectors in files):
        return "None: the vectors of Sigima 1.2.0 above agree."
    return "DataLab's engine has no vectors here: nothing is said about it."


def page(name, files, definitions, errors, declared):
    text = (ROOT / "dsp/blocks" / f"{name}.cpp").read_text()
    summary, header = header_of(text)
    drawn = figures.example(files)
    lines = [f"# {name}", "", summary[:1].upper() + summary[1:], "",
             "Written by tests/validation/pages.py from the block's header, its vectors and the errors its tests met.", "",
             "## Definition", "", f"> {definitions['formula'][name]}", ""]
    lines += [f"- **{key}** {sentence(header[key])}" for key in ("In", "Out") if key in header]
    if drawn:
        lines += ["", f"![an example of {name}: {drawn.caption}]({name}.svg)", "", f"Example: {drawn.caption}."]
    rows = declared.get(name, [])
    lines += ["", "## Parameters", "", *parameter_table(rows), ""]
    lines += ["What they mean together:", "", "```", *header["Params"], "```", ""] if rows else []
    lines += ["## Source", "",
              sentence(header["Source"]), "", "## Evidence", "", sentence(header["Checked"]) + ".", ""]
    if files:
        lines += evidence(files, errors)
    else:
        lines += ["No vectors: what it gives is a matter of counting, and is compared with the closed form."]
    lines += ["", "## Difference from DataLab", "", datalab_of(name, files, definitions["datalab"]), "",
              "## Latency, cost, limits", ""]
    lines += [f"- **{key}** {sentence(header[key])}" for key in ("Latency", "Cost", "Numerics", "Errors", "Gaps") if key in header]
    lines += ["- Times in ns a sample, beside SciPy: [performance.md](../performance.md#the-catalogue)", ""]
    return "\n".join(lines), drawn


def index(names, by_block, definitions, errors):
    families = {name: family for family, words in definitions["family"].items() for name in words.split()}
    lines = ["# Validation", "",
             "What each operation computes and how we know: its definition, where that is from, who was asked for the right",
             "numbers, and the worst error seen, as a part of what is allowed. Written by tests/validation/pages.py; a test",
             "compares the pages with what that writes. The vectors are made again by `tests/validation/regenerate --check`.", ""]
    for family in definitions["family"]:
        lines += [f"## {family.capitalize()}", "", "| operation | definition | oracles | cases | worst error, part of the tolerance |",
                  "|---|---|---|---|---|"]
        for name in (name for name in names if families[name] == family):
            files = by_block[name]
            oracles = sorted({oracle.split()[0] for vectors in files for oracle in vectors.oracle.split(", ")}) or ["closed form"]
            worst = [errors[vectors.operation] for vectors in files if vectors.operation in errors]
            lines.append(f"| [{name}](validation/{name}.md) | {cell(definitions['formula'][name])} | {', '.join(oracles)} | "
                         f"{sum(len(vectors.cases) for vectors in files)} | {max(worst) if worst else '-'} |")
        lines.append("")
    return "\n".join(lines)


def problems_of(names, by_block, definitions, errors):
    """What would leave a hole in the pages."""
    families = [name for words in definitions["family"].values() for name in words.split()]
    problems = [f"definitions.toml has no formula for {name}" for name in names if name not in definitions["formula"]]
    problems += [f"definitions.toml has {name} in {families.count(name)} families" for name in names if families.count(name) != 1]
    problems += [f"definitions.toml names {name}, which is no block"
                 for name in sorted({*definitions["formula"], *definitions["datalab"], *families} - set(names))]
    problems += [f"errors.json lacks {vectors.operation}: run validation_test and pages.py --errors"
                 for files in by_block.values() for vectors in files if vectors.operation not in errors]
    return problems


def made():
    """path -> text of everything that is written."""
    definitions = tomllib.loads((HERE / "definitions.toml").read_text())
    errors = json.loads(ERRORS.read_text())
    names = blocks()
    by_block = vectors_by_block(names)
    problems = problems_of(names, by_block, definitions, errors)
    if problems:
        sys.exit("\n".join(problems))
    declared = parameters()
    files = {ROOT / "docs" / "validation.md": index(names, by_block, definitions, errors)}
    for name in names:
        text, drawn = page(name, by_block[name], definitions, errors, declared)
        files[FOLDER / f"{name}.md"] = text
        if drawn:
            files[FOLDER / f"{name}.svg"] = drawn.svg
    return files


def store_errors(result):
    """Two digits of what the tests recorded, by the vectors' name."""
    errors = {}
    for test in xml.etree.ElementTree.parse(result).getroot().iter("testcase"):
        for prop in test.iter("property"):
            found = re.fullmatch(r"worst_part_of_tolerance(?:_(\w+))?", prop.get("name"))
            if found:
                operation = found[1] or test.get("name").split("/")[1]
                errors[operation] = float(f"{float(prop.get('value')):.2g}")
    ERRORS.write_text(json.dumps(errors, indent=1, sort_keys=True) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument("--errors", metavar="RESULT.xml", help="what validation_test --gtest_output=xml:RESULT.xml wrote")
    options = parser.parse_args()
    if options.errors:
        store_errors(options.errors)
    files = made()
    old = {*FOLDER.glob("*"), ROOT / "docs" / "validation.md"} if FOLDER.is_dir() else set()
    if options.check:
        wrong = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
        wrong += old - set(files)
        print("\n".join(f"{path.relative_to(ROOT)} is not what tests/validation/pages.py writes" for path in sorted(wrong))
              or f"{len(files)} files are as they are written")
        sys.exit(1 if wrong else 0)
    FOLDER.mkdir(exist_ok=True)
    for path in old - set(files):
        path.unlink()
    for path, text in files.items():
        path.write_text(text)
    print(f"{len(files)} files")


if __name__ == "__main__":
    main()
