--- Schema of what stands beside steps, scenarios and services.
local limits = require("engine.model.schema.limits")
local record = require("engine.model.record")
local reference = require("engine.image.reference")
local types = require("engine.model.types")

local key, new = record.key, record.new

local NAME, TEXT = types.name(), types.text()
local LIST = types.list(types.text(), { single = true })

local USER = types.lazy(function()
  return require("engine.model.schema.service_types").user()
end)
local REQUIRES = types.lazy(function()
  return types.list(types.one_of(require("engine.requires").names), { single = true })
end)

local M = {}

local identity = {
  key("name", NAME, "Name of the file's test; one of the tables must have it.",
    { required = true, sample = '"hello"' }),
  key("version", types.text({ empty = true }), "For people.", { descriptive = true }),
  key("description", types.text({ empty = true }), "For people.", { descriptive = true }),
  key("tags", types.list(NAME), "What --tag and -k select by.", { tried = { "tag" } }),
  key("author", types.text({ empty = true }), "For people.",
    { descriptive = true }),
  key("timeout", types.duration(), "Deadline of the whole file.", { tried = { "deadline" } }),
  key("requires", REQUIRES,
    "What the place must offer; else the tests are skipped, with `--strict` an error."),
}

table.move(require("engine.model.schema.resources").keys(), 1, 2, #identity + 1, identity)

local function without_required()
  local keys = {}
  for i, spec in ipairs(identity) do
    keys[i] = setmetatable({ required = false }, { __index = spec })
  end
  return keys
end

-- One of [meta], [test] and [test.metadata] has a key.
local FITS = {
  as = "meta",
  keys = {
    name = { says = "identity.name" },
    version = { says = "identity.version" },
    description = { says = "identity.description" },
    tags = { says = "identity.tags", clears = { "tags" },
      texts = { set = "tags", repeated = "repeated tag" } },
    author = { says = "identity.author" },
    timeout = { says = "identity.timeout" },
    requires = { says = "identity.requires" },
  },
}

M.metadata = new({ title = "[test.metadata]", lenient = true, keys = without_required(),
  fits = FITS })
M.meta = new({ title = "[meta]", lenient = true, keys = without_required(), fits = FITS })
local test_keys = without_required()
test_keys[#test_keys + 1] = key("metadata", M.metadata, "The same keys, one table further down.")
local test_fits = { metadata = {} }
for name, more in pairs(FITS.keys) do
  test_fits[name] = more
end
M.test = new({ title = "[test]", lenient = true, keys = test_keys,
  fits = { as = "meta", keys = test_fits } })
M.identity = identity

M.room = new({
  title = "[room]",
  fits = {
    as = "room",
    keys = {
      "project", "env", "inherit_env",
      image = { texts = reference.FITS },
      reuse = { only = { "never" } },
    },
  },
  keys = {
    key("project", types.one_of({ "ro", "copy", "none" }),
      "How the project is seen at /project: read-only, as a private copy, or not at all.",
      { default = "ro" }),
    key("image", types.argument({ expects = "an image", sample = '"rootfs:./root"' }),
      "Root of the room: `host`, `rootfs:DIR`, `archive:FILE.tar`, or the name of a stored image; "
        .. "see [images](../images.md).", { default = "host", tried = { "root", "rootfs" } }),
    key("env", types.env(), "Variables for every step.", { tried = { "environment" } }),
    key("inherit_env", types.list(types.env_name(), { single = true }),
      "Variables handed down from clnrm's own environment."),
    key("reuse", types.one_of({ "never", "verified" }),
      "Whether a room may be given to another scenario: `verified`, when nothing of what it was "
        .. "used for is left in it, as far as the kernel tells. Not in a file with services: what "
        .. "they hold in memory cannot be looked at.",
      { default = "never", sample = '"verified"' }),
    key("user", USER, "Who runs its commands, of its image, in Docker and Podman; without it the "
      .. "image's own. A sandbox room has one user, `room` (1000:1000)."),
  },
})

M.watch = new({
  title = "[watch]",
  lenient = true,
  harmless = true,
  keys = {
    key("paths", LIST, "Files and folders whose saves touch these tests, anywhere on this machine; "
      .. "relative paths start at the file's folder.", { sample = '["../schema"]' }),
    key("debounce_ms", types.integer(0, 10000), "A save that touches these tests waits so many "
      .. "milliseconds for the next."),
    key("ignore", LIST, "What is none of their business: lines as .gitignore has them, seen from "
      .. "the project. The file itself is never ignored.", { sample = '["*.log", "/build/"]' }),
  },
})

M.report = new({
  title = "[report]",
  lenient = true,
  harmless = true,
  keys = {
    key("json", TEXT, "File for a JSON report of this file's results; paths start at its folder.",
      { sample = '"report.json"' }),
    key("junit", TEXT, "The same for a JUnit report.", { sample = '"report.xml"' }),
    key("digest", TEXT, "File for the digest.", { enforced = false }),
    key("html", TEXT, "File for a page.", { enforced = false }),
  },
})

--- A time for a clock to stand still at.
local function frozen_time()
  local time = types.any('"2025-01-01T00:00:00Z"')
  time.kind, time.fits = "instant", { kind = "time" }
  function time.check(_, value, cx, t, k)
    local ms, problem = require("engine.determinism").read_time(value)
    if not ms then
      cx:at_value("P103", t, k, ("%s %s"):format(cx:name(k), problem), nil,
        'write it as RFC 3339: "2025-01-01T00:00:00Z"')
      return nil
    end
    return value
  end
  return time
end

M.determinism = new({
  title = "[determinism]",
  fits = { as = "determinism", keys = { "seed", "freeze_clock" } },
  keys = {
    key("seed", types.integer(), "Seed of everything that the file's templates draw; steps and "
      .. "services see it as CLNRM_SEED. `--seed N` wins.", { sample = "42" }),
    key("freeze_clock", types.either("a date and time", {
      string = frozen_time(),
      time = frozen_time(),
    }, '"2025-01-01T00:00:00Z"'), "The time that every clock of templates shows; steps and "
      .. "services see it as SOURCE_DATE_EPOCH, in seconds. `--freeze TIME` wins."),
  },
})

M.otel = new({
  title = "[otel]",
  keys = {
    key("exporter", types.one_of({
      "none", "stdout", "otlp", "otlp-http", "otlp-grpc", "jaeger", "zipkin", "datadog", "newrelic",
    }, '"otlp"'), "Exporter."),
    key("protocol", types.one_of({ "http/protobuf", "grpc", "http/json" }), "Protocol."),
    key("endpoint", TEXT, "URL."),
    key("sample_ratio", types.number(0, 1), "Share of the traces that is sent.", { default = 1 }),
    key("resources", types.map(types.any('"value"')), "Resource attributes."),
    key("headers", types.map(types.text({ empty = true })), "Headers."),
    key("propagators", new({
      title = "propagators",
      keys = { key("use", LIST, "Names.") },
    }), "Propagators."),
  },
})

M.property = new({
  title = "[property]",
  keys = {
    key("runs", types.integer(1, 10000), "How many values each scenario is run on.",
      { default = 100 }),
    key("seed", types.integer(), "Seed of what is generated; `--seed N` wins. Without both the one "
      .. "of [determinism], else one of the scenario's own, the same in each run.",
      { sample = "42" }),
    key("gen", types.map(types.any('"int"'), { min = 1 }), "Generators by name: what each makes is "
      .. "a variable of all steps, and `${name}` in the elements of their argv.",
      { required = true }),
  },
})

local HOOK = types.either("a command, a Lua module, or a table with one of them", {
  string = types.command(),
  array = types.command(),
  table = new({
    title = "a hook",
    keys = {
      key("command", types.command(), "The command."),
      key("module", types.argument({ expects = "a path", sample = '"hooks/seed.lua"' }),
        "Instead of a command: a Lua file of the project, whose path starts at the test file's "
          .. "folder. A text that is just one relative path with the ending `.lua` means the same.",
        { tried = { "lua", "file", "script" } }),
      key("on", types.one_of({ "room", "host" }),
        "Where a command runs: in the room, or on the machine itself, which needs "
          .. "`--allow host-hooks` on the command line.", { default = "room", sample = '"host"' }),
    },
  }),
}, '["true"]')

M.hooks = new({
  title = "[hooks]",
  keys = {
    key("before_all", HOOK, "Before the first scenario of the file, in the room of the file.",
      { tried = { "setup", "setup_all" } }),
    key("before_each", HOOK, "Before the first step of each scenario, in its room.",
      { tried = { "setup_each", "before" } }),
    key("after_each", HOOK, "Behind the last step of each scenario, whatever became of it.",
      { tried = { "teardown_each", "after" } }),
    key("after_all", HOOK, "After the last scenario of the file, whatever became of them.",
      { tried = { "teardown", "teardown_all" } }),
  },
})

M.matrix = types.map(types.list(types.any(), { min = 1, plural = "values" }),
  { expects = "a table of lists" })
M.vars = types.map(types.any())
M.assertions = types.map(types.any("true"), {
  min = 1,
  sample = "{ should_leave_no_processes = true }",
})
local function true_alone()
  local switch = types.boolean()
  local check = switch.check
  function switch:check(value, cx, t, k)
    if value == false then
      cx:at_value("P103", t, k, ("%s must not be false"):format(cx:name(k)), nil,
        "leave it out: what is not named is given to nobody")
      return nil
    end
    return check(self, value, cx, t, k)
  end
  return switch
end

local function variable_problem(name)
  return not name:match("^[%a_][%w_]*$") and "is not the name of a variable" or nil
end

local VARIABLE =
  types.text({ expects = "the name of a variable", sample = '"TOKEN"', test = variable_problem })

M.secrets = types.either("a list of names, or a table of names", {
  array = types.list(VARIABLE),
  table = types.map(types.either("true, the name of a variable, or a table", {
    boolean = true_alone(),
    string = VARIABLE,
    table = new({
      title = "a secret",
      keys = {
        key("env", VARIABLE, "The variable that has the value, where it has another name."),
        key("required", types.boolean(), "Without it the test is an error.",
          { default = true, sample = "false" }),
      },
    }),
  }, "true"), {
    expects = "a table of names",
    test = variable_problem,
  }),
}, '["TOKEN"]')
M.limits = limits

return M
