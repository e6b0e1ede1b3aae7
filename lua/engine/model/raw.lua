--- Reads what the tags of a file can name, [vars], [matrix] and [determinism], from its raw text.
---
--- Once it is rendered, what was read is held against what is there: no table that tags make, or
--- change, is passed over.
local determinism = require("engine.determinism")
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

--- Whether a text can have a table that is read first; a key can be written with escapes.
local function names_raw(text)
  if text:find("\\[uUx]") then
    return true
  end
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
---@return table? raw { root, cells, problems of syntax that no tag can mend, determinism_at: where
---   [determinism] stands, from and to }
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
  raw.determinism_at = root.determinism ~= nil and { positions:key(root, "determinism") } or nil
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

--- Counts the values of a table and of those in it, and which of them are tables.
local function count_values(t)
  local count, tables = 0, 0
  for _, value in pairs(t) do
    count = count + 1
    if type(value) == "table" then
      local more, inner = count_values(value)
      count, tables = count + more, tables + 1 + inner
    end
  end
  return count, tables
end

--- Counts what each cell has again: the values of [vars] and [matrix].
---@param root table
---@return integer values
---@return integer tables among them
---@nodiscard
function M.count(root)
  return count_values({ root.vars, root.matrix })
end

--- Gives what [determinism] of a root says, as far as it is right; checked is it elsewhere.
---@param root table
---@return { seed?: integer, freeze_clock?: any }
function M.determinism(root)
  local t = toml.type(root.determinism) == "table" and root.determinism or {}
  return { seed = math.type(t.seed) == "integer" and t.seed or nil, freeze_clock = t.freeze_clock }
end

--- Whether two values of TOML are the same.
local function is_same(a, b)
  if a == b or a ~= a and b ~= b then
    return math.type(a) == math.type(b)
  elseif type(a) ~= "table" or type(b) ~= "table" or not has_parts(a) or not has_parts(b) then
    return false
  end
  for k, value in pairs(a) do
    if not is_same(value, b[k]) then
      return false
    end
  end
  for k in pairs(b) do
    if a[k] == nil then
      return false
    end
  end
  return true
end

M.is_same = is_same

local WRITE_OUT = "write it out under a header `[%s]` of this file, with no tag or block around it"

--- Tells where a table of the rendered text differs from what was read before the tags.
local function tell_change(cx, root, name, known)
  local made = root[name]
  if known == nil then
    cx:at_key("R004", root, name, ("[%s] is read before the tags, and was not found there"):format(
      name), "it would change nothing", WRITE_OUT:format(name))
    return
  end
  for _, key in ipairs(has_parts(made) and has_parts(known) and cx.positions:keys(made) or {}) do
    if not is_same(made[key], known[key]) then
      cx:at_key("R004", made, key, ("%s of [%s] is read before the tags, and was %s there"):format(
        cx:name(key), name, known[key] == nil and "not found" or "another one"), nil,
        WRITE_OUT:format(name))
      return
    end
  end
  cx:at_key("R004", root, name, ("[%s] is read before the tags, and there was more of it"):format(
    name), nil, WRITE_OUT:format(name))
end

--- Tells what tags drew, or what time they told, by another [determinism] than the rendered one.
local function check_determinism(cx, root, first)
  local ctx, t = first.ctx, root.determinism
  local said = determinism.join(M.determinism(root), first.given) or {}
  local function tell(key, what)
    local offset, stop, at = table.unpack(first.determinism_at or {}, 1, 2)
    if toml.type(t) == "table" and t[key] ~= nil then
      offset, stop, at = cx.positions:key(t, key)
    end
    cx:add("R004", offset, stop, ("`%s` of [determinism] is read before the tags, and %s"):format(
      key, what), nil, WRITE_OUT:format("determinism"), nil, nil, at)
  end
  if ctx.has_asked_seed and said.seed ~= ctx.seed then
    tell("seed", "these drew by another one")
  end
  if ctx.has_asked_time and said.freeze_ms ~= ctx.frozen_ms then
    tell("freeze_clock", "these told another time")
  end
end

---@class engine.model.First what was read before the tags
---@field root table
---@field determinism_at? integer[] where [determinism] stood
---@field given? engine.Determinism of the command line
---@field ctx table that the functions of the tags were given

--- Refuses tables of a rendered text that its tags could not name, since tags make them: passed
--- over, a [matrix] would have no cells.  What is only left out of the text was used.
---@param cx engine.model.Context with the positions of the rendered text
---@param root table of the rendered text
---@param first engine.model.First
function M.compare(cx, root, first)
  for _, name in ipairs({ "vars", "matrix" }) do
    if root[name] ~= nil and not is_same(root[name], first.root[name]) then
      tell_change(cx, root, name, first.root[name])
    end
  end
  check_determinism(cx, root, first)
end

return M
