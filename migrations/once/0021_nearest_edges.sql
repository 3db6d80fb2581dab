-- The most similar pairs of a graph are found without reading all of its edges.

create index edge_nearest on core.edge (graph_id, distance);
