-- The whole answer in its order, as JSON of parts, where thoughts are part of it: output and tool_calls leave them out.
ALTER TABLE run_row ADD COLUMN parts TEXT;
