--- clnrm render: what the tags of a test file become.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Shows what a template becomes, as `run` would get it.",
  usage = "clnrm render [options] FILE|FILE[CELL]|-",
  examples = {
    { "clnrm render tests/db.clnrm.toml -D region=eu", "the text that is run" },
    { "clnrm render tests/db.clnrm.toml --show-vars", "each variable, and what gave its value" },
    { "clnrm render 'tests/db.clnrm.toml[db=pg]' --line-map", "one cell of its matrix, by lines" },
  },
  text = "The text goes to standard output, or to the file of -o; then --show-vars and --line-map\n"
    .. "go to standard output.  Values of [secrets], and those that env() reads from variables\n"
    .. "named like secrets, are ***.  What is no TOML is told, and ends with exit code 2.\n",
  formats = { "json" },
  exits = { 0, 2, 6 },
}

local SIZE_MAX = 16 << 20
local CELLS_NAMED = 8

---@class engine.cli.render.Source
---@field text string
---@field path string absolute
---@field file string as it is shown
---@field project_dir string
---@field choices? engine.cli.CellChoice[]
---@field is_fragment boolean no test file: it need not be TOML

--- Whether a name is that of TOML, with or without .tera behind it.
local function is_toml(file)
  return file:gsub("%.tera$", ""):find("%.toml$") ~= nil
end

local function read_stdin(cx)
  local text, code = require("engine.cli.standard_input").read(cx)
  if not text then
    return nil, code
  end
  local path = require("core.fs").getcwd():gsub("/$", "") .. "/standard input"
  return { text = text, path = path, file = "standard input", is_fragment = false,
    project_dir = require("engine.cli.suites").project_dir(cx, path) or cx.project.dir }
end

--- Finds and reads the file that is asked for.
---@return engine.cli.render.Source?
---@return integer? exit_code then
local function read_source(cx)
  if #cx.args ~= 1 then
    return nil, cx:usage_error(cx.args[2] and "render takes one file" or "render needs a file",
      "or - for standard input")
  elseif cx.args[1] == "-" then
    return read_stdin(cx)
  end
  local discover = require("engine.discover")
  local paths, choices = require("engine.cli.cells").split(cx.args)
  local found, problems = discover.find(paths)
  if not found then
    cx:show_diagnostics(problems)
    return nil, exit_codes.INPUT
  elseif #found ~= 1 then
    return nil, cx:usage_error(("render takes one file, and there are %d in %s"):format(#found,
      paths[1]), "name one of them")
  end
  local entry, fs = found[1], require("core.fs")
  if entry.path:find("%.lua$") then
    return nil, cx:usage_error("tests in Lua have no tags: they are programs",
      "`clnrm validate` compiles them")
  end
  local text, err = fs.read(entry.path, { max = SIZE_MAX })
  if not text then
    cx:show_diagnostics({ require("engine.model.unreadable").diagnostic(entry.file, entry.path,
      err) })
    return nil, exit_codes.INPUT
  end
  local dir = require("engine.cli.suites").project_dir(cx, entry.path)
    or discover.project(entry.path)
  return { text = text, path = entry.path, file = entry.file, choices = choices,
    project_dir = fs.realpath(dir) or dir, is_fragment = not is_toml(entry.file) }
end

--- Chooses the cells that are rendered: text can only be that of one.
---@return clnrm.matrix.Cell[]? cells
---@return integer? exit_code then
local function choose(cx, source, job)
  local cells, choice = job.raw.cells, source.choices and source.choices[1]
  if choice then
    local all = {}
    for i, cell in ipairs(cells) do
      all[i] = { path = source.path, cell = cell.name, values = cell }
    end
    local kept, problems = require("engine.cli.cells").keep(all, source.choices, {})
    if problems[1] then
      cx:show_diagnostics(problems)
      return nil, exit_codes.INPUT
    end
    cells = {}
    for i, one in ipairs(kept) do
      cells[i] = one.values
    end
  end
  if #cells > 1 and cx.format ~= "json" then
    local names = {}
    for i = 1, math.min(#cells, CELLS_NAMED) do
      names[i] = cells[i].name
    end
    cx:error(("%s has %d cells, each with a text of its own"):format(source.file, #cells),
      ("name one: clnrm render '%s[%s]', or take all with --format json"):format(source.file,
        names[1]), "cells: " .. table.concat(names, "; ") .. (names[#cells] and "" or "; …"))
    return nil, exit_codes.INPUT
  end
  return cells
end

--- Tells what is no TOML in a rendered text, and which of the tables that are read before the tags
--- they made, at the places of the template.
local function toml_problems(source, job, rendered)
  local toml, view_of = require("core.toml"), require("engine.model.view")
  local root, positions, problems = toml.decode(rendered.text, { positions = true, partial = true,
    source = source.file })
  problems = root and problems or not root and positions or {}
  local cx = require("engine.model.context").new({ file = source.file, text = source.text })
  local view = { source = source.text, map = rendered.map }
  if root and not source.is_fragment then
    local jobs = require("engine.model.job")
    cx.positions = view_of.positions(positions, view)
    jobs.until_full(require("engine.model.raw").compare, cx, root, jobs.first(job))
  end
  if root then
    positions:close()
  end
  for _, p in ipairs(problems) do
    local offset, stop = view_of.place(p, view)
    local d = cx:add(p.code, offset, stop, p.message, nil, p.help)
    if cx:line(offset) ~= p.line then
      d.notes = { ("rendered as line %d"):format(p.line) }
    end
  end
  return require("engine.diag").sort(cx.list)
end

local function variables_of(job, cell, given)
  local origin, of_file = {}, {}
  for _, one in ipairs(given) do
    origin[one.name] = one.origin
    of_file[one.name] = not one.text or of_file[one.name]
  end
  local list = require("engine.template.variables").list({
    define = job.defined[cell], matrix = cell.name and cell.values or nil,
    vars = job.raw.root.vars, project = job.project,
  }, job.session:used())
  for _, one in ipairs(list) do
    one.origin = origin[one.name]
    if one.origin == "-D" and of_file[one.name] then
      table.insert(one.over, 1, "vars-file")
    elseif one.origin and one.origin ~= "-D" then
      one.giver = "vars-file"
    end
  end
  return list
end

---@class engine.cli.render.Cell
---@field cell? string
---@field text? string   masked; nil: it could not be rendered
---@field lines? engine.template.Line[]
---@field variables engine.template.Variable[]
---@field asked { name: string, value?: string }[]
---@field diagnostics engine.diag.Diagnostic[]
---@field is_masked boolean
---@field seed? integer  that was drawn

--- Tells of each line where it came from.
---@return engine.template.Line[]?
---@return engine.template.FileProblem? problem
local function lines_of(session, rendered)
  local trace, problem, files = session:trace(rendered)
  if not trace then
    return nil, problem
  end
  return require("engine.template.lines").of(trace, files)
end

--- Renders one cell.
---@return engine.cli.render.Cell
local function render(cx, source, job, cell, given)
  local jobs = require("engine.model.job")
  local rendered, problems = jobs.render(job, cell)
  local lines
  if cx.opts["line-map"] and not problems[1] then
    lines, problems[1] = lines_of(job.session, rendered)
  end
  local out = { cell = cell.name, asked = {}, variables = {}, diagnostics = {} }
  if problems[1] then
    out.diagnostics = jobs.unrendered(job, problems)
    jobs.hide(job, out.diagnostics)
  end
  local secrets = require("engine.cli.render_secrets").of(rendered and rendered.text,
    job.session:inputs())
  if cx.opts["show-vars"] then
    out.variables = variables_of(job, cell, given)
    for _, one in ipairs(out.variables) do
      one.value, one.is_masked = secrets:value(one.name, one.value)
    end
    for i, name in ipairs(job.session:variables()) do
      local value, is_masked = secrets:value(name, os.getenv(name))
      out.asked[i] = { name = name, value = value, is_masked = is_masked }
    end
  end
  if problems[1] then
    return out
  end
  if cx.opts.check or not source.is_fragment then
    out.diagnostics = toml_problems(source, job, rendered)
    jobs.hide(job, out.diagnostics, rendered.text)
  end
  out.seed = require("engine.template.draw").drawn(job.session.ctx)
  out.text, out.is_masked = secrets:text(rendered.text)
  out.lines = lines
  for _, line in ipairs(out.lines or {}) do
    line.text = secrets:text(line.text)
  end
  return out
end

--- Writes the texts and what was asked for besides; nothing when it is only checked.
---@return integer? exit_code when it could not be written
local function write_human(cx, source, done)
  local views, opts = require("engine.cli.render_views"), cx.opts
  local is_shown = opts["show-vars"] or opts["line-map"]
  if opts["show-vars"] then
    cx.out:write(views.variables(cx.out, done.variables, done.asked))
  end
  if done.text and opts["line-map"] then
    cx.out:write((opts["show-vars"] and "\n" or "") .. views.lines(cx.out, done.lines,
      source.file))
  end
  if not done.text or opts.check then
    return nil
  elseif opts.output and opts.output ~= "-" then
    return require("engine.cli.deliver").write(cx, opts.output, done.text)
  elseif not is_shown then
    cx.out:write(done.text)
  end
end

local function write_json(cx, source, all)
  local json, diag = require("core.json"), require("engine.diag")
  local views = require("engine.cli.render_views")
  local out = { schema = "clnrm.render/1", file = source.file, cells = json.array() }
  for i, done in ipairs(all) do
    local diagnostics = json.array()
    for k, d in ipairs(done.diagnostics) do
      diagnostics[k] = diag.json(d)
    end
    out.cells[i] = {
      cell = done.cell, text = not cx.opts.check and done.text or nil, diagnostics = diagnostics,
      masked = done.is_masked or false, seed = done.seed,
      variables = cx.opts["show-vars"] and views.variables_data(done.variables, done.asked) or nil,
      lines = done.lines and views.lines_data(done.lines) or nil,
    }
  end
  cx.out:write(assert(json.encode(out, { invalid = "replace" })) .. "\n")
end

local function finish(cx, source, all)
  local code, is_masked = exit_codes.OK, false
  for _, done in ipairs(all) do
    is_masked = is_masked or done.is_masked
    if done.seed and cx.format ~= "json" and not cx.opts.check and not cx.opts.quiet then
      cx.err:write(("note: drawn with --seed %d\n"):format(done.seed))
    end
    if done.diagnostics[1] then
      code = exit_codes.INPUT
    end
    if cx.format ~= "json" then
      code = write_human(cx, source, done) or code
      if done.diagnostics[1] then
        cx:show_diagnostics(done.diagnostics, { [source.file] = source.text })
      end
    end
  end
  if cx.format == "json" then
    write_json(cx, source, all)
  elseif is_masked and not cx.opts.check and not cx.opts.quiet then
    cx.err:write("note: secrets are written as ***; `run` gets their values\n")
  end
  if cx.opts.check and code == exit_codes.OK and cx.format ~= "json" and not cx.opts.quiet then
    cx.out:write(("%s: renders to TOML\n"):format(cx:safe(source.file, cx.out)))
  end
  require("engine.cli.suites").tell_templates(cx)
  return code
end

--- Opens the file for rendering; complains about what is wrong with it.
local function open(cx, source, given)
  local model, core_text = require("engine.model"), require("core.text")
  local opts = {
    file = source.file, project_dir = source.project_dir, define = given,
    project_text = require("engine.cli.suites").project_text(cx),
    caches = not cx.opts["no-cache"], is_fragment = source.is_fragment,
    determinism = require("engine.determinism").join(nil, {
      seed = cx.opts.seed, freeze_ms = cx.opts.freeze,
    }),
  }
  local job, problems
  if source.text:find("\0", 1, true) or core_text.bad_utf8(source.text) then
    job, problems = model.parse(source.text, source.path, opts)
    job = nil
  else
    job, problems = require("engine.model.job").prepare(source.text, source.path, opts,
      require("engine.model.schema"))
  end
  if not job then
    cx:show_diagnostics(problems, { [source.file] = source.text })
  end
  return job
end

local function check_opts(cx)
  local opts = cx.opts
  if cx.format == "json" and opts.output then
    return cx:usage_error("--output is for the text, and --format json writes it with the rest",
      "use > FILE")
  elseif opts.check and opts.output then
    return cx:usage_error("--check writes no text, so --output has nothing to write")
  elseif opts.output == "-" and (opts["show-vars"] or opts["line-map"]) then
    return cx:usage_error("--show-vars and --line-map go to standard output, so the text cannot",
      "write it to a file with -o")
  end
end

function M.run(cx)
  local refused = check_opts(cx)
  if refused then
    return refused
  elseif not cx:load_config() then
    return exit_codes.INPUT
  end
  local source, code = read_source(cx)
  if not source then
    return code
  end
  local defines = require("engine.cli.defines")
  local given, seen = defines.read(cx)
  local job = given and open(cx, source, given)
  if not job then
    return exit_codes.INPUT
  end
  local _ <close> = job.session
  local cells
  cells, code = choose(cx, source, job)
  if not cells then
    return code
  end
  local all = {}
  for i, cell in ipairs(cells) do
    all[i] = render(cx, source, job, cell, given)
  end
  local inputs = job.session:files()
  code = require("engine.cli.deliver").refuse_input(cx, { source.path, table.unpack(inputs) })
  if code then
    return code
  end
  code = finish(cx, source, all)
  require("engine.model.job").note(job, seen)
  defines.judge(cx, seen, code == exit_codes.OK)
  return code
end

return M
