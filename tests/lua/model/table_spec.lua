--- Services from Lua values: the same checks and defaults as in a file, with keys for places.
local fs = require("core.fs")
local services = require("engine.service.table")

local project

setup(function()
  project = assert(fs.tempdir())
  assert(fs.mkdir_p(project .. "/data"))
end)

teardown(function()
  assert(fs.remove_tree(project))
end)

local function make(value)
  return services.services(value, { dir = project })
end

local function told(value)
  local found, problems = make(value)
  assert.is_nil(found)
  local out = {}
  for i, problem in ipairs(problems) do
    out[i] = problem.key .. ": " .. problem.message
  end
  return table.concat(out, "\n")
end

describe("services as Lua tables", function()
  it("are what the same keys are in a file", function()
    local found = assert(make({
      web = {
        command = { "serve", "-p", "80" },
        ports = { 80, "0:81" },
        volumes = { "data:/data:ro" },
        env = { A = 1, B = true },
        files = {},
        wait = { { port = 80 }, { log = "up" } },
        depends_on = { "db" },
      },
      db = { command = "db", health_check = { cmd = "true" }, depends_on = {}, ports = {} },
    }))
    assert.same({ "db", "web" }, { found[1].name, found[2].name })
    local web = found[2]
    assert.same({ "serve", "-p", "80" }, web.argv)
    assert.same({ { port = 80 }, { port = 81, host = 0 } }, web.ports)
    assert.equal(assert(fs.realpath(project)) .. "/data", web.volumes[1].source)
    assert.same({ { "A", "1" }, { "B", "true" } }, web.env)
    assert.same({ "wait[1].port", "wait[2].log" }, { web.wait[1].key, web.wait[2].key })
    assert.same({ { name = "db", condition = "healthy" } }, web.depends_on)
    assert.is_nil(web.line)
  end)

  it("may name modules", function()
    local found = assert(make({ cache = { plugin = "redis", port = 7000 } }))
    assert.same({ "redis", { { port = 7000 } } }, { found[1].plugin, found[1].ports })
  end)

  it("are not changed, and later changes do not reach them", function()
    local env = { A = "1" }
    local value = { web = { command = { "x" }, env = env } }
    local found = assert(make(value))
    env.A, value.web.command[1] = "2", "y"
    assert.same({ { "x" }, { { "A", "1" } } }, { found[1].argv, found[1].env })
    assert.same({ web = { command = { "y" }, env = { A = "2" } } }, value)
  end)

  it("are told every problem, with the key it is about", function()
    assert.equal("web.prts: unknown key `prts` in [services.NAME]\n"
      .. "web.stop_timeout: `stop_timeout` is not a duration: \"5 s\"\n"
      .. "web.wait.port: `port` must be a whole number, not a number with a point\n"
      .. "web.depends_on[1]: no service is named \"db\"", told({
        web = {
          command = "x",
          depends_on = { "db" },
          prts = { 1 },
          stop_timeout = "5 s",
          wait = { port = 80.5 },
        },
      }))
    assert.equal("a b: `a b` is no host name: letters, digits, - and _, but neither of these "
      .. "two in front", (told({ ["a b"] = { command = "x" } }):gsub('^"a b"', "a b")))
  end)

  it("are told values that no file could hold", function()
    local loop = { command = "x" }
    loop.env = loop
    assert.matches("^web.env holds itself", (told({ web = loop }):gsub("^web.env: ", "")))
    assert.matches("is a list and has names as well", told({ web = { command = { "x", y = 1 } } }))
    assert.matches("is a list with holes", told({ web = { command = { "x", nil, "y" } } }))
    assert.matches("has a key that is neither text", told({ web = { [true] = 1 } }))
    assert.matches("`command` must be .*, not a function", told({ web = { command = print } }))
    assert.matches("must be a table, not text", told("web"))
    local deep = {}
    for _ = 1, 100 do
      deep = { a = deep }
    end
    assert.matches("is nested too deep", told({ web = deep }))
  end)

  it("do not run metamethods", function()
    local touched = false
    local sly = setmetatable({ command = "x" }, {
      __index = function()
        touched = true
      end,
      __pairs = function()
        touched = true
      end,
      __len = function()
        touched = true
      end,
    })
    assert(make({ web = sly }))
    assert.is_false(touched)
  end)

  it("can be one by itself", function()
    local found = assert(services.service("db", { command = "x" }, { dir = project }))
    assert.equal("db", found.name)
    local none, problems = services.service("db", { wait = { port = 0 } }, { dir = project })
    assert.is_nil(none)
    assert.same({ "wait.port", "P103" }, { problems[1].key, problems[1].code })
  end)
end)
