--- What is read directly is what is read as a whole.
local root = os.getenv("CLNRM_ROOT") or "."
local direct = require("engine.outline.direct")
local documents = dofile(root .. "/tests/lua/model/fits_documents.lua")
local fs = require("core.fs")
local model = require("engine.model")
local outline = require("engine.outline.suite")
local templates = dofile(root .. "/tests/lua/outline/direct_templates.lua")

local COUNT = 1500
local PATH, PROJECT = "/nowhere/x.clnrm.toml", "/nowhere"
local BACKENDS = { false, "auto", "docker", "sandbox" }

local function options(seed)
  return {
    file = "x.clnrm.toml", project_dir = PROJECT, strict = seed % 3 > 0, as_run = seed % 8 > 3,
    backend = BACKENDS[seed % 4 + 1] or nil, seen = { used = {}, known = {} }, define = {},
    determinism = seed % 5 == 0 and { seed = seed } or nil, caches = false, allow = {},
    known = { folders = {}, vars = {}, texts = { [PROJECT] = "[vars]\nof_project = 'p'\n" } },
  }
end

--- The outline of a suite as data.
local function data_of(suite)
  local code = outline.write({ suite })
  return code and assert(load("return " .. code, "=outline", "t", {}))()
end

--- Reads a text both ways; returns whether it was read directly.
local function compare(text, seed, path, opts)
  opts = opts or options(seed)
  local suite = direct.read(text, path or PATH, opts, opts.project_dir)
  if not suite then
    return false
  end
  local whole, list, suites = model.parse(text, path or PATH, opts)
  assert(whole and not list[1], ("%d: %s\n%s"):format(seed, list[1] and list[1].message, text))
  assert(not suites or #suites == 1, text)
  assert.equal(whole.drawn_seed ~= nil, suite.drawn_seed ~= nil, text)
  suite.drawn_seed, whole.drawn_seed = nil, nil
  assert.same(data_of(whole), data_of(suite), seed .. ":\n" .. text)
  assert.is_table(data_of(suite), text)
  for _, key in ipairs({ "file", "path", "project_dir", "text", "given", "cell", "inputs" }) do
    assert.same(whole[key], suite[key], key)
  end
  for i, scenario in ipairs(whole.scenarios) do
    assert.equal(scenario.id, suite.scenarios[i].id)
  end
  return true
end

describe("a file that is read directly", function()
  it("has the outline that it has as a whole, whatever it is made of", function()
    local count = 0
    for seed = 1, COUNT do
      count = count + (compare(documents.document(seed), seed) and 1 or 0)
    end
    assert(count > COUNT / 20, count)
  end)

  it("has it as a template, too", function()
    local count = 0
    for seed = 1, COUNT do
      count = count + (compare(templates.make(seed), seed) and 1 or 0)
    end
    assert(count > COUNT / 4, count)
  end)

  it("has it, in this source tree", function()
    local count = 0
    local find = "cd '%s' && find examples tests/fixtures bench -type f -name '*.toml*'"
    local pipe = assert(io.popen(find:format(root)))
    for name in pipe:lines() do
      local opts = options(0)
      opts.file, opts.project_dir, opts.determinism = name, fs.realpath(root), nil
      opts.known.texts = { [opts.project_dir] = "" }
      count = count + (compare(assert(fs.read(root .. "/" .. name)), 0, opts.project_dir .. "/"
        .. name, opts) and 1 or 0)
    end
    pipe:close()
    assert(count >= 30, count)
  end)
end)
