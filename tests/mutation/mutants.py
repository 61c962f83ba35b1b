"""The mutants of a chapter's reference: every change that cosmic-ray's operators can make, and that can mean anything.

Not made, by rule:

- what Python cannot compile, and what is the same program as another mutant or as the reference, where type
  annotations, docstrings, `__all__`, the texts of refusals (they are for people) and `zip(strict=…)` (it guards the
  reference against itself) do not count;
- `is` and `is not` in the place of another comparison: whether equal values are one object is the interpreter's affair;
- variables replaced or inserted: cosmic-ray draws what they are replaced by, so that no two runs had the same mutants.
"""

import ast
import hashlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.provider import OperatorProvider

from .judge import function_at, module

DRAWN = ("VariableReplacer", "VariableInserter")
TO_IDENTITY = ("_Is", "_IsNot")
FROM_IDENTITY = ("ReplaceComparisonOperator_Is_", "ReplaceComparisonOperator_IsNot_")


@dataclass(frozen=True)
class Mutant:
    """One change of a chapter's reference: by which operator, in which function ("": in none), and the whole source.

    `number` tells the mutant from all others as long as the module stays as it is; `was` and `becomes` are the line.
    """

    number: str
    chapter: str
    operator: str
    function: str
    line: int
    was: str
    becomes: str
    source: str


class Meaning(ast.NodeTransformer):
    """Takes out of a program what does not count."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self._without_docstring(node)

    def visit_Module(self, node: ast.Module) -> ast.AST:
        return self._without_docstring(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        return None if ast.unparse(node.targets[0]) == "__all__" else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match ast.unparse(node.func):
            case "Reject":
                del node.args[1:]
            case "zip":
                node.keywords = [each for each in node.keywords if each.arg != "strict"]
        return self.generic_visit(node)

    def _without_docstring(self, node: ast.Module | ast.FunctionDef) -> ast.AST:
        said = [each for each in node.body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))]
        node.body = said or [ast.Pass()]
        return self.generic_visit(node)


def meaning(source: str) -> str:
    """A digest of all that counts in a program. Raises SyntaxError."""
    tree = Meaning().visit(ast.parse(source))
    compile(source, "mutant", "exec")  # also finds what only the compiler refuses
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]


def mutants(chapter: str) -> Iterator[Mutant]:
    """All mutants of a chapter, statement by statement, each in the order of cosmic-ray's operators."""
    source = inspect.getsource(module(chapter))
    lines, whole = source.splitlines(keepends=True), meaning(source)
    for statement in ast.parse(source).body:
        before, after = lines[: statement.lineno - 1], lines[statement.end_lineno :]
        piece = "".join(lines[len(before) : statement.end_lineno])
        known = {meaning(piece)}
        for operator, changed in changes(piece):
            try:
                number = meaning(changed)
            except SyntaxError:
                continue
            if number not in known:
                known.add(number)
                line, was, becomes = difference(piece, changed)
                line += len(before)
                number = hashlib.sha256(f"{chapter} {whole} {len(before)} {number}".encode()).hexdigest()[:16]
                mutated = "".join([*before, changed, *after])
                yield Mutant(number, chapter, operator, function_at(chapter, line), line, was, becomes, mutated)


def changes(source: str) -> Iterator[tuple[str, str]]:
    """All that the operators can make of a source: the operator's name, and the source as it is then."""
    nodes, operators = list(ast_nodes(get_ast(source))), OperatorProvider()
    for name in operators:
        if name in DRAWN or (name.endswith(TO_IDENTITY) and not name.startswith(FROM_IDENTITY)):
            continue
        operator = operators[name]()
        for occurrence in range(sum(len(list(operator.mutation_positions(node))) for node in nodes)):
            yield name, mutate_code(source, operator, occurrence)


def difference(source: str, changed: str) -> tuple[int, str, str]:
    """The number of the first line that is another, and what it was and becomes."""
    lines = zip(source.splitlines(), changed.splitlines(), strict=False)
    return next((number, a.strip(), b.strip()) for number, (a, b) in enumerate(lines, 1) if a != b)
