-- How many calls passed each threshold of the trace. Of runs from before nobody counted them.
ALTER TABLE trace_function ADD COLUMN noted INTEGER;
ALTER TABLE trace_function ADD COLUMN heavy INTEGER;
ALTER TABLE trace_function ADD COLUMN blocked INTEGER;
ALTER TABLE trace_function ADD COLUMN stalled INTEGER;
