--- Identifiers: UUIDs of RFC 9562, ULIDs, trace and span numbers of W3C Trace Context.
local hash = require("core.hash")
local sha1 = require("engine.generate.sha1")

---@class engine.generate.ids
local M = {}

local CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

--- The namespaces of RFC 9562, by the names that uuid_v5 knows.
M.NAMESPACES = {
  dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8", url = "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
  oid = "6ba7b812-9dad-11d1-80b4-00c04fd430c8", x500 = "6ba7b814-9dad-11d1-80b4-00c04fd430c8",
}

local function uuid(bytes, version)
  local head, b7, b8, b9, rest = ("c6BBBc7"):unpack(bytes)
  bytes = ("c6BBBc7"):pack(head, b7 & 0x0f | version << 4, b8, b9 & 0x3f | 0x80, rest)
  return (assert(hash.hex(bytes)):gsub("^(%x%x%x%x%x%x%x%x)(%x%x%x%x)(%x%x%x%x)(%x%x%x%x)",
    "%1-%2-%3-%4-"))
end

--- Makes a random UUID.
---@param stream engine.generate.Stream
---@return string
function M.uuid_v4(stream)
  return uuid(stream:bytes(16), 4)
end

--- Makes the UUID of a name.
---@param namespace string a UUID, or "dns", "url", "oid", "x500"
---@param name string
---@return string? uuid nil: the namespace is no UUID
function M.uuid_v5(namespace, name)
  local plain = (M.NAMESPACES[namespace] or namespace):gsub("%-", "")
  local bytes = #plain == 32 and hash.unhex(plain:lower())
  return bytes and uuid(sha1.digest(bytes .. name):sub(1, 16), 5) or nil
end

--- Makes a UUID that sorts by its time.
---@param stream engine.generate.Stream
---@param unix_ms integer
---@return string
function M.uuid_v7(stream, unix_ms)
  return uuid((">I8"):pack(unix_ms & 0xffffffffffff):sub(3) .. stream:bytes(10), 7)
end

--- Makes a ULID: 48 bits of time, 80 of chance.
---@param stream engine.generate.Stream
---@param unix_ms integer
---@return string
function M.ulid(stream, unix_ms)
  local out, rest = {}, unix_ms & 0xffffffffffff
  for i = 10, 1, -1 do
    local at = (rest & 31) + 1
    out[i], rest = CROCKFORD:sub(at, at), rest >> 5
  end
  return table.concat(out) .. stream:text(CROCKFORD, 16)
end

--- Draws hexadecimal digits that are not all zero.
local function non_zero(stream, count)
  local digits
  repeat
    digits = stream:hex(count)
  until digits:find("[^0]")
  return digits
end

--- Makes the number of a trace.
---@param stream engine.generate.Stream
---@return string 32 digits
function M.trace_id(stream)
  return non_zero(stream, 32)
end

--- Makes the number of a span.
---@param stream engine.generate.Stream
---@return string 16 digits
function M.span_id(stream)
  return non_zero(stream, 16)
end

return M
