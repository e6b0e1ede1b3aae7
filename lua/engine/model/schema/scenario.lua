--- Schema of [[scenario]].
local record = require("engine.model.record")
local step = require("engine.model.schema.step")
local types = require("engine.model.types")

local key, new = record.key, record.new
local RESOURCES = require("engine.model.schema.resources").keys()

local M = {}

M.policy = types.lazy(function()
  return require("engine.model.schema.policy")
end)

--- Reads what is to be collected: `{ kind =, name = }`.
local function check_collect(_, value, cx, t, k)
  local kind, name = tostring(value):match("^(%a+):(.+)$")
  if kind == "spans" and name == "default" then
    cx:at_value("P120", t, k, ("%s is not enforced by this build yet"):format(cx:quote(value)),
      nil, "this build receives no spans")
    return nil
  elseif kind ~= "logs" and kind ~= "files" then
    cx:at_value("P103", t, k, ("%s is nothing that can be collected"):format(cx:name(k)),
      'expected "logs:NAME", "logs:all" or "files:PATH"')
    return nil
  elseif name:find("\0", 1, true) then
    cx:at_value("P116", t, k, ("%s holds a NUL character"):format(cx:name(k)))
    return nil
  elseif kind == "files" then
    local why = require("engine.model.host_path").upwards(name)
    if why then
      cx:at_value("P103", t, k, ("%s %s"):format(cx:name(k), why))
      return nil
    end
    name = name:gsub("(.)/+$", "%1")
  end
  return { kind = kind, name = name }
end

local COLLECT = types.text({ sample = '"logs:all"', expects = "what is collected" })
COLLECT.check = check_collect

local ARTIFACTS = new({
  title = "artifacts of a scenario",
  help = 'such as: artifacts.collect = ["files:report.xml", "logs:all"]',
  keys = {
    key("collect", types.list(COLLECT, { min = 1 }),
      "`files:PATH`: a file, or all below a directory, as the last step sees it; `logs:NAME` or "
        .. "`logs:all`: what services printed last.",
      { required = true, tried = { "files", "logs", "paths" } }),
  },
})

local CONCURRENT = types.either("true or false, or how many at most", {
  boolean = types.boolean(),
  integer = types.integer(1, 64),
}, "true")

M.scenario = new({
  title = "[[scenario]]",
  sample = '{ name = "name", run = ["true"] }',
  fits = {
    as = "scenario",
    owns = { "steps", "deadline" },
    needs = { "steps" },
    keys = {
      "description", "concurrent", "expect_failure", "room",
      name = { texts = { set = "scenarios", padded = "padded name" } },
      tags = { clears = { "tags" }, texts = { set = "tags", repeated = "repeated tag" } },
      service = { texts = { refers = "services" } },
      run = { gives = "steps", has_values = true },
      steps = { gives = "steps", min = 1, clears = { "steps", "snapshots" } },
      timeout = { says = "deadline" },
      timeout_ms = { says = "deadline" },
    },
  },
  keys = {
    key("name", types.name('"rolls back"'), "Name, unique in the file.", { required = true }),
    key("description", types.text({ empty = true }), "For people.", { descriptive = true }),
    key("tags", types.list(types.name()), "Tags, besides the file's.", { tried = { "tag" } }),
    key("service", types.name('"db"'), "Service that its steps run beside."),
    key("run", types.command(), "Short for one step named `run` with this command.",
      { tried = { "command", "cmd", "exec", "script" } }),
    key("steps", step.steps, "The steps, as in [[steps]].", { tried = { "step" } }),
    key("concurrent", CONCURRENT,
      "The steps overlap, up to 16 of them or this number, and wait only for what `depends_on` "
        .. "names.", { default = false }),
    key("timeout", types.duration(), "Deadline of the whole scenario."),
    key("timeout_ms", types.span(1), "The same in milliseconds."),
    RESOURCES[1],
    RESOURCES[2],
    key("expect_failure", types.boolean(), "A failing scenario passes, and a passing one fails.",
      { default = false }),
    key("room", types.one_of({ "fresh", "shared" }, '"shared"'),
      "`shared`: it runs in the room of the file, behind others that do; services go on.",
      { default = "fresh", sample = '"shared"' }),
    key("policy", M.policy, "What is forbidden in its room."),
    key("artifacts", ARTIFACTS,
      "What is kept of it, below `.clnrm/artifacts/FILE/SCENARIO` of the project."),
  },
})

M.scenarios = record.list(M.scenario)

return M
