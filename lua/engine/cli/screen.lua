--- What a command that runs tests makes of the terminal: its session, its progress, the look of
--- its report.
local is_ci = require("engine.ci").is_set

local M = {}

local NAMES = { json = "engine.report.events", plain = "engine.ui.plain" }

--- Makes what tells the progress on standard error.
local function progress_of(cx, mode)
  local err = cx.err
  return NAMES[mode] and require(NAMES[mode]).new({
    width = err.width,
    fits = err.fits,
    color = err.color,
    utf8 = err.utf8,
    write = function(bytes)
      err:write(bytes)
    end,
  })
end

--- Settles how progress is shown.  Where standard output is no report for people, only what goes to
--- standard error is left.
local function mode_of(cx, config)
  local wanted = config.values["ui.progress"]
  local mode = require("engine.ui.progress").settle(wanted, cx.out, os.getenv)
  return (cx.format == "human" or NAMES[mode]) and mode or "none"
end

--- What the report for people tells, and when; nil is left to the report.
local function show_of(config, mode)
  local values = config.values
  local in_ci = is_ci(os.getenv)
  return {
    counter = mode == "counter" or mode == "plain",
    status = values["ui.status_level"],
    final_status = values["ui.final_status_level"],
    failure_output = values["ui.failure_output"] or in_ci and "immediate-final" or nil,
    success_output = values["ui.success_output"],
  }
end

--- Opens the screen of a run, and notes in `cx.show` and `cx.links` what its report is to show.
---@param cx engine.cli.Context
---@param config engine.Config
---@return engine.ui.Session session to be closed
function M.open(cx, config)
  local session, mode = require("engine.ui.session"), mode_of(cx, config)
  if cx.has_screen then -- it shows the progress itself, and reads the keys
    mode = "none"
  end
  cx.show, cx.progress_mode = show_of(config, mode), mode
  local link = require("engine.ui.link")
  if link.wants(config.values["ui.hyperlinks"], cx.out.is_tty, os.getenv) then
    cx.links = link.new()
  end
  return session.open({
    out = cx.out,
    err = cx.err,
    mode = mode,
    is_shared = cx.has_screen,
    has_keys = cx.format == "human" and not cx.has_screen
      and session.wants_keys(cx.out, cx.opts["no-input"], os.getenv),
    progress = progress_of(cx, mode),
    env = os.getenv,
  })
end

return M
