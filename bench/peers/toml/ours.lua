--- Our own part: clnrm lua ours.lua plain|positions FILE N reads FILE N times into Lua tables,
--- prints CPU seconds.  The garbage is collected within the time.
local toml = require("core.toml")

local options = arg[1] == "positions" and { positions = true } or nil
local file = assert(io.open(arg[2], "rb"))
local text = file:read("a")
file:close()
local rounds = math.tointeger(tonumber(arg[3]))

for _ = 1, rounds // 10 + 1 do
  assert(toml.decode(text, options))
end
collectgarbage()
local start = os.clock()
for _ = 1, rounds do
  toml.decode(text, options)
end
collectgarbage()
print(os.clock() - start)
