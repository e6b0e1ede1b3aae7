--- How a text names an image: host, rootfs:DIR, archive:FILE, or the name of a stored one.  Pure.
---@class engine.image.reference
local M = {}

---@class engine.image.Image      what a test file names; nil means the host's programs
---@field kind "rootfs"|"archive"|"stored"
---@field text string             as the file has it, for messages
---@field path? string            of rootfs and archive: as written; then absolute, real
---@field name? string            of a stored one: its full name, "redis:7"

M.NAME_MAX = 255
local TAG_MAX = 128

local function is_name(name)
  for part in (name .. "/"):gmatch("([^/]*)/") do
    -- components of lower case letters and digits, joined by . _ or -; the first may be HOST:PORT
    if not part:match("^[a-z0-9][a-z0-9._-]*$") and not part:match("^[%w.-]+:%d+$") then
      return false
    end
  end
  return true
end

--- Makes the full name of a stored image: without a registry that everybody means, with a tag.
---@param text string "redis", "docker.io/library/redis:7", "sha256:HEX"
---@return string? name
---@return string? why it is none
function M.normal(text)
  local hex = text:match("^sha256:(%x+)$")
  if hex then
    local is_id = #hex >= 12 and #hex <= 64
    return is_id and text:lower() or nil, "is no id: sha256: and 12 to 64 digits"
  elseif #text > M.NAME_MAX then
    return nil, ("is longer than %d bytes"):format(M.NAME_MAX)
  elseif text:find("@", 1, true) then
    return nil, "names a digest of a registry, and none is asked: name the image by its tag or id"
  end
  local name, tag = text:match("^(.*):([%w_][%w_.-]*)$")
  if not name or name == "" then
    name, tag = text, "latest"
  end
  name = name:gsub("^docker%.io/", ""):gsub("^library/", "")
  if not is_name(name) or #tag > TAG_MAX then
    return nil, "is no name of an image: redis:7, registry.example/team/app:1.2"
  end
  return name .. ":" .. tag
end

--- Reads the text.
---@param text string
---@return engine.image.Image? image nil, without `why`: the host
---@return string? why it is wrong
---@nodiscard
function M.parse(text)
  if text == "host" then
    return nil
  end
  local kind, path = text:match("^(%a+):(.*)$")
  if kind == "rootfs" or kind == "archive" then
    if path == "" then
      return nil, ("names no %s: %s"):format(kind == "rootfs" and "folder" or "file", text)
    end
    return { kind = kind, text = text, path = path }
  end
  local name, why = M.normal(text)
  if not name then
    return nil, why
  end
  return { kind = "stored", text = text, name = name }
end

return M
