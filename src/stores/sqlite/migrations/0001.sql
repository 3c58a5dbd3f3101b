-- The first schema. Tables are ours and may change; the views (views.sql) are the contract.
-- Ids of texts, bodies and cases are small integers, given by the writer: a run refers to a dozen of them.

CREATE TABLE version_row (
  id              INTEGER PRIMARY KEY,
  project         TEXT NOT NULL,
  name            TEXT NOT NULL,
  hash            BLOB NOT NULL,
  signature_hash  BLOB NOT NULL,
  major           INTEGER NOT NULL,
  minor           INTEGER NOT NULL,
  provider        TEXT NOT NULL,
  model           TEXT NOT NULL,
  closure         TEXT NOT NULL,
  description     TEXT,
  tags            TEXT NOT NULL,
  metadata        TEXT NOT NULL,
  -- What its runs' root and call spans say of it, rendered once when it is registered.
  root_attributes TEXT NOT NULL,
  call_attributes TEXT NOT NULL,
  registered_ns   INTEGER NOT NULL,
  UNIQUE (project, name, hash),
  UNIQUE (project, name, major, minor)
) STRICT;

-- What people may edit about a version, each state it ever had.
CREATE TABLE version_history (
  version     INTEGER NOT NULL REFERENCES version_row (id),
  at_ns       INTEGER NOT NULL,
  description TEXT,
  tags        TEXT NOT NULL,
  metadata    TEXT NOT NULL
) STRICT;
CREATE TRIGGER version_history_is_not_updated BEFORE UPDATE ON version_history
  BEGIN SELECT RAISE(ABORT, 'version_history is append-only'); END;
CREATE TRIGGER version_history_is_not_deleted BEFORE DELETE ON version_history
  BEGIN SELECT RAISE(ABORT, 'version_history is append-only'); END;

CREATE TABLE batch_row (
  id          INTEGER PRIMARY KEY,
  -- The UUID's halves, as in run_row.
  id_high     INTEGER NOT NULL,
  id_low      INTEGER NOT NULL,
  project     TEXT NOT NULL,
  experiment  TEXT NOT NULL,
  kind        TEXT NOT NULL,
  status      TEXT NOT NULL,
  started_ns  INTEGER NOT NULL,
  finished_ns INTEGER,
  command     TEXT NOT NULL,
  dataset     BLOB NOT NULL,
  cases       INTEGER NOT NULL,
  planned     INTEGER NOT NULL,
  versions    TEXT NOT NULL,
  baseline    TEXT,
  settings    TEXT NOT NULL,
  -- Its runs lie between these, perhaps among others': reading a batch needs no index of its own.
  first_run   INTEGER,
  last_run    INTEGER,
  UNIQUE (id_high, id_low)
) STRICT;

-- A case as it was when a run answered it. `key` is the first row of the same id and inputs: what makes runs the same.
CREATE TABLE case_row (
  id          INTEGER PRIMARY KEY,
  key         INTEGER NOT NULL,
  case_id     TEXT NOT NULL,
  inputs_hash BLOB NOT NULL,
  cluster     TEXT,
  slices      TEXT,
  inputs      TEXT NOT NULL,
  expected    TEXT,
  metadata    TEXT
) STRICT;
CREATE INDEX case_by_id ON case_row (case_id);

-- Texts that repeat: message lists, instructions, models, finish reasons, prices. Found by their bucket and the first
-- 16 bytes of their SHA-256, in a table of their own, since a row and an index over it would keep the hash twice.
-- The bucket is the case (case_row.key) of what only runs of one case share, else 0: new entries then lie close
-- together, where hashes alone would touch another page each.
CREATE TABLE text (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE text_hash (
  bucket INTEGER NOT NULL,
  hash   BLOB NOT NULL,
  id     INTEGER NOT NULL,
  PRIMARY KEY (bucket, hash)
) STRICT, WITHOUT ROWID;

-- Request and reply bodies, zstd frames, found like texts. With `base`, that body's plain bytes are the dictionary.
CREATE TABLE body (id INTEGER PRIMARY KEY, base INTEGER REFERENCES body (id), zstd BLOB NOT NULL) STRICT;
CREATE TABLE body_hash (
  bucket INTEGER NOT NULL,
  hash   BLOB NOT NULL,
  id     INTEGER NOT NULL,
  PRIMARY KEY (bucket, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_row (
  -- Position: never given twice, even after the last run was replaced.
  id                 INTEGER PRIMARY KEY AUTOINCREMENT,
  -- The UUID's halves: SQL can add to an integer to derive span ids, to a blob it cannot.
  id_high            INTEGER NOT NULL,
  id_low             INTEGER NOT NULL,
  batch              INTEGER NOT NULL REFERENCES batch_row (id),
  version            INTEGER NOT NULL REFERENCES version_row (id),
  case_key           INTEGER NOT NULL,
  repeat             INTEGER NOT NULL,
  case_row           INTEGER NOT NULL REFERENCES case_row (id),
  status             TEXT NOT NULL,
  error_type         TEXT,
  started_ns         INTEGER NOT NULL,
  latency_ns         INTEGER,
  ttft_ns            INTEGER,
  queue_ns           INTEGER NOT NULL,
  backoff_ns         INTEGER NOT NULL,
  -- First sending to the end of the last attempt, where that is not the latency.
  elapsed_ns         INTEGER,
  attempts           INTEGER NOT NULL,
  input_tokens       INTEGER,
  output_tokens      INTEGER,
  cached_tokens      INTEGER,
  cache_write_tokens INTEGER,
  reasoning_tokens   INTEGER,
  -- Pico-dollars.
  cost               INTEGER,
  spent              INTEGER,
  cost_source        TEXT NOT NULL,
  cache_hit          INTEGER NOT NULL,
  -- Into text.
  price              INTEGER,
  model              INTEGER NOT NULL,
  response_model     INTEGER,
  fingerprint        INTEGER,
  finish_reason      INTEGER,
  system             INTEGER,
  messages           INTEGER,
  -- Into body.
  request            INTEGER,
  reply              INTEGER,
  response_id        TEXT,
  error_message      TEXT,
  -- JSON parts of the answer's tool calls.
  tool_calls         TEXT,
  -- JSON of all attempts, unless the only one follows from the columns:
  -- [[sent after ns, took ns, delay ns, error type, error message], …]
  tries              TEXT,
  -- JSON of what an answer rarely has: {"usage": …, "cost": …, "metadata": …}
  extra              TEXT,
  -- There is an answer exactly when this is not null.
  output             TEXT,
  UNIQUE (id_high, id_low),
  UNIQUE (batch, case_key, version, repeat)
) STRICT;

CREATE TABLE evaluator (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  hash BLOB NOT NULL,
  -- Number of its spans within a run (otel::genai::evaluation_index).
  span INTEGER NOT NULL,
  UNIQUE (hash, name)
) STRICT;

CREATE TABLE score_row (
  run         INTEGER NOT NULL REFERENCES run_row (id) ON DELETE CASCADE,
  evaluator   INTEGER NOT NULL REFERENCES evaluator (id),
  status      TEXT NOT NULL,
  score       REAL,
  passed      INTEGER,
  source      TEXT NOT NULL,
  at_ns       INTEGER NOT NULL,
  took_ns     INTEGER NOT NULL,
  label       TEXT,
  explanation TEXT,
  -- {"model", "input", "output", "cached_input", "cache_write", "reasoning", "cost"}, absent where unknown.
  judge       TEXT,
  PRIMARY KEY (run, evaluator)
) STRICT, WITHOUT ROWID;

-- Spans that applications sent, as they came.
CREATE TABLE received_span (
  trace_id   BLOB NOT NULL,
  span_id    BLOB NOT NULL,
  parent     BLOB,
  run        INTEGER REFERENCES run_row (id),
  name       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  started_ns INTEGER NOT NULL,
  ended_ns   INTEGER NOT NULL,
  status     TEXT NOT NULL,
  attributes TEXT NOT NULL,
  events     TEXT NOT NULL,
  PRIMARY KEY (trace_id, span_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX received_span_by_run ON received_span (run) WHERE run IS NOT NULL;
