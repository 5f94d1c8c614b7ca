-- Calls through pointers that only somebody outside the program can set. In runs from before these
-- count as unresolved.
ALTER TABLE coverage ADD COLUMN indirect_outside INTEGER NOT NULL DEFAULT 0;
ALTER TABLE coverage ADD COLUMN io_indirect_outside INTEGER NOT NULL DEFAULT 0;
ALTER TABLE unresolved_call ADD COLUMN outside INTEGER NOT NULL DEFAULT 0 CHECK(outside IN (0, 1));
