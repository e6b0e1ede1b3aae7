--- What the engine says of an image: its id, and what it starts by itself.
---@class engine.backend.container.image
local image_error = require("engine.image").error
local json = require("core.json")
local manifest = require("engine.image.manifest")
local request = require("engine.docker.request")

local M = {}

---@class engine.backend.container.Image: engine.image.Root # without a folder of this machine
---@field id string "sha256:HEX"
---@field config engine.image.Config

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
  return { id = id, text = text, config = settings.config }
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
  local told, err = client:call("GET", ("/images/%s/json"):format(request.segment(name)))
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

--- Reads a line of passwd or group by its name, or its number.
local function fields_of(text, wanted)
  for line in text:gmatch("[^\n]+") do
    local name, _, number, rest = line:match("^([^:]*):([^:]*):(%d+):?(.*)$")
    if name == wanted or number == wanted then
      return name, math.tointeger(tonumber(number)), rest
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
  who = who == "" and "0" or who
  local name, uid, rest = fields_of(passwd, who)
  local number = math.tointeger(tonumber(who:match("^%d+$") or ""))
  if not uid and not number then
    return nil, ("there is no user '%s' in its /etc/passwd"):format(who)
  end
  local gid = math.tointeger(tonumber((rest or ""):match("^(%d+)") or "0"))
  if of ~= "" then
    local _, found = fields_of(group, of)
    gid = found or math.tointeger(tonumber(of:match("^%d+$") or ""))
    if not gid then
      return nil, ("there is no group '%s' in its /etc/group"):format(of)
    end
  end
  local home = (rest or ""):match("^%d+:[^:]*:([^:]*)")
  return { uid = uid or number, gid = gid, name = name, home = home ~= "" and home or nil }
end

return M
