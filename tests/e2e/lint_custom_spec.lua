--- Rules of the project: those of the documents work, and what a rule may not do it cannot.
local json = require("core.json")
local support = dofile("tests/e2e/support.lua")

local TEST = '[meta]\nname = "t"\n[[steps]]\nname = "ask"\ncommand = "curl http://localhost/"\n'
  .. 'expect.stdout.contains = "x"\n'

local RULE = 'return clnrm.rule { id = "%s", name = "x", visit = { %s } }\n'

--- The Lua blocks of a document.
local function blocks(file)
  local list = {}
  for block in support.read(file):gmatch("```lua\n(.-)```") do
    list[#list + 1] = block
  end
  return list
end

describe("a rule of the project", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/clnrm.toml", "")
    support.write(dir .. "/a.clnrm.toml", TEST)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function lint(...)
    return support.run({ "lint", ... }, { cwd = dir, env = { HOME = dir } })
  end

  local function rule(name, text)
    support.write(dir .. "/lint/" .. name .. ".lua", text)
  end

  --- A rule whose body is given.
  local function step_rule(body)
    rule("own", 'return clnrm.rule { id = "X001", name = "own", visit = {\n'
      .. "step = function(cx, step) " .. body .. "\nend } }\n")
  end

  it("sees only files that hold what it needs", function()
    local needs = 'needs = { words = { { "CURL", "wget" }, { "http:" } } }, '
    rule("own", RULE:gsub("visit", needs .. "visit"):format("X001",
      'step = function(cx, step) cx:report { node = step, message = "seen" } end'))
    support.write(dir .. "/b.clnrm.toml", (TEST:gsub("curl", "ls")))
    support.write(dir .. "/c.clnrm.toml", (TEST:gsub("curl", "\\u0063url")))
    support.write(dir .. "/d.clnrm.toml", (TEST:gsub("curl", "{{ 'cu' }}rl")))
    local got = lint("-f", "concise", "--select", "X")
    assert.equal("a.clnrm.toml:3:1: error[X001] seen\nc.clnrm.toml:3:1: error[X001] seen\n"
      .. "d.clnrm.toml:3:1: error[X001] seen\n", (got.out:gsub("warning", "error")))
  end)

  it("is told where it needs what cannot be", function()
    for needs, why in pairs({
      ["{ word = {} }"] = "`needs` has no field `word`, did you mean `words`?",
      ["{ words = 'curl' }"] = "`needs.words` must be a list of texts, or of such lists",
      ["{ words = { '' } }"] = "a word of `needs` has 1 to 64 bytes",
      ["{ words = { 'a\"b' } }"] = "a word of `needs` has no quotes, backslashes and line ends",
      ["'curl'"] = "`needs` must be a table",
    }) do
      rule("own", ("\nlocal own = clnrm.rule { id = 'X001', name = 'x', needs = %s,\n"
        .. "  visit = { step = print } }\nreturn own\n"):format(needs))
      local got = lint("-f", "concise")
      assert.equal(2, got.code)
      assert.is_truthy(got.err:find("lint/own.lua:2", 1, true), got.err)
      assert.is_truthy(got.err:find(why, 1, true), got.err)
    end
  end)

  it("works as the document has it", function()
    rule("no-curl", blocks("docs/custom-rules.md")[1])
    local got = lint("-f", "concise")
    assert.equal("a.clnrm.toml:5:11: error[X001] ask by our own client, not by curl\n", got.out)
    assert.equal(1, got.code)
    assert.equal("", lint("-f", "concise", "--ignore", "no-curl").out)
    for _, words in ipairs({ '["curl", "http://host/"]', '["sh", "-c", "x | curl -"]',
      '["/usr/bin/curl"]' }) do
      support.write(dir .. "/a.clnrm.toml", (TEST:gsub('command = "[^\n]*', function()
        return "command = " .. words
      end)))
      assert.matches("error%[X001%]", lint("-f", "concise").out, 1, false, words)
    end
    support.write(dir .. "/a.clnrm.toml", (TEST:gsub('command = "[^\n]*', 'command = ["curly"]')))
    assert.equal("", lint("-f", "concise").out)
    support.write(dir .. "/a.clnrm.toml", TEST)
    support.write(dir .. "/a.clnrm.toml", (TEST:gsub("host/\"", "%0 # clnrm: ignore[X001] old")))
    assert.equal(0, lint("--deny-warnings").code)
  end)

  it("is explained by its name, its file and what it is worth where it has no docs", function()
    rule("bare", RULE:format("X003", "step = print"))
    rule("brief", 'return clnrm.rule { id = "X004", name = "brief", level = "error",\n'
      .. 'docs = { summary = "Too brief" }, visit = { step = print } }\n')
    assert.equal("X003: x\n\nThe rule `x` of the project, in lint/bare.lua: what it tells is a "
      .. "warning. `docs.why` of it would say why.\n", lint("--explain", "X003").out)
    assert.equal("X004: Too brief\n\nThe rule `brief` of the project, in lint/brief.lua: what it "
      .. "tells is an error. `docs.why` of it would say why.\n", lint("--explain", "X004").out)
  end)

  it("has docs, options, tests and a fix, as the document has it", function()
    rule("short-names", blocks("docs/custom-rules.md")[2])
    assert.equal("", lint("-f", "concise").out)
    assert.matches("X002: A name that is too long", lint("--explain", "X002").out)
    local got = lint("--test-rules")
    assert.matches("PASS X002 short%-names %(4 tests%)", got.out)
    assert.equal(0, got.code)
    support.write(dir .. "/clnrm.toml", "[lint.options.X002]\nmost = 2\n")
    assert.matches("4:8: warning%[X002%] 3 char", lint("-f", "concise").out)
    lint("--fix", "--unsafe-fixes")
    assert.matches('name = "as"', support.read(dir .. "/a.clnrm.toml"), 1, true)
    support.write(dir .. "/clnrm.toml", "[lint.options.X002]\nmost = 0\n")
    assert.matches("option `most` of X002 must be at least 1", lint().err)
  end)

  --- A rule of the keys of steps whose fixes are given.
  local function fixing_rule(id, body)
    rule(id, ('return clnrm.rule { id = "%s", name = "r-%s", fixable = "safe", visit = {\n'
      .. "step = function(cx, step) %s end },\n"
      .. "docs = { summary = 's', bad = '[[steps]]\\nname = \"ask\"\\ncommand = 1\\n' } }\n")
      :format(id, id:lower(), body))
  end

  it("whose edits of one fix overlap is told, and writes nothing", function()
    for _, edits in ipairs({ "cx:replace(v, [['a']]), cx:replace(v, [['b']])",
      "cx:replace(v, [['a']]), cx:insert_before({ offset = v.offset + 1, stop = v.stop }, 'b')",
      "cx:replace(v, [['a']]), cx:remove(step, 'name')" }) do
      fixing_rule("X001", "local v = cx:value(step, 'name') cx:report { node = step, key = 'name', "
        .. "message = 'm', fix = { " .. edits .. " } }")
      local got = lint("--fix", "-f", "concise")
      assert.matches("lint/X001.lua:2:1: error%[X001%] the rule r%-x001 crashed: "
        .. "report: edits of `fix` overlap", got.out)
      assert.equal(TEST, support.read(dir .. "/a.clnrm.toml"))
    end
    fixing_rule("X001", "local v = cx:value(step, 'name') "
      .. "if cx:source(v) == [['a']] then return end "
      .. "cx:report { node = step, message = 'm', fix = { cx:replace(v, [['a']]), "
      .. "cx:insert_before(v, ' '), cx:insert_after(v, ' ') } }")
    assert.equal(0, lint("--fix").code)
    assert.matches("\nname =  'a' \n", support.read(dir .. "/a.clnrm.toml"))
  end)

  it("that gives a fix says of which kind its fixes are", function()
    for fix, why in pairs({
      ["cx:remove(step, 'name')"] = '`fix` is given, and `fixable` of the rule is not "safe" or ',
      ["'a'"] = "`fix` must be an edit, or a list of edits",
    }) do
      local kind = fix == "'a'" and 'fixable = "safe", ' or ""
      rule("own", RULE:gsub("visit", kind .. "visit"):format("X001",
        "step = function(cx, step) cx:report { node = step, message = 'm', fix = " .. fix
        .. " } end"))
      local got = lint("--fix", "-f", "concise")
      assert.is_truthy(got.out:find("the rule x crashed: report: " .. why, 1, true), got.out)
      assert.equal(TEST, support.read(dir .. "/a.clnrm.toml"))
    end
    rule("own", RULE:gsub("visit", 'fixable = "safe", visit'):format("X001",
      "step = function(cx, step) cx:report { node = step, message = 'm', fix = {} } end"))
    assert.same({ "" , "a.clnrm.toml:3:1: warning[X001] m\n" }, (function()
      local got = lint("--fix", "-f", "concise")
      return { got.err, got.out }
    end)())
  end)

  it("whose fix brings itself forth again leaves the file as it is, and is told", function()
    local text = TEST:gsub('"curl [^"]*"', '["echo hi"]')
    support.write(dir .. "/a.clnrm.toml", text)
    local grow = "local v = cx:value(step, 'name') cx:report { node = step, key = 'name', "
      .. "message = 'm', fix = cx:replace(v, '\"t' .. cx:source(v):sub(2)) }"
    fixing_rule("X001", grow)
    local told = "warning: a%.clnrm%.toml stays as it is: fixes of X001 bring forth others without "
      .. "end\n  `%-%-ignore X001` applies the rest\n"
    for _, flags in ipairs({ { "--fix" }, { "--fix" }, { "--diff" } }) do
      local got = lint(table.unpack(flags))
      assert.matches(told, got.err)
      assert.is_nil(got.out:find("Fixed", 1, true), got.out)
      assert.equal(text, support.read(dir .. "/a.clnrm.toml"))
    end
    assert.matches("FAIL.*its fix brings forth others without end", lint("--test-rules").out)
    assert.equal("", lint("--fix", "--ignore", "X001").err)
    assert.matches('command = "echo hi"', support.read(dir .. "/a.clnrm.toml"), 1, true)
  end)

  it("and another one, whose fixes undo each other, leave the file as it is", function()
    for id, pair in pairs({ X001 = { "ask", "say" }, X002 = { "say", "ask" } }) do
      fixing_rule(id, ("local v = cx:value(step, 'name') if step.name == '%s' then cx:report { "
        .. "node = step, message = 'm', fix = cx:replace(v, [['%s']]) } end"):format(pair[1],
        pair[2]))
    end
    for _ = 1, 2 do
      assert.matches("fixes of X001, X002 bring forth others without end", lint("--fix").err)
      assert.equal(TEST, support.read(dir .. "/a.clnrm.toml"))
    end
  end)

  it("is named with the command that explains it, and its crash, too", function()
    local bodies = { X001 = "cx:report { node = step, message = 'm' }", X002 = "error('m')" }
    for id, body in pairs(bodies) do
      rule(id, RULE:format(id, "step = function(cx, step) " .. body .. " end"))
    end
    local got = lint()
    for _, code in ipairs({ "X001", "X002" }) do
      local command = got.out:match("= explain: clnrm ([^\n]*" .. code .. ")")
      assert.equal("lint --explain " .. code, command)
      local page = lint("--explain", code)
      assert.same({ 0, code .. ": x" }, { page.code, page.out:match("^[^\n]*") })
    end
  end)

  it("is run beside a project file alone", function()
    rule("own", "error('run')\n")
    assert.equal(2, lint().code)
    assert.equal(0, lint("--config", "none").code)
    os.remove(dir .. "/clnrm.toml")
    assert.equal(0, lint().code)
    assert.equal(4, lint("--test-rules").code)
  end)

  it("counts characters, as the document has it", function()
    rule("short-names", blocks("docs/custom-rules.md")[2])
    support.write(dir .. "/clnrm.toml", "[lint.options.X002]\nmost = 2\n")
    support.write(dir .. "/a.clnrm.toml", (TEST:gsub('"ask"', '"äöü"')))
    assert.matches("4:8: warning%[X002%] 3 char", lint("-f", "concise").out)
    lint("--fix", "--unsafe-fixes")
    assert.matches('name = "äö"\n', support.read(dir .. "/a.clnrm.toml"), 1, true)
  end)

  it("whose tests do not hold is told", function()
    rule("own", 'return clnrm.rule { id = "X001", name = "own", tests = { bad = { "vars.a = 1\\n" }'
      .. " }, visit = { step = function() end } }\n")
    local got = lint("--test-rules")
    assert.equal(1, got.code)
    assert.matches("FAIL X001", got.out)
    assert.equal(4, support.run({ "lint", "--test-rules" }, { cwd = "/" }).code)
  end)

  it("that raises is told with its place and traceback, and all others go on", function()
    rule("a", 'return clnrm.rule { id = "X001", name = "broken", visit = {\n'
      .. 'step = function(cx, step)\n  return nil + 1\nend } }\n')
    rule("b", 'return clnrm.rule { id = "X002", name = "whole", visit = {\n'
      .. 'step = function(cx, step) cx:report { node = step, message = "seen" } end } }\n')
    support.write(dir .. "/b.clnrm.toml", TEST)
    local got = lint("-f", "json")
    assert.equal(1, got.code)
    local found = {}
    for _, d in ipairs(assert(json.decode(got.out)).findings) do
      found[#found + 1] = ("%s %s:%d"):format(d.code, d.file, d.line)
    end
    table.sort(found)
    assert.same({ "X001 lint/a.lua:3", "X002 a.clnrm.toml:3", "X002 b.clnrm.toml:3" }, found)
    assert.matches("traceback", lint().out)
    assert.matches("the rule broken crashed: attempt to perform arithmetic", lint().out)
  end)

  it("that raise what is no text are told without its address", function()
    for raised, told in pairs({
      ["{ a = 1 }"] = 'crashed: {"a":1}', ["print"] = "crashed: it raised a function",
      ["{ print }"] = "crashed: it raised a table",
    }) do
      step_rule("error(" .. raised .. ")")
      local got = lint("-f", "concise")
      assert.truthy(got.out:find(told, 1, true), got.out)
    end
  end)

  it("that does not end, or takes too much, is told", function()
    for body, why in pairs({
      ["while true do end"] = "X001",
      ["while true do pcall(error) end"] = "X001",
      ['("x"):rep(1 << 28)'] = "memory",
      ["local t = {} while true do t[#t + 1] = {} end"] = "X001",
      ['("a"):rep(50):find(("a-"):rep(50) .. "b")'] = "X001",
    }) do
      step_rule(body)
      local got = lint("-f", "concise")
      assert.matches("X001%] the rule own crashed", got.out, 1, false, body)
      assert.matches(why, got.out)
      assert.equal(1, got.code)
    end
  end)

  it("reaches neither files nor the engine", function()
    for _, body in ipairs({
      "io.open('/etc/passwd')", "os.execute('true')", "require('core.fs')",
      "require('engine.lint')",
      "load('return 1')()", "getmetatable(step)", "debug.getinfo(1)", "setmetatable({}, {})",
      "step.checked.order[1] = nil", "step.name = 'x'", "cx:report { message = 'no place' }",
      "cx:replace({ offset = 0, stop = 1 << 40 }, '')", "cx:value({}, 'name')",
    }) do
      step_rule(body)
      assert.matches("X001%] the rule own crashed", lint("-f", "concise").out, 1, false, body)
    end
  end)

  it("changes nothing that another rule sees, nor what it is given for the next file", function()
    local function tell(code, body)
      rule(code:lower(), ('return clnrm.rule { id = "%s", name = "%s",\n'
        .. 'options = { words = { type = "list", default = { "w" } } },\n'
        .. "visit = { step = function(cx, step) %s end } }\n"):format(code, code:lower(), body))
    end
    tell("X001", 'step.command[1] = "changed"; table.insert(step.command, "zz")'
      .. '; step.env.A.year = 1; cx.options.words[1] = cx.options.words[1] .. "!"'
      .. "; cx:report { node = step, message = cx.options.words[1] }")
    tell("X002", 'cx:report { place = cx:item(step.command, 2), message = table.concat('
      .. 'step.command, ",") .. tostring(step.env.A) .. tostring(step.command == step.command) }')
    support.write(dir .. "/a.clnrm.toml", '[meta]\nname = "t"\n[[steps]]\nname = "a"\n'
      .. 'command = ["echo", "hi"]\nenv.A = 2025-01-01\n')
    support.write(dir .. "/b.clnrm.toml", support.read(dir .. "/a.clnrm.toml"))
    local out = lint("-f", "concise", "--select", "X").out:gsub("[^\n]*P%d+[^\n]*\n", "")
    assert.equal(("%s.clnrm.toml:3:1: warning[X001] w!\n"
      .. "%s.clnrm.toml:5:20: warning[X002] echo,hi2025-01-01true\n"):rep(2):format("a", "a", "b",
      "b"), out)
  end)

  it("that is no rule is told, and nothing is linted", function()
    for text, why in pairs({
      ["return 1\n"] = "does not return what clnrm.rule makes",
      ["retrun 1\n"] = "P040",
      ["error('oh')\n"] = "oh",
      [RULE:format("X001", "")] = "visit must have a function",
      [RULE:format("L001", "step = print")] = "X001 to X999",
      [RULE:format("X001", "stpe = print")] = "did you mean",
      ["while true do end\n"] = "L990",
    }) do
      rule("own", text)
      local got = lint()
      assert.equal(2, got.code, text)
      assert.matches(why, got.err, 1, false, text)
    end
  end)

  it("is run by lint alone", function()
    rule("own", "error('run')\n")
    for _, command in ipairs({ "validate", "list" }) do
      assert.equal(0, support.run({ command }, { cwd = dir, env = { HOME = dir } }).code)
    end
    assert.equal(0, lint("-c", "none").code)
  end)

  it("sees templates and Lua tests, too", function()
    rule("own", 'return clnrm.rule { id = "X001", name = "own", visit = {\n'
      .. 'lua_call = function(cx, call) if call.name == "print" then\n'
      .. '  cx:report { node = call, message = "prints " .. call.arguments } end end,\n'
      .. 'template_tag = function(cx, tag) cx:report { node = tag, message = tag.text } end } }\n')
    support.write(dir .. "/a.clnrm.toml", '[vars]\nx = "1"\n' .. TEST .. 'stdin = "{{ x }}"\n')
    support.write(dir .. "/b.clnrm.lua", "local clnrm = require('clnrm')\nprint(1)\nreturn clnrm\n")
    local out = lint("-f", "concise").out
    assert.matches("a.clnrm.toml:9:10: warning%[X001%]  x ", out)
    assert.matches("b.clnrm.lua:2:1: warning%[X001%] prints %(1%)", out)
  end)
end)
