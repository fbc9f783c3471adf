"""`make torture`: plant damage, strike at random moments, let others write meanwhile.

    python -m tests.torture [SUITE …] [--small] [--seed N] [--rounds N]

Without a suite, all of them. `--small` takes a few rounds, to see in a minute that all still holds.
The exit code is 1 where anything was not as it should be. Figures go to reports/torture.
"""

from __future__ import annotations

import argparse
import sys

from tests.torture import concurrency, damage, interruption

SUITES = {"damage": damage, "interruption": interruption, "concurrency": concurrency}


def main() -> int:
    """Run the suites that were chosen."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture")
    parser.add_argument("suites", nargs="*", choices=[[], *SUITES], metavar="SUITE")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int)
    chosen = parser.parse_args()
    codes = []
    for name in chosen.suites or SUITES:
        suite = SUITES[name]
        rounds = chosen.rounds or (suite.FEW_ROUNDS if chosen.small else suite.ROUNDS)
        sys.stdout.write(f"{name}: {rounds} rounds, seed {chosen.seed}\n")
        sys.stdout.flush()
        codes.append(int(suite.run(chosen.seed, rounds)))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
