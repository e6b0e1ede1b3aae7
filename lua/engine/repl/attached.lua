--- A kept room, or one of an engine beside its run, as a value of the REPL: `:attach`.
---
--- Its commands are those of `clnrm shell`, run by the same agent; what they give is a Result, as
--- of a room that was opened here.
---@class engine.repl.attached
local commands = require("engine.script.commands")
local observe = require("engine.run.observe")
local options = require("engine.script.options")
local place = require("engine.script.place")
local results = require("engine.backend.result")
local sandbox_command = require("engine.backend.sandbox_command")

local M = {}

local EXEC = { env = "a table of variables", stdin = "bytes", timeout = options.DURATION }

---@class engine.repl.Attached
---@field private place? engine.kept.Place nil: it was left
---@field private session engine.repl.Session
---@field private name string
local Attached = {}
Attached.__index = Attached
Attached.__name = "clnrm.Attached"

function Attached:__tostring()
  return ("%s: %s%s"):format(Attached.__name, self.name, self.place and "" or " (left)")
end

--- Runs a command to its end.
---@async
---@param command string|string[] a text is for `sh -c`
---@param opts? { env?: table<string, string>, stdin?: string, timeout?: string|number }
---@return clnrm.Result? result
---@return core.Error? err it could not be started, or the room is gone
function Attached:exec(command, opts)
  if not self.place then
    place.misuse("room:exec: the room was left")
  end
  local read = options.read(opts, EXEC, "room:exec")
  local what, context = commands.read(command, "room:exec"), self.session.context
  context:observe({ event = "command_begin", command = what, name = what.name })
  local result, err = results.exec(self.place, { argv = what.argv or { "sh", "-c", what.shell },
    stdin = read.stdin, env = sandbox_command.list({ read.env or {} }),
    deadline_ms = read.timeout })
  if not result then
    commands.observe_end(context, what, { error = err })
    return nil, err
  end
  local observed = observe.step({ checks = {}, by_script = true }, result)
  result:close()
  commands.observe_end(context, what, observed)
  return commands.result(context, observed)
end

--- Leaves the room; what was started in it is killed.
function Attached:close()
  local left = self.place
  self.place = nil
  if left then
    left:close()
  end
end
Attached.__close = Attached.close

--- Enters a room; the session leaves it at its end.
---@async
---@param terminal engine.repl.Terminal
---@param argument string "RUN[:SCENARIO] [SERVICE]"
local function attach(terminal, argument)
  local cx, session = terminal.cx, terminal.session
  local wanted, service, more = argument:match("^(%S+)%s*(%S*)%s*(.-)$")
  if not wanted or more ~= "" then
    return cx:error(":attach takes RUN[:SCENARIO] [SERVICE]", "clnrm shell lists the rooms")
  end
  local room = require("engine.cli.shell").find(cx, wanted)
  if not room then
    return
  end
  local name = ("%s:%s%s"):format(room.run, room.names[1], service ~= "" and " " .. service or "")
  for _, one in ipairs(session.closes) do
    if getmetatable(one.value) == Attached and one.value.name == name and one.value.place then
      session.own.room = one.value -- there is place for one
      return cx.out:write(("room is %s again\n"):format(cx:safe(name, cx.out)))
    end
  end
  local entered, err = require("engine.kept.enter").open(room, service ~= "" and service or nil)
  if not entered then
    return cx:error(err.message, err.detail and err.detail.help)
  end
  local self = setmetatable({ place = entered, session = session, name = name }, Attached)
  session.own.room = self
  session.closes[#session.closes + 1] = { name = "room", value = self }
  cx.out:write(("room is %s (%s): room:exec(\"id\")\n"):format(cx:safe(name, cx.out), room.backend))
  if entered.left_out > 0 then
    cx.out:write(("secrets of the room are not set: %s\n"):format(
      require("engine.report.words").count(entered.left_out, "variable")))
  end
  if entered.is_unwatched then
    cx.out:write("of the policy holds what the container has; what is tried is not told\n")
  end
end

---@type engine.repl.Command[]
M.list = {
  { name = "attach", takes = "RUN[:SCENARIO] [SERVICE]", run = attach,
    text = "enter a kept room, or one of Docker or Podman beside its run, as `room`" },
}

return M
