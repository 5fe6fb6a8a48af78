#!/bin/sh
# Run once by the Postgres image, when it makes its data directory: the login that the exporter uses.
# The group role is made here already, because the migrations, which give it its rights, come later.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
\set password `cat /run/secrets/exporter_password`
CREATE ROLE driftgauge_exporter NOLOGIN;
CREATE ROLE exporter LOGIN PASSWORD :'password' IN ROLE driftgauge_exporter;
SQL
