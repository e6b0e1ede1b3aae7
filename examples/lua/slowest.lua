-- A plain program, no test: prints the slowest scenarios of a report.
--
--   clnrm run --report json=report.json
--   clnrm examples/lua/slowest.lua report.json [HOW MANY]
local json = require("clnrm.json")

local path, count = arg[1], tonumber(arg[2] or 3)
if not path then
  io.stderr:write("usage: clnrm slowest.lua REPORT.json [HOW MANY]\n")
  os.exit(2)
end

local file = assert(io.open(path))
local report = assert(json.decode(file:read("a")))
file:close()

table.sort(report.results, function(a, b)
  return (a.duration_ms or 0) > (b.duration_ms or 0)
end)
for i = 1, math.min(count, #report.results) do
  local result = report.results[i]
  print(("%8.1f ms  %s › %s"):format(result.duration_ms or 0, result.file, result.name or "-"))
end
