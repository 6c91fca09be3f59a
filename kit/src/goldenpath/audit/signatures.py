"""Whether a double's method can be called the way the real one must be."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Signature:
    """The parameters of a method, self and cls left out."""

    positional: tuple[str, ...] = ()
    required: int = 0
    """How many of the positional parameters have no default."""
    keywords: dict[str, bool] = field(default_factory=dict)
    """Keyword-only parameters, and whether each is required."""
    takes_more: bool = False
    takes_any_keyword: bool = False

    @classmethod
    def parse(cls, text: str) -> Signature:
        """A signature from its short form, `a,/,b,c=,*args,d,e=,**kwargs`."""
        positional: list[str] = []
        required = 0
        keywords: dict[str, bool] = {}
        takes_more = takes_any_keyword = after_star = False
        for part in filter(None, text.split(",")):
            if part == "/":
                continue
            if part.startswith("**"):
                takes_any_keyword = True
            elif part.startswith("*"):
                after_star = True
                takes_more = takes_more or part != "*"
            elif after_star:
                keywords[part.rstrip("=")] = not part.endswith("=")
            else:
                positional.append(part.rstrip("="))
                required += not part.endswith("=")
        return cls(tuple(positional), required, keywords, takes_more, takes_any_keyword)


def refusal(real: Signature, double: Signature) -> str:
    """Why the double refuses a call that the real method requires or allows; "" when it refuses none for sure."""
    needed = real.positional[: real.required]
    if not double.takes_more and len(double.positional) < len([name for name in needed if name not in double.keywords]):
        return f"the real one needs {_listed(needed)}, the double takes {_listed(double.positional)}"
    asked = double.positional[: double.required]
    surplus = tuple(name for name in asked if name not in real.positional and name not in real.keywords)
    if not real.takes_more and len(asked) > len(real.positional) and surplus:
        return f"the double needs {_listed(surplus)}, which the real one does not take"
    for name, required in real.keywords.items():
        if required and not double.takes_any_keyword and name not in double.keywords and name not in double.positional:
            return f"the real one needs {name}=, which the double does not take"
    for name, required in double.keywords.items():
        if required and name not in real.keywords and name not in real.positional and not real.takes_any_keyword:
            return f"the double needs {name}=, which the real one does not take"
    return ""


def _listed(names: tuple[str, ...]) -> str:
    return f"({', '.join(names)})" if names else "no arguments"
