--- clnrm shell: a command in a room that is kept, or of a run that goes on.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Enters a kept room, or one of Docker or Podman beside its run.",
  usage = "clnrm shell [RUN[:SCENARIO] [SERVICE] [-- COMMAND [ARG ...]]]",
  examples = {
    { "clnrm shell", "the rooms that there are" },
    { "clnrm shell 7f3a:rolls-back", "a shell where its steps ran" },
    { "clnrm shell 7f3a:rolls-back db", "in the place of a service" },
    { "clnrm shell latest -- cat /room/log", "one command; it ends with its exit code" },
  },
  text = [[
RUN and SCENARIO are what the end of the run has told, or the beginning of it; latest is the run
that began last, of those that have rooms.  The shell is bash, or sh.  It has the user, the
variables without secrets, the directory and the rights of a step.  It gets a terminal where both
standard input and output are one; else it reads its commands from standard input, and a COMMAND
reads nothing.  What it has started ends with it.
]],
  exits = { 0, 1, 2, 6 },
}

local SIGNAL_BASE = 128 -- as shells tell an end by a signal

local function line(cx, room)
  local left = room.note and math.max(0, room.note.until_s - os.time()) // 60
  return ("%12s %s:%s  (%s%s)\n"):format(room.state, cx:safe(room.run, cx.out),
    cx:safe(room.names[1], cx.out), room.backend, left and (", %d min left"):format(left) or "")
end

local function list(cx, rooms)
  for _, room in ipairs(rooms) do
    cx.out:write(line(cx, room))
  end
  if #rooms == 0 and not cx.opts.quiet then
    cx.out:write("no room is kept, and no run goes on; `clnrm run --keep` keeps rooms\n")
  end
  return exit_codes.OK
end

--- Finds the one room that is meant; says which there are where that is not clear.
---@param cx engine.cli.Context
---@param wanted string
---@return engine.kept.Room?
function M.find(cx, wanted)
  local found, all = require("engine.kept.rooms").find(wanted)
  if #found == 1 then
    return found[1]
  end
  local shown = #found > 1 and found or all
  local lines = {}
  for i, room in ipairs(shown) do
    lines[i] = ("%s:%s"):format(room.run, #found > 1 and room.names[2] or room.names[1])
  end
  if #found > 1 then
    cx:error(("'%s' means %d rooms"):format(wanted, #found), table.unpack(lines))
  else
    cx:error(("there is no room '%s'"):format(wanted),
      #lines > 0 and "there are:" or "none is kept, and no run goes on", table.unpack(lines))
  end
end

local function start(place, opts, argv)
  if argv then
    opts.argv = argv
    return place:start(opts)
  end
  local err
  for _, name in ipairs({ "bash", "sh" }) do
    local process
    opts.argv = { name }
    process, err = place:start(opts)
    if process or err.code ~= "COMMAND_NOT_FOUND" then
      return process, err
    end
  end
  err.detail = { help = "the room has neither bash nor sh; name a program that it has: -- PROGRAM" }
  return nil, err
end

--- Splits the arguments: what stands behind `--` is a command.
local function arguments(cx)
  local at = cx.rest_at
  local argv = at and table.move(cx.args, at, #cx.args, 1, {}) or nil
  local count = at and at - 1 or #cx.args
  return cx.args[1], count >= 2 and cx.args[2] or nil, argv, count
end

function M.run(cx)
  local wanted, service, argv, count = arguments(cx)
  if count > 2 then
    return cx:usage_error(("shell does not take '%s'"):format(cx.args[3]),
      "a command stands behind --")
  elseif argv and (#argv == 0 or count == 0) then
    return cx:usage_error(count == 0 and "shell needs a room for a command"
      or "behind -- stands a command")
  elseif not wanted then
    return list(cx, require("engine.kept.rooms").list())
  end
  local room = M.find(cx, wanted)
  if not room then
    return exit_codes.INPUT
  end
  local place <close>, err = require("engine.kept.enter").open(room, service)
  if not place then
    cx:error(err.message, err.detail and err.detail.help)
    return err.code == "ENOENT" and exit_codes.INPUT or exit_codes.ENVIRONMENT
  end
  local term = require("core.term")
  local has_tty = term.is_tty(0) and term.is_tty(1)
  local opts = { tty = has_tty, stdin = has_tty or nil }
  if not has_tty and not argv then
    opts.stdin = io.stdin:read("a")
  end
  if place.left_out > 0 and not cx.opts.quiet then
    cx.err:write(("note: secrets of the room are not set: %s\n"):format(
      require("engine.report.words").count(place.left_out, "variable")))
  end
  if place.is_unwatched and not cx.opts.quiet then
    cx.err:write("note: of the policy holds what the container has; what is tried is not told\n")
  end
  local terminal = require("engine.ui.terminal")
  opts.env = has_tty and terminal.environment() or nil
  local process
  process, err = start(place, opts, argv)
  if not process then
    cx:error(err.message, err.detail and err.detail.help)
    return exit_codes.ENVIRONMENT
  end
  local ended
  ended, err = terminal.attach(process, has_tty)
  if not ended then
    cx:error("the room was lost: " .. err.message)
    return exit_codes.ENVIRONMENT
  end
  return ended.signal and SIGNAL_BASE + ended.signal or ended.code
end

return M
