--- clnrm lint: finds what is wrong with test files, or could be better, and mends it.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Finds what is wrong with test files, or could be better.",
  usage = "clnrm lint [PATH ...|-]",
  examples = {
    { "clnrm lint", "every test file below the working directory" },
    { "clnrm lint --fix --diff", "what the safe fixes would change" },
    { "clnrm lint --select L031 -f concise", "one rule, one line for each finding" },
    { "clnrm lint - --stdin-filename a.clnrm.toml", "a text, of an editor say" },
  },
  text = "Nothing of the files is executed.  The project's own rules stand in lint/*.lua, and run\n"
    .. "restricted: docs/custom-rules.md.  `# clnrm: ignore[L031] reason` keeps a finding from\n"
    .. "being told.  Exit code 2: a file that `run` refuses; 1: a finding that is an error.\n",
  formats = { "concise", "json", "github", "sarif" },
  exits = { 0, 1, 2, 4, 6 },
}

--- Joins the lists of an option that may be repeated.
local function joined(lists)
  local words = {}
  for _, list in ipairs(lists or {}) do
    table.move(list, 1, #list, #words + 1, words)
  end
  return lists and words or nil
end

--- Finds the folder that a file's rooms see as the project; each folder is searched once.
local function project_finder(cx)
  local known = {}
  return function(path)
    local dir = path:match("^(.*)/")
    dir = dir == "" and "/" or dir
    if cx.opts.config == "none" then
      return dir
    elseif cx.opts.config then
      return cx.project.dir
    elseif not known[dir] then
      local fs, found = require("core.fs"), require("engine.discover").project(path)
      known[dir] = fs.realpath(found) or found
    end
    return known[dir]
  end
end

--- Loads the rules of the project, when it has some.
---@return engine.lint.custom.Rules? custom
---@return integer? exit_code when one cannot be used
local function load_custom(cx)
  local dir = cx.project.dir .. "/lint"
  local stat = cx.project.file and require("core.fs").stat(dir)
  if not stat or stat.type ~= "directory" then
    return nil
  end
  local custom, problems, sources = require("engine.lint.custom").load(dir, "lint")
  if problems[1] then
    cx:show_diagnostics(problems, sources)
    return nil, exit_codes.INPUT
  end
  return custom
end

--- Makes the linter of the settings and the flags.
---@return engine.lint.Linter? linter nil: it was told why not
---@return engine.lint.Options settings
local function new_linter(cx, custom)
  local values = cx.config.values
  local settings = {
    select = joined(cx.opts.select) or values["lint.select"],
    extend_select = joined(cx.opts["extend-select"]) or values["lint.extend_select"],
    ignore = joined(cx.opts.ignore) or values["lint.ignore"],
    options = values["lint.options"],
    custom = custom,
  }
  local linter, problems = require("engine.lint").new(settings)
  if linter then
    return linter, settings
  end
  local of_project = {}
  for _, problem in ipairs(problems) do
    if cx.opts[problem.setting:gsub("_", "-")] then
      cx:error(problem.message, problem.help, "`clnrm lint --rules` lists them")
    else
      of_project[#of_project + 1] = problem
    end
  end
  cx:show_diagnostics(require("engine.config.lint").diagnostics(cx.config, of_project),
    { [cx.project.shown or ""] = cx.project.text })
end

--- Whether other processes can help: the project's own rules are counted and timed in one, and of
--- names that are given here it is told which no file uses.
local function can_be_parted(cx, settings)
  return settings and not settings.custom and not cx.opts.define and not cx.opts.vars
end

--- Lints what is asked for; nil: it was told why not.
---@async
---@param cx engine.cli.Context
---@param linter engine.lint.Linter
---@param fixes? "safe"|"unsafe" that are applied
---@param settings? engine.lint.Options of the linter; without them this process does all
---@return engine.lint.Run?
---@return integer? exit_code then
function M.lint(cx, linter, fixes, settings)
  local runner, defines = require("engine.lint.run"), require("engine.cli.defines")
  local run = runner.new(linter)
  local define, seen = defines.read(cx)
  if not define then
    return nil, exit_codes.INPUT
  end
  local project_dir = project_finder(cx)
  local project_text = require("engine.cli.suites").project_text(cx)
  local standard_input = require("engine.cli.standard_input")
  if standard_input.is_asked(cx) then
    local file = cx.opts["stdin-filename"] or standard_input.FILE
    local no_test = require("engine.discover").no_test(file)
    if no_test then
      cx:show_diagnostics({ no_test })
      return nil, exit_codes.INPUT
    end
    local text, code = standard_input.read(cx)
    if not text then
      return nil, code
    end
    local path = file:sub(1, 1) == "/" and file or run.root:gsub("/$", "") .. "/" .. file
    run.stdin = runner.text(run, linter, text, {
      file = file, path = path, project_dir = project_dir(path), fixes = fixes,
      define = define, seen = seen, project_text = project_text,
    })
    defines.judge(cx, seen, not run.is_broken)
    return run
  end
  local found, problems = require("engine.discover").find(#cx.args > 0 and cx.args or { "." })
  if not found then
    local is_empty = true
    for _, d in ipairs(problems) do
      is_empty = is_empty and d.code == "E005"
    end
    cx:show_diagnostics(problems)
    return nil, is_empty and exit_codes.NOTHING or exit_codes.INPUT
  end
  local cache
  if not cx.opts["no-cache"] then
    cache = require("engine.lint.cache").open(linter, cx.project.dir)
  end
  runner.files(run, linter, found, { fixes = fixes, project_dir = project_dir, cache = cache,
    define = define, seen = seen, project_text = project_text,
    settings = can_be_parted(cx, settings) and settings or nil })
  defines.judge(cx, seen, not run.is_broken)
  return run
end

--- Refuses a report for programs where standard output is for what becomes of standard input.
---@param cx engine.cli.Context
---@param hint string
---@return integer? exit_code
function M.refuse_data(cx, hint)
  if cx.format ~= "human" and require("engine.cli.standard_input").is_asked(cx) then
    return cx:usage_error("what becomes of standard input and --format " .. cx.format
      .. " are both for standard output", hint)
  end
end

--- Writes what the fixes made of the files; one that was saved meanwhile, or that a link outside of
--- the project leads to, stays as it is.
---@return boolean ok false: it was told what was not written
function M.store(cx, run)
  local problems = {}
  for _, one in ipairs(run.stdin and {} or run.changed) do
    problems[#problems + 1] = require("engine.fmt.files").write(one, one.before, one.after)
  end
  if problems[1] then
    cx:show_diagnostics(problems)
  end
  return not problems[1]
end

local function exit_code(cx, run)
  if run.is_broken then
    return exit_codes.INPUT
  end
  local deny = cx.opts["deny-warnings"] or cx.config.values["lint.deny_warnings"]
  for _, d in ipairs(run.list) do
    if d.severity == "error" or deny then
      return cx.opts["exit-zero"] and exit_codes.OK or exit_codes.NO
    end
  end
  return exit_codes.OK
end

local function writer(cx)
  return function(bytes)
    cx.out:write(bytes)
  end
end

--- Writes what the fixes would change.
---@return integer exit_code
function M.write_diffs(cx, run)
  for _, one in ipairs(run.changed) do
    require("engine.unified").write(cx, one.file, one.before, one.after)
  end
  if run.is_broken then
    return exit_codes.INPUT
  end
  return #run.changed > 0 and not cx.opts["exit-zero"] and exit_codes.NO or exit_codes.OK
end

--- Says what a diff leaves open: why a file is refused, and what has no fix.
local function tell_rest(cx, run)
  local errors, rest = {}, 0
  for _, d in ipairs(run.list) do
    if not d.rule and d.severity == "error" then
      errors[#errors + 1] = d
    else
      rest = rest + (d.more or 1)
    end
  end
  if errors[1] then
    cx:show_diagnostics(errors, run.sources)
  end
  if rest > 0 and not cx.opts.quiet then
    cx.err:write(("%s without a fix here: `clnrm lint` tells more\n"):format(
      require("engine.report.words").count(rest, "finding")))
  end
end

local function write_report(cx, run)
  if cx.opts.statistics then
    require("engine.lint.report.statistics").write(run, { write = writer(cx), format = cx.format })
    return
  end
  require("engine.lint.report." .. cx.format).write(run, {
    write = writer(cx), look = cx.out, quiet = cx.opts.quiet,
  })
end

local LINTS_NONE = { "explain", "test-rules", "rules", "list" }
local OF_A_RUN = { "fix", "unsafe-fixes", "diff", "statistics", "exit-zero", "deny-warnings",
  "stdin-filename" }

--- Refuses what is for files where none is looked at.
local function check_mode(cx)
  for i, mode in ipairs(LINTS_NONE) do
    local others = table.move(LINTS_NONE, i + 1, #LINTS_NONE, #OF_A_RUN + 1,
      table.move(OF_A_RUN, 1, #OF_A_RUN, 1, {}))
    for _, other in ipairs(cx.opts[mode] and others or {}) do
      if cx.opts[other] then
        return cx:usage_error(("--%s looks at no file, so --%s says nothing"):format(mode, other))
      end
    end
    if cx.opts[mode] and cx.args[1] then
      return cx:usage_error(("--%s looks at no file"):format(mode), "leave out the paths")
    end
  end
end

local function check_opts(cx)
  local opts = cx.opts
  if opts["unsafe-fixes"] and not opts.fix and not opts.diff then
    return cx:usage_error("--unsafe-fixes says which fixes --fix and --diff take")
  elseif opts.statistics and cx.format ~= "human" and cx.format ~= "json" then
    return cx:usage_error("--statistics is for the formats human and json")
  elseif opts.statistics and opts.diff then
    return cx:usage_error("--statistics counts findings, and --diff shows none")
  elseif opts.diff and cx.format ~= "human" then
    return cx:usage_error("--diff has one form, that of patch; -f json has the edits of each fix")
  end
  if opts.fix and not opts.diff then
    return M.refuse_data(cx, ("without --fix, -f %s has the edits of each fix"):format(cx.format))
  end
end

--- Tells which files stay as they are though some of their findings have a fix.
local function tell_unsettled(cx, run)
  for _, one in ipairs(run.unsettled) do
    cx.err:write(("warning: %s stays as it is: fixes of %s bring forth others without end\n"
      .. "  `--ignore %s` applies the rest\n"):format(cx:safe(one.file),
      table.concat(one.codes, ", "), table.concat(one.codes, ",")))
  end
end

--- Lints, with the linter made.
local function run_lint(cx, linter, settings)
  local opts = cx.opts
  local fixes = (opts.fix or opts.diff) and (opts["unsafe-fixes"] and "unsafe" or "safe") or nil
  local run, code = M.lint(cx, linter, fixes, settings)
  if not run then
    return code
  end
  tell_unsettled(cx, run)
  if opts.diff then
    local exit = M.write_diffs(cx, run)
    tell_rest(cx, run)
    return exit
  elseif opts.fix and not M.store(cx, run) then
    return exit_codes.INPUT
  end
  if run.stdin and opts.fix then
    cx.out:write(run.stdin.text) -- as formatters do; the findings go to standard error
    cx:show_diagnostics(run.list, run.sources)
  else
    write_report(cx, run)
  end
  return exit_code(cx, run)
end

function M.run(cx)
  local refused = check_mode(cx) or check_opts(cx)
  if refused then
    return refused
  elseif not cx:load_config() then
    return exit_codes.INPUT
  end
  local custom, code = load_custom(cx)
  if code then
    return code
  end
  if cx.opts.explain then
    return require("engine.cli.lint_rules").explain(cx, custom)
  elseif cx.opts["test-rules"] then
    return require("engine.cli.lint_rules").test(cx, custom)
  end
  local linter, settings = new_linter(cx, custom)
  if not linter then
    return exit_codes.INPUT
  elseif cx.opts.rules or cx.opts.list then
    return require("engine.cli.lint_rules").list(cx, linter, custom)
  end
  return run_lint(cx, linter, settings)
end

return M
