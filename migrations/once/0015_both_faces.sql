-- Both faces together are called both everywhere; some tables said coin.

alter table core.graph drop constraint graph_face_check;
update core.graph set face = 'both' where face = 'coin';
alter table core.graph add constraint graph_face_check
    check (face in ('obverse', 'reverse', 'both'));

alter table core.verdict drop constraint verdict_face_check;
update core.verdict set face = 'both' where face = 'coin';
alter table core.verdict add constraint verdict_face_check
    check (face in ('obverse', 'reverse', 'both'));

alter table core.map drop constraint map_face_check;
update core.map set face = 'both' where face = 'coin';
alter table core.map add constraint map_face_check
    check (face in ('obverse', 'reverse', 'both'));

alter table core.classifier drop constraint classifier_face_check;
update core.classifier set face = 'both' where face = 'coin';
alter table core.classifier add constraint classifier_face_check
    check (face in ('obverse', 'reverse', 'both'));

alter table core.evaluation drop constraint evaluation_face_check;
update core.evaluation set face = 'both' where face = 'coin';
alter table core.evaluation add constraint evaluation_face_check
    check (face in ('obverse', 'reverse', 'both'));
