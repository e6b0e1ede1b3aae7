--- Reads what the tags of a file can name, [vars], [matrix] and [determinism], from its raw text.
local matrix = require("engine.matrix")
local scan = require("engine.template.scan")
local toml = require("core.toml")

local M = {}

local VALUES_MAX = 50000
local BLOCKS = {
  ["if"] = true, ["for"] = true, block = true, macro = true, filter = true, raw = true,
}

--- Whether a value has parts; a date or time has none, though it is a table to Lua.
local function has_parts(value)
  local kind = toml.type(value)
  return kind == "table" or kind == "array"
end

--- Lists where the parts of a value stand, so that tags in them are found.
local function add_spans(spans, positions, t)
  local function add(k, is_key)
    local value = t[k]
    local offset, stop = positions:value(t, k)
    local is_plain = type(value) ~= "table"
    if offset and is_key and is_plain then -- a key stands right before its value
      spans[#spans + 1] = { (positions:key(t, k)), stop }
    elseif offset then
      spans[#spans + 1] = { offset, stop }
      spans[#spans + 1] = is_key and { positions:key(t, k) } or nil
    end
    if not is_plain and has_parts(value) then
      add_spans(spans, positions, value)
    end
  end
  for _, k in ipairs(positions:keys(t)) do
    add(k, true)
  end
  for i = 1, type(t[1]) == "table" and #t or 0 do -- others stand within their list
    add(i)
  end
end

--- Refuses tags where they cannot be rendered yet.
local function check_raw(cx, root, tags)
  local spans = {}
  if #tags == 0 then
    return
  end
  for _, name in ipairs({ "vars", "matrix" }) do
    if has_parts(root[name]) then
      add_spans(spans, cx.positions, root[name])
    end
  end
  table.sort(spans, function(a, b)
    return a[1] < b[1]
  end)
  local i, reach = 1, 0 -- how far the spans go that begin before the tag's end
  for _, tag in ipairs(tags) do
    while spans[i] and spans[i][1] < tag.last do
      reach, i = math.max(reach, spans[i][2]), i + 1
    end
    if reach > tag.first - 1 then
      cx:add("R004", tag.first - 1, tag.last, "[vars] and [matrix] are read before the tags",
        "so there can be none in them")
    end
  end
end

--- Refuses tables that stand inside of a block: what it leaves out or repeats, they would not be.
local function check_blocks(cx, root, text, controls)
  local first, depth, opened = {}, 0, nil
  for _, name in ipairs({ "vars", "matrix" }) do
    first[name] = root[name] ~= nil and cx.positions:key(root, name) or nil
  end
  local function close(before)
    for name, offset in pairs(first) do
      if opened and offset > opened and offset < before then
        local _, stop = cx.positions:key(root, name)
        cx:add("R004", offset, stop, ("[%s] is read before the tags, and stands in a block of them")
          :format(name), "no block can leave it out or repeat it", "move it out of the block")
      end
    end
  end
  for _, tag in ipairs(controls) do
    local word = text:match("^{%%%-?%s*(%a+)", tag.first) or ""
    if BLOCKS[word] then
      opened, depth = depth == 0 and tag.last or opened, depth + 1
    elseif BLOCKS[word:match("^end(.*)$") or ""] and depth > 0 then
      depth = depth - 1
      if depth == 0 then
        close(tag.first)
        opened = nil
      end
    end
  end
end

--- Whether a table holds a value that could not be read.
local function has_bad(value, depth)
  if value == toml.bad then
    return true
  elseif type(value) == "table" and getmetatable(value) == nil and (depth or 0) < 128 then
    for _, item in pairs(value) do
      if has_bad(item, (depth or 0) + 1) then
        return true
      end
    end
  end
  return false
end

--- Leaves out the problems on lines that have a tag outside of a string: what stands there is what
--- the tag gives, and until it can be rendered nobody knows whether that is wrong.
local function without_tags(problems, text, tags)
  local bare, kept = {}, {}
  for _, tag in ipairs(tags) do
    bare[#bare + 1] = tag.state == "bare" and tag or nil
  end
  for _, p in ipairs(problems) do
    local first, last = p.offset, text:find("\n", p.offset + 1, true) or #text
    while first > 0 and text:byte(first) ~= 10 do
      first = first - 1
    end
    local is_known = true
    for _, tag in ipairs(bare) do
      is_known = is_known and (tag.last <= first or tag.first > last)
    end
    kept[#kept + 1] = is_known and p or nil
  end
  return kept[1] and kept or nil
end

--- Tells problems of syntax.
function M.tell(cx, problems)
  for _, p in ipairs(problems) do
    cx:add(p.code, p.offset, p.offset + p.length, p.message, nil, p.help)
  end
end

local RAW = { vars = true, matrix = true, determinism = true }

--- Whether a text can have a table that is read first.
local function names_raw(text)
  for name in pairs(RAW) do
    if text:find(name, 1, true) then
      return true
    end
  end
  return false
end

--- Makes TOML of a text with tags: all of it, or, when tags of control may repeat or leave out
--- parts of it, the tables that are read first.
local function readable(text, tags, controls)
  if #controls == 0 then
    return scan.masked(text, tags)
  elseif not names_raw(text) then
    return ""
  end
  local masked = scan.blanked(scan.masked(text, tags), controls)
  local alone = {}
  for _, tag in ipairs(tags) do
    local line = tag.first
    while line > 1 and masked:find("^[ \t]", line - 1) do
      line = line - 1
    end
    if tag.state == "bare" and (line == 1 or masked:sub(line - 1, line - 1) == "\n") then
      alone[#alone + 1] = tag -- a line of its own, however many it will be
    end
  end
  return scan.only_tables(scan.blanked(masked, alone), RAW)
end

--- Reads [vars], [matrix] and [determinism] from the raw text.
---@param cx engine.model.Context
---@param text string
---@param tags engine.template.Tag[]
---@param controls { first: integer, last: integer }[]
---@return table? raw { root, cells, problems of syntax that no tag can mend }
function M.read(cx, text, tags, controls)
  local root, positions, problems = toml.decode(readable(text, tags, controls), {
    positions = true, partial = true, source = cx.file, max_values = VALUES_MAX,
  })
  if not root then
    M.tell(cx, positions)
    return nil
  end
  cx.positions = positions
  if problems and (has_bad(root.vars) or has_bad(root.matrix)) then
    M.tell(cx, problems)
    return nil
  end
  check_raw(cx, root, tags)
  check_raw(cx, root, controls)
  check_blocks(cx, root, text, controls)
  local raw = { root = root, problems = problems and without_tags(problems, text, tags),
    cells = { matrix.NONE } }
  for _, name in ipairs({ "vars", "matrix" }) do
    if root[name] ~= nil then
      local key = cx.schema.root.by_name[name]
      raw[name] = key.type:check(root[name], cx, root, name)
    end
  end
  if raw.matrix and cx.counts.error == 0 then
    raw.cells = matrix.cells(cx, root)
  end
  return cx.counts.error == 0 and raw or nil
end

return M
