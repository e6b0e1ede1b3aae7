--- Compares what the compiler makes of a text and of the same text rewritten, function by function.
local M = {}

--- Reads a chunk of Lua 5.4 as string.dump gives it.
local function read(dump)
  local at = 1 + 4 + 1 + 1 + 6 + 3 + 8 + 8 + 1 -- signature ... number of upvalues
  local function byte()
    at = at + 1
    return dump:byte(at - 1)
  end
  local function size()
    local n = 0
    while true do
      local b = byte()
      n = n << 7 | b & 0x7f
      if b & 0x80 ~= 0 then
        return n
      end
    end
  end
  local function bytes(n)
    at = at + n
    return dump:sub(at - n, at - 1)
  end
  local function text()
    local n = size()
    return n > 0 and bytes(n - 1) or nil
  end
  local function list(item)
    local items = {}
    for i = 1, size() do
      items[i] = item()
    end
    return items
  end
  local function constant()
    local tag = byte()
    if tag == 0x13 or tag == 0x03 then
      return tag .. bytes(8)
    end
    return tag .. ((tag == 0x04 or tag == 0x14) and tostring(text()) or "")
  end
  local function fn()
    local f = { source = text(), first = size(), last = size() }
    f.head = bytes(3)
    f.code = bytes(4 * size())
    f.constants = list(constant)
    f.upvalues = list(function()
      return { is_in_stack = byte(), index = byte(), kind = byte() }
    end)
    f.functions = list(fn)
    f.lines = bytes(size())
    f.absolute = list(function()
      return size() .. ":" .. size()
    end)
    f.locals = list(function()
      return ("%s %d %d"):format(text(), size(), size())
    end)
    for i, name in ipairs(list(function() return text() or "" end)) do
      f.upvalues[i].name = name
    end
    return f
  end
  return fn()
end

--- Says by which name an upvalue is known; two functions may number their own differently.
local function upvalues(f)
  local parts = {}
  for i, up in ipairs(f.upvalues) do
    parts[i] = ("%s %d %d"):format(up.name, up.is_in_stack, up.kind)
      .. (up.is_in_stack == 1 and " " .. up.index or "")
  end
  return table.concat(parts, "\n")
end

local function same(a, b)
  for _, key in ipairs({ "first", "last", "head", "code", "lines" }) do
    if a[key] ~= b[key] then
      return key
    end
  end
  for _, key in ipairs({ "constants", "absolute", "locals" }) do
    if table.concat(a[key], "\n") ~= table.concat(b[key], "\n") then
      return key
    end
  end
  return upvalues(a) ~= upvalues(b) and "upvalues" or nil
end

local function compare(a, b, sites, out)
  local has_site = false
  for _, site in ipairs(sites) do
    has_site = has_site or a.last == 0 or site.line >= a.first and site.line <= a.last
  end
  if not has_site then
    out.count = out.count + 1
    local what = same(a, b)
    out.difference = out.difference or what and ("function of line %d: %s"):format(a.first, what)
  end
  if #a.functions ~= #b.functions then
    out.difference = out.difference or "another number of functions"
  end
  for i, inner in ipairs(a.functions) do
    if b.functions[i] then
      compare(inner, b.functions[i], sites, out)
    end
  end
end

--- Lists the Lua files below some folders.
function M.find(folders)
  local paths = {}
  for _, folder in ipairs(folders) do
    local pipe = assert(io.popen(("find '%s' -name '*.lua' 2>/dev/null"):format(folder)))
    for path in pipe:lines() do
      paths[#paths + 1] = path
    end
    pipe:close()
  end
  return paths
end

--- Compares one file, as it is and rewritten; without a site in it, its local functions
--- get one.
---@return integer? functions that were compared; nil: it does not compile, or nothing is rewritten
---@return integer sites
---@return string? difference
function M.check(path, rewrite)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a"):gsub("^#[^\n]*", "")
  file:close()
  local rewritten, sites = rewrite.rewrite(text, "@x")
  if not rewritten then
    text = text:gsub("(local function [%w_]+%([%w_, .]*%))\n", "%1 assert(1 == 1)\n")
    rewritten, sites = rewrite.rewrite(text, "@x")
  end
  local plain = load(text, "@x", "t")
  if not plain or not rewritten then
    return nil, 0
  end
  local make, why = load(rewritten, "@x", "t")
  if not make then
    return nil, #sites, why
  end
  local out = { count = 0 }
  compare(read(string.dump(plain)), read(string.dump(make)).functions[1], sites, out)
  return out.count, #sites, out.difference
end

return M
