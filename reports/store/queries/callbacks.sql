-- continuations with their place of registration
SELECT function, context, via, registered_in, registered_at FROM callbacks
ORDER BY function, registered_at
