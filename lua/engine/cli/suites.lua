--- From the paths of a command line to suites: what run, list and validate share.
local exit_codes = require("engine.cli.exit_codes")

local M = {}

---@class engine.cli.Loaded
---@field suites engine.model.Suite[]
---@field broken { file: string, diagnostics: engine.diag.Diagnostic[] }[] files without a suite
---@field warnings engine.diag.Diagnostic[]
---@field sources table<string, string> file → text, for code frames
---@field files integer
---@field found? engine.discover.File[]
---@field first? fun(scenario: engine.model.Scenario): boolean which begin first, by --failed-first
---@field picks? fun(scenario: engine.model.Scenario): boolean which of them a developer loop wants
---@field reports? engine.report.OfFiles[] that the files ask for
---@field missing? engine.diag.Diagnostic[] why no file was found

local NOTHING = { E005 = true }
local SECRET_MIN = 4 -- bytes: a shorter value would be found in half of the words of a file


local function all_nothing(list)
  for _, d in ipairs(list) do
    if not NOTHING[d.code] then
      return false
    end
  end
  return true
end

--- Says which folder a file's rooms see at /project, when --config has a say in it.
---@param cx engine.cli.Context
---@param path string of the test file, absolute
---@return string? dir nil: that of the nearest project file
function M.project_dir(cx, path)
  if cx.opts.config == "none" then
    local dir = path:match("^(.*)/")
    return dir == "" and "/" or dir
  end
  return cx.opts.config and cx.project.dir or nil
end

--- Returns the text of the project file that --config names.
---@param cx engine.cli.Context
---@return string? text empty: --config none; nil: there is no --config
function M.project_text(cx)
  if cx.opts.config then
    return cx.opts.config ~= "none" and cx.project.text or ""
  end
end

--- Returns the text of a module that files of Lua tests required.
local function lua_sources(_, file)
  return package.loaded["engine.script.place"] and require("engine.script.place").text(file)
end

--- Returns the text of a test file as code frames show it: passwords of its services are stars,
--- where they are options, and wherever else they stand.
---@param text? string
---@param suite? engine.model.Suite
---@return string?
---@nodiscard
function M.without_secrets(text, suite)
  local values = {}
  for _, service in ipairs(suite and suite.services or {}) do
    for _, at in ipairs(service.hidden or {}) do
      local stop = at.offset + at.length
      text = text:sub(1, at.offset)
        .. text:sub(at.offset + 1, stop):gsub("[^\r\n]", "*")
        .. text:sub(stop + 1)
    end
    for _, value in ipairs(service.secrets or {}) do
      values[#values + 1] = #value >= SECRET_MIN and value or nil
    end
  end
  return values[1] and require("engine.secrets.mask").new(values).stars(text) or text
end

--- What the command line permits, by name.
---@param cx engine.cli.Context
---@return table<string, true>
function M.allowed(cx)
  local allow = {}
  for _, name in ipairs(cx.opts.allow or {}) do
    allow[name] = true
  end
  return allow
end

--- Tells, with -v, where the templates that were needed came from.
---@param cx engine.cli.Context
function M.tell_templates(cx)
  local loaded = package.loaded
  local has_read = loaded["engine.template.units"] or loaded["engine.template.direct"]
  if has_read and (cx.opts.verbose or 0) > 0 then
    cx.err:write(require("engine.template.units").tell() .. "\n")
  end
  local outline = package.loaded["engine.outline"]
  if outline and (cx.opts.verbose or 0) > 0 then
    cx.err:write(outline.tell() .. "\n")
  end
end

--- Reads the text on standard input, as that of a file of the working directory.
---@return { path: string, file: string, text: string }[]? found
---@return integer? exit_code then
local function from_standard_input(cx)
  local standard_input = require("engine.cli.standard_input")
  local text, code = standard_input.read(cx)
  if not text then
    return nil, code
  end
  local dir, file = require("core.fs").getcwd():gsub("/$", ""), standard_input.FILE
  return { { path = dir .. "/" .. file, file = file, text = text } }
end

--- What reads a file: for commands that run nothing, also from what was read of it before.
---@param cx engine.cli.Context
local function reader(cx, opts)
  if opts and opts.by_outline and not cx.opts.since then -- which goes by what steps name
    return require("engine.outline").loader()
  end
  return require("engine.model").load
end

--- Finds and reads the test files; complains about paths that are wrong.
---@param cx engine.cli.Context
---@param opts? { strict?: boolean, run_modules?: boolean, as_run?: boolean, by_line?: boolean,
---       for_engine?: boolean, allow?: table<string, true>, found?: engine.discover.File[],
---       is_partial?: boolean, load?: function, times?: engine.model.Times, stdin?: boolean,
---       by_outline?: boolean }
---       strict: warnings are errors;
---       run_modules: code of the project, as service modules and files of Lua tests are, is
---       executed; as_run: judged as for a run, and not executed; by_line: FILE:LINE is
---       understood; for_engine: read for the backend that is set,
---       as for a run; allow: what --allow names; found: these files instead of those of the
---       command line; is_partial: of those that were judged together before; load: reads one,
---       instead of engine.model.load; times: as engine.model has it; stdin: the one path - is
---       standard input; by_outline: of files that are as they were, what plans read is enough
---@return engine.cli.Loaded?
---@return integer? exit_code then
function M.load(cx, opts)
  local discover = require("engine.discover")
  if not cx:load_config() then
    return nil, exit_codes.INPUT
  end
  local defines = require("engine.cli.defines")
  local define, seen = defines.read(cx)
  if not define then
    return nil, exit_codes.INPUT
  end
  local loaded = { suites = {}, broken = {}, warnings = {}, sources = {}, files = 0 }
  local paths, choices = #cx.args > 0 and cx.args or { "." }, nil
  if table.concat(paths, "\n"):find("]", 1, true) then
    paths, choices = require("engine.cli.cells").split(paths)
  end
  local load = opts and opts.load or reader(cx, opts)
  local found, problems, refused = opts and opts.found
  if not found and opts and opts.stdin and paths[1] == "-" then
    found, refused = from_standard_input(cx)
    if refused then
      return nil, refused
    end
  elseif not found then
    found, problems = discover.find(paths, opts)
  end
  if not found then
    if all_nothing(problems) then
      loaded.missing = problems
      return loaded
    end
    cx:show_diagnostics(problems)
    return nil, exit_codes.INPUT
  end
  loaded.files, loaded.found = #found, found
  setmetatable(loaded.sources, { __index = lua_sources })
  local determinism = require("engine.determinism").join(nil, {
    seed = cx.opts.seed, freeze_ms = cx.opts.freeze,
  })
  local known = { folders = {}, vars = {} }
  for _, entry in ipairs(found) do
    local suite, diagnostics, text, suites = load(entry.path, {
      file = entry.file,
      given_text = entry.text,
      project_dir = M.project_dir(cx, entry.path),
      strict = opts and opts.strict,
      run_modules = opts and opts.run_modules,
      as_run = opts and opts.as_run,
      allow = opts and opts.allow,
      determinism = determinism,
      project_text = M.project_text(cx),
      define = define,
      seen = seen,
      known = known,
      caches = not cx.opts["no-cache"],
      times = opts and opts.times,
      backend = opts and (opts.run_modules or opts.as_run or opts.for_engine)
        and cx.config.values["cli.backend"] or nil,
    })
    text = suite and suite.text or text
    for _, one in ipairs(suites or { suite }) do
      text, one.lines = M.without_secrets(text, one), entry.lines
      loaded.suites[#loaded.suites + 1] = one
    end
    loaded.sources[entry.file] = text
    if suite then
      table.move(diagnostics, 1, #diagnostics, #loaded.warnings + 1, loaded.warnings)
    else
      loaded.broken[#loaded.broken + 1] = { file = entry.file, diagnostics = diagnostics }
    end
  end
  M.tell_templates(cx)
  refused = not (opts and opts.is_partial) and defines.judge(cx, seen, #loaded.broken == 0)
  if refused then
    return nil, refused
  end
  if choices then
    local cells = require("engine.cli.cells")
    loaded.suites, problems = cells.keep(loaded.suites, choices, loaded.broken)
    if #problems > 0 then
      cx:show_diagnostics(problems)
      return nil, exit_codes.INPUT
    end
  end
  return loaded
end

--- Whether a scenario names a lock or a group.
---@param suites engine.model.Suite[]
---@return boolean
---@nodiscard
function M.needs_resources(suites)
  for _, suite in ipairs(suites) do
    for _, scenario in ipairs(suite.scenarios) do
      if scenario.group or scenario.locks and scenario.locks[1] then
        return true
      end
    end
  end
  return false
end

--- Takes files whose locks or groups clnrm.toml does not have for broken, as a run refuses them.
---@param cx engine.cli.Context
---@param loaded engine.cli.Loaded
function M.check_resources(cx, loaded)
  if not M.needs_resources(loaded.suites) then
    return
  end
  local values = cx:load_config().values
  local _, problems = require("engine.plan.resources").resolve(loaded.suites, values)
  local by_file, suites = {}, {}
  for _, d in ipairs(problems) do
    if not by_file[d.file] then
      by_file[d.file] = { file = d.file, diagnostics = {} }
      loaded.broken[#loaded.broken + 1] = by_file[d.file]
    end
    table.insert(by_file[d.file].diagnostics, d)
  end
  for _, suite in ipairs(loaded.suites) do
    suites[#suites + 1] = not by_file[suite.file] and suite or nil
  end
  loaded.suites = suites
end

--- Chooses scenarios as the options say; complains about what cannot be read.
---@async
---@param cx engine.cli.Context
---@param loaded engine.cli.Loaded
---@return engine.Plan?
---@return integer? exit_code then
function M.plan(cx, loaded)
  local plan, selection = require("engine.plan"), require("engine.cli.selection")
  require("engine.plan.secrets").note_names(loaded.suites,
    (require("engine.secrets").source(cx.opts["env-file"]))) -- a wrong file is told later
  local opts, code = selection.options(cx, loaded)
  if not opts then
    return nil, code
  end
  local chosen, problems = plan.make(loaded.suites, opts)
  if not chosen then
    cx:show_diagnostics(problems, setmetatable({
      [plan.FILTER_SOURCE] = cx.opts.filter,
      [plan.ONLY_SOURCE] = cx.opts.only,
    }, { __index = loaded.sources }))
    return nil, exit_codes.INPUT
  end
  selection.finish(cx, opts, chosen, loaded.suites)
  return chosen
end

--- Says why nothing is to be run.
---@param cx engine.cli.Context
---@param loaded engine.cli.Loaded
---@param plan engine.Plan
function M.tell_nothing(cx, loaded, plan)
  if loaded.missing then
    return cx:show_diagnostics(loaded.missing)
  end
  local scenarios = 0
  for _, suite in ipairs(loaded.suites) do
    scenarios = scenarios + #suite.scenarios
  end
  local words = require("engine.report.words")
  cx:error(("nothing ran: none of %s in %s is selected"):format(
    words.count(scenarios, "scenario"), words.count(loaded.files, "file")), plan.hint,
    "`clnrm list` shows what there is, `clnrm help filters` how it is selected")
end

return M
