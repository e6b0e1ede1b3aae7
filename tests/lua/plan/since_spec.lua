local since = require("engine.plan.since")

local function suite(fields)
  local made = {
    path = "/p/t/a.clnrm.toml", project_dir = "/p", room = { project = "ro" }, text = "",
    services = {},
  }
  for key, value in pairs(fields or {}) do
    made[key] = value
  end
  return made
end

local function affected(fields, ...)
  local changed = {}
  for _, path in ipairs({ ... }) do
    changed[path] = true
  end
  return since.affected(changed, "/p")(suite(fields))
end

describe("engine.plan.since", function()
  it("touches a test by its own file, and by nothing when nothing has changed", function()
    assert.is_true(affected({}, "/p/t/a.clnrm.toml"))
    assert.is_false(affected({}))
  end)

  it("touches every test that sees the project, but for changes of other tests", function()
    assert.is_true(affected({}, "/p/src/main.c"))
    assert.is_true(affected({ room = { project = "copy" } }, "/p/src/main.c"))
    assert.is_false(affected({}, "/p/t/b.clnrm.toml"))
    assert.is_false(affected({}, "/q/src/main.c"))
    assert.is_true(affected({ text = "cat /project/t/*" }, "/p/t/b.clnrm.toml"))
    assert.is_true(affected({ text = "cat */b.clnrm.toml" }, "/p/t/b.clnrm.toml"))
  end)

  it("touches a test that does not see the project by what it names", function()
    local none = { room = { project = "none" } }
    assert.is_false(affected(none, "/p/src/main.c"))
    none.text = 'image = "rootfs:images/main.c"'
    assert.is_true(affected(none, "/p/src/main.c"))
    none = { room = { project = "none" }, services = {
      { volumes = { { source = "/p/data" } } }, { files = { { from = "/p/conf/x" }, {} } },
    } }
    assert.is_true(affected(none, "/p/data/deep/x"))
    assert.is_true(affected(none, "/p/data"))
    assert.is_true(affected(none, "/p/conf")) -- a submodule
    assert.is_true(affected(none, "/p/conf/x"))
    assert.is_false(affected(none, "/p/database"))
  end)

  it("touches a test that does not see the project by its snapshots and its images", function()
    local none = { room = { project = "none" } }
    assert.is_true(affected(none, "/p/t/snapshots/a.clnrm.toml/s/n.snap"))
    assert.is_false(affected(none, "/p/t/snapshots/b.clnrm.toml/s/n.snap"))
    none.services = { { image = { kind = "rootfs", path = "/p/roots/db" } }, { image = "host" } }
    assert.is_true(affected(none, "/p/roots/db/usr/bin/x"))
    none = { room = { project = "none", image = { kind = "archive", path = "/p/roots/a.tar" } } }
    assert.is_true(affected(none, "/p/roots/a.tar"))
    assert.is_false(affected(none, "/p/roots/b.tar"))
  end)

  it("touches everything by what is the project's", function()
    local none = { room = { project = "none" } }
    for _, path in ipairs({
      "/p/clnrm.toml", "/p/cleanroom.toml", "/p/services/x.lua",
      "/p/.clnrm/override/engine/run.lua", "/p/.clnrm/snapshots/a",
      "/p/assertions/own.lua", "/p/.clnrm/quarantine.toml",
    }) do
      assert.is_true(affected(none, path), path)
    end
  end)

  it("touches a test in Lua by what is no test, and by tests when it looks around", function()
    local script = { is_script = true, text = 'require("clnrm")', path = "/p/t/a.clnrm.lua" }
    assert.is_true(affected(script, "/p/lib/helper.lua"))
    assert.is_false(affected(script, "/p/t/b.clnrm.lua"))
    for _, text in ipairs({ 'require("helper")', "require 'clnrmx'", "require [[a.b]]" }) do
      script.text = text
      assert.is_true(affected(script, "/p/t/b.clnrm.lua"), text)
    end
  end)

  it("touches what lies outside of the repository: nothing is known of it", function()
    assert.is_true(affected({ path = "/q/a.clnrm.toml", project_dir = "/q" }))
  end)
end)
