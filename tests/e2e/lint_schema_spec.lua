--- clnrm schema: a JSON Schema that a validator of others takes, and that holds for every example.
local fs = require("core.fs")
local json = require("core.json")
local model = require("engine.model")
local support = dofile("tests/e2e/support.lua")
local toml = require("core.toml")

local CHECK = [[
import json, sys, jsonschema
schema = json.load(open("schema.json"))
cls = jsonschema.validators.validator_for(schema)
cls.check_schema(schema)
validator = cls(schema)
for name, doc in sorted(json.load(open("docs.json")).items()):
    error = next(iter(sorted(validator.iter_errors(doc), key=str)), None)
    print(name + ":", "valid" if error is None else
          "/".join(map(str, error.absolute_path)) + " " + error.message[:200])
]]

--- A decoded value as JSON has it: dates are texts, empty arrays stay arrays.
local function plain(value)
  local kind = toml.type(value)
  if type(value) ~= "table" then
    return value
  elseif kind ~= "array" and kind ~= "table" then
    return tostring(value)
  end
  local copy = {}
  for key, item in pairs(value) do
    copy[key] = plain(item)
  end
  return kind == "array" and json.array(copy) or copy
end

describe("clnrm schema", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/check.py", CHECK)
    support.write(dir .. "/schema.json", support.run({ "schema" }).out)
  end)

  after_each(function()
    support.remove(dir)
  end)

  --- Validates texts; returns what is said of each, by name.
  local function validate(texts)
    local docs = {}
    for name, text in pairs(texts) do
      local value, err = toml.decode(text)
      docs[name] = plain(assert(value, name .. tostring(err)))
    end
    support.write(dir .. "/docs.json", assert(json.encode(docs)))
    local got = support.sh("python3 check.py", { cwd = dir })
    assert.equal(0, got.code, got.err)
    local said = {}
    for line in got.out:gmatch("[^\n]+") do
      local name, what = line:match("^(.-): (.*)$")
      said[name] = what
    end
    return said
  end

  it("holds for every file that the checker takes", function()
    local list = assert(io.popen("find examples tests/fixtures/compat tests/differential tests/lies"
      .. " -type f -name '*.clnrm.toml'"))
    local texts, count = {}, 0
    for file in list:lines() do
      local text = support.read(file)
      local path = assert(fs.realpath(file))
      local is_read = not text:find("{[{%%#]") and model.parse(text, path, { file = file })
      if is_read or file:find("compat/") then
        texts[file], count = text, count + 1
      end
    end
    list:close()
    assert.is_true(count > 20, count)
    for name, what in pairs(validate(texts)) do
      assert.equal("valid", what, name)
    end
  end)

  it("tells what the checker tells of keys and types", function()
    local STEP = '[[steps]]\nname = "a"\ncommand = ["ls"]\n'
    local said = validate({
      right = STEP,
      unknown = STEP .. "expected_exit_cod = 1\n",
      table = STEP .. "[[stepz]]\n",
      missing = '[[steps]]\ncommand = ["ls"]\n',
      type = STEP .. 'should_fail = "yes"\n',
      range = STEP .. "expected_exit_code = 256\n",
      word = STEP .. '[room]\nproject = "rw"\n',
      duration = STEP .. 'timeout = "soon"\n',
      deep = STEP .. 'expect.stdout.contian = "x"\n',
      empty = STEP .. "command2 = []\n",
      service = STEP .. '[services.db]\ncommnad = ["sleep", "9"]\n',
      generic = STEP .. '[services.db]\nplugin = "generic"\ncommnad = ["sleep", "9"]\n',
      right_service = STEP .. '[services.db]\ncommand = ["sleep", "9"]\n',
      right_generic = STEP .. '[services.db]\nplugin = "generic"\ncommand = ["sleep", "9"]\n',
      right_module = STEP .. '[services.db]\nplugin = "postgres"\ndatabase = "shop"\n',
      right_type = STEP .. '[services.db]\ntype = "postgres"\ndatabase = "shop"\n',
      clock = STEP .. "[determinism]\nfreeze_clock = 5\n",
      clock_list = STEP .. '[determinism]\nfreeze_clock = ["2025-01-01T00:00:00Z"]\n',
      clock_text = STEP .. '[determinism]\nfreeze_clock = "soon"\n',
      clock_day = STEP .. '[determinism]\nfreeze_clock = "2025-01-01"\n',
      right_clock = STEP .. '[determinism]\nfreeze_clock = "2025-01-01T00:00:00.5+02:00"\n',
      right_time = STEP .. "[determinism]\nfreeze_clock = 2025-01-01 00:00:00Z\n",
      right_tag = STEP .. '[determinism]\nfreeze_clock = "{{ freeze_clock }}"\n',
    })
    for name, what in pairs(said) do
      assert.equal(name:find("^right") ~= nil, what == "valid", name .. ": " .. what)
    end
  end)

  it("is one text, whatever is asked of it", function()
    local got = support.run({ "schema", "toml" })
    assert.is_nil(got.out:find("](", 1, true)) -- links to pages lead nowhere from there
    assert.equal(support.read(dir .. "/schema.json"), got.out)
    assert.equal(2, support.run({ "schema", "x" }).code)
    local made = assert(json.decode(got.out))
    for _, key in ipairs(require("engine.model.schema").root.keys) do
      assert.is_string(made.properties[key.name].description, key.name)
    end
  end)
end)
