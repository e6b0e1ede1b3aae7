--- Why a change touches the tests of a file.
local touch = require("engine.plan.touch")

local function suite(fields)
  local defaults = { path = "/p/tests/a.clnrm.toml", project_dir = "/p", text = "",
    room = { project = "ro" } }
  return setmetatable(fields or {}, { __index = defaults })
end

local function why(one, ...)
  local changed = {}
  for _, path in ipairs({ ... }) do
    changed[path] = true
  end
  local found = touch.why(one, changed)
  return found and found.kind, found and found.path
end

describe("engine.plan.touch", function()
  it("names the closest reason", function()
    local one = suite({
      reads = { "/p/m.tera" }, modules = { "/p/lib/x.lua" },
      services = { { name = "db", volumes = { { source = "/data" } },
        files = { { from = "/p/db.conf" } }, image = { path = "/img" } } },
    })
    assert.same({ "itself", "/p/tests/a.clnrm.toml" },
      { why(one, "/p/README", "/p/tests/a.clnrm.toml", "/p/m.tera") })
    assert.same({ "template", "/p/m.tera" }, { why(one, "/p/README", "/p/m.tera") })
    assert.same({ "module", "/p/lib/x.lua" }, { why(one, "/p/lib/x.lua") })
    assert.same({ "volume", "/data/sub/f" }, { why(one, "/data/sub/f") })
    assert.same({ "file", "/p/db.conf" }, { why(one, "/p/db.conf") })
    assert.same({ "image", "/img/etc/x" }, { why(one, "/img/etc/x") })
    assert.same({ "snapshot", "/p/tests/snapshots/a.clnrm.toml/t/out.snap" },
      { why(one, "/p/tests/snapshots/a.clnrm.toml/t/out.snap") })
    assert.same({ "project", "/p/clnrm.toml" }, { why(one, "/p/README", "/p/clnrm.toml") })
    assert.same({ "seen", "/p/README" }, { why(one, "/p/README") })
    assert.is_nil(why(one, "/elsewhere/README"))
  end)

  it("takes a folder that is gone for all that was in it", function()
    assert.equal("template", why(suite({ reads = { "/p/m/x.tera" } }), "/p/m"))
  end)

  it("knows that a room without the project sees no more than its file names", function()
    local one = suite({ room = { project = "none" }, text = 'command = "./tool.sh"' })
    assert.is_nil(why(one, "/p/README"))
    assert.equal("named", why(one, "/p/bin/tool.sh"))
  end)

  it("leaves out other files of tests, unless the file looks around", function()
    assert.is_nil(why(suite(), "/p/tests/b.clnrm.toml"))
    assert.equal("seen", why(suite({ text = "ls /project" }), "/p/tests/b.clnrm.toml"))
  end)

  it("says each reason in words", function()
    assert.equal("a volume of its service db", touch.say({ kind = "volume", name = "db" }))
    assert.equal("it requires it", touch.say({ kind = "module" }))
  end)
end)
