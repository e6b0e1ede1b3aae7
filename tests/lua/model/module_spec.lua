--- Service modules: found, executed only where that is allowed, checked, merged with the file.
local fs = require("core.fs")
local model = require("engine.model")

local STEP = '\n[[steps]]\nname = "s"\ncommand = ["true"]\n'

local project

setup(function()
  project = assert(fs.tempdir())
  assert(fs.mkdir_p(project .. "/services"))
  assert(fs.mkdir_p(project .. "/tests"))
end)

teardown(function()
  assert(fs.remove_tree(project))
end)

--- Writes a module of the project's own; each test has its own name for it.
local function write(name, text)
  assert(fs.write_atomic(("%s/services/%s.lua"):format(project, name), text))
end

local function load(lines, opts)
  opts = opts or { run_modules = true }
  local text = 'meta.name = "x"\n[services.it]\n' .. lines .. STEP
  return model.parse(text, project .. "/tests/x.toml", {
    file = "x.toml",
    project_dir = project,
    run_modules = opts.run_modules,
  })
end

local function told(list)
  local out = {}
  for i, d in ipairs(list) do
    out[i] = ("%d:%d %s %s%s"):format(d.line, d.column, d.code, d.message,
      d.label and " | " .. d.label or "")
  end
  return table.concat(out, "\n")
end

local function service(lines)
  local suite, list = load(lines)
  return assert(suite, told(list)).services[1]
end

local function refusal(lines, opts)
  local suite, list = load(lines, opts)
  assert.is_nil(suite, lines)
  return told(list)
end

local ECHO = [=[
return {
  summary = "Says things.",
  options = {
    port = { type = "integer", default = 7, min = 1, max = 99, doc = "where" },
    words = { type = "list", default = { "a" } },
    more = { type = "table" },
    token = { type = "text", secret = true },
    mood = { type = "choice", words = { "good", "bad" }, default = "good" },
    pause = { type = "duration", default = "2s" },
    loud = { type = "boolean" },
    share = { type = "number" },
  },
  needs = { "echo-server" },
  package = "echo-tools",
  spec = function(o)
    local list = {}
    for k, v in pairs(o.more or {}) do list[#list + 1] = k .. "=" .. v end
    return {
      command = { "echo-server", o.name, o.dir, tostring(o.port), o.mood, tostring(o.pause),
        tostring(o.loud), tostring(o.share), table.concat(o.words, "+"), table.concat(list) },
      ports = { o.port },
      env = { TOKEN = o.token, SHARED = "module" },
      wait = { port = o.port },
      stop_signal = "SIGINT",
      template = { argv = { "make" }, into = o.dir .. "/data", key = "echo-1", env = { A = "1" } },
    }
  end,
}
]=]

describe("a service with a module", function()
  it("is what the module says, with the options' defaults", function()
    write("echo", ECHO)
    local found = service('plugin = "echo"')
    assert.same({ "echo-server", "it", "/var/lib/it", "7", "good", "2000", "nil", "nil", "a", "" },
      found.argv)
    assert.same({ { port = 7 } }, found.ports)
    assert.same({ "SIGINT", "port", 7, "wait.port" },
      { found.stop_signal, found.wait[1].kind, found.wait[1].value, found.wait[1].key })
    assert.same({ "echo", { "echo-server" }, "echo-tools" },
      { found.plugin, found.programs, found.package })
    assert.same({
      argv = { "make" }, into = "/var/lib/it/data", key = "echo-1", env = { { "A", "1" } },
    }, found.template)
    assert.same({}, found.secrets)
    assert.same({ line = 3, column = 10, offset = 39, length = 6 }, found.wait[1].pos)
  end)

  it("takes the file's options, whose secrets are known as such", function()
    write("echo", ECHO)
    local found = service('type = "echo"\nport = 9\nwords = "b"\nmore = { k = "v" }\n'
      .. 'token = "hush"\nmood = "bad"\npause = "1m"\nloud = true\nshare = 0.5')
    assert.same({ "9", "bad", "60000", "true", "0.5", "b", "k=v" },
      table.move(found.argv, 4, 10, 1, {}))
    assert.same({ "hush" }, found.secrets)
  end)

  it("lets the file's keys win, and joins variables", function()
    write("echo", ECHO)
    local found = service('plugin = "echo"\nargs = ["-x"]\nstop_signal = "SIGQUIT"\n'
      .. 'env = { SHARED = "file", OWN = "1" }\nwait = { log = "up" }')
    assert.equal("-x", found.argv[11])
    assert.equal("SIGQUIT", found.stop_signal)
    assert.same({ { "SHARED", "file" }, { "OWN", "1" } }, found.env)
    assert.same({ "log", 1 }, { found.wait[1].kind, #found.wait })
    assert.same({ "other" }, service('plugin = "echo"\ncommand = ["other"]').argv)
  end)

  it("is one of the standard library, unless the project has one of that name", function()
    assert.equal("redis-server", service('plugin = "redis"').argv[1])
    write("redis", 'return { spec = function() return { command = { "mine" } } end }')
    finally(function()
      assert(fs.remove(project .. "/services/redis.lua"))
    end)
    assert.same({ "mine" }, service('plugin = "redis"').argv)
  end)

  it("may say that it cannot be used on this machine: that is for the run to tell", function()
    write("absent", 'return { spec = function() return nil, "no such program" end }')
    assert.equal("no such program", service('plugin = "absent"').unusable)
  end)

  it("may say so of an option: that is wrong on every machine", function()
    write("picky", 'return { options = { a = { type = "text" } },'
      .. ' spec = function(o) return nil, "not that one", "a" end }')
    assert.equal("4:5 P103 `a`: not that one", refusal('plugin = "picky"\na = "x"'))
    assert.equal("not that one", service('plugin = "picky"').unusable)
  end)

  it("reads files of the project, and no others", function()
    write("reader", [=[
return {
  options = { file = { type = "text" } },
  spec = function(o)
    local text, why = o.read(o.file)
    if not text then
      return nil, why
    end
    return { command = { "cat", text } }
  end,
}]=])
    assert(fs.write_atomic(project .. "/tests/init.sql", "select 1"))
    assert.equal("select 1", service('plugin = "reader"\nfile = "init.sql"').argv[2])
    assert.matches("^4:8 P122 `file` leads out of the project: /etc/passwd",
      refusal('plugin = "reader"\nfile = "/etc/passwd"'))
    assert.matches("^4:8 P126 `file` is not there: ", refusal('plugin = "reader"\nfile = "no.sql"'))
  end)
end)

describe("a module of the project", function()
  it("is not executed by what only reads files", function()
    local mark = project .. "/executed"
    write("boom", ('error("executed")'))
    local suite, list = load('plugin = "boom"\nanything = 1', { run_modules = false })
    assert.is_table(suite, told(list))
    assert.is_true(suite.services[1].is_open)
    assert.is_false(fs.exists(mark))
    assert.matches('P125 the service module "boom" cannot be used: services/boom.lua:1: executed',
      refusal('plugin = "boom"'))
  end)

  it("is not blamed for what only it knows, where it is not executed", function()
    write("whole", [=[
return { spec = function()
  return { command = { "x" }, kind = "task", ports = { 80 }, health_check = { cmd = "true" } }
end }]=])
    local lines = [=[
plugin = "whole"
wait = [{ http = "/" }, { exit = 0 }]
[services.b]
command = "b"
depends_on = { it = "healthy" }
[services.c]
command = "c"
depends_on = { it = "completed" }
]=]
    for _, run_modules in ipairs({ true, false }) do
      local suite, list = load(lines, { run_modules = run_modules })
      assert.is_table(suite, told(list))
    end
    write("whole", 'return { spec = function() return { command = { "x" } } end }')
    assert.matches("P109.*P109", (refusal(lines):gsub("\n", " ")))
  end)

  it("sees only what tests see", function()
    write("nosy", 'os.execute("true")')
    assert.matches("attempt to call a nil value %(field 'execute'%)", refusal('plugin = "nosy"'))
  end)

  it("ends, or is ended", function()
    local limit = require("engine.service.modules")
    local before = limit.INSTRUCTIONS_MAX
    limit.INSTRUCTIONS_MAX = 100000
    finally(function()
      limit.INSTRUCTIONS_MAX = before
    end)
    write("endless", "while true do end")
    assert.matches("P125 .*instructions", refusal('plugin = "endless"'))
    write("endless2", "return { spec = function() while true do pcall(error) end end }")
    assert.matches("P125 .*instructions", refusal('plugin = "endless2"'))
  end)

  it("is not reached by a name that is a path, or through a link that leads out", function()
    assert.matches('P113 no service module is named "../x"', refusal('plugin = "../x"'))
    assert(fs.symlink(project .. "/services/out.lua", "/etc/passwd"))
    assert.matches("P125 .*leads out of the project, through a link", refusal('plugin = "out"'))
  end)

  it("is told to be wrong, with what is wrong and where", function()
    local CASES = {
      { "return 5", "services/bad.lua gives a number, not a table" },
      { "return", "services/bad.lua gives nothing" },
      { "return {", "services/bad.lua:1: unexpected symbol near <eof>" },
      { "return {}", "`spec` is not a function" },
      { "return { spec = function() end, needs = 'x' }", "`needs` is not a list of programs" },
      { "return { spec = function() end, summary = 5 }", "`summary` is not text" },
      { "return { options = { a = { typ = 1 } }, spec = function() end }",
        "the option a has the unknown field typ, did you mean type%?" },
      { "return { options = { a = { type = 'int' } }, spec = function() end }",
        "the option a has the unknown type int" },
      { "return { options = { env = { type = 'text' } }, spec = function() end }",
        "the option env is a key of every service already" },
      { "return { options = { a = { type = 'integer', default = 'x' } }, spec = function() end }",
        "the option a `default` must be a whole number, not text" },
      { "return { spec = function() return 5 end }", "spec%(%) gives a number" },
      { "return { spec = function() return { 'x' } end }", "`spec` must be a table, not a list" },
      { "return { spec = function() return { comand = { 'x' } } end }",
        "comand: unknown key `comand` in what the module gives" },
      { "return { spec = function() return { command = { 'x' }, wait = { prt = 1 } } end }",
        "wait.prt: unknown key `prt` in wait of a service" },
      { "return { spec = function() return { command = { 'x' }, ports = { 1, 1 } } end }",
        "ports%[2%]: port 1 is given twice" },
      { "return { spec = function() return { command = { 'x' }, depends_on = 'y' } end }",
        "depends_on: unknown key" },
      { "return { spec = function() local t = {} t.wait = t return t end }", "wait holds itself" },
      { "return { spec = function(o) return o.x.y end }", "services/bad.lua:1: attempt to index" },
    }
    for _, case in ipairs(CASES) do
      write("bad", case[1])
      assert.matches("^3:10 P125 .*" .. case[2], refusal('plugin = "bad"'), case[1])
    end
  end)
end)

describe("an option", function()
  it("is checked as any key is, and a misspelt one is unknown", function()
    write("echo", ECHO)
    local found = refusal('plugin = "echo"\nport = 100\nwrds = 1\nmood = "god"\nmore = 5')
    assert.equal('4:8 P103 `port` is out of range: 100 | expected 1 to 99\n'
      .. '5:1 P101 unknown key `wrds` in [services.NAME] with plugin = "echo" | did you mean '
      .. '`words`?\n6:8 P103 `mood` cannot be "god" | did you mean "good"?\n'
      .. "7:8 P102 `more` must be a table, not a whole number | expected a table", found)
  end)

  it("has bounds, one or two", function()
    write("bound", 'return { options = { a = { type = "integer", max = 3 } },'
      .. ' spec = function(o) return { command = { "x" } } end }')
    assert.equal("4:5 P103 `a` is out of range: 5 | expected at most 3",
      refusal('plugin = "bound"\na = 5'))
    assert.same({ "x" }, service('plugin = "bound"\na = -5').argv)
  end)

  it("of a module is unknown without it", function()
    assert.matches("^4:1 P101 unknown key `password`", refusal('command = "x"\npassword = "y"'))
  end)

  it("may be one that must be there", function()
    write("must", 'return { options = { a = { type = "text", required = true } },'
      .. ' spec = function(o) return { command = { o.a } } end }')
    assert.matches('P104 `a` is missing in %[services.NAME%] with plugin = "must"',
      refusal('plugin = "must"'))
    assert.same({ "x" }, service('plugin = "must"\na = "x"').argv)
  end)
end)

describe("a module's name", function()
  it("that nothing has is told with those there are", function()
    local suite, list = load('plugin = "rediss"')
    assert.is_nil(suite)
    assert.same({ "P113", 'did you mean "redis"?' }, { list[1].code, list[1].label })
    assert.matches("^there is: .*postgres.*services/NAME.lua$", list[1].help)
    assert.equal(1, #list)
  end)

  it("that means the plain service is no module", function()
    for _, name in ipairs({ "generic", "generic_container", "alpine", "testcontainers" }) do
      local found = service(('plugin = "%s"\ncommand = ["x"]'):format(name))
      assert.same({ nil, { "x" } }, { found.plugin, found.argv })
    end
  end)
end)
