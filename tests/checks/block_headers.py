"""Every block begins with its header: all keys, and under Params exactly the declared parameters."""
import re

from checks import main

KEYS = ["In", "Out", "Params", "Latency", "Cost", "Errors", "Numerics", "Source", "Checked"]
MAY_BE = ["Gaps"]
WIDTH = 9  # of the column of keys


def header_of(text):
    """The comment at the top as {key: [lines]}, in order, and what is wrong with its shape."""
    comment = re.match(r"(//[^\n]*\n)*", text)[0].splitlines()
    found, problems, key = {}, [], None
    for line in comment[1:]:
        body = line[3:]
        if not body:
            continue
        word = body[:WIDTH].strip()
        if word and not body.startswith(word):
            problems.append(f"'{line}' is in no column")
        elif word and (word not in KEYS + MAY_BE or word in found):
            problems.append(f"'{word}' is no key, or there twice")
        elif word:
            key, found[word] = word, [body[WIDTH:]]
        elif key:
            found[key].append(body[WIDTH:])
    if [k for k in found if k in KEYS] != KEYS:
        missing = [k for k in KEYS if k not in found]
        problems.append(f"the keys are not {', '.join(KEYS)}" + (f"; missing {missing}" * bool(missing)))
    return found, problems


def documented(lines):
    """The names under Params: the first words of lines that are not continued ones."""
    names = []
    for line in lines:
        if line.startswith(" ") or line.strip() == "none":
            continue
        names += re.match(r"\w+(, \w+)*(?=  |$)", line)[0].split(", ") if re.match(
            r"\w+(, \w+)*(?=  |$)", line) else [f"'{line}'"]
    return names


NAMES = r'\.name = "(\w+)"|\b(k\w+Param)\b|\w+_param\(\s*"(\w+)"'  # as a member, a constant, of a function


def declared(text, shared, lists):
    """The names in `kParams`, with those declared elsewhere as constants k...Param, and those that a
    function with_..._params() puts behind them."""
    own = shared | constants(text)
    table = re.search(r"kParams(?:\[\])? = (?:(with_\w+)\()?\{(.*?)\n\}\)?;", text, re.S)
    if not table:
        return []
    names = re.findall(NAMES, table[2]) + re.findall(NAMES, lists.get(table[1], ""))
    return [name or made or own.get(constant, constant) for name, constant, made in names]


def constants(text):
    return dict(re.findall(r'\bParamSpec (k\w+Param)(?:\{\s*\.name =| =\s+\w+_param\()\s*"(\w+)"', text))


def check(root):
    shared, lists = {}, {}
    for path in sorted(root.glob("dsp/*.h")):
        shared |= constants(path.read_text())
        lists |= dict(re.findall(r"(with_\w+)\(const.*?\bshared\{(.*?)\}", path.read_text(), re.S))
    problems = []
    for path in sorted(root.glob("dsp/blocks/*.cpp")):
        text = path.read_text()
        name = path.relative_to(root)
        found, wrong = header_of(text)
        if not text.startswith(f"// {path.stem}: "):
            wrong.append(f"the first line is not '// {path.stem}: what it does'")
        told, has = documented(found.get("Params", [])), declared(text, shared, lists)
        if sorted(told) != sorted(has):
            wrong.append(f"Params tells {told}, declared is {has}")
        for test in re.findall(r"tests/[\w/]+\.cpp", " ".join(found.get("Checked", []))):
            if not (root / test).exists():
                wrong.append(f"Checked names {test}, which does not exist")
        problems += [f"{name}: {problem}" for problem in wrong]
    return problems


REST = "// Latency  0\n// Cost     1\n// Errors   none\n// Numerics exact\n// Source   own\n"
GOOD = ("// good: does\n//\n// In       a\n// Out      b\n// Params   gain       1\n"
        "//          cutoff     more\n//                     of it\n//          low, high  2\n" + REST
        + "// Gaps     none\n"
        "// Checked  tests/dsp/good_test.cpp\n" + 'constexpr ParamSpec kParams[] = {\n'
        '    {.name = "gain"},\n    kCutoffParam,\n    {.name = "low"},\n    {.name = "high"},\n};\n')
MADE = GOOD.replace('{.name = "low"}', 'some_param("low", 1)').replace("    kCutoffParam", "    kOtherParam").replace(
    "cutoff  ", "other   ")
LISTED = GOOD.replace("kParams[] = {", "kParams = with_more({").replace("    kCutoffParam,\n", "").replace("\n};", "\n});")
main(check, {
    "dsp/made.h": 'inline constexpr ParamSpec kOtherParam =\n    some_param("other", 1);\n',
    "dsp/filtering.h": 'inline constexpr ParamSpec kCutoffParam{\n    .name = "cutoff"};\n'
                       "auto with_more(const ParamSpec (&own)[kOwn]) {\n  const std::array shared{kCutoffParam};\n}\n",
    "tests/dsp/good_test.cpp": "",
    "dsp/blocks/good.cpp": GOOD,
    "dsp/blocks/made.cpp": MADE.replace("good:", "made:"),
    "dsp/blocks/listed.cpp": LISTED.replace("good:", "listed:"),
    "dsp/blocks/unlisted.cpp": LISTED.replace("good:", "unlisted:").replace("cutoff  ", "cutof   "),
    "dsp/blocks/name.cpp": GOOD,
    "dsp/blocks/key.cpp": GOOD.replace("good:", "key:").replace("// Cost     1\n", ""),
    "dsp/blocks/params.cpp": GOOD.replace("good:", "params:").replace("gain   ", "other  "),
    "dsp/blocks/test.cpp": GOOD.replace("good:", "test:").replace("good_test", "no_test"),
    "dsp/blocks/wrapped.cpp": GOOD.replace("good:", "wrapped:").replace("Out      b", "Out      b\n// wrapped"),
}, ["name.cpp: the first line", "key.cpp: the keys are not", "params.cpp: Params tells",
    "unlisted.cpp: Params tells", "test.cpp: Checked names", "wrapped.cpp: 'wrapped' is no key"])
