-- A store of :coins coins with all that a store can hold, made in the server. {coins} and {types} are numbers.
-- Foreign keys are not checked row by row: all keys below are right by construction.
set local session_replication_role = replica;

insert into core.collection (name) select 'Museum ' || g from generate_series(1, 50) g;
insert into core.source (location) select '/data/records_' || g || '.csv' from generate_series(1, 5) g;
insert into core.type (catalogue, number, uri)
select 'RIC', g::text, 'http://example.org/ric/' || g from generate_series(1, {types}) g;

insert into core.coin (collection_id, inventory_number, weight_g, diameter_mm, die_axis_h, material, denomination,
                       mint, authority, portrait, year_from, year_to, findspot, provenance)
select 1 + (n - 1) * 50::bigint / {coins}, 'N ' || n,   -- a collection is loaded at once
       nullif(round((2.5 + hashint4(n) % 1000 / 500.0 + n % 7 / 10.0)::numeric, 2), 2.5),
       18 + (hashint4(n + 1) & 127) / 20.0, 1 + n % 12, (array['silver', 'bronze', 'gold'])[1 + n % 3],
       (array['denarius', 'as', 'aureus', 'dupondius'])[1 + n % 4], 'Mint ' || n % 300,
       case when n % 20 > 0 then 'Ruler ' || n % 150 end, case n % 5 when 0 then 'Ruler ' || n % 150 end,
       1 + n % 300, 2 + n % 300 + n % 10, case n % 9 when 0 then 'Place ' || n % 400 end, 'Sale ' || n % 1000
from generate_series(1, {coins}) n;

-- The coins of a type are {types} keys apart.
insert into core.coin_type (coin_id, type_id, said_by_kind, said_by, is_primary)
select coin_id, 1 + coin_id * 7919::bigint % {types}, 'source', '/data/records.csv', true
from core.coin where coin_id % 10 > 0;

insert into core.image (sha256, size_bytes, width_px, height_px, format, thumbnail)
select sha256(n::text::bytea), 50000, 400, 400, 'JPEG', decode(repeat(md5(n::text), 132), 'hex')
from generate_series(1, {coins}) n;
insert into core.side (coin_id, face, legend, description, image_location, image_stamp, image_examined, sha256)
select coin_id, 'obverse', 'LEGEND ' || coin_id % 5000, 'a head', '/data/' || coin_id || '.jpg', '1', true,
       sha256(coin_id::text::bytea) from core.coin
union all
select coin_id, 'reverse', null, 'a figure', null, null, false, null from core.coin;
-- One photograph in a thousand differs in 12 of 256 signs from that of the coin before.
insert into core.fingerprint (sha256, fingerprint)
select sha256(n::text::bytea),
       (select string_agg(('x' || md5(part || ':' || n - (n % 1000 = 0)::int))::bit(128)::text, '' order by part)
        from generate_series(1, 2) part)::bit(256)
       # case when n % 1000 = 0 then ('x' || repeat('00100000', 8))::bit(256)
              else repeat('0', 256)::bit(256) end
from generate_series(1, {coins}) n;

insert into core.record (source_id, place, coin_id, raw, digest)
select 1 + coin_id % 5, 'row ' || coin_id, coin_id,
       jsonb_build_object('Inv', inventory_number, 'Weight', weight_g, 'Mint', mint, 'Ruler', authority),
       md5(coin_id::text)::uuid
from core.coin;
insert into core.fault (record_id, column_name, value_text, reason)
select record_id, 'Weight', '?', 'this is not a measurement that coinstore reads' from core.record
where record_id % 20 = 0;
insert into core.fault (side_id, column_name, reason)
select side_id, 'image', 'the file is cut short' from core.side where side_id % 200 = 1;
insert into core.ingest_run (source_id, is_ended, new) select source_id, true, {coins} / 5 from core.source;
insert into core.backup (file, bytes, sha256, verified, counts)
values ('/backup/coins.tar', 1000000, repeat('0', 64), true, '{"coin": {"rows": 1}}');

insert into core.die (study, face, name)
select 'Study', f, 'D ' || g from unnest(array['obverse', 'reverse']) f, generate_series(1, {coins} / 100) g;
insert into core.side_die (side_id, die_id)
select s.side_id, case s.face when 'reverse' then {coins} / 100 else 0 end + 1 + s.coin_id % ({coins} / 100)
from core.side s where s.coin_id % 10 = 7;

insert into core.term (field, name) select 'mint', 'Mint ' || g from generate_series(0, 99) g;
insert into core.alias (field, alias, term_id, said_by)
select 'mint', 'mint ' || substr(name, 6), term_id, 'A. Curator' from core.term;
insert into core.recorded (coin_id, field, value)
select coin_id, 'mint', 'mint ' || coin_id % 300 from core.coin where coin_id % 300 < 100 and coin_id % 4 = 0;
insert into core.imputation (field, by_fields, statistic, least_coins, predicate, said_by)
values ('authority', '{mint}', 'mode', 5, 'true', 'A. Curator');
insert into core.imputed (coin_id, field, value_text, rests_on, agreeing, imputation_id)
select coin_id, 'authority', 'Ruler ' || coin_id % 150, 20, 15, 1 from core.coin where authority is null;

insert into core.classifier (label, spaces, face, model, recipe, seed, library, trained, leaked, figures)
values ('type', '{look}', 'obverse', 'knn', '{"k": 10}', 0, 'scikit-learn', true, false,
        '{"coins": 1000, "values": 100, "accuracy": 0.8, "macro_f1": 0.7, "majority_accuracy": 0.1}');
insert into core.confusion (classifier_id, truth, predicted, coins, unlearnable)
select 1, 'RIC ' || g, 'RIC ' || 1 + (g * 31 + x * 7) % {types}, 3, 0
from generate_series(1, {types}) g, generate_series(0, 3) x on conflict do nothing;
insert into core.proposal (classifier_id, coin_id, value, certainty, state, decided_by, decided_at)
select 1, coin_id, 'RIC ' || 1 + coin_id % {types}, (coin_id % 997) / 997.0,
       case coin_id % 30 when 0 then 'rejected' else 'proposed' end,
       case coin_id % 30 when 0 then 'A. Curator' end, case coin_id % 30 when 0 then now() end
from core.coin where coin_id % 10 = 0;
