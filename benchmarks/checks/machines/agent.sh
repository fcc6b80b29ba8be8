#!/bin/sh
# What mpirun starts its daemons by, in place of ssh: `agent.sh HOST COMMAND…`, where a host is a network namespace of this machine.
host=$1
shift
exec ip netns exec "$host" sh -c "$*"
