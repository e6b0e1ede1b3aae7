alter table users add column visits integer not null default 0 check (visits >= 0);
