-- Collections that not everyone may see, and the logins that may.

create table core.private_collection (
    collection_id int primary key references core.collection on delete cascade,
    scope         text not null check (scope in ('all', 'images')),   -- images: and the vectors made from them
    since         timestamptz not null default now()
);

-- By the login's name: it outlives a backup and a restore elsewhere, which the number of a role does not.
create table core.private_grant (
    login         name not null,
    collection_id int not null references core.collection on delete cascade,
    primary key (login, collection_id)
);
create index on core.private_grant (collection_id);   -- for the cascade
