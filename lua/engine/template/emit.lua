--- Compiles the tags of a template to statements of Lua; engine.template.compile has the rest.
local generate = require("engine.template.generate")
local run = require("engine.template.run")
local scope = require("engine.template.scope")

local M = {}

local LOOPS_FLAT = 3 -- deeper ones are functions of their own: a function has 200 variables
local BLOCKS_MAX = 64
local TWICE_MAX = 40 -- code that is read again rather than kept in a variable

local nodes

--- Where a piece of the current file comes from, for the map; of another one, from its call.
local function origin(c, at, is_copied)
  if not c.map then
    return nil
  elseif c.file ~= c.main and not c.trace then
    return 2 * (c.map_at or 1) + 1
  end
  local bit = is_copied and 0 or 1
  local from = c.run and c.run:place(at, 2, bit) or 2 * at + bit
  return c.trace and c:file_ref() .. ".base|" .. from or from
end

--- Code that tells of the pieces of a macro or an include where they were called.
local function called(c, from, site)
  if c.trace then
    return ("TM(o,m,n,%s)"):format(site)
  end
  return c.map and ("AM(a,m,n,%s)"):format(from) or ""
end

--- What is visible in a frame, as a table over the context.
local function visible(c)
  local list, loop = scope.visible(c.frame)
  if #list == 0 then
    return "G"
  end
  local fields = {}
  for _, one in ipairs(list) do
    if not one.again then
      fields[#fields + 1] = ("[%q]=%s"):format(one.name, generate.lookup(c, {
        path = { one.name }, at = 1,
      }))
    end
  end
  if loop then
    local i, count = loop.loop.index, loop.loop.count
    fields[#fields + 1] = ("loop={index=%s,index0=%s-1,first=%s==1,last=%s==%s}"):format(i, i, i, i,
      count)
  end
  return ("setmetatable({%s},{__index=G})"):format(table.concat(fields, ","))
end

local emit = {}

function emit.text(c, node)
  local v = node.v
  local ref = c.run and c.run:text(node.at) or c.static_of[v] or c:static(v)
  c:piece(ref, c.map and origin(c, node.at, true), #v)
end

function emit.raw(c, node)
  if node.v ~= "" then
    c:piece(c:static(node.v), origin(c, node.v_at, true), #node.v)
  end
end

--- Code of the value of a name, or what raises.
---@param code string that looks it up
local function named(c, code, at)
  local given = "D(" .. code .. "," .. generate.site(c, at) .. ")"
  if #code > TWICE_MAX then
    return given
  end
  local first = code:match("^Y%(([%w_.]+),")
  return (first and first .. " or " or "") .. code .. " or " .. given
end

--- Compiles what is written of an expression.
---@return string code
---@return integer? size of a text that is known
local function written(c, e)
  if e.k == "ident" and not e.neg and not e.filters then
    local number = generate.loop_number(c, e.path)
    if number then
      return "KI[" .. number .. "]"
    end
    local known, is_certain = generate.lookup(c, e)
    if is_certain and not e.path[2] then
      c:count(e.at)
      return "K[" .. known .. "]"
    end
    return "K[" .. named(c, known, e.at) .. "]"
  end
  local code = generate.expr(c, e)
  local is_logic = e.neg or e.k == "logic" or not e.filters and (e.k == "in" or e.k == "test"
    or e.k == "bool")
  if e.k == "str" and not e.filters and not e.neg then
    return code, #e.v
  elseif is_logic then -- Lua 5.4.4 compiles `K[(a < b)]` wrongly when K is an upvalue
    return "(" .. code .. " and'true'or'false')"
  end
  return "K[" .. code .. "]"
end

--- Compiles a call of a macro that writes by itself.
local function written_by_macro(c, node, from)
  local e, hoisted = node.e, {}
  c:flush()
  c.shift = node.shift or 0
  local fn, args = c:macro_call(e, function(arg)
    if arg.k ~= "ident" or arg.filters or arg.neg or #hoisted >= 20 then
      return nil
    end
    local code, is_certain = generate.lookup(c, arg)
    if is_certain then
      return code
    end
    local name = "m" .. #hoisted + 1
    hoisted[#hoisted + 1] = ("local %s=%s if %s==nil then U(%s)end "):format(name, code, name,
      generate.site(c, arg.at))
    return name
  end)
  if fn then
    local site = generate.site(c, e.at)
    local calls = ("%sn=%s(o,n,%s%s)%s"):format(c.map and "m=n " or "", fn, site, args,
      called(c, from, site))
    c:put(#hoisted > 0 and ("do %s%s end\n"):format(table.concat(hoisted), calls)
      or calls .. "\n")
  else
    c:put(args .. "\n")
  end
  c.shift = 0
end

function emit.out(c, node)
  local e, from = node.e, c.map and origin(c, node.at)
  if e.k == "macro" and not e.filters and not e.neg then
    written_by_macro(c, node, from)
    return
  end
  local code, size = c:shared(written, e, node.shift)
  c:piece(code, from, size)
end

function emit.set(c, node)
  c:flush()
  local frame = node.global and scope.unit(c.frame) or c.frame
  local code = generate.expr(c, node.e)
  c:put(("%s=%s\n"):format(frame:var(node.name), code))
  c:renamed()
  if not frame.definite[node.name] and frame == c.frame then
    frame.definite[node.name] = true
    c.set_here[#c.set_here + 1] = { frame, node.name }
  end
end

--- Compiles a body whose sets may not happen.
local function branch(c, list)
  local outer = c.set_here
  c.set_here = {}
  nodes(c, list)
  c:flush()
  for _, one in ipairs(c.set_here) do
    one[1].definite[one[2]] = nil
    c:renamed()
  end
  c.set_here = outer
end

emit["if"] = function(c, node)
  c:flush()
  for i, part in ipairs(node.conds) do
    local code = c:shared(generate.bool, part.e, part.shift)
    c:put((i == 1 and "if " or "elseif ") .. code .. " then\n")
    branch(c, part.body)
  end
  if node.otherwise then
    c:put("else\n")
    branch(c, node.otherwise.body)
  end
  c:put("end\n")
end

--- The names of a for loop's variables, from its number.
local function loop_names(c)
  c.loops = c.loops + 1
  local id = tostring(c.loops)
  return id, "i" .. id, "c" .. id, "l" .. id, "x" .. id, "k" .. id
end

emit["for"] = function(c, node)
  c:flush()
  if c.depth == 0 then -- the next turn reads what this one sets further down
    scope.declare(c.frame, c.chain, { node })
    c:renamed()
  end
  local e = node.e
  local container = e.k
  if container ~= "ident" and container ~= "call" and container ~= "array" then
    c:put(("X0(%s,%q)\n"):format(generate.site(c, e.at),
      "a loop walks a name, a function's value or an array, nothing else"))
    return
  end
  local id, i, count, list, item, key = loop_names(c)
  c.depth = c.depth + 1
  local is_function = c.depth % LOOPS_FLAT == 0
  local steps_before = c.steps
  c:put(is_function and ";(function()\n" or "do\n")
  local head = c:put("")
  local frame = scope.frame("_" .. id, c.frame)
  local values = generate.expr(c, e)
  local reads = node.key and "PK" or "P"
  frame.loop = { index = i, count = count }
  frame.bound[node.value] = { value = item }
  if node.key then
    frame.bound[node.key] = frame.bound[node.key] or { value = key }
  end
  local site = generate.site(c, e.at)
  if node.empty then
    c:put(("if %s==0 then\n"):format(count))
    branch(c, node.empty)
    c:put("end\n")
  end
  c:put(("for %s=1,%s do\nif n>8192 then n=FL(o,n)end\n"):format(i, count))
  if node.key then
    c:put(("local %s=%s[%s]local %s=ob%s[%s]\n"):format(key, list, i, item, id, key))
  else
    c:put(("local %s=%s[%s]\n"):format(item, list, i))
  end
  local locals = c:put("")
  local outer_frame, outer_set = c.frame, c.set_here
  c.frame, c.set_here = frame, {}
  c.loop_id, frame.outer_id = id, c.loop_id
  c:renamed()
  c:put("do\n")
  nodes(c, node.body)
  c:flush()
  c.loop_id = frame.outer_id
  c.frame, c.set_here = outer_frame, outer_set
  c:renamed()
  c.code[locals] = frame:declarations()
  local cost = (c.steps - steps_before) // 16 + 1
  c.code[head] = node.key
    and ("local %s,%s,ob%s=%s(%s,%s,%d)\n"):format(list, count, id, reads, values, site, cost)
    or ("local %s,%s=%s(%s,%s,%d)\n"):format(list, count, reads, values, site, cost)
  c:put(("end ::c%s::\n"):format(id))
  c:put(("end ::b%s:: end%s\n"):format(id, is_function and ")()" or ""))
  c.depth = c.depth - 1
end

function emit.run(c, node)
  c:flush()
  local before = c.steps
  c.run = run.open(c, node)
  c:put(c.run:head())
  nodes(c, node.body)
  c:flush()
  c:put("end\n")
  c.run = nil
  c:count(node.at, (c.steps - before) * (node.count - 1))
end

emit["break"] = function(c)
  c:flush()
  c:put(("goto b%s\n"):format(c.loop_id))
end

emit["continue"] = function(c)
  c:flush()
  c:put(("goto c%s\n"):format(c.loop_id))
end

function emit.filter(c, node)
  c:flush()
  c:put(c.map and "do local w do local o,n,a={},0,{}\n" or "do local w do local o,n={},0\n")
  local map = c.map
  nodes(c, node.body)
  c:flush()
  c.map = map
  local filter = node.filter
  local code = "w"
  if filter.name ~= "safe" then
    code = ("F(%s,%q,w,%s)"):format(generate.site(c, filter.at), filter.name,
      generate.arguments(c, filter.args))
  end
  c:put("w=FI(o,n)end\n")
  c:piece(("K[%s]"):format(code), origin(c, node.at))
  c:flush()
  c:put("end\n")
end

--- Compiles a definition of a block in the file that it stands in.
local function definition(c, def, name, level)
  c.blocks = c.blocks + 1
  if c.blocks > BLOCKS_MAX then
    c:raise(def.node.at, ("blocks lie more than %d levels deep in each other"):format(BLOCKS_MAX))
  end
  local file, block = c.file, c.block
  c.file, c.block = def.file, { name = name, level = level }
  c:renamed()
  nodes(c, def.node.body)
  c.file, c.block, c.blocks = file, block, c.blocks - 1
  c:renamed()
end

function emit.block(c, node)
  c:count(node.at)
  local was = c.map_at
  for level, file in ipairs(c.chain) do
    local def = file.blocks[node.name]
    if def then
      definition(c, { file = file, node = def }, node.name, level)
      c.map_at = was
      return
    end
  end
  definition(c, { file = c.file, node = node }, node.name, #c.chain)
end

function emit.super(c, node)
  local block = c.block
  for level = block and block.level + 1 or #c.chain + 1, #c.chain do
    local def = c.chain[level].blocks[block.name]
    if def then
      definition(c, { file = c.chain[level], node = def }, block.name, level)
      return
    end
  end
  c:flush()
  c:put(("X0(%s,%q)\n"):format(generate.site(c, node.at),
    "super() has nothing above: no parent has this block"))
end

function emit.include(c, node)
  c:flush()
  local names = {}
  for i, name in ipairs(node.files) do
    names[i] = ("%q"):format(name)
    c.includes[#c.includes + 1] = name
  end
  c:put(("%sn=IC(%s,{%s},%s,o,n,%s)%s\n"):format(c.map and "m=n " or "",
    generate.site(c, node.name_at), table.concat(names, ","), tostring(node.ignore), visible(c),
    called(c, origin(c, node.at), generate.site(c, node.at))))
end

function emit.extends(c, node)
  if c.is_included then
    c:flush()
    c:put(("X0(%s,%q)\n"):format(generate.site(c, node.at),
      "a template that extends another one cannot be included"))
  end
end

function nodes(c, list)
  for i = 1, #list do
    local node = list[i]
    local compile = emit[node.t]
    c:count(node.at)
    if compile then
      compile(c, node)
    end
  end
end

M.nodes, M.visible = nodes, visible

return M
