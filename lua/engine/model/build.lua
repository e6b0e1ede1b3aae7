--- Builds the Suite from the checked tables of a file: defaults filled in, every check a Check.
local determinism = require("engine.determinism")
local place = require("engine.model.place")
local steps_of = require("engine.model.steps")
local users = require("engine.model.users")

---@class engine.model.build
local M = {}

---@class engine.model.Suite
---@field file string            as the user wrote it
---@field path string            absolute
---@field project_dir string     absolute
---@field cell? string           "a=1,b=x": which combination of the file's [matrix]
---@field name string
---@field version? string
---@field description? string
---@field author? string
---@field tags string[]
---@field timeout_ms? integer    of the whole file
---@field requires? string[]     names of engine.requires
---@field resources { locks?: table, group?: string } as checked, for all its scenarios
---@field assertions? engine.assertions.Assertion[] what must hold of each scenario
---@field room { project: "ro"|"copy"|"none", env: string[][], inherit_env: string[],
---reuse?: "verified", user?: string }
---@field limits? { cpu_millicores?: integer, memory_mb?: integer, pids?: integer } of each room
---@field hooks? engine.model.Hooks around its scenarios
---@field services engine.model.Service[] in the order of the file
---@field secrets? engine.secrets.Secret[] that its rooms are given
---@field determinism? engine.Determinism seed and frozen clock
---@field inputs? string[] variables of clnrm's environment that its template hangs on
---@field drawn_seed? integer that its template drew, since none was given
---@field property? engine.model.Property what its scenarios are run on
---@field watch? engine.model.Watch what touches it in the developer loop
---@field missing_secret? engine.secrets.Missing why its tests cannot be run, when one cannot be had
---@field scenarios engine.model.Scenario[] the file's own steps first
---@field reports? engine.model.Report[] that the file asks for
---@field text string            the source
---@field backend? string        of Lua tests: what was asked for, or "auto"
---@field rerun? { options: string|false, note?: string } of engine.cli.rerun
---@field warnings engine.diag.Diagnostic[]

---@class engine.model.Scenario
---@field id string              "FILE › NAME", or "FILE[CELL] › NAME"
---@field cell? string           "a=1,b=x": which combination of the file's [matrix]
---@field name string
---@field file string
---@field line integer
---@field description? string
---@field tags string[]          the file's and its own
---@field implicit? boolean      the file's own steps
---@field timeout_ms? integer
---@field expect_failure boolean
---@field policy? engine.model.Policy
---@field service? string        where its steps run, when they do not say it themselves
---@field services string[]      what it needs of the file's services, in the order of their start
---@field steps engine.model.Step[]
---@field is_shared? boolean      it runs in the room of its file
---@field locks? engine.model.Lock[] no two scenarios with the same lock run at once
---@field group? string          of which so many run at once
---@field collect? { kind: "files"|"logs", name: string }[]
---@field graph? engine.model.Graph what they wait for; nil: they run in order
---@field faults? engine.model.Fault[] that are made while they run
---@field suite engine.model.Suite

local NONE = {} -- what most files need of services; nobody writes to it

local function values(list)
  return list and table.move(list, 1, #list, 1, {}) or {}
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

--- Names the file of a suite, or its cell of the matrix.
local function place_of(suite)
  return suite.cell and ("%s[%s]"):format(suite.file, suite.cell) or suite.file
end

local function new_scenario(suite, fields)
  fields.id = place_of(suite) .. " › " .. fields.name
  fields.file, fields.cell, fields.suite = suite.file, suite.cell, suite
  fields.tags = join_tags(suite, fields.tags or {})
  fields.expect_failure = fields.expect_failure or false
  fields.services = NONE
  return fields
end

--- Gives a scenario the locks and the group that it may have.
local function with_resources(cx, scenario, checked)
  local file, own = scenario.suite.resources, checked and checked.value
  if file.locks or file.group or own and (own.locks or own.group) then
    require("engine.model.resources").assign(cx, scenario, file, checked)
  end
  return scenario
end

local function policy_of(cx, checked, suite)
  return checked and require("engine.model.policy").build(cx, checked, suite.around())
end

local function build_scenario(cx, suite, checked, index)
  local value = checked.value
  if value.timeout and value.timeout_ms then
    cx:at_key("P105", checked.raw, "timeout_ms", "`timeout` and `timeout_ms` say the same thing",
      "leave one out")
  end
  if value.room == "shared" and checked.spelt.policy then
    cx:at_key("P109", checked.raw, "policy", "a scenario in a shared room cannot have a policy",
      nil, "what is forbidden is a matter of the whole room: give it a fresh one")
  end
  local steps = {}
  if value.run then
    steps[1] = steps_of.of_run(cx, checked)
  end
  steps_of.build(cx, value.steps, steps)
  if not checked.spelt.run and not checked.spelt.steps or value.steps and #value.steps == 0 then
    cx:at_value("P111", checked.t, checked.k, "a scenario without steps", nil,
      'add [[scenario.steps]], or run = "…" for a single command')
  end
  return with_resources(cx, new_scenario(suite, {
    policy = policy_of(cx, value.policy, suite),
    name = value.name or ("scenario %d"):format(index),
    line = (cx:line(cx.positions:value(checked.t, checked.k))),
    description = value.description,
    tags = values(value.tags),
    timeout_ms = value.timeout or value.timeout_ms,
    expect_failure = value.expect_failure,
    service = value.service,
    is_shared = value.room == "shared" or nil,
    locks = value.room == "shared" and { { name = "the room of " .. place_of(suite) } } or nil,
    collect = value.artifacts and value.artifacts.value.collect,
    steps = steps,
    graph = steps_of.graph(cx, value.steps, steps, value.concurrent, checked),
  }), checked)
end

--- Builds the scenarios of [[scenario]] and [[scenarios]], in the order of the file.
local function build_scenarios(cx, suite, root)
  local items = {}
  for _, spelling in ipairs({ "scenario", "scenarios" }) do
    for _, checked in ipairs(root.value[spelling] or {}) do
      items[#items + 1] = { checked = checked, at = place.order(cx, checked.t, checked.k) }
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
  local steps = steps_of.build(cx, list, {})
  table.insert(suite.scenarios, 1, with_resources(cx, new_scenario(suite, {
    name = name,
    line = (cx:line(cx.positions:value(list[1].t, list[1].k))),
    implicit = true,
    steps = steps,
    graph = steps_of.graph(cx, list, steps),
  })))
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
  if identity.group then
    identity.group_pos = place.of_value(cx, from.group.raw, from.group.spelt.group)
  end
  local at = test and test.value.metadata or test or root.value.meta
  if not from.name and at then
    cx:missing_key(cx.schema.identity, cx.schema.identity.by_name.name, at.t, at.k)
  elseif not from.name and not (root.spelt.meta or root.spelt.test) then
    cx:add("P104", 0, 0, "[meta] is missing: who is this test?", nil, 'add: meta.name = "hello"')
  end
  return identity
end

--- Joins the singular and the plural spelling of a table of names; a name in both is an error.
local function join_names(cx, root, one, many)
  local seen = {}
  for _, spelling in ipairs({ one, many }) do
    local list = root.value[spelling] or {}
    for _, item in ipairs(list) do
      if seen[item.key] then
        local related = cx:related_key(seen[item.key], item.key, "first here")
        cx:at_key("P105", list.t, item.key, ("%s is given twice"):format(cx:name(item.key)),
          "leave one out", nil, { related })
      end
      seen[item.key] = list.t
    end
  end
end

--- Builds the services of a file that has any.
local function add_services(cx, suite, root)
  if not (root.value.service or root.value.services) then
    if root.value.fault then
      require("engine.model.faults").build(cx, root, suite)
    end
    return
  end
  local services = require("engine.model.services") -- most files have none
  join_names(cx, root, "service", "services")
  suite.services = services.build(cx, root)
  for _, service in ipairs(suite.services) do
    suite.has_images = suite.has_images or service.image ~= "host"
  end
  local faults = root.value.fault and require("engine.model.faults")
  local list = faults and faults.build(cx, root, suite)
  if cx.counts.error == 0 then
    services.assign(suite)
    require("engine.model.volume_overlaps").check(cx, suite)
    if faults then
      faults.assign(cx, suite, list)
    end
  end
end

--- Lists the secrets of a file; nil: it has none.
---@return engine.secrets.Secret[]?
local function secrets_of(cx, list)
  local secrets, seen = {}, {}
  for i, item in ipairs(list or {}) do
    local name, value = item.key or item, item.value
    local about = type(value) == "table" and value.value or {}
    if seen[name] then
      cx:at_value("P105", list.t, i, ("%s is given twice"):format(cx:quote(name)), "leave one out")
    end
    seen[name] = true
    secrets[i] = {
      name = name,
      variable = type(value) == "string" and value or about.env or name,
      required = about.required ~= false,
      pos = item.key and place.of_key(cx, list.t, name) or place.of_value(cx, list.t, i),
    }
  end
  return secrets[1] and secrets or nil
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

local function limits_of(cx, checked)
  local limits = checked and next(checked.value) and checked.value
  if limits then
    limits.pos = place.of_value(cx, checked.t, checked.k)
  end
  return limits or nil
end

--- What a policy has to go together with.
local function around_of(suite, root)
  local services, is_engines = {}, true
  for _, spelling in ipairs({ "service", "services" }) do
    for _, item in ipairs(root.value[spelling] or NONE) do
      services[#services + 1] = item.key
      local value = item.value and item.value.value or NONE
      is_engines = is_engines and users.is_engines(value.image, value.build)
      for _, alias in ipairs(item.value and item.value.value.aliases or NONE) do
        services[#services + 1] = alias
      end
    end
  end
  return { limits = suite.limits, project = suite.room.project, services = services,
    is_engines = is_engines }
end

--- Builds the Suite; what is wrong is told to `cx`.
---@param cx engine.model.Context
---@param root engine.model.Checked
---@param opts { path: string, project_dir: string, cell?: string }
---@return engine.model.Suite
function M.suite(cx, root, opts)
  local identity = join_identity(cx, root)
  local room = root.value.room and root.value.room.value or {}
  local wanted = determinism.join(root.value.determinism and root.value.determinism.value,
    cx.determinism)
  local suite = {
    determinism = wanted,
    file = cx.file,
    path = opts.path,
    project_dir = opts.project_dir,
    cell = opts.cell,
    name = identity.name or cx.file,
    version = identity.version,
    description = identity.description,
    author = identity.author,
    tags = values(identity.tags),
    timeout_ms = identity.timeout,
    requires = identity.requires and values(identity.requires) or nil,
    resources = { locks = identity.locks, group = identity.group, group_pos = identity.group_pos },
    room = {
      project = room.project or "ro",
      image = room.image and require("engine.model.image").of(cx, root.value.room) or nil,
      env = determinism.add_variables(wanted, room.env or {}),
      inherit_env = values(room.inherit_env),
      reuse = room.reuse == "verified" and room.reuse or nil,
      user = room.user,
    },
    limits = limits_of(cx, root.value.limits),
    hooks = root.value.hooks and require("engine.model.hooks").build(cx, root.value.hooks),
    services = NONE,
    scenarios = {},
    secrets = secrets_of(cx, root.value.secrets),
    text = cx.text,
    watch = root.value.watch and require("engine.model.watch").build(cx, root),
    reports = root.value.report and require("engine.model.report").build(cx, root),
  }
  suite.property = root.value.property
    and require("engine.model.property").build(cx, root.value.property, wanted)
  cx.room_image, suite.has_images = suite.room.image, suite.room.image ~= nil or nil
  suite.around = function()
    return around_of(suite, root)
  end
  local names = build_scenarios(cx, suite, root)
  suite.around = nil
  if suite.property then
    require("engine.model.property").check(cx, root, suite)
  end
  add_implicit(cx, suite, root, names)
  add_services(cx, suite, root)
  if suite.room.reuse and suite.services[1] then
    cx:at_value("P103", root.value.room.raw, "reuse",
      "rooms of a file with services cannot be used again",
      "what a service holds in memory cannot be shown to be clean",
      "leave it out, or move scenarios without services to a file of their own")
  end
  if cx.has_users then
    users.check(cx, root, suite)
  end
  if root.value.assertions then
    suite.assertions = require("engine.assertions").build(cx, root.value.assertions)
  end
  if #suite.scenarios == 0 and not has_wrong_list(root) and not cx.unknown_table then
    local given = root.spelt.steps and "steps" or root.spelt.scenario or root.spelt.scenarios
    cx:at_value("P110", given and root.raw, given,
      "nothing to check: the file has neither steps nor scenarios", nil,
      "add [[steps]] with a name and a command")
  end
  return suite
end

M.own_suite = M.suite -- as in engine.model

return M
