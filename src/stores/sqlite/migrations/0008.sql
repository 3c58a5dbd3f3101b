-- How much a case counts beside the others; alike where it is NULL.
ALTER TABLE case_row ADD COLUMN weight REAL;
