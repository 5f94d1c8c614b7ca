-- Callbacks that are handed over and that no function is known of.
ALTER TABLE coverage ADD COLUMN registrations_unresolved INTEGER NOT NULL DEFAULT 0;
ALTER TABLE coverage ADD COLUMN registrations_outside INTEGER NOT NULL DEFAULT 0;
ALTER TABLE unresolved_call ADD COLUMN kind TEXT NOT NULL DEFAULT 'call'
	CHECK(kind IN ('call', 'registration'));
ALTER TABLE unresolved_call ADD COLUMN via TEXT;
