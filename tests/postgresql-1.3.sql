-- The stores of 1.3.0, which were in parts.
CREATE TABLE gba_push_store (name TEXT PRIMARY KEY, version BIGINT NOT NULL);
CREATE SEQUENCE gba_push_id CACHE 1000;
CREATE TABLE sa (id BIGINT NOT NULL DEFAULT nextval('gba_push_id'),
    ul BYTEA NOT NULL, rand BYTEA NOT NULL, ue TEXT NOT NULL,
    expires BIGINT NOT NULL, record BYTEA NOT NULL, UNIQUE (ul, ue),
    UNIQUE (rand, ue), PRIMARY KEY (id, ue)) PARTITION BY HASH (ue);
CREATE INDEX sa_ue ON sa (ue);
CREATE INDEX sa_expires ON sa (expires);
CREATE TABLE trigger_state (id BIGINT NOT NULL DEFAULT nextval('gba_push_id'),
    p_tid BYTEA NOT NULL, ue_id TEXT NOT NULL, ue_trp TEXT, naf_id BYTEA,
    state BIGINT NOT NULL, closed BIGINT NOT NULL DEFAULT 0,
    time BIGINT NOT NULL, expires BIGINT NOT NULL, detail TEXT,
    requested BIGINT, answered BIGINT, stored BIGINT, sent BIGINT,
    delivered BIGINT, responded BIGINT, connected BIGINT, expired BIGINT,
    failed BIGINT, request BYTEA NOT NULL, UNIQUE (p_tid, ue_id),
    PRIMARY KEY (id, ue_id)) PARTITION BY HASH (ue_id);
CREATE INDEX trigger_expires ON trigger_state (expires) WHERE closed = 0;
CREATE TABLE device (id BIGINT NOT NULL DEFAULT nextval('gba_push_id'),
    ue_id TEXT NOT NULL UNIQUE, record BYTEA NOT NULL,
    PRIMARY KEY (id, ue_id)) PARTITION BY HASH (ue_id);
CREATE TABLE subscriber (id BIGINT NOT NULL DEFAULT nextval('gba_push_id'),
    sqn BIGINT NOT NULL, record BYTEA NOT NULL, PRIMARY KEY (id))
    PARTITION BY HASH (id);
CREATE TABLE identity (name TEXT NOT NULL, kind BIGINT NOT NULL,
    subscriber BIGINT NOT NULL, PRIMARY KEY (name, kind))
    PARTITION BY HASH (name);
DO $$ DECLARE t TEXT; BEGIN
    FOREACH t IN ARRAY ARRAY['sa', 'trigger_state', 'device', 'subscriber',
    'identity'] LOOP FOR i IN 0..7 LOOP EXECUTE 'CREATE TABLE ' || t || '_' ||
    i || ' PARTITION OF ' || t || ' FOR VALUES WITH (MODULUS 8, REMAINDER ' ||
    i || ')'; END LOOP; END LOOP; END $$;
INSERT INTO gba_push_store VALUES ('an SA store', 2), ('an HSS store', 2);
