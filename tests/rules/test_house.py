"""The house style, as far as a program can check it."""

import ast
import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted(path for folder in ("coinstore", "cli", "migrations") for path in (ROOT / folder).rglob("*.py"))
DRAWINGS = {
    "beasts.py",
    "emblems.py",
    "heads.py",
}  # their functions are lists of coordinates: data, not logic
# They reach a server, or read an address, where there is no store to connect to yet.
BEFORE_THERE_IS_A_STORE = {
    "coinstore/server/embedded.py",
    "coinstore/server/serve.py",
    "coinstore/server/variables.py",
    "coinstore/running/address.py",
    "coinstore/running/dump.py",
    "coinstore/running/scratch.py",
}
SQL = sorted([*(ROOT / "migrations/always").rglob("*.sql"), *(ROOT / "coinstore").rglob("*.sql")])
assert len(CODE) > 200 and len(SQL) > 30, "the folders have moved: these rules would look at nothing"


def test_all_that_is_here_is_installed() -> None:
    """An editable install has every file, and so hides one that a real install lacks."""
    said = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    inside = {"coinstore": "coinstore", **said["package-dir"]}  # the folder of each first part of a name
    packages = {Path(inside[first], *rest) for first, *rest in (name.split(".") for name in said["packages"])}
    assert packages == {path.parent.relative_to(ROOT) for path in CODE}
    data = {
        path.relative_to(ROOT)
        for name, patterns in said["package-data"].items()
        for pattern in patterns
        for path in (ROOT / inside[name]).glob(pattern)
    }
    listed = subprocess.run(
        ["git", "ls-files", *inside.values()], cwd=ROOT, capture_output=True, text=True, check=True
    )
    others = {Path(line) for line in listed.stdout.splitlines() if not line.endswith(".py")}
    assert others - data == set()


def test_files_and_functions_are_small() -> None:
    offenders = []
    for path in CODE:
        source = path.read_text("utf-8")
        if (lines := len(source.splitlines())) > 300:
            offenders.append(f"{path}: {lines} lines")
        if path.name not in DRAWINGS:
            offenders += [
                f"{path}:{node.lineno} {node.name}"
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 40
            ]
    assert offenders == []


def test_sql_is_small() -> None:
    offenders = []
    for path in SQL:
        source = path.read_text("utf-8")
        if (lines := source.count("\n")) > 300:
            offenders.append(f"{path}: {lines} lines")
        functions = re.findall(
            r"create (?:or replace )?function (\S+?)\(.*?(\$\w*\$)(.*?)\2", source, re.DOTALL
        )
        offenders += [f"{path}: {name}" for name, _, body in functions if body.count("\n") > 50]
    assert offenders == []


def test_lines_of_sql_and_javascript_are_short() -> None:
    """Those of Python are measured by ruff."""
    scripts = sorted((ROOT / "coinstore/pages/assets").glob("*.js"))
    assert len(scripts) > 3
    offenders = [
        f"{path}:{number} has {len(line)} characters"
        for path in [*SQL, *scripts]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if len(line) > 110
    ]
    offenders += [str(path) for path in scripts if path.read_text("utf-8").count("\n") > 300]
    assert offenders == []


def test_public_things_make_a_promise() -> None:
    offenders = []
    for path in CODE:
        tree = ast.parse(path.read_text("utf-8"))
        if tree.body and not ast.get_docstring(tree):
            offenders.append(f"{path}: the module")
        if not path.name.startswith("step_"):
            offenders += [
                f"{path}:{node.lineno} {node.name}"
                for node in tree.body
                if _needs_docstring(node, path) and not ast.get_docstring(node)
            ]
    assert offenders == []


def _needs_docstring(node: ast.stmt, path: Path) -> bool:
    """Whether a definition is public and long enough; classes of the command line need none."""
    if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
        return False
    is_short = isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno <= 3
    is_small = isinstance(node, ast.ClassDef) and path.parent.name == "cli"
    return not is_short and not is_small


def test_nearness_is_said_in_sql_only() -> None:
    assert [path for path in CODE if re.search(r"<=>|<#>|<->", path.read_text("utf-8"))] == []


def test_python_composes_no_select_of_its_own() -> None:
    """Only the demo shows SQL: as text for people, not as a query."""
    query = re.compile(r"(?i)\bselect\b[^\n]*\bfrom (core|api|job)\b")
    elsewhere = [path for path in CODE if "/db/" not in str(path) and path.name != "demo.py"]
    assert [path for path in elsewhere if query.search(_code(path))] == []


def _code(path: Path) -> str:
    """A file without its docstrings, in which SQL may be an example."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node):
            node.body[0] = ast.Pass()
    return ast.unparse(tree)


def test_only_db_knows_the_database() -> None:
    found = re.compile(r"^\s*(?:from|import) (psycopg|alembic)", re.MULTILINE)
    elsewhere = [path for path in CODE if "/db/" not in str(path) and "migrations" not in str(path)]
    elsewhere = [path for path in elsewhere if str(path.relative_to(ROOT)) not in BEFORE_THERE_IS_A_STORE]
    assert [path for path in elsewhere if found.search(path.read_text("utf-8"))] == []


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
    path = re.compile(r"/wo" + r"rk/|/ro" + r"ot/")
    names = [name for name in tracked if name and (ROOT / name).is_file()]
    assert len(names) > 300
    assert [name for name in names if path.search((ROOT / name).read_text("utf-8", "replace"))] == []


def test_modules_of_tests_have_names_of_their_own() -> None:
    """Two of one name cannot run together: pytest imports them by their names. Benchmarks run by themselves."""
    paths: dict[str, Path] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path.name != "conftest.py" and path.parent.name != "benchmarks":
            assert paths.setdefault(path.name, path) == path
