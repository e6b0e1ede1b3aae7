--- What was found against a room of containers: what its limits have refused, and what was tried
--- that its policy forbids, in its own container and in those of its services.
---@class engine.backend.container.guarded
local limits_of = require("engine.backend.container.limits")

local M = {}

local NONE = {}

local function add(list, more)
  return table.move(more, 1, #more, #list + 1, list)
end

--- Tells what the limits of its own container have refused.
local function of_main(room)
  local main = room.main
  if not room.guard or not main then
    return NONE
  elseif main.lost then
    return main.lost.code == "EOOM" and { limits_of.used_up(room.guard.limits) } or NONE
  end
  return limits_of.met(main.core, room.guard.limits)
end

--- Notes what the limits of a service have refused, while its agent can be asked.
---@async
---@param room engine.backend.container.Room
---@param member engine.backend.container.Member
function M.note(room, member)
  local spec, core = member.service, member.core
  if not core or member.lost then
    return
  end
  local of_room = room.guard and room.guard.limits
  room.forks[spec.name] = room.forks[spec.name] or limits_of.forks_of(core, spec, of_room)
  room.met[spec.name] = room.met[spec.name] or limits_of.kills_of(core, spec, of_room)
end

--- Tells what limits have refused, while there are agents.
---@async
---@param room engine.backend.container.Room
---@return engine.run.Finding[]
function M.limits(room)
  local list, names, seen = add({}, of_main(room)), {}, {}
  for _, member in ipairs(room.members) do
    M.note(room, member)
    if room.policy and member.core then
      member.core:stat("/") -- as it answers, its agent has counted what found no way out
    end
  end
  for _, found in ipairs({ room.met, room.forks }) do
    for name in pairs(found) do
      names[#names + 1] = not seen[name] and name or nil
      seen[name] = true
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    list[#list + 1] = room.met[name]
    list[#list + 1] = room.forks[name]
  end
  return list
end

local function members_of(room, main)
  return add({ main }, room.members)
end

--- Tells that nobody saw what was tried in a container: its agent could not come.
local function unseen(room, member)
  if room.policy.image and member.why and not member.has_ended_first and not member.core then
    return { verdict = "error", code = "H009", pos = room.policy.guard.policy.pos,
      message = ("what service '%s' tried was not seen: %s"):format(member.service.name,
        member.why.message) }
  end
end

--- Tells what was tried that is forbidden.
---@param room engine.backend.container.Room
---@param main? engine.backend.container.Member
---@param seen_of fun(member: engine.backend.container.Member): core.room.Report[]?
---@return engine.run.Finding[]
function M.tried(room, main, seen_of)
  local list = {}
  for _, member in ipairs(room.policy and members_of(room, main) or NONE) do
    add(list, room.policy:look(member, seen_of(member)))
    list[#list + 1] = unseen(room, member)
  end
  return list
end

--- Tells what was found so far.
---@async
---@param room engine.backend.container.Room
---@return engine.run.Finding[]
function M.so_far(room)
  return add(M.limits(room), M.tried(room, room.main, function(member)
    return member.seen or member.core and member.core.reports and member.core:reports()
  end))
end

--- Ends the agents of services, which tell the rest of what they have seen.
---@async
---@param room engine.backend.container.Room
function M.end_services(room)
  for _, member in ipairs(room.policy and room.members or NONE) do
    if member.core then
      local killed, second, third = member.core:close()
      member.seen = killed and second or third
    end
  end
end

return M
