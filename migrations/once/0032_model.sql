-- What sources say beyond names: addresses of the coin and of concepts, the hoard, licences, languages.
-- Rows that are there have none of it.

alter table core.coin
    add uri              text,
    add hoard            text,
    add hoard_uri        text,
    add findspot_uri     text,
    add material_uri     text,
    add denomination_uri text,
    add mint_uri         text,
    add authority_uri    text,
    add portrait_uri     text;
create index on core.coin (hoard);

-- Of the record, not of the coin: two sources that describe one coin have two licences.
alter table core.record
    add licence       text,
    add rights_holder text,
    add language      text;

-- The rights in a photograph are often others than those in the record.
alter table core.side
    add description_language text,
    add image_licence        text,
    add image_rights_holder  text;
