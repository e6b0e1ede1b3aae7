--- Makes the Suite of a file that fits, as outlines have it, directly of what its text decodes to.
---
--- Known is that nothing is wrong with the file (engine.model.fits).  What plans read of it is then
--- little: this says it of the keys that most files have, and gives nothing for a file with any
--- other, which is read as a whole.  Pure.
local outline = require("engine.outline.suite")
local services_of = require("engine.outline.plain_services")
local types = require("engine.outline.plain_values")

---@class engine.outline.plain
local M = {}

---@class engine.outline.Places where values stand in the source
---@field positions core.toml.Positions of what was decoded
---@field line fun(offset: integer): integer of the source, for an offset of what was decoded

local NONE = {} -- what most steps need of services; nobody writes to it

local known, doubt, count_of = types.known, types.doubt, types.count_of

--- Checks of outputs and files, by how many they are.
local ONE, EACH, PAIRS = 1, 2, 3

local OUTPUT = {
  equals = ONE, matches = EACH, contains = EACH, not_contains = EACH, not_matches = EACH,
  starts_with = ONE, ends_with = ONE, lines = ONE, json = PAIRS, snapshot = ONE,
}
local FILE = { exists = ONE, equals = ONE, contains = EACH, mode = ONE, sha256 = ONE }
local DURATION_MS = { lt = ONE, gt = ONE }

local function add_checks(kinds, t, count)
  for key, value in pairs(t) do
    local kind = kinds[key] or doubt()
    count = count + (kind == ONE and 1 or kind == EACH and count_of(value) or types.size(value))
  end
  return count
end

--- Counts what `expect` of a step asks for, but for the exit code.
local function count_expected(expect)
  local count = 0
  for key, value in pairs(expect) do
    if key == "stdout" or key == "stderr" then
      count = add_checks(OUTPUT, value, count)
    elseif key == "duration_ms" then
      count = add_checks(DURATION_MS, value, count)
    elseif key == "file" then
      for _, file in pairs(value) do
        count = add_checks(FILE, file, count)
      end
    elseif key ~= "exit_code" then
      doubt()
    end
  end
  return count
end

local STEP = known([[name description command service workdir env stdin expected_exit_code exit_code
  should_fail timeout retry max_retries retry_on_failure retry_delay continue_on_failure]])

local STEP_CHECKS = known([[expected_output_regex expected_output_regex_not
  expected_output_contains expected_output_regex_stderr expected_output_regex_not_stderr
  expected_output_contains_stderr]])

--- Gives a step its command.
local function add_command(step, command)
  if type(command) == "string" then
    step.shell = command
    return
  end
  for i = 1, #command do
    if command[i]:find("${", 1, true) then
      doubt() -- it may be a value that another step leaves
    end
  end
  if not command[2] and command[1]:find("%s") then
    step.shell = command[1]
  else
    step.argv = command
  end
end

local function retry_of(t)
  local retry = t.retry
  if retry == nil then
    retry = t.max_retries
  end
  if retry == nil then
    retry = t.retry_on_failure
  end
  retry = retry == true and 1 or retry
  return retry and retry > 0 and retry or nil
end

local function step_of(t, index, line)
  local checks = 1 -- of the exit code
  for key, value in pairs(t) do
    if STEP_CHECKS[key] then
      checks = checks + count_of(value)
    elseif key == "expect" then
      checks = checks + count_expected(value)
    elseif not STEP[key] then
      doubt()
    end
  end
  local step = {
    index = index, name = t.name or doubt(), line = line, description = t.description,
    service = t.service, needs = NONE, timeout_ms = t.timeout and types.ms(t.timeout),
    retry = retry_of(t), continue_on_failure = t.continue_on_failure or false,
    checks = checks,
  }
  add_command(step, t.command or doubt())
  return step
end

local function add_steps(places, list, steps)
  local positions, line = places.positions, places.line
  for i = 1, #list do
    steps[#steps + 1] = step_of(list[i], #steps + 1, line((positions:value(list, i))))
  end
  return steps
end

local SCENARIO = known("name description tags service run steps concurrent timeout timeout_ms "
  .. "expect_failure room")

local function tags_of(suite, own)
  local tags, seen = {}, {}
  for _, list in ipairs({ suite.tags, own or NONE }) do
    for _, tag in ipairs(list) do
      if not seen[tag] then
        seen[tag], tags[#tags + 1] = true, tag
      end
    end
  end
  return tags
end

local function scenario_of(places, suite, t, line, about)
  for key in pairs(t) do
    if not SCENARIO[key] then
      doubt()
    end
  end
  if t.concurrent then
    doubt()
  end
  local steps, is_shared = {}, t.room == "shared" or nil
  if t.run then
    steps[1] = { index = 1, name = "run", line = places.line((places.positions:value(t, "run"))),
      needs = NONE, continue_on_failure = false, checks = 1 }
    add_command(steps[1], t.run)
  end
  return {
    name = t.name or doubt(), line = line, description = t.description,
    tags = tags_of(suite, t.tags),
    timeout_ms = t.timeout and types.ms(t.timeout) or t.timeout_ms,
    expect_failure = t.expect_failure or false, services = NONE, is_shared = is_shared,
    locks = is_shared and { { name = "the room of " .. about.file } } or nil,
    service = t.service, steps = t.steps and add_steps(places, t.steps, steps) or steps,
  }
end

--- Makes the scenarios, those of both spellings in the order of the text.
local function scenarios_of(places, suite, root, about)
  local items, list = {}, {}
  for _, spelling in ipairs({ "scenario", "scenarios" }) do
    local given = root[spelling] or NONE
    for i = 1, #given do
      items[#items + 1] = { t = given[i], at = (places.positions:value(given, i)) }
    end
  end
  if root.scenario and root.scenarios then
    table.sort(items, function(a, b)
      return a.at < b.at
    end)
  end
  for i, item in ipairs(items) do
    list[i] = scenario_of(places, suite, item.t, places.line(item.at), about)
  end
  return list
end

--- Puts the file's own steps in front, as one scenario.
local function add_own_steps(places, suite, steps)
  if not steps or not steps[1] then
    return
  end
  local name, names = suite.name, {}
  for _, scenario in ipairs(suite.scenarios) do
    names[scenario.name] = true
  end
  while names[name] do
    name = name .. " (steps)"
  end
  table.insert(suite.scenarios, 1, {
    name = name, line = places.line((places.positions:value(steps, 1))), tags = tags_of(suite),
    expect_failure = false, services = NONE, steps = add_steps(places, steps, {}),
  })
end

local IDENTITY = known("name version description author tags timeout requires")

--- Joins [meta], [test] and [test.metadata].
local function identity_of(root)
  local identity, test = {}, root.test
  local tables = { root.meta or NONE, test or NONE, test and test.metadata or NONE }
  for i, t in ipairs(tables) do
    for key, value in pairs(t) do
      if IDENTITY[key] then
        identity[key] = value
      elseif i ~= 2 or key ~= "metadata" then
        doubt()
      end
    end
  end
  return identity
end

local ROOM = known("project env inherit_env reuse user")

local function room_of(room)
  for key in pairs(room) do
    if not ROOM[key] then
      doubt()
    end
  end
  local inherited = room.inherit_env or NONE
  return { project = room.project or "ro", user = room.user,
    inherit_env = type(inherited) == "string" and { inherited } or types.list(inherited) }
end

local ROOT = known("meta test room steps scenario scenarios services service vars limits watch")

local function suite_of(root, places, about)
  for key in pairs(root) do
    if not ROOT[key] then
      doubt()
    end
  end
  local identity = identity_of(root)
  local requires = identity.requires
  local suite = {
    name = identity.name or doubt(), tags = types.list(identity.tags or NONE),
    timeout_ms = identity.timeout and types.ms(identity.timeout),
    requires = requires and (type(requires) == "string" and { requires } or types.list(requires)),
    determinism = about.determinism, room = room_of(root.room or NONE), services = {},
  }
  suite.scenarios = scenarios_of(places, suite, root, about)
  add_own_steps(places, suite, root.steps)
  if root.services or root.service then
    services_of.add(suite, root, places)
  end
  for _, scenario in ipairs(suite.scenarios) do
    scenario.service = nil
  end
  return outline.restore(suite, about)
end

--- Makes a Suite; nil: the file has something in it that is read as a whole.
---@param root table decoded
---@param places engine.outline.Places
---@param about { file: string, path: string, project_dir: string, text: string, given?:
---       engine.template.Given[], determinism?: engine.Determinism }
---@return engine.model.Suite?
---@nodiscard
function M.suite(root, places, about)
  return types.unless_in_doubt(suite_of, root, places, about)
end

return M
