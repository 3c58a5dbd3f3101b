-- What choose-winner decided, with everything needed to decide it again.
CREATE TABLE decision_row (
  id         INTEGER PRIMARY KEY,
  id_high    INTEGER NOT NULL,
  id_low     INTEGER NOT NULL,
  at_ns      INTEGER NOT NULL,
  project    TEXT NOT NULL,
  experiment TEXT NOT NULL,
  verdict    TEXT NOT NULL,
  winner     TEXT,
  -- JSON: {"batches": [ids], "rule": {…}, "gates": [texts], "slice": …}.
  request    TEXT NOT NULL,
  -- proto.decision/1 as it was printed, byte for byte.
  document   TEXT NOT NULL,
  UNIQUE (id_high, id_low)
) STRICT;
