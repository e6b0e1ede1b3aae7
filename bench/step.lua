--- One `true` step in a room that is open, against posix_spawn and wait of the same program.
local clock = require("core.clock")
local compare = require("compare")
local sandbox = require("engine.backend.sandbox")

local STEPS = 20

local room <close> = assert(sandbox.open({ room = { project = "none" } }))

--- Runs steps in the room one after the other, with all that `clnrm run` asks of a step.
local function measure_steps(argv)
  return function()
    local samples = {}
    for i = 1, STEPS do
      local start = clock.now()
      local result = assert(room:exec({ argv = argv, timeout_ms = 30000 }))
      samples[i] = clock.now() - start
      assert(result.exit_code == 0)
    end
    return samples
  end
end

compare.run({
  name = "step",
  title = "one step of `true` in an open room, frames, limits and system call filter included; "
    .. "the limit is posix_spawn to exit of the same program by a static process",
  rounds = 30,
  cases = {
    { name = "posix_spawn + wait of true", measure = compare.command(STEPS, "/usr/bin/true") },
    {
      name = "step in the sandbox",
      measure = measure_steps({ "/usr/bin/true" }),
      goal = "ratio 1.5",
    },
  },
})
