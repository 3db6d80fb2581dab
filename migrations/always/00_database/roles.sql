-- Roles. A restore runs this file again, because roles are not part of a dump.
--   coinstore_reader  reads api and part
--   coinstore_bi      only the logins of `coinstore bi grant` are members
--   coinstore_views   owns the views: row rules do not apply to a superuser or to the owner of a table
--   coinstore_search  owns the functions that run a caller's predicate, so that it has a reader's rights;
--                     no reader is a member of it, because the owner of a function may change it

do $$
declare
    statement text;
begin
    for statement in select s.statement from job.role_statements(false) s loop
        execute statement;
    end loop;
exception when insufficient_privilege then
    raise 'this database user may not make the roles of a store; ask an administrator to run: %',
        (select string_agg(s.statement || ';', ' ') from job.role_statements(true) s) using errcode = 'CS011';
end $$;
