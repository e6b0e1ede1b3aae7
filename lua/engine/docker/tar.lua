--- Writes tar archives, entry by entry: what goes into an engine is never compressed.
---
--- ustar, with a PAX header where a name or a link is longer than its field.  Who owns a file here
--- is nobody's business there: all belongs to root, or to whom the container runs as.
---@class engine.docker.tar
local M = {}

M.SIZE_MAX = (8 << 30) - 1 -- what 11 octal digits hold
M.ID_MAX = 2097151 -- 7 octal digits
M.END = ("\0"):rep(1024)

local BLOCK = 512
local NAME_MAX = 100
local ROOT = { uid = 0, gid = 0 }
local TYPES = { file = "0", link = "2", directory = "5" }

---@class engine.docker.TarEntry
---@field name string   without a slash in front; of a folder without one at its end
---@field type "file"|"directory"|"link"
---@field mode integer  permission bits
---@field mtime integer s since 1970
---@field size? integer of a file
---@field link? string  where a link points
---@field owner? { uid: integer, gid: integer } default root

local function field(text, width)
  return text:sub(1, width) .. ("\0"):rep(width - #text)
end

local function octal(value, width)
  return ("%0" .. width - 1 .. "o\0"):format(value)
end

local function block(name, entry, kind, size, link)
  local owner = entry.owner or ROOT
  local head = field(name, NAME_MAX) .. octal(entry.mode & 4095, 8)
    .. octal(owner.uid, 8) .. octal(owner.gid, 8)
    .. octal(size, 12) .. octal(math.max(0, entry.mtime), 12)
  local rest = kind .. field(link, NAME_MAX) .. "ustar\00000" .. field("root", 32)
    .. field("root", 32) .. octal(0, 8) .. octal(0, 8)
  local sum = 8 * 32 -- its own field counts as blanks
  for _, part in ipairs({ head, rest }) do
    for i = 1, #part do
      sum = sum + part:byte(i)
    end
  end
  return field(head .. ("%06o\0 "):format(sum) .. rest, BLOCK)
end

--- Fills the last block of a content.
---@param size integer
---@return string zeros
---@nodiscard
function M.padding(size)
  return ("\0"):rep(-size % BLOCK)
end

--- Writes "LENGTH key=value\n", where the length counts itself.
local function record(key, value)
  local rest = (" %s=%s\n"):format(key, value)
  local length = #rest + 1
  while #tostring(length) + #rest ~= length do
    length = #tostring(length) + #rest
  end
  return length .. rest
end

--- Writes what stands before the content of an entry.
---@param entry engine.docker.TarEntry
---@return string? bytes
---@return string? why it cannot be written
---@nodiscard
function M.header(entry)
  local name = entry.type == "directory" and entry.name .. "/" or entry.name
  local link, size = entry.link or "", entry.type == "file" and entry.size or 0
  local owner = entry.owner or ROOT
  if owner.uid > M.ID_MAX or owner.gid > M.ID_MAX then
    return nil, ("would belong to user %d, and %d is the most"):format(owner.uid, M.ID_MAX)
  end
  if size > M.SIZE_MAX then
    return nil, "is larger than 8 GiB"
  elseif (name .. link):find("\0", 1, true) then
    return nil, "has a NUL in its name"
  end
  local extra = (#name > NAME_MAX and record("path", name) or "")
    .. (#link > NAME_MAX and record("linkpath", link) or "")
  local pax = ""
  if extra ~= "" then
    pax = block("PaxHeader", entry, "x", #extra, "") .. extra .. M.padding(#extra)
  end
  return pax .. block(name, entry, TYPES[entry.type], size, link)
end

return M
