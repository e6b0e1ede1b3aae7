--- The service modules over the programs of this machine: the same files as in engines.
local modules = dofile("tests/e2e/module_support.lua")

describe("a service module in the sandbox", function()
  for name in pairs(modules.CASES) do
    it("works, and ends with its room: " .. name, function()
      modules.check(name)
    end)
  end
end)

describe("a service module in the sandbox, over an image", function()
  for _, name in ipairs({ "redis", "postgres" }) do
    it("works, and ends with its room: " .. name, function()
      modules.check(name, nil, assert(modules.engines.archive(modules.CASES[name].image)))
    end)
  end
end)

describe("what a module gives to the steps of its service", function()
  it("is not in the service itself, and the file's own variables win", function()
    local place <close> = modules.docker.place({ kind = "docker", host = "unix:///nowhere" })
    place.write("clnrm.toml", "[project]\n")
    place.write("services/own.lua", [==[
return { spec = function()
  return { command = { "sh", "-c", "echo \"[$WORD$OTHER]\"; sleep 60" },
    step_env = { WORD = "module", OTHER = "module" }, wait = { log = "^\\[file\\]$" } }
end }
]==])
    place.write("a.clnrm.toml", [==[
[meta]
name = "own"
[services.it]
plugin = "own"
env = { OTHER = "file" }
[[steps]]
name = "sees"
command = "echo $WORD $OTHER"
expect.stdout.equals = "module file\n"
]==])
    local report = place.run(nil, { backend = "sandbox" })
    assert.equal(0, report.code, modules.failures(report))
  end)
end)
