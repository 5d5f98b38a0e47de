#!/usr/bin/python3
"""What cost most of a run of the tests.   slowest.py JUNIT_FILE"""

import sys
import xml.etree.ElementTree

SHOWN = 20


def main():
    cases = [(float(case.get("time", 0)), case.get("name")) for case in
             xml.etree.ElementTree.parse(sys.argv[1]).iter("testcase")]
    print(f"slowest of {len(cases)} tests, which took {sum(seconds for seconds, _ in cases):.0f} s beside each other:")
    for seconds, name in sorted(cases, reverse=True)[:SHOWN]:
        print(f"{seconds:7.1f} s  {name}")


if __name__ == "__main__":
    main()
