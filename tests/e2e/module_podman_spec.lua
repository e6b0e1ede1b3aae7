--- Two of the service modules in Podman; all others are in tests/faults.
local modules = dofile("tests/e2e/module_support.lua")

describe("a service module in Podman", function()
  local engine, why = modules.engines.podman()

  for _, name in ipairs({ "redis", "postgres" }) do
    it("works, and ends with its room: " .. name, function()
      if not engine then
        pending(why)
        return
      end
      modules.check(name, engine)
    end)
  end
end)
