--- Writes tar archives byte by byte, also those that no program would write.
local M = {}

local BLOCK = 512

local function octal(value, width)
  return ("%0" .. width - 1 .. "o\0"):format(value)
end

local function field(text, width)
  return text:sub(1, width) .. ("\0"):rep(width - #text)
end

--- @class tests.tar.Entry
--- @field n string name (100 bytes at most)
--- @field t? string default "0": 1 hard link, 2 link, 3 4 devices, 5 folder, 6 FIFO, x g pax, L K
--- @field l? string target
--- @field d? string content
--- @field m? integer mode
--- @field size? integer|string instead of the content's; a text stands as it is
--- @field sum? string instead of the right checksum
--- @field prefix? string
--- @field cut? integer only so many bytes of the content, and no padding

--- Writes one entry.
--- @param e tests.tar.Entry
function M.entry(e)
  local data = e.d or ""
  local size = e.size or #data
  size = type(size) == "string" and field(size, 12) or octal(size, 12)
  local head = field(e.n, 100) .. octal(e.m or 420, 8) .. octal(0, 8) .. octal(0, 8) .. size
    .. octal(1700000000, 12) .. (" "):rep(8) .. (e.t or "0") .. field(e.l or "", 100)
    .. (e.magic or "ustar\0" .. "00") .. field("root", 32) .. field("root", 32) .. octal(0, 8)
    .. octal(0, 8) .. field(e.prefix or "", 155)
  head = head .. ("\0"):rep(BLOCK - #head)
  local sum = 0
  for i = 1, #head do
    sum = sum + head:byte(i)
  end
  head = head:sub(1, 148) .. (e.sum or ("%06o\0 "):format(sum)) .. head:sub(157)
  if e.cut then
    return head .. data:sub(1, e.cut)
  end
  return head .. data .. ("\0"):rep(-#data % BLOCK)
end

--- One record of a pax header.
function M.record(key, value)
  local rest = " " .. key .. "=" .. value .. "\n"
  local len = #rest + 1
  while #tostring(len) + #rest ~= len do
    len = len + 1
  end
  return len .. rest
end

--- A pax header for the entry behind it.
function M.pax(records, t)
  local text = ""
  for key, value in pairs(records) do
    text = text .. M.record(key, value)
  end
  return { n = "pax", t = t or "x", d = text }
end

--- A long name as GNU tar writes it.
function M.long(name, t)
  return { n = "././@LongLink", t = t or "L", d = name .. "\0" }
end

M.END = ("\0"):rep(2 * BLOCK)

--- Writes an archive: of entries and plain bytes.
function M.archive(list, no_end)
  local parts = {}
  for i, one in ipairs(list) do
    parts[i] = type(one) == "string" and one or M.entry(one)
  end
  return table.concat(parts) .. (no_end and "" or M.END)
end

--- Compresses as zstd does a run of one byte: 128 KiB in four bytes.  `head` stands before.
function M.zstd(head, zeros)
  local parts = { "\x28\xb5\x2f\xfd", "\x00", "\x58" } -- no size, a window of 2 MiB
  for at = 1, #head, 65536 do
    local piece = head:sub(at, at + 65535)
    parts[#parts + 1] = ("<I3"):pack(#piece << 3) .. piece
  end
  for _ = 1, zeros do
    parts[#parts + 1] = ("<I3"):pack((131072 << 3) | 2) .. "\0"
  end
  return table.concat(parts) .. ("<I3"):pack(1)
end

return M
