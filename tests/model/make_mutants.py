"""Writes the mutants of mutants.toml as C++: each in a namespace of its own, with a table of all.

usage: make_mutants.py SOURCE_DIR LIST OUTPUT
"""
import re
import sys
import tomllib
from pathlib import Path

MEMBERS = {  # the class of each file, and how a subject names it
    "dsp/base/spsc_ring.h": "template <typename T> using Ring = SpscRing<T, ModelAtomics>;",
    "dsp/base/latest_value.h": "template <typename T> using Latest = LatestValue<T, ModelAtomics>;",
    "dsp/base/free_list.h": "using List = FreeList<ModelAtomics>;",
    "dsp/base/slot_pool.h": "template <typename T> using Pool = SlotPool<T, ModelAtomics>;",
    "dsp/base/ref_count.h": "using Count = RefCount<ModelAtomics>;",
    "dsp/base/wake_flag.h": "using Flag = WakeFlag<ModelAtomics>;",
    "daemon/hand_over.h": "using Steps = HandOver;",
}


def mutate(text, mutant):
    """The source with the one change made."""
    pattern = r"\s*".join(re.escape(token) for token in re.findall(r"\w+|[^\w\s]", mutant["from"]))
    found = re.findall(pattern, text)
    if len(found) != 1:
        sys.exit(f"mutants.toml: {mutant['name']}: its text is {len(found)} times in {mutant['file']}")
    return re.sub(pattern, lambda _: mutant["to"], text)


def body(text):
    """The source without its comments, includes and enclosing namespace."""
    text = re.sub(r"//[^\n]*|^#[^\n]*", "", text, flags=re.M)
    inside = re.search(r"namespace acq \{(.*)\}\s*$", text, re.S)
    return inside.group(1)


def main():
    root, listing, output = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    mutants = tomllib.loads(listing.read_text())["mutant"]
    names = [mutant["name"] for mutant in mutants]
    if len(set(names)) != len(names):
        sys.exit("mutants.toml: a name is there twice")
    out = ["// Generated from mutants.toml.\n"]
    for m in mutants:
        source = mutate(body((root / m["file"]).read_text()), m)
        out.append(f"namespace acq::model::{m['name']} {{\n{source}\n"
                   f"struct Subject : RealSubject {{ {MEMBERS[m['file']]} }};\n}}\n")
    out.append("namespace acq::model {\ninline const std::vector<Mutant> kMutants = {\n")
    for m in mutants:
        scenario = m["scenario"].replace("{}", m["name"] + "::Subject")
        out.append(f'  {{"{m["name"]}", [] {{ return std::unique_ptr<Scenario>('
                   f"std::make_unique<{scenario}>()); }}}},\n")
    out.append("};\n}\n")
    output.write_text("".join(out))


main()
