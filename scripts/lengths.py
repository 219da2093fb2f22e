"""Fails when a file or a function grows past what one reader takes in at once.

python scripts/lengths.py
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES = {"src": 400, "scripts": 400, "examples": 400, "benches": 400, "tests": 500}
FUNCTION_LINES = 40
GENERATED = {"_sync.py"}


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function without its docstring."""
    first = node.body[0]
    start = node.lineno
    if ast.get_docstring(node) is not None:
        start = first.end_lineno or start
    return (node.end_lineno or start) - start


def findings(path: Path, limit: int) -> list[str]:
    """Return a sentence for everything in the file that is too long."""
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT)
    found = []
    if text.count("\n") > limit:
        found.append(f"{name}: {text.count(chr(10))} lines, the ceiling is {limit}")
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    found.extend(
        f"{name}:{node.lineno}: {node.name} has {body_lines(node)} lines, the ceiling is {FUNCTION_LINES}"
        for node in functions
        if body_lines(node) > FUNCTION_LINES
    )
    return found


def main() -> int:
    """Look at every Python file that a person writes."""
    found = []
    for folder, limit in FILE_LINES.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            hidden = any(part.startswith(".") for part in path.relative_to(ROOT).parts)
            if not hidden and "_generated" not in path.parts and path.name not in GENERATED:
                found += findings(path, limit)
    print("\n".join(found) or "lengths: every file and function is short enough")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
