--- Loads templates with what they extend, include and import, and renders them.
---
--- An environment belongs to one task: it holds the state of a rendering.  It reads templates only
--- by the `load` that it was given.
local direct = require("engine.template.direct")
local hash = require("core.hash")
local limits = require("engine.template.limits")
local runtime = require("engine.template.runtime")
local units = require("engine.template.units")
local value = require("engine.template.value")

local M = {}

local Env = {}
Env.__index = Env

---@class engine.template.EnvOptions
---@field load fun(name: string): string?, string?, string? the text of a template, or nil and why
---   not; third, where it lies, for those that have the same name in other folders
---@field filters? table<string, function>
---@field tests? table<string, function>
---@field functions? table<string, function>
---@field ctx? table what filters, tests and functions are given first
---@field text? fun(v: any): string how a value is written; default: as Tera does
---@field names? fun(wanted: string): string[] names of templates, for advice
---@field uses_cache? boolean default true: compiled templates are kept for the whole program
---@field uses_disk? boolean  and on disk

--- Makes an environment.
---@param opts engine.template.EnvOptions
---@return engine.template.Env
function M.new(opts)
  local env = setmetatable({
    load = opts.load, filters = opts.filters or {}, tests = opts.tests or {},
    functions = opts.functions or {}, ctx = opts.ctx or {}, text = opts.text or value.text,
    names = opts.names, files = {}, whys = {}, by_base = {}, made = {}, units = {}, count = 0,
    uses_cache = opts.uses_cache ~= false, uses_disk = opts.uses_disk or false,
    H = nil, run = nil, -- which have their room so
  }, Env)
  env.H, env.run = runtime.new(env)
  env.run.static_max = 0
  return env
end

--- Ends it: others may use what it was bound to.
function Env:close()
  if self.run then
    runtime.give_back(self.H, self.run)
    self.H, self.run, self.made = nil, nil, {}
  end
end

local function fail(message, file, at, help)
  error({ template_error = message, file = file, at = at, help = help }, 0)
end

--- Finds a template; nil when there is none.
---@param name string
---@return table? file { name, path?, source, hash }
---@return string? why
function Env:file(name)
  local file = self.files[name]
  if file == nil then
    local source, why, path = self.load(name)
    self.count = self.count + 1
    if self.count > limits.FILES then
      fail(("more than %d templates are read for one"):format(limits.FILES))
    elseif source and #source > limits.SOURCE_BYTES then
      fail(("the template `%s` is larger than 4 MiB"):format(name))
    end
    file = source and { name = name, path = path, source = source,
      hash = hash.xxh128(source), base = self.count << 32 } or false
    self.by_base[self.count] = file
    self.files[name], self.whys[name] = file, why
  end
  return file or nil, not file and self.whys[name] or nil
end

--- Registers the blocks of a body: those at its top, and in blocks there.
local function find_blocks(file, nodes)
  for _, node in ipairs(nodes) do
    if node.t == "block" then
      if file.blocks[node.name] then
        fail(("the block `%s` is there twice"):format(node.name), file, node.name_at)
      end
      file.blocks[node.name] = node
      find_blocks(file, node.body)
    end
  end
end

--- Parses a template once; raises what is wrong with it.
---@param file table
---@return table file with nodes, blocks, macros, imports, parent
function Env:parsed(file)
  if file.nodes then
    return file
  end
  local nodes, problem = require("engine.template.parser").parse(file.source)
  if not nodes then
    error({ template_error = problem.message, help = problem.help, file = file, at = problem.at,
      is_syntax = true }, 0)
  end
  file.blocks, file.macros, file.imports = {}, {}, {}
  find_blocks(file, nodes)
  for _, node in ipairs(nodes) do
    if node.t == "extends" then
      file.parent = node
    elseif node.t == "import" then
      file.imports[#file.imports + 1] = node
    elseif node.t == "macro" then
      if file.macros[node.name] then
        fail(("the macro `%s` is there twice"):format(node.name), file, node.name_at)
      end
      file.macros[node.name] = node
    end
  end
  file.nodes = nodes
  return file
end

local LISTED_MAX = 12

--- Suggests a name; `what` begins the list of those that there are, where none is near.
---@param name string
---@param names string[]
---@param what? string
---@return string?
function Env.nearest(name, names, what)
  table.sort(names)
  local near = require("engine.suggest").nearest(name, names)
  if near then
    return ("did you mean `%s`?"):format(near)
  end
  local listed = table.concat(names, ", ", 1, math.min(#names, LISTED_MAX))
  return what and names[1] and ("%s: %s%s"):format(what, listed,
    names[LISTED_MAX + 1] and ", …" or "") or nil
end

--- Suggests the name of a template.
function Env:nearest_template(name)
  return self.names and Env.nearest(name, self.names(name), "templates there")
end

--- Lists a template and those it extends, nearest first.
---@param file table
---@return table[] chain
function Env:chain(file)
  local chain, seen = { self:parsed(file) }, { [file.name] = true }
  while chain[#chain].parent do
    local last = chain[#chain]
    local node = last.parent
    local parent, why = self:file(node.name)
    if not parent then
      fail(("there is no template `%s` to extend%s"):format(node.name,
        why and ": " .. why or ""), last, node.name_at, self:nearest_template(node.name))
    elseif seen[node.name] then
      fail(("`%s` extends itself by a circle"):format(node.name), last, node.name_at)
    elseif #chain >= limits.DEPTH then
      fail(limits.messages.depth, last, node.name_at)
    end
    seen[node.name] = true
    chain[#chain + 1] = self:parsed(parent)
  end
  return chain
end

--- Adds the namespaces that a template has itself, then those of what it imports and of its
--- parents, in this order; who was there first keeps its name.
local function add_namespaces(env, file, spaces, seen)
  if seen[file] then
    return
  end
  seen[file] = true
  env:parsed(file)
  local own = { self = next(file.macros) and file or nil }
  for _, node in ipairs(file.imports) do -- a later one takes the place of one of the same name
    local other, why = env:file(node.name)
    if not other then
      fail(("there is no template `%s` to import%s"):format(node.name, why and ": " .. why or ""),
        file, node.name_at, env:nearest_template(node.name))
    end
    own[node.alias] = env:parsed(other)
  end
  for name, from in pairs(own) do
    spaces[name] = spaces[name] or from
  end
  for _, node in ipairs(file.imports) do
    add_namespaces(env, env:file(node.name), spaces, seen)
  end
  for i, parent in ipairs(env:chain(file)) do
    if i > 1 then
      add_namespaces(env, parent, spaces, seen)
    end
  end
end

--- Lists the macros that a template can call, by namespace: its own, those that it imports, what
--- these import, and those of its parents.  Imports may go in a circle.
function Env:namespaces(file)
  if not file.namespaces then
    local spaces = {}
    add_namespaces(self, file, spaces, {}) -- not of theirs, which a circle would begin elsewhere
    file.namespaces = spaces
  end
  return file.namespaces
end

local function resolver(env, main)
  return function(file, ns)
    return env:namespaces(file)[ns] or main and env:namespaces(main)[ns]
  end, function(file, ns, name)
    local from = env:namespaces(file)[ns]
    local names = {}
    for known in pairs(from and from.macros or env:namespaces(file)) do
      names[#names + 1] = (from or known ~= "self") and known or nil
    end
    if from then
      return ("there is no macro `%s` in `%s`"):format(name, from.name),
        Env.nearest(name, names, "macros there")
    end
    return ("there are no macros `%s`: they are not imported here"):format(ns),
      Env.nearest(ns, names, "known here")
  end
end

--- Compiles a unit: a template (kind "main", "map", "include") or a macro (kind "macro:NAME");
--- those that are traced have "trace:" before it.
local function build(env, file, kind)
  local compile = require("engine.template.compile")
  local rest = kind:match("^trace:(.*)$")
  local trace = rest ~= nil
  kind = rest or kind
  local macro = kind:match("^macro:(.*)$")
  env:parsed(file)
  local resolve, no_macro = resolver(env, not macro and file)
  if macro then
    return compile.macro(file, file.macros[macro], { resolve = resolve, no_macro = no_macro,
      trace = trace })
  end
  env:namespaces(file)
  return compile.template(file, {
    chain = kind == "include" and { file } or env:chain(file), resolve = resolve,
    no_macro = no_macro, map = kind == "map", trace = trace, is_included = kind == "include",
  })
end

local bound

--- Makes the list of the functions of the macros that a unit calls.
local function callees_of(env, unit, kind)
  local prefix = kind:match("^trace:") or ""
  return setmetatable({}, { __index = function(t, i)
    local callee = unit.callees[i]
    local called = bound(env, env:file(callee[1]), prefix .. "macro:" .. callee[2])
    t[i] = called
    return called
  end })
end

local NOTHING = {}

--- Gives the function of a unit, bound to this environment.
---@param is_compiled? boolean it is compiled in any case
function bound(env, file, kind, is_compiled)
  local key = kind .. "\0" .. file.name
  local fn = not is_compiled and env.made[key]
  if fn then
    return fn
  end
  local unit = units.get(env, file, kind, build, is_compiled)
  local Z, C = {}, unit.callees[1] and callees_of(env, unit, kind) or NOTHING
  for i, name in ipairs(unit.files) do
    Z[i] = env:file(name)
  end
  fn = unit.make(unit.statics, Z, C, env.run, env.H, unit.places)
  env.units[#env.units + 1] = unit
  env.run.static_max = math.max(env.run.static_max, unit.static_max)
  env.made[key] = fn
  return fn
end

--- Gives the compiled function of a unit that was run directly so far.
---@param file table
---@param kind string
---@return function
function Env:recompiled(file, kind)
  return bound(self, file, kind, true)
end

--- Gives the function of a template that is included; nil when there is none, and why.
function Env:included(name)
  local file, why = self:file(name)
  return file and bound(self, file, self.run.traces and "trace:include" or "include"), why
end

local function with_traceback(err)
  if type(err) == "table" then
    return err
  end
  return debug.traceback(tostring(err), 2)
end

--- Makes the problem of what was raised.
local function raised(...)
  return require("engine.template.errors").raised(...)
end

local function find(self, name, kind)
  local file, why = self:file(name)
  if not file then
    fail(why or ("there is no template `%s`"):format(name), { name = name, source = "" }, 1,
      self:nearest_template(name))
  end
  return bound(self, file, kind)
end

--- Reads and compiles a template.
---@param name string
---@param kind? "main"|"map"|"trace:main" default "main"
---@return function? fn
---@return engine.template.Problem? problem
function Env:compiled(name, kind)
  local ok, result = xpcall(find, with_traceback, self, name, kind or "main")
  if ok then
    return result
  end
  return nil, raised(result, self.run.s and self.run, nil,
    self.files[name] or { name = name, source = "" })
end

--- Tells which names the templates used, as far as they were compiled.
---@return table<string, true> used `name`, `name.next`; `name.*` when it is used as a whole
function Env:used()
  local used = {}
  for _, unit in ipairs(self.units) do
    for name in pairs(unit.used or direct.used(unit, self.files[unit.files[1]].source)) do
      used[name] = true
    end
  end
  return used
end

---@class engine.template.RenderedText
---@field text string
---@field pieces? string[] with a map
---@field from? integer[]  where each piece came from: twice the offset of a text, or of a tag and 1
---@field calls? { first: integer, last: integer, file: table, at: integer }[] when traced: which
---   pieces a macro or an include wrote; those inside of others come first

--- Tells what the last rendering left.
---@return engine.template.Left
---@nodiscard
function Env:left()
  local run = self.run
  return { steps = run.s, work = run.work, made = run.made }
end

local function run_and_join(run, fn, o, context, a)
  return runtime.finish(run, o, fn(o, 0, context, a))
end

--- Renders a template.
---@param name string
---@param context table<string, any>
---@param kind? "main"|"map"|"trace:main"
---@param left? engine.template.Left what it may use up; default: all that a template may
---@return string? text
---@return engine.template.Problem|{ pieces: string[], from: integer[], n: integer }|nil more
function Env:render(name, context, kind, left)
  local run = self.run
  local traces = kind == "trace:main"
  runtime.reset(run, kind == "map" or traces, left)
  run.traces = traces
  local fn, problem = self:compiled(name, kind)
  if not fn then
    return nil, problem
  end
  run.G = context
  local o, a = {}, (kind == "map" or traces) and {} or nil
  if traces then
    o.a, o.calls = a, {}
  end
  local ok, result = xpcall(run_and_join, with_traceback, run, fn, o, context, a)
  if not ok then
    if kind == "map" and type(result) == "table" and (result.is_unwritable or result.is_walk) then
      result.file, result.at = self.files[name], (a[#a] or 2) >> 1
    end
    return nil, raised(result, run, context, self.files[name])
  end
  return result, a and { pieces = o, from = a, calls = o.calls }
end

return M
