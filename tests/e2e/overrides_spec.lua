--- Overrides: which file wins, for whom, and what commands do that run nothing of a project.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local run = support.run

describe("overrides", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
  end)

  after_each(function()
    support.remove(dir)
  end)

  it("are listed with the file that won", function()
    local file = dir .. "/.clnrm/override/engine/report/words.lua"
    support.write(file, 'return require("builtin.engine.report.words")')
    local got = run({ "modules" }, { cwd = dir })
    assert.same({ code = 0, out = ("project  %-32s %s\n"):format("engine.report.words", file),
      err = "" }, got)
    assert.matches("^no overrides", run({ "modules", "--no-overrides" }, { cwd = dir }).out)
  end)

  it("are told at the head of a run and in each report, also those loaded later", function()
    local file = ".clnrm/override/engine/run/judge.lua"
    support.write(dir .. "/" .. file, 'return require("builtin.engine.run.judge")')
    support.write(dir .. "/a.clnrm.toml",
      'meta.name = "a"\n[[steps]]\nname = "a"\ncommand = ["true"]\n')
    local told = "    Override engine.run.judge  " .. file .. "\n"
    for _, args in ipairs({ { "run" }, { "run", "-q" } }) do
      local got = run(args, { cwd = dir })
      assert.equal(0, got.code)
      assert.equal(told, got.out:sub(1, #told))
    end
    local one = { { module = "engine.run.judge", file = file } }
    local got = run({ "run", "--format", "json" }, { cwd = dir })
    assert.same(one, assert(json.decode(got.out)).run.overrides)
    got = run({ "run", "--format", "events" }, { cwd = dir })
    assert.same(one, assert(json.decode((got.out:match("^[^\n]+")))).overrides)
    got = run({ "run", "--format", "junit" }, { cwd = dir })
    assert.matches('<property name="clnrm.override.engine.run.judge" value="' .. file .. '"/>',
      got.out, 1, true)
    got = run({ "run", "--no-overrides" }, { cwd = dir })
    assert.is_nil(got.out:find("Override", 1, true))
    got = run({ "run", "--no-overrides", "--format", "json" }, { cwd = dir })
    assert.matches('"overrides":[]', got.out, 1, true)
  end)

  it("change one function, as the document shows", function()
    local page = support.read((os.getenv("CLNRM_ROOT") or ".") .. "/docs/override.md")
    local example = assert(page:match("```lua\n(.-)```"))
    support.write(dir .. "/.clnrm/override/engine/report/human.lua", example)
    support.write(dir .. "/a.clnrm.toml", support.FAILING)
    local got = run({ "run" }, { cwd = dir })
    assert.equal(1, got.code)
    assert.matches("        NOPE %[", got.out)
    assert.matches("        FAIL %[", run({ "run", "--no-overrides" }, { cwd = dir }).out)
  end)

  it("of the user reach reports only", function()
    local home = dir .. "/home"
    support.write(home .. "/.config/clnrm/override/engine/report/words.lua", "return {}")
    support.write(home .. "/.config/clnrm/override/engine/verdict.lua", "return {}")
    local got = run({ "modules", "--json" }, { cwd = dir, env = { HOME = home } })
    local kinds = {}
    for _, module in ipairs(assert(json.decode(got.out)).modules) do
      kinds[module.name] = module.kind
    end
    assert.equal("user", kinds["engine.report.words"])
    assert.equal("builtin", kinds["engine.verdict"] or "builtin")
  end)

  it("of the user change what is shown, and no verdict by whatever way", function()
    local home = dir .. "/home"
    local place = home .. "/.config/clnrm/override/engine/report/"
    support.write(dir .. "/a.clnrm.toml", support.FAILING)
    local function go(module, text)
      support.write(place .. module .. ".lua", text)
      local got = run({ "run" }, { cwd = dir, env = { HOME = home } })
      support.sh("rm -r " .. support.quote(place))
      return got
    end
    local shown = go("human", 'local human = require("builtin.engine.report.human")\n'
      .. 'require("engine.override")(human, "word", function() return ("nope"):upper() end)\n'
      .. "return human\n")
    assert.equal(1, shown.code)
    assert.matches("        NOPE %[", shown.out)
    local base = 'local base = require("builtin.engine.report.%s")\n%s\nreturn base\n'
    for _, attempt in ipairs({
      { "open", "base.close = function() return 0 end" },
      { "open", "base.check = function() return 0 end" },
      { "human", "os.exit(0)" }, { "human", 'require("engine.verdict")' },
      { "human", 'require("engine.run.judge").step = nil' }, { "human", "load('os.exit(0)')()" },
      { "human", 'require("engine.report.open").check = function() return 0 end' },
      { "human", 'package.loaded["engine.verdict"] = {}' }, { "human", "debug.getregistry()" },
      { "human", 'getmetatable("").__index.format = nil' }, { "human", 'io.write("")' },
      { "human", "string.format = nil; table.concat = nil; math.floor = nil" },
      { "human", "rawset(require('core.json'), 'encode', nil)" },
      { "human", "require('core.json').encode = nil" },
    }) do
      local got = go(attempt[1], base:format(attempt[1], attempt[2]))
      assert.is_true(got.code == 1 or got.code == 3, attempt[2] .. got.code .. got.out .. got.err)
    end
  end)

  it("that would come too late are refused, not passed over", function()
    support.write(dir .. "/.clnrm/override/engine/cli/parse.lua", "return {}")
    local got = run({ "run" }, { cwd = dir })
    assert.equal(2, got.code)
    assert.matches("engine%.cli%.parse cannot be overridden", got.err)
  end)

  it("are not looked at by commands that run no project code", function()
    support.write(dir .. "/.clnrm/override/engine/diag.lua", "error('executed')")
    support.write(dir .. "/.clnrm/override/engine/model/init.lua", "error('executed')")
    support.write(dir .. "/a.clnrm.toml", support.HELLO)
    for _, argv in ipairs({ { "list" }, { "validate" }, { "config" }, { "explain", "P102" } }) do
      assert.equal(0, run(argv, { cwd = dir }).code, argv[1])
    end
  end)

  it("of how files are read are told by commands that run no project code", function()
    local own = ".clnrm/override/engine/template/filters/init.lua"
    support.write(dir .. "/" .. own, [[
local filters = require("builtin.engine.template.filters")
function filters.shout(_, v)
  return v:upper() .. "!"
end
return filters]])
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/a.clnrm.toml", (support.HELLO:gsub('"hello"', '"{{ svc | shout }}"', 1)))
    local told = ("warning: %s has no effect here, and has in a run: this command executes nothing "
      .. "of the project\n"):format(own)
    for _, command in ipairs({ "list", "validate", "dry-run", "graph", "lint" }) do
      local argv = { command, "a.clnrm.toml" }
      local got = run(argv, { cwd = dir })
      assert.equal(2, got.code, command)
      local _, count = (got.out .. got.err):gsub("there is no filter `shout`", "")
      assert.equal(1, count, command)
      assert.equal(told, got.err:sub(1, #told), command)
      argv[3] = "--no-overrides"
      assert.is_nil(run(argv, { cwd = dir }).err:find("has no effect", 1, true), command)
    end
    support.write(dir .. "/.clnrm/override/engine/report/words.lua", "error('executed')")
    assert.is_nil(run({ "list" }, { cwd = dir }).err:find("more", 1, true)) -- it reads no files
  end)

  it("of how files are read have a say in what render shows, as in a run", function()
    support.write(dir .. "/.clnrm/override/engine/template/filters/init.lua", [[
local filters = require("builtin.engine.template.filters")
function filters.shout(_, v)
  return v:upper() .. "!"
end
return filters]])
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/a.clnrm.toml", (support.HELLO:gsub("say it", "{{ svc | shout }}", 1)))
    local got = run({ "render", "a.clnrm.toml" }, { cwd = dir })
    assert.same({ 0, "" }, { got.code, got.err })
    assert.is_truthy(got.out:find('name = "CLNRM!"', 1, true), got.out)
    assert.equal(0, run({ "run" }, { cwd = dir }).code)
    assert.equal(2, run({ "render", "a.clnrm.toml", "--no-overrides" }, { cwd = dir }).code)
  end)
end)
