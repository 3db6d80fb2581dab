-- What is known of coins, for files that other programs read: a batch at a time.

create function part.coins_to_export(predicate text default 'true') returns table (coin_id int)
language sql stable as $$
    select c.coin_id from part.described_coins(predicate) c order by c.coin_id
$$;
comment on function part.coins_to_export is
    'The coins that pass a predicate over the columns of api.coins, in the order of their keys.';

create function part.count_to_export(predicate text default 'true') returns bigint
language sql stable as $$
    select count(*) from part.described_coins(predicate) c
$$;
comment on function part.count_to_export is
    'The number of coins that pass a predicate over the columns of api.coins.';

create view part.recorded_dies as
select sd.side_id, d.name as die
from core.side_die sd join core.die d using (die_id)
where not exists (select from core.grouped_study g where g.study = d.study);
comment on view part.recorded_dies is
    'The dies that records name for sides; those that coinstore grouped are not here.';
comment on column part.recorded_dies.die is 'Name of the die';

create function part.has_secret(address text) returns boolean language sql immutable parallel safe as $$
    -- A user before the @, or a name in the query or fragment that is usual for what opens a door.
    select not starts_with(address, part.shown_location(address))
        or (address ~* '(^|::)(https?|s3|gs|abfss?|az|ftp)://' and address ~*
            '[?#&;]([^=&;]*(token|secret|passw|signature|credential|session|jwt|auth)[^=&;]*'
            '|(x-)?(api|access|private)?[-_.]?key|key-pair-id'
            '|awsaccesskeyid|policy|sig|pwd|pass|user|code|sid|ticket'
            '|hmac|md5|hash)=')
$$;
comment on function part.has_secret is
    'Whether a location has a user, a password or a token, so that it does not go out.';

create view part.photograph_parts as
select s.side_id, coalesce(s.image_part, case s.face when 'obverse' then 'first' else 'second' end) as part,
       s.image_part, s.image_of_both is not null as is_of_both, has_secret,
       case when not hidden and not has_secret then s.image_location end as location
from core.side s
cross join lateral (
    select (select job.hides(true))
           and job.hides_coin(s.coin_id, (select job.hidden_collections(true))) as hidden,
           part.has_secret(s.image_location) as has_secret) h
where s.image_location is not null and nullif(hidden, true) is not null;  -- as in api.images
comment on view part.photograph_parts is
    'The photograph of a side: its whole location, unless that has a secret, and which of two coins in it is '
    'the side: the first is left or above.';
comment on column part.photograph_parts.part is 'first or second';
comment on column part.photograph_parts.has_secret is
    'Whether the location has a user, a password or a token';
comment on column part.photograph_parts.is_of_both is
    'Whether it is named for both faces, so that it counts only if it shows both';
comment on column part.photograph_parts.image_part is 'first or second; null: the usual one of the face';

create function part.exported_sides(coin int) returns jsonb language sql stable as $$
    select jsonb_object_agg(s.face, jsonb_build_object(
               'legend', s.legend, 'description', s.description,
               'description_language', s.description_language, 'image', p.location,
               'has_secret_image', p.has_secret, 'image_part', p.image_part,
               'is_of_both', p.is_of_both,
               'image_licence', i.licence, 'image_rights_holder', i.rights_holder,
               'width_px', i.width_px, 'height_px', i.height_px, 'format', i.format, 'part', p.part,
               'dies', (select jsonb_agg(distinct d.die) from part.recorded_dies d
                        where d.side_id = s.side_id)))
    from api.sides s left join api.images i on i.side_id = s.side_id
    left join part.photograph_parts p on p.side_id = s.side_id
    where s.coin_id = coin
$$;
comment on function part.exported_sides is 'The sides of one coin, by face, with photographs and dies.';

create function part.exported_names(coin int) returns jsonb language sql stable as $$
    select jsonb_agg(jsonb_build_object('field', v.field, 'name', v.value, 'uri', v.uri,
                                        'is_uncertain', v.is_uncertain) order by v.said_by, v.rank, v.value)
    from api.values v where v.coin_id = coin and v.said_by_kind <> 'model'
$$;
comment on function part.exported_names is
    'The names that sources and people give one coin, each source''s in their order.';

create function part.agreed_pairs(coin int)
returns table (neighbour_id int, verdict text) language sql stable as $$
    select p.neighbour_id, (array_agg(p.verdict order by p.said_at desc))[1]
    from (select v.neighbour_id, v.verdict, v.said_at from api.verdicts v where v.coin_id = coin
          union all
          select v.coin_id, v.verdict, v.said_at from api.verdicts v where v.neighbour_id = coin) p
    group by p.neighbour_id having bool_and(p.verdict <> 'no link')
$$;
comment on function part.agreed_pairs is
    'The coins of which people say that they are of the same die or type as one coin, and nobody says that '
    'they are not; with the latest verdict.';

create function part.exported_references(coin int) returns jsonb language sql stable as $$
    select jsonb_agg(r.said order by r.said_by, r.rank)
    from (select distinct on (said) said, said_by, rank
          from api.references r
          cross join lateral (select jsonb_build_object(
              'kind', r.kind, 'label', r.label, 'uri', r.uri, 'catalogue', r.catalogue,
              'number', r.number) as said) s
          where r.coin_id = coin and r.kind <> 'type' order by said, said_by, rank) r
$$;
comment on function part.exported_references is
    'What sources refer to for one coin and is not a type, each once, in the order of each source.';

create function part.exported_types(coin int) returns jsonb language sql stable as $$
    select jsonb_agg(jsonb_build_object('label', t.label, 'catalogue', t.catalogue, 'number', t.number,
                                        'uri', t.uri, 'is_uncertain', t.is_uncertain)
                     order by t.has_primary desc, t.said_by_kind, t.said_by, t.rank, t.type_id)
    from (select distinct on (type_id) *
          from (select *, bool_or(is_primary) over (partition by said_by_kind, said_by) as has_primary
                from api.types where coin_id = coin and said_by_kind <> 'model') s
          order by type_id, is_uncertain, has_primary desc, said_by_kind, said_by, rank) t
$$;
comment on function part.exported_types is
    'The types that sources and people give one coin, each once and certain if one of them is, each source''s'
    ' in their order; first those of the source that gives the primary type.';

create function part.exported_coins(coins int[])
returns table (coin_id int, coin jsonb, names jsonb, sides jsonb, types jsonb, records jsonb, cited jsonb,
               agreed jsonb)
language sql stable as $$
    select c.coin_id, to_jsonb(c), part.exported_names(c.coin_id), part.exported_sides(c.coin_id),
           part.exported_types(c.coin_id),
           (select jsonb_agg(distinct jsonb_build_object('licence', r.licence, 'language', r.language,
                                                         'rights_holder', r.rights_holder))
            from api.records r where r.coin_id = c.coin_id),
           part.exported_references(c.coin_id),
           (select jsonb_agg(jsonb_build_object('coin_id', n.coin_id, 'collection', n.collection,
                                                'inventory_number', n.inventory_number, 'uri', n.uri,
                                                'types', part.exported_types(n.coin_id))
                             order by n.coin_id)
            from part.agreed_pairs(c.coin_id) p join api.coins n on n.coin_id = p.neighbour_id)
    from api.coins c where c.coin_id = any(coins) order by c.coin_id
$$;
comment on function part.exported_coins is
    'All that is known of some coins, one row for each, in the order of their keys.';

create function part.pairs_to_export(graph text, min_certainty float8, predicate text default 'true')
returns table (collection text, inventory_number text, uri text, neighbour_collection text,
               neighbour_inventory_number text, neighbour_uri text, face text, similarity float8,
               percentile float8, probability float8)
language sql stable as $$
    with pairs as (
        select least(e.coin_id, e.neighbour_id) as one, greatest(e.coin_id, e.neighbour_id) as other,
               e.compared as face, e.similarity, e.percentile, null::float8 as probability
        from api.edges e
        where e.graph = pairs_to_export.graph and e.verdict is null
          and (e.coin_id < e.neighbour_id or not e.mutual)
        union all
        select m.coin_id, m.neighbour_id, m.face, null, null, m.probability
        from api.matches m
        where pairs_to_export.graph is null and m.verdict is null and m.probability >= min_certainty),
    passing as materialized (select c.coin_id from part.coins_to_export(predicate) c)
    select a.collection, a.inventory_number, a.uri, b.collection, b.inventory_number, b.uri, p.face,
           p.similarity, p.percentile, p.probability
    from pairs p join api.coins a on a.coin_id = p.one join api.coins b on b.coin_id = p.other
    where p.one in (select coin_id from passing) and p.other in (select coin_id from passing)
    order by p.probability desc, p.similarity desc, p.one, p.other, p.face
$$;
comment on function part.pairs_to_export is
    'The pairs that no person has judged: the edges of a graph, or without one the matches with at least '
    'this probability. Both coins pass a predicate over the columns of api.coins.';
