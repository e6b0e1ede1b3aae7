--- One `true` step in a running container by its agent, against the engine's own ways to run it.
local clock = require("core.clock")
local compare = require("compare")
local fs = require("core.fs")

local support = dofile("tests/lua/engine_support.lua")

local STEPS, EXECS, ROUNDS = 20, 3, 20
local TRUE = { "/usr/bin/busybox", "true" }

local engine = support.open("docker")
if engine.why then
  print("container_step: " .. engine.why)
  engine:close()
  return
end

--- Runs steps one after the other in a room.
local function by_agent(room)
  return function()
    local samples = {}
    for i = 1, STEPS do
      local start = clock.now()
      local process <close> = assert(room:spawn({ argv = TRUE }))
      local result = assert(process:wait())
      samples[i] = clock.now() - start
      assert(result.code == 0)
    end
    return samples
  end
end

--- Runs a program that prints nanoseconds and memory for each of its runs.
local function by_program(line)
  return function()
    local samples = {}
    local pipe = assert(io.popen(line))
    for ns in pipe:lines("l") do
      samples[#samples + 1] = assert(math.tointeger(tonumber(ns:match("^%d+"))))
    end
    assert(pipe:close(), line)
    assert(#samples == EXECS, line)
    return samples
  end
end

--- The same spawn and wait as on the host, made in the container: what its file system and its
--- filter of system calls cost anyway.
local function by_spawn_inside(room)
  local program = assert(fs.read("build/bench/peers/spawn"))
  assert(room:put("/tmp/spawn", program, 493))
  return function()
    local samples = {}
    local argv = { "/tmp/spawn", tostring(STEPS), table.unpack(TRUE) }
    local process <close> = assert(room:spawn({ argv = argv }))
    assert(assert(process:wait()).code == 0)
    for ns in process:stdout():gmatch("(%d+) %d+\n") do
      samples[#samples + 1] = math.tointeger(tonumber(ns))
    end
    assert(#samples == STEPS)
    return samples
  end
end

local function by_command(container)
  return function()
    local samples = {}
    for i = 1, EXECS do
      local start = clock.now()
      engine:run("exec", container, table.unpack(TRUE))
      samples[i] = clock.now() - start
    end
    return samples
  end
end

local ok, err = pcall(function()
  local options = { "--tmpfs", "/tmp:rw,exec,size=16m,mode=1777", table.unpack(support.BARE) }
  local first <close> = engine:open_first("busybox", "1000:1000", options)
  local beside <close>, container = engine:open_beside("1000:1000", support.BARE)
  compare.run({
    name = "container_step",
    title = "one step of busybox `true` in a running container; the limit is posix_spawn to exit "
      .. "of the same program by a static process on the host",
    rounds = ROUNDS,
    cases = {
      {
        name = "posix_spawn + wait on the host",
        measure = compare.command(STEPS, table.concat(TRUE, " ")),
      },
      { name = "posix_spawn + wait in the container", measure = by_spawn_inside(first) },
      { name = "agent, first process", measure = by_agent(first), goal = "ratio 1.5" },
      { name = "agent, beside another", measure = by_agent(beside), goal = "ratio 1.5" },
      {
        name = "exec API: create, start, inspect",
        measure = by_program(
          ("/usr/bin/env python3 bench/peers/exec_api.py %s %s %d %s"):format(
            "/var/run/docker.sock",
            container,
            EXECS,
            table.concat(TRUE, " ")
          )
        ),
      },
      { name = "docker exec", measure = by_command(container) },
    },
  })
end)
engine:close()
assert(ok, err)
