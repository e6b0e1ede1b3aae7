--- No text makes lint raise, and fixing twice is as once: on examples, dialects, corpora, and
--- on files whose values were exchanged for others.
local catalogue = require("engine.lint.catalogue")
local clock = require("core.clock")
local fix = require("engine.lint.fix")
local fs = require("core.fs")
local lint = require("engine.lint")
local toml = require("core.toml")

local OPTS = { file = "a.clnrm.toml", project_dir = "/nowhere" }
local OTHERS = { "1", '"*"', "[]", '["a b"]', "{}", "true", "1.5", "[[1]]", "{ a = 1 }",
  "2025-01-01" }

local LONGEST_MS = 10000 -- of the processor; where all is held against all it takes minutes

local linter = assert(lint.new({ select = { "ALL" } }))

local function run(text)
  return linter:text(text, "/nowhere/a.clnrm.toml", OPTS)
end

--- Lists the files below a folder.
local function files(folder, pattern, list)
  for _, entry in ipairs(fs.scandir(folder) or {}) do
    local path = folder .. "/" .. entry.name
    if entry.type == "directory" then
      files(path, pattern, list)
    elseif entry.type == "file" and entry.name:find(pattern) then
      list[#list + 1] = path
    end
  end
  return list
end

--- The texts that people write: examples, dialects, what the rules have for examples.
local function texts()
  local list = {}
  for _, folder in ipairs({ "examples", "tests/fixtures/compat", "tests/fixtures/wrong",
    "tests/differential/scenarios" }) do
    for _, path in ipairs(files(folder, "%.clnrm%.toml$", {})) do
      list[#list + 1] = assert(fs.read(path))
    end
  end
  for _, rule in ipairs(catalogue.list()) do
    if rule.lang ~= "lua" then
      list[#list + 1] = rule.docs.bad
      list[#list + 1] = rule.docs.good
    end
  end
  return list
end

--- Says what is wrong with fixing a text, or nil.
local function fix_problem(text)
  local result = run(text)
  local once, _, endless = fix.run(result, { unsafe = true, lint = run })
  if endless then
    return "fixes come to no end"
  elseif not result.is_broken and once.is_broken then
    return "the fixes break the file"
  end
  local twice = fix.run(run(once.text), { unsafe = true, lint = run })
  return twice.text ~= once.text and "fixing twice is not as once" or nil
end

--- Puts a comment at the end of each line that may have one.
---@return string commented
---@return integer count
local function with_comments(text)
  local kinds, offsets = toml.tokens(text)
  local parts, at, count, last = {}, 0, 0, nil
  for i, kind in ipairs(kinds) do
    if kind == "newline" and last ~= "comment" then
      count = count + 1
      parts[#parts + 1] = text:sub(at + 1, offsets[i]) .. (" # why %d."):format(count)
      at = offsets[i]
    end
    last = kind
  end
  return table.concat(parts) .. text:sub(at + 1), count
end

--- Calls `fn` with each place of a value in a text.
local function each_value(text, fn)
  local root, positions = toml.decode(text, { positions = true })
  local function walk(t)
    for key, value in pairs(t) do
      local offset, stop = positions:value(t, key)
      local first = offset and text:sub(offset + 1, offset + 1)
      if first and not (first == "[" and type(value) == "table" and not value[1]) then
        fn(offset, stop)
      end
      if type(value) == "table" and (toml.type(value) == "table" or value[1] ~= nil) then
        walk(value)
      end
    end
  end
  if root then
    walk(root)
    positions:close()
  end
end

describe("lint", function()
  it("fixes twice as once whatever people write", function()
    local count = 0
    for _, text in ipairs(texts()) do
      assert.is_nil(fix_problem(text), text)
      count = count + 1
    end
    assert.is_true(count > 120, count)
  end)

  it("loses no comment when it fixes", function()
    local fixed = 0
    for _, text in ipairs(texts()) do
      local commented, count = with_comments(text)
      local result = fix.run(run(commented), { unsafe = true, lint = run })
      fixed = fixed + (result.text ~= commented and 1 or 0)
      for i = 1, count do
        local comment = (" # why %d."):format(i)
        assert.truthy(result.text:find(comment, 1, true), comment .. "\n" .. commented)
      end
    end
    assert.is_true(fixed > 25, fixed)
  end)

  it("makes no file unreadable that has an error of its own", function()
    local fixed = 0
    for _, text in ipairs(texts()) do
      local before = run("no_such_key = 1\n" .. text)
      local after = fix.run(before, { unsafe = true, lint = run })
      fixed = fixed + (after.text ~= before.text and 1 or 0)
      assert.is_true(not before.is_read or after.is_read, after.text)
      assert.is_true(not toml.decode(before.text) or toml.decode(after.text) ~= nil, after.text)
    end
    assert.is_true(fixed > 25, fixed)
  end)

  it("takes back a fix that leaves no TOML, though it hides other errors", function()
    local text = 'no_such_key = 1\n[meta]\nname = "a"\n[[steps]]\nname = "b"\ncommand = "ls"\n'
      .. 'expected_output_contains = "x"\n[steps.expect.stdout]\nends_with = "z"\n'
    local result = fix.run(run(text), { unsafe = true, lint = run })
    assert.is_table((toml.decode(result.text)), result.text)
    assert.matches("no_such_key", result.list[1].message)
  end)

  it("ends soon whatever a text has very many of", function()
    local step = '[[steps]]\nname = "{{ now_unix() }}"\ncommand = "ls"'
    for _, text in ipairs({
      ("# {{ svc }}\n"):rep(12000), ("{% elif false %}\n"):rep(30000),
      ('x = "{{ uuid_v4() }}"\n'):rep(9000), ("# clnrm: ignore[L301] x\n"):rep(20000),
      'meta.name = "a"\n' .. (step .. " # clnrm: ignore[L105] x\n"):rep(4000),
    }) do
      local before = clock.cpu()
      run(text)
      assert.is_true((clock.cpu() - before) // 1000000 < LONGEST_MS, text:sub(1, 60))
    end
  end)

  it("raises for no value in the place of another", function()
    local count, seen = 0, 0
    for _, text in ipairs(texts()) do
      each_value(text, function(offset, stop)
        seen = seen + 1
        for i = 1, 2 do -- two of them, others at the next place
          local other = OTHERS[(seen * 2 + i) % #OTHERS + 1]
          local changed = text:sub(1, offset) .. other .. text:sub(stop + 1)
          local ok, why = pcall(run, changed)
          assert.is_true(ok, tostring(why) .. "\n" .. changed)
          count = count + 1
        end
      end)
    end
    assert.is_true(count > 1000, count)
  end)

  it("raises for no document of the corpus", function()
    local corpora = os.getenv("CLNRM_CORPORA")
    local list = corpora and files(corpora .. "/toml-test", "%.toml$", {}) or {}
    if not list[1] then
      return pending("no corpora: CLNRM_CORPORA")
    end
    for _, path in ipairs(list) do
      local text = assert(fs.read(path))
      local ok, why = pcall(run, text)
      assert.is_true(ok, path .. ": " .. tostring(why))
    end
  end)

  it("raises for no cut of a file of Lua tests", function()
    for _, path in ipairs(files("examples/lua", "%.clnrm%.lua$", {})) do
      local text = assert(fs.read(path))
      for at = 1, #text, 7 do
        local ok, why = pcall(linter.text, linter, text:sub(1, at), "/nowhere/a.clnrm.lua", OPTS)
        assert.is_true(ok, why)
      end
    end
  end)
end)

describe("the checker", function()
  it("names an item of a list in a list", function()
    local result = run('meta.name = "a"\n[expect.order]\nmust_precede = [[true, "b"]]\n')
    local told = {}
    for i, d in ipairs(result.list) do
      told[i] = d.message
    end
    assert.matches("item 1 of the list must be", table.concat(told, "\n"))
  end)
end)
