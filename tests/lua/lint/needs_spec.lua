--- What rules need: with and without it the same is found, and rules that lack it are not called.
local catalogue = require("engine.lint.catalogue")
local json = require("core.json")
local lint = require("engine.lint")
local needs = require("engine.lint.needs")
local rules = require("engine.lint.rule")
local texts = require("tests.lua.lint.texts")
local ways = require("tests.lua.lint.ways")

local MUTATIONS = 400

local OPTS = { project_dir = "/nowhere", determinism = { seed = 1, freeze_ms = 0 } }

local function all_rules()
  return assert(lint.new({ select = { "ALL" } }))
end

local function run(linter, text, lang)
  local file = "a.clnrm." .. (lang or "toml")
  return linter:text(text, "/nowhere/" .. file, setmetatable({ file = file }, { __index = OPTS }))
end

local function told(result)
  return json.encode({ result.list, result.suppressed, result.is_broken, result.is_read,
    result.is_known })
end

describe("what a rule needs", function()
  local woken, blind = all_rules(), ways.blind(all_rules())

  for _, rule in ipairs(catalogue.list()) do
    it(("stands in all that %s %s tells"):format(rule.code, rule.name), function()
      local needed = needs.new({ rule })
      local bad = texts.of_rule(rule)
      assert.is_true(#bad > 0)
      for _, text in ipairs(bad) do
        assert.is_true(needed:of(text)[rule], text)
      end
    end)
  end

  it("is missing in a file of no interest for most of them", function()
    local needed, count = needs.new(catalogue.list()), 0
    local text = 'meta.name = "a"\n[[steps]]\nname = "x"\ncommand = ["ls", "-l"]\n'
    for _ in pairs(needed:of(text)) do
      count = count + 1
    end
    assert.is_true(count < 8, count)
  end)

  it("is not looked for where rules of a project have too many words: they are called", function()
    local many, own = {}, catalogue.list()
    for i = 1, 3 do
      local list = {}
      for k = 1, needs.WORDS_MAX do
        list[k] = ("%d-%d"):format(i, k):rep(needs.WORD_MAX):sub(1, needs.WORD_MAX)
      end
      many[i] = { code = "X00" .. i, needs = { words = list } }
    end
    local awake = needs.new(table.move(many, 1, 3, #own + 1, table.move(own, 1, #own, 1, {})))
      :of("meta.name = 'a'")
    for _, rule in ipairs(many) do
      assert.is_true(awake[rule])
    end
    assert.is_nil(awake[catalogue.find("L301")])
    assert.is_nil(needs.new({ many[1] }):of("meta.name = 'a'")[many[1]])
  end)

  it("changes no finding: examples, fixtures, documents", function()
    local list, findings = texts.toml(), 0
    assert.is_true(#list > 300)
    for _, text in ipairs(list) do
      local found = run(woken, text)
      assert.equal(told(run(blind, text)), told(found), text)
      findings = findings + #found.list
    end
    assert.is_true(findings > 300)
    for _, text in ipairs(texts.lua()) do
      assert.equal(told(run(blind, text, "lua")), told(run(woken, text, "lua")), text)
    end
  end)

  it("changes no finding: mutations", function()
    math.randomseed(3)
    local mutated, whole = texts.mutator(texts.toml()), 0
    for _ = 1, MUTATIONS do
      local text = mutated()
      local found = run(woken, text)
      assert.equal(told(run(blind, text)), told(found), text)
      whole = whole + (found.is_read and 1 or 0)
    end
    assert.is_true(whole > MUTATIONS / 10, whole)
  end)

  it("is looked for in what a file is rendered to, too", function()
    local text = 'meta.name = "a"\n[vars]\na = "sl"\n[[steps]]\nname = "x"\n'
      .. 'command = "{{ vars.a }}{{ "eep" }} 2; ls"\n'
    local found
    for _, d in ipairs(run(woken, text).list) do
      found = found or d.code == "L301"
    end
    assert.is_true(found)
  end)
end)

describe("a rule that is not awake", function()
  it("is not called", function()
    local linter, calls = all_rules(), 0
    for _, one in ipairs(linter.own) do
      one.rule = setmetatable({ visit = {} }, { __index = one.rule })
      for _, kind in ipairs(one.rule.kinds) do
        one.rule.visit[kind] = function()
          calls = calls + 1
        end
      end
    end
    linter.needed = needs.new({})
    run(linter, 'meta.name = "a"\n[[steps]]\nname = "x"\ncommand = "sleep 2; ls"\n')
    assert.equal(0, calls)
    local list = {}
    for i, one in ipairs(linter.own) do
      one.rule.needs, list[i] = false, one.rule
    end
    linter.needed = needs.new(list)
    run(linter, 'meta.name = "a"\n[[steps]]\nname = "x"\ncommand = "sleep 2; ls"\n')
    assert.is_true(calls > 10)
  end)
end)

describe("needs of a rule", function()
  local function problem(given)
    return rules.problem({
      code = "X001", name = "a", severity = "error", docs = { summary = "a" },
      visit = { step = print }, needs = given,
    })
  end

  it("are words, or lists of words", function()
    assert.is_nil(problem({ words = { "a", "b" } }))
    assert.is_nil(problem({ words = { { "a", "b" }, { "c" } } }))
    for _, case in ipairs({
      { { word = { "a" } }, "did you mean `words`" }, { {}, "must be a list of texts" },
      { { words = "a" }, "must be a list of texts" }, { { words = {} }, "1 to 100 words" },
      { { words = { "" } }, "1 to 64 bytes" }, { { words = { ("a"):rep(65) } }, "1 to 64 bytes" },
      { { words = { { "a" }, {} } }, "1 to 100 words" }, { { words = { { "a" }, "b" } }, "texts" },
      { { words = { "a", { "b" } } }, "texts" }, { { words = { "a", x = "b" } }, "texts" },
      { { words = { { "a" }, x = { "b" } } }, "texts" },
    }) do
      local why = problem(case[1])
      assert.is_truthy(why and why:find(case[2], 1, true), why)
    end
    assert.equal("`needs` must be a table", problem("sleep"))
  end)
end)

describe("the list of rules", function()
  it("says of each what its module says", function()
    for i, name in ipairs(catalogue.names) do
      local rule = require("engine.lint.rules." .. name:gsub("-", "_"))
      local entry = catalogue.entry(rule)
      local known = require("engine.lint.index")[i]
      for field, value in pairs(entry) do
        assert.same(value, rawget(known, field), name .. ": " .. field)
      end
      assert.equal(rule.visit, catalogue.list()[i].visit)
      assert.equal(rule.docs, catalogue.find(rule.code).docs)
    end
  end)
end)
