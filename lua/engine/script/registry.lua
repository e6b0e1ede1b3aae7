--- What a file of Lua tests registers while it is loaded: tests, fixtures, hooks.
---
--- A registry is the context of the task that loads its file; registering is an error anywhere
--- else, since a test that registers itself while tests run would be run by nobody.
local options = require("engine.script.options")
local place = require("engine.script.place")
local requires = require("engine.requires")
local room_spec = require("engine.script.room_spec")
local text = require("core.text")

---@class engine.script.registry
local M = {}

local NAME_MAX = 1000 -- bytes
local CASES_MAX = 10000

---@class engine.script.Test
---@field name string
---@field place engine.script.Place
---@field fn? async fun(t: clnrm.Test, case: any)
---@field skip? string
---@field only? boolean
---@field tags string[]
---@field timeout_ms? integer
---@field retries? integer
---@field requires? string[]
---@field locks? engine.model.Lock[]
---@field group? string
---@field room? table
---@field has_case? boolean
---@field case? any

---@class engine.script.Fixture
---@field name string
---@field place engine.script.Place
---@field scope "test"|"file"|"run"
---@field setup async fun(t: clnrm.Test): any
---@field teardown? async fun(value: any, t: clnrm.Test)
---@field timeout_ms? integer

---@class engine.script.Hook
---@field fn async fun(t: clnrm.Test)
---@field place engine.script.Place

---@class engine.script.Registry
---@field kind "loading"
---@field tests engine.script.Test[]
---@field fixtures table<string, engine.script.Fixture>
---@field hooks table<string, engine.script.Hook[]>
---@field outside engine.script.Outside checks while the file was loaded
---@field tasks table<clnrm.task.Child, true> that nobody has waited for
---@field uncaught table<any, true>
---@field count integer of everything that was registered
---@field own table what the file's own matchers are kept in
---@field suite table
---@field is_closed boolean
local Registry = {}
Registry.__index = Registry

local function check_name(name, what)
  local why
  if type(name) ~= "string" then
    why = "must be text"
  elseif name == "" then
    why = "is empty"
  elseif #name > NAME_MAX then
    why = ("is longer than %d bytes"):format(NAME_MAX)
  elseif text.bad_utf8(name) or name:find("%c") then
    why = "holds a control character or bytes that are not UTF-8"
  end
  if why then
    place.misuse(("%s: the name %s"):format(what, why))
  end
  return name
end

--- Reads locks: a name, or a list of names and of { name =, shared = true }.
local function locks_of(value)
  local expects = 'a name, or a list of names and of { name = "db", shared = true }'
  local list = {}
  for i, item in ipairs(type(value) == "table" and value or { value }) do
    local name = type(item) == "table" and item.name or item
    local shared = type(item) == "table" and item.shared
    if type(name) ~= "string" or name == "" or shared ~= nil and type(shared) ~= "boolean" then
      return false, nil, expects
    end
    for key in pairs(type(item) == "table" and item or {}) do
      if key ~= "name" and key ~= "shared" then
        return false, nil, expects
      end
    end
    list[i] = { name = name, shared = shared or nil, is_named = true }
  end
  return #list > 0 and (type(value) ~= "table" or #value == #list), list, expects
end

local TEST_OPTIONS = {
  locks = locks_of,
  group = "text",
  tags = "a list of texts",
  timeout = options.DURATION,
  cases = "a table",
  room = "a table",
  retries = "a whole number",
  requires = "a list of texts",
}

local FIXTURE_OPTIONS = {
  scope = function(value)
    return value == "test" or value == "file" or value == "run", value,
      '"test", "file" or "run"'
  end,
  setup = "a function",
  teardown = "a function",
  timeout = options.DURATION,
}

--- Names a case: its own name, its key, its value when that is short, or its number.
local function label_of(key, case, index)
  if type(key) == "string" then
    return key
  elseif type(case) == "table" and type(case.name) == "string" and case.name ~= "" then
    return case.name
  elseif type(case) == "string" and #case <= 40 and case:match("^[%g ]+$") then
    return case
  elseif type(case) == "number" or type(case) == "boolean" then
    return tostring(case)
  end
  return tostring(index)
end

--- Lists the cases of a table: a list in its order, then the keys by name.
local function cases_of(cases, what)
  local list, keys = {}, {}
  for i, case in ipairs(cases) do
    list[i] = { label = label_of(i, case, i), value = case }
  end
  for key in pairs(cases) do
    if type(key) == "string" then
      keys[#keys + 1] = key
    elseif not (math.type(key) == "integer" and key >= 1 and key <= #list) then
      place.misuse(what .. ": cases must be a list, or a table from names to cases")
    end
  end
  table.sort(keys)
  for _, key in ipairs(keys) do
    list[#list + 1] = { label = key, value = cases[key] }
  end
  if #list == 0 then
    place.misuse(what .. ": cases is empty, so that nothing would be tested")
  elseif #list > CASES_MAX then
    place.misuse(("%s: %d cases, of %d at most"):format(what, #list, CASES_MAX))
  end
  local seen = {}
  for i, case in ipairs(list) do
    if seen[case.label] then
      case.label = ("%s #%d"):format(case.label, i)
    end
    seen[case.label] = true
  end
  return list
end

local function add_test(self, test)
  if self.by_name[test.name] then
    place.misuse(("two tests are named '%s'; the first is on line %d"):format(
      test.name, self.by_name[test.name].place.line))
  end
  self.by_name[test.name] = test
  self.tests[#self.tests + 1] = test
  self.count = self.count + 1
end

--- Registers a test, or one for each of its cases.
---@param name any
---@param opts any
---@param fn any
---@param how? { only?: boolean, what?: string }
function Registry:test(name, opts, fn, how)
  local what = how and how.what or "clnrm.test"
  check_name(name, what)
  if fn == nil and type(opts) == "function" then
    opts, fn = nil, opts
  end
  local read = options.read(opts, TEST_OPTIONS, what)
  options.argument(fn, "a function", what .. ": the last argument")
  if read.room then -- now: the test need not open it
    room_spec.read(self.suite, read.room, what .. ": room")
  end
  for _, wanted in ipairs(read.requires or {}) do
    local problem, help = requires.problem(wanted)
    if problem then
      place.misuse(("%s: requires: %s; %s"):format(what, problem, help))
    end
  end
  local at = place.here(2)
  local cases = read.cases and cases_of(read.cases, what) or { false }
  for _, case in ipairs(cases) do
    add_test(self, {
      name = case and ("%s[%s]"):format(name, case.label) or name,
      place = at,
      fn = fn,
      only = how and how.only,
      tags = read.tags or {},
      timeout_ms = read.timeout,
      retries = read.retries,
      requires = read.requires,
      locks = read.locks,
      group = read.group,
      room = read.room,
      has_case = case and true,
      case = case and case.value,
    })
  end
end

--- Registers a test that is not run.
---@param name any
---@param reason any
function Registry:skip(name, reason)
  check_name(name, "clnrm.skip")
  if type(reason) ~= "string" or reason == "" then
    place.misuse("clnrm.skip: a reason is needed, as text")
  end
  add_test(self, { name = name, place = place.here(2), skip = reason, tags = {} })
end

--- Registers a fixture.
---@param name any
---@param given any
function Registry:fixture(name, given)
  check_name(name, "clnrm.fixture")
  local read = options.read(given, FIXTURE_OPTIONS, "clnrm.fixture")
  options.argument(read.setup, "a function", "clnrm.fixture: setup")
  local first = self.fixtures[name]
  if first then
    place.misuse(("two fixtures are named '%s'; the first is on line %d"):format(
      name, first.place.line))
  end
  self.fixtures[name] = {
    name = name,
    place = place.here(2),
    scope = read.scope or "test",
    setup = read.setup,
    teardown = read.teardown,
    timeout_ms = read.timeout,
  }
  self.count = self.count + 1
end

--- Registers a hook.
---@param when "before_all"|"before_each"|"after_each"|"after_all"
---@param fn any
function Registry:hook(when, fn)
  options.argument(fn, "a function", ("clnrm.%s: its argument"):format(when))
  local list = self.hooks[when]
  list[#list + 1] = { fn = fn, place = place.here(2) }
  self.count = self.count + 1
end

--- Takes nothing more.
function Registry:close()
  self.is_closed = true
end

--- Makes the registry of a file.
---@param file string as it is shown
---@param suite { path?: string, project_dir: string } where its paths start
---@return engine.script.Registry
function M.new(file, suite)
  return setmetatable({
    kind = "loading",
    file = file,
    suite = suite,
    tests = {},
    by_name = {},
    fixtures = {},
    hooks = { before_all = {}, before_each = {}, after_each = {}, after_all = {} },
    own = {},
    outside = { pending = {} },
    tasks = {},
    uncaught = {},
    count = 0,
    is_closed = false,
  }, Registry)
end

return M
