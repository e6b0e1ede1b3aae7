--- A file with tags, [vars] or a [matrix]: one text, read once for each cell.
---
--- [vars] and [matrix] are read from the raw text first, so that the tags of the rest can use them.
--- What is wrong in several cells alike is told once.
local clock = require("core.clock")
local core_text = require("core.text")
local jobs = require("engine.model.job")
local looks = require("engine.template.looks")
local template = require("engine.template")
local toml = require("core.toml")
local trim = require("engine.trim")
local written = require("engine.model.written")

local M = {}

local SIZE_MAX = 16 << 20 -- of the texts of all cells together
local UNIQUE_MAX = 100 -- different diagnostics, after which no further cell is read
local CELLS_NAMED = 3

local function finish(cx)
  jobs.close(cx)
  return nil, cx.list
end

--- Warns of values that nothing uses: they were meant to change something.
local function check_used(cx, raw, used, of_cells)
  local severity = cx.strict and "error" or "warning"
  for _, space in ipairs({ "vars", "matrix" }) do
    local t = raw[space] and raw.root[space]
    for _, name in ipairs(t and cx:keys(t) or {}) do
      local is_list = space == "matrix" and (name == "exclude" or name == "include")
      local is_used = used[space .. "." .. name] or used[space .. ".*"]
        or used[name] and (space == "matrix" or not of_cells[name]) or used.__tera_context
      if not is_used and not is_list then
        local what = space == "matrix" and "its cells differ in nothing" or "it changes nothing"
        cx:at_key("R013", t, name, ("%s of [%s] is used nowhere"):format(cx:name(name), space),
          what, ("use it: `{{ %s.%s }}`"):format(space, name), nil, severity)
      end
    end
  end
end

--- Warns of a list of the matrix whose name the command line gives one value: cells that were to
--- differ in it do not.
local function check_replaced(cx, job, used)
  local matrix, given = job.raw.matrix and job.raw.root.matrix, {}
  for _, one in ipairs(matrix and job.opts.define or {}) do
    given[one.name] = one
  end
  local all = used["matrix.*"] or used.__tera_context
  for _, name in ipairs(matrix and cx:keys(matrix) or {}) do
    local one = given[name]
    if one and #matrix[name] > 1 and used[name] and not all and not used["matrix." .. name] then
      local message = "%s of [matrix] has one value in all cells: that of %s"
      cx:at_key("R013", matrix, name, message:format(cx:name(name), one.origin),
        "its cells differ in nothing",
        ("choose cells by their names: 'FILE[%s=…]', as `clnrm list` shows them"):format(name), nil,
        cx.strict and "error" or "warning")
    end
  end
end

---@class engine.model.Merged what is wrong, by what it is and where
local Merged = {}
Merged.__index = Merged

function Merged:add(list, cell)
  for _, d in ipairs(list) do
    local key = table.concat({ d.code, d.offset or "", d.length or "", d.message }, "\0")
    local first = key -- of those from one place: it stands for cells whose text was not traced
    for _, other in ipairs(d.related or {}) do
      key = ("%s\0%s:%d"):format(key, other.file or "", other.offset or 0)
    end
    local known = self.by_key[key]
    if not known then
      known = { d = d, cells = {} }
      self.by_key[key], self.list[#self.list + 1] = known, known
      self.by_key[first] = self.by_key[first] or known
    end
    if known.cells[#known.cells] ~= cell then -- which may have the same several times, of a loop
      known.cells[#known.cells + 1] = cell
    end
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
    local first, last = one.first - 1, one.last
    if d.offset and first < d.offset + d.length and last > d.offset then
      local note = ("`%s` is %s"):format(core_text.escape(trim.both(one.inner), { line = true }),
        template.quote(one.text))
      d.notes = d.notes or {}
      d.notes[#d.notes + 1] = d.notes[#d.notes] ~= note and note or nil -- of a loop, the same
    end
  end
end

--- Says which line of the rendered text is meant, when it is another one than in the source.
local function note_line(d, rendered)
  local offset = d.offset and rendered.places[d.offset]
  local line = offset and toml.line_column(rendered.text, offset)
  if line and line ~= d.line then
    d.notes = d.notes or {}
    table.insert(d.notes, ("rendered as line %d: see clnrm render --line-map"):format(line))
  end
end

---@class engine.model.Suite
---@field given? engine.template.Given[] what the command line gives to its tags
---@field reads? string[] the templates that it includes, extends or imports, absolute
---@field rendering? engine.model.Rendering where these, or macros, may have written of it

--- Reads one cell.
---@return engine.model.Suite? suite
---@return engine.diag.Diagnostic[] list
---@return engine.template.Rendered? rendered nil when it could not be
local function read_cell(job, cell)
  local began, times, trail = clock.now(), job.opts.times, job.opts.trail
  local before = looks.count()
  local rendered, problems = jobs.render(job, cell)
  if times then
    times.render = times.render + clock.now() - began
  end
  if trail then
    trail.looks = trail.looks or looks.count() ~= before
  end
  if #problems > 0 then
    return nil, jobs.unrendered(job, problems)
  end
  local view = { source = job.text, map = rendered.map, cell = cell.name,
    first = jobs.first(job), written = written.new(job, rendered) }
  if job.values_left then -- [vars] and [matrix] are the same in each, and count once
    view.values_left = job.values_left + job.raw_values
  end
  local suite, list = job.read(rendered.text, job.path, job.opts, view)
  rendered.places = view.rendered or {}
  if job.values_left and list[1] and list[1].code == "P006" then
    list[1].help = "the cells of a file have so many together: split the file"
  end
  job.values_left = view.values_left
  if suite then
    suite.drawn_seed = require("engine.template.draw").drawn(job.session.ctx)
    suite.inputs, suite.given = job.session:inputs(), job.opts.define
    suite.reads = job.session:files()
    if view.written then
      written.note(suite, job, rendered)
    end
  end
  return suite, list, rendered
end

local function read_cells(job, cx)
  local suites, merged = {}, setmetatable({ by_key = {}, list = {} }, Merged)
  local cells, failed = job.raw.cells, false
  local found = job.opts.found or {}
  for _, cell in ipairs(cells) do
    local before = #found
    local suite, list, rendered = read_cell(job, cell)
    for _, d in ipairs(rendered and list or {}) do
      note_values(d, rendered)
      note_line(d, rendered)
    end
    jobs.hide(job, list, rendered and rendered.text)
    jobs.hide(job, table.move(found, before + 1, #found, 1, {}), rendered and rendered.text)
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
  local job = jobs.open(cx, text, path, opts)
  if not job then
    return nil
  end
  local session <close> = job.session
  job.read = read
  local suites = read_cells(job, cx)
  check_replaced(cx, job, session:used())
  check_used(cx, job.raw, session:used(), job.of_cells) -- last: it may end what is told
  jobs.note(job, opts.seen)
  if opts.trail then
    session:note(opts.trail)
    opts.trail.secret = jobs.uses_secrets(job) or nil
  end
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
  local cx = jobs.context(text, path, opts)
  cx.schema = schema
  local suites = jobs.until_full(parse, cx, text, path, opts, read)
  if not suites or cx.list[1] and require("engine.diag").has_error(cx.list) then
    return finish(cx)
  end
  jobs.close(cx)
  for _, suite in ipairs(suites) do
    suite.warnings = cx.list
  end
  return suites[1], cx.list, suites
end

return M
