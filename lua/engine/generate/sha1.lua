--- SHA-1 (RFC 3174), for what is defined by it: UUIDs of version 5.  No protection against anybody.
local M = {}

local function left(x, count)
  return ((x << count) | (x >> (32 - count))) & 0xffffffff
end

local function round(i, b, c, d)
  if i < 20 then
    return (b & c) | (~b & d), 0x5A827999
  elseif i < 40 then
    return b ~ c ~ d, 0x6ED9EBA1
  elseif i < 60 then
    return (b & c) | (b & d) | (c & d), 0x8F1BBCDC
  end
  return b ~ c ~ d, 0xCA62C1D6
end

local function add_block(h, block)
  local w = { (">I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4"):unpack(block) }
  for i = 17, 80 do
    w[i] = left(w[i - 3] ~ w[i - 8] ~ w[i - 14] ~ w[i - 16], 1)
  end
  local a, b, c, d, e = table.unpack(h)
  for i = 0, 79 do
    local f, k = round(i, b, c, d)
    local next_a = (left(a, 5) + f + e + k + w[i + 1]) & 0xffffffff
    a, b, c, d, e = next_a, a, left(b, 30), c, d
  end
  for i, x in ipairs({ a, b, c, d, e }) do
    h[i] = (h[i] + x) & 0xffffffff
  end
end

--- Digests bytes.
---@param bytes string
---@return string digest 20 bytes
---@nodiscard
function M.digest(bytes)
  local h = { 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0 }
  local padded = bytes .. "\x80" .. ("\0"):rep((55 - #bytes) % 64) .. (">I8"):pack(#bytes * 8)
  for at = 1, #padded, 64 do
    add_block(h, padded:sub(at, at + 63))
  end
  return (">I4I4I4I4I4"):pack(table.unpack(h))
end

return M
