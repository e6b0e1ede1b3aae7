--- Compiles the tree of a template to the source of a Lua function.
---
--- Static text stays outside of the code, in the table `S`: quoted in it, it doubles the time of
--- load.  So do, in the table `W`, the places of tags that stand there several times in a row.
---
--- A function takes the pieces `o` and their number `n` and returns the new number; the piece
--- number i of a text that wants a map came from `a[i]`: twice the offset of a copied text, or
--- twice the offset of a tag and one.
---
--- What is traced tells the file as well, also in macros and includes: the number has the file's
--- above bit 32, and `a` is found in `o`, so that whoever is called writes to the same one.
local emit = require("engine.template.emit")
local generate = require("engine.template.generate")
local scope = require("engine.template.scope")
local value = require("engine.template.value")

local M = {}

local CODE_MAX = 8 << 20
local JOINED_MAX, JOINED_BYTES = 12, 128 -- pieces that are joined at once, and the longest of them
local STEPS_MAX = 200000 -- values and tags of one unit, inlined blocks counted each time

local C = {}
C.__index = C

--- Raises a problem of the template that is found while it is compiled.
function C:raise(at, message)
  error({ template_error = message, file = self.file, at = at + self.shift }, 0)
end

function C:count(at, steps)
  self.steps = self.steps + (steps or 1)
  if self.steps > STEPS_MAX then
    self:raise(at, "the template with its blocks is too large")
  end
end

function C:put(code)
  local n = self.written + 1
  self.code[n], self.written = code, n
  self.size = self.size + #code
  if self.size > CODE_MAX then
    self:raise(1, "the template with its blocks is too large")
  end
  return n
end

--- Adds texts that stay outside of the code in a row.
---@param texts string[]
---@param first integer
---@param last integer
---@return integer n the number of the first one
function C:row(texts, first, last)
  local n = #self.statics + 1
  table.move(texts, first, last, n, self.statics)
  local most = self.static_max
  for i = first, last do
    local size = #texts[i]
    most = size > most and size or most
  end
  self.static_max = most
  return n
end

function C:static(text)
  local ref = self.static_of[text]
  if not ref then
    local list, size = self.statics, #text
    local n = #list + 1
    ref = "S[" .. n .. "]"
    list[n], self.static_of[text] = text, ref
    if size > self.static_max then
      self.static_max = size
    end
  end
  return ref
end

--- Makes a constant table of arguments that are all literals.
function C:constant(code)
  local n = #self.constants + 1
  self.constants[n] = code
  return ("A[%d]"):format(n)
end

function C.number(v)
  return value.text(v)
end

--- Names the file whose text is being compiled.
function C:file_ref()
  local ref = self.file_of[self.file]
  if not ref then
    local n = #self.files + 1
    self.files[n] = self.file.name
    ref = ("Z[%d]"):format(n)
    self.file_of[self.file] = ref
  end
  return ref
end

--- Writes a piece: what it came from first, for what cannot be written is found by it.  Without a
--- map, short pieces are joined: one text costs less than many entries of a table.
---@param code string
---@param from integer|string
---@param size? integer of a text that is known
function C:piece(code, from, size)
  local list, n = self.code, self.written
  self.size = self.size + #code + 20 -- that it is too much is found by the next put
  if self.map then
    list[n + 1], list[n + 2], list[n + 3] = "n=n+1 a[n]=", from, " o[n]="
    list[n + 4], list[n + 5] = code, "\n"
    self.written = n + 5
    return
  end
  local joined = self.joined
  local is_long = size and size > JOINED_BYTES
  if joined > 0 and joined < JOINED_MAX and not is_long then
    list[n + 1], list[n + 2] = "..", code
    self.joined = joined + 1
  else
    list[n + 1], list[n + 2] = joined > 0 and " n=n+1 o[n]=" or "n=n+1 o[n]=", code
    self.joined = is_long and JOINED_MAX or 1
  end
  self.written = n + 2
end

--- Ends the pieces: something else follows.
function C:flush()
  if self.joined > 0 then
    self.joined = 0
    self:put("\n")
  end
end

--- Forgets what expressions were compiled to: their names may mean something else from here on.
function C:renamed()
  self.made = {}
end

--- Splits code at its marked places: code, place, code, ….
local function parts_of(code)
  local parts, n, stop = {}, 0, 1
  for before, at, after in code:gmatch("([^\1]*)\1(%d+)\1()") do
    parts[n + 1], parts[n + 2] = before, math.tointeger(tonumber(at))
    n, stop = n + 2, after
  end
  parts[n + 1] = code:sub(stop)
  return parts
end

--- Compiles an expression that several tags share.  From the second one on only its places differ,
--- as long as its names mean the same.
---@param compile fun(c: table, e: engine.template.Expr): string, integer?
---@param e engine.template.Expr
---@param shift? integer of its places; nil: it is the first one, and may be the only one
---@return string code
---@return integer? size
function C:shared(compile, e, shift)
  if not shift then
    return compile(self, e)
  elseif self.run then -- its places are reckoned at run time
    self.shift = shift
    local code, size = compile(self, e)
    self.shift = 0
    return code, size
  end
  local known = self.made[e]
  if known then
    self:count(e.at, known.steps)
  else
    local before = self.steps
    self.shift, self.marks = shift, true
    local code, size = compile(self, e)
    self.shift, self.marks = 0, false
    known = { parts = parts_of(code), size = size, steps = self.steps - before }
    self.made[e] = known
  end
  local parts = known.parts
  local code = parts[1]
  for i = 2, #parts, 2 do
    code = code .. parts[i] + shift .. parts[i + 1]
  end
  return code, known.size
end

--- Advises about an argument that a call of a macro does not give: one that is named nearly so may
--- be meant by it.
local function misspelt(node, macro, name)
  local params, unknown = {}, {}
  for i, param in ipairs(macro.params) do
    params[i] = param.name
    params[param.name] = true
  end
  for _, arg in ipairs(node.args) do
    unknown[#unknown + 1] = not params[arg.name] and arg.name or nil
  end
  local near = require("engine.suggest").nearest(name, unknown)
  return near and ("`%s` is none of its arguments: did you mean `%s`?"):format(near, name)
    or "its arguments: " .. table.concat(params, ", ")
end

--- Compiles a call of a macro: the function, and the arguments behind the place.
---@param node table
---@param hoist? fun(arg: table): string? puts an argument into a local variable
---@return string? fn
---@return string args, or the code that raises
function C:macro_call(node, hoist)
  local where = generate.site(self, node.at)
  local file, problem = self.resolve(self.file, node.ns)
  local macro = file and file.macros[node.name]
  if not macro then
    local message, help = self.no_macro(self.file, node.ns, node.name, problem)
    return nil, ("X0(%s,%q,%s)"):format(where, message, help and ("%q"):format(help) or "nil")
  end
  local given, args = {}, {}
  for _, arg in ipairs(node.args) do
    given[arg.name] = arg.value
  end
  for i, param in ipairs(macro.params) do
    local from = given[param.name] or param.default
    local hoisted = from and hoist and hoist(from)
    if hoisted then
      args[i] = "," .. hoisted
    elseif from then
      args[i] = "," .. generate.expr(self, from)
    else
      args[i] = (",X0(%s,%q,%q)"):format(where, ("the macro `%s` needs the argument `%s`"):format(
        node.name, param.name), misspelt(node, macro, param.name))
    end
  end
  local key = file.name .. "\0" .. node.name
  local n = self.callee_of[key]
  if not n then
    n = #self.callees + 1
    self.callees[n], self.callee_of[key] = { file.name, node.name }, n
  end
  if #args > 100 then
    self:raise(node.at, "a macro with more than 100 arguments cannot be called")
  end
  return ("C[%d]"):format(n), table.concat(args)
end

--- The code of the context with all that is set, as JSON.
function C:context_dump()
  return ("TC(%s)"):format(emit.visible(self))
end

---@class engine.template.Unit
---@field code string    of a function that returns the unit's function
---@field statics string[]
---@field files string[] names behind Z
---@field callees string[][] { file, macro } behind C
---@field includes string[]
---@field places integer[] of tags that stand there several times in a row
---@field used table<string, true> first names of paths, and `first.second`

local NAMES = {}
for name in ([[K KI U D I J Y F DL DF NF SW B L LB T N NC NI NV NB add sub mul div mod Q QN IN X0 XP
  XC CB AR MC P PK FL FI IC TC AM TM MD E0 type setmetatable]]):gmatch("%w+") do
  NAMES[#NAMES + 1] = name
end

local HEAD = "local S,Z,C,R,H,W=...\nlocal z=Z[1]\nlocal %s=H.%s\n"
local FEW = 8192 -- bytes of code in which names are looked for: longer code needs most of them

--- The begin of the code, with the functions that it may use.
local function head_of(code)
  local names = NAMES
  if #code <= FEW then
    names = { NAMES[1] }
    for i = 2, #NAMES do
      names[#names + 1] = code:find(NAMES[i], 1, true) and NAMES[i] or nil
    end
  end
  return HEAD:format(table.concat(names, ","), table.concat(names, ",H."))
end

local function finish(c, head, frame)
  c:flush()
  local is_long = #c.statics > 2
  local constants = #c.constants > 0
    and "local A={" .. table.concat(c.constants, ",") .. "}\n" or ""
  local locals = is_long and "local S,K=S,K\n" or ""
  local code = constants .. head .. locals .. frame:declarations() .. table.concat(c.code) .. c.tail
  return {
    code = head_of(code) .. code, statics = c.statics, files = c.files, callees = c.callees,
    includes = c.includes, places = c.places, used = c.used, static_max = c.static_max,
  }
end

local function compiler(opts, file)
  local c = setmetatable({
    file = file, main = file, chain = opts.chain or { file }, resolve = opts.resolve,
    no_macro = opts.no_macro, map = opts.map or opts.trace, trace = opts.trace,
    is_included = opts.is_included,
    code = {}, written = 0, size = 0, steps = 0, joined = 0, made = {}, shift = 0,
    statics = {}, static_of = {}, static_max = 0, files = {}, file_of = {}, callees = {},
    callee_of = {}, includes = {}, places = {}, set_here = {}, loops = 0, depth = 0, used = {},
    constants = {}, blocks = 0, tail = "",
    -- Named though nil: a table that grows is made anew.
    frame = nil, marks = nil, run = nil, block = nil, loop_id = nil, map_at = nil,
  }, C)
  c.files[1], c.file_of[file] = file.name, "z"
  c.frame = scope.frame("_", nil)
  return c
end

--- Compiles a template with the templates it extends.
---@param file table the template that is asked for: name, nodes, blocks, macros
---@param opts { chain: table[], resolve: function, no_macro: function, map?: boolean,
---   trace?: boolean, is_included?: boolean } chain: the file, its parent, …
---@return engine.template.Unit
function M.template(file, opts)
  local c = compiler(opts, file)
  local root = c.chain[#c.chain]
  c.file = root
  for _, node in ipairs(file.nodes) do
    c.map_at = node.t == "extends" and node.at or c.map_at
  end
  emit.nodes(c, root.nodes)
  c.tail = "return n end"
  local head = opts.trace and "return function(o,n,G)local m,a=0,o.a or {}\n"
    or opts.map and "return function(o,n,G,a)local m\n" or "return function(o,n,G)\n"
  return finish(c, head, c.frame)
end

--- Compiles a macro.
---@param file table the file that defines it
---@param node engine.template.Node
---@param opts { resolve: function, no_macro: function, trace?: boolean }
---@return engine.template.Unit
function M.macro(file, node, opts)
  local c = compiler(opts, file)
  local params = {}
  for i, param in ipairs(node.params) do
    params[i] = ",p" .. i
    c.frame.bound[param.name] = { value = "p" .. i }
  end
  emit.nodes(c, node.body)
  c.tail = "R.d=d-2 return n end"
  local head = ("return function(o,n,Zc,at%s)local R=R local G=R.G\n"):format(
    table.concat(params)) .. "local d=R.d+2 if d>128 then MD(Zc,at)end R.d=d R[d]=Zc R[d+1]=at\n"
    .. "local s=R.s-1 R.s=s if s<0 then MD(Zc,at)end\n"
    .. (opts.trace and "local m,a=0,o.a or {}\n" or "")
  return finish(c, head, c.frame)
end

M.own_template = M.template -- whoever replaces it gets all: engine.template.direct looks

return M
