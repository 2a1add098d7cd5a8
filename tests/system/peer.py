"""A subscriber as a process of its own, so that it can be stopped, or be slow, alone.

usage: peer.py CONTROL TOPIC [--delay SECONDS] [--budget BYTES]
Checks every frame against the counter signal. Says "ready" when subscribed. On its standard input,
"hurry" ends the delay and "report" is answered with one JSON line of figures; it ends with its
input.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import queue
import sys
import threading
import time
from typing import Any

import acqd
from counter import CounterCheck


class Account:
    """What one subscription has seen."""

    def __init__(self) -> None:
        self.check = CounterCheck()
        self.first_index: int | None = None
        self.first_gap = 0
        self.end_index = 0

    def take(self, frame: acqd.Frame) -> None:
        if self.first_index is None:
            self.first_index = frame.first_index
            self.first_gap = frame.gap.samples
        self.end_index = frame.first_index + frame.count
        self.check.check(frame)

    def figures(self, losses: acqd.Losses) -> dict[str, Any]:
        return {
            **dataclasses.asdict(losses),
            "wrong": self.check.wrong,
            "shifted_by": self.check.shifted_by,
            "epoch_shifts": self.check.epoch_shifts,
            "complaints": self.check.complaints,
            "first_index": self.first_index,
            "first_gap": self.first_gap,
            "end_index": self.end_index,
        }


def read_lines(lines: queue.Queue[str]) -> None:
    for line in sys.stdin:
        lines.put(line)
    lines.put("")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("control")
    parser.add_argument("topic")
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--budget", type=int, default=8 * 1024 * 1024)
    arguments = parser.parse_args()
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=read_lines, args=(lines,), daemon=True).start()
    account = Account()
    with (
        acqd.connect(arguments.control) as session,
        session.subscribe(
            arguments.topic, budget_bytes=arguments.budget, descriptions=True
        ) as subscription,
    ):
        # The description shows that the subscription is in force.
        while subscription.receive(10).kind is not acqd.Kind.DESCRIPTION:
            pass
        print("ready", flush=True)
        while True:
            try:
                frame = subscription.receive(0.05)
            except acqd.TimeoutError:
                frame = None
            if frame is not None and frame.kind is not acqd.Kind.DESCRIPTION:
                account.take(frame)
                if arguments.delay:
                    time.sleep(arguments.delay)
            if lines.empty():
                continue
            line = lines.get()
            if not line:
                return
            if line == "hurry\n":
                arguments.delay = 0
            else:
                print(json.dumps(account.figures(subscription.losses)), flush=True)


if __name__ == "__main__":
    main()
