-- Answers that may be used again: what determines a reply (execute/cache.rs) -> the run that got it (run_row.id).
-- Positions are never given twice, so an entry whose run was replaced finds nothing.
CREATE TABLE answer (key BLOB PRIMARY KEY, run INTEGER NOT NULL) STRICT, WITHOUT ROWID;
