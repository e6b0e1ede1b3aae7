--- What a service starts: a list is taken as it is, for it may be behind an entrypoint, which only
--- the image knows.
local fs = require("core.fs")
local image_service = require("engine.image.service")
local model = require("engine.model")

local STEP = '\n[[steps]]\nname = "s"\ncommand = ["true"]\n'

local project

setup(function()
  project = assert(fs.tempdir())
end)

teardown(function()
  assert(fs.remove_tree(project))
end)

local function load(lines)
  return model.parse('meta.name = "x"\n[services.web]\n' .. lines .. STEP, project .. "/x.toml",
    { file = "x.toml" })
end

local function service(lines)
  local suite, list = load(lines)
  return assert(suite, (list[1] or {}).message).services[1]
end

--- What a service of an image with an entrypoint and a command starts.
local function in_image(lines)
  return image_service.argv(service('image = "app:1"\n' .. lines).given,
    { entrypoint = { "entry", "-c" }, cmd = { "own" } })
end

describe("a list of a service", function()
  it("is no text for the shell, though it is one item with blanks", function()
    assert.same({ "a b" }, service('command = ["a b"]').argv)
    assert.is_nil(service('command = ["a b"]').shell)
    assert.same({ "a b", "c d" }, service('entrypoint = ["a b"]\ncommand = ["c d"]').argv)
    assert.same({ "entry", "-c", "sleep 100" }, in_image('command = ["sleep 100"]'))
    assert.same({ "sh", "-c", "sleep 100" },
      in_image('entrypoint = ["sh", "-c"]\ncommand = ["sleep 100"]'))
  end)

  it("is text for the shell where it is text", function()
    assert.same({ "entry", "-c", "/bin/sh", "-c", "a b" }, in_image('command = "a b"'))
  end)

  it("is one in a step, as ever", function()
    local suite = assert(model.parse('meta.name = "x"\n[[steps]]\nname = "s"\n'
      .. 'command = ["echo a"]\n', project .. "/x.toml", { file = "x.toml" }))
    assert.equal("echo a", suite.scenarios[1].steps[1].shell)
  end)
end)

describe("an empty entrypoint", function()
  it("takes the image's away", function()
    assert.same({ "a", "b" }, in_image('entrypoint = []\ncommand = ["a", "b"]'))
    assert.same({ "/bin/sh", "-c", "a b" }, in_image('entrypoint = []\ncommand = "a b"'))
    assert.same({ "a" }, in_image('entrypoint = []\nargs = ["a"]'))
    assert.same({ "a" }, service('entrypoint = []\ncommand = ["a"]').argv)
  end)

  it("alone starts nothing, which is said at its place", function()
    for _, image in ipairs({ "", 'image = "app:1"\n' }) do
      local suite, list = load(image .. "entrypoint = []")
      assert.is_nil(suite)
      assert.same({ "P123", image == "" and 3 or 4 }, { list[1].code, list[1].line })
    end
  end)
end)

describe("the signal that ends a service", function()
  it("may be one of the real-time ones, by the names that images have for them", function()
    assert.equal("SIGRTMIN+3", service('command = "x"\nstop_signal = "SIGRTMIN+3"').stop_signal)
    assert.equal("SIGRTMAX-1", service('command = "x"\nstop_signal = "rtmax-1"').stop_signal)
  end)

  it("is none beyond them", function()
    local suite, list = load('command = "x"\nstop_signal = "SIGRTMIN+31"')
    assert.is_nil(suite)
    assert.equal("P103", list[1].code)
  end)
end)
