--- Podman that is killed, or stopped, at each kind of call of a run.
dofile("tests/faults/engine_calls.lua").register({ describe = describe, it = it }, "podman")
