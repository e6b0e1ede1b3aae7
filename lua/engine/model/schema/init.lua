--- The schema of test files: one table for validation, defaults, "did you mean" and documentation.
local record = require("engine.model.record")
local rest = require("engine.model.schema.rest")
local scenario = require("engine.model.schema.scenario")
local step = require("engine.model.schema.step")
local types = require("engine.model.types")

local key = record.key

---@class engine.model.schema
local M = {}

local services = types.lazy(function()
  return require("engine.model.schema.service").services
end)
local fault = types.lazy(function()
  return require("engine.model.schema.fault")
end)
local expect = types.lazy(function()
  return require("engine.model.schema.expect")
end)

M.root = record.new({
  title = "a test file",
  root = true,
  fits = {
    as = "file",
    owns = {
      "identity.name", "identity.version", "identity.description", "identity.tags",
      "identity.author", "identity.timeout", "identity.requires", "services", "scenarios",
    },
    needs = { "identity.name", "scenarios" },
    keys = {
      "meta", "test", "room", "limits", "determinism",
      steps = { gives = "scenarios", min = 1, clears = { "steps", "snapshots" } },
      scenario = { gives = "scenarios", min = 1 },
      scenarios = { gives = "scenarios", min = 1 },
      services = { says = "services" },
      service = { says = "services" },
      vars = { rendered = true },
      matrix = { rendered = true },
    },
  },
  keys = {
    key("meta", rest.meta, "Who the test is: [meta], [test] or [test.metadata].",
      { tried = { "metadata" } }),
    key("test", rest.test, "The same as [meta]."),
    key("room", rest.room, "What the room of each scenario is like.",
      { tried = { "container", "sandbox" } }),
    key("steps", step.steps, "The file's own steps, one scenario by themselves.",
      { tried = { "step", "commands", "tests" } }),
    key("scenario", scenario.scenarios, "Scenarios, each in a fresh room."),
    key("scenarios", scenario.scenarios, "The same as [[scenario]]."),
    key("services", services, "What runs beside the steps: [services.NAME]."),
    key("service", services, "The same as [services]."),
    key("expect", expect, "What must hold of the spans.", { enforced = false }),
    key("assertions", rest.assertions, "Rules by name that must hold of each scenario."),
    key("vars", rest.vars, "Values for tags: `{{ vars.NAME }}`, or `{{ NAME }}`."),
    key("matrix", rest.matrix,
      "Lists of values, with `exclude` and `include`: the file is run once for each combination."),
    key("limits", rest.limits, "What all of a room may use, by the scenarios of the file."),
    key("determinism", rest.determinism,
      "Seed of what is drawn, and a clock that stands still: docs/determinism.md."),
    key("watch", rest.watch, "What saves of the developer loop touch the tests."),
    key("report", rest.report, "Reports of the file's results."),
    key("otel", rest.otel, "OpenTelemetry of services and steps.", { enforced = false }),
    key("property", rest.property,
      "Generated values that the scenarios are run on: docs/property.md."),
    key("fault", fault, "Faults that are made to services: docs/chaos.md.",
      { tried = { "faults", "chaos" } }),
    key("hooks", rest.hooks, "Commands and Lua modules around the scenarios."),
    key("secrets", rest.secrets,
      "Variables that are given to rooms and shown nowhere: docs/secrets.md."),
  },
})

--- What guards a room, by key: of files and of rooms of Lua tests.
M.guards = { limits = rest.limits, policy = scenario.policy }

M.identity = record.new({ title = "[meta]", keys = rest.identity })

--- Lists the tables in which a key that stands in the wrong one is looked for, in this order.
local function homes()
  return {
    step.step, M.root, scenario.scenario, rest.room, services.item, rest.meta, step.expect,
    step.expect.by_name.stdout.type, step.expect.by_name.file.type.item,
    step.expect.by_name.duration_ms.type, expect,
  }
end

--- What services of other programs know: here these are options of the modules that have them.
local OPTIONS = { username = true, password = true, database = true, strict = true }

--- What is meant to try a whole test again.
local AGAIN = { retry = true, retries = true, max_retries = true, retry_on_failure = true,
  attempts = true, reruns = true }

--- Says where a key that stands in the wrong table belongs.
---@param inside engine.model.Record where it stands
---@param name string
---@return string? sentence
function M.home(inside, name)
  if OPTIONS[name] and inside == services.item then
    return ('`%s` is an option of service modules that know it: plugin = "postgres"'):format(name)
  end
  if AGAIN[name] and (inside == scenario.scenario or inside == rest.meta or inside == rest.test
      or inside == rest.metadata) then
    return "whole tests are tried again by --retries N, or by test_execution.retries of "
      .. "clnrm.toml; a single step by its `retry`"
  end
  for _, home in ipairs(homes()) do
    local spec = home ~= inside and home.by_name[name]
    if spec and home == M.root then
      local header = spec.type.kind == "list" and "[[%s]]" or "[%s]"
      return ("`%s` is a table of its own: %s"):format(name, header:format(name))
    elseif spec and not inside.root then
      return ("`%s` belongs in %s"):format(name, home.title)
    end
  end
  return nil
end

return M
