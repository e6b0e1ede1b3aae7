local rooms = require("engine.plan.rooms")

local NAMED = { kind = "stored", name = "redis:7", text = "redis:7" }
local FOLDER = { kind = "rootfs", path = "/r", text = "rootfs:r" }

--- Makes a suite of scenarios, and lists them.
local function suite(fields, ...)
  fields.file = "t.clnrm.toml"
  fields.room, fields.services = fields.room or {}, fields.services or {}
  fields.scenarios = { ... }
  for i, scenario in ipairs(fields.scenarios) do
    scenario.suite, scenario.id = fields, "t › " .. i
    scenario.services = scenario.services or {}
  end
  return fields.scenarios
end

local function backend_of(asked, fields, scenario)
  local list = suite(fields, scenario or {})
  return rooms.assign(list, asked).list[1].backend
end

describe("engine.plan.rooms", function()
  it("gives each scenario a room, and the shared ones that of their file", function()
    local list = suite({}, {}, { is_shared = true }, {}, { is_shared = true })
    local found, numbers = rooms.assign(list, "auto"), {}
    for i, scenario in ipairs(list) do
      numbers[i] = found.of[scenario].number
    end
    assert.same({ 1, 2, 3, 2 }, numbers)
    assert.same({ list[2], list[4] }, found.list[2].scenarios)
  end)

  it("has a room for hooks around a whole file", function()
    local list = suite({ hooks = { before_all = {} } }, {})
    local found = rooms.assign(list, "auto")
    assert.same({ true, 0 }, { found.list[1].is_shared, #found.list[1].scenarios })
    assert.equal(2, found.of[list[1]].number)
    assert.equal(1, #rooms.assign(suite({ hooks = { after_each = {} } }, {}), "auto").list)
  end)

  it("wants an engine where images have names, and all of them", function()
    local services = { { name = "a", image = NAMED }, { name = "b", image = FOLDER } }
    assert.equal("sandbox", backend_of("auto", {}))
    assert.equal("engine", backend_of("auto", { room = { image = NAMED } }))
    assert.equal("sandbox", backend_of("auto", { room = { image = FOLDER } }))
    assert.equal("engine", backend_of("auto", { services = services }, { services = { "a" } }))
    assert.equal("sandbox", backend_of("auto", { services = services },
      { services = { "a", "b" } }))
    assert.equal("sandbox", backend_of("auto", { services = services }, { services = {} }))
    assert.equal("podman", backend_of("podman", {}))
    assert.equal("sandbox", backend_of("sandbox", { room = { image = NAMED } }))
  end)

  it("leaves open what a Lua test opens", function()
    local list = suite({}, { fn = print })
    local found = rooms.assign(list, "docker")
    assert.is_nil(found.of[list[1]])
    assert.is_nil(found.backend[list[1]])
    assert.equal(0, #found.list)
  end)

  it("makes no room for what is skipped, unless only an engine could tell", function()
    local list = suite({ requires = { "docker" } }, {})
    local found = rooms.assign(list, "auto")
    assert.matches("^it requires docker: ", found.skipped[list[1]])
    assert.equal(0, #found.list)
    list = suite({ requires = { "docker" }, room = { image = NAMED } }, {})
    found = rooms.assign(list, "auto")
    assert.is_nil(found.skipped[list[1]])
    assert.equal(1, #found.list)
  end)
end)
