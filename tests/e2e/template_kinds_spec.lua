--- clnrm template: every kind that is offered runs green, and the others are refused by name.
local json = require("core.json")
local support = require("tests.e2e.support")
local templates = require("engine.templates")

describe("clnrm template", function()
  local dir

  before_each(function()
    dir = support.tempdir()
  end)

  after_each(function()
    support.remove(dir)
  end)

  local function sh(command, opts)
    local all = { cwd = dir, env = { XDG_STATE_HOME = dir .. "/state" }, deadline_s = 120 }
    for key, value in pairs(opts or {}) do
      all.env[key] = value
    end
    return support.sh(command, all)
  end

  for _, kind in ipairs(templates.KINDS) do
    local made = templates.get(kind)
    local file = ("tests/its.clnrm.%s"):format(made.extension or "toml")

    it(kind .. " passes as it is, with nothing for lint and fmt to say", function()
      local got = sh(("clnrm template %s -o %s"):format(kind, file))
      assert.same({ 0, "created " .. file .. "\n", "" }, { got.code, got.out, got.err })
      local linted = sh("clnrm lint --deny-warnings")
      assert.equal(0, linted.code, linted.out .. linted.err)
      if not made.extension then
        local formatted = sh("clnrm fmt --check --diff")
        assert.equal(0, formatted.code, formatted.out .. formatted.err)
      end
      local ran = sh("clnrm run --strict --flaky fail")
      assert.equal(0, ran.code, ran.out .. ran.err)
      assert.is_nil(ran.out:find("skipped"), ran.out)
      assert.matches("%f[%w]its%f[%W]", sh("clnrm run -f events").out)
    end)
  end

  it("names the test as it is asked to, whatever is in the name", function()
    assert.matches('\nname = "minimal"\n', sh("clnrm template minimal").out)
    assert.matches('\nname = "orders"\n', sh("clnrm template minimal orders").out)
    assert.matches('\nname = "hello"\n', sh("clnrm template default").out)
    sh("clnrm template minimal -o tests/from-file.clnrm.toml")
    assert.matches("from%-file", sh("clnrm list").out)
    for _, kind in ipairs({ "minimal", "lua" }) do
      local name = [[a "quoted" \ %NAME% %1 name]]
      local file = "x.clnrm." .. (kind == "lua" and "lua" or "toml")
      assert.equal(0, sh(("clnrm template %s %s -o %s --force"):format(kind, support.quote(name),
        file)).code)
      local ran = sh("clnrm run -f json " .. file)
      assert.equal(0, ran.code, ran.out)
      assert.matches(json.encode(name):sub(2, -2), ran.out, 1, true)
    end
    for _, name in ipairs({ "", "a\nb", "{{ svc }}", "\xff" }) do
      assert.equal(2, sh("clnrm template minimal " .. support.quote(name)).code, name)
    end
  end)

  it("replaces no file but with --force, which keeps the old one", function()
    support.write(dir .. "/a.clnrm.toml", "# mine\n")
    local got = sh("clnrm template minimal -o a.clnrm.toml")
    assert.same({ 2, "" }, { got.code, got.out })
    assert.matches("a%.clnrm%.toml exists\n.*%-%-force", got.err)
    assert.equal("# mine\n", support.read(dir .. "/a.clnrm.toml"))
    assert.equal("replaced a.clnrm.toml: the old one is a.clnrm.toml.orig\n",
      sh("clnrm template minimal -o a.clnrm.toml --force").out)
    assert.equal("# mine\n", support.read(dir .. "/a.clnrm.toml.orig"))
    sh("clnrm template minimal -o a.clnrm.toml --force")
    assert.equal("# mine\n", support.read(dir .. "/a.clnrm.toml.orig"))
    assert.equal(6, sh("clnrm template minimal -o a.clnrm.toml/b.clnrm.toml").code)
    sh(": > own.toml")
    for _, file in ipairs({ "clnrm.toml", "sub/cleanroom.toml", "own.toml" }) do
      local refused = sh("clnrm --config own.toml template minimal --force -o " .. file)
      assert.equal(2, refused.code, file)
      assert.matches("these are the settings of a project", refused.err)
    end
    assert.equal("own.toml\n", sh("find . -name '*.toml' -not -name '*.clnrm.toml' | "
      .. "sed s:./:: ; cat own.toml").out)
  end)

  it("refuses kinds that cannot run yet, and says what is missing", function()
    for kind, later in pairs(templates.LATER) do
      local got = sh(("clnrm template %s -o x.clnrm.toml"):format(kind))
      assert.same({ 2, "" }, { got.code, got.out })
      assert.matches("not in this build: " .. later.lacks, got.err, 1, true)
      assert.is_nil(support.read(dir .. "/x.clnrm.toml"))
      local init = sh("clnrm init -t " .. kind)
      assert.equal(2, init.code)
      assert.matches(later.lacks, init.err, 1, true)
    end
  end)

  it("refuses them only as long as spans are not enforced", function()
    support.write(dir .. "/s.clnrm.toml", support.HELLO .. '[[expect.span]]\nname = "s"\n')
    assert.matches("P120", sh("clnrm run").out, 1, true,
      "expect.span is enforced now: write the kinds of engine.templates.LATER")
  end)

  it("lists the kinds, and what is near to one that is none", function()
    local got = sh("clnrm template")
    assert.equal(got.out, sh("clnrm template --list").out)
    assert.equal(got.out, sh("clnrm init --list").out)
    assert.matches("  database +PostgreSQL, [^\n]*needs PostgreSQL\n? *here\n", got.out)
    assert.matches("  otel +spans of[^\n]*not in this build\n", got.out)
    local kinds = json.decode(sh("clnrm template --json").out).kinds
    local names = {}
    for i, kind in ipairs(kinds) do
      names[i] = kind.name
    end
    table.sort(names)
    assert.same({ "advanced", "api", "database", "default", "deterministic", "full-validation",
      "lifecycle-matcher", "lua", "macros", "matrix", "minimal", "otel" }, names)
    local none = sh("clnrm template databse")
    assert.equal(2, none.code)
    assert.matches("did you mean 'database'", none.err)
  end)

  it("refuses what does not go together", function()
    local cases = {
      ["minimal a b"] = "does not take 'b'", ["minimal --list"] = "lists all kinds",
      ["-o x.clnrm.toml"] = "needs a kind", ["minimal --json"] = "list of kinds",
      ["minimal --force"] = "the file of %-o", ["lua -o a.clnrm.toml"] = "name it a%.clnrm%.lua",
      ["minimal -o a.txt"] = "name it a%.clnrm%.toml",
    }
    for args, message in pairs(cases) do
      local got = sh("clnrm template " .. args)
      assert.equal(2, got.code, args)
      assert.matches(message, got.err, 1, false, args)
    end
    assert.matches("this one runs when it is named", sh("clnrm template minimal -o a.toml").out)
  end)
end)

describe("clnrm init --template", function()
  it("makes a project of each kind that passes", function()
    for _, kind in ipairs({ "default", "macros", "lua" }) do
      local dir = support.tempdir()
      assert.equal(0, support.sh("clnrm init -t " .. kind, { cwd = dir }).code, kind)
      local ran = support.sh("clnrm run", { cwd = dir })
      assert.equal(0, ran.code, ran.out)
      support.remove(dir)
    end
  end)
end)
