--- Opens the reports of a run: one for standard output, one for each --report, and GitHub's own
--- where its runner reads along.
---
--- What cannot be written is refused before anything runs.
local exit_codes = require("engine.cli.exit_codes")

local M = {}

local FILE_WIDTH = 100

--- Formats for people: lines that may stand beside GitHub's.
local FOR_PEOPLE = { human = true, line = true, dot = true }

---@class engine.report.Wanted
---@field kind string     "custom": a reporter of the project
---@field module? string  its file
---@field file? string    where it writes to

---@class engine.report.Opened
---@field list table[] reporters
---@field files engine.report.File[]

local function project_fields(config)
  local fields = {
    name = config.values["project.name"],
    version = config.values["project.version"],
    description = config.values["project.description"],
  }
  return next(fields) and fields or nil
end

--- Whether a report goes to where the runner of GitHub reads, not to a file.
local function is_aside(wanted)
  return wanted.kind == "github" and not wanted.file
end

--- What a report was asked for as, in messages.
local function spelt(wanted)
  return ("%s=%s"):format(wanted.module or wanted.kind, wanted.file)
end

--- Loads the reporters of the project; a wrong one is refused.
local function load_custom(cx)
  local bad, sources = {}, {}
  for _, wanted in ipairs(cx.opts.report or {}) do
    if wanted.kind == "custom" then
      local custom, problems, text = require("engine.report.custom").load(wanted.module,
        cx.project.dir)
      wanted.reporter, sources[wanted.module] = custom, text
      table.move(problems or {}, 1, #(problems or {}), #bad + 1, bad)
    end
  end
  if #bad > 0 then
    cx:show_diagnostics(bad, sources)
    return exit_codes.INPUT
  end
end

--- Refuses reports that cannot be written, before anything runs.
---@param cx engine.cli.Context
---@return integer? exit_code
function M.check(cx)
  local report_file, seen = require("engine.report.file"), {}
  for _, wanted in ipairs(cx.opts.report or {}) do
    local why = wanted.file and report_file.check(wanted.file)
    if wanted.file == "-" then
      cx:error(("--report %s=-: a report besides goes to a file"):format(wanted.kind),
        ("for standard output: --format %s"):format(wanted.kind))
      return exit_codes.INPUT
    elseif why then
      cx:error("report " .. why)
      return exit_codes.INPUT
    end
    local identity = wanted.file and report_file.identity(wanted.file)
    if identity and seen[identity] then
      cx:error(("two reports go to one file: %s and %s"):format(spelt(seen[identity]),
        spelt(wanted)))
      return exit_codes.INPUT
    elseif identity then
      seen[identity] = wanted
    end
  end
  return load_custom(cx)
end

--- Refuses reports of files that cannot be written; the others are noted in `loaded`.
---@param cx engine.cli.Context
---@param loaded engine.cli.Loaded
---@param plan engine.Plan
---@return integer? exit_code
function M.check_files(cx, loaded, plan)
  for _, suite in ipairs(loaded.suites) do
    if suite.reports then -- most files have none
      local reports, problems = require("engine.report.of_files").find(plan, cx.opts.report or {})
      if #problems > 0 then
        cx:show_diagnostics(problems, loaded.sources)
        return exit_codes.INPUT
      end
      loaded.reports = reports
      return nil
    end
  end
end

local function set(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

--- Adds what GitHub's report asks of its surroundings.
local function for_github(cx, o, loaded)
  o.cwd, o.workspace = require("core.fs").getcwd(), set("GITHUB_WORKSPACE")
  o.summary_file = set("GITHUB_STEP_SUMMARY")
  o.warnings = loaded.warnings
  function o.warn(message)
    cx.err:write("clnrm: " .. message .. "\n")
  end
  return o
end

local function options(look, write, kind, config, loaded)
  local project = project_fields(config)
  return {
    write = write,
    width = look.width,
    fits = look.fits,
    color = look.color,
    utf8 = look.utf8,
    verbose = look.verbose,
    quiet = look.quiet,
    sources = loaded.sources,
    project = kind == "junit" and project and project.name or project,
  }
end

local function writer(stream)
  return function(bytes)
    stream:write(bytes)
  end
end

--- Makes the reporter of standard output.
local function standard(cx, config, loaded)
  local out = cx.out
  local look = {
    width = out.width, fits = out.fits, color = out.color, utf8 = out.utf8,
    verbose = cx.opts.verbose, quiet = cx.opts.quiet,
  }
  local o = options(look, writer(out), cx.format, config, loaded)
  o.show, o.links, o.loop = cx.show, cx.links, cx.tell_loop
  if cx.format == "github" then
    for_github(cx, o, loaded)
  end
  return require("engine.report." .. cx.format).new(o)
end

--- Makes GitHub's reporter beside another: its commands must not stand in a document.
local function aside(cx, config, loaded)
  local stream = FOR_PEOPLE[cx.format] and cx.out or cx.err
  local look = { width = FILE_WIDTH, utf8 = true }
  local o = for_github(cx, options(look, writer(stream), "github", config, loaded), loaded)
  o.annotations_only = true
  return require("engine.report.github").new(o)
end

--- Makes what a project's reporter writes fit for a screen: it may tell what tests printed.
local function screen_writer(cx)
  local show = require("engine.ui.show")
  local stream = FOR_PEOPLE[cx.format] and cx.out or cx.err
  return function(bytes)
    local lines = {}
    for text in (bytes .. "\n"):gmatch("([^\n]*)\n") do
      lines[#lines + 1] = show.safe(stream, text)
    end
    stream:write(show.inert(table.concat(lines, "\n")))
  end
end

--- Starts a reporter of the project.
local function start_custom(cx, wanted, files)
  local write
  if wanted.file then
    local file = require("engine.report.file").open(wanted.file)
    files[#files + 1], write = file, file.write
  end
  wanted.reporter:start(write or screen_writer(cx))
  return wanted.reporter
end

--- Whether GitHub's runner reads what is printed, and nobody wants its commands elsewhere.
local function wants_github(cx)
  for _, wanted in ipairs(cx.opts.report or {}) do
    if is_aside(wanted) then
      return cx.format ~= "github"
    end
  end
  return set("GITHUB_ACTIONS") == "true" and cx.format ~= "github"
end

--- Makes the reporters.
---@overridable
---@param cx engine.cli.Context
---@param config engine.config.Config
---@param loaded engine.cli.Loaded
---@return engine.report.Opened
function M.open(cx, config, loaded)
  local list, files = { standard(cx, config, loaded) }, {}
  for _, wanted in ipairs(cx.opts.report or {}) do
    if wanted.kind == "custom" then
      list[#list + 1] = start_custom(cx, wanted, files)
    elseif wanted.file then
      local file = require("engine.report.file").open(wanted.file)
      files[#files + 1] = file
      local look = { width = FILE_WIDTH, utf8 = true }
      local o = options(look, file.write, wanted.kind, config, loaded)
      o.loop = cx.tell_loop
      if wanted.kind == "github" then
        for_github(cx, o, loaded).summary_file = nil -- the file alone was asked for
      end
      list[#list + 1] = require("engine.report." .. wanted.kind).new(o)
    end
  end
  for _, wanted in ipairs(loaded.reports or {}) do
    local file = require("engine.report.file").open(wanted.path)
    files[#files + 1] = file
    local look = { width = FILE_WIDTH, utf8 = true }
    local inner = require("engine.report." .. wanted.kind).new(
      options(look, file.write, wanted.kind, config, loaded))
    list[#list + 1] = require("engine.report.part").new(inner, wanted.files, wanted.total)
  end
  if wants_github(cx) then
    list[#list + 1] = aside(cx, config, loaded)
  end
  return { list = list, files = files }
end

--- Ends the reports; a verdict that could not be written down is no success.
---@param cx engine.cli.Context
---@param opened engine.report.Opened
---@param code integer
---@return integer exit_code
function M.close(cx, opened, code)
  for _, report in ipairs(opened.list) do
    report:finish()
    if report.trouble then -- of a project's own: its report is not what it should be
      local text = require("core.fs").read(report.file)
      cx:show_diagnostics({ report.trouble }, { [report.file] = text })
      code = exit_codes.worst(code, exit_codes.INPUT)
    end
  end
  for _, file in ipairs(opened.files) do
    local err = file.commit()
    if err then
      cx:error("report " .. err.message)
      code = exit_codes.worst(code, exit_codes.ENVIRONMENT)
    end
  end
  return code
end

return M
