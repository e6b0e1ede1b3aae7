-- verdicts.lua -- prints "VERDICT FILE › NAME" for each result of a JSON report, codes behind it.
--
-- usage: clnrm tools/verdicts.lua REPORT.json
local json = require("clnrm.json")

local file = assert(io.open(arg[1]))
local report = assert(json.decode(file:read("a")))
file:close()

for _, result in ipairs(report.results) do
  local line = { result.verdict, " ", result.file }
  if result.name then
    line[#line + 1] = " › " .. result.name
  end
  for _, mark in ipairs(result.marks or {}) do
    if mark ~= "slow" then -- the machine is busy on purpose
      line[#line + 1] = " " .. mark
    end
  end
  for _, failure in ipairs(result.failures or result.diagnostics or {}) do
    line[#line + 1] = " " .. failure.code
  end
  print(table.concat(line))
end
