-- what a table or view holds
-- :object=% its name, % for any letters
SELECT object, column, doc FROM schema_doc WHERE object LIKE :object ORDER BY object, column
