from __future__ import annotations

import sys

from goldenpath.cli import main

sys.exit(main())
