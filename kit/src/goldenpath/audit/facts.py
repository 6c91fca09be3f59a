"""What one file says about itself: small rows of plain values, so that they can be cached as JSON and read lazily.

Facts never depend on the configuration: what is a test, a tier or a service is decided later, over the facts.
"""

from __future__ import annotations

from typing import Final, NamedTuple

Span = tuple[int, int, int, int]
"""First line, first column, last line, last column: lines from 1, columns from 0.

While a file is read, columns are UTF-8 bytes, as `ast` counts them; the sightings that are kept count characters.
"""


class Import(NamedTuple):
    """What one statement imports from one module; `names` is empty when it imports the module itself."""

    span: Span
    scope: str
    module: str
    level: int
    names: list[str]
    guard: str
    """Why the import may fail without harm: "try", "type", "if", "call", or nothing."""


class Binding(NamedTuple):
    """What a module-level name is bound to."""

    kind: str
    """class, function, import, alias, value, or several when it is bound more than once in different ways."""
    target: str = ""
    """Index of the class, or the dotted name an import or alias stands for (relative ones begin with dots)."""


class Namespace(NamedTuple):
    """The names a module offers: those that are their own meaning by kind, the others with what they stand for."""

    plain: dict[str, list[str]]
    """The names of each kind that needs no target: function, value, several."""
    targeted: dict[str, dict[str, str]]
    """The names of each other kind, with their targets."""
    stars: list[str]
    """The modules of its star imports; relative ones begin with dots."""
    dynamic: bool
    """Names may appear that no statement shows: `__getattr__`, `globals()[...]`, `exec`, `sys.modules`."""
    mentions: list[str]
    """Which of the module's own classes and tests its statements mention, at any depth."""
    touched: list[str]
    """The attributes its expressions use, when the file defines or imports doubles."""


class Method(NamedTuple):
    """One function of a class body."""

    name: str
    line: int
    kind: str
    """method, static, class, property, or unknown when a decorator may change what it is."""
    is_async: bool
    signature: str
    """The parameters after self or cls, as `a,/,b,c=,*args,d,e=,**kwargs`; `=` marks a default."""
    plain: bool
    """What it returns is certainly not awaitable, unless the method is async itself."""


class Class(NamedTuple):
    """One class statement."""

    name: str
    qualname: str
    span: Span
    where: str
    """module, class or function: what it stands in."""
    bases: list[str]
    """Dotted names; "?" for a base that is an expression."""
    decorators: list[str]
    methods: list[Method]
    attributes: list[str]
    """Names assigned in the body or through self."""
    dynamic: bool
    """Members may appear that no statement shows: metaclass, `__getattr__`, `setattr(self, ...)`."""
    shape: str = ""
    """Digest of the body without the class's own name, for test doubles only."""
    weight: int = 0
    """How many statements the body holds, for test doubles only."""
    collected: str = ""
    """The value of `__test__`, when the body sets one."""


class Function(NamedTuple):
    """One function of a file that has to do with tests."""

    name: str
    qualname: str
    span: Span
    where: str
    is_async: bool
    yields: bool
    params: list[str]
    decorators: list[str]
    asserts: bool
    """It holds a check itself: an assertion, a raise, or a call whose name promises one."""
    calls: list[str]
    """The dotted names it calls, recorded only when it holds no check itself."""
    empty: bool
    """Its body does nothing."""
    weight: int = 0
    body: str = ""
    """Digest of the body and of what its global names stand for; tests only."""
    reach: str = ""
    """How far the body's meaning travels: "" anywhere, "file" or "class"."""


class Outlined(NamedTuple):
    """One class in a few words."""

    name: str
    bases: list[str]
    traits: str
    """Letters: t holds tests, a holds async tests, i has a constructor, m has methods, o stands at module level."""


class Outline(NamedTuple):
    """What most questions need to know about a file, so that few files are decoded further."""

    tests: int
    """Functions that are called like tests, inner ones left out."""
    suspicious: bool
    """Some test is empty, yields, or checks nothing by itself."""
    classes: list[Outlined]
    bodies: list[str]
    """Digests of the tests' bodies."""


class Sighting(NamedTuple):
    """One place where something worth judging stands; `kind` and `detail` say what."""

    kind: str
    span: Span
    scope: str
    digest: str
    detail: str = ""
    extra: str = ""


class Suppression(NamedTuple):
    """One `# goldenpath: ignore[GP501] reason="..." until=2027-01-31` comment."""

    line: int
    applies_to: int
    rules: list[str]
    reason: str
    until: str


class Problem(NamedTuple):
    """Why a file could not be judged, or does not compile."""

    rule: str
    line: int
    column: int
    message: str


SECTIONS: Final = (
    "outline",
    "problems",
    "imports",
    "namespace",
    "classes",
    "functions",
    "mocks",
    "patches",
    "environ",
    "infrastructure",
    "oddities",
    "suppressions",
    "syntax",
)
"""The separately decoded parts of a file's facts, in the order they are stored."""


class Facts(NamedTuple):
    """Everything one pass over a file found out."""

    outline: Outline
    problems: list[Problem]
    imports: list[Import]
    namespace: Namespace
    classes: list[Class]
    functions: list[Function]
    mocks: list[Sighting]
    patches: list[Sighting]
    environ: list[Sighting]
    infrastructure: list[Sighting]
    oddities: list[Sighting]
    suppressions: list[Suppression]
    syntax: list[Sighting]
    """Constructs that need a newer Python than 3.8; `detail` is the version."""


NO_OUTLINE: Final = Outline(0, False, [], [])
NOTHING: Final = Namespace({}, {}, [], False, [], [])


def no_facts(*problems: Problem) -> Facts:
    """The facts of a file that could not be read or parsed."""
    return Facts(NO_OUTLINE, list(problems), [], NOTHING, [], [], [], [], [], [], [], [], [])
