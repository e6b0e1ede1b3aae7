--- Files of every older dialect: each is read, each is migrated, and migrating twice is as once.
local fs = require("core.fs")
local json = require("core.json")
local model = require("engine.model")
local support = dofile("tests/e2e/support.lua")

local DIR = "tests/fixtures/compat"

-- What this build refuses to act on yet, by file: everything else of the files must be read.
local LATER = {
  ["spans.clnrm.toml"] = { expect = true },
  ["otel.clnrm.toml"] = { otel = true, determinism = true },
}

-- What no rule rewrites, because people have to say how.
local LEFT = { ["test-in-pieces.clnrm.toml"] = "L602" }

local function names()
  local list = {}
  for _, entry in ipairs(assert(fs.scandir(DIR))) do
    list[#list + 1] = entry.name
  end
  return list
end

--- Reads a text; what is refused because it comes later is left out of the problems.
local function problems(name, text)
  local root = assert(fs.realpath(DIR))
  local _, list = model.parse(text, root .. "/" .. name, { file = name, project_dir = root })
  local told = {}
  for _, d in ipairs(list) do
    local key = d.message:match("^`([%w_]+)`")
    if d.code ~= "P120" or not (LATER[name] or {})[key] then
      told[#told + 1] = ("%s:%s %s"):format(d.line, d.code, d.message)
    end
  end
  return table.concat(told, "\n")
end

describe("a file of an older dialect", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
    for _, name in ipairs(names()) do
      support.write(dir .. "/" .. name, support.read(DIR .. "/" .. name))
    end
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function migrate(...)
    return support.run({ "migrate", ... }, { cwd = dir, env = { HOME = dir } })
  end

  --- The comments of a text, in their order.
  local function comments(text)
    local list = {}
    for _, comment in ipairs(require("engine.lint.comments").toml(text)) do
      list[#list + 1] = comment.text
    end
    return list
  end

  for _, name in ipairs(names()) do
    it(name .. " is read, migrated, and read again", function()
      local before = support.read(dir .. "/" .. name)
      assert.equal("", problems(name, before))
      local got = migrate(name)
      assert.equal(0, got.code, got.out .. got.err)
      local once = support.read(dir .. "/" .. name)
      assert.equal("", problems(name, once))
      assert.same(comments(before), comments(once))
      assert.equal(0, migrate(name).code)
      assert.equal(once, support.read(dir .. "/" .. name))
      local left = assert(json.decode(migrate("-f", "json", name).out)).left
      assert.equal(LEFT[name], left[1] and left[1].code)
      assert.is_nil(left[2])
    end)
  end

  it("is migrated behind a byte order mark as without one", function()
    local texts = {}
    for _, name in ipairs(names()) do
      texts[name] = support.read(dir .. "/" .. name)
    end
    for i, head in ipairs({ "[test.metadata]\nname = 'a'\n", "[test]\nmetadata = { name = 'a' }\n",
      "  [test]\n[test.metadata]\nname = 'a'\n", "test.metadata.name = 'a'\n",
      "test = { metadata = { name = 'a' } }\n", "[[scenario]]\nname = 'a'\ntimeout_ms = 5000\n",
      "[services.a]\nenvironment.B = 'c'\ntype = 'generic'\n" }) do
      texts[i .. ".clnrm.toml"] = head .. "[[steps]]\nname = 'b'\ncommand = 'true'\n"
    end
    for name, text in pairs(texts) do
      support.write(dir .. "/" .. name, text)
      local without = migrate("--diff", name)
      support.write(dir .. "/" .. name, "\xEF\xBB\xBF" .. text)
      local with = migrate("--diff", name)
      assert.same({ without.out, without.err }, { (with.out:gsub("\xEF\xBB\xBF", "")), with.err },
        name)
    end
  end)

  it("becomes what a new file would say", function()
    migrate()
    assert.equal([==[
# A file of steps alone, named by the older table.
[meta]
name = "steps only"
description = "no service, no scenario"

[[steps]]
name = "say"
command = "echo hello world" # a list of one text
expect.stdout.matches = "hello"

[[steps]]
name = "refuse"
command = ["ls", "/nowhere"]
expected_exit_code = 2
expect.stderr.contains = "nowhere"
]==], support.read(dir .. "/steps-only.clnrm.toml"))
    local compose = support.read(dir .. "/compose.clnrm.toml")
    assert.matches('env = { MODE = "test", EMPTY = "" }', compose, 1, true)
    assert.matches('env.A = "1"\nenv.B = "2" # two\n', compose, 1, true)
    assert.matches('health_check = { cmd = "true", interval', compose, 1, true)
    local spans = support.read(dir .. "/spans.clnrm.toml")
    assert.matches('span_attrs.forbid_keys = ["net.peer.name"] # nobody', spans, 1, true)
    assert.matches('attrs.any = { "http.method" = "GET", "http.route" = "*" }', spans, 1, true)
    local web = support.read(dir .. "/services-plural.clnrm.toml")
    assert.matches("[services.web.limits] # what it may use\nmemory_mb = 64\n", web, 1, true)
  end)

  it("is left where it has tags, and that is told, with --diff too", function()
    local text = '[test.metadata]\nname = "{{ svc }}"\n[[steps]]\nname = "s"\n'
      .. 'command = "true"\nexit_code = 0\n'
    support.write(dir .. "/tags.clnrm.toml", text)
    for _, flags in ipairs({ {}, { "--diff" } }) do
      local got = migrate("tags.clnrm.toml", table.unpack(flags))
      assert.equal(0, got.code)
      assert.equal(flags[1] and "" or "0 files migrated, 1 left to you, 0 had nothing to change\n",
        got.out)
      assert.matches("^2 older spellings left to you:\n", got.err)
      assert.matches("tags%.clnrm%.toml:1:2", got.err)
      assert.matches("tags%.clnrm%.toml:6:1", got.err)
    end
    assert.equal(text, support.read(dir .. "/tags.clnrm.toml"))
    assert.same({ 0, "", "" }, (function()
      local got = migrate("tags.clnrm.toml", "--diff", "-q")
      return { got.code, got.out, got.err }
    end)())
  end)

  it("is shown as a diff, and written only without", function()
    local before = support.read(dir .. "/scenarios.clnrm.toml")
    local got = migrate("--diff", "scenarios.clnrm.toml")
    assert.equal(1, got.code)
    assert.matches('\n%-timeout_ms = 5000\n%+timeout = "5000ms"\n', got.out)
    local machine = migrate("--diff", "-f", "json", "scenarios.clnrm.toml")
    assert.equal(1, machine.code)
    local changed = assert(json.decode(machine.out), machine.out).changed
    assert.same({ "scenarios.clnrm.toml", got.out }, { changed[1].file, changed[1].diff })
    assert.equal(before, support.read(dir .. "/scenarios.clnrm.toml"))
    migrate("scenarios.clnrm.toml")
    assert.equal(0, migrate("--diff", "scenarios.clnrm.toml").code)
  end)

  it("that is wrong for another reason is told, and one that is no TOML is left", function()
    support.write(dir .. "/x.clnrm.toml", '[test]\nname = "x"\nnonsense = 1\n[[steps]\n')
    local got = migrate("x.clnrm.toml")
    assert.equal(2, got.code)
    assert.matches('[test]\nname = "x"\nnonsense = 1\n[[steps]\n',
      support.read(dir .. "/x.clnrm.toml"), 1, true)
  end)

  it("is told by lint only when the rules are selected", function()
    local function lint(...)
      return support.run({ "lint", "-f", "concise", ... }, { cwd = dir, env = { HOME = dir } }).out
    end
    assert.is_nil(lint("test-table.clnrm.toml"):find("L6", 1, true))
    assert.matches("L602", lint("test-table.clnrm.toml", "--extend-select", "L6"))
  end)
end)
