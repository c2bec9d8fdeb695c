"""``python -m pytest_boss_gates.cli``."""

from __future__ import annotations

import sys

from pytest_boss_gates.cli import main

if __name__ == "__main__":
    sys.exit(main())
