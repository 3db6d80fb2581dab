-- Which coins say what a photograph from outside may show.

create function part.voting_condition(label text) returns text language sql stable as $$
    select format('%1$I is not null and coin_id not in '
                  '(select p.coin_id from api.proposals p where p.applied and p.label = %1$L)', label)
$$;
comment on function part.voting_condition is
    'The condition over api.coins, as SQL, that a coin has a label which no model proposed: only these coins '
    'say what another one may be.';

create function part.voting_values(label text) returns table (value text, coins bigint)
language plpgsql stable as $$
begin
    return query execute format('select %I::text, count(*) from api.coins where %s group by 1', label,
                                part.voting_condition(label));
end $$;
comment on function part.voting_values is
    'How many coins have each value of a label, without those that a model gave it.';
