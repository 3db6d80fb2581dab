-- Other people's views and functions that depend on api or part, directly or through views of others:
-- name, and definition with grants and comment. Each comes after those it depends on, so that the
-- definitions run in order.
with recursive dependent (class, id, depth) as (
    select k.class, k.id, 0
    from (
        select 'pg_class'::regclass::oid, c.oid, c.relnamespace from pg_class c
        union all
        select 'pg_type'::regclass, t.oid, t.typnamespace from pg_type t
        union all
        select 'pg_proc'::regclass, p.oid, p.pronamespace from pg_proc p
    ) k (class, id, schema)
    where k.schema in (to_regnamespace('api'), to_regnamespace('part'))
    union
    select x.class, x.id, s.depth + 1
    from dependent s
    join pg_depend d on (d.refclassid, d.refobjid) = (s.class, s.id)
    left join pg_rewrite w on w.oid = d.objid and d.classid = 'pg_rewrite'::regclass
    left join pg_class v on v.oid = w.ev_class
    cross join lateral (values
        ('pg_class'::regclass::oid, v.oid),
        ('pg_type'::regclass, v.reltype),
        ('pg_proc'::regclass, case when d.classid = 'pg_proc'::regclass then d.objid end)
    ) x (class, id)
    where x.id is not null and (x.class, x.id) <> (s.class, s.id)
      and s.depth < 50 and v.oid is distinct from s.id
),
found as (
    select v.oid::regclass::text as name, s.depth, v.relnamespace as schema, v.relacl as acl,
           v.relowner as owner,
           format('create %sview %s.%I as %s', case v.relkind when 'm' then 'materialized ' end,
                  v.relnamespace::regnamespace, v.relname, pg_get_viewdef(v.oid)) as definition,
           case v.relkind when 'm' then 'materialized view' else 'view' end as kind,
           'table' as granted, obj_description(v.oid, 'pg_class') as remark
    from dependent s
    join pg_class v on s.class = 'pg_class'::regclass and v.oid = s.id and v.relkind in ('v', 'm')
    union all
    select p.oid::regprocedure::text, s.depth, p.pronamespace, p.proacl, p.proowner,
           pg_get_functiondef(p.oid) || ';', 'routine', 'routine', obj_description(p.oid, 'pg_proc')
    from dependent s
    join pg_proc p on s.class = 'pg_proc'::regclass and p.oid = s.id
)
select f.name, concat_ws(E'\n', f.definition,
    (select string_agg(format('grant %s on %s %s to %s;', a.privilege_type, f.granted, f.name,
                              case a.grantee when 0 then 'public' else a.grantee::regrole::text end), E'\n')
     from aclexplode(f.acl) a where a.grantee <> f.owner),
    case when f.remark is not null then format('comment on %s %s is %L;', f.kind, f.name, f.remark) end
    ) as definition
from found f
where f.schema::regnamespace::text <> all ('{api, part, job}')
group by f.name, f.definition, f.acl, f.owner, f.kind, f.granted, f.remark
order by max(f.depth), 1
