--- Tries how an engine's rooms are made: one is, of an image that is there, joined and removed.
---
--- Nothing of the image is run where the agent gets in, and nothing is pulled or imported.
---@class engine.backend.container.trial
local clock = require("core.clock")
local core = require("core.task")
local image_of = require("engine.backend.container.image")
local machine = require("engine.image.archive").machine
local make = require("engine.backend.container.make")
local random = require("engine.random")
local session_of = require("engine.backend.container.session")
local things = require("engine.docker.things")
local waits_of = require("engine.docker.waits")

local M = {}

local NS_PER_MS = 1e6
local LOOKED_MAX = 20 -- images that are asked for their architecture
local TRIED_MAX = 8

--- Finds the smallest images, those that this machine could run before others.
local function find_images(client)
  local list, err = client:call("GET", "/images/json")
  if not list then
    return nil, err
  end
  table.sort(list, function(a, b)
    return (a.Size or 0) < (b.Size or 0)
  end)
  local first, others = {}, {}
  for i = 1, math.min(#list, LOOKED_MAX) do
    local image = image_of.find(client, list[i].Id, list[i].Id:sub(1, 19))
    local to = image and (image.architecture == machine() and first or others) or {}
    to[#to + 1] = image
  end
  return table.move(others, 1, #others, #first + 1, first)
end

local function try(session, image)
  local began = clock.now()
  local member, err = make.room(session, image, { hostname = "doctor" })
  if not member then
    return nil, err
  end
  local stat
  stat, err = member.core:stat("/")
  local told = { text = member.link.text, ms = (clock.now() - began) / NS_PER_MS }
  if stat then
    stat, err = member.core:close()
  end
  local ok, why = core.shield(member.remove, member)
  if not stat or not ok then
    return nil, err or why
  end
  return told
end

--- Makes a room and removes it.
---@async
---@param client engine.docker.Client
---@return { text?: string, ms?: number, rung: string }? told without `text`: there is no image
---@return core.Error? err no room can be made
---@nodiscard
function M.run(client)
  local session, err = session_of.open({}, client.engine, client, "doctor-" .. random.hex(4),
    waits_of.new({ path = false }))
  if not session then
    return nil, err
  end
  local images, told
  images, err = find_images(client)
  if images then
    told = not images[1] and {} or nil
  end
  for i = 1, math.min(TRIED_MAX, #(images or {})) do
    told, err = try(session, images[i])
    -- the image's fault, and not the engine's
    local is_images = not told and (things.is_missing(err) or err.code == "EIMAGE")
    if told or session.rung ~= "exec" and not is_images then -- without agent it must have a shell
      break
    end
  end
  if told then
    told.rung = session.rung
  end
  session:close()
  return told, err
end

return M
