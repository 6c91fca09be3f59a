"""Records that the server counts and forgets."""

from __future__ import annotations

import sys

sys.stdout.write("header\nrecord\n")
