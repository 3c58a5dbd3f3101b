-- Runs of several calls (turns, tools): what is each call's own. What was said stands in the run's messages.

-- How many calls; NULL for one, which run_row describes.
ALTER TABLE run_row ADD COLUMN calls INTEGER;

CREATE TABLE call_row (
  run                INTEGER NOT NULL REFERENCES run_row (id) ON DELETE CASCADE,
  number             INTEGER NOT NULL,
  -- Its attempts among the run's.
  first_attempt      INTEGER NOT NULL,
  attempts           INTEGER NOT NULL,
  -- From the run's start to its first sending; from there to the end of its last attempt.
  after_ns           INTEGER NOT NULL,
  took_ns            INTEGER NOT NULL,
  latency_ns         INTEGER,
  ttft_ns            INTEGER,
  input_tokens       INTEGER,
  output_tokens      INTEGER,
  cached_tokens      INTEGER,
  cache_write_tokens INTEGER,
  reasoning_tokens   INTEGER,
  -- Pico-dollars.
  cost               INTEGER,
  -- How many of the run's messages it was sent: the first ones.
  sent               INTEGER NOT NULL,
  -- Into text.
  response_model     INTEGER,
  finish_reason      INTEGER,
  response_id        TEXT,
  -- JSON, one entry a tool answered after it: null, or why it failed.
  tools              TEXT,
  -- Into body; the last call's are the run's.
  request            INTEGER,
  reply              INTEGER,
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
