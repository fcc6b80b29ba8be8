#!/bin/sh
# What mpirun starts its daemons by, in place of ssh: `agent.sh HOST COMMAND…`, where a host is a network namespace of this machine.
# Each daemon has a folder of its own for what it makes, as each would have on a machine of its own.
host=$1
shift
export TMPDIR="${TMPDIR:-/tmp}/$host"
mkdir -p "$TMPDIR"
exec ip netns exec "$host" sh -c "$*"
