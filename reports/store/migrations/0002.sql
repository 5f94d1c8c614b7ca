-- How long a continuation held its thread, call by call.
ALTER TABLE trace_function ADD COLUMN histogram TEXT;
