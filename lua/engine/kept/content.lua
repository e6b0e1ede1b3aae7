--- What a kept room holds, as its note says it: variables, services and what they printed, all
--- without the secrets of the run.
---@class engine.kept.content
local json = require("core.json")
local poll = require("engine.service.poll")
local runtime = require("engine.service.runtime")

local M = {}

---@class engine.kept.Service
---@field name string
---@field kind string
---@field state string        as the run saw it last
---@field pid? integer        in the room; of an engine: nil
---@field start_time? integer of the process that `pid` is, on this machine
---@field container? string   its id
---@field began_s integer     wall clock, seconds
---@field starts integer
---@field ports integer[]
---@field place { view?: integer, net?: integer, cwd: string, hostname?: string } in the sandbox
---@field env? string[]       of commands in its place, in the sandbox
---@field again? engine.kept.Again what it is started by, in the sandbox

--- Leaves variables out that hold a secret.
---@param env? string[] "NAME=VALUE"
---@param mask? engine.run.Mask
---@return string[]? env
---@return integer left_out
---@nodiscard
function M.without_secrets(env, mask)
  if not env or not mask then
    return env, 0
  end
  local list = {}
  for _, entry in ipairs(env) do
    list[#list + 1] = mask:text(entry) == entry and entry or nil
  end
  return list, #env - #list
end

local function ports_of(spec)
  local list, seen = json.array(), {}
  local function add(port)
    if math.type(port) == "integer" and not seen[port] then
      seen[port], list[#list + 1] = true, port
    end
  end
  for _, one in ipairs(spec.ports or {}) do
    add(type(one) == "table" and one.port or one)
  end
  for _, one in ipairs(spec.wait or {}) do
    add(one.kind == "port" and one.value or one.port)
  end
  return list
end

--- Describes the services of a room that were started.
---@param room engine.backend.Room
---@param sets engine.run.Services[]
---@param mask? engine.run.Mask
---@return engine.kept.Service[]
---@nodiscard
function M.services(room, sets, mask)
  local list = json.array()
  for _, services in ipairs(sets) do
    for _, name in ipairs(services.set.names) do
      local rt = services.set:get(name)
      if rt.state ~= "new" and rt.started_at then
        list[#list + 1] = {
          name = name,
          kind = rt.spec.kind or "daemon",
          state = rt.state,
          pid = rt.process and not rt.member and rt.process:pid() or nil,
          container = rt.member and rt.member.thing.id or nil,
          began_s = os.time() - (poll.now() - rt.started_at) // 1000 | 0,
          starts = rt.starts or 1,
          ports = ports_of(rt.spec),
          place = { view = rt.view, net = rt.net, cwd = rt.cwd, hostname = rt.hostname },
          env = M.without_secrets(not rt.member and room:environment_in(rt) or nil, mask),
          again = not rt.member and require("engine.kept.again").describe(room, rt, mask) or nil,
        }
      end
    end
  end
  return list
end

local function masked(lines, mask)
  for i, line in ipairs(mask and lines or {}) do
    lines[i] = mask:text(line)
  end
  return lines
end

--- Makes the text of what services have printed so far: one line of JSON for each.
---@param sets engine.run.Services[]
---@param mask? engine.run.Mask
---@return string
---@nodiscard
function M.logs(sets, mask)
  local lines = {}
  for _, services in ipairs(sets) do
    for _, name in ipairs(services.set.names) do
      local rt = services.set:get(name)
      if rt.state ~= "new" then
        lines[#lines + 1] = json.encode({
          service = name,
          lines = json.array(masked(runtime.logs(rt).lines, mask)),
        }, { invalid = "replace" })
      end
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

return M
