--- From a file of Lua tests to a Suite: compiled only, or loaded so that its tests are known.
local checks = require("engine.script.checks")
local core = require("core.task")
local determinism = require("engine.determinism")
local discover = require("engine.discover")
local fs = require("core.fs")
local guarded = require("engine.script.guarded")
local hint = require("engine.script.hint")
local host = require("engine.script.host")
local leftover = require("engine.script.leftover")
local load = require("engine.script.load")
local place = require("engine.script.place")
local registry = require("engine.script.registry")

---@class engine.script.suite
local M = {}

local TIMEOUT_MS = 60000 -- of a test that says none
local LOAD_MS = 30000 -- for a file to be loaded
local SIZE_MAX = 16 << 20

---@class engine.script.SuiteOptions
---@field file? string        the path as the user wrote it
---@field project_dir? string
---@field determinism? engine.Determinism of the command line
---@field strict? boolean     warnings are errors
---@field run_modules? boolean false: compile only; nothing of the file runs
---@field backend? string      as engine.model.Options has it

local function diagnostic(file, code, message, fields)
  local d = fields or {}
  d.severity, d.code, d.file, d.message = d.severity or "error", code, d.file or file, message
  return d
end

local function scenario_of(suite, test)
  return {
    id = suite.file .. " › " .. test.name,
    name = test.name,
    file = suite.file,
    line = test.place and test.place.line or 1,
    tags = test.tags,
    expect_failure = false,
    timeout_ms = test.timeout_ms or TIMEOUT_MS,
    retries = test.retries,
    locks = test.locks,
    group = test.group,
    steps = {},
    services = {},
    suite = suite,
    fn = test.fn or function() end,
    skip = test.skip,
    test = test,
  }
end

--- Resolves the links of a folder before anything is run that could change them.
local function real(path)
  return fs.realpath(path) or path
end

local function new_suite(text, path, opts)
  local file = opts.file or path
  return {
    file = file,
    path = path,
    project_dir = real(opts.project_dir or discover.project(path)),
    name = file,
    tags = {},
    room = { project = "ro", env = determinism.variables(opts.determinism), inherit_env = {} },
    determinism = opts.determinism,
    services = {},
    scenarios = {},
    text = text,
    warnings = {},
    is_script = true,
    modules = {},
    backend = opts.backend,
  }
end

--- Marks what `clnrm.only` leaves out.
local function apply_only(suite, tests)
  local first, others = nil, 0
  for _, test in ipairs(tests) do
    if test.only then
      first = first or test
    end
  end
  if not first then
    return
  end
  for _, test in ipairs(tests) do
    if not test.only then
      others = others + (test.skip and 0 or 1)
      test.skip = test.skip or ("left out by clnrm.only on line %d"):format(first.place.line)
    end
  end
  if others > 0 then
    local message = ("clnrm.only leaves out %d other test%s of the file"):format(others,
      others == 1 and "" or "s")
    local d = diagnostic(suite.file, "P143", message, { severity = "warning" })
    suite.warnings[#suite.warnings + 1] = place.locate(d, first.place)
  end
end

--- Runs a file of the user's once, so that it registers its tests, or returns what it is for.
---@async
---@param chunk function of the file
---@param suite { file: string, path?: string, project_dir: string }
---@param code string of what is told of a file that cannot be loaded
---@return engine.script.Registry? registry
---@return engine.diag.Diagnostic|any result then why not; else what the file returned
function M.execute(chunk, suite, code)
  local tests = registry.new(suite.file, suite)
  local ending = guarded.call(tests, { limit_ms = LOAD_MS }, chunk)
  tests:close()
  local left = core.shield(leftover.settle, tests, true)[1]
  if ending.how == "returned" then
    local message, at = checks.outside_problem(tests.outside)
    if not message and left then
      message, at = left.message, left.place
    end
    if message then
      local d = diagnostic(suite.file, code, message, { help = left and left.help })
      return nil, place.locate(d, at or { file = suite.file, line = 1 })
    end
    return tests, ending.value
  elseif ending.over then
    return nil, diagnostic(suite.file, code, ("the file was not loaded within %d s"):format(
      LOAD_MS // 1000), { line = 1, column = 1 })
  end
  local message, at = guarded.describe(ending)
  local d = diagnostic(suite.file, code, message, { help = hint.of(message) })
  return nil, place.locate(d, at or { file = suite.file, line = 1 })
end

--- Compiles a file; with an environment to run in, when it is to run.
---@param text string
---@param suite { file: string, path?: string, project_dir: string }
---@param executes? boolean
---@return function? chunk
---@return engine.diag.Diagnostic[]? problems then
function M.compile(text, suite, executes)
  if not executes then
    return load.compile(text, suite.file)
  end
  return load.chunk(text, {
    name = suite.file,
    path = suite.path,
    project_dir = suite.project_dir,
    modules = suite.modules,
    tell = checks.asserted,
  })
end

--- Gives a suite what its file has registered.
local function fill(suite, tests, opts)
  apply_only(suite, tests.tests)
  suite.registry = tests
  for i, test in ipairs(tests.tests) do
    suite.scenarios[i] = scenario_of(suite, test)
  end
  if opts.strict and suite.warnings[1] then
    for _, d in ipairs(suite.warnings) do
      d.severity = "error"
    end
    return nil, suite.warnings
  end
  return suite, suite.warnings
end

--- Makes the suite of tests that are registered already.
---@param tests engine.script.Registry
---@param text string of the file
---@param path string absolute
---@param opts engine.script.SuiteOptions
---@return engine.model.Suite?
---@return engine.diag.Diagnostic[]
function M.of(tests, text, path, opts)
  return fill(new_suite(text, path, opts), tests, opts)
end

--- Reads a file of Lua tests.
---@async
---@param text string
---@param path string absolute
---@param opts engine.script.SuiteOptions
---@return engine.model.Suite?
---@return engine.diag.Diagnostic[]
function M.parse(text, path, opts)
  local suite = new_suite(text, path, opts)
  host.install()
  place.add(suite.file, text)
  local chunk, problems = M.compile(text, suite, opts.run_modules)
  if not chunk then
    return nil, problems
  elseif not opts.run_modules then
    suite.scenarios[1] = scenario_of(suite, {
      name = suite.file:match("[^/]+$"), tags = {}, place = { line = 1 } })
    suite.scenarios[1].is_outline = true
    return suite, {}
  end
  local tests, problem = M.execute(chunk, suite, "P142")
  if not tests then
    return nil, { problem }
  elseif #tests.tests == 0 then
    local help = 'register one: clnrm.test("name", function(t) … end); '
      .. "a plain program runs as: clnrm " .. suite.file
    return nil, { diagnostic(suite.file, "P140", "the file registers no test",
      { line = 1, column = 1, help = help }) }
  end
  return fill(suite, tests, opts)
end

--- Reads a file of Lua tests from the disk.
---@async
---@param path string absolute
---@param opts? engine.script.SuiteOptions
---@return engine.model.Suite?
---@return engine.diag.Diagnostic[]
---@return string? text
function M.load(path, opts)
  opts = opts or {}
  local file = opts.file or path
  local text, err = fs.read(path, { max = SIZE_MAX })
  if not text then
    return nil, { require("engine.model.unreadable").diagnostic(file, path, err) }
  end
  local suite, list = M.parse(text, path, opts)
  if core.is_cancelled() then
    return nil, list, text
  end
  return suite, list, text
end

return M
