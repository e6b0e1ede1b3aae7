--- Files that fit are linted without the checker: the same is told as with it.
local light = require("engine.lint.light")
local lint = require("engine.lint")
local texts = require("tests.lua.lint.texts")
local ways = require("tests.lua.lint.ways")

local COUNT = 600
local OPTS, PATH, EACH = ways.OPTS, ways.PATH, ways.EACH
local counts = ways.counts

describe("a file that fits", function()
  before_each(function()
    counts.looked, counts.light = 0, 0
  end)

  it("is told the same of: examples, fixtures, documents, rules", function()
    for _, text in ipairs(texts.toml()) do
      ways.compare(text)
    end
    assert.is_true(counts.light > 100, counts.light)
    assert.is_true(counts.looked > 100, counts.looked)
  end)

  it("is told the same of: generated files", function()
    ways.generated(COUNT)
    assert.is_true(counts.light > COUNT / 100, counts.light)
  end)

  it("is told the same of: mutations", function()
    ways.mutated(COUNT)
    assert.is_true(counts.light > COUNT / 20, counts.light)
  end)

  it("is not checked where no rule has a finding", function()
    for _, text in ipairs({
      '[meta]\nname = "a"\n[[steps]]\nname = "x"\ncommand = ["ls"]\n',
      -- rules that are awake, and find nothing
      '[meta]\nname = "a"\n[[steps]]\nname = "x"\ncommand = ["echo", "install"]\n'
        .. 'expect.stdout.contains = "true"\n[[steps]]\nname = "y"\ncommand = "sleep 1 & git add"\n'
        .. 'env = { PATH_TOKEN = "aaaaaaaa" }\n',
      '[meta]\nname = "a"\n[[scenario]]\nname = "s"\nrun = "ls; echo a"\ntimeout = "1s"\n',
      '[meta]\nname = "a"\n[services.db]\ncommand = ["sleep", "9"]\nports = ["0:8080"]\n'
        .. '[[steps]]\nname = "x"\ncommand = ["true"]\n',
    }) do
      local result = EACH:text(text, PATH, OPTS)
      assert.equal(0, #result.list)
      assert.is_true(result.is_known)
      assert.is_true(result.is_read)
    end
    assert.equal(0, counts.looked)
  end)

  it("is checked where a rule has a finding, or a rule of the project is awake", function()
    local text = '[meta]\nname = "a"\n[[steps]]\nname = "x"\ncommand = "sleep 2; ls"\n'
    assert.equal("L301", EACH:text(text, PATH, OPTS).list[1].code)
    assert.equal(1, counts.looked)
    local calls = 0
    local own = { code = "X001", name = "own", severity = "error", docs = { summary = "own" },
      needs = { words = { "curl" } }, visit = {} }
    local custom = { rules = { own }, crashed = {}, visit = function()
      calls = calls + 1
    end }
    local linter = assert(lint.new({ custom = custom }))
    ways.watch(linter)
    linter:text((text:gsub("sleep 2; ", "")), PATH, OPTS)
    assert.same({ 1, 0 }, { counts.looked, calls })
    linter:text((text:gsub("sleep 2; ls", "curl x")), PATH, OPTS)
    assert.same({ 2, 1 }, { counts.looked, calls })
  end)

  it("is checked where the project replaces something of the engine", function()
    local linter = assert(lint.new({}))
    ways.watch(linter)
    linter.is_our_own = false
    linter:text('[meta]\nname = "a"\n[[steps]]\nname = "x"\ncommand = ["ls"]\n', PATH, OPTS)
    assert.equal(1, counts.looked)
  end)
end)

describe("a light node", function()
  local root = { steps = { { name = "a", command = { "ls" } } }, services = { db = { x = 1 } } }

  local function is_clean(kind, fn)
    local one = { rule = {}, options = {}, fn = fn }
    return light.is_clean({ text = "" }, root, { [kind] = { one } })
  end

  it("has what the file has, and stops who asks for more", function()
    local seen = {}
    assert.is_true(is_clean("step", function(cx, step)
      local service = cx.nodes.service[1]
      seen = { step.name, step.command[1], step.index, #step.siblings, step.owner.kind,
        step.timeout, service.key, service.x }
    end))
    assert.same({ "a", "ls", 1, 1, "file", nil, "db", 1 }, seen)
    for _, field in ipairs({ "checked", "header", "offset", "stop" }) do
      assert.is_false(is_clean("step", function(_, step)
        return step[field]
      end))
    end
    for _, field in ipairs({ "report", "key", "suite", "positions" }) do
      assert.is_false(is_clean("step", function(cx)
        return cx[field]
      end))
    end
  end)
end)

describe("what rules need of a file that fits", function()
  it("are marks of its shape, or of keys that never fit", function()
    local known = {}
    local marks = require("engine.model.fits_shape"):match("\nmarks ([^\n]+)")
    for mark in marks:gmatch("%S+") do
      known[mark:gsub("%%20", " ")] = true
    end
    local unfit = { ["step.capture"] = true, ["service.volumes"] = true, ["file.expect"] = true,
      ["file.otel"] = true }
    for _, rule in ipairs(require("engine.lint.catalogue").list()) do
      local facts = rule.needs and rule.needs.facts or {}
      for _, group in ipairs(type(facts[1]) == "table" and facts or { facts }) do
        for _, fact in ipairs(group) do
          assert.is_true(known[fact] or unfit[fact], rule.code .. ": " .. fact)
        end
      end
      local is_named = table.concat(ways.NO_LIGHT, " "):find(rule.code, 1, true) ~= nil
      assert.equal(rule.needs == nil or rule.code == "L607", is_named, rule.code)
    end
  end)
end)
