--- Whom commands and services run as: what is known of it before a room is made.
---
--- A sandbox room has one user.  Which users an image has is known when its container is there, so
--- that names are looked up by the backend; where only the sandbox can make a room, the others are
--- wrong already in the file.
---@class engine.model.users
local M = {}

local TEXT_MAX = 255
local ID_MAX = 4294967294
local NONE = {}
local ROOMS = { room = true, ["1000"] = true, ["1000:1000"] = true, ["room:room"] = true }

--- Says what is wrong with a user as it is written, whatever room it is for; or nil.
---@param text string "user" or "user:group": names, or numbers
---@return string? why
---@nodiscard
function M.problem(text)
  local user, group = text:match("^([^:]*):([^:]*)$")
  for _, part in ipairs({ user or text, group }) do
    local number = part:match("^%-?%d+$")
    if part == "" then
      return 'is not "user", or "user:group"'
    elseif number and (#number > 10 or tonumber(number) < 0 or tonumber(number) > ID_MAX) then
      return ("is no number of a user: %s"):format(number:sub(1, 20))
    elseif part:find("[%s%c:/]") then
      return "is no name of a user"
    end
  end
  return #text > TEXT_MAX and "is no name of a user" or nil
end

--- Whether a user is the one of a sandbox room.
---@param text? string
---@return boolean
---@nodiscard
function M.is_rooms(text)
  return text == nil or ROOMS[text] == true
end

--- Says that a sandbox room has no such user.
---@param text string
---@return string message completes "`user` …"
---@return string help
---@nodiscard
function M.of_sandbox(text)
  return ('cannot be "%s"'):format(text:sub(1, 40):gsub("%c", "?")),
    'a room has one user, "room" (1000:1000); root is not to be had in it'
end

--- The error of something in a sandbox room that is to have another user.
---@param text? string
---@return core.Error? err EPOLICY; nil: it is the room's user
---@nodiscard
function M.refused(text)
  if M.is_rooms(text) then
    return nil
  end
  local message, help = M.of_sandbox(text)
  return require("core.error").new({ code = "EPOLICY", op = "room.user",
    message = "`user` " .. message, detail = { help = help } })
end

--- Whether an engine may make a service with this image.
---@param image? string as the file names it
---@param build? table
---@return boolean
---@nodiscard
function M.is_engines(image, build)
  local is_sandboxs = not image or image == "host" or image:find("^rootfs:")
    or image:find("^archive:")
  return build ~= nil or not is_sandboxs
end

--- Whether an engine may make the rooms of a file: all its images have names, and there is one.
local function may_be_engines(suite)
  local list = { suite.room.image }
  for _, service in ipairs(suite.services) do
    list[#list + 1] = service.image
  end
  for _, image in ipairs(list) do
    if type(image) ~= "table" or image.kind == "rootfs" or image.kind == "archive" then
      return false
    end
  end
  return list[1] ~= nil
end

local function check(cx, checked)
  local user = checked and checked.value.user
  if user and not M.is_rooms(user) then
    local message, help = M.of_sandbox(user)
    cx:at_value("P124", checked.raw, checked.spelt.user, "`user` " .. message, nil, help)
  end
end

--- Tells the users that no room of a file can have.
---@param cx engine.model.Context
---@param root engine.model.Checked
---@param suite engine.model.Suite with its services
function M.check(cx, root, suite)
  if may_be_engines(suite) then
    return
  end
  local value = root.value
  check(cx, value.room)
  for _, map in ipairs({ value.service or NONE, value.services or NONE }) do
    for _, item in ipairs(map) do
      check(cx, item.value)
    end
  end
  local lists = { value.steps or NONE }
  for _, scenarios in ipairs({ value.scenario or NONE, value.scenarios or NONE }) do
    for _, scenario in ipairs(scenarios) do
      lists[#lists + 1] = scenario.value.steps
    end
  end
  for _, steps in ipairs(lists) do
    for _, step in ipairs(steps) do
      check(cx, step)
    end
  end
end

return M
