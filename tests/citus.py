"""Stores on a Citus coordinator: a database there and on each worker, made for a test or a benchmark and dropped.

COINSTORE_TEST_CITUS is the address of a database on a coordinator that has workers, for a superuser.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import make_conninfo
from stores import named

COORDINATOR = os.environ.get("COINSTORE_TEST_CITUS", "")


def everywhere(url: str, workers: list[tuple[str, int]], statement: str) -> None:
    """Runs a statement about the database of `url` ({}) on the coordinator and on all workers."""
    name, server = url.partition("?")[0].rpartition("/")[2], named(url, "postgres")
    for address in (server, *(moved(server, worker) for worker in workers)):
        with psycopg.connect(address, autocommit=True) as c:
            c.execute(statement.format(name))


def moved(url: str, worker: tuple[str, int]) -> str:
    """The address of the same database on a worker."""
    return make_conninfo(url, host=worker[0], port=worker[1])


@contextmanager
def database(name: str) -> Iterator[str]:
    """The address of an empty database on the coordinator, whose workers have one of the same name."""
    with psycopg.connect(COORDINATOR) as c:
        workers = c.execute("select node_name, node_port from citus_get_active_worker_nodes()").fetchall()
        here = c.execute("select nodename, nodeport from pg_dist_node where groupid = 0").fetchone()
    url = named(COORDINATOR, name)
    everywhere(url, workers, "create database {}")
    try:
        for address in (url, *(moved(url, worker) for worker in workers)):
            with psycopg.connect(address, autocommit=True) as c:
                c.execute("create extension citus")
        with psycopg.connect(url, autocommit=True) as c:
            if here:
                c.execute("select citus_set_coordinator_host(%s, %s)", here)
            for worker in workers:
                c.execute("select citus_add_node(%s, %s)", worker)
        yield url
    finally:
        everywhere(url, workers, "drop database {} with (force)")
