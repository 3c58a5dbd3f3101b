-- Movable tags: one append-only log. A tag stands where its last entry puts it, so it is unique per project by construction.

CREATE TABLE tag_log (
  id      INTEGER PRIMARY KEY,
  project TEXT NOT NULL,
  tag     TEXT NOT NULL,
  -- NULL: taken away.
  version INTEGER REFERENCES version_row (id),
  at_ns   INTEGER NOT NULL,
  who     TEXT NOT NULL,
  why     TEXT NOT NULL
) STRICT;
CREATE INDEX tag_log_by_tag ON tag_log (project, tag, id);
CREATE TRIGGER tag_log_is_not_updated BEFORE UPDATE ON tag_log
  BEGIN SELECT RAISE(ABORT, 'tag_log is append-only'); END;
CREATE TRIGGER tag_log_is_not_deleted BEFORE DELETE ON tag_log
  BEGIN SELECT RAISE(ABORT, 'tag_log is append-only'); END;
