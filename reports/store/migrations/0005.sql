-- Where a function would have to come from for a call to be followed.
ALTER TABLE unresolved_call ADD COLUMN reason TEXT;
