--- Test files: from a text to a Suite, or to everything that is wrong with it.
local Context = require("engine.model.context")
local build = require("engine.model.build")
local clock = require("core.clock")
local core_text = require("core.text")
local fs = require("core.fs")
local project_dir = require("engine.model.project_dir")
local references = require("engine.model.references")
local schema = require("engine.model.schema")
local toml = require("core.toml")
local unreadable = require("engine.model.unreadable")

---@class engine.model
local M = {}

---@class engine.model.Options
---@field file? string         the path as the user wrote it; default `path`
---@field project_dir? string  default: where the file is
---@field strict? boolean      warnings are errors
---@field visit? fun(cx: engine.model.Context, root: engine.model.Checked, suite?:
---       engine.model.Suite, text: string) is shown what was read, while it is known where all of
---       it stands; `suite` only where nothing is wrong; `text` as rendered
---@field found? engine.diag.Diagnostic[] what `visit` tells: secrets that tags read become stars
---@field run_modules? boolean the code of the project is run: modules of services and hooks, files
---       of Lua tests; never by list and validate
---@field as_run? boolean      judged as for a run: what nobody permits is an error; with
---       `run_modules` always
---@field allow? table<string, true> what the command line permits: `--allow`
---@field caches? boolean     compiled templates are kept on disk; false: not even in memory
---@field texts? fun(path: string): string? texts that stand for those on disk: what an editor has
---       open of templates and of the project file
---@field project_text? string of the project file that the command line names; "": it says none
---@field given_text? string    stands for the file's, which need not be there
---@field define? engine.template.Given[] values for tags from the command line
---@field seen? engine.model.Seen is given the names in tags
---@field known? { folders: table<string, string>, vars: table<string, table|false> } of files that
---       are read one after the other: their folders' projects, and [vars] of these
---@field is_fragment? boolean of templates: it has no [vars] and no [matrix]
---@field backend? string      that was asked for, or "auto"; nil: nothing is run
---@field determinism? engine.Determinism of the command line
---@field times? engine.model.Times is added to
---@field again? { seed?: integer, now?: integer } of an earlier rendering, which is made again
---@field suites? engine.model.cache where suites are found that were read before

---@field trail? engine.model.Trail is added to

---@class engine.model.Trail what a file was read from, beside its text and the options
---@field looks? boolean files of the machine have a say in it
---@field secret? boolean its tags name a value that may be secret
---@field clock? boolean its tags were told the time
---@field asked? engine.template.Asked[] the templates that it asked for

---@class engine.model.Times what reading files took, in nanoseconds
---@field render integer
---@field parse integer

local SIZE_MAX = 16 << 20
local VALUES_MAX = 50000 -- of a file: what a Suite of them takes stays below 64 MB

--- Whether a text is a template; without a mark it is read as it is.
local function has_tags(text)
  return text:find("{{", 1, true) or text:find("{%", 1, true) or text:find("{#", 1, true)
end

--- Tells the errors of syntax of a rendered text where they come from.
local function rendered_problems(cx, problems, view)
  local moved = require("engine.model.view")
  for _, p in ipairs(problems) do
    local offset, stop, at = moved.place(p, view)
    cx:add(p.code, offset, stop, p.message, nil, p.help, nil, nil, at)
    p.offset, p.length = offset, stop - offset
  end
end

local function syntax_problems(cx, problems, view)
  if view then
    return rendered_problems(cx, problems, view)
  end
  for _, p in ipairs(problems) do
    local d = cx:add(p.code, p.offset, p.offset + p.length, p.message, nil, p.help)
    d.line, d.column = p.line, p.column
    if p.related then
      d.related = {
        {
          message = "it collides with this",
          file = cx.file,
          line = p.related.line,
          column = p.related.column,
          offset = p.related.offset,
          length = 1,
        },
      }
    end
  end
end

-- Problems after which the rest of the text still means what its author meant.
local LOCAL = {
  P001 = true,
  P002 = true,
  P012 = true,
  P013 = true,
  P019 = true,
  P021 = true,
  P022 = true,
  P023 = true,
  P024 = true,
  P025 = true,
  P026 = true,
  P030 = true,
}

local function are_local(problems)
  for _, p in ipairs(problems) do
    if not LOCAL[p.code] then
      return false
    end
  end
  return true
end

--- Takes out what is said of a value that has an error of syntax in it: it was half read.
local function drop_half_read(cx, problems)
  local kept = {}
  for _, d in ipairs(cx.list) do
    local half = false
    for _, p in ipairs(problems) do
      half = half or p.offset > d.offset and p.offset < d.offset + d.length
    end
    if not half then
      kept[#kept + 1] = d
    end
  end
  cx.list = kept
end

local function finish(cx)
  local diag = cx.list[1] and require("engine.diag")
  if diag then
    diag.sort(cx.list)
  end
  cx:close()
  if diag and diag.has_error(cx.list) then
    return nil, cx.list
  end
end

local function with_traceback(err)
  return err == Context.FULL and err or debug.traceback(tostring(err), 2)
end

local function make_suite(cx, root, opts)
  if opts.first then
    require("engine.model.raw").compare(cx, root, opts.first)
  end
  local checked = schema.root:check(root, cx)
  cx.checked = checked
  local suite = build.suite(cx, checked, opts)
  references.check(cx, checked)
  return suite
end

local function decode(cx, text, max_values)
  return toml.decode(text, {
    positions = true,
    partial = true,
    source = cx.file,
    max_values = math.max(max_values, 1),
  })
end

local function note_values(view, left)
  if view then
    view.values_left = left
  end
end

--- Reads a text without tags: the file itself, or, with a view, what it was rendered to.
---@param text string
---@param path string
---@param opts engine.model.Options
---@param view? engine.model.View
---@return engine.model.Suite?
---@return engine.diag.Diagnostic[] diagnostics
---@return engine.model.Suite[]? suites when the file has cells
local function read(text, path, opts, view)
  local key = opts.suites and not opts.visit and opts.suites.key(text, path, opts, view)
  local known, values
  if key then
    known, values = opts.suites.get(key)
  end
  local values_left = view and view.values_left or VALUES_MAX -- the cells of a file share them
  if known and values <= values_left then
    note_values(view, values_left - values)
    return known, {}
  end
  local source = view and view.source or text
  local cx = Context.new({ file = opts.file or path, text = source, strict = opts.strict })
  cx.schema, cx.view = schema, view
  local began = opts.times and clock.now()
  local root, positions, problems = decode(cx, text, values_left)
  if began then
    opts.times.parse = opts.times.parse + clock.now() - began
  end
  if root and not view and (root.matrix ~= nil or root.vars ~= nil) then
    positions:close()
    return require("engine.model.cells").parse(text, path, opts, read, schema)
  end
  if not root or problems then
    cx.partial = true
    syntax_problems(cx, problems or positions, view)
  end
  if not root or problems and not are_local(problems) then
    return finish(cx)
  end
  values = positions:count()
  note_values(view, values_left - values)
  cx.positions = view and require("engine.model.view").positions(positions, view) or positions
  cx.dir = path:match("^(.*)/[^/]*$") or "."
  cx.project_dir = opts.project_dir or cx.dir
  cx.run_modules, cx.allow, cx.backend = opts.run_modules, opts.allow, opts.backend
  cx.as_run = opts.run_modules or opts.as_run
  cx.determinism = opts.determinism
  local looks = fs.calls()
  local ok, suite = xpcall(make_suite, with_traceback, cx, root, {
    path = path,
    project_dir = cx.project_dir,
    cell = view and view.cell,
    first = view and view.first,
  })
  if opts.trail then
    opts.trail.looks = opts.trail.looks or fs.calls() ~= looks
  end
  if opts.visit and cx.checked and not problems then
    opts.visit(cx, cx.checked, ok and cx.counts.error == 0 and suite or nil, text)
  end
  positions:close()
  if not ok and suite ~= Context.FULL then
    error(suite, 0)
  end
  if problems then
    drop_half_read(cx, problems)
  end
  local _, errors = finish(cx)
  if errors then
    return nil, errors
  end
  suite.warnings = cx.list
  if key and not cx.list[1] then
    opts.suites.put(key, suite, text, values)
  end
  return suite, cx.list
end

--- Reads the text of a test file.
---@param text string
---@param path string absolute
---@param opts? engine.model.Options
---@return engine.model.Suite? # the first one, when the file has a [matrix]
---@return engine.diag.Diagnostic[] diagnostics warnings when there is a Suite
---@return engine.model.Suite[]? suites when the file has tags, [vars] or a [matrix]
function M.parse(text, path, opts)
  opts = opts or {}
  if has_tags(text) and not text:find("\0", 1, true) and not core_text.bad_utf8(text) then
    return require("engine.model.cells").parse(text, path, opts, read, schema)
  end
  return read(text, path, opts)
end

--- Reads a test file.
---@param path string absolute
---@param opts? engine.model.Options
---@return engine.model.Suite?
---@return engine.diag.Diagnostic[] diagnostics warnings when there is a Suite
---@return string? text the source, when it could be read
---@return engine.model.Suite[]? suites when there are several, or could be: one for each cell
function M.load(path, opts)
  opts = opts or {}
  local file = opts.file or path
  if path:find("%.lua$") then
    return require("engine.script.suite").load(path, opts)
  end
  local text, err = opts.given_text, nil
  if not text then
    text, err = fs.read(path, { max = SIZE_MAX })
  end
  if not text then
    return nil, { unreadable.diagnostic(file, path, err) }
  end
  local suite, list, suites = M.parse(text, path, {
    file = file,
    project_dir = project_dir.of(path, opts.project_dir, opts.known),
    known = opts.known,
    caches = opts.caches,
    project_text = opts.project_text,
    define = opts.define,
    seen = opts.seen,
    strict = opts.strict,
    run_modules = opts.run_modules,
    as_run = opts.as_run,
    allow = opts.allow,
    backend = opts.backend,
    determinism = opts.determinism,
    times = opts.times,
    suites = opts.suites,
    trail = opts.trail,
  })
  if suite and suite.project_dir == "/" and suite.room.project ~= "none" then
    local help = 'move it into a folder of its own, or write [room] project = "none"'
    return nil, { { severity = "error", code = "E008", file = file, help = help,
      message = "its project would be the whole file system" } }
  end
  return suite, list, text, suites
end

M.own_parse = M.parse -- whoever replaces it gets all files: engine.model.fits looks

return M
