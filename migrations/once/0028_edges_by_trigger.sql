-- Edges are written with their nodes, in one transaction, so checking two keys for each edge proved nothing and
-- took half of the time. A trigger deletes what hangs on a node (job.drop_edges).

alter table core.edge drop constraint if exists edge_graph_id_coin_id_fkey;
alter table core.edge drop constraint if exists edge_graph_id_neighbour_id_fkey;
