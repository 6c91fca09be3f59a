"""Inline suppressions: `# goldenpath: ignore[GP501] reason="why" until=2027-01-31`."""

from __future__ import annotations

import io
import re
import tokenize
from typing import Final

from goldenpath.audit.extraction.decoding import decoded
from goldenpath.audit.facts import Suppression

_COMMENT: Final = re.compile(r"#\s*goldenpath:\s*(?P<verb>ignore(?:-file)?)\s*(?:\[(?P<rules>[^\]]*)\])?(?P<rest>.*)$")
_REASON: Final = re.compile(r"""reason\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+))""")
_UNTIL: Final = re.compile(r"until\s*=\s*(\S+)")
_BLANK: Final = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT, tokenize.ENCODING}


def suppressions(data: bytes) -> list[Suppression]:
    """Every suppression of a file; text inside strings is not one, which is why the file is tokenised."""
    if b"goldenpath:" not in data:
        return []
    found: list[tuple[int, bool, re.Match[str]]] = []
    starts: list[int] = []
    fresh, last = True, 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(decoded(data)).readline):
            if token.type == tokenize.COMMENT:
                match = _COMMENT.match(token.string)
                if match:
                    found.append((token.start[0], token.start[0] != last, match))
            elif token.type == tokenize.NEWLINE:
                fresh = True
            elif token.type not in _BLANK and token.string:
                if fresh and token.string != "@":
                    starts.append(token.start[0])
                fresh, last = False, token.end[0]
    except (tokenize.TokenError, SyntaxError):
        return []
    return [_row(line, alone, match, starts) for line, alone, match in found]


def _row(line: int, alone: bool, match: re.Match[str], starts: list[int]) -> Suppression:
    applies_to = line
    if match["verb"] == "ignore-file":
        applies_to = 0
    elif alone:
        applies_to = min((start for start in starts if start > line), default=line)
    reason = _REASON.search(match["rest"])
    until = _UNTIL.search(match["rest"])
    rules = [rule.strip().upper() for rule in (match["rules"] or "").split(",") if rule.strip()]
    return Suppression(
        line,
        applies_to,
        rules,
        next((text for text in reason.groups() if text), "") if reason else "",
        until[1] if until else "",
    )
