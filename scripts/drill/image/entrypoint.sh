#!/bin/sh
# Loads the faults of a drill into every Node.js process of the task, whatever its own options are.
export NODE_OPTIONS="--import=/drill/faults.mjs ${NODE_OPTIONS:-}"
exec "$@"
