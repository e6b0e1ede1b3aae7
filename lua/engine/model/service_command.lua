--- What a service starts: its entrypoint, command and args.
---@class engine.model.service_command
local M = {}

--- Says who knows where the value of a key stands.
local function context_of(cx, checked, key)
  return checked.context and checked.context[key] or cx
end

local function starts_nothing(cx, service, t, k, what)
  cx:at_key("P123", t, k,
    ("the service %s starts nothing: %s is missing"):format(cx:quote(service.name), what), nil,
    'add: command = ["program", "argument"]')
end

--- Joins entrypoint, command and args: in `argv` or `shell`, and as they are given in `given`, for
--- an image has its own.
---@param cx engine.model.Context
---@param service engine.model.Service
---@param checked table its keys
function M.read(cx, service, checked)
  local value = checked.value
  local entry, command, args = value.entrypoint, value.command, value.args
  if service.image ~= "host" then
    service.given = {
      entrypoint = entry,
      command = command,
      args = args,
      stop_signal = value.stop_signal ~= nil,
    }
  end
  if entry and entry.shell and (command or args) then
    local k = checked.spelt.command or checked.spelt.args
    context_of(cx, checked, command and "command" or "args"):at_key("P109", checked.raw, k,
      ("`%s` is never run: the entrypoint is text for the shell"):format(k),
      nil, "write the entrypoint as a list, or leave it out")
  elseif args and command and command.shell then
    context_of(cx, checked, "args"):at_key("P109", checked.raw, checked.spelt.args,
      "`args` are appended to a list, and the command is text for the shell", nil,
      "write the command as a list")
  elseif entry and entry.argv and not entry.argv[1] and not command and not (args and args[1]) then
    starts_nothing(cx, service, checked.raw, "entrypoint", "the entrypoint is empty, and `command`")
  elseif not entry and not command then
    local spelt = checked.spelt
    local has_own = service.image ~= "host" and service.image.kind ~= "rootfs"
      or service.image == "host" and (spelt.image or spelt.build) -- it was wrong, which is told
      and value.image ~= "host"
    if not (spelt.entrypoint or spelt.command or has_own or service.is_open) then
      starts_nothing(cx, service, checked.t, checked.k, "`command`")
    end
  elseif entry and entry.shell or not entry and command.shell then
    service.shell = (entry or command).shell
  else
    local argv = {}
    for _, list in ipairs({
      entry and entry.argv or {},
      command and (command.argv or { "/bin/sh", "-c", command.shell }) or {},
      args or {},
    }) do
      table.move(list, 1, #list, #argv + 1, argv)
    end
    service.argv = argv
  end
end

return M
