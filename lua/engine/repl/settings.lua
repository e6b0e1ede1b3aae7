--- Commands of the REPL that say how things are done from there on: `:profile`, `:break`, `:clear`.
---@class engine.repl.settings
local exit_codes = require("engine.cli.exit_codes")
local lines = require("engine.pdb.lines")

local M = {}

local function say(terminal, text)
  terminal.cx.out:write(terminal.cx:safe(text, terminal.cx.out) .. "\n")
end

--- Reads the settings anew, with another profile; what is wrong is told, and all stays as it was.
---@async
local function profile(terminal, name)
  local cx, session = terminal.cx, terminal.session
  if name == "" then
    return say(terminal, ("profile: %s (%s)"):format(cx.config.profile, cx.config.profile_by))
  end
  local other = setmetatable({
    config = false,
    opts = setmetatable({ profile = name, quiet = true }, { __index = cx.opts }),
  }, { __index = cx })
  local config = other:load_config()
  local backend = config and require("engine.repl").backend_of(other)
  if not backend then
    terminal.failed = exit_codes.INPUT
    return
  end
  cx.config, session.profile = config, name
  require("engine.repl").take_backend(session, backend)
  say(terminal, ("profile: %s; rooms are opened with it from here on"):format(name))
end

--- Returns the breakpoints of the tests that `:run` will run.
local function breakpoints_of(session)
  session.breakpoints = session.breakpoints or lines.breakpoints()
  return session.breakpoints
end

local function breaking(act)
  return function(terminal, argument)
    local breakpoints, cx = breakpoints_of(terminal.session), terminal.cx
    local one = lines.parse(argument)
    if argument == "" then
      for _, each in ipairs(breakpoints.list) do
        say(terminal, ("  %s:%d"):format(each.file, each.line))
      end
      return not breakpoints.list[1] and say(terminal, "no breakpoints")
    elseif not one then
      return cx:error(("'%s' is no place: FILE:LINE"):format(argument))
    elseif not one.file:find("%.lua$") then
      return cx:error(one.file .. " is no file of Lua",
        "steps of a file are commands; :run FILE --pdb stops at those that fail")
    end
    act(cx, breakpoints, one)
  end
end

---@type engine.repl.Command[]
M.list = {
  { name = "profile", takes = "[NAME]", run = profile,
    text = "the settings of that profile from here on, also for :run" },
  {
    name = "break", takes = "[FILE:LINE]",
    text = "tests of :run stop before a line, in the debugger; or list such lines",
    run = breaking(function(cx, breakpoints, one)
      if not require("engine.pdb.files").may_exist(one.file, cx.project.dir, {}) then
        cx:error("there is no file " .. one.file)
      elseif not breakpoints:add(one) then
        cx:error("there are too many breakpoints")
      end
    end),
  },
  {
    name = "clear", takes = "[FILE:LINE]", text = "take a breakpoint out",
    run = breaking(function(cx, breakpoints, one)
      if not breakpoints:remove(one) then
        cx:error("there is none")
      end
    end),
  },
}

return M
