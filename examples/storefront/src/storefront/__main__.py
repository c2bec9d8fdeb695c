"""Makes ``python -m storefront`` the same as the command ``storefront``."""

from __future__ import annotations

import sys

from storefront.cli import main

sys.exit(main())
