-- A coin is found by its inventory number, and a type by what a record says, in any number of them.

create index on core.coin (inventory_number);
create index type_said on core.type (coalesce(catalogue, ''), coalesce(number, ''), coalesce(label, ''));
