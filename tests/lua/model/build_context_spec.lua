--- `build` of a service: a Dockerfile that is none, or is outside, is told with the context.
local fs = require("core.fs")
local model = require("engine.model")

describe("the Dockerfile of a build", function()
  local project

  setup(function()
    project = assert(fs.tempdir())
    for _, dir in ipairs({ "empty", "folder/Dockerfile", "out" }) do
      assert(fs.mkdir_p(project .. "/" .. dir))
    end
    assert(fs.write_atomic(project .. "/Dockerfile", "FROM x\n"))
    assert(require("lfs").link("../Dockerfile", project .. "/out/Dockerfile", true))
  end)

  teardown(function()
    assert(fs.remove_tree(project))
  end)

  local function refusal(build)
    local suite, list = model.parse(('meta.name = "x"\n[services.web]\nbuild = { %s }\n'
      .. '[[steps]]\nname = "s"\ncommand = ["true"]\n'):format(build), project .. "/x.toml",
      { file = "x.toml" })
    assert.is_nil(suite)
    return list[1].code .. " " .. list[1].message, list[1].help
  end

  it("is told to be missing, no file, or outside, with the context for help", function()
    local message, help = refusal('context = "empty"')
    assert.equal('P126 the context has no "Dockerfile"', message)
    assert.matches("the context is " .. project .. "/empty; ", help, 1, true)
    assert.equal('P126 the "Dockerfile" of the context is no file', (refusal('context = "folder"')))
    assert.equal('P122 the "Dockerfile" leads out of the context', (refusal('context = "out"')))
    message, help = refusal('context = "empty", dockerfile = "../Dockerfile"')
    assert.equal('P122 the "../Dockerfile" leads out of the context', message)
    assert.matches("the context is " .. project .. "/empty; ", help, 1, true)
  end)
end)
