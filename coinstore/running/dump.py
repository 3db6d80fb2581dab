"""pg_dump and pg_restore: which of them fit the server, how to run them, what their errors mean."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from ..errors import SourceError, StoreError, Unsuitable
from ..server import embedded, variables

# With the default memory, rebuilding an index over vectors takes four times as long. Until the library of the
# extension is loaded, only a superuser may create functions with settings of it. Citus would repeat views on
# its workers; without Citus its setting means nothing.
BEFORE_SCRIPT = b"""
set maintenance_work_mem = '512MB';
set citus.enable_ddl_propagation = off;
select format('select ''[1]''::%s.vector', extnamespace::regnamespace) from pg_extension
where extname = 'vector' \\gexec
"""
# What belongs to the database or its owner, not to the store; default rights are set again after a restore.
LEFT_OUT = re.compile(
    r"^\d+; \d+ \d+ (DEFAULT ACL |EXTENSION - citus|COMMENT - EXTENSION |SCHEMA - public "
    r"|(COMMENT|ACL) - SCHEMA public )"
)
NOT_AN_ARCHIVE = re.compile(
    "valid archive|valid tar archive|too short|text format dump|unsupported version|did not find magic"
    "|unexpected end of file"
)
# Without these only the owner can use a store, and it is refused as unfinished, until everything is in place.
KEPT_BACK = re.compile(r"^\d+; \d+ \d+ (TABLE DATA core meaning |ACL - SCHEMA (api|part|core|job) )")
RIGHTS = re.compile(r"^\d+; \d+ \d+ ACL - SCHEMA (api|part|core|job) ")
NOT_BEFORE_17 = b"SET transaction_timeout = 0;\n"
HNSW = re.compile(r"^\d+; \d+ \d+ INDEX core \S+_hnsw ")


def dump(url: str, server_major: int, file: Path, snapshot: str) -> Generator[str, None, None]:
    """Writes the database as a snapshot sees it, in pg_dump's custom format; yields each table."""
    target, environment = without_password(url)
    arguments = [
        "--format=custom",
        "--verbose",
        "--no-unlogged-table-data",
        "--exclude-table=core.comparing_*",
    ]
    arguments += [f"--snapshot={snapshot}", f"--file={file}", f"--dbname={target}"]
    for line in _run(program("pg_dump", server_major), arguments, environment):
        if found := re.search(r'dumping contents of table "(.+)"', line):
            yield found[1]


def verify(url: str, server_major: int, file: Path) -> Generator[str, None, None]:
    """Reads an archive into a scratch database, without indexes over vectors; yields each table."""
    return _read(url, server_major, file, lambda entry: not LEFT_OUT.match(entry) and not HNSW.match(entry))


def restore(url: str, server_major: int, file: Path, vector_schema: str) -> Generator[str, None, None]:
    """Reads an archive into a database with the extension vector, all or nothing; yields each table.

    Only the owner can use the result, until `restore_rights` opens it.
    """
    there = re.compile(rf"^\d+; \d+ \d+ (ACL - )?SCHEMA (- )?{re.escape(vector_schema)} ")
    return _read(
        url,
        server_major,
        file,
        lambda entry: not any(kind.match(entry) for kind in (LEFT_OUT, KEPT_BACK, there)),
    )


def restore_rights(url: str, server_major: int, file: Path) -> None:
    """Restores who may use the schemas."""
    for _ in _read(url, server_major, file, lambda entry: RIGHTS.match(entry) is not None):
        pass


def _read(
    url: str, server_major: int, file: Path, wanted: Callable[[str], bool]
) -> Generator[str, None, None]:
    """Runs what pg_restore writes through psql: so the library of vectors is loaded before functions need it.

    pg_restore writes the commit last, and only if it could read all of the archive.
    """
    target, environment = without_password(url)
    tool = program("pg_restore", server_major, latest=True)
    with (
        tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as chosen,
        tempfile.TemporaryFile() as said,
    ):
        chosen.write("\n".join(filter(wanted, _listed(tool, file))) + "\n")
        chosen.flush()
        writing = ["--no-owner", "--single-transaction", f"--use-list={chosen.name}", "--file=-", str(file)]
        running = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-", f"--dbname={target}"]
        with (
            subprocess.Popen([tool, *writing], stdout=PIPE, stderr=said, env=_environment({})) as script,
            subprocess.Popen(
                [tool.with_stem("psql"), *running],
                stdin=PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=_environment(environment),
            ) as server,
        ):
            yield from _passed_on(script, server, server_major)
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").splitlines()
        for process, name in ((server, "psql"), (script, "pg_restore")):
            if process.returncode:
                raise _meaning(tool.with_stem(name), lines, process.returncode)


def _passed_on(
    script: subprocess.Popen[bytes], server: subprocess.Popen[bytes], server_major: int
) -> Generator[str, None, None]:
    """Hands the script to psql, line by line; yields each table."""
    assert script.stdout is not None and server.stdin is not None
    try:
        server.stdin.write(BEFORE_SCRIPT)
        for line in script.stdout:
            if server_major < 17 and line == NOT_BEFORE_17:
                continue
            server.stdin.write(line)
            if line.startswith(b"COPY ") and (found := re.match(rb"COPY \w+\.(\S+) ", line)):
                yield found[1].decode()
        server.stdin.close()
        script.wait()
    except BrokenPipeError:
        pass  # psql has stopped, and said why
    finally:
        if script.poll() is None:  # nobody reads any more
            script.kill()
            server.kill()
        with suppress(BrokenPipeError):
            server.stdin.close()


def tables_in(server_major: int, file: Path) -> int:
    """The number of tables in an archive, all of which is read. Raises SourceError if it is damaged."""
    tool = program("pg_restore", server_major, latest=True)
    entries = _listed(tool, file)
    for _ in _run(tool, [f"--file={os.devnull}", str(file)], {}):
        pass
    return sum(" TABLE DATA " in line for line in entries)


def rows_in(server_major: int, file: Path, table: str) -> list[str]:
    """The rows of a table in an archive, as COPY writes them; none if it has no such table."""
    tool = program("pg_restore", server_major, latest=True)
    done = subprocess.run(
        [tool, "--data-only", "--schema=core", f"--table={table}", "--file=-", str(file)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=_environment({}),
        check=False,
    )
    if done.returncode:
        raise _meaning(tool, done.stderr.splitlines(), done.returncode)
    found = re.search(r"^COPY core\.\S+ .*? FROM stdin;\n(.*?)^\\\.$", done.stdout, re.DOTALL | re.MULTILINE)
    # COPY doubles each backslash in text.
    return found[1].replace("\\\\", "\\").splitlines() if found else []


def extension_schema(server_major: int, file: Path) -> str | None:
    """The schema of the extension vector in an archive, quoted if necessary."""
    tool = program("pg_restore", server_major, latest=True)
    entries = [line for line in _listed(tool, file) if re.match(r"\d+; \d+ \d+ EXTENSION - vector ", line)]
    with tempfile.NamedTemporaryFile("w", suffix=".list", encoding="utf-8") as chosen:
        chosen.write("\n".join(entries) + "\n")
        chosen.flush()
        done = subprocess.run(
            [tool, f"--use-list={chosen.name}", "--file=-", str(file)], capture_output=True, check=True
        )
    found = re.search(rb"^CREATE EXTENSION .* WITH SCHEMA (.+);$", done.stdout, re.MULTILINE)
    return found[1].decode() if found else None


def program(name: str, server_major: int, *, latest: bool = False) -> Path:
    """The program of the server's own version, or else of the next later one; `latest`: the latest of all.

    Raises Unsuitable if all installed programs are older than the server.
    """
    folders = [*map(str, embedded.all_programs()), os.environ.get("PATH", os.defpath)]
    found = {_major(path): path for folder in folders[::-1] if (path := shutil.which(name, path=folder))}
    fitting = [major for major in sorted(found) if major >= server_major]
    if not fitting:
        raise Unsuitable(
            f"the server is PostgreSQL {server_major}, and the latest {name} here is of version {max(found)};"
            f" put the programs of PostgreSQL {server_major} in the PATH."
        )
    return Path(found[fitting[-1 if latest else 0]])


def _major(path: str) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)(?:\.\d+)*", said)
    return int(found[1]) if found else 0


def without_password(url: str) -> tuple[str, dict[str, str]]:
    """The address without its password, which every user of the machine could read, and its environment."""
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    secret = {"PGPASSWORD": str(password)} if password else {}
    return make_conninfo(**parts), variables.environment(url) | secret  # type: ignore[arg-type]


def _environment(given: dict[str, str]) -> dict[str, str]:
    return (given or dict(os.environ)) | {"LC_ALL": "C"}


def _listed(tool: Path, file: Path) -> list[str]:
    done = subprocess.run(
        [tool, "--list", str(file)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=_environment({}),
        check=False,
    )
    if done.returncode:
        raise _meaning(tool, done.stderr.splitlines(), done.returncode)
    return [line for line in done.stdout.splitlines() if line and not line.startswith(";")]


def _run(tool: Path, arguments: Sequence[str], environment: dict[str, str]) -> Generator[str, None, None]:
    """What a program says, line by line; ends the program if the caller stops reading."""
    process = subprocess.Popen(
        [tool, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=_environment(environment),
    )
    said: list[str] = []
    assert process.stderr is not None
    try:
        for line in process.stderr:
            said = [*said[-50:], line.rstrip()]
            yield line
        if process.wait():
            raise _meaning(tool, said, process.returncode)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        process.stderr.close()


def _meaning(tool: Path, said: Sequence[str], code: int) -> StoreError | SourceError:
    """The error for the messages of a program."""
    name, text = tool.stem, "\n".join(said)
    if NOT_AN_ARCHIVE.search(text):
        reason = (
            "it was made by a later PostgreSQL"
            if "unsupported version" in text
            else "it is not a dump of pg_dump -Fc"
        )
        return SourceError(f"the file cannot be restored: {reason}; give a file that coinstore backup made.")
    if re.search(
        r"could not read from input file|could not uncompress|could not seek|found unexpected block", text
    ):
        return SourceError("the file is cut short or damaged; give another backup.")
    if "No space left on device" in text:
        where = (
            "the server has"
            if "could not extend" in text or "could not write to file" in text
            else "there is"
        )
        return StoreError(
            f"{where} no space left for it; nothing was changed. Free some space and try again."
        )
    errors = [
        re.sub(r"^\S+: (error: |ERROR: +)?", "", line) for line in said if re.search("error:|ERROR:", line)
    ]
    if "permission denied to create extension" in text:
        return Unsuitable(
            "the database user may not create the extension vector in the scratch database; ask an"
            " administrator to run in database template1: create extension vector; or give --no-verify."
        )
    if "permission denied" in text:
        return Unsuitable(f"the database user lacks a right: {errors[0] if errors else 'permission denied'}.")
    why = errors[0] if errors else f"it ended with {code}" if code > 0 else "it was killed"
    return StoreError(f"{name} stopped: {why}; nothing was changed.")
