--- A file with tags, [vars] or a [matrix]: one text, read once for each cell.
---
--- [vars] and [matrix] are read from the raw text first, so that the tags of the rest can use them.
--- What is wrong in several cells alike is told once.
local Context = require("engine.model.context")
local core_text = require("core.text")
local diag = require("engine.diag")
local matrix = require("engine.matrix")
local scan = require("engine.template.scan")
local template = require("engine.template")
local toml = require("core.toml")

local M = {}

local SIZE_MAX = 16 << 20 -- of the texts of all cells together
local VALUES_MAX = 50000
local UNIQUE_MAX = 100 -- different diagnostics, after which no further cell is read
local CELLS_NAMED = 3

local function context(text, opts, path)
  return Context.new({ file = opts.file or path, text = text, strict = opts.strict })
end

--- Sorts what is told; how much more there was of a cell comes last.
local function close(cx)
  local told, counted = {}, {}
  for _, d in ipairs(cx.list) do
    local list = d.code == "P009" and counted or told
    list[#list + 1] = d
  end
  cx.list = table.move(counted, 1, #counted, #told + 1, diag.sort(told))
  cx:close()
end

local function finish(cx)
  close(cx)
  return nil, cx.list
end

--- Whether a value has parts; a date or time has none, though it is a table to Lua.
local function has_parts(value)
  local kind = toml.type(value)
  return kind == "table" or kind == "array"
end

--- Lists where the parts of a value stand, so that tags in them are found.
local function add_spans(spans, positions, t)
  local function add(k, is_key)
    local offset, stop = positions:value(t, k)
    if offset then
      spans[#spans + 1] = { offset, stop }
    end
    if offset and is_key then
      spans[#spans + 1] = { positions:key(t, k) }
    end
    if has_parts(t[k]) then
      add_spans(spans, positions, t[k])
    end
  end
  for _, k in ipairs(positions:keys(t)) do
    add(k, true)
  end
  for i = 1, #t do
    add(i)
  end
end

--- Refuses tags where they cannot be rendered yet.
local function check_raw(cx, root, tags)
  local spans = {}
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

local function tell_syntax(cx, problems)
  for _, p in ipairs(problems) do
    cx:add(p.code, p.offset, p.offset + p.length, p.message, nil, p.help)
  end
end

--- Reads [vars] and [matrix] from the raw text.
---@return table? raw { scope vars, cells, problems of syntax }
local function read_raw(cx, text, tags)
  local root, positions, problems = toml.decode(scan.masked(text, tags), {
    positions = true, partial = true, source = cx.file, max_values = VALUES_MAX,
  })
  if not root then
    tell_syntax(cx, positions)
    return nil
  end
  cx.positions = positions
  if problems and (has_bad(root.vars) or has_bad(root.matrix)) then
    tell_syntax(cx, problems)
    return nil
  end
  check_raw(cx, root, tags)
  local raw = { root = root, problems = problems, cells = { matrix.NONE } }
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

--- Notes which values the tags use.
local function used_names(tags, cells)
  local used, of_cells = { vars = {}, matrix = {} }, {}
  for _, cell in ipairs(cells) do
    for name in pairs(cell.values) do
      of_cells[name] = true
    end
  end
  for _, tag in ipairs(tags) do
    local first, second = tag.path[1].key, tag.path[2] and tag.path[2].key
    if used[first] and second then
      used[first][second] = true
    else
      used[of_cells[first] and "matrix" or "vars"][first] = true
    end
  end
  return used, of_cells
end

--- Warns of values that nothing uses: they were meant to change something.
local function check_used(cx, raw, used)
  local severity = cx.strict and "error" or "warning"
  for _, space in ipairs({ "vars", "matrix" }) do
    local t = raw[space] and raw.root[space]
    for _, name in ipairs(t and cx:keys(t) or {}) do
      local is_list = space == "matrix" and (name == "exclude" or name == "include")
      if not used[space][name] and not is_list then
        local what = space == "matrix" and "its cells differ in nothing" or "it changes nothing"
        cx:at_key("R013", t, name, ("%s of [%s] is used nowhere"):format(cx:name(name), space),
          what, ("use it: `{{ %s.%s }}`"):format(space, name), nil, severity)
      end
    end
  end
end

---@class engine.model.Merged what is wrong, by what it is and where
local Merged = {}
Merged.__index = Merged

function Merged:add(list, cell)
  for _, d in ipairs(list) do
    local key = table.concat({ d.code, d.offset or "", d.length or "", d.message }, "\0")
    local known = self.by_key[key]
    if not known then
      known = { d = d, cells = {} }
      self.by_key[key], self.list[#self.list + 1] = known, known
    end
    known.cells[#known.cells + 1] = cell
  end
end

--- Says in which cells it is so.
local function note_cells(known, cells)
  local count = #known.cells
  if #cells == 1 and not cells[1].name then
    return
  end
  local names = {}
  for i = 1, math.min(count, CELLS_NAMED) do
    names[i] = known.cells[i].name
  end
  local more = count > CELLS_NAMED and ", …" or ""
  local note = ("in the cell %s"):format(names[1])
  if count == #cells and count > 1 then
    note = ("in all %d cells"):format(count)
  elseif count > 1 then
    note = ("in %d of %d cells: %s%s"):format(count, #cells, table.concat(names, ", "), more)
  end
  known.d.notes = known.d.notes or {}
  table.insert(known.d.notes, note)
end

--- Shows what the tags in the marked place were replaced by.
local function note_values(d, rendered)
  for _, one in ipairs(rendered.inserted) do
    local first, last = one.tag.first - 1, one.tag.last
    if d.offset and first < d.offset + d.length and last > d.offset then
      d.notes = d.notes or {}
      table.insert(d.notes, ("`%s` is %s"):format(
        core_text.escape(one.tag.inner:match("^%s*(.-)%s*$"), { line = true }),
        template.quote(one.text)))
    end
  end
end

local function with_traceback(err)
  return err == Context.FULL and err or debug.traceback(tostring(err), 2)
end

--- Calls what tells problems to a context, which ends it when there are more than are counted.
local function until_full(fn, ...)
  local results = table.pack(xpcall(fn, with_traceback, ...))
  if not results[1] and results[2] ~= Context.FULL then
    error(results[2], 0)
  end
  return table.unpack(results, 2, results[1] and results.n or 1)
end

local function tell_problems(cx, problems)
  for _, p in ipairs(problems) do
    cx:add(p.code, p.offset, p.offset + p.length, p.message, nil, p.help)
  end
end

--- Reads one cell.
---@return engine.model.Suite? suite
---@return engine.diag.Diagnostic[] list
---@return engine.template.Rendered? rendered nil when it could not be
local function read_cell(job, cell)
  local scope = { vars = job.raw.root.vars, matrix = cell.name and cell.values or nil }
  local rendered, problems = template.render(job.compiled, scope, job.of_cells)
  job.size = job.size + #rendered.text
  if #problems > 0 then
    local cx = context(job.text, job.opts, job.path)
    until_full(tell_problems, cx, problems)
    if job.raw.problems then
      until_full(tell_syntax, cx, job.raw.problems)
    end
    cx:close()
    return nil, cx.list
  end
  local suite, list = job.read(rendered.text, job.path, job.opts, {
    source = job.text, map = rendered.map, cell = cell.name,
  })
  return suite, list, rendered
end

local function read_cells(job, cx)
  local suites, merged = {}, setmetatable({ by_key = {}, list = {} }, Merged)
  local cells, failed = job.raw.cells, false
  for _, cell in ipairs(cells) do
    local suite, list, rendered = read_cell(job, cell)
    for _, d in ipairs(rendered and list or {}) do
      note_values(d, rendered)
    end
    merged:add(list, cell)
    suites[#suites + 1] = suite
    failed = failed or not suite
    if job.size > SIZE_MAX then
      cx:at_value("R012", job.raw.root, "matrix",
        "the texts of the cells are more than 16 MiB together", nil, "split the file")
      failed = true
    end
    if failed and (#merged.list >= UNIQUE_MAX or job.size > SIZE_MAX) then
      break
    end
  end
  for _, known in ipairs(merged.list) do
    note_cells(known, cells)
    cx.list[#cx.list + 1] = known.d
  end
  return not failed and suites or nil
end

local function parse(cx, text, path, opts, read)
  local tags = scan.tags(text)
  if #tags > scan.TAGS_MAX then
    local last = tags[#tags]
    cx:add("R005", last.first - 1, last.last, ("the file has more than %d tags"):format(
      scan.TAGS_MAX), nil, "split the file")
    return nil
  end
  local compiled, problems = template.compile(text, tags)
  tell_problems(cx, problems)
  local raw = #problems == 0 and read_raw(cx, text, tags)
  if not raw then
    return nil
  end
  local used, of_cells = used_names(tags, raw.cells)
  local job = {
    text = text, path = path, opts = opts, read = read, compiled = compiled, raw = raw,
    of_cells = of_cells, size = 0,
  }
  local suites = read_cells(job, cx)
  check_used(cx, raw, used) -- last: it may end what is told
  cx.positions:close()
  return suites
end

--- Reads a file whose text has tags, [vars] or a [matrix].
---@param text string
---@param path string absolute
---@param opts engine.model.Options
---@param read function reads a rendered text: (text, path, opts, view) → suite, diagnostics
---@param schema engine.model.schema
---@return engine.model.Suite? first
---@return engine.diag.Diagnostic[] diagnostics
---@return engine.model.Suite[]? suites one for each cell
function M.parse(text, path, opts, read, schema)
  local cx = context(text, opts, path)
  cx.schema = schema
  local suites = until_full(parse, cx, text, path, opts, read)
  if not suites or diag.has_error(cx.list) then
    return finish(cx)
  end
  close(cx)
  for _, suite in ipairs(suites) do
    suite.warnings = cx.list
  end
  return suites[1], cx.list, suites
end

return M
