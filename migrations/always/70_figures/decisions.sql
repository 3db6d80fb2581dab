-- Decisions about proposals that can be undone, as long as nobody has decided since.

create function job.decisions(ids int[]) returns jsonb language sql stable as $$
    select coalesce(jsonb_agg(jsonb_build_object(
        'proposal_id', p.proposal_id, 'state', p.state, 'note', p.note,
        'decided_by', p.decided_by, 'decided_at', p.decided_at)), '[]')
    from core.proposal p where p.proposal_id = any(ids)
$$;
comment on function job.decisions is 'What people have decided of some proposals, for job.undo_decisions.';

create function job.decide_proposals(decision text, ids int[], said_by text)
returns table (before jsonb, after jsonb) language plpgsql as $$
begin
    perform job.lock('records'), job.expect_proposals(ids);
    -- What somebody else has decided since the person saw it stays.
    ids := array(select p.proposal_id from core.proposal p
                 where p.proposal_id = any(ids) and (p.state = 'proposed') = (decision <> 'reopen'));
    before := job.decisions(ids);
    case decision
        when 'accept' then perform job.accept_proposals(ids, said_by);
        when 'reject' then perform job.reject_proposals(ids, said_by);
        when 'reopen' then perform job.reopen_proposals(ids);
    end case;
    after := job.decisions(ids);
    return next;
end $$;
comment on function job.decide_proposals is
    'A person decides proposals that are open (accept, reject), or opens others again (reopen). Returns how '
    'those were before and after it.';

create function job.undo_decisions(before jsonb, after jsonb) returns int language plpgsql as $$
declare
    d core.proposal;
    ids int[];
begin
    perform job.lock('records');
    ids := array(
        select p.proposal_id
        from jsonb_populate_recordset(null::core.proposal, after) a join core.proposal p using (proposal_id)
        where (p.state, p.decided_by, p.decided_at)
              is not distinct from (a.state, a.decided_by, a.decided_at));
    perform job.reopen_proposals(ids);
    for d in select * from jsonb_populate_recordset(null::core.proposal, before) b
             where b.proposal_id = any(ids) and b.state <> 'proposed' order by b.proposal_id
    loop
        if d.state = 'accepted' then
            perform job.accept_proposals(array[d.proposal_id], d.decided_by, d.note);
        else
            perform job.reject_proposals(array[d.proposal_id], d.decided_by, d.note);
        end if;
        update core.proposal p set decided_at = d.decided_at
        where (p.proposal_id, p.state) = (d.proposal_id, d.state);
    end loop;
    return (select count(*)
            from jsonb_populate_recordset(null::core.proposal, before) b
            join core.proposal p using (proposal_id)
            where p.proposal_id = any(ids) and p.state = b.state);
end $$;
comment on function job.undo_decisions is
    'Undoes job.decide_proposals where nobody has decided since, and returns for how many proposals.';
