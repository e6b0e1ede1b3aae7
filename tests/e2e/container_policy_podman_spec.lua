--- Policies in containers of Podman: container_policy_attacks.lua.
local engines = dofile("tests/e2e/docker_support.lua").engines
local specs_of = dofile("tests/e2e/container_policy_attacks.lua")

describe("in Podman an attack", function()
  specs_of({ it = it, assert = assert, setup = setup, pending = pending }, engines.podman, false)
end)
