-- A vector knows its coin and its face, which never change: so a search that filters coins does not read
-- core.side. Each table is written again, and its index is built again, which takes long for a large space.

insert into core.setting values
    ('index_memory_mb', 1024, 'An HNSW index is built with at most this memory, or with the '
                              'maintenance_work_mem of the server if that is more');

alter table core.space
    add index_kind text not null default 'vectors' check (index_kind in ('vectors', 'bits'));

do $$
declare
    space record;
begin
    perform set_config('maintenance_work_mem', '1GB', true);
    for space in
        select s.name, s.precision, case s.precision when 'half' then 'halfvec' else 'vector' end as kind,
               case s.precision when 'half' then 'l2_norm' else 'vector_norm' end as norm, s.dims,
               to_regclass(format('core.embedding_%s_hnsw', s.name)) is not null as is_indexed
        from core.space s
    loop
        execute format($q$
            create table core.rewritten (
                side_id int not null,
                coin_id int not null,
                face text not null,
                embedding %2$s(%3$s) not null
                    constraint embedding_%1$s_embedding_check check (%4$s(embedding) between 1e-15 and 1e18))
        $q$, space.name, space.kind, space.dims, space.norm);
        if space.dims * (case space.precision when 'half' then 2 else 4 end) < 8000 then
            alter table core.rewritten alter embedding set storage plain;
        end if;
        execute format($q$
            insert into core.rewritten
            select e.side_id, s.coin_id, s.face, e.embedding
            from core.embedding_%1$s e join core.side s using (side_id) order by 1;
            drop table core.embedding_%1$s;
            alter table core.rewritten rename to embedding_%1$s;
            alter table core.embedding_%1$s
                add constraint embedding_%1$s_pkey primary key (side_id),
                add constraint embedding_%1$s_side_id_fkey
                    foreign key (side_id) references core.side on delete cascade;
            create index coin_of_%1$s on core.embedding_%1$s (coin_id);
        $q$, space.name);
        if space.is_indexed then
            execute format('create index embedding_%1$s_hnsw on core.embedding_%1$s '
                           'using hnsw (embedding %2$s_cosine_ops) with (m = 16, ef_construction = 128)',
                           space.name, space.kind);
        end if;
        execute format('analyze core.embedding_%s', space.name);
    end loop;
end $$;
