"""The house style, as far as a program can see it."""

import ast
import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted([*ROOT.glob("coinstore/**/*.py"), *ROOT.glob("cli/*.py"), *ROOT.glob("migrations/**/*.py")])
DRAWINGS = {
    "beasts.py",
    "emblems.py",
    "heads.py",
}  # their functions are lists of coordinates: data, not logic
SQL = sorted(ROOT.glob("migrations/always/*.sql"))


@pytest.mark.parametrize("path", CODE, ids=str)
def test_files_and_functions_are_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 300
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and path.name not in DRAWINGS:
            assert node.end_lineno - node.lineno < 40, node.name


@pytest.mark.parametrize("path", SQL, ids=str)
def test_sql_is_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 300
    for name, _, body in re.findall(
        r"create (?:or replace )?function (\S+?)\(.*?(\$\w*\$)(.*?)\2", text, re.DOTALL
    ):
        assert body.count("\n") <= 50, name


@pytest.mark.parametrize("path", CODE, ids=str)
def test_public_things_make_a_promise(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree) or not tree.body, "the module says nothing of itself"
    for node in tree.body:
        if (
            isinstance(node, ast.FunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and not path.name.startswith("step_")
        ):
            is_short = isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno <= 3
            is_small = isinstance(node, ast.ClassDef) and path.parent.name == "cli"
            assert ast.get_docstring(node) or is_short or is_small, node.name


def test_nearness_is_said_in_sql_alone() -> None:
    for path in CODE:
        assert not re.search(r"<=>|<#>|<->", path.read_text("utf-8")), path


def test_python_composes_no_select_of_its_own() -> None:
    """The demo alone shows SQL: as text for people, not as a query."""
    for path in CODE:
        if "/db/" not in str(path) and path.name != "demo.py":
            assert not re.search(r"(?i)\bselect\b[^\n]*\bfrom (core|api|job)\b", _code(path)), path


def _code(path: Path) -> str:
    """A file without its docstrings, where SQL may stand as an example."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node):
            node.body[0] = ast.Pass()
    return ast.unparse(tree)


def test_only_db_knows_the_database() -> None:
    for path in CODE:
        if "/db/" not in str(path) and "migrations" not in str(path):
            imports = re.findall(
                r"^\s*(?:from|import) (psycopg|alembic)", path.read_text("utf-8"), re.MULTILINE
            )
            assert imports == [], path


def test_released_steps_are_frozen() -> None:
    frozen = dict(
        line.split()[::-1] for line in (ROOT / "migrations/once/frozen.txt").read_text().splitlines()
    )
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (ROOT / "migrations/once").glob("*.sql")
    }
    assert files == frozen


def test_imports_run_one_way() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "tool", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]], ids=" ".join
)
def test_linters(tool: list[str]) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name(tool[0]), *tool[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_path_of_a_machine_and_no_secret() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.split("\n")
    for name in filter(None, tracked):
        text = (ROOT / name).read_text("utf-8", "replace")
        assert not re.search(r"/wo" + r"rk/|/ro" + r"ot/", text), name
