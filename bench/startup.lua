--- Start-up of the whole process: the version, an empty script, and Lua's own interpreter.
local compare = require("compare")

local clnrm = assert(os.getenv("CLNRM"))

compare.run({
  name = "startup",
  title = "posix_spawn to exit of the whole process; spread is the middle half over the median",
  rounds = 30,
  cases = {
    { name = "lua5.4 -e ''", measure = compare.command(5, "lua5.4 -e ''") },
    {
      name = "clnrm --version",
      measure = compare.command(5, clnrm .. " --version"),
      goal = "2 ms",
    },
    {
      name = "clnrm empty.lua",
      measure = compare.command(5, clnrm .. " bench/empty.lua"),
      goal = "4 ms",
    },
  },
})
