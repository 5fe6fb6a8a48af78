#!/bin/sh
# Run by the Postgres image when it makes its data directory, and safe to run again: the logins that compose uses, with
# the passwords that are in the secrets now. After `make secrets` on a database that is there already:
#   docker compose exec postgres sh /docker-entrypoint-initdb.d/create-logins.sh
# The group roles are made here already, because the migrations, which give them their rights, come later.
set -eu
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\set exporter_password `cat /run/secrets/exporter_password`
\set grafana_password `cat /run/secrets/grafana_database_password`
\set traffic_password `cat /run/secrets/traffic_password`
SELECT format('CREATE ROLE %I NOLOGIN', wanted)
FROM unnest(ARRAY['driftgauge_writer', 'driftgauge_exporter', 'driftgauge_grafana']) AS wanted
WHERE to_regrole(wanted) IS NULL
\gexec
SELECT format('CREATE ROLE %I IN ROLE %I', wanted, member_of)
FROM (VALUES ('exporter', 'driftgauge_exporter'), ('traffic', 'driftgauge_writer')) AS logins (wanted, member_of)
WHERE to_regrole(wanted) IS NULL
\gexec
ALTER ROLE exporter LOGIN PASSWORD :'exporter_password';
ALTER ROLE traffic LOGIN PASSWORD :'traffic_password';
-- Grafana is the role itself: the read-only session and the time limit belong to that, and are not inherited.
ALTER ROLE driftgauge_grafana LOGIN PASSWORD :'grafana_password';
SQL
