"""`python -m tests.torture SUITE [--seed N] [--rounds N]`."""

from __future__ import annotations

import argparse
import sys

from tests.torture import concurrency, damage, interruption

SUITES = {"damage": damage, "interruption": interruption, "concurrency": concurrency}


def main() -> int:
    """Run one suite."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture")
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int)
    chosen = parser.parse_args()
    suite = SUITES[chosen.suite]
    return int(suite.run(chosen.seed, chosen.rounds or suite.ROUNDS))


if __name__ == "__main__":
    sys.exit(main())
