--- What lint has found nothing in is not looked at again, and nothing old is ever believed.
local support = dofile("tests/e2e/support.lua")

local GOOD = '[meta]\nname = "a"\n[[steps]]\nname = "s"\ncommand = ["ls", "/"]\n'

describe("the memory of lint", function()
  local dir

  before_each(function()
    dir = support.tempdir()
    support.write(dir .. "/p/clnrm.toml", "")
    support.write(dir .. "/p/a.clnrm.toml", GOOD)
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function lint(...)
    return support.run({ "lint", "-f", "concise", ... },
      { cwd = dir .. "/p", env = { HOME = dir, XDG_CACHE_HOME = dir .. "/cache" } })
  end

  --- The lines of the one file that is kept.
  local function kept()
    return support.sh("cat cache/clnrm/lint/* 2>/dev/null | tail -n +2 | sed '/^$/d'",
      { cwd = dir }).out
  end

  --- Makes the file known for good, whatever is in it: its digest is put beside the others.
  local function forge(text)
    support.write(dir .. "/p/b.clnrm.toml", GOOD)
    lint()
    local file = support.sh("ls cache/clnrm/lint/*", { cwd = dir }).out:gsub("%s+$", "")
    local digest = require("core.hash").xxh128(text)
    support.write(dir .. "/" .. file, support.read(dir .. "/" .. file) .. digest .. "\n")
    support.remove(dir .. "/p/b.clnrm.toml")
    support.write(dir .. "/p/a.clnrm.toml", text)
  end

  it("holds what nothing was found in, and is used", function()
    lint()
    assert.matches("^%x+\n$", kept())
    forge(GOOD:gsub('%["ls", "/"%]', '["ls /"]') .. "")
    assert.equal("", lint().out)
    assert.matches("L004", lint("--no-cache").out)
  end)

  it("is of one choice of rules, and of one set of options", function()
    forge(GOOD:gsub('%["ls", "/"%]', '["ls /"]') .. "")
    assert.matches("L014", lint("--extend-select", "L014").out)
    forge(GOOD:gsub('%["ls", "/"%]', '["ls /"]') .. "")
    support.write(dir .. "/p/clnrm.toml", "[lint.options.L023]\nmin_length = 8\n")
    assert.matches("L004", lint().out)
    forge(GOOD:gsub('%["ls", "/"%]', '["ls /"]') .. "")
    support.write(dir .. "/p/lint/x.lua", 'return clnrm.rule { id = "X001", name = "x",'
      .. " visit = { step = function() end } }\n")
    assert.matches("L004", lint().out)
  end)

  it("does not hold what has findings, or names other files", function()
    for _, more in ipairs({
      'retry_delay = 1\n', 'command = ["ls"]\n', '[[scenario]]\nname = "x "\nrun = ["ls"]\n',
      '[hooks]\nbefore_all = ["true"]\n', '[vars]\nx = "1"\n[room]\nenv = { A = "{{ x }}" }\n',
      '[services.a]\ncommand = ["ls"]\nvolumes = ["./a.clnrm.toml:/srv/a:ro"]\n',
      '[services.a]\nplugin = "redis"\n',
    }) do
      support.write(dir .. "/p/a.clnrm.toml", GOOD .. more)
      lint()
      assert.equal("", kept(), more)
    end
  end)

  it("knows nothing where a rule of the project goes by names, or remembers other files", function()
    local function rule(body)
      support.write(dir .. "/p/lint/x.lua", "local seen = {}\n"
        .. 'return clnrm.rule { id = "X001", name = "x", visit = { file = function(cx, file) '
        .. body .. " end } }\n")
    end
    support.write(dir .. "/p/b.clnrm.toml", GOOD)
    rule("if cx.file:find('^b') then cx:report { node = file, message = 'a bad name' } end")
    assert.equal("", lint("a.clnrm.toml").out)
    assert.matches("a bad name", lint("b.clnrm.toml").out)
    rule("if seen[cx.text] then cx:report { node = file, message = 'twice' } end "
      .. "seen[cx.text] = true")
    assert.equal("", lint("a.clnrm.toml").out)
    assert.matches("twice", lint().out)
    assert.equal("", kept())
    assert.equal("", lint("--ignore", "X001").out)
    assert.matches("^%x+\n$", kept())
  end)

  it("does not take Lua for the TOML that it was", function()
    assert.equal("", lint().out)
    support.write(dir .. "/p/a.clnrm.lua", GOOD)
    assert.matches("a%.clnrm%.lua.*error", lint().out)
  end)

  it("does not hold what a rule that crashed did not see", function()
    support.write(dir .. "/p/lint/x.lua", 'return clnrm.rule { id = "X001", name = "x",'
      .. " visit = { step = function() error('oh') end } }\n")
    support.write(dir .. "/p/b.clnrm.toml", GOOD)
    lint()
    assert.equal("", kept())
  end)
end)
