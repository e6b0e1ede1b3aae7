--- What the engine says of an image: its id, and what it starts by itself.
---@class engine.backend.container.image
local image_error = require("engine.image").error
local images = require("engine.docker.images")
local json = require("core.json")
local manifest = require("engine.image.manifest")
local trim = require("engine.trim")

local M = {}

---@class engine.backend.container.Image: engine.image.Root # without a folder of this machine
---@field id string "sha256:HEX"
---@field architecture? string "amd64"
---@field config engine.image.Config
---@field room_user? engine.backend.container.User of its rooms, once it was looked up

--- Reads what `GET /images/NAME/json` told.
---@param told table
---@param text string as the file names it
---@return engine.backend.container.Image? image
---@return core.Error? err
---@nodiscard
function M.read(told, text)
  local settings, why
  if type(told.Id) ~= "string" or told.Id == "" then
    why = "it tells no id"
  else
    local read = json.encode({
      os = told.Os, architecture = told.Architecture, config = told.Config,
      rootfs = { diff_ids = json.array() },
    }, { invalid = "replace" })
    settings, why = manifest.settings(read or "")
  end
  if not settings then
    return nil, image_error(("what the engine says of the image %s cannot be read: %s"):format(text,
      why))
  end
  local id = told.Id:find(":", 1, true) and told.Id or "sha256:" .. told.Id
  return { id = id, text = text, config = settings.config, architecture = told.Architecture }
end

--- Asks the engine for an image that it has.
---@async
---@param client engine.docker.Client
---@param name string
---@param text? string as the file names it
---@return engine.backend.container.Image? image
---@return core.Error? err `detail.status` 404: it has none of this name
---@nodiscard
function M.find(client, name, text)
  local told, err = images.ask(client, name)
  if not told then
    return nil, err
  end
  return M.read(told, text or name)
end

--- Finds who USER means, as far as it says it in numbers.
---@param user? string
---@return integer? uid nil: a name, to be looked up in the image
---@return integer? gid
---@nodiscard
function M.ids(user)
  if not user or user == "" or user == "root" then
    return 0, 0
  end
  local uid, gid = user:match("^(%d+):(%d+)$")
  if uid then
    return math.tointeger(tonumber(uid)), math.tointeger(tonumber(gid))
  end
  uid = user:match("^(%d+)$") or user == "root" and "0"
  return nil, nil, math.tointeger(tonumber(uid or "")) -- a group of its own is in its passwd
end

--- Finds a line of passwd or group by its name, or its number, as engines do: the first one, and
--- what is no number in it is 0.
local function fields_of(text, wanted, by_number_alone)
  for line in text:gmatch("[^\n]+") do
    local fields = {}
    for field in (trim.both(line) .. ":"):gmatch("([^:]*):") do
      fields[#fields + 1] = field
    end
    local number = math.tointeger(tonumber((fields[3] or ""):match("^%d+$") or "0"))
    if line:find("%S") and (not by_number_alone and fields[1] == wanted
      or math.tointeger(tonumber(wanted:match("^%d+$") or "")) == number) then
      return fields, number
    end
  end
end

---@class engine.backend.container.User
---@field uid integer
---@field gid integer
---@field name? string of its line of passwd
---@field home? string

--- Looks a user up, as engines do.
---@param user? string USER of an image, or of a file: "name[:group]", names or numbers
---@param passwd string
---@param group string
---@return engine.backend.container.User? user
---@return string? why
---@nodiscard
function M.user(user, passwd, group)
  local who, of = (user or ""):match("^([^:]*):?(.*)$")
  local is_default = who == ""
  who = is_default and "0" or who
  local fields, uid = fields_of(passwd, who, is_default)
  local number = math.tointeger(tonumber(who:match("^%d+$") or ""))
  if not fields and not number then
    return nil, ("there is no user '%s' in its /etc/passwd"):format(who)
  end
  fields = fields or {}
  local gid = math.tointeger(tonumber((fields[4] or ""):match("^%d+$") or "0"))
  if of ~= "" then
    local _, found = fields_of(group, of)
    gid = found or math.tointeger(tonumber(of:match("^%d+$") or ""))
    if not gid then
      return nil, ("there is no group '%s' in its /etc/group"):format(of)
    end
  end
  local home = fields[6]
  return { uid = uid or number, gid = gid, name = fields[1], home = home ~= "" and home or nil }
end

return M
