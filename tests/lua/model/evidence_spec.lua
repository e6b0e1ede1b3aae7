--- Every key of the schema is acted on or refused, and no misspelt one is passed over.
local model = require("engine.model")
local schema = require("engine.model.schema")

local BASE = { name = '"base"', command = '["base"]' } -- of required keys; samples differ

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
        into(type_.item, function(text) return wrap("{ n = " .. text .. " }") end)
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
local function record_text(record, name, value, sep)
  local fields, order = {}, {}
  for _, key in ipairs(record.keys) do
    if key.required and key.name ~= name then
      order[#order + 1] = key.name
      fields[key.name] = BASE[key.name] or key.sample or key.type.sample
    end
  end
  if record == schema.root.by_name.scenario.type.item and name ~= "run" and name ~= "steps" then
    order[#order + 1], fields.run = "run", '["base"]' -- a scenario needs one of the two
  end
  if name then
    order[#order + 1], fields[name] = name, value
  end
  return fields_text(fields, order, sep)
end

--- Writes a file in which the key at the end of `trail` stands, spelt `name`.  Without a name, the
--- same file without the key.
local function file_text(trail, name, value)
  local text = name and value
  for i = #trail, 1, -1 do
    local at = trail[i]
    local inner = i < #trail and at.key.name or name
    if i == 1 then
      local lines = { "" }
      local has = { [inner or ""] = true }
      if inner then
        lines[1] = inner .. " = " .. (i < #trail and at.wrap(text) or text)
      end
      if not (has.meta or has.test) then
        lines[#lines + 1] = 'meta = { name = "base" }'
      elseif not text:find("name = ", 1, true) then
        lines[1] = lines[1]:gsub("{", '{ name = "base", ', 1)
      end
      if not has.steps then
        lines[#lines + 1] = "steps = [{ name = \"base\", command = [\"base\"] }]"
      end
      return table.concat(lines, "\n") .. "\n"
    end
    text = i < #trail and at.wrap(text) or text
    text = "{ " .. record_text(at.record, inner, text, ", ") .. " }"
  end
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
  return model.parse(text, "/p/x.toml", { file = "x.toml" })
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
  for depth = #trail - 1, 1, -1 do -- a table that would be empty is left out with its key
    local upper = { table.unpack(trail, 1, depth) }
    local inner = record_text(trail[depth + 1].record, nil, nil, ", ")
    local text = file_text(upper, upper[depth].key.name, upper[depth].wrap("{ " .. inner .. " }"))
    local suite = load(text)
    if suite then
      return suite
    end
  end
  return assert(load('meta = { name = "base" }\nsteps = [{ name = "base", command = ["base"] }]\n'))
end

local function sample(key)
  return key.sample or key.type.sample
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
        assert.same({}, list, where)
        assert.are_not.equal(dump(without(trail)), dump(suite), where)
      end
    end
    assert.is_true(changed > 50 and refused > 150, changed .. " " .. refused)
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
