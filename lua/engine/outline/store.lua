--- Keeps outlines on disk, one file for each test file and way of reading it.
---
--- An entry begins with a digest of the rest and one of the text that it came from.  The rest is
--- bytecode, which only the folder of this build holds (engine.build_folder).  What is damaged,
--- or cannot be read or written, is no error: the test file is read then.
local build_folder = require("engine.build_folder")
local hash = require("core.hash")
local loader = require("engine.loader")

local M = {}

local MAGIC = "clnrm outline 1\n"
local DIGEST = #hash.xxh128("")
local OWNER_ONLY = 384 -- 0600
local ENTRY_MAX = 256 << 10

--- How much there may be in the folder; the oldest quarter is removed when there is more.
M.FILES_MAX, M.BYTES_MAX = 10000, 64 << 20
M.LOOKS_EVERY = 500 -- entries that are written, about

local folder -- false: there is none

local function open()
  if folder == nil then
    folder = not loader.overrides()[1] and build_folder.open("outlines", "engine") or false
  end
  return folder
end

--- Whether outlines can be kept.
---@return boolean
---@nodiscard
function M.is_open()
  return open() ~= false
end

--- Reads the bytes of an entry; nil: they are damaged, or of another text.
---@param bytes string
---@param text_digest string
---@return table? data
---@nodiscard
function M.unpack(bytes, text_digest)
  local own = #MAGIC + DIGEST
  if bytes:sub(1, #MAGIC) ~= MAGIC or bytes:sub(own + 1, own + DIGEST) ~= text_digest
    or hash.xxh128(bytes:sub(own + 1)) ~= bytes:sub(#MAGIC + 1, own) then
    return nil
  end
  local chunk = load(bytes:sub(own + DIGEST + 1), "=outline", "b", {})
  local ok, data = pcall(chunk or error)
  return ok and data or nil
end

--- Writes data as bytes.
---@param code string an expression of Lua, as engine.outline.code writes it
---@param text_digest string
---@return string? bytes nil: there is too much of it
---@nodiscard
function M.pack(code, text_digest)
  local chunk = #code <= ENTRY_MAX and load("return " .. code, "=outline", "t", {})
  local payload = chunk and text_digest .. string.dump(chunk, true)
  return payload and MAGIC .. hash.xxh128(payload) .. payload or nil
end

--- Finds an entry.
---@param key string a digest
---@param text_digest string of the text of the test file
---@return table? data
---@nodiscard
function M.get(key, text_digest)
  local dir = open()
  local bytes = dir and build_folder.read(dir, key, 4 * ENTRY_MAX)
  return bytes and M.unpack(bytes, text_digest)
end

--- Removes the oldest entries of a folder that has too many.
---@param dir core.fs.Root
function M.make_room(dir)
  local entries, bytes = dir:scandir(".", { stat = true }) or {}, 0
  for _, entry in ipairs(entries) do
    bytes = bytes + entry.size
  end
  if #entries <= M.FILES_MAX and bytes <= M.BYTES_MAX then
    return
  end
  table.sort(entries, function(a, b)
    return a.mtime_ns < b.mtime_ns
  end)
  for i = 1, #entries // 4 + 1 do
    dir:remove(entries[i].name)
  end
end

--- Stores an entry.
---@param key string
---@param text_digest string
---@param code string
---@return boolean is_written
function M.put(key, text_digest, code)
  local dir = open()
  local bytes = dir and M.pack(code, text_digest)
  if not bytes then
    return false
  end
  if build_folder.is_turn(text_digest, M.LOOKS_EVERY) then
    M.make_room(dir)
  end
  return dir:write_atomic(key, bytes, { mode = OWNER_ONLY, sync = false, nofollow = true }) == true
end

return M
