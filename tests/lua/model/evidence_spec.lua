--- Every key of the schema is acted on or refused, and no misspelt one is passed over.
local fs = require("core.fs")
local model = require("engine.model")
local schema = require("engine.model.schema")

local BASE = { name = '"base"', command = '["base"]' } -- of required keys; samples differ

local SCENARIO = schema.root.by_name.scenario.type.item
local SERVICE = schema.root.by_name.services.type.item
local WAIT = SERVICE.by_name.wait.type.choices.table
local FAULT = schema.root.by_name.fault.type.item
local HOOK = schema.root.by_name.hooks.type.by_name.before_all.type.choices.table
local OTHERS = 'db = { command = ["base"], limits = { memory_mb = 64, cpu_millicores = 500 } }, '
  .. 'web = { command = ["base"] }' -- names may be theirs

--- What a table must have one of, whatever else is in it: { key, text, those that will do }.
local ONE_OF = {
  [SCENARIO] = { "run", '["base"]', { run = true, steps = true } },
  [SERVICE] = { "command", '["base"]', { command = true } },
  [WAIT] = { "file", '"base"', {
    port = true, http = true, log = true, cmd = true, file = true, exit = true, span = true,
  } },
  [HOOK] = { "command", '["base"]', { command = true, module = true } },
  [SERVICE.by_name.files.type.item] = { "content", '"base"', { content = true, from = true } },
}

--- Keys of a fault that are right in one of a kind only, and must be there in those that have one.
local KINDS = {
  signal = "kill", delay = "net_delay", loss = "net_loss", seed = "net_loss",
  bandwidth = "net_bandwidth", path = "disk_full", memory_mb = "memory", cpu_millicores = "cpu",
}

local SAMPLES = { [FAULT.by_name.scenario] = '"base"' } -- a name that the file has

--- Keys that are right in a service of another kind only.
local OF_A_TASK = { [WAIT.by_name.exit] = true }

--- Keys that are right beside an image only, or beside `build`.
local OF_AN_IMAGE = "platform networks allow_network privileged cap_add devices pid ipc uts"

local project -- with what the samples name

setup(function()
  project = assert(fs.tempdir())
  assert(fs.mkdir_p(project .. "/data"))
  assert(fs.mkdir_p(project .. "/root"))
  assert(fs.mkdir_p(project .. "/hooks"))
  assert(fs.mkdir_p(project .. "/app"))
  assert(fs.write_atomic(project .. "/app/Dockerfile", "FROM scratch\n"))
  assert(fs.write_atomic(project .. "/app/web.dockerfile", "FROM scratch\n"))
  assert(fs.write_atomic(project .. "/app.conf", "a = 1\n"))
  assert(fs.write_atomic(project .. "/hooks/seed.lua", "return function() end\n"))
end)

teardown(function()
  assert(fs.remove_tree(project))
end)

--- Ways from the root to every key: { { key =, record =, wrap = }, … }, outermost first.
local function walk(record, trail, visit)
  for _, key in ipairs(record.keys) do
    local here = { table.unpack(trail) }
    here[#here + 1] = { key = key, record = record }
    visit(here)
    local function into(type_, wrap)
      if type_.kind == "record" then
        here[#here].wrap = wrap
        walk(type_, here, visit)
      elseif type_.kind == "list" then
        into(type_.item, function(text) return wrap("[" .. text .. "]") end)
      elseif type_.kind == "map" then
        local more = type_.item == SERVICE and ", " .. OTHERS or ""
        local name = key.name == "ulimits" and "nofile" or "n"
        into(type_.item, function(text)
          return wrap("{ " .. name .. " = " .. text .. more .. " }")
        end)
      elseif type_.kind == "either" then
        for _, choice in pairs(type_.choices) do
          into(choice, wrap)
        end
      end
    end
    into(key.type, function(text) return text end)
  end
end

local function fields_text(fields, order, sep)
  local out = {}
  for _, name in ipairs(order) do
    out[#out + 1] = name .. " = " .. fields[name]
  end
  return table.concat(out, sep)
end

--- Writes the table of `record` that holds its required keys and, spelt `name`, one more.
---@param meant? table the key that stands there or is left out; what it needs beside it is there
local function record_text(record, name, value, sep, meant)
  local fields, order = {}, {}
  local function add(key, text)
    if text and not fields[key] then
      order[#order + 1], fields[key] = key, text
    end
  end
  local known = name and record.by_name[name]
  if record == FAULT and known and KINDS[known.name] then
    add("kind", ('"%s"'):format(KINDS[known.name]))
    add("loss", known.name == "seed" and "0.5" or nil)
  end
  for _, key in ipairs(record.keys) do
    if key.required and key ~= known then
      add(key.name, BASE[key.name] or key.sample or key.type.sample)
    end
  end
  local here = known or meant and record.by_name[meant.name] == meant and meant
  local one_of = ONE_OF[record]
  if here and here.beside then
    local other = record.by_name[here.beside]
    add(other.name, other.sample or other.type.sample)
  elseif one_of and not (known and one_of[3][known.name]) then
    add(one_of[1], one_of[2])
  end
  if meant and OF_AN_IMAGE:find(meant.name, 1, true) and record == SERVICE then
    add("image", '"redis:7"')
  end
  if OF_A_TASK[meant] and record == SERVICE then
    add("kind", '"task"')
  end
  if name then
    add(name, value)
  end
  return fields_text(fields, order, sep)
end

--- Writes a file in which the key at the end of `trail` stands, spelt `name`, or which is empty but
--- for what every file of this spec has.
local function file_text(trail, name, value, meant)
  local text = name and value
  meant = meant or trail[#trail] and trail[#trail].key
  for i = #trail, 2, -1 do
    local inner = i < #trail and trail[i].key.name or name
    text = i < #trail and trail[i].wrap(text) or text
    text = "{ " .. record_text(trail[i].record, inner, text, ", ", meant) .. " }"
  end
  local first = trail[1] and (#trail > 1 and trail[1].key.name or name)
  local lines = { "" }
  if first then
    lines[1] = first .. " = " .. (#trail > 1 and trail[1].wrap(text) or text)
  end
  if first ~= "meta" and first ~= "test" then
    lines[#lines + 1] = 'meta = { name = "base" }'
  elseif not text:gsub("%[.-%]", ""):find("name = ", 1, true) then
    lines[1] = lines[1]:gsub("{", '{ name = "base", ', 1)
  end
  if first ~= "steps" then
    lines[#lines + 1] = "steps = [{ name = \"base\", command = [\"base\"] }]"
  end
  local is_reused = first == "room" and meant.name == "reuse" -- no file with services has it
  if first ~= "services" and first ~= "service" and not is_reused then
    lines[#lines + 1] = "services = { " .. OTHERS .. " }"
  end
  return table.concat(lines, "\n") .. "\n"
end

local IGNORED = {
  text = true, pos = true, places = true, line = true, suite = true, key = true, warnings = true,
}

--- Writes what a Suite says, without where it stands in the file.
local function dump(value)
  if type(value) ~= "table" then
    return type(value) == "userdata" and "regex" or tostring(value)
  end
  local parts = {}
  for k, v in pairs(value) do
    if not IGNORED[k] then
      parts[#parts + 1] = tostring(k) .. "=" .. dump(v)
    end
  end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end

local function load(text)
  return model.parse(text, project .. "/x.toml", { file = "x.toml" })
end

local function path_of(trail)
  local names = {}
  for i, at in ipairs(trail) do
    names[i] = at.key.name
  end
  return table.concat(names, ".")
end

local function codes_of(list)
  local out = {}
  for i, d in ipairs(list) do
    out[i] = ("%s %s:%s %s"):format(d.code, d.line, d.column, d.message)
  end
  return table.concat(out, "\n")
end

local function is_refused(trail)
  for _, at in ipairs(trail) do
    if at.key.enforced == false then
      return true
    end
  end
  return false
end

local trails = {}
walk(schema.root, {}, function(trail)
  trails[#trails + 1] = trail
end)

--- A file that has everything but the last key of the trail.
local function without(trail)
  local meant = trail[#trail].key
  local is_needed = meant.required and not BASE[meant.name] -- then the whole table is left out
  for depth = #trail - (is_needed and 2 or 1), 1, -1 do
    local upper = { table.unpack(trail, 1, depth) }
    local inner = record_text(trail[depth + 1].record, nil, nil, ", ", meant)
    local text = upper[depth].wrap("{ " .. inner .. " }")
    local suite = load(file_text(upper, upper[depth].key.name, text, meant))
    if suite then
      return suite
    end
  end
  return assert(load(file_text({})))
end

local function sample(key)
  return SAMPLES[key] or key.sample or key.type.sample
end

describe("every key of the schema", function()
  it("is found by this spec", function()
    assert.is_true(#trails > 250, #trails)
  end)

  it("is documented by a sentence", function()
    for _, trail in ipairs(trails) do
      assert.matches("^[%u`].*%.$", trail[#trail].key.doc, path_of(trail))
    end
  end)

  it("changes the Suite, or is refused as not enforced", function()
    local changed, refused = 0, 0
    for _, trail in ipairs(trails) do
      local key = trail[#trail].key
      local text = file_text(trail, key.name, sample(key))
      local suite, list = load(text)
      local where = path_of(trail) .. "\n" .. text .. codes_of(list)
      if is_refused(trail) then
        refused = refused + 1
        assert.is_nil(suite, where)
        assert.matches("P120 ", codes_of(list), where)
        for _, d in ipairs(list) do
          assert.is_truthy(d.code == "P120" or d.code == "P113", where)
        end
      else
        changed = changed + 1
        assert.is_table(suite, where)
        if trail[#trail].key.name == "vars" or trail[#trail].key.name == "matrix" then
          -- what tags do with them: matrix_spec; here is none, and that is said
          assert.equal("R013", list[1].code)
        else
          assert.same({}, list, where)
          assert.are_not.equal(dump(without(trail)), dump(suite), where)
        end
      end
    end
    assert.is_true(changed > 300 and refused > 50, changed .. " " .. refused)
  end)

  it("means the same in each of its spellings, and is refused in two at once", function()
    for _, trail in ipairs(trails) do
      local key = trail[#trail].key
      for _, alias in ipairs(key.alias or {}) do
        local one, list = load(file_text(trail, key.name, sample(key)))
        local other, other_list = load(file_text(trail, alias, sample(key)))
        assert.equal(one == nil, other == nil, path_of(trail))
        assert.equal(one and dump(one), other and dump(other), path_of(trail))
        assert.equal(#list, #other_list, path_of(trail))
        local both = ("%s, %s = %s"):format(sample(key), alias, sample(key))
        if #trail > 1 then
          local suite, errors = load(file_text(trail, key.name, both))
          assert.is_nil(suite, path_of(trail))
          assert.matches("P105", codes_of(errors), path_of(trail))
        end
      end
    end
  end)
end)

-- What each kind of type takes, by the kind of a TOML value.
local TAKES = {
  text = { "string" }, one_of = { "string" }, regex = { "string" }, signal = { "string" },
  volume = { "string" }, tmpfs = { "string" }, extra_host = { "string" },
  integer = { "integer" }, number = { "integer", "float" }, boolean = { "boolean" },
  duration = { "integer", "string" }, port = { "integer", "string" },
  size = { "integer", "string" }, mode = { "integer", "string" }, user = { "integer", "string" },
  device = { "string" }, map = { "table" }, record = { "table" }, env = { "array", "table" },
  command = { "array", "string" },
  any = { "string", "integer", "float", "boolean", "array", "table", "time" },
}

local function takes(type_, kind)
  if type_.kind == "list" then
    return kind == "array" or type_.single and takes(type_.item, kind)
      or kind == "table" and type_.item.kind == "record" -- one table for a list of one
  elseif type_.kind == "either" then
    return type_.choices[kind] ~= nil
  end
  for _, known in ipairs(assert(TAKES[type_.kind], type_.kind)) do
    if known == kind then
      return not type_.plain or kind == "integer"
    end
  end
  return false
end

local VALUES = {
  string = '"text"', integer = "1", float = "1.5", boolean = "true", array = "[true]",
  table = "{ a = true }", time = "1979-05-27",
}

describe("a value of the wrong type", function()
  it("is an error with its place, whatever the key", function()
    local count = 0
    for _, trail in ipairs(trails) do
      local key = trail[#trail].key
      for kind, value in pairs(VALUES) do
        if not takes(key.type, kind) then
          count = count + 1
          local text = file_text(trail, key.name, value)
          local suite, list = load(text)
          assert.is_nil(suite, text)
          local found
          for _, d in ipairs(list) do
            local given = d.code == "P102" and text:sub(d.offset + 1, d.offset + d.length)
            found = found or given == value or given and value:find(given, 1, true)
          end
          assert.is_truthy(found, text .. codes_of(list))
        end
      end
    end
    assert.is_true(count > 1500, count)
  end)
end)

local function typos(name)
  local list = { name .. "s", name:sub(1, 1) .. name, (name:gsub("s$", "")), name:upper() }
  for i = 1, #name do
    list[#list + 1] = name:sub(1, i - 1) .. name:sub(i + 1)
    local a, b = name:sub(i, i), name:sub(i + 1, i + 1)
    list[#list + 1] = name:sub(1, i - 1) .. b .. a .. name:sub(i + 2)
  end
  return list
end

describe("a misspelt key", function()
  it("is an unknown key with its place, wherever it stands", function()
    local count, suggested = 0, 0
    for _, trail in ipairs(trails) do
      local at = trail[#trail]
      for _, typo in ipairs(typos(at.key.name)) do
        if typo ~= "" and not at.record.by_name[typo] and not at.record.harmless
          and not at.key.descriptive then
          local text = file_text(trail, typo, sample(at.key))
          local suite, list = load(text)
          local found
          for _, d in ipairs(list) do
            found = found or d.code == "P101" and d.severity == "error" and d
          end
          assert.is_nil(suite, text)
          assert.is_truthy(found, text .. codes_of(list))
          assert.equal(typo, text:sub(found.offset + 1, found.offset + found.length), text)
          count = count + 1
          suggested = suggested + (found.label and 1 or 0)
        end
      end
    end
    assert.is_true(count > 3000, count)
    assert.is_true(suggested / count > 0.9, suggested / count)
  end)

  it("is a warning among what describes a test, and an error when it is strict", function()
    local text = 'meta = { name = "base", owner = "me", autor = "x" }\n'
      .. 'steps = [{ name = "base", command = ["base"] }]\n'
    local suite, list = load(text)
    assert.is_table(suite)
    assert.equal(2, #list)
    for _, d in ipairs(list) do
      assert.equal("warning", d.severity)
    end
    assert.is_nil((model.parse(text, "/p/x.toml", { strict = true })))
  end)
end)
