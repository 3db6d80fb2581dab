-- A look-alike is a row of api.sides with its distance.

do $$
begin
    execute (select format('create type api.look_alike as '
                           '(%s, distance float8, similarity float8, percentile float8, compared text)',
                           string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', '
                                      order by attnum))
             from pg_attribute where attrelid = 'api.sides'::regclass and attnum > 0 and not attisdropped);
    execute (select format('create type api.answer as (%s, reranked float8)',
                           string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', '
                                      order by attnum))
             from pg_attribute a join pg_type t on t.typrelid = a.attrelid
             where t.oid = 'api.look_alike'::regtype and attnum > 0 and not attisdropped);
end $$;
comment on type api.look_alike is
    'A side with all columns of its coin; distance 0 (same direction) to 2, similarity 1 - distance, '
    'percentile 0 to 100 (share of random pairs that are farther apart), and the sides that were compared.';
comment on column api.look_alike.face is 'obverse, reverse or both';
comment on column api.look_alike.legend is 'The legend, as the source has it';
comment on column api.look_alike.description is 'What the side shows, as the source has it';

comment on type api.answer is
    'A look-alike as api.search gives it. reranked: the distance by which a re-ranked answer is ordered '
    '(0 to 1.3; null: not re-ranked); distance, similarity and percentile stay what they are without it.';
comment on column api.answer.legend is 'The legend, as the source has it';
comment on column api.answer.description is 'What the side shows, as the source has it';
comment on column api.answer.reranked is
    'The distance by which a re-ranked answer is ordered, 0 to 1.3; null: not re-ranked';
