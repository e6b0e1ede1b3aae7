local recorded = dofile("tests/lua/report/recorded.lua")

local function failed(fields)
  local failure = fields.failure or { code = "T001", message = fields.message or "wrong" }
  failure.severity = "error"
  return {
    event = "scenario_end", id = fields.name, file = fields.file or "a.toml", name = fields.name,
    line = fields.line, verdict = fields.verdict or "fail", duration_ms = 1,
    failures = { failure }, marks = fields.marks or {}, attempts = fields.attempts,
  }
end

local function render(events, options)
  options = options or { annotations_only = true }
  return recorded.render("github", options, events)
end

local function lines(s)
  local list = {}
  for line in s:gmatch("([^\n]*)\n") do
    list[#list + 1] = line
  end
  return list
end

describe("engine.report.github", function()
  it("puts an annotation on the line that failed", function()
    local got = render({
      failed({ name = "n", failure = {
        code = "T101", message = "no match", file = "t/db.toml", line = 7, column = 3,
      } }),
    })
    assert.equal(
      "::error file=t/db.toml,line=7,endLine=7,title=T101::no match%0Aa.toml › n\n", got)
  end)

  it("escapes by the table of GitHub: properties and messages differ", function()
    local got = render({
      failed({ name = "100%,a:b", line = 2, file = "a:b,c%d\r\n.toml", message = "50%\r\n::x:,y" }),
    })
    assert.equal("::error file=a%3Ab%2Cc%25d␍␊.toml,line=2,endLine=2,title=T001::"
      .. "50%25␍%0A::x:,y%0Aa:b,c%25d␍␊.toml › 100%25,a:b\n", got)
  end)

  it("marks the last line of what spans several", function()
    local source = 'a\nx = """\nb\n"""\n'
    local got = render({
      failed({ name = "n", failure = {
        code = "T001", message = "m", file = "a.toml", line = 2, offset = 6, length = 9,
      } }),
    }, { annotations_only = true, sources = { ["a.toml"] = source } })
    assert.matches("line=2,endLine=4,", got)
  end)

  it("tells a leak by itself, not under the code of what failed", function()
    local got = lines(render({ failed({ name = "n", line = 3, marks = { "leak" } }) }))
    assert.matches("^::error file=a.toml,line=3,endLine=3,title=T001::wrong", got[1])
    assert.matches("^::warning file=a.toml,line=3,endLine=3,title=clnrm::left something", got[2])
  end)

  it("counts among those that passed no mark of one that failed", function()
    local got = render({
      failed({ name = "n", marks = { "leak" } }),
      { event = "run_end", counts = { pass = 1, fail = 1 }, duration_ms = 1 },
    }, {})
    assert.matches("2 run: 1 passed, 1 failed in", got)
  end)

  it("shows nine and one that counts the rest", function()
    local events = {}
    for i = 1, 30 do
      events[i] = failed({ name = "n" .. i, line = i })
    end
    local got = lines(render(events))
    assert.equal(10, #got)
    assert.equal("::error title=clnrm::and 21 failures more", got[10])
    local ten = {}
    table.move(events, 1, 10, 1, ten)
    got = lines(render(ten))
    assert.equal(10, #got)
    assert.matches("line=10,", got[10])
  end)

  it("names a line once, and says how much more there is of it", function()
    local got = lines(render({
      failed({ name = "a", line = 3 }), failed({ name = "b", line = 3 }),
      failed({ name = "c", line = 3, file = "b.toml" }),
    }))
    assert.equal(2, #got)
    assert.matches("%%0A%(and 1 more of this line%)$", got[1])
  end)

  it("tells errors first, then warnings, each in the order of files", function()
    local got = lines(render({
      failed({ name = "f", verdict = "flaky", file = "0.toml", line = 1, attempts = {
        { attempt = 1, verdict = "fail", failures = {} }, { attempt = 2, verdict = "pass" },
      } }),
      failed({ name = "z", file = "z.toml", line = 1 }),
      failed({ name = "q", marks = { "quarantined" }, line = 1 }),
      failed({ name = "b", file = "b.toml", line = 1 }),
    }))
    assert.equal(4, #got)
    assert.matches("^::error file=b.toml", got[1])
    assert.matches("^::error file=z.toml", got[2])
    assert.matches("^::warning file=0.toml.-::flaky: passed on attempt 2%%0A", got[3])
    assert.matches("^::warning file=a.toml.-::fail, but quarantined", got[4])
  end)

  it("tells the warnings of files", function()
    local got = render({}, { annotations_only = true, warnings = {
      { severity = "warning", code = "P101", message = "unknown key", file = "a.toml", line = 2 },
    } })
    assert.equal("::warning file=a.toml,line=2,endLine=2,title=P101::unknown key\n", got)
  end)

  it("names files from the checkout on", function()
    local events = { failed({ name = "n", line = 1, file = "./t/a.toml" }) }
    local options = { annotations_only = true, cwd = "/w/repo/sub", workspace = "/w/repo" }
    assert.matches("file=sub/t/a.toml,", render(events, options))
    options.workspace = "/elsewhere"
    assert.matches("file=./t/a.toml,", render(events, options))
  end)

  it("begins no line with anything else than its own commands", function()
    local known = { error = true, warning = true, group = true, endgroup = true }
    local got = recorded.render("github", {})
    local groups = 0
    for _, line in ipairs(lines(got)) do
      local name = line:match("^%s*::([%w_-]+)")
      assert.is_true(not name or known[name], line)
      assert.is_nil(line:find("^%s*##%["))
      groups = groups + (name == "group" and 1 or name == "endgroup" and -1 or 0)
    end
    assert.equal(0, groups)
    assert.is_nil(got:find("[\0-\9\11-\31\127]"))
  end)

  it("adds all results to the summary of the job, up to what GitHub takes", function()
    local path = os.tmpname()
    finally(function()
      os.remove(path)
    end)
    local f = assert(io.open(path, "w"))
    f:write("before\n")
    f:close()
    recorded.render("github", { annotations_only = true, summary_file = path })
    f = assert(io.open(path))
    local page = f:read("a")
    f:close()
    assert.matches("^before\n%*%*clnrm%*%*: 14 run: ", page)
    assert.matches("### All results", page)
    local events = recorded.events()
    for i = 1, 3000 do
      table.insert(events, #events, failed({ name = ("x"):rep(1000) .. i }))
    end
    recorded.render("github", { annotations_only = true, summary_file = path }, events)
    f = assert(io.open(path))
    page = f:read("a")
    f:close()
    assert.is_true(#page <= 1 << 20)
    assert.matches("%d+ more left out: this page holds at most %d+ bytes%.\n$", page)
  end)

  it("says when the summary cannot be written", function()
    local said
    recorded.render("github", {
      annotations_only = true,
      summary_file = "/nowhere/summary.md",
      warn = function(message)
        said = message
      end,
    })
    assert.matches("summary of the job could not be written: .*No such file", said)
  end)
end)
