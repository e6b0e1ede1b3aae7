--- What an image says of a service: its command, environment, directory, ports, health.  Pure.
---
--- What the file says stands over it.
---@class engine.image.service
local signals = require("engine.run.signals")

local M = {}

local specs = setmetatable({}, { __mode = "k" }) -- spec of the model → with what its image says

local function append(list, more)
  return table.move(more, 1, #more, #list + 1, list)
end

--- Joins what is started: the file's command replaces the image's, args are behind the entrypoint.
---@param given { entrypoint?: table, command?: table, args?: string[] }
---@param config engine.image.Config
---@return string[]
---@nodiscard
function M.argv(given, config)
  local entry, command, args = given.entrypoint, given.command, given.args
  local argv = append({}, entry and (entry.argv or { "/bin/sh", "-c", entry.shell })
    or config.entrypoint or {})
  if command then
    append(argv, command.argv or { "/bin/sh", "-c", command.shell })
  elseif not entry and not args then
    append(argv, config.cmd or {})
  end
  return append(argv, args or {})
end

local function with_ports(made, config)
  if made.ports[1] or not config.ports[1] then
    return
  end
  made.ports = {}
  local listens, has = append({}, made.listens), {}
  for _, port in ipairs(listens) do
    has[port] = true
  end
  for i, port in ipairs(config.ports) do
    made.ports[i] = { port = port }
    listens[#listens + 1] = not has[port] and port or nil
  end
  made.listens = listens
end

--- Makes a service with what its image says.
---@param spec engine.model.Service
---@param root engine.image.Root
---@return engine.model.Service? made
---@return core.Error? err
function M.of(spec, root)
  local made, config = specs[spec], root.config
  if made then
    return made
  end
  made = {}
  for key, value in pairs(spec) do
    made[key] = value
  end
  made.root, made.shell = root, nil
  made.argv = M.argv(spec.given, config)
  made.env = append(append({}, config.env), spec.env)
  made.cwd = spec.cwd or config.workdir or "/"
  if (spec.kind or "daemon") == "daemon" then
    made.health = spec.health or config.health
  end
  made.stop_signal = not spec.given.stop_signal and signals.of_image(config.stop_signal or "")
    or spec.stop_signal
  if not made.argv[1] then
    return nil, require("engine.image").error(
      ("the image %s starts nothing by itself"):format(root.text),
      ("add a command to the service '%s'"):format(spec.name))
  end
  with_ports(made, config)
  specs[spec] = made
  return made
end

return M
