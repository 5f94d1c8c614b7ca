-- who registers a callback, and with what
-- :callback its name
SELECT registered_at, registered_in, via, library, context, calls, certainty
FROM callbacks WHERE function = :callback ORDER BY registered_at
