--- A plan as plain data: what `clnrm dry-run --json` writes, and what people read is made of.
---
--- docs/reference/plan-json.md has each field.  Lists are marked as arrays of JSON; what is not
--- there is left out.  Secrets are stars, as in reports.
local json = require("core.json")

local M = {}

M.SCHEMA = "clnrm.plan/1"

--- Copies a list, marked as an array; nil: an empty one.
local function array(list)
  return json.array(table.move(list or {}, 1, #(list or {}), 1, {}))
end

--- Maps a list to an array.
local function map(list, fn)
  local out = json.array()
  for _, item in ipairs(list or {}) do
    out[#out + 1] = fn(item)
  end
  return out
end

--- Lists the steps that one waits for, by their number.
---@param scenario engine.model.Scenario
---@param index integer
---@return integer[]
function M.after(scenario, index)
  local list = json.array()
  if not scenario.graph then
    list[1] = index > 1 and index - 1 or nil
    return list
  end
  for _, edge in ipairs(scenario.graph.after[index]) do
    list[#list + 1] = edge.index
  end
  table.sort(list)
  return list
end

local function names(list)
  return map(list, function(item)
    return item.name
  end)
end

local function step_of(scenario, step)
  return {
    step = step.index,
    name = step.name,
    line = step.line,
    description = step.description,
    service = step.service,
    argv = step.argv and array(step.argv),
    shell = step.shell,
    after = M.after(scenario, step.index),
    needs = array(step.needs),
    timeout_ms = step.timeout_ms,
    retry = step.retry,
    continue_on_failure = step.continue_on_failure or nil,
    capture = step.capture and names(step.capture),
    checks = #step.checks,
  }
end

--- Names an image and what is known of it without an engine.
---@param image "host"|engine.image.Image
---@return table
function M.image(image)
  if type(image) ~= "table" then
    return { text = "host", kind = "host" }
  end
  local is_named = image.kind == "stored"
  return {
    text = image.text,
    kind = is_named and "name" or image.kind,
    name = is_named and image.name or nil,
    path = image.path,
    pinned = is_named and image.name:find("@sha256:", 1, true) ~= nil or nil,
    platform = image.platform,
    pull_policy = image.policy,
  }
end

local function wait_of(wait)
  return { kind = wait.kind, key = wait.key, timeout_ms = wait.timeout_ms }
end

local function service_of(service)
  return {
    name = service.name,
    line = service.line,
    kind = service.kind,
    plugin = service.plugin,
    image = M.image(service.image),
    ports = map(service.ports, function(port)
      return { port = port.port, host = port.host }
    end),
    network = service.network,
    depends_on = map(service.depends_on, function(edge)
      return { name = edge.name, condition = edge.condition, implied = edge.implied }
    end),
    wait = map(service.wait, wait_of),
    health_check = service.health ~= nil or nil,
    unusable = service.unusable,
    is_known = not service.is_open,
  }
end

local function locks_of(scenario, resources)
  local out = json.array()
  for _, lock in ipairs(scenario.locks or {}) do
    if lock.is_named then -- that of a shared room is the room itself
      local outside = resources and resources.outside[lock.name]
      out[#out + 1] = {
        name = lock.name,
        shared = lock.shared or nil,
        scope = outside and "machine" or "run",
      }
    end
  end
  return out
end

local function scenario_of(cx, scenario, position)
  local suite, room = scenario.suite, cx.rooms.of[scenario]
  local is_lua = scenario.is_outline
  return {
    position = position,
    id = scenario.id,
    file = scenario.file,
    cell = scenario.cell,
    name = scenario.name,
    line = scenario.line,
    description = scenario.description,
    tags = array(scenario.tags),
    skipped = cx.rooms.skipped[scenario],
    compiled_only = is_lua or nil,
    room = room and room.number,
    shared_room = room and room.is_shared or nil,
    services = array(scenario.services),
    timeout_ms = not is_lua and scenario.timeout_ms or nil,
    expect_failure = scenario.expect_failure or nil,
    security_level = scenario.policy and scenario.policy.level,
    locks = locks_of(scenario, cx.resources),
    group = scenario.group,
    faults = map(scenario.faults, function(fault)
      return { kind = fault.kind, service = fault.service, at = fault.at.text }
    end),
    property_runs = suite.property and suite.property.runs or nil,
    duration_ms = cx.timings:of(scenario),
    width = scenario.graph and scenario.graph.width or nil,
    steps = map(scenario.steps, function(step)
      return step_of(scenario, step)
    end),
  }
end

local function room_of(room)
  local suite = room.suite
  return {
    room = room.number,
    file = suite.file,
    cell = suite.cell,
    shared = room.is_shared or false,
    backend = room.backend,
    asks_engine = room.backend ~= "sandbox",
    image = M.image(suite.room.image or "host"),
    project = suite.room.project,
    user = suite.room.user,
    services = array(room.services),
    scenarios = map(room.scenarios, function(scenario)
      return scenario.id
    end),
  }
end

local HOOKS = { "before_all", "before_each", "after_each", "after_all" }

local function file_of(suite)
  local hooks = map(HOOKS, function(name)
    local hook = suite.hooks and suite.hooks[name]
    return hook and { name = name, on = hook.on or "room" } or nil
  end)
  return {
    file = suite.file,
    cell = suite.cell,
    name = suite.name,
    requires = array(suite.requires),
    seed = suite.determinism and suite.determinism.seed or suite.drawn_seed,
    timeout_ms = suite.timeout_ms,
    hooks = hooks,
    secrets = names(suite.secrets),
    missing_secret = suite.missing_secret and suite.missing_secret.message,
    services = map(suite.services, service_of),
  }
end

--- Lists the suites that have a scenario in the plan, in its order.
local function suites_of(scenarios)
  local list, seen = {}, {}
  for _, scenario in ipairs(scenarios) do
    list[#list + 1] = not seen[scenario.suite] and scenario.suite or nil
    seen[scenario.suite] = true
  end
  return list
end

--- Lists the images that the plan's rooms need, each once, with the files that name it.
local function images_of(rooms, is_locked)
  local list, by_text = json.array(), {}
  local function add(image, suite)
    local key = ("%s\0%s"):format(image.text, image.platform or "")
    local known = by_text[key]
    if not known then
      known = M.image(image)
      known.files, by_text[key], list[#list + 1] = json.array(), known, known
      if known.name and is_locked then
        known.locked = is_locked(image.text)
      end
    end
    known.files[#known.files + 1] = known.files[#known.files] ~= suite.file and suite.file or nil
  end
  for _, room in ipairs(rooms.list) do
    local is_used = {}
    for _, name in ipairs(room.services) do
      is_used[name] = true
    end
    if room.suite.room.image then
      add(room.suite.room.image, room.suite)
    end
    for _, service in ipairs(room.suite.services) do
      if is_used[service.name] and type(service.image) == "table" then
        add(service.image, room.suite)
      end
    end
  end
  return list
end

---@class engine.plan.DocumentContext
---@field rooms engine.plan.Rooms
---@field masks engine.run.Secrets as engine.plan.secrets finds them
---@field resources? engine.plan.Resources
---@field timings engine.plan.Timings
---@field runs integer         of whose records the times are
---@field estimate engine.plan.Estimate
---@field is_locked? fun(text: string): boolean whether clnrm.lock has an image; nil: there is none
---@field sum_only? boolean  of scenarios and rooms only what the sum is made of, and no files

--- Says how much there is of all.
local function totals_of(out, plan)
  local steps, compiled_only, skipped, asks = 0, 0, 0, false
  for _, scenario in ipairs(plan.scenarios) do
    steps = steps + #scenario.steps
    compiled_only = compiled_only + (scenario.is_outline and 1 or 0)
  end
  for _, scenario in ipairs(out.scenarios) do
    skipped = skipped + (scenario.skipped and 1 or 0)
  end
  for _, room in ipairs(out.rooms) do
    asks = asks or room.asks_engine
  end
  out.asks_engine = asks
  return {
    scenarios = #plan.scenarios - compiled_only,
    lua_files = compiled_only,
    skipped = skipped,
    excluded = plan.excluded,
    files = plan.files,
    steps = steps,
    rooms = #out.rooms,
    images = #out.images,
  }
end

--- What the sum of a plan needs of a room and of a scenario: no text of the project.
local function sum_of_room(room)
  return { backend = room.backend, asks_engine = room.backend ~= "sandbox" }
end

local function sum_of_scenario(cx, scenario)
  return { skipped = cx.rooms.skipped[scenario] ~= nil or nil }
end

local function add_all(out, plan, cx, clean)
  out.rooms = map(cx.rooms.list, function(room)
    return clean(room_of(room))
  end)
  for i, scenario in ipairs(plan.scenarios) do
    out.scenarios[i] = clean(scenario_of(cx, scenario, i))
  end
  out.files = map(suites_of(plan.scenarios), function(suite)
    return clean(file_of(suite))
  end)
end

local function add_sums(out, plan, cx)
  out.rooms, out.files = map(cx.rooms.list, sum_of_room), json.array()
  for i, scenario in ipairs(plan.scenarios) do
    out.scenarios[i] = sum_of_scenario(cx, scenario)
  end
end

--- Makes the data of a plan.
---@param plan engine.Plan
---@param cx engine.plan.DocumentContext
---@return table
---@nodiscard
function M.of(plan, cx)
  local function clean(about)
    return cx.masks:clean(about)
  end
  local out = { schema = M.SCHEMA, scenarios = json.array() }
  local add = cx.sum_only and add_sums or add_all
  add(out, plan, cx, clean)
  out.images = map(images_of(cx.rooms, cx.is_locked), clean)
  out.totals = totals_of(out, plan)
  local about, found = plan.about or {}, cx.estimate
  out.order, out.seed, out.shard = about.order or "file", about.seed, about.shard
  out.estimate = {
    ms = found.ms,
    is_least = found.is_least or false,
    known = found.known,
    unknown = found.unknown,
    slots = found.slots,
    runs = cx.runs,
  }
  return out
end

return M
