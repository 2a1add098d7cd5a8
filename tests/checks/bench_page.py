"""scripts/bench renews the rows it ran in docs/performance.md and keeps the others, each with its date."""
import sys
from pathlib import Path

RESULT = {"row": "T4", "what": "a chain", "ours": 2.0, "unit": "GS/s", "spread": [1.5, 2.5],
          "peer": {"GNU Radio": 0.1}, "ratio": 20.0, "goal": "14 times", "met": True, "repeats": 5, "other_work": 0.5,
          "time": "2026-11-02 10:00 UTC"}


def main(root):
    sys.path.insert(0, str(root / "bench"))
    import report
    report.processor = lambda: "CPU"
    old = {**RESULT, "ours": 1.0, "ratio": 10.0, "met": False, "repeats": 3, "time": "2026-11-01 09:00 UTC"}
    page = report.merged("", [{**old, "row": "T1"}, old])
    page = report.merged(page, [RESULT, {**RESULT, "row": "T9", "peer": {}, "ratio": None}])
    expected = [
        "| T1 | a chain | 1 GS/s [1.5..2.5] | GNU Radio 0.1 | 10 | 14 times | not reached | 2026-11-01, 3 runs, CPU, 0.5 cores busy |",
        "| T4 | a chain | 2 GS/s [1.5..2.5] | GNU Radio 0.1 | 20 | 14 times | reached | 2026-11-02, 5 runs, CPU, 0.5 cores busy |",
        "| T9 | a chain | 2 GS/s [1.5..2.5] | - | - | 14 times | reached | 2026-11-02, 5 runs, CPU, 0.5 cores busy |",
    ]
    if page.splitlines()[2:] != expected:
        sys.exit("\n".join(["expected", *expected, "got", *page.splitlines()[2:]]))
    kept = (root / "docs" / "performance.md").read_text(encoding="utf-8")
    before = report.rows_of(kept)
    if len(before) < 10 or report.rows_of(report.merged(kept, [])) != before:
        sys.exit("a row of docs/performance.md would be lost")
    operation = {**RESULT, "row": "CATALOGUE.a", "what": "a", "unit": "ns"}
    page = report.replaced("x\n<b>\nold\n<e>\ny", "<b>", "<e>", lambda old: report.catalogue_table(
        [operation, {**operation, "what": "slow", "ratio": 0.5, "met": False}, {**operation, "ratio": 4.0}]))
    for words in ("x\n<b>\n", "<e>\ny", "3 operations: 4 (goal 3). Slower than the peer: slow.", "| a | 2 [1.5..2.5] | GNU Radio 0.1 | 20 |"):
        if words not in page or "old" in page:
            sys.exit(f"the table of the catalogue lacks {words!r}: {page}")


main(Path(sys.argv[1]))
