--- What the lines of a session did: rooms, commands, services, checks.
local sessions = require("engine.repl.session")

describe("the spans of a session", function()
  local session

  before_each(function()
    session = sessions.open(function() end)
  end)

  after_each(function()
    session:close()
  end)

  local function run(text)
    local outcome = session:run(text)
    assert.is_nil(outcome.failure, text)
  end

  local function told(line)
    local list = {}
    for i, span in ipairs(line.spans) do
      list[i] = { span.kind, span.name, span.verdict or "-", span.how or "-" }
    end
    return list
  end

  it("are below the line in which they began, with how they ended", function()
    run("r = clnrm.open()")
    run('r:exec("exit 3")')
    run('clnrm.expect(1):equals(1)')
    run("r:close()")
    local lines = session.spans.list
    assert.equal(4, #lines)
    local room = told(lines[1])[1]
    assert.same({ "room", "room 1" }, { room[1], room[2] })
    assert.matches("^made in [%d.]+ ms$", room[4])
    assert.same({ { "command", "exit 3", "fail", "exit 3" } }, told(lines[2]))
    assert.same({ { "check", "check equals", "pass", "holds" } }, told(lines[3]))
    assert.same({}, told(lines[4]))
    assert.is_number(lines[1].spans[1].ms) -- it was closed, three lines later
    assert.is_true(lines[1].spans[1].ms >= lines[2].ms)
  end)

  it("go on until they have ended: a room, a process", function()
    run("r = clnrm.open()")
    run('p = r:start("sleep 60")')
    local room, process = session.spans.list[1].spans[1], session.spans.list[2].spans[1]
    assert.same({ "sleep 60" }, { process.name, process.ms, room.ms })
    run("p:kill() p:wait()")
    assert.is_number(process.ms)
    assert.same({ "fail", "SIGKILL" }, { process.verdict, process.how })
  end)

  it("are of each room's own services", function()
    local open = 'clnrm.open{ services = { s = { command = "echo up; exec sleep 60", '
      .. 'wait = { log = "up" } } } }'
    run("a = " .. open)
    run("b = " .. open)
    run("a:close()")
    local a, b = session.spans.list[1].spans[2], session.spans.list[2].spans[2]
    assert.same({ "service", "service s" }, { a.kind, a.name })
    assert.matches("^ready after [%d.]+ ms$", a.how)
    assert.is_number(a.ms)
    assert.is_nil(b.ms)
  end)

  it("have the failure of a line, and its check", function()
    local outcome = session:run("clnrm.expect(1):equals(2)")
    local line = session.spans.list[1]
    assert.same({ outcome.failure.code, "error" }, { line.how, line.verdict })
    assert.same({ { "check", "check equals", "fail", outcome.failure.code } }, told(line))
  end)

  it("are kept of the last lines, and of a line up to a number", function()
    run('for i = 1, 1200 do clnrm.expect(i):equals(i) end')
    local line = session.spans.list[1]
    assert.same({ 1000, 200 }, { #line.spans, line.left_out })
    for i = 2, 520 do
      run("x = " .. i)
    end
    assert.same({ 500, "x = 21", "x = 520" }, { #session.spans.list, session.spans.list[1].name,
      session.spans.list[500].name })
    assert.equal("x = 520", session.spans:line().name) -- none of these did anything
    assert.equal("x = 21", session.spans:line(21).name)
    assert.is_nil(session.spans:line(20))
  end)

  it("are gone when the session begins anew", function()
    run("x = 1")
    session:reset()
    assert.same({}, session.spans.list)
  end)
end)
