--- Service modules over images: when a service is one, and what of its module holds then.
local fs = require("core.fs")
local model = require("engine.model")
local service_table = require("engine.service.table")

local STEP = '\n[[steps]]\nname = "s"\ncommand = ["true"]\n'

local MODULE = [=[
return {
  image = "localhost/echo:1",
  needs = { "echo-server" },
  spec = function(o)
    return { command = { "echo-server" }, env = { A = "1" }, step_env = { HOST = o.dir } }
  end,
  in_image = function(o)
    return { command = { "--small" }, step_env = { HOST = "here", PORT = "7" },
      template = nil, stop_signal = "SIGINT" }
  end,
}
]=]

local project

setup(function()
  project = assert(fs.tempdir())
  assert(fs.mkdir_p(project .. "/services"))
  assert(fs.mkdir_p(project .. "/root"))
  assert(fs.write_atomic(project .. "/services/echo.lua", MODULE))
  assert(fs.write_atomic(project .. "/services/host.lua",
    'return { spec = function() return { command = { "x" } } end }'))
end)

teardown(function()
  assert(fs.remove_tree(project))
end)

local function load(lines, backend)
  return model.parse('meta.name = "x"\n' .. lines .. STEP, project .. "/x.toml", {
    file = "x.toml", project_dir = project, run_modules = true, backend = backend,
  })
end

local function service(lines, backend)
  local suite, list = load(lines, backend)
  return assert(suite, list[1] and list[1].message).services[1]
end

local function refusal(lines, backend)
  local suite, list = load(lines, backend)
  assert.is_nil(suite)
  return ("%d:%d %s %s"):format(list[1].line, list[1].column, list[1].code, list[1].message)
end

local ECHO = '[services.it]\nplugin = "echo"\n'

describe("a service with a module", function()
  it("is a program of this machine where nothing wants an engine", function()
    for _, backend in ipairs({ "auto", "sandbox", false }) do
      local found = service(ECHO, backend or nil)
      assert.same({ "host", { "echo-server" }, { "echo-server" } },
        { found.image, found.argv, found.programs })
      assert.same({ { "A", "1" } }, found.env)
      assert.same({ { "HOST", "/var/lib/it" } }, found.step_env)
    end
  end)

  it("is its module's image in an engine", function()
    for _, backend in ipairs({ "docker", "podman" }) do
      local found = service(ECHO, backend)
      assert.same({ "stored", "localhost/echo:1" }, { found.image.kind, found.image.text })
      assert.same({ argv = { "--small" } }, found.given.command)
      assert.same({ "SIGINT", true }, { found.stop_signal, found.given.stop_signal })
      assert.same({ { "HOST", "here" }, { "PORT", "7" } }, found.step_env)
      assert.is_nil(found.programs)
      assert.equal(3, found.image.pos.line) -- of `plugin`
    end
  end)

  it("is one in an engine, too, when another image is what `auto` takes it for", function()
    local other = ECHO .. '[services.z]\nimage = "localhost/z:1"\n'
    assert.equal("localhost/echo:1", service(other, "auto").image.text)
    assert.equal("host", service(other, "sandbox").image)
    assert.equal("host", service(ECHO .. '[services.z]\nimage = "rootfs:root"\ncommand = ["x"]\n',
      "auto").image)
    assert.equal("localhost/echo:1",
      service(ECHO .. '[room]\nimage = "localhost/z:1"\n', "auto").image.text)
  end)

  it("takes the image that the file names, everywhere", function()
    for _, backend in ipairs({ "auto", "sandbox", "docker" }) do
      local found = service(ECHO .. 'image = "mine:2"\nargs = ["-x"]\n', backend)
      assert.equal("mine:2", found.image.text)
      assert.same({ { argv = { "--small" } }, { "-x" } }, { found.given.command,
        table.move(found.given.args, 1, #found.given.args, 1, {}) })
    end
  end)

  it("that knows no image is not run over one", function()
    local HOST = '[services.it]\nplugin = "host"\n'
    assert.equal("host", service(HOST, "docker").image)
    assert.equal('4:1 P121 the module "host" starts programs of this machine, and `image` has '
      .. "none of them", refusal(HOST .. 'image = "mine:2"\n'))
    assert.matches('^4:1 P121 the module "echo" needs what an image starts by itself',
      refusal(ECHO .. 'image = "rootfs:root"\n'))
  end)

  it("is one in Lua by the same rule", function()
    local function of(given, backend, room_image)
      local list = assert(service_table.services(given, {
        dir = project, project_dir = project, backend = backend, room_image = room_image,
      }))
      return list[1].image
    end
    local given = { it = { plugin = "echo" } }
    assert.equal("host", of(given, "auto"))
    assert.equal("localhost/echo:1", of(given, "docker").text)
    assert.equal("localhost/echo:1", of(given, "auto", { kind = "stored" }).text)
  end)
end)
