-- purpose: List the publications that send all tables of the database to subscribers, those that are made later, too.
-- returns: name
SELECT pubname AS name
FROM pg_publication
WHERE puballtables
ORDER BY pubname
