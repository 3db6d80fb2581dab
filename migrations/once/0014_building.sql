-- Building graphs: fixed work tables for all runs, in place of two tables for each graph.

do $$
declare
    relation regclass;
begin
    -- What runs that were killed left behind.
    for relation in select c.oid from pg_class c
                    where c.relnamespace = 'core'::regnamespace and c.relpersistence = 'u' and c.relkind = 'r'
                      and c.relname ~ '^(comparing|found)_' loop
        execute format('drop table %s', relation);
    end loop;
end $$;

-- Unlogged: a crash of the server ends the runs, too.
create unlogged table core.building_coin (
    graph      text not null,
    coin_id    int not null,
    collection int not null,                  -- a number for each collection in the graph
    digest     uuid not null,                 -- as in core.graph_node
    is_fresh   boolean not null,              -- new in the graph, or with other vectors than before
    is_due     boolean not null default true, -- its neighbours are still to be found
    primary key (graph, coin_id)
);
create unlogged table core.building_edge (
    graph        text not null,
    coin_id      int not null,
    neighbour_id int not null,
    rank         int not null,
    distance     float8 not null,
    compared     text not null,
    primary key (graph, coin_id, neighbour_id)
);
