--- The corpus of toml-test: every case of its list for TOML 1.0, in one process.
local toml = require("core.toml")

local root = (os.getenv("CLNRM_CORPORA") or "../shared/corpora") .. "/toml-test/tests/"
local tagged = dofile((os.getenv("CLNRM_ROOT") or ".") .. "/tests/tools/toml_tagged.lua")

local function read(path)
  local file = assert(io.open(root .. path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

describe("toml-decoder.lua", function()
  local clnrm = assert(os.getenv("CLNRM"))
  local tool = (os.getenv("CLNRM_ROOT") or ".") .. "/tests/tools/toml-decoder.lua"

  local function run(version, text)
    local pipe = assert(io.popen(("printf '%s' | '%s' lua '%s' %s 2>&1"):format(text, clnrm, tool,
      version)))
    local out = pipe:read("a")
    local _, _, code = pipe:close()
    return code, out
  end

  it("prints tagged JSON and exits with 0", function()
    assert.same({ 0, '{"a":[],"b":{"c":{"type":"float","value":"0.5"}},'
      .. '"d":{"type":"date-local","value":"1979-05-27"}}\n' },
      { run("1.0", "d = 1979-05-27\\na = []\\nb.c = 0.5\\n") })
  end)

  it("prints the reasons and exits with 1", function()
    local code, out = run("1.0", "a = 07:32\\n")
    assert.equal(1, code)
    assert.matches("^1:5: P025: ", out)
    assert.equal(0, (run("1.1", "a = 07:32\\n")))
  end)
end)

describe("toml-test 1.0.0", function()
  local list = io.open(root .. "files-toml-1.0.0")
  if not list then
    pending("skipped: no corpus at " .. root)
    return
  end
  local valid, invalid = {}, {}
  for path in list:lines() do
    if path:match("^valid/.*%.toml$") then
      valid[#valid + 1] = path
    elseif path:match("^invalid/.*%.toml$") then
      invalid[#invalid + 1] = path
    end
  end
  list:close()

  it("has all its cases", function()
    assert.same({ 210, 499 }, { #valid, #invalid })
  end)

  it("is accepted where valid, with the same values", function()
    for _, path in ipairs(valid) do
      local value, problems = toml.decode(read(path), { version = "1.0", source = path })
      assert.is_table(value, tostring(problems))
      local expected = tagged.read_json(read((path:gsub("%.toml$", ".json"))))
      local same, where = tagged.same(expected, value)
      assert.is_true(same, ("%s: %s"):format(path, where))
    end
  end)

  it("is refused where invalid, with places inside the text", function()
    for _, path in ipairs(invalid) do
      local text = read(path)
      local value, problems = toml.decode(text, { version = "1.0" })
      assert.is_nil(value, path)
      assert.is_true(#problems > 0, path)
      for _, problem in ipairs(problems) do
        assert.is_true(problem.offset + problem.length <= #text, path)
        assert.is_string(toml.codes[problem.code], path)
        local line, column = toml.line_column(text, problem.offset)
        assert.same({ line, column }, { problem.line, problem.column }, path)
      end
    end
  end)

  it("reads in 1.1 what it reads in 1.0, to the same values", function()
    for _, path in ipairs(valid) do
      local value = assert(toml.decode(read(path), { version = "1.1", source = path }))
      local expected = tagged.read_json(read((path:gsub("%.toml$", ".json"))))
      assert.is_true(tagged.same(expected, value), path)
    end
  end)
end)
