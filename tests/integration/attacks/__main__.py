"""Runs the attacks at full size and prints a table; see script/attack."""

import argparse
import sys

from attacks import chat, connections, fanout, frames  # noqa: F401, each adds its attacks
from attacks.siege import ATTACKS, besiege


def main():
    parser = argparse.ArgumentParser(prog="script/attack", description="Attacks a server of our own, and measures.")
    parser.add_argument("attacks", nargs="*", metavar="ATTACK", help="only these; all of them by default")
    parser.add_argument("--small", action="store_true", help="the sizes of the tests")
    parser.add_argument("--list", action="store_true", help="what there is, and stop")
    options = parser.parse_args()
    if options.list:
        for attack in ATTACKS:
            print(f"{attack.key:24} {attack.title({**attack.full})}")
        return 0
    unknown = set(options.attacks) - {attack.key for attack in ATTACKS}
    if unknown:
        parser.error(f"there is no attack {', '.join(sorted(unknown))}; --list tells what there is")
    rows, failed = [], 0
    for attack in ATTACKS:
        if options.attacks and attack.key not in options.attacks:
            continue
        try:
            outcome = besiege(attack, attack.small) if options.small else besiege(attack, attack.full, calm=3.0)
        except Exception as error:  # the others are run nevertheless
            failed += 1
            print(f"attack: {attack.key} FAILED: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            continue
        rows.append(outcome.row)
        print(f"attack: {attack.key} held; {outcome.said} messages of normal clients, {outcome.seconds:.0f} s",
              file=sys.stderr, flush=True)
    print("| attack | the bound that held | what the attacker saw | p99 of a normal client, before -> during "
          "| memory before -> peak -> after | again |\n|---|---|---|---|---|---|")
    print("\n".join(rows))
    print(f"{len(rows)} held, {failed} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
