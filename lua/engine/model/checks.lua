--- The checks of a step: one for each thing that the file asks of it, and one of the exit code.
local host_path = require("engine.model.host_path")
local json = require("core.json")
local place = require("engine.model.place")

---@class engine.model.checks
local M = {}

---@class engine.model.Check
---@field subject "exit_code"|"stdout"|"stderr"|"duration_ms"|"file"
---@field path? string           of the file
---@field matcher string
---@field expected any           for "json": { path =, steps = parsed, value = }
---@field key string             as the user spelt it: "expect.stdout.contains"
---@field pos engine.model.Pos
---@field implied? boolean       nobody wrote it: the default exit code

--- Copies a TOML value as decoded JSON has it, so that the two compare.
local function as_json(cx, value)
  if type(value) ~= "table" then
    return value
  end
  local copy = {}
  for k, v in pairs(value) do
    copy[k] = as_json(cx, v)
  end
  return cx:is_array(value) and json.array(copy) or copy
end

local CONVERT = {
  mode = function(value)
    return math.type(value) == "integer" and value or tonumber(value, 8)
  end,
  sha256 = function(value)
    return (value:gsub("^sha256:", ""):lower())
  end,
  lines = function(value)
    return type(value) == "table" and table.move(value, 1, #value, 1, {}) or value
  end,
}

local function add(cx, list, spec, value, t, k, key, path)
  list[#list + 1] = {
    subject = spec.check.subject,
    matcher = spec.check.matcher,
    path = path,
    expected = value,
    key = key,
    pos = place.of_value(cx, t, k),
  }
end

--- Adds the checks that one key asks for.
local function add_key(cx, list, checked, spec, key, path)
  local value, t, k = checked.value[spec.name], checked.raw, checked.spelt[spec.name]
  local convert = CONVERT[spec.check.matcher]
  if value == nil then
    return
  elseif convert then
    add(cx, list, spec, convert(value), t, k, key, path)
  elseif spec.check.matcher == "json" then
    for _, item in ipairs(value) do
      local expected = { path = item.key, steps = item.steps, value = as_json(cx, item.value) }
      add(cx, list, spec, expected, value.t, item.key, key .. "." .. cx:quote(item.key))
    end
  elseif type(value) == "table" then
    for i = 1, #value do
      add(cx, list, spec, value[i], value.t, value.k or i, key, path)
    end
  else
    add(cx, list, spec, value, t, k, key, path)
  end
end

--- Adds the checks of a record and of the records in it.
local function add_record(cx, list, checked, prefix, path)
  local order, values = checked.order, checked.value
  for i = 1, #order do
    local spec = order[i]
    local value = values[spec.name]
    if spec.check then
      add_key(cx, list, checked, spec, prefix .. checked.spelt[spec.name], path)
    elseif spec.name == "file" and prefix == "expect." then
      for _, item in ipairs(value or {}) do
        add_record(cx, list, item.value, ("expect.file.%s."):format(cx:quote(item.key)), item.key)
      end
    elseif type(value) == "table" and value.order and spec.enforced ~= false then
      add_record(cx, list, value, prefix .. spec.name .. ".", path)
    end
  end
end

--- The check that holds when the file says nothing about the exit code: it is 0.
---@param cx engine.model.Context
---@param t table
---@param k any
---@param pos? engine.model.Pos of it, where that is known
---@return engine.model.Check
function M.implied(cx, t, k, pos)
  return {
    subject = "exit_code",
    matcher = "equals",
    expected = 0,
    key = "expected_exit_code",
    implied = true,
    pos = pos or place.of_value(cx, t, k),
  }
end

--- Finds the one check of the exit code among the others, where it is taken out.
local function take_exit_code(cx, list)
  local found, kept = nil, 0
  for i = 1, #list do
    local check = list[i]
    if check.subject ~= "exit_code" then
      kept = kept + 1
      list[kept] = check
    elseif found then
      local message = ("`%s` and `%s` both say the exit code"):format(found.key, check.key)
      cx:at_pos("P105", check.pos, message, "leave one out")
    else
      found = check
    end
    if kept < i then
      list[i] = nil
    end
  end
  return found
end

--- Refuses two checks of one scenario that would store the same snapshot.
---@param cx engine.model.Context
---@param steps engine.model.Step[]
function M.distinct_snapshots(cx, steps)
  local first = {}
  for _, step in ipairs(steps) do
    local list = step.checks
    for i = 1, #list do
      local check = list[i]
      local name = check.matcher == "snapshot" and check.expected
      if name and first[name] then
        local line = first[name].pos.line
        cx:at_pos("P105", check.pos,
          ("two snapshots of the scenario are named %s"):format(cx:quote(name)),
          ("the other one is on line %d, and both would be stored in one place"):format(line))
      elseif name then
        first[name] = check
      end
    end
  end
end

--- Refuses checks of relative files where the step's directory leads upwards: of a path with a `..`
--- nobody but the room could say where it leads.
local function rooted(cx, list, checked)
  local workdir = checked.value.workdir
  if type(workdir) ~= "string" or not host_path.has_parent(workdir) then
    return
  end
  for _, check in ipairs(list) do
    if check.subject == "file" and check.path:sub(1, 1) ~= "/" then
      cx:at_pos("P103", check.pos,
        ("the file %s starts at a `workdir` that leads upwards: it has a .. in it"):format(
          cx:quote(check.path)), nil, "name the file, or the `workdir`, from the root")
    end
  end
end

--- Lists the checks of a step, the exit code's first.
---@param cx engine.model.Context
---@param checked engine.model.Checked
---@param command? engine.model.Pos where its command stands
---@return engine.model.Check[]
function M.of(cx, checked, command)
  local list = { nil, nil, nil, nil } -- room for as many as most steps have
  add_record(cx, list, checked, "", nil)
  rooted(cx, list, checked)
  local exit_code = take_exit_code(cx, list)
  if checked.value.should_fail and exit_code and exit_code.expected == 0 then
    local message = ("should_fail = true, and `%s` asks for 0"):format(exit_code.key)
    cx:at_value("P109", checked.raw, "should_fail", message, "leave one out")
  elseif checked.value.should_fail and not exit_code then
    exit_code = {
      subject = "exit_code",
      matcher = "fails",
      expected = true,
      key = "should_fail",
      pos = place.of_value(cx, checked.raw, "should_fail"),
    }
  elseif not exit_code and checked.spelt.command then
    exit_code = M.implied(cx, checked.raw, "command", command)
  end
  table.insert(list, 1, exit_code or M.implied(cx, checked.t, checked.k))
  return list
end

return M
