--- A file that can be rendered for each of its cells: what its tags can name has been read.
local Context = require("engine.model.context")
local determinism = require("engine.determinism")
local matrix = require("engine.matrix")
local project_vars = require("engine.model.project_vars")
local raw_tables = require("engine.model.raw")
local scan = require("engine.template.scan")
local template = require("engine.template")

---@class engine.model.job
local M = {}

local TABLE_STEPS = 6 -- of a table of [vars] or [matrix] that a cell reads and compares again

---@class engine.model.Job
---@field text string
---@field path string
---@field opts engine.model.Options
---@field session engine.template.Session to be closed
---@field raw { root: table, cells: clnrm.matrix.Cell[], problems?: table[] }
---@field project? table<string, any>
---@field defined table<clnrm.matrix.Cell, table<string, any>> from the command line
---@field of_cells table<string, true> names that cells have, in any of them
---@field size integer bytes rendered by now
---@field values_left? integer of those that the cells of the file may have
---@field raw_values integer those of [vars] and [matrix]

local NO_TABLES = { root = {}, cells = { matrix.NONE } }

--- Makes what problems of a file are told to.
---@param text string
---@param path string
---@param opts engine.model.Options
---@return engine.model.Context
function M.context(text, path, opts)
  return Context.new({ file = opts.file or path, path = path, text = text, strict = opts.strict })
end

--- Sorts what is told; how much more there was of a cell comes last.
---@param cx engine.model.Context
function M.close(cx)
  local told, counted = {}, {}
  for _, d in ipairs(cx.list) do
    local list = d.code == "P009" and counted or told
    list[#list + 1] = d
  end
  if told[2] then
    require("engine.diag").sort(told)
  end
  cx.list = table.move(counted, 1, #counted, #told + 1, told)
  cx:close()
end

--- Lists the names that cells have, in any of them.
local function names_of_cells(cells)
  local of_cells = {}
  for _, cell in ipairs(cells) do
    for name in pairs(cell.values) do
      of_cells[name] = true
    end
  end
  return of_cells
end

local function with_traceback(err)
  return err == Context.FULL and err or debug.traceback(tostring(err), 2)
end

--- Calls what tells problems to a context, which ends it when there are more than are counted.
---@param fn function
---@return any ... what it returns; nothing when it was ended
function M.until_full(fn, ...)
  local results = table.pack(xpcall(fn, with_traceback, ...))
  if not results[1] and results[2] ~= Context.FULL then
    error(results[2], 0)
  end
  return table.unpack(results, 2, results[1] and results.n or 1)
end

local function tell_problems(cx, problems)
  for _, p in ipairs(problems) do
    local d = cx:add(p.code, p.offset, p.offset + p.length, p.message, nil, p.help)
    if p.places then
      d.related, d.notes = require("engine.model.written").places(p.places, cx.path, cx.file)
    end
    cx:set_meant(d, p.meant)
  end
end

--- Advises what only a file with cells can need.
local function advise(job, problems)
  for _, p in ipairs(problems) do
    local path, depth = p.path, p.depth
    local name = path and (path[1] == "matrix" and depth == 2 and path[2] or depth == 1 and path[1])
    if name and job.of_cells[name] and (depth == 1 or path[1] == "matrix") then
      p.help = ("other cells have it: give each cell a value for `%s`"):format(name)
    end
  end
end

--- Renders one cell.
---@param job engine.model.Job
---@param cell clnrm.matrix.Cell
---@return engine.template.Rendered?
---@return engine.template.FileProblem[] problems
function M.render(job, cell)
  local rendered, problems = job.session:render({
    vars = job.raw.root.vars, matrix = cell.name and cell.values or nil, project = job.project,
    define = job.defined[cell],
  })
  job.size = job.size + (rendered and #rendered.text or #job.text)
  if #problems > 0 then
    advise(job, problems)
  end
  return rendered, problems
end

--- Gives what was read before the tags, for raw.compare.
---@param job engine.model.Job
---@return engine.model.First
---@nodiscard
function M.first(job)
  return { root = job.raw.root, determinism_at = job.raw.determinism_at,
    given = job.opts.determinism, ctx = job.session.ctx }
end

--- Tells why a cell could not be rendered.
---@param job engine.model.Job
---@param problems engine.template.FileProblem[]
---@return engine.diag.Diagnostic[]
function M.unrendered(job, problems)
  local cx = M.context(job.text, job.path, job.opts)
  M.until_full(tell_problems, cx, problems)
  if job.raw.problems then
    M.until_full(raw_tables.tell, cx, job.raw.problems)
  end
  cx:close()
  return cx.list
end

--- Refuses a value of the command line that is not of the type of the one it replaces.
local function tell_defined(cx, raw, problem)
  local given, layer = problem.given, problem.layer
  local text = given.text
  require("engine.secrets").each_given({ given }, function(value)
    text = text and require("engine.secrets.mask").new({ value }).raw(text)
  end)
  local what = text and ("%s=%s"):format(given.name, cx:quote(text)) or given.name
  local message = ("%s%s %s is not %s, as `%s` of %s is"):format(given.origin,
    given.text and "" or ":", what, problem.wanted, given.name, layer.title)
  local t = layer.space and raw.root[layer.space]
  if t and t[given.name] ~= nil then
    cx:at_key("R015", t, given.name, message, ("%s here"):format(problem.wanted))
  else
    cx:add("R015", nil, nil, message)
  end
end

--- Gives the command line's values the types of those that they replace in each cell.
---@return table<clnrm.matrix.Cell, table<string, any>>? nil: one is wrong
---@return table? problem
local function define(raw, project, given)
  local defined = {}
  for _, cell in ipairs(raw.cells) do
    local values, problem = require("engine.template.defined").values(given, {
      { title = "[matrix]", space = "matrix", values = cell.values },
      { title = "[vars]", space = "vars", values = raw.root.vars or {} },
      { title = "[vars] of the project", values = project or {} },
    })
    if not values then
      return nil, problem
    end
    defined[cell] = values
  end
  return defined
end

--- Opens a file: what its tags can name was read, nothing is rendered.
---@param cx engine.model.Context what is wrong is told to
---@param text string
---@param path string absolute
---@param opts engine.model.Options
---@return engine.model.Job? job nil: it was told why not
function M.open(cx, text, path, opts)
  local tags, controls = scan.tags(text)
  if #tags + #controls > scan.TAGS_MAX then
    local last = (tags[scan.TAGS_MAX + 1] or controls[#controls] or tags[#tags])
    cx:add("R005", last.first - 1, last.last, ("the file has more than %d tags"):format(
      scan.TAGS_MAX), nil, "split the file")
    return nil
  end
  local raw = opts.is_fragment and NO_TABLES or raw_tables.read(cx, text, tags, controls)
  local dir = path:match("^(.*)/[^/]*$") or "."
  local raw_values, raw_table_count = 0, 0
  if raw then
    raw_values, raw_table_count = raw_tables.count(raw.root)
  end
  local session = template.open(text, {
    cell_steps = raw_values // 2 + TABLE_STEPS * raw_table_count,
    tags = tags, controls = controls,
    name = cx.file, dir = dir ~= "" and dir or "/", project_dir = opts.project_dir,
    determinism = determinism.join(raw and raw_tables.determinism(raw.root), opts.determinism),
    texts = opts.texts, again = opts.again,
    uses_cache = opts.caches,
    uses_disk = opts.caches,
  })
  local problem = session:check()
  local project = project_vars.of(opts.project_dir, opts.texts, opts.project_text,
    opts.known)
  local defined, wrong
  if raw and not problem then
    defined, wrong = define(raw, project, opts.define or {})
  end
  if not defined then
    session:close() -- before anything is told, which may end here
    if problem then
      tell_problems(cx, { problem })
    elseif wrong then
      tell_defined(cx, raw, wrong)
    end
    return nil
  end
  return {
    text = text, path = path, opts = opts, session = session, raw = raw, defined = defined,
    of_cells = names_of_cells(raw.cells), size = 0, raw_values = raw_values, project = project,
  }
end

--- Lists the values of variables that templates read and that are secret: by their names, or since
--- [secrets] has them, as written or as rendered.
local function secret_values(job, rendered)
  local secrets, declared = require("engine.secrets"), require("engine.secrets.declared")
  local named, values = {}, {}
  for _, text in ipairs({ job.text, rendered }) do
    for _, name in ipairs(declared.names(text) or job.session:inputs()) do
      named[name] = true
    end
  end
  for _, name in ipairs(job.session:inputs()) do
    secrets.each_of(named[name] and "secret" or name, os.getenv(name), function(value)
      values[#values + 1] = value
    end)
  end
  secrets.each_given(job.opts.define, function(value)
    values[#values + 1] = value
  end)
  return values
end

--- Puts stars for what is secret in all that is told: messages and notes quote what tags were
--- replaced by, and no run knows the secrets of a file that is refused.
---@param job engine.model.Job
---@param list engine.diag.Diagnostic[]
---@param rendered? string the text that they are of, when there is one
function M.hide(job, list, rendered)
  local values = list[1] and secret_values(job, rendered) or {}
  local mask = values[1] and require("engine.secrets.mask").new(values)
  for _, d in ipairs(mask and list or {}) do
    for _, field in ipairs({ "message", "label", "help" }) do
      d[field] = d[field] and mask:text(d[field])
    end
    if d.meant and mask:text(d.meant) ~= d.meant then
      d.meant = nil
    end
    for i, note in ipairs(d.notes or {}) do
      d.notes[i] = type(note) == "table" and note or mask:text(note)
    end
    for _, one in ipairs(d.related or {}) do
      one.message = one.message and mask:text(one.message)
    end
  end
end

---@class engine.model.Seen names in the tags of several files
---@field used table<string, true>  as engine.template.Session tells them
---@field known table<string, true> that the files give a value to, and the command line can
---@field given? engine.template.Given[] by the command line

--- Notes which names a file uses and gives values to.
---@param job engine.model.Job
---@param seen? engine.model.Seen
function M.note(job, seen)
  for name in pairs(seen and job.session:used() or {}) do
    seen.used[name] = true
  end
  for _, values in ipairs(seen and { job.raw.root.vars or {}, job.project or {}, job.of_cells }
    or {}) do
    for name in pairs(values) do
      seen.known[name] = true
    end
  end
end

--- Whether a value of [vars] that the tags name, or one of the matrix, may be a secret.
---@param job engine.model.Job
---@return boolean
---@nodiscard
function M.uses_secrets(job)
  local secrets = require("engine.secrets")
  local found = secrets.are_named({ job.raw.root.vars or {}, job.project or {} },
    job.session:used())
  for _, cell in ipairs(job.raw.cells) do
    secrets.each_of("", cell.values, function()
      found = true -- it is in the name of the cell
    end)
  end
  return found
end

--- Opens a file that is only to be rendered, by M.render.
---@param text string
---@param path string absolute
---@param opts engine.model.Options
---@param schema engine.model.schema
---@return engine.model.Job? job
---@return engine.diag.Diagnostic[] diagnostics why there is none
function M.prepare(text, path, opts, schema)
  local cx = M.context(text, path, opts)
  cx.schema = schema
  local job = M.until_full(M.open, cx, text, path, opts)
  if cx.positions then
    cx.positions:close()
  end
  M.close(cx)
  return job, cx.list
end

return M
