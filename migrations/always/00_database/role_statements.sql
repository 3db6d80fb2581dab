-- What makes the roles of a store. Without CREATEROLE an administrator runs it, so the error shows it.

create function job.role_statements(by_admin boolean) returns table (statement text)
language sql stable as $$
    with named as (
        select r.name, to_regrole(r.name) as role
        from unnest('{coinstore_reader, coinstore_bi, coinstore_views, coinstore_search}'::text[]) r (name))
    select format('create role %s nologin', n.name) from named n where n.role is null
    union all
    select format('grant coinstore_reader to %s', n.name) from named n
    where n.name in ('coinstore_bi', 'coinstore_search')
      and not case when n.role is null or to_regrole('coinstore_reader') is null then false
                   else pg_has_role(n.role, 'coinstore_reader', 'usage') end
    union all
    -- The owner of the store acts as all of them; but a plain member of coinstore_bi would count as a login.
    select format('grant %s to %I%s', n.name, current_user, case when by_admin then ' with admin option' end)
    from named n
    where by_admin or n.name <> 'coinstore_bi' and not case when n.role is null then false
        else pg_has_role(n.role, 'usage')
             -- Before PostgreSQL 16 a member can always set the role.
             and (current_setting('server_version_num')::int < 160000 or pg_has_role(n.role, 'set')) end
$$;
comment on function job.role_statements is
    'Statements that make the roles of a store and let its owner act as them, those that are still needed; '
    'by_admin: for an administrator to run.';
