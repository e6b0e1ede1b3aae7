--- Looks a record through before anything of it is told: what no run writes is damage.
---
--- Each line is an event of a known kind and shape, the header stands at its beginning alone,
--- nothing follows its end, and the verdicts are as many as the run has counted.  A record that
--- only stops is none of that: its run was killed, or goes on.
---@class engine.runs.damage
local json = require("core.json")
local shape = require("engine.runs.shape")

local M = {}

--- Says what is wrong with a line behind the header, or gives its event.
local function read(line)
  local e = line:sub(1, 1) == "{" and json.decode(line)
  if type(e) ~= "table" then
    return nil, "it cannot be read"
  elseif e.event == nil and e.schema ~= nil then
    return nil, "a second header"
  elseif type(e.event) ~= "string" then
    return nil, "it is no event"
  elseif not shape.knows(e.event) then
    return nil, "no run tells such an event"
  end
  return e
end

--- Says which verdict has another count in two tables.
local function difference(seen, said)
  local names = {}
  for name in pairs(seen) do
    names[name] = true
  end
  for name in pairs(said) do
    names[name] = true
  end
  local list = {}
  for name in pairs(names) do
    list[#list + 1] = name
  end
  table.sort(list)
  for _, name in ipairs(list) do
    if (seen[name] or 0) ~= (said[name] or 0) then
      return name, seen[name] or 0, said[name] or 0
    end
  end
end

--- Compares the counts at the end of a record with what it tells.
local function check_counts(seen, run_end, record_end)
  if run_end then
    local name, found, said = difference(seen, run_end.counts)
    if name then
      return ("it tells of %d with the verdict %s, and its run_end of %d"):format(found, name, said)
    end
  end
  if record_end then
    local name, found, said = difference(run_end and run_end.counts or {}, record_end.counts or {})
    if name then
      return ("run_end tells of %d with the verdict %s, and record_end of %d"):format(found, name,
        said)
    end
  end
end

--- Looks through a record.
---@param path string
---@return integer? count its events; nil: it is damaged, or cannot be read
---@return string? why
---@nodiscard
function M.look_through(path)
  local f <close>, err = io.open(path, "rb")
  if not f then
    return nil, err
  end
  f:read("L") -- the header
  local count, seen = 0, {}
  local run_end, record_end
  for line in f:lines("L") do
    local where = ("event %d"):format(count + 1)
    if record_end then
      return nil, ("%s: it stands behind the end of the record"):format(where)
    elseif line:sub(-1) ~= "\n" then
      break -- cut off in its middle: it is the last one
    end
    local e, why = read(line)
    if not e then
      return nil, ("%s: %s"):format(where, why)
    end
    why = shape.problem(e) or run_end and e.event == "run_end" and "it is there twice"
    if why then
      return nil, ("%s, %s: %s"):format(where, e.event, why)
    end
    count = count + 1
    if e.event == "scenario_end" or e.event == "file_error" then
      local name = e.verdict or "error"
      seen[name] = (seen[name] or 0) + 1
    end
    run_end = e.event == "run_end" and e or run_end
    record_end = e.event == "record_end" and e or record_end
  end
  local why = check_counts(seen, run_end, record_end)
  if why then
    return nil, why
  end
  return count
end

return M
