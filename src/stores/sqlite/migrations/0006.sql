-- Who edited what lies outside a version's hash, and by what; NULL for edits of earlier releases.
ALTER TABLE version_history ADD COLUMN who TEXT;
ALTER TABLE version_history ADD COLUMN why TEXT;
