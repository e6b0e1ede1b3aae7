--- The command line: reads it, finds the command, runs it, answers for what was written.
local exit_codes = require("engine.cli.exit_codes")
local parse = require("engine.cli.parse")
local stream = require("engine.ui.stream")

local M = {}

---@class engine.cli.Command
---@field summary string
---@field usage string
---@field examples { [1]: string, [2]: string }[]
---@field text? string         more for --help
---@field formats? string[]    besides human
---@field exits? integer[]     the exit codes it can have
---@field run fun(cx: engine.cli.Context): integer

---@class engine.cli.Context
---@field opts table<string, any>
---@field args string[]
---@field rest_at? integer    which of them is the first behind `--`
---@field argv string[]       the whole command line
---@field command? string
---@field script? string
---@field project? engine.Project
---@field config? engine.Config
---@field format string      "human" or one of the command's formats
---@field out engine.ui.Stream
---@field err engine.ui.Stream
local Context = {}
Context.__index = Context

--- Makes a text of unknown origin safe for one of the streams.
---@param text any
---@param to? engine.ui.Stream default: standard error
---@return string
function Context:safe(text, to)
  return require("engine.ui.show").safe(to or self.err, tostring(text))
end

--- Writes an error for people to standard error.
---@param message string escaped here
---@param ... string|nil lines of help, escaped too
function Context:error(message, ...)
  local style = require("engine.ui.style")
  local head = style.paint(self.err.color, "red bold", "error")
  local lines = { head .. ": " .. self:safe(message) .. "\n" }
  for i = 1, select("#", ...) do
    local hint = select(i, ...)
    if hint then
      lines[#lines + 1] = "  " .. self:safe(hint) .. "\n"
    end
  end
  self.err:write(table.concat(lines))
end

--- Complains about how the command was called.
---@param message string
---@param hint? string
---@return integer exit_code
function Context:usage_error(message, hint)
  local help = self.command and ("`clnrm %s -h` shows what it takes"):format(self.command)
    or "`clnrm -h` shows the commands"
  self:error(message, hint, help)
  return exit_codes.INPUT
end

--- Refuses arguments beyond `max`.
---@param max integer
---@return integer? exit_code when there are more
function Context:check_args(max)
  if #self.args > max then
    return self:usage_error(("%s does not take '%s'"):format(self.command, self.args[max + 1]))
  end
end

---@class engine.cli.Problem why there are no settings; it was told
---@field help? string what cannot be read, and what to do about it
---@field diagnostics? engine.diag.Diagnostic[] what is wrong with what was read
---@field sources? table<string, string> file → text

--- Finds the project, once; complains when its file cannot be read.
---@return engine.Project?
---@return engine.cli.Problem?
function Context:find_project()
  if not self.project then
    local home = os.getenv("HOME")
    local project, why, help = require("engine.project").find(self.opts.config, home)
    if not project then
      self:error(why, help)
      return nil, { help = why .. (help and ": " .. help or "") }
    end
    self.project = project
  end
  return self.project
end

--- Reads the user's own settings; --config none leaves them out as well.
---@return engine.config.Source|false|nil source false: there are none; nil: they cannot be read
---@return engine.cli.Problem?
function Context:read_user_config()
  if self.opts.config == "none" then
    return false
  end
  local source, why = require("engine.config.user").read(os.getenv)
  if why then
    self:error(why, "--config none leaves all settings out")
    return nil, { help = why }
  end
  return source or false
end

--- Notes, once, that the project file has its old name, or that one of the two is not read.
function Context:note_alias()
  local project = self.project
  if self.opts.quiet or not (project.is_alias or project.has_alias) then
    return
  end
  local text = project.is_alias and "its name is clnrm.toml now; cleanroom.toml is still read"
    or "cleanroom.toml is not read: there is a clnrm.toml beside it"
  self.err:write(("note: %s: %s\n"):format(self:safe(project.shown), text))
end

--- Warns, once, of variables that look like a setting and are none.
function Context:warn_of_variables()
  local variables = require("engine.config.variables")
  for _, one in ipairs(self.opts.quiet and {} or variables.misspelt(variables.names())) do
    self.err:write(("warning: %s is no setting: did you mean %s?\n"):format(
      self:safe(one.name), one.meant))
  end
end

--- Merges the settings, once; complains about what is wrong with them.
---@return engine.Config?
---@return engine.cli.Problem?
function Context:load_config()
  local project, problem = self:find_project()
  if not project or self.config then
    return self.config, problem
  end
  local source = project.text and { file = project.shown, text = project.text }
  local user, unreadable = self:read_user_config()
  if user == nil then
    return nil, unreadable
  end
  self:note_alias()
  self:warn_of_variables()
  local layers = { source = source, user = user or nil, env = os.getenv, opts = self.opts }
  local config, problems = require("engine.config").load(layers)
  if not config then
    local sources = {}
    for _, read in ipairs({ source or false, user }) do
      if read then
        sources[read.file] = read.text
      end
    end
    self:show_diagnostics(problems, sources)
    problem = { diagnostics = problems, sources = sources }
  end
  self.config = config
  if config then
    local when = config.values["ui.color"]
    for _, to in ipairs({ self.out, self.err }) do
      to.color = stream.wants_color(when, to.is_tty, os.getenv)
    end
  end
  return config, problem
end

--- Writes diagnostics to standard error.
---@param list engine.diag.Diagnostic[]
---@param sources? table<string, string>
function Context:show_diagnostics(list, sources)
  local look = self.err
  local text = require("engine.diag").render(list, {
    sources = sources,
    width = math.max(40, math.min(look.width, 120)),
    color = look.color,
    utf8 = look.utf8,
  })
  self.err:write(require("engine.ui.show").inert(text))
end

local function new_context(line, argv)
  local when = line and line.opts.color
  return setmetatable({
    opts = line and line.opts or {},
    args = line and line.args or {},
    given = line and line.given or {},
    rest_at = line and line.rest_at,
    argv = argv,
    script = line and line.script,
    command = line and line.command,
    format = "human",
    out = stream.open(1, when),
    err = stream.open(2, when),
  }, Context)
end

local function contains(list, value)
  for _, entry in ipairs(list or {}) do
    if entry == value then
      return true
    end
  end
  return false
end

--- Settles the form of what goes to standard output.
local function check_format(cx, command)
  local wanted = cx.opts.format or "auto"
  if wanted == "auto" or wanted == "human" then
    return nil
  end
  if not contains(command.formats, wanted) then
    local has = { "human", table.unpack(command.formats or {}) }
    local near = require("engine.suggest").nearest(wanted, has)
    return cx:usage_error(("%s has no format '%s'"):format(cx.command or "clnrm", wanted),
      "it has: " .. table.concat(has, ", ") .. (near and ("; did you mean %s?"):format(near) or ""))
  end
  cx.format = wanted
end

local function show_help(cx, kind)
  local usage = require("engine.cli.usage")
  local text
  if cx.command then
    text = usage[kind](cx.command, cx.out.width)
  else
    text = usage.program(cx.out.width, kind == "long")
  end
  if kind == "long" then
    require("engine.ui.pager").show(cx.out, text)
  else
    cx.out:write(text)
  end
  return exit_codes.OK
end

local function set_overrides(cx)
  local project = cx:find_project()
  if not project then
    return exit_codes.INPUT
  end
  local ok, why = require("engine.override_dirs").set(project, os.getenv)
  if not ok then
    cx:error(why, "--no-overrides ignores all of them")
    return exit_codes.INPUT
  end
end

--- Warns of overrides that `run` would read files by.
local function tell_overrides(cx)
  local project = cx:find_project()
  if not project then
    return exit_codes.INPUT
  end
  local list = require("engine.override_dirs").of_reading(project)
  if list[1] then
    cx.err:write(("warning: %s%s has no effect here, and has in a run: this command executes "
      .. "nothing of the project\n"):format(cx:safe(list[1]),
      list[2] and (" (and %d more)"):format(#list - 1) or ""))
  end
end

local function dispatch(cx, line)
  if line.help then
    return show_help(cx, line.help)
  end
  if line.opts.version then
    cx.command = "version"
  end
  local name = line.script and "script" or cx.command or "start"
  local commands = require("engine.cli.commands")
  local look = commands.overrides[name] and set_overrides or commands.reads[name] and tell_overrides
  local refused = look and not line.opts["no-overrides"] and look(cx)
  if refused then
    return refused
  end
  local command = commands.load(name)
  refused = check_format(cx, command)
  if refused then
    return refused
  end
  return command.run(cx)
end

local function change_directory(cx, dir)
  local ok, err = require("core.fs").chdir(dir)
  if not ok then
    cx:error("cannot work there: " .. err.message)
    return exit_codes.INPUT
  end
end

--- Judges what became of the output: a verdict that nobody could read is no success.
---@param cx engine.cli.Context
---@param code integer
---@return integer exit_code
local function answer_for_output(cx, code)
  cx.out:finish()
  local err = cx.out.err
  if not err then
    return code
  end
  if err.code == "EPIPE" then
    return code == exit_codes.OK and exit_codes.PIPE or code
  end
  cx.err:write(("clnrm: standard output: %s\n"):format(err.message))
  if code == exit_codes.BUG or code == exit_codes.INPUT or code > exit_codes.ENVIRONMENT then
    return code
  end
  return exit_codes.ENVIRONMENT
end

---@param argv string[]
---@return integer exit_code
function M.main(argv)
  local line, usage_error = parse.parse(argv)
  local cx = new_context(line, argv)
  local code
  if not line then
    cx.command = usage_error.command
    code = cx:usage_error(usage_error.message, usage_error.hint)
  else
    code = line.opts.directory and change_directory(cx, line.opts.directory) or dispatch(cx, line)
  end
  code = answer_for_output(cx, code)
  cx.err:finish()
  return code
end

return M
