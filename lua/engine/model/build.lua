--- Builds the Suite from the checked tables of a file: defaults filled in, every check a Check.
local json = require("core.json")

---@class engine.model.build
local M = {}

---@class engine.model.Suite
---@field file string            as the user wrote it
---@field path string            absolute
---@field project_dir string     absolute
---@field name string
---@field version? string
---@field description? string
---@field author? string
---@field tags string[]
---@field timeout_ms? integer    of the whole file
---@field room { project: "ro"|"copy"|"none", env: string[][], inherit_env: string[] }
---@field scenarios engine.model.Scenario[] the file's own steps first
---@field text string            the source
---@field warnings engine.diag.Diagnostic[]

---@class engine.model.Scenario
---@field id string              "FILE › NAME"
---@field name string
---@field file string
---@field line integer
---@field description? string
---@field tags string[]          the file's and its own
---@field implicit? boolean      the file's own steps
---@field timeout_ms? integer
---@field expect_failure boolean
---@field steps engine.model.Step[]
---@field suite engine.model.Suite

---@class engine.model.Step
---@field name string
---@field line integer
---@field index integer
---@field description? string
---@field argv? string[]         either this
---@field shell? string          or this
---@field cwd? string
---@field env string[][]         { name, value } in the order of the file
---@field stdin? string
---@field timeout_ms? integer
---@field continue_on_failure boolean
---@field checks engine.model.Check[] the exit code's first

---@class engine.model.Check
---@field subject "exit_code"|"stdout"|"stderr"|"duration_ms"|"file"
---@field path? string           of the file
---@field matcher string
---@field expected any           for "json": { path =, steps = parsed, value = }
---@field key string             as the user spelt it: "expect.stdout.contains"
---@field pos { line: integer, column: integer, offset: integer, length: integer }
---@field implied? boolean       nobody wrote it: the default exit code

local function place(cx, offset, stop)
  local line, column = cx:line(offset)
  return { line = line, column = column, offset = offset, length = math.max(stop - offset, 1) }
end

local function value_place(cx, t, k)
  return place(cx, cx.positions:value(t, k))
end

local function values(list)
  local out = {}
  for i, item in ipairs(list or {}) do
    out[i] = item.value
  end
  return out
end

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
    return type(value) == "table" and values(value) or value
  end,
}

local function add_check(cx, checks, spec, value, t, k, key, path)
  checks[#checks + 1] = {
    subject = spec.check.subject,
    matcher = spec.check.matcher,
    path = path,
    expected = value,
    key = key,
    pos = value_place(cx, t, k),
  }
end

--- Adds the checks that one key asks for.
local function add_key(cx, checks, checked, spec, key, path)
  local value, t, k = checked.value[spec.name], checked.raw, checked.spelt[spec.name]
  if value == nil then
    return
  elseif spec.check.matcher == "json" then
    for _, item in ipairs(value) do
      local expected = { path = item.key, steps = item.steps, value = as_json(cx, item.value) }
      add_check(cx, checks, spec, expected, item.t, item.k, key .. "." .. cx:quote(item.key))
    end
  elseif CONVERT[spec.check.matcher] then
    add_check(cx, checks, spec, CONVERT[spec.check.matcher](value), t, k, key, path)
  elseif type(value) == "table" then
    for _, item in ipairs(value) do
      add_check(cx, checks, spec, item.value, item.t, item.k, key, path)
    end
  else
    add_check(cx, checks, spec, value, t, k, key, path)
  end
end

--- Adds the checks of a record and of the records in it.
local function add_checks(cx, checks, checked, prefix, path)
  for _, spec in ipairs(checked.order) do
    local value = checked.value[spec.name]
    local key = prefix .. checked.spelt[spec.name]
    if spec.check then
      add_key(cx, checks, checked, spec, key, path)
    elseif spec.name == "file" and prefix == "expect." then
      for _, item in ipairs(value or {}) do
        add_checks(cx, checks, item.value, ("%s.%s."):format(key, cx:quote(item.key)), item.key)
      end
    elseif type(value) == "table" and value.order and spec.enforced ~= false then
      add_checks(cx, checks, value, key .. ".", path)
    end
  end
end

--- Makes sure that exactly one check of the exit code is left, in front.
local function settle_exit_code(cx, checks, checked)
  local found, rest = nil, {}
  for _, check in ipairs(checks) do
    if check.subject ~= "exit_code" then
      rest[#rest + 1] = check
    elseif found then
      local message = ("`%s` and `%s` both say the exit code"):format(found.key, check.key)
      local pos = check.pos
      cx:add("P105", pos.offset, pos.offset + pos.length, message, "leave one out")
    else
      found = check
    end
  end
  local should_fail = checked.value.should_fail
  if should_fail and found and found.expected == 0 then
    local message = ("should_fail = true, and `%s` asks for 0"):format(found.key)
    cx:at_key("P109", checked.raw, "should_fail", message, "leave one out")
  elseif should_fail and not found then
    found = {
      subject = "exit_code",
      matcher = "fails",
      expected = true,
      key = "should_fail",
      pos = value_place(cx, checked.raw, "should_fail"),
    }
  end
  found = found or {
    subject = "exit_code",
    matcher = "equals",
    expected = 0,
    key = "expected_exit_code",
    implied = true,
    pos = checked.spelt.command and value_place(cx, checked.raw, "command")
      or value_place(cx, checked.t, checked.k),
  }
  table.insert(rest, 1, found)
  return rest
end

local function build_step(cx, checked, index)
  local value = checked.value
  local command = value.command or {}
  local checks = {}
  add_checks(cx, checks, checked, "", nil)
  return {
    name = value.name or ("step %d"):format(index),
    line = value_place(cx, checked.t, checked.k).line,
    index = index,
    description = value.description,
    argv = command.argv,
    shell = command.shell,
    cwd = value.workdir,
    env = value.env or {},
    stdin = value.stdin,
    timeout_ms = value.timeout,
    continue_on_failure = value.continue_on_failure or false,
    checks = settle_exit_code(cx, checks, checked),
  }
end

--- Builds a list of steps, and refuses equal names.
local function build_steps(cx, list, steps)
  local seen = {}
  for _, item in ipairs(list or {}) do
    local checked = item.value
    local step = build_step(cx, checked, #steps + 1)
    local name = checked.value.name
    if name and seen[name] then
      local related = cx:related_key(seen[name].raw, "name", "first here")
      cx:at_value("P105", checked.raw, "name", ("two steps are named %s"):format(cx:quote(name)),
        "a report could not tell them apart", nil, { related })
    elseif name then
      seen[name] = checked
    end
    steps[#steps + 1] = step
  end
  return steps
end

--- The one step that `run` is short for.
local function run_step(cx, checked)
  local command, pos = checked.value.run, value_place(cx, checked.raw, "run")
  return {
    name = "run",
    line = pos.line,
    index = 1,
    argv = command.argv,
    shell = command.shell,
    env = {},
    continue_on_failure = false,
    checks = {
      {
        subject = "exit_code",
        matcher = "equals",
        expected = 0,
        key = "expected_exit_code",
        implied = true,
        pos = pos,
      },
    },
  }
end

local function join_tags(suite, own)
  local tags, seen = {}, {}
  for _, list in ipairs({ suite.tags, own }) do
    for _, tag in ipairs(list) do
      if not seen[tag] then
        seen[tag], tags[#tags + 1] = true, tag
      end
    end
  end
  return tags
end

local function new_scenario(suite, fields)
  fields.id = suite.file .. " › " .. fields.name
  fields.file, fields.suite = suite.file, suite
  fields.tags = join_tags(suite, fields.tags or {})
  fields.expect_failure = fields.expect_failure or false
  return fields
end

local function build_scenario(cx, suite, checked, index)
  local value = checked.value
  if value.timeout and value.timeout_ms then
    cx:at_key("P105", checked.raw, "timeout_ms", "`timeout` and `timeout_ms` say the same thing",
      "leave one out")
  end
  local steps = {}
  if value.run then
    steps[1] = run_step(cx, checked)
  end
  build_steps(cx, value.steps, steps)
  if not checked.spelt.run and not checked.spelt.steps or value.steps and #value.steps == 0 then
    cx:at_value("P111", checked.t, checked.k, "a scenario without steps", nil,
      'add [[scenario.steps]], or run = "…" for a single command')
  end
  return new_scenario(suite, {
    name = value.name or ("scenario %d"):format(index),
    line = value_place(cx, checked.t, checked.k).line,
    description = value.description,
    tags = values(value.tags),
    timeout_ms = value.timeout or value.timeout_ms,
    expect_failure = value.expect_failure,
    steps = steps,
  })
end

--- Builds the scenarios of [[scenario]] and [[scenarios]], in the order of the file.
local function build_scenarios(cx, suite, root)
  local items = {}
  for _, spelling in ipairs({ "scenario", "scenarios" }) do
    for _, item in ipairs(root.value[spelling] or {}) do
      items[#items + 1] = { checked = item.value, at = cx.positions:value(item.t, item.k) }
    end
  end
  table.sort(items, function(a, b)
    return a.at < b.at
  end)
  local seen = {}
  for i, item in ipairs(items) do
    local checked = item.checked
    local name = checked.value.name
    if name and seen[name] then
      local related = cx:related_key(seen[name].raw, "name", "first here")
      local message = ("two scenarios are named %s"):format(cx:quote(name))
      cx:at_value("P105", checked.raw, "name", message, "a report could not tell them apart", nil,
        { related })
    elseif name then
      seen[name] = checked
    end
    suite.scenarios[#suite.scenarios + 1] = build_scenario(cx, suite, checked, i)
  end
  return seen
end

--- Puts the file's own steps in front, as one scenario.
local function add_implicit(cx, suite, root, names)
  local list = root.value.steps
  if not list or #list == 0 then
    return
  end
  local name = suite.name
  while names[name] do
    name = name .. " (steps)"
  end
  table.insert(suite.scenarios, 1, new_scenario(suite, {
    name = name,
    line = value_place(cx, list[1].t, list[1].k).line,
    implicit = true,
    steps = build_steps(cx, list, {}),
  }))
end

--- Joins [meta], [test] and [test.metadata]; a key in two of them is an error.
local function join_identity(cx, root)
  local tables, identity, from = {}, {}, {}
  local test = root.value.test
  tables[#tables + 1] = root.value.meta
  tables[#tables + 1] = test
  tables[#tables + 1] = test and test.value.metadata
  for _, checked in pairs(tables) do
    for _, spec in ipairs(checked.order) do
      local name = spec.name
      if name ~= "metadata" and from[name] then
        local related = cx:related_key(from[name].raw, from[name].spelt[name], "first here")
        cx:at_key("P105", checked.raw, checked.spelt[name], ("`%s` is given twice"):format(name),
          "leave one out", nil, { related })
      elseif name ~= "metadata" then
        identity[name], from[name] = checked.value[name], checked
      end
    end
  end
  if not from.name then
    local at = test and test.value.metadata or test or root.value.meta
    cx:missing_key(cx.schema.identity, cx.schema.identity.by_name.name, at and at.t, at and at.k)
  end
  return identity
end

--- Joins the singular and the plural spelling of a table of names; a name in both is an error.
local function join_names(cx, root, one, many)
  local seen = {}
  for _, spelling in ipairs({ one, many }) do
    for _, item in ipairs(root.value[spelling] or {}) do
      if seen[item.key] then
        local related = cx:related_key(seen[item.key].t, item.key, "first here")
        cx:at_key("P105", item.t, item.k, ("%s is given twice"):format(cx:name(item.key)),
          "leave one out", nil, { related })
      end
      seen[item.key] = item
    end
  end
  return seen
end

--- Tells whether steps or scenarios are there but could not be read.
local function has_wrong_list(root)
  for _, name in ipairs({ "steps", "scenario", "scenarios" }) do
    if root.spelt[name] and not root.value[name] then
      return true
    end
  end
  return false
end

--- Builds the Suite; what is wrong is told to `cx`.
---@param cx engine.model.Context
---@param root engine.model.Checked
---@param opts { path: string, project_dir: string }
---@return engine.model.Suite
function M.suite(cx, root, opts)
  local identity = join_identity(cx, root)
  local room = root.value.room and root.value.room.value or {}
  local suite = {
    file = cx.file,
    path = opts.path,
    project_dir = opts.project_dir,
    name = identity.name or cx.file,
    version = identity.version,
    description = identity.description,
    author = identity.author,
    tags = values(identity.tags),
    timeout_ms = identity.timeout,
    room = {
      project = room.project or "ro",
      env = room.env or {},
      inherit_env = values(room.inherit_env),
    },
    scenarios = {},
    text = cx.text,
  }
  local names = build_scenarios(cx, suite, root)
  add_implicit(cx, suite, root, names)
  join_names(cx, root, "service", "services")
  if #suite.scenarios == 0 and not has_wrong_list(root) and not cx.unknown_table then
    cx:add("P110", 0, 0, "nothing to check: the file has neither steps nor scenarios", nil,
      "add [[steps]] with a name and a command")
  end
  return suite
end


return M
