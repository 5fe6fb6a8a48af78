#!/bin/sh
# Stands in for the Postgres image's entry point: on an empty volume it makes the cluster and the database, and runs
# what lies in /docker-entrypoint-initdb.d; then, as ever after, the server.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    # shellcheck disable=SC2086 - POSTGRES_INITDB_ARGS are several words
    initdb --pgdata="$PGDATA" --encoding=UTF8 --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \
        --auth-local=trust $POSTGRES_INITDB_ARGS >/dev/null
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    postgres -c listen_addresses= -c unix_socket_directories="$PGHOST" &
    server=$!
    until pg_isready --quiet --username="$POSTGRES_USER"; do sleep 0.1; done
    createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
    for script in /docker-entrypoint-initdb.d/*.sh; do sh "$script"; done
    kill -INT "$server"
    wait "$server" || true
fi
exec "$@" -c listen_addresses='*' -c unix_socket_directories="$PGHOST"
