--- A whole room: opened, one `true` step, closed; against bubblewrap with the least of agents.
local clock = require("core.clock")
local compare = require("compare")
local sandbox = require("engine.backend.sandbox")

local ROOMS = 5

local function measure_rooms()
  local samples = {}
  for i = 1, ROOMS do
    local start = clock.now()
    do
      local room <close> = assert(sandbox.open({ room = { project = "none" } }))
      local result = assert(room:exec({ argv = { "/usr/bin/true" }, timeout_ms = 30000 }))
      assert(result.exit_code == 0)
    end
    samples[i] = clock.now() - start
  end
  return samples
end

compare.run({
  name = "room",
  title = "a fresh room with one step of `true`, open to closed, in a running clnrm; the peer: "
    .. "bubblewrap, allow-list root, a minimal agent as PID 1, no system call filter",
  rounds = 30,
  cases = {
    {
      name = "bwrap + minimal agent + true",
      measure = compare.command(ROOMS, compare.bwrap_line("/usr/bin/true")),
    },
    { name = "room: open, step, close", measure = measure_rooms, goal = "ratio 1.3" },
    {
      name = "bwrap + true",
      measure = compare.command(ROOMS, compare.bwrap_alone("/usr/bin/true")),
    },
  },
})
