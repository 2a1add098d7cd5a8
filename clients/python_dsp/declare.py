"""Writes the C++ header that gives each bound function its arguments and its docstring.

    declare.py STUB HEADERS OUT

The signature is that of the stub (acqd/dsp/__init__.pyi), the text the comment of the declaration in
dsp/math. math_names() is also what the check of complete coverage reads.
"""

import ast
import re
import sys
from pathlib import Path

END_OF_BLOCK = re.compile(r"^\}")


def declaration_name(text: str) -> tuple[str, str] | None:
    """The kind and name of a declaration at namespace level, whose first lines are `text`."""
    if re.match(r"(using|inline constexpr|constexpr|static_assert|enum|extern|namespace|\}|#|template class)\b", text):
        return None
    found = re.match(r"(?:template\s*<.*?>\s*)?(class|struct)\s+(\w+)", text)
    if found:
        return None if re.match(r"(?:class|struct)\s+\w+;", text) else (found[1], found[2])
    found = re.search(r"\b(\w+)\s*\(", text)
    return ("function", found[1]) if found else None


def math_names(header: str) -> dict[str, tuple[str, str]]:
    """Public classes and functions of a header: name -> (kind, comment)."""
    names: dict[str, tuple[str, str]] = {}
    lines = header.split("\n")
    outer = re.sub(r"^// ?", "", lines[0])
    at, comment, is_detail = 0, [], False
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith("namespace detail"):
            is_detail = True
        if is_detail:
            is_detail = not line.startswith("}  // namespace detail")
        elif line.startswith("//"):
            if at >= 2 and not lines[at - 2].startswith("//"):
                comment = []
            comment.append(re.sub(r"^// ?", "", line))
        elif not line.strip():
            comment = []
        elif re.match(r"[A-Za-z]", line):
            whole = line
            while not re.search(r"[;{]\s*(//.*)?$|\}$", whole):
                whole += " " + lines[at].strip()
                at += 1
            found = declaration_name(whole)
            if found and whole.count("{") > whole.count("}"):
                while not END_OF_BLOCK.match(lines[at]):
                    at += 1
            if found:
                trailing = re.search(r"; *// (.*)$", whole)
                text = "\n".join(comment) or outer
                names.setdefault(found[1], (found[0], text + (f"\n({trailing[1]})" if trailing else "")))
    return names


def all_names(headers: Path) -> dict[str, tuple[str, str]]:
    names: dict[str, tuple[str, str]] = {}
    for path in sorted(headers.glob("*.h")):
        for name, what in math_names(path.read_text()).items():
            names.setdefault(name, what)
    return names


def functions(stub: str) -> dict[str, tuple[ast.FunctionDef, list[str]]]:
    """The functions of the stub, each with the names in dsp/math that it wraps."""
    lines = stub.split("\n")
    found = {}
    for node in ast.parse(stub).body:
        if isinstance(node, ast.FunctionDef):
            wraps = re.match(r"# acq: (.+)", lines[node.lineno - 2])
            found[node.name] = (node, wraps[1].split() if wraps else [node.name])
    return found


def literal(node: ast.expr) -> str:
    """A default as C++ says it."""
    value = ast.literal_eval(node)
    if value is None:
        return "py::none()"
    if value == ():
        return "py::tuple()"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def declared(node: ast.FunctionDef, comment: str) -> str:
    defaults = [None] * (len(node.args.args) - len(node.args.defaults)) + node.args.defaults
    signature, arguments = [], []
    for argument, default in zip(node.args.args, defaults):
        signature.append(argument.arg + ("" if default is None else f"={ast.unparse(default)}"))
        arguments.append(f'py::arg("{argument.arg}")' + ("" if default is None else f" = {literal(default)}"))
    extra = ast.get_docstring(node)
    doc = f"{node.name}({', '.join(signature)})\n--\n\n{comment}" + (f"\n\n{extra}" if extra else "")
    doc = doc.replace("\\", "\\\\").replace('"', '\\"').replace("\n", '\\n"\n    "')
    return f'#define ACQ_ARGUMENTS_{node.name} "{doc}"{"".join(", " + a for a in arguments)}\n'.replace(
        '\n    "', ' \\\n    "')


def header(stub: str, names: dict[str, tuple[str, str]]) -> str:
    out = "// Written by declare.py.\n#pragma once\n\n"
    for name, (node, wraps) in functions(stub).items():
        missing = [wrapped for wrapped in wraps if wrapped not in names]
        if missing:
            sys.exit(f"{name} wraps {', '.join(missing)}, which dsp/math does not declare")
        out += declared(node, names[wraps[0]][1]) + "\n"
    return out


if __name__ == "__main__":
    stub_path, headers_path, out_path = (Path(argument) for argument in sys.argv[1:])
    Path(out_path).write_text(header(stub_path.read_text(), all_names(headers_path)))
