--- The published budgets, each under its own name: what it takes here, our budget (a tenth of a
--- published time) and the published figure.  One that is passed makes this fail.
---
--- All is the real thing, processes, rooms, and containers, but what says "in memory".  ONLY names
--- some of the groups, ROUNDS how many saves are measured (40).
--- Raw samples go to build/bench/budgets.json.
local compare = require("compare")
local json = require("core.json")
local sheets = require("budgets.sheet")

local GROUPS = { "parts", "commands", "user", "reload", "rooms", "cleanroom", "scenario",
  "intelligence", "memory", "gains" }

local function load_average()
  local f = assert(io.open("/proc/loadavg"))
  local one = f:read("a"):match("^%S+")
  f:close()
  return one
end

local sheet = sheets.new()
local wanted = os.getenv("ONLY") or table.concat(GROUPS, " ")
local before = load_average()
for _, name in ipairs(GROUPS) do
  if (" " .. wanted .. " "):find(" " .. name .. " ", 1, true) then
    require("budgets." .. name)(sheet)
  end
end

print(("budgets -- load %s before, %s after"):format(before, load_average()))
io.write(sheet:markdown())
compare.write("build/bench/budgets.json", assert(json.encode(sheet.rows)) .. "\n")
local over = sheet:over()
if over[1] then
  print("over the published figure: " .. table.concat(over, ", "))
  os.exit(1)
end
