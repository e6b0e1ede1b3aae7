--- Tar as the engine's archive calls have it: written plain, never compressed, for a daemon may run
--- the container's own unpacker otherwise; read one file at a time.  Pure.
---@class engine.backend.container.tar
local M = {}

local BLOCK = 512
local NAME_MAX, LINK_OF_LONG = 100, "././@LongLink"

local function padded(text)
  local over = #text % BLOCK
  return over == 0 and text or text .. ("\0"):rep(BLOCK - over)
end

local function field(text, size)
  return text .. ("\0"):rep(size - #text)
end

local function octal(number, size)
  return ("%0" .. size - 1 .. "o\0"):format(number)
end

local OLD_ID_MAX = 2097151 -- seven octal digits; GNU tar has larger ones in binary, marked by a bit

local function id(number)
  return number <= OLD_ID_MAX and octal(number, 8) or "\x80" .. (">I7"):pack(number)
end

local function header(name, size, mode, kind, owner)
  local head = field(name, 100) .. octal(mode, 8) .. id(owner.uid) .. id(owner.gid)
    .. octal(size, 12) .. octal(0, 12) .. (" "):rep(8) .. kind .. field("", 100) .. "ustar  \0"
    .. field("", 247) -- names of owners among it: the numbers count
  local sum = 0
  for i = 1, #head do
    sum = sum + head:byte(i)
  end
  return head:sub(1, 148) .. ("%06o\0 "):format(sum) .. head:sub(157)
end

local function entry(name, content, mode, kind, owner)
  local long = ""
  if #name > NAME_MAX then
    long = header(LINK_OF_LONG, #name + 1, 420, "L", owner) .. padded(name .. "\0")
  end
  return long .. header(name:sub(1, NAME_MAX), #content, mode, kind, owner) .. padded(content)
end

---@class engine.backend.container.tar.File
---@field path string absolute, without . and ..
---@field content string
---@field mode integer

--- Writes files.  The folders above each are in it as well, where `folders` says so.
---@param files engine.backend.container.tar.File[]
---@param owner { uid: integer, gid: integer }
---@return string
---@nodiscard
function M.write(files, owner)
  local parts = {}
  for _, file in ipairs(files) do
    parts[#parts + 1] = entry(file.path:sub(2), file.content, file.mode, "0", owner)
  end
  parts[#parts + 1] = ("\0"):rep(2 * BLOCK)
  return table.concat(parts)
end

--- Reads the first regular file.
---@param text string
---@return string? content nil: there is none, or it is cut
---@return integer? mode
---@nodiscard
function M.first(text)
  local at = 1
  while at + BLOCK - 1 <= #text do
    local size = tonumber(text:sub(at + 124, at + 134):match("^[0-7]+") or "", 8)
    local kind = text:sub(at + 156, at + 156)
    if not size then
      return nil
    elseif kind == "0" or kind == "\0" then
      local content = text:sub(at + BLOCK, at + BLOCK + size - 1)
      local mode = tonumber(text:sub(at + 100, at + 106):match("^[0-7]+") or "", 8)
      if #content ~= size then
        return nil
      end
      return content, mode and mode & 4095 -- 07777
    end
    at = at + BLOCK + (size + BLOCK - 1) // BLOCK * BLOCK
  end
end

return M
