--- The table of the Lua API against the live objects, both ways, and what is made from it.
local api = require("engine.api")
local help = require("engine.api.help")
local root = os.getenv("CLNRM_ROOT") or "."

require("engine.script.host").install()

local function type_of(name)
  for _, type in ipairs(api.types()) do
    if type.name == name then
      return type
    end
  end
  error("the API has no type " .. name)
end

--- The names of the entries of a type, sorted.
local function described(name, ...)
  local kinds, names = {}, {}
  for _, kind in ipairs({ ... }) do
    kinds[kind] = true
  end
  for _, entry in ipairs(type_of(name).entries) do
    names[#names + 1] = kinds[entry.kind] and entry.name or nil
  end
  table.sort(names)
  return names
end

local function keys_of(...)
  local names = {}
  for _, fields in ipairs({ ... }) do
    for name in pairs(fields) do
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

--- Finds a local variable that a function uses.
local function upvalue(fn, wanted)
  for i = 1, 255 do
    local name, value = debug.getupvalue(fn, i)
    if name == wanted then
      return value
    elseif not name then
      error("there is no upvalue " .. wanted)
    end
  end
end

--- The keys that a table of options takes; those that are refused are no part of the API.
local function taken(schema)
  local names = {}
  for name, rule in pairs(schema) do
    names[#names + 1] = not (type(rule) == "table" and rule.refused) and name or nil
  end
  table.sort(names)
  return names
end

-- what the parts of clnrm.task call of each other
local PRIVATE = { ["Semaphore:give"] = true, ["Group:drain"] = true, ["Group:raise"] = true }

describe("the table of the Lua API has what there is, and no more:", function()
  it("clnrm", function()
    local fields = debug.getmetatable(require("clnrm")).__index
    local parts = upvalue(debug.getmetatable(fields).__index, "PARTS")
    local functions = {}
    for name, value in next, fields do
      functions[name] = type(value) == "function" and true or nil
    end
    assert.same(described("clnrm", "function", "field"), keys_of(functions, parts))
    for name in pairs(parts) do
      assert.is_table(require("clnrm")[name], name)
    end
  end)

  it("the t of a test", function()
    local meta = debug.getmetatable(require("clnrm.test").new({ name = "x" }))
    assert.same(described("clnrm.Test", "method", "field"),
      keys_of(upvalue(meta.__index, "Test"), upvalue(meta.__index, "FIELDS")))
  end)

  it("rooms, processes", function()
    for name, module in pairs({ Room = "clnrm.room", Process = "clnrm.process" }) do
      local meta = debug.getmetatable(require(module).new({}))
      assert.same(described("clnrm." .. name, "method", "field"), keys_of(meta.__index))
    end
    local meta = debug.getmetatable(require("clnrm.room_service").new({ name = "x" }))
    assert.same(described("clnrm.Service", "method"), keys_of(upvalue(meta.__index, "Service")))
  end)

  it("json, toml, time, hash, task, fs, http, chaos", function()
    for _, name in ipairs({ "json", "toml", "time", "hash", "task", "fs", "http", "chaos" }) do
      assert.same(described("clnrm." .. name, "function", "field"),
        keys_of((require("clnrm." .. name))))
    end
  end)

  it("service", function()
    local names = {}
    local files = assert(io.popen(("ls '%s/stdlib/clnrm/service'"):format(root)))
    for file in files:lines() do
      names[#names + 1] = file ~= "init.lua" and file:match("^(.+)%.lua$") or nil
    end
    files:close()
    assert.same(described("clnrm.service", "function"), names)
    for _, entry in ipairs(type_of("clnrm.service").entries) do
      for option in pairs(require("clnrm.service." .. entry.name).options or {}) do
        assert.is_truthy(entry.doc:find("`" .. option .. "`", 1, true), option)
      end
    end
  end)

  it("groups, events, semaphores, permits", function()
    local task = require("clnrm.task")
    local semaphore = task.semaphore(1)
    local group <close> = task.group()
    for name, object in pairs({
      Group = group,
      Event = task.event(),
      Semaphore = semaphore,
      Permit = assert(semaphore:take()),
    }) do
      local public = {}
      for _, method in ipairs(keys_of(debug.getmetatable(object).__index)) do
        public[#public + 1] = not PRIVATE[name .. ":" .. method] and method or nil
      end
      assert.same(described("clnrm." .. name, "method", "field"), public)
    end
  end)

  it("expectations", function()
    local words = require("engine.expect.host").words()
    table.move({ "eventually", "no" }, 1, 2, #words + 1, words)
    table.sort(words)
    assert.same(described("clnrm.Expectation", "method", "field"), words)
    local e = require("clnrm.expect")
    assert.same({ "expect", "matcher" }, keys_of(e))
  end)

  it("options", function()
    local registry = require("engine.script.registry")
    local methods = debug.getmetatable(registry.new("x")).__index
    for name, schema in pairs({
      TestOptions = upvalue(methods.test, "TEST_OPTIONS"),
      FixtureOptions = upvalue(methods.fixture, "FIXTURE_OPTIONS"),
      RoomSpec = upvalue(require("engine.script.room_spec").read, "SPEC"),
      ExecOptions = upvalue(require("engine.script.commands").exec, "EXEC"),
      StartOptions = upvalue(require("engine.script.process").start, "START"),
      WaitSpec = upvalue(upvalue(require("engine.script.services").wait, "read_wait"), "WAIT"),
      HttpOptions = upvalue(require("engine.script.http").request, "REQUEST"),
      EventuallyOptions = { within = "", every = "" },
    }) do
      assert.same(described("clnrm." .. name, "key"), taken(schema), name)
    end
  end)
end)

describe("the table of the Lua API", function()
  it("is whole: sentences, known kinds, names that are there once", function()
    local kinds = { ["function"] = true, method = true, field = true, key = true }
    for _, type in ipairs(api.types()) do
      local seen = {}
      assert.matches("%.$", type.doc, type.name)
      assert.is_true(#type.entries > 0, type.name)
      for _, entry in ipairs(type.entries) do
        local label = api.label(type, entry)
        assert.is_true(kinds[entry.kind], label)
        assert.matches("^%u.*%.$", (entry.doc:gsub("\n", " ")), label)
        assert.is_nil(seen[entry.name], label)
        seen[entry.name] = true
        local is_call = entry.kind == "function" or entry.kind == "method"
        assert.equal(not is_call, entry.type ~= nil, label)
        for _, param in ipairs(entry.params or {}) do
          assert.is_string(param[2], label)
        end
      end
    end
  end)

  it("has an example of each function and method", function()
    for _, type in ipairs(api.types()) do
      for _, entry in ipairs(type.entries) do
        if entry.kind == "function" or entry.kind == "method" then
          assert.is_string(entry.example, api.label(type, entry))
          local name = entry.name .. "%f[^%w_]"
          assert.matches(entry.kind == "method" and ":" .. name or "%." .. name, entry.example)
          assert(load(entry.example), entry.example)
        end
      end
    end
  end)

  it("names only types that it describes, and those of the primitives", function()
    local known = { ["core.Error"] = true, ["core.Task"] = true }
    for _, type in ipairs(api.types()) do
      known[type.name] = true
    end
    local function check(text)
      for name in (text or ""):gmatch("%f[%w]%l+%.%u%w*") do
        assert.is_true(known[name], name)
      end
    end
    for _, type in ipairs(api.types()) do
      for _, entry in ipairs(type.entries) do
        check(entry.type)
        for _, list in ipairs({ entry.params or {}, entry.returns or {} }) do
          for _, item in ipairs(list) do
            check(item[1])
            check(item[2])
          end
        end
      end
    end
  end)

  it("has each option and field named in a spec or an example", function()
    local texts = {}
    local files = assert(io.popen(("cd '%s' && cat tests/lua/*/*_spec.lua tests/e2e/lua*.lua")
      :format(root)))
    texts[1] = files:read("a")
    files:close()
    for _, type in ipairs(api.types()) do
      for _, entry in ipairs(type.entries) do
        texts[#texts + 1] = entry.example
      end
    end
    local all = table.concat(texts, "\n")
    for _, type in ipairs(api.types()) do
      for _, entry in ipairs(type.entries) do
        assert.is_truthy(all:find("%f[%w_]" .. entry.name .. "%f[^%w_]"), api.label(type, entry))
      end
    end
  end)
end)

describe("stdlib/_meta/clnrm*.lua", function()
  --- Loads a stub; returns its text and what it returns.
  local function stub(stem)
    local path = ("%s/stdlib/_meta/%s.lua"):format(root, stem)
    local file = assert(io.open(path))
    local text = file:read("a")
    file:close()
    return text, assert(loadfile(path))()
  end

  it("is Lua, and makes every class and function of the table", function()
    local all = stub("clnrm")
    for _, type in ipairs(api.types()) do
      local text = type.of and stub("clnrm_" .. type.of) or all
      if type.kind == "module" then
        local made
        text, made = stub((type.name:gsub("%.", "_")))
        assert.matches("^%-%-%-@meta " .. type.name:gsub("%.", "%%.") .. "\n", text)
        for _, entry in ipairs(type.entries) do
          assert.equal(entry.kind == "function", made[entry.name] ~= nil, entry.name)
        end
      end
      assert.is_truthy(text:find("---@class " .. type.name .. "\n", 1, true), type.name)
    end
  end)
end)

describe("clnrm help lua", function()
  it("lists everything, within the screen", function()
    local text = help.overview(80)
    for _, type in ipairs(api.types()) do
      assert.is_truthy(text:find("\n" .. type.name .. " (", 1, true), type.name)
      for _, entry in ipairs(type.entries) do
        assert.is_truthy(text:find("\n  " .. entry.name .. " ", 1, true), entry.name)
      end
    end
    for line in text:gmatch("[^\n]+") do
      assert.is_true(#line <= 80, line)
    end
  end)

  it("finds a name however it is written", function()
    for _, name in ipairs({ "Room:exec", "room:exec", "Room.exec", "exec", "clnrm.Room:exec" }) do
      assert.matches("^room:exec%(command, %[opts%]%)\n", help.on(name, 80))
    end
    assert.matches("^clnrm%.test%(", help.on("clnrm.test", 80))
    assert.matches("^clnrm%.Room: Rooms", help.on("clnrm.Room", 80))
    assert.matches("^ExecOptions%.check", help.on("ExecOptions.check", 80))
    local names = { "Expectation:equals", "equals", "expect(value):equals", "expect:equals" }
    for _, name in ipairs(names) do
      assert.matches("^expect%(value%):equals%(", help.on(name, 80))
    end
    assert.matches("^clnrm%.expect%(value%)\n", help.on("expect", 80))
    assert.is_nil(help.on("expect", 80):find("matches(", 1, true))
  end)

  it("tells which name may be meant", function()
    local text, near = help.on("Room:exce", 80)
    assert.is_nil(text)
    assert.equal("Room:exec", near)
    text, near = help.on("qqqqqqqq", 80)
    assert.is_nil(text)
    assert.is_nil(near)
  end)
end)
