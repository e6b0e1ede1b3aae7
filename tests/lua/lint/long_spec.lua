--- Texts of megabytes are judged like short ones: what takes the square of them would not end.
local commands = require("engine.lint.commands")
local context = require("engine.lint.context")
local suppress = require("engine.lint.suppress")
local tags = require("engine.lint.tags")

local LONG = 1000000
local BLANKS, WORD = (" "):rep(LONG), ("a"):rep(LONG)

--- A context that only notes what it is told.
local function noting(told)
  return {
    nodes = {},
    options = { min_length = 16 },
    sets_determinism = function()
      return false
    end,
    item = function(_, _, i)
      return { offset = i, stop = i }
    end,
    report = function(_, report)
      told[#told + 1] = report
    end,
  }
end

local function visit(rule, kind, node)
  local told = {}
  require("engine.lint.rules." .. rule).visit[kind](noting(told), node)
  return told
end

describe("a long text", function()
  it("is looked at for commands that cannot fail, hide how they end, or wait", function()
    assert.is_false(commands.cannot_fail({ shell = "ls; a" .. BLANKS .. "x" }))
    assert.is_true(commands.cannot_fail({ shell = "ls;" .. BLANKS .. "echo" .. BLANKS }))
    assert.is_nil(commands.hides_exit_code({ shell = "ls || true" .. BLANKS .. "x" }))
    assert.equal("|| true", commands.hides_exit_code({ shell = "ls || true" .. BLANKS .. ";" }))
    assert.is_nil(commands.pause({ shell = "ls" .. ("\n"):rep(LONG) .. "x" }))
    assert.equal("sleep 1",
      commands.pause({ shell = "ls" .. ("\n"):rep(LONG) .. "sleep 1\nx" }).what)
  end)

  it("is looked at for secrets", function()
    for _, part in ipairs({ "a", "a ", "key=a ", "key: ", "token='", "a@b://c:d@", "ghp_-" }) do
      local text = part:rep(LONG // #part)
      assert.same({}, visit("secret_in_plain_text", "file", {
        checked = { raw = { command = { text, text }, vars = { token = text } } },
      }), part)
    end
  end)

  it("is looked at for what it installs", function()
    local shell = "install; " .. ("apt-get "):rep(LONG // 8)
    local function told(text)
      local checked = { value = { command = { shell = text } } }
      local step = { kind = "step", owner = {}, checked = checked }
      local report = visit("network_in_step", "step", step)[1]
      return report and report.message:match(": (.*)")
    end
    assert.is_nil(told(shell))
    assert.equal("apt-get -y install", told(shell .. "\n; apt-get -y install x"))
    assert.equal("apt-get apt-get install", told("apt-get apt-get install"))
    assert.equal("apt-get\ninstall", told("apt-get apt-get\ninstall"))
  end)

  it("is a reason to suppress a finding", function()
    local list = suppress.list("# clnrm: ignore[L001," .. BLANKS .. "L002] a" .. BLANKS .. "b\n",
      "toml")
    assert.equal("L002", list[1].codes[2].code)
    assert.equal("a" .. BLANKS .. "b", list[1].reason)
  end)

  it("is a tag", function()
    local function told(text)
      return #visit("unseeded_random", "template_tag", { text = text })
    end
    assert.equal(0, told(WORD))
    assert.equal(0, told(("ulid("):rep(LONG // 5)))
    assert.equal(0, told(("ulid("):rep(LONG // 5) .. "seed=1" .. (")"):rep(LONG // 5)))
    assert.equal(1, told(WORD .. " ~ ulid()"))
    assert.equal(0, #visit("clock_in_template", "template_tag", { text = "now" .. WORD .. BLANKS }))
  end)

  it("is looked at for a seed", function()
    local cx = context.new({ text = "seed = 1\n" .. BLANKS .. "x", lang = "toml" })
    assert.is_false(cx:sets_determinism("seed"))
  end)

  it("is the place of a volume", function()
    local source = "." .. ("/"):rep(LONG) .. "x"
    local volumes = { { value = { source = source } }, t = {} }
    local service = { kind = "service", checked = { value = { volumes = volumes } } }
    assert.equal(0, #visit("writable_project", "service", service))
  end)

  it("has tags, whether they end or not", function()
    local count = 0
    local function walk(text)
      count = 0
      tags.walk({ text = text }, { template_tag = {} }, function()
        count = count + 1
      end)
      return count
    end
    assert.equal(0, walk(("{% "):rep(LONG // 3)))
    assert.equal(0, walk(("{# "):rep(LONG // 3)))
    assert.equal(1, walk(("{# "):rep(LONG // 3) .. "#}{{ a }}"))
    assert.equal(0, walk(("{% 'a"):rep(LONG // 5)))
    assert.equal(0, walk(("{% 'a\n"):rep(LONG // 6 | 1)))
    assert.equal(LONG // 10, walk(("{{ 'a\n'}}"):rep(LONG // 10)))
    assert.equal(LONG // 10 + 1, walk(("{{ 'a\n'}}"):rep(LONG // 10) .. "\n{{ a }}"))
  end)
end)

describe("more services than there may be", function()
  --- What is told of so many services, the last two of which wait for each other.
  local function told(count)
    local nodes = {}
    for i = 1, count do
      nodes[i] = { key = "s" .. i, checked = { raw = {}, spelt = {}, value = {} } }
    end
    local last = nodes[count].checked.value
    last.health_check = { value = { cmd = { shell = "curl http://s1/" } } }
    nodes[1].checked.value.depends_on = { { key = "s" .. count, value = "healthy" } }
    local list = {}
    local cx = noting(list)
    cx.nodes.service = nodes
    require("engine.lint.rules.health_check_cycle").visit.file(cx)
    return #list
  end

  it("are not held against each other", function()
    assert.equal(1, told(100))
    assert.equal(0, told(101))
  end)
end)

describe("a long chain of pairs", function()
  local function told(count, more)
    local list = {}
    for i = count, 1, -1 do
      list[#list + 1] = { "s" .. i, "s" .. i + 1 }
    end
    list[#list + 1] = more
    return visit("impossible_order", "expect", { order = { must_precede = list } })
  end

  it("is followed to its end", function()
    assert.same({}, told(50000))
    local list = told(50000, { "s50001", "s1" })
    assert.equal(1, #list)
    assert.equal(50001, list[1].place.offset)
    assert.equal("`s50001` would come before `s1`, and behind it", list[1].message)
  end)
end)
