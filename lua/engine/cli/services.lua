--- clnrm services: how the services of kept rooms, and of runs that go on, are.
local exit_codes = require("engine.cli.exit_codes")
local shell = require("engine.cli.shell")

local M = {
  summary = "Tells of the services of kept and running rooms; restarts them.",
  usage = "clnrm services [status [RUN[:SCENARIO]] | logs RUN:SCENARIO [SERVICE] | restart "
    .. "RUN:SCENARIO SERVICE]",
  examples = {
    { "clnrm services", "state, health, uptime and ports of each" },
    { "clnrm services logs latest:rolls-back db", "what it has printed" },
    { "clnrm services logs latest:rolls-back -f", "and what it prints, until Ctrl-C (130)" },
    { "clnrm services restart latest:rolls-back db", "of a run that goes on, by that run: its test "
      .. "is `infra` then (V009); or of a kept room" },
  },
  text = [[
RUN and SCENARIO as for `clnrm shell`.  A run that goes on is asked itself, once it has services: it
says how they are, shows without secrets the last 1000 lines of each, with --follow (behind the word
logs also -f) every new one, and restarts one.  Where it was begun with --keep and has no secrets,
its engine shows all lines.  What services of a kept room print is shown by an engine where the run
had no secrets; else, and in the sandbox, what the run had written down without them.  Of a line
that a run shows there are 8 KiB, of others 1 MiB.  Who reads too slowly is told how many lines are
missing.
]],
  formats = { "json" },
  exits = { 0, 2, 6, 130 },
}

M.SCHEMA = "clnrm.services/1"

local LOOK_MS = 200 -- between two looks whether somebody reads

local COLORS = { running = "green", ready = "green", completed = "green", healthy = "green",
  exited = "red", ended = "red", failed = "red", dead = "red", unhealthy = "red" }
local PREFIX = { "cyan", "magenta", "green", "yellow", "blue" }

local function uptime(seconds)
  if not seconds then
    return "-"
  elseif seconds < 60 then
    return seconds .. "s"
  elseif seconds < 3600 then
    return ("%dm%02ds"):format(seconds // 60, seconds % 60)
  end
  return ("%dh%02dm"):format(seconds // 3600, seconds % 3600 // 60)
end

local function cells(row)
  local state = row.exit_code and ("%s (%d)"):format(row.state, row.exit_code) or row.state
  return {
    row.service, state, row.health or "-", uptime(row.uptime_s),
    #row.ports > 0 and table.concat(row.ports, ",") or "-",
    row.container and row.container:sub(1, 12) or row.pid and "pid " .. row.pid or "-",
    row.restarts and tostring(row.restarts) or "-",
  }
end

local HEAD = { "SERVICE", "STATE", "HEALTH", "UPTIME", "PORTS", "CONTAINER", "RESTARTS" }

local function head_of(cx, room)
  return ("%s:%s  (%s, %s)"):format(cx:safe(room.run, cx.out), cx:safe(room.names[1], cx.out),
    room.backend, room.state)
end

--- Writes the services of one room as a table.
local function write_table(cx, room, rows)
  local show, style = require("engine.ui.show"), require("engine.ui.style")
  local out, lines, widths = cx.out, { HEAD }, {}
  for i, row in ipairs(rows) do
    lines[i + 1] = cells(row)
  end
  for _, line in ipairs(lines) do
    for i, cell in ipairs(line) do
      line[i] = cx:safe(cell, out)
      widths[i] = math.max(widths[i] or 0, show.width(line[i]))
    end
  end
  out:write(head_of(cx, room) .. "\n")
  for at, line in ipairs(lines) do
    local parts = {}
    for i, cell in ipairs(line) do
      local pad = (" "):rep(widths[i] - show.width(cell))
      local color = at == 1 and "dim" or (i == 2 or i == 3) and COLORS[cell:match("^%a+") or ""]
      parts[i] = (color and style.paint(out.color, color, cell) or cell) .. pad
    end
    out:write("  " .. (table.concat(parts, "  "):gsub(" +$", "")) .. "\n")
  end
end

local function status_command(cx, wanted)
  local rooms_of = require("engine.kept.rooms")
  local rooms = wanted and rooms_of.find(wanted) or not wanted and rooms_of.list()
  if #rooms == 0 and wanted then
    shell.find(cx, wanted)
    return exit_codes.INPUT
  end
  local json = require("core.json")
  local out, code = { schema = M.SCHEMA, rooms = json.array() }, exit_codes.OK
  for _, room in ipairs(rooms) do
    local rows, err = require("engine.kept.services").status(room)
    if err then
      cx:error(("%s:%s: %s"):format(room.run, room.names[1], err.message),
        err.detail and err.detail.help)
      code = exit_codes.ENVIRONMENT
    end
    if cx.format == "json" then
      out.rooms[#out.rooms + 1] = { run = room.run, scenario = room.scenario, state = room.state,
        backend = room.backend, until_s = room.note and room.note.until_s,
        services = json.array(rows or {}) }
    elseif rows and rows[1] then
      write_table(cx, room, rows)
    elseif rows and not cx.opts.quiet then
      cx.out:write(("%s  no services are there\n"):format(head_of(cx, room)))
    end
  end
  if cx.format == "json" then
    cx.out:write(assert(json.encode(out, { invalid = "replace" })) .. "\n")
  elseif #rooms == 0 and not cx.opts.quiet then
    cx.out:write("no room is kept, and no run goes on\n")
  end
  return code
end

local function tell(cx, err)
  cx:error(err.message, err.detail and err.detail.help)
  return err.code == "EINVAL" and exit_codes.INPUT or exit_codes.ENVIRONMENT
end

--- Calls `fn` until it returns or nobody reads any more, which no write may ever tell: a service
--- that has said that it is ready often says no more.
---@async
local function while_heard(out, fn)
  local task = require("core.task")
  local scope <close> = task.scope()
  local watch = task.spawn(function()
    while out:is_heard() and task.sleep(LOOK_MS) do end
    scope:cancel()
  end)
  local note, err = fn()
  watch:cancel()
  watch:join()
  return note, err
end

local function logs_command(cx, wanted, service)
  local room = shell.find(cx, wanted)
  if not room then
    return exit_codes.INPUT
  end
  local style, colors, count = require("engine.ui.style"), {}, 0
  local function each(name, line)
    if not colors[name] then
      count = count + 1
      colors[name] = PREFIX[(count - 1) % #PREFIX + 1]
    end
    cx.out:write(("%s %s\n"):format(style.paint(cx.out.color, colors[name],
      cx:safe(name, cx.out) .. " |"), cx:safe(line, cx.out)))
    return cx.out.err ~= nil -- nobody reads any more
  end
  local note, err = while_heard(cx.out, function()
    return require("engine.kept.services").logs(room, { service = service,
      follows = cx.opts.follow }, each)
  end)
  if cx.out.err then
    return exit_codes.OK -- of which the exit code is made that tells of it
  elseif err then
    return tell(cx, err)
  elseif note and not cx.opts.quiet then
    cx.err:write("note: " .. note .. "\n")
  end
  return exit_codes.OK
end

local function restart_command(cx, wanted, service)
  local room = shell.find(cx, wanted)
  if not room then
    return exit_codes.INPUT
  end
  local status, err = require("engine.kept.services").restart(room, service)
  if not status then
    return tell(cx, err)
  end
  write_table(cx, room, { status })
  return exit_codes.OK
end

--- Each with how many arguments it takes, at least and at most.
local commands = {
  status = { run = status_command, min = 0, max = 1 },
  logs = { run = logs_command, min = 1, max = 2 },
  restart = { run = restart_command, min = 2, max = 2 },
}

function M.run(cx)
  local name = cx.args[1] or "status"
  local command, count = commands[name], math.max(0, #cx.args - 1)
  if not command then
    return cx:usage_error(("there is no 'services %s'"):format(name), "status, logs or restart")
  elseif count < command.min then
    return cx:usage_error(("services %s needs %s"):format(name, count == 0 and "RUN:SCENARIO"
      or "the name of a service"), "`clnrm services` lists them")
  elseif count > command.max then
    return cx:usage_error(("services %s does not take '%s'"):format(name, cx.args[#cx.args]))
  elseif cx.format == "json" and name ~= "status" or cx.opts.follow and name ~= "logs" then
    return cx:usage_error(cx.opts.follow and name ~= "logs" and "--follow is for services logs"
      or ("services %s has no format 'json'"):format(name))
  end
  return command.run(cx, table.unpack(cx.args, 2))
end

return M
