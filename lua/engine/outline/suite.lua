--- What plans, lists and checks read of a Suite, as code of Lua, and such a Suite again.
---
--- Every field that a Suite can have is named here: as carried over, as one that none of them
--- reads, or, by being left out, as one that makes its file one that is not kept.  So a field that
--- is added later is in doubt until somebody has thought about it.
local code = require("engine.outline.code")

---@class engine.outline.suite
local M = {}

local format = string.format

local NONE = {} -- warnings; nobody writes to it

--- What a field that is in doubt gives.
local DOUBT = false

local WORDS = { [true] = "true", [false] = "false" }

--- Writes a text, number or truth value as an expression of Lua.
local function same(value)
  local kind = type(value)
  if kind == "string" or kind == "number" then
    return format("%q", value)
  end
  return WORDS[value] or DOUBT
end

--- Writes a list of such.
local function list(value)
  local parts, n = {}, #value
  for i = 1, n do
    parts[i] = same(value[i])
    if not parts[i] then
      return DOUBT
    end
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- Writes plain data.
local function plain(value)
  return code.write(value) or DOUBT
end

--- A field of which nothing is read.
local function drop()
end

--- A list that makes a file one that is not kept, unless it is empty.
local function empty(value)
  if next(value) ~= nil then
    return DOUBT
  end
end

--- Writes a record by the table of its fields.
local function record(fields)
  return function(value)
    local parts, n = {}, 0
    for key, item in pairs(value) do
      local take, written = fields[key], DOUBT
      if take then
        written = take(item)
      end
      if written then
        n = n + 1
        parts[n] = key .. "=" .. written
      elseif written == DOUBT then
        return DOUBT
      end
    end
    return "{" .. table.concat(parts, ",") .. "}"
  end
end

--- Writes a list of what a function writes.
local function each(write)
  return function(items)
    local parts = {}
    for i, item in ipairs(items) do
      parts[i] = write(item)
      if not parts[i] then
        return DOUBT
      end
    end
    return "{" .. table.concat(parts, ",") .. "}"
  end
end

--- Writes some fields of each item.
local function picked(...)
  local names = { ... }
  return each(function(item)
    local parts = {}
    for _, name in ipairs(names) do
      if item[name] ~= nil then
        parts[#parts + 1] = name .. "=" .. (same(item[name]) or "nil")
      end
    end
    return "{" .. table.concat(parts, ",") .. "}"
  end)
end

local IMAGE = record({ kind = same, text = same, name = same, platform = same, policy = same,
  pos = drop })

local function image_of(value)
  if value == "host" then
    return same(value)
  end
  return value.kind == "stored" and IMAGE(value) -- others are files and folders of the machine
end

local STEP = {
  index = same, name = same, line = same, description = same, service = same, argv = list,
  shell = same, needs = list, timeout_ms = same, retry = same, continue_on_failure = same,
  capture = picked("name"),
  checks = function(value)
    return tostring(#value)
  end,
  cwd = drop, user = drop, env = drop, stdin = drop, retry_delay_ms = drop, takes = drop,
  splices = drop, places = drop,
}

local edges = each(picked("index"))

local function graph_of(value)
  return ("{after=%s,width=%s}"):format(edges(value.after), same(value.width))
end

local SCENARIO = {
  name = same, line = same, description = same, tags = list, timeout_ms = same,
  expect_failure = same, services = list, is_shared = same, group = same, group_pos = plain,
  locks = plain, graph = graph_of, steps = each(record(STEP)),
  id = drop, file = drop, cell = drop, suite = drop, -- are made again
  implicit = drop, service = drop, collect = drop,
}

local SERVICE = {
  name = same, line = same, kind = same, image = image_of, ports = picked("port", "host"),
  network = same, depends_on = picked("name", "condition", "implied"),
  wait = picked("kind", "key", "timeout_ms"), has_way_out = same,
  health = function()
    return "true"
  end,
  volumes = empty, files = empty, secrets = empty,
  pos = drop, given = drop, argv = drop, shell = drop, env = drop, cwd = drop, hostname = drop,
  user = drop, listens = drop, tmpfs = drop, shm_size = drop, aliases = drop, extra_hosts = drop,
  ulimits = drop, networks = drop, relay = drop, limits = drop, is_seen_from_outside = drop,
  stop_signal = drop, stop_timeout_ms = drop,
}

local ROOM = {
  project = same, image = image_of, user = same, inherit_env = list, env = drop, reuse = drop,
}

-- One with a module of the project is not kept.
local HOOK = record({
  on = same,
  name = drop, line = drop, index = drop, needs = drop, argv = drop, shell = drop, env = drop,
  continue_on_failure = drop, checks = drop, places = drop,
})

local HOOKS = {
  before_all = HOOK, before_each = HOOK, after_each = HOOK, after_all = HOOK, has_host = same,
}

local SUITE = {
  name = same, cell = same, tags = list, requires = list, timeout_ms = same, has_images = same,
  inputs = list, determinism = plain, room = record(ROOM), services = each(record(SERVICE)),
  scenarios = each(record(SCENARIO)), hooks = record(HOOKS), warnings = empty,
  file = drop, path = drop, project_dir = drop, text = drop, given = drop, -- are made again
  version = drop, description = drop, author = drop, resources = drop, limits = drop,
  rendering = drop,
  reads = drop, watch = drop, -- a choice by what has changed does without outlines
}

local write = each(record(SUITE))

--- Writes the outlines of the suites of a file.
---@param suites engine.model.Suite[]
---@return string? code a list, as an expression of Lua; nil: more than the file's text has a say
---        in one of them
---@nodiscard
function M.write(suites)
  return write(suites) or nil
end

local CHECKS = setmetatable({}, { -- lists of so many; nobody writes to them
  __index = function(lists, count)
    local checks = {}
    for i = 1, count do
      checks[i] = true
    end
    lists[count] = checks
    return checks
  end,
})

--- Makes a Suite of its outline: of its checks nothing but their number is known.
---@param suite table the outline, which becomes the suite
---@param about { file: string, path: string, project_dir: string, text: string,
---       given?: engine.template.Given[] }
---@return engine.model.Suite
---@nodiscard
function M.restore(suite, about)
  local file = about.file
  suite.file, suite.path, suite.project_dir = file, about.path, about.project_dir
  suite.text, suite.given, suite.warnings = about.text, about.given, NONE
  local cell = suite.cell
  local place = cell and ("%s[%s] › "):format(file, cell) or file .. " › "
  for _, scenario in ipairs(suite.scenarios) do
    scenario.id, scenario.file, scenario.cell = place .. scenario.name, file, cell
    scenario.suite = suite
    for _, step in ipairs(scenario.steps) do
      step.checks = CHECKS[step.checks]
    end
  end
  return suite
end

return M
