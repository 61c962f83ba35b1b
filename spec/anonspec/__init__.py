"""anonspec: the protocols for speaking without being named, as text, shapes and vectors."""

from anonspec.shape import Hex, Op, Reject, Role, Shape, Word

__all__ = ["Hex", "Op", "Reject", "Role", "Shape", "Word"]
