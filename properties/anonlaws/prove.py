"""Laws proved by Z3: a law is run once per path on solver terms, and all paths together are one formula.

Python's own control flow goes silently wrong on Z3's terms: `if a == b` asks whether they are *written* alike, and so
do `b in [a]` and `{a: 1}[b]`. So while a law runs, Z3's classes are hooked. Whoever asks a term for its truth forks the
path; operations that Z3 and Python mean alike pass; all others are refused, and a refusal leaves the law undecided even
where the subject swallows the exception.

Nor is the solver believed about a path. A model of it is turned into plain Python values and the law run on these, with
no solver: it must fail where the path failed, and pass where the path passed.
"""

import dataclasses
import operator
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from fractions import Fraction
from functools import reduce
from typing import Any, NoReturn

import z3

from anonlaws.law import (
    Discard,
    Draws,
    Function,
    Integers,
    Law,
    Reals,
    Result,
    Table,
    Undecided,
    failure,
    name_of,
    numbered,
    proving,
)

INDICES = 256
"""The most values that a term used as an index may have: each is a path of its own."""


def prove(law: Law, subject: Any, *, timeout: float = 60.0, forks: int = 100_000) -> Result:
    """Decide the law for all values of its domains; undecided if `timeout` seconds or `forks` forks are not enough.

    Paths are walked breadth first, so that of several counterexamples the one with the fewest choices comes first.
    """
    started = time.monotonic()
    tree = Tree(started + timeout, forks)
    said: dict[str, Any] = {}
    try:
        with hooked():
            while tree.queue and not said:
                said = tree.walk(law, subject)
        said = said or ({"verdict": "proved", "goal": tree.goal()} if tree.passed else {"verdict": "vacuous"})
    except Undecided as reason:
        said = {"verdict": "undecided", "note": str(reason)}
    return Result(law.name, name_of(subject), "prove", cases=tree.passed, seconds=time.monotonic() - started, **said)


def recheck(goal: str, timeout: float = 60.0) -> str:
    """Put a proof's goal to cvc5: "agreed" (there is no counterexample), "disagreed" (there is) or "undecided"."""
    import cvc5  # noqa: PLC0415 - an optional dependency

    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(int(timeout * 1000)))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, goal, "goal")
    said = ""
    try:
        while not (command := parser.nextCommand()).isNull():
            said += command.invoke(solver, parser.getSymbolManager())
    except RuntimeError:
        return "undecided"  # cvc5 cannot read it, or has no theory for it
    return {"unsat": "agreed", "sat": "disagreed"}.get(said.strip(), "undecided")


# The tree of paths

TRUE = z3.BoolVal(True)
Answer = tuple[Any, Any, Any]
"""To a question: what Python is told, the condition under which that is true, and a model of it if one is at hand."""


@dataclasses.dataclass(eq=False)
class Node:
    """A place where paths part: what is given on the way to it, its question, and a child for each answer."""

    number: int
    parent: "Node | None" = None
    answer: Any = None
    condition: Any = TRUE
    model: Any = None  # of all that leads here, if one is at hand
    given: list[Any] = dataclasses.field(default_factory=list)
    question: Any = None
    children: "list[Node] | None" = None
    good: bool = False  # of a leaf: the law passed here, or did not apply
    told: int = 0  # how much of condition and given the solver knows at the moment


class Tree:
    """All paths of a law, as far as they are known."""

    def __init__(self, deadline: float, forks: int) -> None:
        self.deadline, self.forks, self.passed = deadline, forks, 0
        self.nodes = [Node(0)]
        self.queue = deque(self.nodes)
        self.solver = z3.Solver()
        self.told: list[Node] = []  # the way that the solver knows, each node a level of its stack

    def walk(self, law: Law, subject: Any) -> dict[str, Any]:
        """Walk the next path to its end; return what a `Result` says of its failure, if it fails."""
        path = Path(self, self.queue.popleft())
        forall = Draws(path)
        raised: BaseException | None = None
        running = proving.set(path)
        try:
            law.statement(subject, forall)
            if path.node.children is not None:
                path.refuse("not deterministic: another run went on where this one ended")
        except (Exception, Discard, Undecided) as error:  # noqa: BLE001 - what a law does not expect refutes it
            raised = error
        finally:
            proving.reset(running)
        raised = path.stopped or raised
        if isinstance(raised, Undecided):
            raise raised
        path.node.good = raised is None or isinstance(raised, Discard)
        if isinstance(raised, Discard) or (model := path.meet()) is None:
            return {}  # no values come this way
        if raised is not None:
            model = path.smaller(model, forall.values)
        values = {name: plain(value, lambda term: _number(model, term)) for name, value in forall.values.items()}
        replayed = _replay(law, subject, values)
        if raised is not None and isinstance(replayed, Exception):
            return failure(law, values, replayed)
        if raised is not None or replayed is not None:
            raise Undecided(f"z3 and Python disagree on {values}: {raised!r} against {replayed!r}")
        self.passed += 1
        return {}

    def solver_at(self, way: list[Node]) -> Any:
        """The solver, told all that is true on the way; it keeps what it was told on the last one, as far as shared."""
        shared = 0
        while shared < min(len(self.told), len(way)) and self.told[shared] is way[shared]:
            shared += 1
        for node in self.told[shared:]:
            self.solver.pop()
            node.told = 0
        del self.told[shared:]
        for node in way[max(0, shared - 1) :]:  # the last one shared may have been given more since
            if node.told == 0:
                self.solver.push()
                self.told.append(node)
            news = [node.condition, *node.given][node.told :]
            self.solver.add(news)
            node.told += len(news)
        return self.solver

    def goal(self) -> str:
        """The whole tree as SMT-LIB 2, unsatisfiable exactly if the law holds.

        It denies, at the root, what is claimed of every node: granted what is given there, one of its answers is true,
        and behind a true answer that node's claim holds. An answer that Z3 has ruled out is not among them, so that
        whoever checks the goal has to rule it out again.
        """
        claims: dict[int, Any] = {}
        for node in reversed(self.nodes):  # children come after their parents
            claim = TRUE if node.good else z3.BoolVal(False)
            if node.children is not None:
                below = [_if(child.condition, claims.pop(child.number)) for child in node.children]
                claim = _all([_any([child.condition for child in node.children]), *below])
            claims[node.number] = _if(_all(node.given), claim)
        solver = z3.Solver()
        solver.add(z3.Not(claims[0]))
        return f"(set-logic ALL)\n{solver.to_smt2()}"


def _all(terms: Iterable[Any]) -> Any:
    terms = [term for term in terms if term is not TRUE]
    return z3.And(terms) if len(terms) > 1 else (*terms, TRUE)[0]


def _any(terms: list[Any]) -> Any:
    return z3.Or(terms) if len(terms) > 1 else (*terms, z3.BoolVal(False))[0]


def _if(premise: Any, claim: Any) -> Any:
    return claim if premise is TRUE or claim is TRUE else z3.Implies(premise, claim)


class Path:
    """One run of a law: answers `forall`, is handed to a domain's `symbol(name, path)`, and tells terms their truth."""

    def __init__(self, tree: Tree, leaf: Node) -> None:
        self.tree = tree
        self.plan: list[Node] = []  # the nodes to come, the next one last
        node: Node | None = leaf
        while node is not None:
            self.plan.append(node)
            node = node.parent
        self.node = self.plan.pop()
        self.way = [self.node]
        self.met = 0  # how much of what the node is given this run has met
        self.names: set[str] = set()
        self.known: dict[int, tuple[Any, bool]] = {}  # by a term's id; the term is kept, or its id would be reused
        self.model: Any = None  # of all that is true on this path, if one is at hand
        self.stopped: BaseException | None = None

    def stop(self, reason: BaseException) -> NoReturn:
        """End the path for good: a subject that swallows the exception gets no further."""
        self.stopped = self.stopped or reason
        raise self.stopped

    def refuse(self, why: str) -> NoReturn:
        """End the path and the proof."""
        self.stop(Undecided(why))

    def __call__(self, domain: Any, name: str) -> Any:
        """An arbitrary value of the domain, for the law or for another domain."""
        if isinstance(domain, range | list | tuple):
            if not domain:
                self.stop(Discard())
            return domain[self.fork((name, len(domain)), lambda: ((i, TRUE, self.model) for i in range(len(domain))))]
        # A name belongs to one place in the tree. Shared by two branches it could have two sorts, which SMT-LIB
        # forbids, and what one branch is given of it could narrow the other.
        name = numbered(f"{name}@{self.node.number}", self.names)
        self.names.add(name)
        if isinstance(domain, Function):
            return Arbitrary(domain, name, self)
        if domain is bool or isinstance(domain, Integers | Reals):
            return self.within(domain, z3.Const(name, _sort(domain)))
        if not hasattr(domain, "symbol"):
            self.refuse(f"{domain!r} is no domain for a proof")
        return domain.symbol(name, self)

    def within(self, domain: Any, term: Any) -> Any:
        """The term, with the fact that it is a number of the domain."""
        if isinstance(domain, range):
            self.fact(_any([term == value for value in domain]))
        elif domain is not bool:
            below = operator.lt if isinstance(domain, Reals) else operator.le
            for low, high in ((domain.low, term), (term, domain.high)):  # bounds may be terms as well
                if low is not None and high is not None:
                    self.fact(below(low, high))
        return term

    def fact(self, term: Any) -> None:
        """Something true of the constants just made. Not a fork: values that contradict it do not exist."""
        if self.stopped:
            raise self.stopped
        term = term if z3.is_expr(term) else z3.BoolVal(bool(term))
        if self.node.children is None:
            self.node.given.append(term)
        elif self.met == len(self.node.given) or not self.node.given[self.met].eq(term):
            self.refuse(f"not deterministic: {term} was not given in another run")
        self.met += 1
        if self.model is not None and not self._fits(term):
            self.model = None

    def assume(self, condition: Any) -> None:
        """Narrow the path. Not a fork either: nothing is claimed outside of the assumptions."""
        if z3.is_expr(condition):
            self.fact(condition if z3.is_bool(condition) else condition != 0)
        elif not condition:
            self.stop(Discard())

    def truth(self, term: Any) -> bool:
        """Whether the term is true here: where it may be either, another run is told the other."""

        def answers() -> Iterator[Answer]:
            plainly = z3.simplify(term)
            for answer, side, never in ((True, term, z3.is_false), (False, z3.Not(term), z3.is_true)):
                if not never(plainly) and (model := self.meet(side)) is not None:
                    yield answer, side, model

        if term.get_id() not in self.known:
            self.known[term.get_id()] = term, self.fork(term, answers)
        return self.known[term.get_id()][1]

    def index(self, term: Any) -> int:
        """The term as a plain integer: a fork for every value that it may have."""

        def answers() -> Iterator[Answer]:
            models: dict[int, Any] = {}
            others = TRUE
            while (model := self.meet(others)) is not None:
                models[value := _number(model, term)] = model
                others = _all([others, term != value])
                if len(models) > INDICES:
                    self.refuse(f"an index with more than {INDICES} values: {term}")
            for value in sorted(models, key=lambda value: (abs(value), value)):
                yield value, term == value, models[value]

        if z3.is_real(term):
            self.refuse("a fraction is no index")
        return int(self.fork(term, answers))

    def fork(self, question: Any, answers: Callable[[], Iterable[Answer]]) -> Any:
        """Take the planned answer to the question, or else the first of `answers()` and leave the others for later."""
        if self.stopped:
            raise self.stopped
        node = self.node
        if node.children is not None:
            if self.met < len(node.given) or not _same(question, node.question):
                self.refuse(f"not deterministic: {question} was not asked in another run")
            self.node = self.plan.pop()
        else:
            node.question, node.children = question, []
            for answer, condition, model in answers():
                if len(self.tree.nodes) > self.tree.forks:
                    self.refuse(f"more than {self.tree.forks} forks")
                node.children.append(Node(len(self.tree.nodes), node, answer, condition, model))
                self.tree.nodes.append(node.children[-1])
            if not node.children:
                self.stop(Discard())  # what is given contradicts itself
            self.node = node.children[0]
            self.tree.queue.extend(node.children[1:])
        self.way.append(self.node)
        self.met = 0
        self.model, self.node.model = self.node.model, None  # of no use to anybody else
        return self.node.answer

    def _fits(self, term: Any) -> bool:
        return bool(z3.is_true(self.model.eval(term, model_completion=True)))

    def meet(self, term: Any = TRUE) -> Any:
        """A model of the path on which the term is true as well; None if there is none."""
        if self.model is not None and self._fits(term):
            return self.model
        solver = self.tree.solver_at(self.way)
        solver.push()
        solver.add(term)
        asked, verdict = solver, self._ask(solver, 0.25)
        if verdict == z3.unknown:  # the incremental solver is the quick one; one that starts afresh may know more
            asked = _afresh(solver)
            verdict = self._ask(asked, 1.0)
        model = asked.model() if verdict == z3.sat else None
        solver.pop()
        if verdict == z3.unknown:
            self.refuse(f"the solver cannot tell in time: {asked.reason_unknown()}")
        return model

    def _ask(self, solver: Any, share: float) -> Any:
        left = self.tree.deadline - time.monotonic()
        solver.set("timeout", max(1, int(1000 * share * left)))
        return solver.check() if left > 0 else z3.unknown

    def smaller(self, model: Any, values: Any) -> Any:
        """A model of the path with smaller numbers, where one is found at once: for people to read."""
        terms: list[Any] = []
        plain(list(values.values()), terms.append)
        solver = _afresh(self.tree.solver_at(self.way))
        solver.set("timeout", 100)
        patience = time.monotonic() + 2
        for term in terms:
            for size in (0, 1, 2, 5, 10, 100) if time.monotonic() < patience else ():
                solver.push()
                if z3.is_bv(term):
                    solver.add(z3.ULE(term, min(size, 2 ** term.size() - 1)))
                else:
                    solver.add(z3.And(-size <= term, term <= size) if z3.is_arith(term) else z3.Not(term))
                if solver.check() == z3.sat:
                    model = solver.model()
                    break
                solver.pop()
        return model


def _afresh(solver: Any) -> Any:
    another = z3.Solver()
    another.add(solver.assertions())
    return another


def _same(question: Any, other: Any) -> bool:
    if z3.is_expr(question) and z3.is_expr(other):
        return bool(question.eq(other))
    return not z3.is_expr(question) and not z3.is_expr(other) and bool(question == other)


class Arbitrary:
    """A function of which nothing is known; it keeps the places where it was asked, all that a replay needs."""

    def __init__(self, function: Function, name: str, path: Path) -> None:
        self.function, self.path = function, path
        self.symbol = z3.Function(name, *map(_sort, function.domains), _sort(function.result))
        self.asked: list[tuple[tuple[Any, ...], Any]] = []

    def __call__(self, *places: Any) -> Any:
        term = self.path.within(self.function.result, self.symbol(*places))
        self.asked.append((places, term))
        return term

    def plain(self, evaluate: Callable[[Any], Any]) -> Table:
        """The same function as a table."""
        table = Table(_not_asked)
        table.known = {plain(places, evaluate): evaluate(term) for places, term in self.asked}
        return table


def _sort(domain: Any) -> Any:
    if domain is bool:
        return z3.BoolSort()
    if isinstance(domain, range | Integers):
        return z3.IntSort()
    if isinstance(domain, Reals):
        return z3.RealSort()
    raise Undecided(f"{domain!r} is no domain for a function")


# Replay


def plain(value: Any, evaluate: Callable[[Any], Any]) -> Any:
    """A value with `evaluate(term)` for each term in it: in containers, dataclasses and Pydantic models.

    Whatever else holds terms has a method `plain(evaluate)` of its own.
    """
    if z3.is_expr(value):
        return evaluate(value)
    if hasattr(type(value), "plain"):
        return value.plain(evaluate)
    if isinstance(value, list | tuple):
        parts = [plain(part, evaluate) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if isinstance(value, dict):
        return {key: plain(part, evaluate) for key, part in value.items()}
    names: Iterable[str] = getattr(type(value), "model_fields", ())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
    twin = copy(value) if names else value
    for name in names:
        object.__setattr__(twin, name, plain(getattr(value, name), evaluate))  # though it may be frozen
    return twin


def _number(model: Any, term: Any) -> Any:
    value = model.eval(term, model_completion=True)
    if isinstance(value, z3.IntNumRef | z3.BitVecNumRef):
        return value.as_long()
    if isinstance(value, z3.RatNumRef):
        return value.as_fraction()
    if z3.is_true(value) or z3.is_false(value):
        return z3.is_true(value)
    raise Undecided(f"no plain Python value for {term} = {value}")


def _replay(law: Law, subject: Any, values: dict[str, Any]) -> BaseException | None:
    """What the law raises on plain values."""
    try:
        law.statement(subject, Draws(lambda _, name: values[name] if name in values else _not_asked()))
    except (Exception, Discard, Undecided) as error:  # noqa: BLE001 - to be compared with what the path raised
        return error
    return None


def _not_asked() -> NoReturn:
    raise Undecided("plain Python asks for a value that the path did not ask for")


# The hooks


def _running() -> Path:
    path: Path | None = proving.get()
    if path is None:
        raise Undecided("a solver's term has got into plain Python")
    return path


def _refused(why: str) -> Callable[..., Any]:
    return lambda *_: _running().refuse(why)


def _divmod(a: Any, b: Any) -> tuple[Any, Any]:
    """As Python has it, for all signs; Z3 agrees on positive divisors only."""
    if not all(isinstance(each, int) or z3.is_int(each) or z3.is_bool(each) for each in (a, b)):
        _running().refuse("// and % are for whole numbers")
    if b > 0:  # asks the path, and so forks unless it is certain
        a = z3.IntVal(a) if isinstance(a, int) else a
        return DIVIDE(a, b), REMAINDER(a, b)
    if b == 0:
        raise ZeroDivisionError
    quotient, remainder = _divmod(-a, -b)
    return quotient, -remainder


def _quotient(a: Any, b: Any) -> Any:
    if not z3.is_real(a) and not z3.is_real(b):
        _running().refuse("a quotient of whole numbers is a float: use // or fractions")
    if b == 0:
        raise ZeroDivisionError
    return DIVIDE(a if z3.is_expr(a) else z3.RealVal(a), b)


def _power(base: Any, exponent: Any, modulus: Any = None) -> Any:
    if not isinstance(exponent, int) or not 0 <= exponent <= 64:
        _running().refuse(f"a power of {exponent}: small plain exponents only")
    power = reduce(operator.mul, [base] * exponent, 1)
    return power if modulus is None else power % modulus


def _numeral(make: Callable[..., Any], fits: Callable[..., bool]) -> Callable[..., Any]:
    def hook(value: Any, *about: Any) -> Any:
        if not fits(value, *about):
            _running().refuse(f"{value!r} does not go with a solver's term")
        return make(value, *about)

    return hook


def _complain(error: Any, value: Any) -> None:
    error.value = value
    if (path := proving.get()) is not None:
        path.refuse(f"Z3: {value}")


def _of_number(operation: str) -> Callable[..., Any]:
    return lambda truth, *others: getattr(z3.ArithRef, operation)(z3.If(truth, 1, 0), *others)


def _compared(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda truth, other: compare(z3.If(truth, 1, 0) if type(other) is int else truth, other)


DIVIDE, REMAINDER = z3.ArithRef.__div__, z3.ArithRef.__mod__
DIVISIONS: dict[str, Callable[[Any, Any], Any]] = {
    "floordiv": lambda a, b: _divmod(a, b)[0],
    "mod": lambda a, b: _divmod(a, b)[1],
    "divmod": _divmod,
    "truediv": _quotient,
}
BINARY = ["add", "sub", "mul", *DIVISIONS, "pow", "and", "or", "xor", "lshift", "rshift", "matmul"]
UNARY = ["neg", "pos", "abs", "invert", "round", "trunc", "floor", "ceil", "float", "complex", "lt", "le", "gt", "ge"]
OPERATIONS = [*BINARY, *(f"r{name}" for name in BINARY), *UNARY]
ALIKE = {  # What Z3 and Python mean alike. Z3's words wrap around, are ordered as if signed, and shift in their sign.
    z3.ArithRef: ["add", "radd", "sub", "rsub", "mul", "rmul", "neg", "pos", "abs", "lt", "le", "gt", "ge"],
    z3.BitVecRef: ["and", "rand", "or", "ror", "xor", "rxor", "pos"],
}
HOOKS: dict[tuple[Any, str], Any] = {
    **{
        (kind, f"__{name}__"): _refused(f"{name} of a {kind.__name__} is not what Python means by it")
        for kind, alike in ALIKE.items()
        for name in OPERATIONS
        if name not in alike
    },
    **{(z3.ArithRef, f"__{name}__"): divide for name, divide in DIVISIONS.items()},
    **{(z3.ArithRef, f"__r{name}__"): lambda b, a, divide=divide: divide(a, b) for name, divide in DIVISIONS.items()},
    (z3.ArithRef, "__pow__"): _power,
    **{(z3.BoolRef, f"__{name}__"): _of_number(f"__{name}__") for name in OPERATIONS},
    **{(z3.BoolRef, f"__{r}and__"): z3.And for r in ("", "r")},
    **{(z3.BoolRef, f"__{r}or__"): z3.Or for r in ("", "r")},
    **{(z3.BoolRef, f"__{r}xor__"): z3.Xor for r in ("", "r")},
    (z3.BoolRef, "__eq__"): _compared(z3.ExprRef.__eq__),
    (z3.BoolRef, "__ne__"): _compared(z3.ExprRef.__ne__),
    (z3.BoolRef, "__bool__"): lambda term: _running().truth(term),
    (z3.BoolRef, "__index__"): lambda term: int(_running().truth(term)),
    **{(kind, "__bool__"): lambda term: _running().truth(term != 0) for kind in ALIKE},
    **{(kind, "__index__"): lambda term: _running().index(term) for kind in ALIKE},
    (z3.ExprRef, "__hash__"): _refused("a symbolic value has no hash: compare it"),
    # What Z3 cannot do is not the subject's doing, nor its to catch. And Z3 would cut floats and words to size.
    (z3.Z3Exception, "__init__"): _complain,
    (z3.z3, "IntVal"): _numeral(z3.IntVal, lambda value, *_: isinstance(value, int)),
    (z3.z3, "RealVal"): _numeral(z3.RealVal, lambda value, *_: isinstance(value, int | Fraction)),
    (z3.z3, "BitVecVal"): _numeral(
        z3.BitVecVal, lambda value, sort, *_: isinstance(value, int) and 0 <= value < 2 ** sort.size()
    ),
}


@contextmanager
def hooked() -> Iterator[None]:
    """For as long as it lasts, Z3's classes have the hooks in them."""
    before = {(owner, name): vars(owner).get(name) for owner, name in HOOKS}
    try:
        for (owner, name), hook in HOOKS.items():
            setattr(owner, name, hook)
        yield
    finally:
        for (owner, name), original in before.items():
            if original is None:
                delattr(owner, name)  # it was inherited, or not there at all
            else:
                setattr(owner, name, original)
